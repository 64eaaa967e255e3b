// A file that was dropped or chosen, as a body for the server.

import { byId } from "./dom.js";

const LARGEST = 32 * 1024 * 1024; // bytes; ripieno reads no larger ones

// {name, base64} of a file. Raises Error with what to say.
export async function bodyOf(file) {
    if (file.size > LARGEST) {
        throw new Error(
            `${file.name} is larger than 32 MB, more than ripieno reads. Save the score without pictures, or a part of it.`
        );
    }
    if (file.size === 0) {
        throw new Error(`${file.name} is empty. Save it once more in the program that it comes from.`);
    }
    return { name: file.name, base64: base64Of(new Uint8Array(await file.arrayBuffer())) };
}

function base64Of(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) {
        text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return btoa(text);
}

// opened(file) is called with each file that the user brings.
export function listenForFiles(opened) {
    const input = byId("file");
    input.addEventListener("change", () => {
        if (input.files[0]) {
            opened(input.files[0]);
        }
        input.value = "";
    });
    for (const button of [byId("open"), byId("drop")]) {
        button.addEventListener("click", () => input.click());
    }
    let inside = 0; // a drag enters and leaves every element on its way
    const veil = (change) => {
        inside = Math.max(0, change === 0 ? 0 : inside + change);
        byId("veil").hidden = inside === 0;
    };
    const isFile = (event) => event.dataTransfer?.types.includes("Files");
    window.addEventListener("dragenter", (event) => isFile(event) && veil(1));
    window.addEventListener("dragleave", (event) => isFile(event) && veil(-1));
    window.addEventListener("dragover", (event) => event.preventDefault());
    window.addEventListener("drop", (event) => {
        event.preventDefault();
        veil(0);
        if (event.dataTransfer.files[0]) {
            opened(event.dataTransfer.files[0]);
        }
    });
}
