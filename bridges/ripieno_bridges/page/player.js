// @ts-check
// Plays the score with Tone.js, on a soft organ without samples. Tone.js is loaded at the first press of Play, since
// browsers let no page sound before.

import { performedAt, writtenAt } from "./performance.js";
import { quarterAt, secondsAt, soundingBetween } from "./timing.js";

/**
 * @typedef {import("./performance.js").Performance} Performance
 *
 * @typedef {object} Instrument of Tone.js objects
 * @property {any} master
 * @property {any} meter
 * @property {any} bus
 * @property {Map<string | null, {synth: any, gain: any}>} voices by name; those that have sounded
 *
 * @typedef {object} Playback
 * @property {number} start quarter of the performance where it began
 * @property {number} zero time of the audio clock when it began, in seconds
 * @property {number} until seconds since `zero` up to which notes have been scheduled
 * @property {number} timer
 * @property {number} frame
 */

const AHEAD_SECONDS = 2.5; // how far ahead notes are scheduled, so that a hidden tab plays on
const SCHEDULE_MS = 400;
const LEAD_SECONDS = 0.12;
const PARTIALS = [1, 0.42, 0.2, 0.26, 0.03, 0.1, 0, 0.07]; // their loudness, as an organ's stops are drawn
const RELEASE_SECONDS = 0.35;
const BREATH_SECONDS = 0.04; // before the next note, so that repeated notes are heard as two
const MIN_NOTE_SECONDS = 0.05;
const CHORD = " chord"; // the voice of a chord that is tried; no voice of a score has such a name
const CHORD_SECONDS = 1.1;

/** @type {Promise<any> | null} */
let loaded = null;

/** Loads Tone.js once. */
function tone() {
    loaded ??= new Promise((resolve, reject) => {
        window.TONE_SILENCE_LOGGING = true;
        const script = document.createElement("script");
        script.src = new URL("vendor/Tone.js", import.meta.url).href;
        // Tone's own clock wants a worker made of a blob, which the page's security policy forbids. Without workers it
        // takes a timer; our notes are timed by the audio clock anyway.
        const { Worker } = window;
        Object.assign(window, { Worker: undefined });
        script.onload = () => {
            window.Worker = Worker;
            resolve(window.Tone);
        };
        script.onerror = () => {
            window.Worker = Worker;
            loaded = null;
            reject(new Error("The sound could not be loaded; reload this page."));
        };
        document.head.append(script);
    });
    return loaded;
}

/** @param {number} pitch MIDI */
function frequencyOf(pitch) {
    return 440 * 2 ** ((pitch - 69) / 12);
}

/** The time of the audio clock, in seconds. */
function audioTime() {
    return window.Tone.getContext().rawContext.currentTime;
}

export class Player {
    #callbacks;
    #volume = 0.7;
    #speed = 1;

    /** @type {Performance} */
    #performance = { notes: [], map: [], spans: [] };

    /** @type {Set<string>} */
    #muted = new Set();

    /** @type {Instrument | null} */
    #instrument = null; // null before the first press of Play

    /** @type {Playback | null} */
    #playback = null;

    /** @param {{onMove: (quarter: number) => void, onEnd: () => void}} callbacks quarter: of the score */
    constructor(callbacks) {
        this.#callbacks = callbacks;
    }

    get playing() {
        return this.#playback !== null;
    }

    get seconds() {
        return (this.#performance.map.at(-1)?.seconds ?? 0) / this.#speed;
    }

    /**
     * @param {Performance} performance each note with `voice`
     * @param {boolean} goesOn whether what plays goes on at the same place, in this performance
     */
    setPerformance(performance, goesOn) {
        const at = this.#at;
        if (!goesOn || at === null) {
            this.stop();
            this.#performance = performance;
            return;
        }
        this.#halt();
        const isSameWay = JSON.stringify(performance.spans) === JSON.stringify(this.#performance.spans);
        const written = writtenAt(this.#performance.spans, at);
        this.#performance = performance;
        this.#begin(isSameWay ? at : performedAt(performance.spans, written));
    }

    set speed(/** @type {number} */ speed) {
        const at = this.#at;
        this.#speed = speed;
        if (at !== null) {
            this.#halt();
            this.#begin(at);
        }
    }

    /** 0 to 1. */
    set volume(/** @type {number} */ volume) {
        this.#volume = volume;
        this.#instrument?.master.gain.rampTo(volume * volume, 0.05);
    }

    /** The loudness of what sounds now, as root mean square from 0 to 1; for tests. */
    get level() {
        return this.#instrument === null ? 0 : this.#instrument.meter.getValue();
    }

    /** Where playback is, in quarters of the score; null where nothing plays. */
    get position() {
        const at = this.#at;
        return at === null ? null : writtenAt(this.#performance.spans, at);
    }

    /** Where playback is, in quarters of the performance. */
    get #at() {
        if (this.#playback === null) {
            return null;
        }
        const { start, zero } = this.#playback;
        const { map } = this.#performance;
        const seconds = secondsAt(map, start, this.#speed) + audioTime() - zero;
        return Math.max(start, quarterAt(map, seconds, this.#speed));
    }

    /**
     * @param {string} voice
     * @param {boolean} muted
     */
    setMuted(voice, muted) {
        if (muted) {
            this.#muted.add(voice);
        } else {
            this.#muted.delete(voice);
        }
        this.#instrument?.voices.get(voice)?.gain.gain.rampTo(muted ? 0 : 1, 0.03);
    }

    /** @param {string} voice */
    isMuted(voice) {
        return this.#muted.has(voice);
    }

    /** @param {number} start in quarters of the score */
    async play(start) {
        const Tone = await tone();
        await Tone.start();
        this.#instrument ??= await this.#build(Tone);
        this.stop();
        this.#begin(performedAt(this.#performance.spans, start));
    }

    /**
     * Lets a chord sound for a moment, unless the score is being played.
     *
     * @param {number[]} pitches MIDI
     */
    async sound(pitches) {
        const Tone = await tone();
        await Tone.start();
        this.#instrument ??= await this.#build(Tone);
        if (!this.playing) {
            const { synth } = this.#voice(CHORD);
            synth.releaseAll();
            const frequencies = pitches.map(frequencyOf);
            synth.triggerAttackRelease(frequencies, CHORD_SECONDS, audioTime() + LEAD_SECONDS / 4, 0.6);
        }
    }

    stop() {
        if (this.#playback !== null) {
            this.#halt();
            this.#callbacks.onEnd();
        }
    }

    /** @param {number} start in quarters of the performance */
    #begin(start) {
        const { master } = this.#built();
        const playback = { start, zero: audioTime() + LEAD_SECONDS, until: 0, timer: 0, frame: 0 };
        this.#playback = playback;
        master.gain.cancelScheduledValues(0);
        master.gain.rampTo(this.#volume * this.#volume, 0.02);
        this.#schedule();
        playback.timer = setInterval(() => this.#schedule(), SCHEDULE_MS);
        const tick = () => {
            const { position } = this;
            if (this.#playback !== null && position !== null) {
                this.#callbacks.onMove(position);
                this.#playback.frame = requestAnimationFrame(tick);
            }
        };
        tick();
    }

    #schedule() {
        const playback = /** @type {Playback} */ (this.#playback);
        const now = audioTime() - playback.zero;
        const until = now + AHEAD_SECONDS;
        const { notes, map } = this.#performance;
        const { start } = playback;
        for (const event of soundingBetween(notes, map, start, this.#speed, playback.until, until)) {
            const { synth } = this.#voice(event.note.voice ?? null);
            const length = Math.max(MIN_NOTE_SECONDS, event.length - BREATH_SECONDS);
            synth.triggerAttackRelease(frequencyOf(event.note.pitch), length, playback.zero + event.seconds, 0.7);
        }
        playback.until = until;
        const end = this.seconds - secondsAt(map, start, this.#speed);
        if (now > end + RELEASE_SECONDS) {
            this.stop();
        }
    }

    /** Notes that are scheduled already cannot be called back, so the synthesizers that have them are disposed of. */
    #halt() {
        const { timer, frame } = /** @type {Playback} */ (this.#playback);
        clearInterval(timer);
        cancelAnimationFrame(frame);
        this.#playback = null;
        const { voices } = this.#built();
        for (const { synth, gain } of voices.values()) {
            gain.gain.rampTo(0, 0.05);
            setTimeout(() => {
                synth.dispose();
                gain.dispose();
            }, 200);
        }
        voices.clear();
    }

    #built() {
        return /** @type {Instrument} */ (this.#instrument);
    }

    /** @param {string | null} name */
    #voice(name) {
        const { voices, bus } = this.#built();
        let voice = voices.get(name);
        if (voice === undefined) {
            const { Tone } = window;
            const gain = new Tone.Gain(name !== null && this.#muted.has(name) ? 0 : 1).connect(bus);
            const synth = new Tone.PolySynth(Tone.Synth, {
                oscillator: { type: "custom", partials: PARTIALS },
                envelope: { attack: 0.05, decay: 0.2, sustain: 0.85, release: RELEASE_SECONDS },
                volume: -15
            }).connect(gain);
            voice = { synth, gain };
            voices.set(name, voice);
        }
        return voice;
    }

    /**
     * @param {any} Tone
     * @returns {Promise<Instrument>}
     */
    async #build(Tone) {
        const meter = new Tone.Meter({ normalRange: true, smoothing: 0.5 });
        const master = new Tone.Gain(this.#volume * this.#volume).connect(
            new Tone.Limiter(-2).toDestination()
        );
        master.connect(meter);
        const room = new Tone.Reverb({ decay: 2.2, preDelay: 0.02, wet: 0.25 });
        await room.ready;
        const bus = new Tone.Filter({ type: "lowpass", frequency: 2600, rolloff: -12 });
        bus.chain(
            new Tone.Chorus({ frequency: 0.6, delayTime: 4, depth: 0.25, wet: 0.35 }).start(),
            room,
            master
        );
        return { master, meter, bus, voices: new Map() };
    }
}
