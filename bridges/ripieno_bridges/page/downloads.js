// @ts-check
// Saves the piece as MusicXML or SVG, and lays it out for the browser's print dialog.

import { byId } from "./dom.js";
import { headingOf } from "./heading.js";
import { fileStem } from "./piece.js";
import { saveFile } from "./save_file.js";

/** @typedef {import("./piece.js").Piece} Piece */

/** @type {[number, number]} */
const PAPER = [1860, 2520]; // tenths of a millimetre, without margins: fits A4 and Letter
const BETWEEN_DOWNLOADS_MS = 250; // closer together, browsers take only the first

/** @param {Piece} piece */
export function saveMusicxml(piece) {
    saveFile(`${fileStem(piece)}.musicxml`, piece.document, "application/vnd.recordare.musicxml+xml");
}

/**
 * Saves a file for each page.
 *
 * @param {Piece} piece
 * @param {import("./engraver.js").Engraver} engraver
 */
export function saveSvg(piece, engraver) {
    engraver.load(piece.document);
    const pages = engraver.paperPages(headingOf(piece.document, piece.title), ...PAPER);
    pages.forEach((page, index) => {
        const name = pages.length > 1 ? `${fileStem(piece)}-page-${index + 1}.svg` : `${fileStem(piece)}.svg`;
        setTimeout(() => saveFile(name, page, "image/svg+xml"), BETWEEN_DOWNLOADS_MS * index);
    });
}

/**
 * Puts the engraved pages into the part of the document that is printed.
 *
 * @param {Piece} piece
 * @param {import("./engraver.js").Engraver} engraver
 */
export function layOutForPrint(piece, engraver) {
    engraver.load(piece.document);
    byId("sheets").replaceChildren(...engraver.paperElements(headingOf(piece.document, piece.title), ...PAPER));
}
