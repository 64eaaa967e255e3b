// @ts-check
// One tone that is scheduled: its sources under an envelope. It can be ended earlier or later, or called back.

import { fadesAt } from "./tones.js";

/**
 * @typedef {object} Envelope times in seconds
 * @property {number} attack until the tone has nearly its full loudness
 * @property {number} release until it is nearly silent
 */

const NEARLY = 4; // time constants of an exponential: 98 %
const DROP_SECONDS = 0.03; // a tone that is called back fades so fast

export class HeldTone {
    /**
     * @param {AudioScheduledSourceNode[]} sources not started yet, connected to `gain`
     * @param {GainNode} gain 0 at first
     * @param {AudioNode[]} others nodes of this tone alone
     * @param {import("./tones.js").Tone} tone
     * @param {{level: number, envelope: Envelope, delays: number[]}} how delays: by which each source begins later
     */
    constructor(sources, gain, others, tone, { level, envelope, delays }) {
        const { start } = tone;
        this.start = start;
        this.end = fadesAt(tone);
        this.#gap = tone.end - this.end;
        this.#release = envelope.release;
        this.#sources = sources;
        this.#gain = gain;
        gain.gain.setTargetAtTime(level, start, envelope.attack / NEARLY);
        sources.forEach((source, index) => source.start(start + delays[index]));
        sources[0].onended = () => {
            this.isOver = true;
            [...sources, ...others, gain].forEach((node) => node.disconnect());
        };
        this.#fade(this.end);
    }

    isOver = false;

    /** @type {AudioScheduledSourceNode[]} */
    #sources;

    /** @type {GainNode} */
    #gain;

    /** @type {number} */
    #release;

    /** @type {number} */
    #gap; // from where it fades to where its note ends

    /** The moment at which it begins to fade. @type {number} */
    end;

    /** @param {number} time */
    #fade(time, release = this.#release) {
        this.end = time;
        this.#gain.gain.setTargetAtTime(0, time, release / NEARLY);
        this.#sources.forEach((source) => source.stop(time + 2 * release));
    }

    /**
     * Lets a tone that sounds end at another moment.
     *
     * @param {number} time
     * @param {number} now
     */
    endAt(time, now) {
        if (this.end > now) {
            this.#gain.gain.cancelScheduledValues(this.end);
            this.#fade(Math.max(now, time - this.#gap));
        }
    }

    /**
     * Calls the tone back: it never begins, or fades at once.
     *
     * @param {number} now
     */
    drop(now) {
        if (this.start >= now) {
            this.#gain.gain.cancelScheduledValues(0);
            this.#gain.disconnect();
            this.#sources.forEach((source) => source.stop(now));
        } else if (now < this.end + 2 * this.#release) {
            this.#gain.gain.cancelScheduledValues(now);
            this.#fade(now, DROP_SECONDS);
        }
    }
}
