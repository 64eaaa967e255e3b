// @ts-check
// The sound of a struck string as samples, computed from its partials: stiff strings are a little sharp, and each
// partial dies away by itself, the high ones first. No DOM, no audio.

import { frequencyOf } from "./tones.js";

export const RATE = 32_000; // Hz
const TOP_HZ = 9000;
const PARTIALS = 24;
const STRIKE_PLACE = 1 / 8; // of the string: partials with a node there are missing
const STIFFNESS = { pitch: 60, of: 3.5e-4, doubles: 8 }; // how sharp the partials are at a pitch; doubles in so many semitones
const SOFT_HZ = 1900; // what a felt hammer strikes with less and less force
const RING = { pitch: 60, seconds: 7, halves: 15 }; // how long the first partial rings, to a thousandth
const SHORTER = 0.22; // a partial's share of that: 1 / (1 + SHORTER × (number − 1))
const PROMPT = { share: 0.65, seconds: 0.12 }; // what dies away first, while the strings move together
const BEATS = 0.35; // cents by which two strings of a note are apart
const LONGEST = 5; // seconds
const FADE_SECONDS = 0.4; // at the end, where a low string still rings
const RISE_SECONDS = 0.0025; // a hammer's touch
const LEVEL = 0.11; // root mean square of the first quarter of a second
const LEVEL_SECONDS = 0.25;
const NOTHING = 1e-4;

/**
 * A string that rings until it is silent.
 *
 * @param {number} pitch MIDI
 * @returns {Float32Array<ArrayBuffer>} at RATE
 */
export function struckString(pitch) {
    const ring = RING.seconds * 2 ** ((RING.pitch - pitch) / RING.halves);
    const samples = new Float32Array(Math.ceil(RATE * Math.min(LONGEST, ring)));
    for (const { number, frequency, level } of partialsOf(pitch)) {
        const seconds = ring / (1 + SHORTER * (number - 1));
        addDecay(samples, frequency, level * PROMPT.share, seconds * PROMPT.seconds);
        for (const cents of [-BEATS, BEATS]) {
            addDecay(samples, frequency * 2 ** (cents / 1200), (level * (1 - PROMPT.share)) / 2, seconds);
        }
    }
    return shaped(samples);
}

/**
 * The partials of a string, without those that nobody hears.
 *
 * @param {number} pitch MIDI
 * @returns {{number: number, frequency: number, level: number}[]}
 */
export function partialsOf(pitch) {
    const stiff = STIFFNESS.of * 2 ** ((pitch - STIFFNESS.pitch) / STIFFNESS.doubles);
    const stretch = (/** @type {number} */ number) => number * Math.sqrt((1 + stiff * number ** 2) / (1 + stiff));
    return Array.from({ length: PARTIALS }, (_, index) => index + 1)
        .map((number) => ({ number, frequency: frequencyOf(pitch) * stretch(number) }))
        .filter(({ frequency }) => frequency < TOP_HZ)
        .map(({ number, frequency }) => {
            const struck = Math.abs(Math.sin(Math.PI * number * STRIKE_PLACE)) / number;
            return { number, frequency, level: struck * Math.exp(-frequency / SOFT_HZ) };
        });
}

/**
 * Adds a sine that dies away, by turning a pointer: two products a sample are much quicker than a sine.
 *
 * @param {Float32Array} samples
 * @param {number} frequency Hz
 * @param {number} level
 * @param {number} seconds to a thousandth
 */
function addDecay(samples, frequency, level, seconds) {
    const angle = (2 * Math.PI * frequency) / RATE;
    const decay = 10 ** (-3 / (seconds * RATE));
    const [turn, rise] = [decay * Math.cos(angle), decay * Math.sin(angle)];
    const steps = Math.min(samples.length, Math.log(NOTHING / level) / Math.log(decay));
    let real = level;
    let imaginary = 0;
    for (let index = 0; index < steps; index += 1) {
        samples[index] += imaginary;
        const next = real * turn - imaginary * rise;
        imaginary = real * rise + imaginary * turn;
        real = next;
    }
}

/**
 * The samples with a soft beginning and end, all pitches equally loud.
 *
 * @param {Float32Array<ArrayBuffer>} samples
 */
function shaped(samples) {
    const heard = samples.subarray(0, LEVEL_SECONDS * RATE);
    const power = heard.reduce((sum, sample) => sum + sample * sample, 0) / heard.length;
    const factor = LEVEL / Math.sqrt(power);
    const [rise, fade] = [RISE_SECONDS * RATE, FADE_SECONDS * RATE];
    const edges = (/** @type {number} */ index) => Math.min(1, index / rise, (samples.length - index) / fade);
    return samples.map((sample, index) => sample * factor * edges(index));
}
