// @ts-check
// The voices of a score as they are played: their names, and what they sound like. No DOM.

import { muteName } from "./note_lookup.js";
import { voiceName } from "./texts.js";

/**
 * @typedef {"choir" | "piano" | "plain"} Sound
 *
 * @typedef {object} SoundingPart a voice of the score
 * @property {string} voice the name by which it is mixed
 * @property {string} name as the score has it
 * @property {Sound} sound
 * @property {number} middle the pitch around which it lies, as a MIDI number
 * @property {number} side where it stands: −1 is left, 1 is right
 */

const SUNG = /sopran|mezzo|\balt|contralt|tenor|t[ée]nor|bar[iy]t|bass|trebl|descant|discant|choir|chor|coro|ch[œo]e?ur|voice|voix|voce|voz|vocal|stimme|sing|sang|cant|lead|\b(wo)?men\b|^[satb]\.?\s?\d?\.?$/i;
const PLAYED = /sax|clar|klar|flute|flöte|flaut|record|oboe|basson|bassoon|fagot|trumpet|trombone|posaune|horn|tuba|string|viol|cello|contr[ae]b|kontrab|double bass|guitar|gitarre|piano|klavier|organ|orgel|keyboard|harp|drum|brass|basso continuo/i;
const PIANO = /piano|klavier|^(right|left)( hand)?$/i;
const MIDDLE = 60; // of a voice without notes
const WIDTH = 0.6; // how far to the sides the outer voices stand

/**
 * The voices of a score that have notes, from the top to the bottom.
 *
 * @param {import("./piece.js").Line[]} lines
 * @param {import("./note_lookup.js").EngravedNote[]} notes with `voice`
 * @returns {SoundingPart[]}
 */
export function soundingParts(lines, notes) {
    const there = lines.filter((line) => line.notes > 0);
    return there.map((line, index) => ({
        voice: muteName(line),
        name: nameIn(there, index),
        sound: soundOf(line),
        middle: middleOf(notes.filter((note) => note.voice === muteName(line))),
        side: there.length < 2 ? 0 : WIDTH * ((2 * index) / (there.length - 1) - 1)
    }));
}

/**
 * The name of a line: that of its staff, unless other lines have it too.
 *
 * @param {import("./piece.js").Line[]} lines
 * @param {number} index
 */
function nameIn(lines, index) {
    const line = lines[index];
    const isSame = (/** @type {import("./piece.js").Line} */ { part }) => part === line.part;
    if (line.part && lines.filter(isSame).length === 1) {
        return line.part;
    }
    const name = voiceName(line);
    const others = lines.filter((one) => voiceName(one) === name);
    return others.length > 1 ? `${name} ${others.indexOf(line) + 1}` : name;
}

/**
 * Whether a line is sung, or played on a piano. A part with the name of an instrument is played, whatever voice it has in
 * the choir.
 *
 * @param {import("./piece.js").Line} line
 * @returns {Sound}
 */
export function soundOf({ voice, part }) {
    const names = [voice ?? "", part];
    const isNamed = (/** @type {RegExp} */ kind) => names.some((name) => kind.test(name));
    return isNamed(PLAYED) || !isNamed(SUNG) ? (isNamed(PIANO) ? "piano" : "plain") : "choir";
}

/** @param {{pitch: number}[]} notes */
function middleOf(notes) {
    const sum = notes.reduce((total, { pitch }) => total + pitch, 0);
    return notes.length ? sum / notes.length : MIDDLE;
}
