// @ts-check
// The stage on which a score sounds: each voice at its place with its loudness, the room, and what goes to the speakers.

import { ChoirInstrument } from "./choir_instrument.js";
import { PianoInstrument } from "./piano_instrument.js";
import { PlainInstrument } from "./plain_instrument.js";
import { room } from "./room.js";

/**
 * @typedef {import("./sung_parts.js").SoundingPart} SoundingPart
 * @typedef {{key: string, instrument: import("./tones.js").Instrument, fader: GainNode, place: StereoPannerNode}} Stand of one
 *     voice
 */

const INSTRUMENTS = { choir: ChoirInstrument, piano: PianoInstrument, plain: PlainInstrument };
const ROOM = 0.28; // how much of the room is heard
const SMOOTH_SECONDS = 0.03;
const CLICK_SECONDS = 0.05;
const CLICK_HZ = { first: 1760, other: 1175 };

export class SoundStage {
    #master;
    #sum; // of all voices
    #meter;
    #gainOf;

    /** @type {Map<string | null, Stand>} */
    #stands = new Map();

    /**
     * @param {BaseAudioContext} context
     * @param {(voice: string | null) => number} gainOf the factor of a voice's loudness
     * @param {number} volume factor of all
     */
    constructor(context, gainOf, volume) {
        this.context = context;
        this.#gainOf = gainOf;
        this.#sum = new GainNode(context);
        const wet = new GainNode(context, { gain: ROOM });
        this.#master = new GainNode(context, { gain: volume });
        const limiter = new DynamicsCompressorNode(context, { threshold: -4, knee: 2, ratio: 20, attack: 0.002 });
        this.#meter = new AnalyserNode(context, { fftSize: 2048 });
        this.#sum.connect(this.#master);
        this.#sum.connect(room(context)).connect(wet).connect(this.#master);
        this.#master.connect(limiter).connect(context.destination);
        this.#master.connect(this.#meter);
    }

    /** @param {number} volume factor of all */
    set volume(volume) {
        this.#master.gain.setTargetAtTime(volume, this.context.currentTime, SMOOTH_SECONDS);
    }

    /** The loudness of what sounds now: the root mean square. */
    get level() {
        const samples = new Float32Array(this.#meter.fftSize);
        this.#meter.getFloatTimeDomainData(samples);
        return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    }

    /** Takes the loudness of each voice anew. */
    balance() {
        for (const [voice, { fader }] of this.#stands) {
            fader.gain.setTargetAtTime(this.#gainOf(voice), this.context.currentTime, SMOOTH_SECONDS);
        }
    }

    /**
     * @param {SoundingPart | null} part null for what is no voice of the score
     * @param {import("./tones.js").Tone} tone
     */
    sound(part, tone) {
        return this.#stand(part).instrument.sound(tone);
    }

    /**
     * Lets a voice get ready for a pitch, where that takes a moment.
     *
     * @param {SoundingPart | null} part
     * @param {number} pitch MIDI
     */
    prepare(part, pitch) {
        this.#stand(part).instrument.prepare?.(pitch);
    }

    /** @param {SoundingPart | null} part */
    #stand(part) {
        const voice = part?.voice ?? null;
        const key = JSON.stringify([part?.sound, part?.middle, part?.side]);
        const there = this.#stands.get(voice);
        if (there?.key === key) {
            return there;
        }
        there?.instrument.dispose();
        there?.place.disconnect();
        const { context } = this;
        const place = new StereoPannerNode(context, { pan: part?.side ?? 0 });
        const fader = new GainNode(context, { gain: this.#gainOf(voice) });
        fader.connect(place).connect(this.#sum);
        /** @type {import("./tones.js").Instrument} */
        const instrument = new INSTRUMENTS[part?.sound ?? "plain"](context, fader, part?.middle ?? 0);
        /** @type {Stand} */
        const stand = { key, instrument, fader, place };
        this.#stands.set(voice, stand);
        return stand;
    }

    /**
     * A click of the count-in, which no voice's loudness changes.
     *
     * @param {number} time seconds of the audio clock
     * @param {boolean} isFirst of a measure
     * @returns {OscillatorNode} which can be stopped before
     */
    click(time, isFirst) {
        const frequency = isFirst ? CLICK_HZ.first : CLICK_HZ.other;
        const oscillator = new OscillatorNode(this.context, { frequency });
        const gain = new GainNode(this.context, { gain: 0 });
        gain.gain.setValueAtTime(0, time);
        gain.gain.linearRampToValueAtTime(isFirst ? 0.4 : 0.25, time + 0.002);
        gain.gain.setTargetAtTime(0, time + 0.002, CLICK_SECONDS / 5);
        oscillator.connect(gain).connect(this.#master);
        oscillator.start(time);
        oscillator.stop(time + CLICK_SECONDS);
        oscillator.onended = () => gain.disconnect();
        return oscillator;
    }
}
