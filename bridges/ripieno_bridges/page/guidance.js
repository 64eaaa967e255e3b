// @ts-check
// What guides the harmony of a piece: its key and the ends of its phrases, as found or as set by hand. What is set by
// hand is a text of the setting of that name, for requests, for the recipe and for its field. No DOM.

import { keySetting } from "./keys.js";

/**
 * @typedef {import("./piece.js").Measure} Measure
 * @typedef {import("./piece.js").Piece} Piece
 *
 * @typedef {{measure: string, beat: number}} PhraseEnd where its last note begins: printed number, beat from 1
 *
 * @typedef {object} Guidance what was set by hand
 * @property {string} key empty: as found
 * @property {string} phrases empty: as found
 * @property {number[] | null} ends in quarters, the onsets that `phrases` names; null until the server has told them
 *
 * @typedef {object} Found what the server finds without it; null where it finds none
 * @property {string | null} key "G minor"
 * @property {PhraseEnd[] | null} phrases
 */

/** The keys of the settings that are a piece's own. */
export const OF_THE_PIECE = ["key", "phrases"];

/** @type {Guidance} */
const AS_FOUND = { key: "", phrases: "", ends: null };

const TOLERANCE = 2e-3; // quarters; the server tells beats with four digits
const DIGITS = 3; // of a beat

/**
 * What was set by hand.
 *
 * @param {Piece | null} piece
 */
export function guidanceOf(piece) {
    return piece?.guidance ?? AS_FOUND;
}

/**
 * The piece with something else set by hand.
 *
 * @param {Piece} piece
 * @param {Partial<Guidance>} change
 * @returns {Piece}
 */
export function guided(piece, change) {
    return { ...piece, guidance: { ...guidanceOf(piece), ...change } };
}

/**
 * The texts of the settings that are a piece's own, by key.
 *
 * @param {Piece | null} piece
 * @returns {Record<string, string>}
 */
export function guidanceTexts(piece) {
    const { key, phrases } = guidanceOf(piece);
    return { key, phrases };
}

// -- phrases -----------------------------------------------------------------------------------------------

/**
 * The onsets of the last notes of the phrases, the first first; null where they are not known.
 *
 * @param {Piece} piece
 * @returns {number[] | null}
 */
export function phraseOnsets(piece) {
    const { phrases, ends } = guidanceOf(piece);
    return phrases === "" ? onsetsOf(piece.found?.phrases ?? null, piece.measures) : ends;
}

/**
 * @param {PhraseEnd[] | null} ends as the server tells them
 * @param {Measure[]} measures
 * @returns {number[] | null}
 */
export function onsetsOf(ends, measures) {
    return ends?.flatMap((end) => onsetOf(end, measures) ?? []) ?? null;
}

/**
 * @param {PhraseEnd} end
 * @param {Measure[]} measures
 * @returns {number | null} null where there is no such measure
 */
function onsetOf({ measure: number, beat }, measures) {
    const measure = measures.find((one) => one.number === number);
    return measure === undefined
        ? null
        : measure.onset + (beat - 1) * beatOf(measure) - missing(measure, measures);
}

/**
 * The text of the setting that names these onsets: "4.3, 8.1.5".
 *
 * @param {number[]} onsets
 * @param {Measure[]} measures
 */
export function phrasesText(onsets, measures) {
    return onsets.map((onset) => placeText(onset, measures)).join(", ");
}

/**
 * The place of an onset in the setting's notation; a beat that is no decimal number is rounded up, into the note.
 *
 * @param {number} onset
 * @param {Measure[]} measures
 * @returns {string} empty where that notation has no name for the place
 */
export function placeText(onset, measures) {
    const measure = measures.findLast((one) => one.onset < onset + TOLERANCE);
    if (measure === undefined || !/^[^\s,.]*\d[^\s,.]*$/.test(measure.number)) {
        return "";
    }
    const isFirst = measures.find(({ number }) => number === measure.number) === measure;
    return isFirst ? `${measure.number}.${beatText(beatAt(onset, measure, measures))}` : "";
}

/**
 * "measure 4, beat 3".
 *
 * @param {number} onset
 * @param {Measure[]} measures
 */
export function placeWords(onset, measures) {
    const measure = measures.findLast((one) => one.onset < onset + TOLERANCE) ?? measures[0];
    return `measure ${measure.number}, beat ${Number(beatAt(onset, measure, measures).toFixed(2))}`;
}

/**
 * @param {number} onset
 * @param {Measure} measure
 * @param {Measure[]} measures
 */
function beatAt(onset, measure, measures) {
    return 1 + (onset - measure.onset + missing(measure, measures)) / beatOf(measure);
}

/** @param {number} beat */
function beatText(beat) {
    const rounded = Math.round(beat * 1e6) / 1e6;
    return String(Math.ceil(rounded * 10 ** DIGITS - 1e-3) / 10 ** DIGITS);
}

/**
 * What the meter counts, in quarters: in 6/8 dotted quarters.
 *
 * @param {Measure} measure
 */
export function beatOf({ meter }) {
    const [numerator, denominator] = meter.split("/").map(Number);
    return (denominator >= 8 && numerator % 3 === 0 ? 12 : 4) / denominator;
}

/**
 * How many quarters a pickup lacks of a measure: its beats count backwards from the barline.
 *
 * @param {Measure} measure
 * @param {Measure[]} measures
 */
function missing(measure, measures) {
    const [numerator, denominator] = measure.meter.split("/").map(Number);
    return measure === measures[0] ? Math.max(0, (4 * numerator) / denominator - measure.duration) : 0;
}

/**
 * Whether a phrase ends with the note of that onset.
 *
 * @param {number} onset
 * @param {number[]} ends
 */
export function isEnd(onset, ends) {
    return ends.some((end) => Math.abs(end - onset) < TOLERANCE);
}

/**
 * The ends with one moved, removed or added.
 *
 * @param {number[]} ends
 * @param {number | null} from null: one is added
 * @param {number | null} to null: it is removed
 * @returns {number[]} the first first
 */
export function withEnd(ends, from, to) {
    const others = ends.filter((end) => from === null || Math.abs(end - from) >= TOLERANCE);
    const all = to === null || isEnd(to, others) ? others : [...others, to];
    return all.sort((a, b) => a - b);
}

// -- after a request ---------------------------------------------------------------------------------------

/**
 * Guidance and what was found, for the piece that a reply makes of another.
 *
 * @param {Piece | null} base
 * @param {import("./requests.js").Request} request
 * @param {import("./piece.js").Reply} reply
 * @param {import("./piece.js").Reading} reading of the new document
 * @returns {{guidance: Guidance, found: Found}}
 */
export function guidanceAfter(base, { task }, reply, reading) {
    const before = guidanceOf(base);
    const isMoved = Boolean(reply.moved);
    const told = { key: reply.key ?? reading.key ?? null, phrases: reading.phrases ?? null };
    if (task === "harmonize") {
        told.phrases = reply.phrases ?? told.phrases;
    }
    return {
        guidance: {
            ...before,
            key: before.key && isMoved ? keySetting(reply.key ?? "") : before.key,
            ends: before.phrases && task === "harmonize" ? onsetsOf(told.phrases, reading.measures) : before.ends
        },
        found: {
            key: !before.key ? told.key : isMoved ? (reading.key ?? null) : (base?.found?.key ?? null),
            phrases: before.phrases ? (base?.found?.phrases ?? null) : told.phrases
        }
    };
}
