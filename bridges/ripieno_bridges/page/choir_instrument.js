// @ts-check
// A few singers who sing "ah" together: a rich tone for each, slightly out of tune with the others and with vibrato,
// through the formants of the vowel.

import { HeldTone } from "./held_tone.js";
import { frequencyOf, wave } from "./tones.js";

/** @typedef {[number, number, number][]} Vowel of each formant the frequency in Hz, the level in dB, the bandwidth in Hz */

/**
 * The vowel "a" of four kinds of voices (Csound reference manual, appendix "Formant values"), each with the pitch from
 * which on it is taken.
 *
 * @type {{from: number, vowel: Vowel}[]}
 */
const VOWELS = [
    { from: 67, vowel: [[800, 0, 80], [1150, -6, 90], [2900, -32, 120], [3900, -20, 130], [4950, -50, 140]] },
    { from: 60, vowel: [[800, 0, 80], [1150, -4, 90], [2800, -20, 120], [3500, -36, 130], [4950, -60, 140]] },
    { from: 54, vowel: [[650, 0, 80], [1080, -6, 90], [2650, -7, 120], [2900, -8, 130], [3250, -22, 140]] },
    { from: 0, vowel: [[600, 0, 60], [1040, -7, 70], [2250, -9, 110], [2450, -9, 120], [2750, -20, 130]] }
];
const SPREAD = 2.2; // a choir's formants are so much broader than one singer's
const CHEST_HZ = 450; // up to here the tone is heard beside its formants, too
const CHEST_DB = -12;
const PARTIALS = Array.from({ length: 40 }, (_, index) => (index + 1) ** -1.2); // of the voice before the vowel
const MEMBERS = [
    { cents: -7, late: 0.014, vibrato: 4.7 },
    { cents: 1, late: 0, vibrato: 5.2 },
    { cents: 6, late: 0.027, vibrato: 5.6 }
]; // late: seconds. vibrato: Hz
const VIBRATO_CENTS = 13;
const VIBRATO_SECONDS = 0.45; // until it is there
const ENVELOPE = { attack: 0.09, release: 0.2 };
const PARTED = { ...ENVELOPE, release: 0.05 };
const LEVEL = 0.08; // root mean square of the voice

export class ChoirInstrument {
    #context;
    #mouth; // what all tones go into
    #branches; // from there to the output: formants and chest
    #wave;
    #vibratos;

    /** @type {Map<number, number>} */
    #levels = new Map(); // by pitch

    /**
     * @param {BaseAudioContext} context
     * @param {AudioNode} output
     * @param {number} middle the pitch around which they sing, as a MIDI number
     */
    constructor(context, output, middle) {
        this.#context = context;
        this.#mouth = new GainNode(context);
        this.#wave = wave(context, PARTIALS);
        const { vowel } = VOWELS.find(({ from }) => middle >= from) ?? VOWELS[VOWELS.length - 1];
        const top = context.sampleRate / 2;
        this.#branches = vowel
            .filter(([frequency]) => frequency < top)
            .map(([frequency, decibels, bandwidth]) => {
                const Q = frequency / (SPREAD * bandwidth);
                return this.#branch({ type: "bandpass", frequency, Q }, decibels, output);
            });
        this.#branches.push(this.#branch({ type: "lowpass", frequency: CHEST_HZ }, CHEST_DB, output));
        this.#vibratos = MEMBERS.map(({ vibrato }) => new OscillatorNode(context, { frequency: vibrato }));
        this.#vibratos.forEach((vibrato) => vibrato.start());
    }

    /**
     * @param {BiquadFilterOptions} options
     * @param {number} decibels
     * @param {AudioNode} output
     */
    #branch(options, decibels, output) {
        const filter = new BiquadFilterNode(this.#context, options);
        const gain = new GainNode(this.#context, { gain: 10 ** (decibels / 20) });
        this.#mouth.connect(filter).connect(gain).connect(output);
        return { filter, gain };
    }

    /**
     * @param {import("./tones.js").Tone} tone
     * @returns {HeldTone}
     */
    sound(tone) {
        const gain = new GainNode(this.#context, { gain: 0 });
        gain.connect(this.#mouth);
        /** @type {AudioNode[]} */
        const depths = [];
        const oscillators = MEMBERS.map(({ cents }, index) => {
            const oscillator = new OscillatorNode(this.#context, {
                frequency: frequencyOf(tone.pitch),
                detune: cents,
                periodicWave: this.#wave
            });
            oscillator.detune.automationRate = "k-rate"; // 128 samples are short for a vibrato, and computed fast
            const depth = new GainNode(this.#context, { gain: 0 });
            depth.gain.setTargetAtTime(VIBRATO_CENTS, tone.start, VIBRATO_SECONDS / 2);
            this.#vibratos[index].connect(depth).connect(oscillator.detune);
            depths.push(depth);
            oscillator.connect(gain);
            return oscillator;
        });
        return new HeldTone(oscillators, gain, depths, tone, {
            level: this.#level(tone.pitch),
            envelope: tone.isParted ? PARTED : ENVELOPE,
            delays: MEMBERS.map(({ late }) => late)
        });
    }

    /**
     * What brings a pitch to the loudness that all pitches have, though its harmonics meet the formants elsewhere.
     *
     * @param {number} pitch MIDI
     */
    #level(pitch) {
        let level = this.#levels.get(pitch);
        if (level === undefined) {
            const base = frequencyOf(pitch);
            const there = PARTIALS.map((_, index) => base * (index + 1)).filter(
                (frequency) => frequency < this.#context.sampleRate / 2
            );
            const heard = this.#response(new Float32Array(there));
            const power = heard.reduce((sum, factor, index) => sum + (factor * PARTIALS[index]) ** 2 / 2, 0);
            level = LEVEL / Math.sqrt(MEMBERS.length * power);
            this.#levels.set(pitch, level);
        }
        return level;
    }

    /**
     * How much of each frequency all branches together let through.
     *
     * @param {Float32Array<ArrayBuffer>} frequencies
     */
    #response(frequencies) {
        const [real, imaginary] = [frequencies.map(() => 0), frequencies.map(() => 0)];
        const [factors, phases] = [frequencies.map(() => 0), frequencies.map(() => 0)];
        for (const { filter, gain } of this.#branches) {
            filter.getFrequencyResponse(frequencies, factors, phases);
            factors.forEach((factor, index) => {
                real[index] += gain.gain.value * factor * Math.cos(phases[index]);
                imaginary[index] += gain.gain.value * factor * Math.sin(phases[index]);
            });
        }
        return [...real].map((part, index) => Math.hypot(part, imaginary[index]));
    }

    /** Lets go of all that sounds. */
    dispose() {
        this.#vibratos.forEach((vibrato) => vibrato.stop());
        const filters = this.#branches.flatMap(({ filter, gain }) => [filter, gain]);
        [...this.#vibratos, ...filters, this.#mouth].forEach((node) => node.disconnect());
    }
}
