// @ts-check
// What all instruments of the page share.

/**
 * @typedef {object} Tone
 * @property {number} pitch MIDI
 * @property {number} start seconds of the audio clock
 * @property {number} end seconds of the audio clock
 * @property {boolean} isParted whether the same pitch follows at once, so that the two must be heard as two
 *
 * @typedef {object} Instrument
 * @property {(tone: Tone) => import("./held_tone.js").HeldTone} sound
 * @property {() => void} dispose lets go of all that sounds
 * @property {(pitch: number) => void} [prepare] for a pitch (MIDI), where that takes a moment
 */

const GAP_SECONDS = 0.07; // before the same pitch again
const MAX_GAP = 0.3; // of the tone's length

/** @param {number} pitch MIDI */
export function frequencyOf(pitch) {
    return 440 * 2 ** ((pitch - 69) / 12);
}

/**
 * A wave of harmonics as loud as given, not scaled.
 *
 * @param {BaseAudioContext} context
 * @param {number[]} partials
 */
export function wave(context, partials) {
    const imag = new Float32Array([0, ...partials]);
    return new PeriodicWave(context, { imag, real: new Float32Array(imag.length), disableNormalization: true });
}

/**
 * The moment at which a tone begins to fade.
 *
 * @param {Tone} tone
 */
export function fadesAt({ start, end, isParted }) {
    return isParted ? end - Math.min(GAP_SECONDS, MAX_GAP * (end - start)) : end;
}

/**
 * The notes, each with whether the same pitch follows in its voice at once.
 *
 * @template {{onset: number, end: number, pitch: number, voice?: string | null}} T
 * @param {T[]} notes
 * @param {number} length of one round, in quarters: after its last note the first one may follow
 * @returns {(T & {isParted: boolean})[]}
 */
export function parted(notes, length) {
    const place = (/** @type {T} */ { voice, pitch }, /** @type {number} */ quarter) =>
        `${voice ?? ""} ${pitch} ${Math.round((quarter % length) * 1000)}`;
    const begun = new Set(notes.map((note) => place(note, note.onset)));
    return notes.map((note) => ({ ...note, isParted: begun.has(place(note, note.end)) }));
}
