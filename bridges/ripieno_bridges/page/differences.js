// @ts-check
// Where the versions of a reply differ, and what a musician would say of it. No DOM.

import { capitalized, counted, listed, measuresName } from "./texts.js";

/**
 * @typedef {import("./piece.js").Alternative} Alternative
 * @typedef {import("./piece.js").Measure} Measure
 * @typedef {import("./piece.js").Note} Note
 */

const TOLERANCE = 1e-4; // quarters
/** Intervals by their semitones, as the ear tells them. */
const INTERVALS = [
    ...["", "half a step", "a step", "a third", "a third", "a fourth", "a tritone", "a fifth"],
    ...["a sixth", "a sixth", "a seventh", "a seventh", "an octave"]
];
const CLOSE = 12; // semitones: in close position soprano and tenor are less than an octave apart
const MOSTLY = 0.75; // of the time

/**
 * The new notes of a voice, in order.
 *
 * @param {Alternative} version
 * @param {string} voice
 */
function notesOf(version, voice) {
    const lines = version.voices.filter((line) => line.voice === voice);
    return lines.flatMap(({ notes }) => notes).sort((a, b) => a.onset - b.onset || a.pitch - b.pitch);
}

/** @param {Alternative[]} versions */
function voicesOf(versions) {
    return [...new Set(versions.flatMap((version) => version.voices.map((line) => line.voice)))];
}

/**
 * The indices of the measures in which a voice of two versions differs.
 *
 * @param {Alternative} one
 * @param {Alternative} other
 * @param {string} voice
 * @param {Measure[]} measures
 */
function differingMeasures(one, other, voice, measures) {
    const [mine, theirs] = [notesOf(one, voice), notesOf(other, voice)];
    const within = (/** @type {Note[]} */ notes, /** @type {Measure} */ { onset, duration }) =>
        notes
            .filter(
                (note) =>
                    note.onset < onset + duration - TOLERANCE &&
                    note.onset + note.duration > onset + TOLERANCE
            )
            .map((note) => [note.onset.toFixed(3), note.duration.toFixed(3), note.pitch].join())
            .join(" ");
    return [...measures.keys()].filter(
        (index) => within(mine, measures[index]) !== within(theirs, measures[index])
    );
}

/**
 * The first measure in which not all versions are the same.
 *
 * @param {Alternative[]} versions
 * @param {Measure[]} measures
 * @returns {number | null} an index; null where they are all the same
 */
export function firstDifference(versions, measures) {
    const [first, ...others] = versions;
    const indices = others.flatMap((other) =>
        voicesOf(versions).flatMap((voice) => differingMeasures(first, other, voice, measures))
    );
    return indices.length ? Math.min(...indices) : null;
}

/**
 * How a version differs from the one in the score: "Measure 2: tenor a third higher", "Differs in 7 of 12 measures: alto
 * 5, tenor 3".
 *
 * @param {Alternative} version
 * @param {Alternative} inScore
 * @param {Measure[]} measures
 */
export function differenceTexts(version, inScore, measures) {
    const found = voicesOf([inScore, version])
        .map((voice) => ({ voice, indices: differingMeasures(version, inScore, voice, measures) }))
        .filter(({ indices }) => indices.length);
    if (!found.length) {
        return ["The same notes"];
    }
    const all = new Set(found.flatMap(({ indices }) => indices));
    const index = Math.min(...all);
    /** @type {Map<string, string[]>} */
    const changes = new Map(); // and the voices that have it
    for (const { voice } of found.filter(({ indices }) => indices.includes(index))) {
        const change = changeIn(version, inScore, voice, measures[index]);
        changes.set(change, [...(changes.get(change) ?? []), nameOf(voice)]);
    }
    const what = [...changes].map(([change, voices]) => `${listed(voices)} ${change}`);
    const counts = found.map(({ voice, indices }) => `${nameOf(voice)}\u00a0${indices.length}`);
    return [
        `${capitalized(measuresName(measures, index, index))}: ${what.join(", ")}`,
        `Differs in ${all.size} of ${counted(measures.length, "measure", "measures")}: ${counts.join(", ")}`
    ];
}

/** @param {string} voice */
function nameOf(voice) {
    return voice === "right" || voice === "left" ? `${voice} hand` : voice;
}

/**
 * The first change of a voice in a measure where it differs.
 *
 * @param {Alternative} version
 * @param {Alternative} inScore
 * @param {string} voice
 * @param {Measure} measure
 */
function changeIn(version, inScore, voice, { onset, duration }) {
    const [mine, theirs] = [notesOf(version, voice), notesOf(inScore, voice)];
    const moments = [onset, ...[...mine, ...theirs].map((note) => note.onset)]
        .filter((moment) => moment >= onset - TOLERANCE && moment < onset + duration - TOLERANCE)
        .sort((a, b) => a - b);
    for (const moment of moments) {
        const [now, before] = [soundingAt(mine, moment), soundingAt(theirs, moment)];
        if (now.length > 1 || before.length > 1) {
            break; // chords
        }
        const change = (now[0]?.pitch ?? 0) - (before[0]?.pitch ?? 0);
        if (now.length !== before.length) {
            return now.length ? "enters" : "rests";
        }
        if (change) {
            return `${INTERVALS[Math.abs(change)] ?? "more than an octave"} ${change > 0 ? "higher" : "lower"}`;
        }
    }
    return moments.some((moment) => soundingAt(mine, moment).length > 1) ? "otherwise" : "in another rhythm";
}

/**
 * @param {Note[]} notes
 * @param {number} moment
 */
function soundingAt(notes, moment) {
    return notes.filter(
        ({ onset, duration }) => onset <= moment + TOLERANCE && onset + duration > moment + TOLERANCE
    );
}

/**
 * Whether soprano and tenor are mostly within an octave: "mostly close position", "mostly open position", "close and
 * open position"; empty where they do not sound together.
 *
 * @param {Note[]} soprano
 * @param {Note[]} tenor
 */
export function spacingText(soprano, tenor) {
    let [close, all] = [0, 0]; // quarters
    for (const upper of soprano) {
        for (const lower of tenor) {
            const from = Math.max(upper.onset, lower.onset);
            const to = Math.min(upper.onset + upper.duration, lower.onset + lower.duration);
            const together = Math.max(0, to - from);
            all += together;
            close += upper.pitch - lower.pitch < CLOSE ? together : 0;
        }
    }
    if (all < TOLERANCE) {
        return "";
    }
    const share = close / all;
    return share >= MOSTLY
        ? "mostly close position"
        : share <= 1 - MOSTLY
          ? "mostly open position"
          : "close and open position";
}
