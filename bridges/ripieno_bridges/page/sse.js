// @ts-check
// Parses server-sent events from text that may be cut anywhere. No DOM.

export class EventReader {
    #rest = ""; // the beginning of an event whose end has not come yet

    /**
     * @param {string} text the next piece of the stream
     * @returns {{event: string, data: any}[]} the events that this piece completes, their data decoded from JSON
     */
    push(text) {
        const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
        this.#rest = blocks.pop() ?? "";
        return blocks.map(decoded).filter((event) => event !== null);
    }
}

/**
 * @param {string} block the lines of one event
 * @returns null for a comment
 */
function decoded(block) {
    let event = "message";
    const data = [];
    for (const line of block.split("\n")) {
        const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
        if (name === "event") {
            event = value;
        } else if (name === "data") {
            data.push(value);
        }
    }
    return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
