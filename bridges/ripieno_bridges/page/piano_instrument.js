// @ts-check
// A piano: strings that are struck, ring, and are damped where the key is let go.

import { HeldTone } from "./held_tone.js";
import { RATE, struckString } from "./piano_tones.js";

const APART = 3; // semitones: one string in three is computed, and its neighbours are that one a little faster or slower
const ENVELOPE = { attack: 0.001, release: 0.16 };
const PARTED = { ...ENVELOPE, release: 0.04 };

/** @type {Map<number, AudioBuffer>} */
const strings = new Map(); // by pitch, for all pianos of the page

export class PianoInstrument {
    #context;
    #body;

    /**
     * @param {BaseAudioContext} context
     * @param {AudioNode} output
     */
    constructor(context, output) {
        this.#context = context;
        this.#body = new GainNode(context);
        this.#body.connect(output);
    }

    /**
     * Computes what a pitch needs, which takes some milliseconds, before it must sound.
     *
     * @param {number} pitch MIDI
     */
    prepare(pitch) {
        stringNear(pitch);
    }

    /**
     * @param {import("./tones.js").Tone} tone
     * @returns {HeldTone}
     */
    sound(tone) {
        const gain = new GainNode(this.#context, { gain: 0 });
        gain.connect(this.#body);
        const { buffer, playbackRate } = stringNear(tone.pitch);
        const source = new AudioBufferSourceNode(this.#context, { buffer, playbackRate });
        source.connect(gain);
        return new HeldTone([source], gain, [], tone, {
            level: 1,
            envelope: tone.isParted ? PARTED : ENVELOPE,
            delays: [0]
        });
    }

    /** Lets go of all that sounds. */
    dispose() {
        this.#body.disconnect();
    }
}

/**
 * The computed string that is nearest to a pitch, and how much faster it must be played.
 *
 * @param {number} pitch MIDI
 */
function stringNear(pitch) {
    const near = Math.round(pitch / APART) * APART;
    let buffer = strings.get(near);
    if (buffer === undefined) {
        const samples = struckString(near);
        buffer = new AudioBuffer({ length: samples.length, sampleRate: RATE });
        buffer.copyToChannel(samples, 0);
        strings.set(near, buffer);
    }
    return { buffer, playbackRate: 2 ** ((pitch - near) / 12) };
}
