// @ts-check
// Which place of a performance sounds at which moment of the audio clock, at any speed. No DOM.
//
// A position counts the quarters of the performance. In a loop it counts on: in the second round it begins where the
// first one ended.

import { quarterAt, secondsAt } from "./timing.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./timing.js").TempoMap} TempoMap
 *
 * @typedef {object} Course what does not change while it plays
 * @property {TempoMap} map of the performance
 * @property {boolean} loops whether it begins again at its end
 * @property {number} begin the position where it was begun
 *
 * @typedef {EngravedNote & {isParted?: boolean}} PlayedNote see tones.js
 *
 * @typedef {object} SoundEvent
 * @property {PlayedNote} note
 * @property {number} position where it begins
 * @property {number} end the position where it ends
 * @property {number} start in seconds of the audio clock
 * @property {number} endTime in seconds of the audio clock
 */

export class Transport {
    /**
     * @param {Course} course
     * @param {number} speed 2 is twice as fast as written
     * @param {number} position that sounds at `time`
     * @param {number} time seconds of the audio clock
     */
    constructor(course, speed, position, time) {
        this.course = course;
        this.speed = speed;
        this.length = course.map.at(-1)?.quarter ?? 0; // quarters of one round
        this.#zero = time - this.#written(position) / speed;
    }

    /** @type {number} */
    #zero; // the moment at which position 0 sounds, or would

    /**
     * Seconds from position 0 at the written tempo.
     *
     * @param {number} position
     */
    #written(position) {
        const round = this.#round(position);
        return round * this.#roundSeconds + secondsAt(this.course.map, position - round * this.length);
    }

    get #roundSeconds() {
        return this.course.map.at(-1)?.seconds ?? 0;
    }

    /** @param {number} position */
    #round(position) {
        return this.course.loops && this.length > 0 ? Math.floor(position / this.length + 1e-9) : 0;
    }

    /** @param {number} position */
    timeAt(position) {
        return this.#zero + this.#written(position) / this.speed;
    }

    /**
     * @param {number} time seconds of the audio clock
     * @returns {number} the position; never before where it was begun
     */
    positionAt(time) {
        const seconds = (time - this.#zero) * this.speed;
        const long = this.#roundSeconds;
        const round = this.course.loops && long > 0 ? Math.max(0, Math.floor(seconds / long)) : 0;
        const quarter = quarterAt(this.course.map, seconds - round * long);
        return Math.max(this.course.begin, quarter + round * this.length);
    }

    /**
     * The quarter of the performance at a position.
     *
     * @param {number} position
     */
    quarterOf(position) {
        return position - this.#round(position) * this.length;
    }

    /** The moment at which all has been played; never, in a loop. */
    get endTime() {
        return this.course.loops ? Infinity : this.timeAt(this.length);
    }

    /**
     * The notes that begin in [from, to), in order. One that sounds already where it was begun begins there.
     *
     * @param {PlayedNote[]} notes
     * @param {number} from a position
     * @param {number} to a position
     * @returns {SoundEvent[]}
     */
    eventsBetween(notes, from, to) {
        const { begin } = this.course;
        /** @type {SoundEvent[]} */
        const events = [];
        for (let round = this.#round(from); round <= this.#round(to); round += 1) {
            const shift = round * this.length;
            for (const note of notes) {
                const position = Math.max(begin, note.onset + shift);
                const end = note.end + shift;
                if (position >= from && position < to && end > begin + 1e-6) {
                    events.push({ note, position, end, start: this.timeAt(position), endTime: this.timeAt(end) });
                }
            }
        }
        return events.sort((a, b) => a.start - b.start);
    }
}
