// @ts-check
// Names that nobody else has. crypto.randomUUID makes them only where the page came over TLS or from this machine.

/** @param {number} bytes how many random ones */
export function newId(bytes = 16) {
    const found = crypto.getRandomValues(new Uint8Array(bytes));
    return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
