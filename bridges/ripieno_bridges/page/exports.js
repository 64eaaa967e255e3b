// @ts-check
// The other kinds of files of the Save menu, as the server lists them, and the MIDI file that can be dragged out of it.

import { get, post } from "./client.js";
import { byId } from "./dom.js";
import { fileStem } from "./piece.js";
import { saveFile } from "./save_file.js";

/**
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {{name: string, title: string, ending: string, media_type: string, about: string, available: boolean}} Export
 */

const MIDI = { name: "midi", ending: ".mid", media_type: "audio/midi" };
// DownloadURL is Chromium's own, and nothing tells of it but that it is Chromium; elsewhere a click saves the file.
const CAN_DRAG = "userAgentData" in navigator;

/**
 * A document as a file of another kind.
 *
 * @param {Piece} piece
 * @param {{name: string}} kind
 */
async function exported(piece, kind) {
    const name = `${fileStem(piece)}.musicxml`;
    const { base64, remarks } = await post("/v1/musicxml/export", { document: piece.document, name, kind: kind.name });
    return { bytes: Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)), remarks };
}

/**
 * Saves a document as a file of another kind; returns what is not in it, in sentences.
 *
 * @param {Piece} piece
 * @param {{name: string, ending: string, media_type: string}} kind
 * @returns {Promise<string[]>}
 */
export async function saveExport(piece, kind) {
    const { bytes, remarks } = await exported(piece, kind);
    saveFile(`${fileStem(piece)}${kind.ending}`, bytes, kind.media_type);
    return remarks;
}

/**
 * Adds a row to the Save menu for each kind but MIDI, which has one.
 *
 * @param {(kind: {name: string, ending: string, media_type: string}) => void} onChoose
 */
export async function listExports(onChoose) {
    byId("save-midi").addEventListener("click", () => onChoose(MIDI));
    /** @type {{exports: Export[]}} */
    const { exports } = await get("/v1/exports");
    for (const kind of exports.filter(({ name }) => name !== MIDI.name)) {
        const row = document.createElement("button");
        const about = document.createElement("small");
        about.textContent = kind.available ? kind.about : `${kind.about}, which is not installed`;
        Object.assign(row, { type: "button", id: `save-${kind.name}`, disabled: !kind.available });
        row.append(kind.title, about);
        row.addEventListener("click", () => onChoose(kind));
        byId("save-svg").before(row);
    }
}

/**
 * Makes the MIDI row draggable into other programs. A drag must have its file at once, so the file is made whenever the
 * menu opens.
 *
 * @param {() => Piece | null} pieceNow
 */
export function makeMidiDraggable(pieceNow) {
    if (!CAN_DRAG) {
        return;
    }
    const row = byId("save-midi");
    let url = "";
    byId("save").addEventListener("toggle", async () => {
        const piece = pieceNow();
        row.draggable = false;
        if (!byId("save").open || piece === null) {
            return;
        }
        try {
            const { bytes } = await exported(piece, MIDI);
            URL.revokeObjectURL(url);
            url = URL.createObjectURL(new Blob([bytes], { type: MIDI.media_type }));
            row.dataset.file = `${MIDI.media_type}:${fileStem(piece)}${MIDI.ending}:${url}`;
            row.draggable = pieceNow() === piece;
        } catch {
            // a click tells what is wrong
        }
    });
    row.addEventListener("dragstart", (event) => {
        event.dataTransfer?.setData("DownloadURL", row.dataset.file ?? "");
    });
    const about = row.querySelector("small");
    if (about !== null) {
        about.textContent = "for sequencers; click, or drag it into one";
    }
}
