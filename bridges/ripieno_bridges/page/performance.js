// @ts-check
// The score as it is played, with its repeats: its notes and its time. No DOM. A performance counts quarters of its own,
// which go on where the score is played again.

import { secondsAt } from "./timing.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./timing.js").TempoMap} TempoMap
 *
 * @typedef {{from: number, to: number, at: number}} Span measures that are played one after the other. from, to: quarters
 *     of the score. at: the quarter of the performance at which they begin
 * @typedef {{notes: EngravedNote[], map: TempoMap, spans: Span[]}} Performance times are quarters of the performance
 */

const TOLERANCE = 1e-4; // quarters

/**
 * @param {EngravedNote[]} notes
 * @param {TempoMap} map of the score
 * @param {number[]} order the indices of the measures as they are played
 * @param {import("./piece.js").Measure[]} measures
 * @returns {Performance}
 */
export function perform(notes, map, order, measures) {
    const spans = spansOf(order, measures);
    return { notes: spans.flatMap((span) => notesOf(notes, span)), map: mapOf(map, spans), spans };
}

/**
 * @param {number[]} order
 * @param {import("./piece.js").Measure[]} measures
 */
function spansOf(order, measures) {
    /** @type {Span[]} */
    const spans = [];
    order.forEach((index, place) => {
        const { onset, duration } = measures[index];
        const last = spans.at(-1);
        if (last && order[place - 1] === index - 1) {
            last.to = onset + duration;
        } else {
            const at = last ? last.at + last.to - last.from : 0;
            spans.push({ from: onset, to: onset + duration, at });
        }
    });
    return spans;
}

/**
 * The notes of a span as they sound: tied ones are one note, which ends with the span.
 *
 * @param {EngravedNote[]} notes
 * @param {Span} span
 */
function notesOf(notes, { from, to, at }) {
    const begins = (/** @type {EngravedNote} */ { onset, tied }) =>
        onset > from - TOLERANCE && onset < to - TOLERANCE && (!tied || onset < from + TOLERANCE);
    return notes.filter(begins).map((note) => ({
        ...note,
        onset: note.onset - from + at,
        end: Math.min(note.heardUntil ?? note.end, to) - from + at
    }));
}

/**
 * @param {TempoMap} map
 * @param {Span[]} spans
 */
function mapOf(map, spans) {
    /** @type {TempoMap} */
    const points = [];
    let zero = 0; // seconds
    for (const { from, to, at } of spans) {
        const begin = secondsAt(map, from);
        const inner = map.filter(({ quarter }) => quarter > from && quarter < to);
        for (const quarter of [from, ...inner.map((point) => point.quarter), to]) {
            points.push({ quarter: quarter - from + at, seconds: zero + secondsAt(map, quarter) - begin });
        }
        zero += secondsAt(map, to) - begin;
    }
    return points;
}

/**
 * The quarter of the score that sounds at a quarter of the performance.
 *
 * @param {Span[]} spans
 * @param {number} quarter
 */
export function writtenAt(spans, quarter) {
    const span = spans.findLast(({ at }) => at <= quarter) ?? spans[0];
    return span === undefined ? 0 : quarter - span.at + span.from;
}

/**
 * The quarter of the performance at which a quarter of the score sounds, the first time; 0 where it never does.
 *
 * @param {Span[]} spans
 * @param {number} quarter
 */
export function performedAt(spans, quarter) {
    const span = spans.find(({ from, to }) => quarter > from - TOLERANCE && quarter < to - TOLERANCE);
    return span === undefined ? 0 : quarter - span.from + span.at;
}
