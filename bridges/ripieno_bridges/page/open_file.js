// @ts-check
// Reads a file that was chosen or dropped, as the body of a request.

import { byId } from "./dom.js";

const MAX_BYTES = 32 * 1024 * 1024; // what ripieno reads

/**
 * @param {File} file
 * @returns {Promise<{name: string, base64: string}>}
 * @throws {Error} with a message for the user
 */
export async function bodyOf(file) {
    if (file.size > MAX_BYTES) {
        throw new Error(
            `${file.name} is larger than 32 MB, more than ripieno reads. Save the score without pictures, or a part of it.`
        );
    }
    if (file.size === 0) {
        throw new Error(`${file.name} is empty. Save it once more in the program that it comes from.`);
    }
    return { name: file.name, base64: base64Of(new Uint8Array(await file.arrayBuffer())) };
}

/** @param {Uint8Array} bytes */
function base64Of(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) {
        text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return btoa(text);
}

/** @param {(file: File) => void} onFile called with each file that the user chooses or drops */
export function listenForFiles(onFile) {
    const input = byId("file");
    input.addEventListener("change", () => {
        if (input.files?.[0]) {
            onFile(input.files[0]);
        }
        input.value = "";
    });
    for (const button of [byId("open"), byId("drop")]) {
        button.addEventListener("click", () => input.click());
    }
    let inside = 0; // how many elements the drag is over: it enters and leaves each one on its way
    const showVeil = (/** @type {number} */ elements) => {
        inside = Math.max(0, elements);
        byId("veil").hidden = inside === 0;
    };
    const isFile = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    window.addEventListener("dragenter", (event) => isFile(event) && showVeil(inside + 1));
    window.addEventListener("dragleave", (event) => isFile(event) && showVeil(inside - 1));
    window.addEventListener("dragover", (event) => event.preventDefault());
    window.addEventListener("drop", (event) => {
        event.preventDefault();
        showVeil(0);
        const file = event.dataTransfer?.files[0];
        if (file) {
            onFile(file);
        }
    });
}
