// @ts-check
// The chords of a piece that stand over its systems: those that sound, and those that the user keeps, which the next
// notes have to obey. No DOM.

import { beatOf } from "./guidance.js";

/**
 * @typedef {import("./piece.js").Measure} Measure
 * @typedef {import("./piece.js").Piece} Piece
 *
 * @typedef {object} KeptChord a chord that stays
 * @property {number} onset in quarters
 * @property {number} end
 * @property {string} symbol "D7/F#"
 *
 * @typedef {object} ShownChord a chord over the system
 * @property {number} onset
 * @property {number} end where the next one begins
 * @property {string} symbol
 * @property {string} figure its Roman numeral; empty where it is not known
 * @property {string} key "G minor"; empty where it is not known
 * @property {boolean} isKept
 */

const TOLERANCE = 1e-4; // quarters
const OPEN = "?"; // what follows is left to ripieno
const GOES_ON = ".";

/** @param {Piece | null} piece */
export function keptChords(piece) {
    return piece?.kept ?? [];
}

/**
 * The piece with other chords that stay.
 *
 * @param {Piece} piece
 * @param {KeptChord[]} kept
 * @returns {Piece}
 */
export function keeping(piece, kept) {
    return { ...piece, kept };
}

/**
 * The chords of a piece, in order. One that is kept stands in the place of what sounds there.
 *
 * @param {Piece} piece
 * @returns {ShownChord[]}
 */
export function shownChords(piece) {
    const { chords = [], measures } = piece;
    const kept = keptChords(piece);
    const last = measures.at(-1);
    const end = last === undefined ? 0 : last.onset + last.duration;
    const sounding = chords.map(({ onset, symbol, figure, key }, index) => ({
        ...{ onset, end: chords[index + 1]?.onset ?? end, symbol, figure, key, isKept: false }
    }));
    const shown = kept.map((one) => {
        const same = sounding.find((other) => isAt(other, one.onset) && other.symbol === one.symbol);
        return { ...one, figure: same?.figure ?? "", key: same?.key ?? "", isKept: true };
    });
    const others = sounding.filter((one) => !kept.some((other) => isIn(one.onset, other)));
    return [...shown, ...others].sort((a, b) => a.onset - b.onset);
}

/**
 * The chords that stay, with one more; of those that lie in its time nothing stays.
 *
 * @param {KeptChord[]} kept
 * @param {KeptChord} chord
 * @returns {KeptChord[]} the first first
 */
export function withKept(kept, { onset, end, symbol }) {
    const others = without(kept, { onset, end });
    return [...others, { onset, end, symbol }].sort((a, b) => a.onset - b.onset);
}

/**
 * The chords that stay, without those that lie in a time.
 *
 * @param {KeptChord[]} kept
 * @param {{onset: number, end: number}} time
 */
export function without(kept, { onset, end }) {
    return kept.filter((one) => one.end <= onset + TOLERANCE || one.onset >= end - TOLERANCE);
}

/**
 * What sounds in the place of a chord in the versions of the newest reply, without the chord itself.
 *
 * @param {Piece} piece
 * @param {ShownChord} chord
 * @returns {string[]} symbols, those of the best versions first
 */
export function chordsOfVersions({ result }, { onset, symbol }) {
    const found = (result?.reply.alternatives ?? []).map(
        ({ chords = [] }) => chords.findLast((one) => one.onset < onset + TOLERANCE)?.symbol ?? symbol
    );
    return [...new Set(found)].filter((one) => one !== symbol);
}

/**
 * The measures that settle anew around a chord: those that it sounds in, and their neighbours.
 *
 * @param {{onset: number, end: number}} chord
 * @param {Measure[]} measures
 * @returns {import("./selection.js").Selection}
 */
export function measuresAround(chord, measures) {
    const inside = measures.flatMap(({ onset, duration }, index) =>
        onset < chord.end - TOLERANCE && chord.onset < onset + duration - TOLERANCE ? [index] : []
    );
    const first = inside[0] ?? 0;
    const last = inside.at(-1) ?? first;
    return { anchor: Math.max(0, first - 1), focus: Math.min(measures.length - 1, last + 1) };
}

/**
 * The chords that stay as the setting `chords` takes them: "? | ? ? D7 . | G".
 *
 * @param {KeptChord[]} kept
 * @param {Measure[]} measures
 * @returns {string} empty where none of them lies in these measures
 */
export function chordsText(kept, measures) {
    const texts = measures.map((measure) => measureText(kept, measure));
    return texts.every((text) => text === OPEN) ? "" : texts.join(" | ");
}

/**
 * The words of one measure: one alone, or as many as it has beats, or parts of beats. A chord that begins inside of such
 * a part has the whole of it.
 *
 * @param {KeptChord[]} kept
 * @param {Measure} measure
 */
function measureText(kept, measure) {
    const { onset, duration } = measure;
    const here = kept.filter((one) => one.onset < onset + duration - TOLERANCE && one.end > onset + TOLERANCE);
    if (!here.length) {
        return OPEN;
    }
    const edges = here.flatMap((one) => [one.onset - onset, one.end - onset]);
    const counts = [1, ...partsOf(measure)];
    const count = counts.find((many) => edges.every((edge) => isOnPart(edge, duration, many))) ?? counts.at(-1) ?? 1;
    let before = "";
    const words = Array.from({ length: count }, (_, index) => {
        const from = onset + (index * duration) / count;
        const chord = here.findLast(
            (one) => one.onset < from + duration / count - TOLERANCE && one.end > from + TOLERANCE
        );
        const word = chord?.symbol ?? OPEN;
        const begins = chord !== undefined && chord.onset > from - TOLERANCE;
        const isSame = index > 0 && word === before && !begins;
        before = word;
        return isSame && word !== OPEN ? GOES_ON : word;
    });
    return words.join(" ");
}

/**
 * In how many parts words can share a measure: its beats, and the halves of beats, or thirds where those are dotted.
 *
 * @param {Measure} measure
 */
function partsOf(measure) {
    const beat = beatOf(measure);
    const beats = measure.duration / beat;
    const isDotted = Math.round(beat * 4) % 3 === 0;
    return [beats, beats * (isDotted ? 3 : 2)].filter((count) => Math.abs(count - Math.round(count)) < TOLERANCE);
}

/**
 * @param {number} edge quarters from the beginning of the measure
 * @param {number} duration of the measure
 * @param {number} count of parts
 */
function isOnPart(edge, duration, count) {
    const parts = (edge * count) / duration;
    return edge <= TOLERANCE || edge >= duration - TOLERANCE || Math.abs(parts - Math.round(parts)) < TOLERANCE;
}

/**
 * @param {{onset: number}} chord
 * @param {number} onset
 */
function isAt(chord, onset) {
    return Math.abs(chord.onset - onset) < TOLERANCE;
}

/**
 * @param {number} time
 * @param {{onset: number, end: number}} chord
 */
function isIn(time, { onset, end }) {
    return onset - TOLERANCE < time && time < end - TOLERANCE;
}
