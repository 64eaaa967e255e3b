// @ts-check
// The notes with which phrases of an engraved melody end, and those with which they could. No DOM.

import { isEnd, phraseOnsets, placeText } from "./guidance.js";
import { lineOfNotes, voiceOf } from "./note_lookup.js";
import { ensembleVoices, hasNotes } from "./piece.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Piece} Piece
 */

/**
 * The notes of the melody: of the highest voice that is given, or that there is; a note with all that is tied to it is
 * one. Those in measures that the setting cannot name are left out.
 *
 * @param {Piece} piece
 * @param {EngravedNote[]} notes
 */
export function melodyNotes(piece, notes) {
    const names = ensembleVoices(piece);
    const voice =
        names.find((name) => piece.given.includes(name) && hasNotes(piece, name)) ??
        names.find((name) => hasNotes(piece, name));
    const first = notes.find((note) => voice !== undefined && voiceOf(note, piece.voices)?.voice === voice);
    return first === undefined
        ? []
        : lineOfNotes(first, notes).filter((note) => !note.tied && placeText(note.onset, piece.measures) !== "");
}

/**
 * The notes of the melody with which phrases end. The last note of all is none: nothing can end elsewhere there.
 *
 * @param {Piece} piece
 * @param {EngravedNote[]} melody
 */
export function endNotes(piece, melody) {
    const ends = phraseOnsets(piece) ?? [];
    return melody.slice(0, -1).filter((note) => isEnd(note.onset, ends));
}

/**
 * The last of the notes that are tied to one, or itself.
 *
 * @param {EngravedNote} note
 * @param {EngravedNote[]} notes
 */
export function tailOfChain(note, notes) {
    const { heardUntil = note.end } = note;
    const tail = lineOfNotes(note, notes).find((one) => one.pitch === note.pitch && one.end === heardUntil);
    return tail ?? note;
}

/**
 * The nearest note before or after one with which no phrase ends yet.
 *
 * @param {EngravedNote} note
 * @param {1 | -1} direction
 * @param {EngravedNote[]} taken
 * @param {EngravedNote[]} melody
 * @returns {EngravedNote | null} null where there is none
 */
export function nextFree(note, direction, taken, melody) {
    const from = melody.indexOf(note);
    const rest = direction > 0 ? melody.slice(from + 1, -1) : melody.slice(0, from).reverse();
    return rest.find((one) => !taken.includes(one)) ?? null;
}

/**
 * The note of the melody that sounds with a note, of whatever voice; null where it rests, and at its last note.
 *
 * @param {EngravedNote} note
 * @param {EngravedNote[]} melody
 */
export function melodyNoteAt(note, melody) {
    const found = melody.slice(0, -1).findLast((one) => one.onset <= note.onset + 1e-4);
    return found !== undefined && note.onset < (found.heardUntil ?? found.end) - 1e-4 ? found : null;
}
