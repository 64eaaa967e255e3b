// @ts-check
// A plain tone, as of a soft organ, for whatever is not sung.

import { HeldTone } from "./held_tone.js";
import { frequencyOf, wave } from "./tones.js";

const PARTIALS = [1, 0.42, 0.2, 0.26, 0.03, 0.1, 0, 0.07]; // as an organ's stops are drawn
const ENVELOPE = { attack: 0.04, release: 0.15 };
const PARTED = { ...ENVELOPE, release: 0.04 };
const LEVEL = 0.08 / Math.sqrt(PARTIALS.reduce((sum, part) => sum + part * part, 0) / 2); // root mean square 0.08

export class PlainInstrument {
    #context;
    #wave;
    #body;

    /**
     * @param {BaseAudioContext} context
     * @param {AudioNode} output
     */
    constructor(context, output) {
        this.#context = context;
        this.#wave = wave(context, PARTIALS);
        this.#body = new BiquadFilterNode(context, { type: "lowpass", frequency: 2600 });
        this.#body.connect(output);
    }

    /**
     * @param {import("./tones.js").Tone} tone
     * @returns {HeldTone}
     */
    sound(tone) {
        const gain = new GainNode(this.#context, { gain: 0 });
        gain.connect(this.#body);
        const oscillator = new OscillatorNode(this.#context, {
            frequency: frequencyOf(tone.pitch),
            periodicWave: this.#wave
        });
        oscillator.connect(gain);
        return new HeldTone([oscillator], gain, [], tone, {
            level: LEVEL,
            envelope: tone.isParted ? PARTED : ENVELOPE,
            delays: [0]
        });
    }

    /** Lets go of all that sounds. */
    dispose() {
        this.#body.disconnect();
    }
}
