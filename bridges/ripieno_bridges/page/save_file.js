// @ts-check
// Saves a file through the browser's download.

const REVOKE_MS = 10_000; // by then the download has begun

/**
 * @param {string} name
 * @param {BlobPart} data
 * @param {string} type
 */
export function saveFile(name, data, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([data], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_MS);
}
