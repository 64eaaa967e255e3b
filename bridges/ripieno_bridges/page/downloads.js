// What can be taken away: MusicXML, MIDI, SVG, and paper by the browser's own print.

import { byId } from "./dom.js";
import { post } from "./client.js";

const SHEET = [1860, 2520]; // tenths of a millimetre: fits A4 and Letter with their margins
const MANY_MS = 250; // between downloads, or browsers take only the first

function stem(piece) {
    return piece.name.replace(/\.[^.]*$/, "");
}

function save(name, data, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([data], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function saveMusicxml(piece) {
    save(`${stem(piece)}.musicxml`, piece.document, "application/vnd.recordare.musicxml+xml");
}

export async function saveMidi(piece) {
    const { base64 } = await post("/v1/musicxml/midi", {
        document: piece.document,
        name: `${stem(piece)}.musicxml`
    });
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    save(`${stem(piece)}.mid`, bytes, "audio/midi");
}

// One file a page.
export function saveSvg(piece, engraver) {
    engraver.load(piece.document);
    const pages = engraver.sheets(...SHEET);
    pages.forEach((page, index) => {
        const name = pages.length > 1 ? `${stem(piece)}-page-${index + 1}.svg` : `${stem(piece)}.svg`;
        setTimeout(() => save(name, page, "image/svg+xml"), MANY_MS * index);
    });
}

// Engraves the pages for paper; before the browser's print dialog opens.
export function layOutForPrint(piece, engraver) {
    engraver.load(piece.document);
    byId("sheets").replaceChildren(...engraver.sheetElements(...SHEET));
}
