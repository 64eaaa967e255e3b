// @ts-check
// Plays a performance: hands its notes to the stage a little ahead of time, at a speed that may change meanwhile, once or
// in a loop, after a count-in.

import { Mixer, gainOf } from "./mixer.js";
import { performedAt, writtenAt } from "./performance.js";
import { SoundStage } from "./sound_stage.js";
import { parted } from "./tones.js";
import { secondsAt } from "./timing.js";
import { Transport } from "./transport.js";

/**
 * @typedef {import("./performance.js").Performance} Performance
 * @typedef {import("./sung_parts.js").SoundingPart} SoundingPart
 * @typedef {import("./count_in.js").Click} Click
 *
 * @typedef {object} Playback
 * @property {Transport} transport
 * @property {number} until the position up to which notes have been handed on
 * @property {{position: number, end: number, tone: import("./held_tone.js").HeldTone}[]} tones that may sound still. end:
 *     the position where it ends
 * @property {Click[]} counted
 * @property {OscillatorNode[]} clicks
 * @property {number} timer
 * @property {number} frame
 */

const AHEAD_SECONDS = 2.5; // how far ahead notes are scheduled, so that a hidden tab plays on
const SCHEDULE_MS = 400;
const LEAD_SECONDS = 0.12;
const KEPT_SECONDS = 0.03; // a note that begins so soon is not called back any more
const TAIL_SECONDS = 0.35; // after the last note
const CHORD_SECONDS = 1.1;

export class Player {
    #callbacks;
    #volume = 0.7;
    #speed = 1;

    /** @type {Performance} */
    #performance = { notes: [], map: [], spans: [] };
    #loops = false;

    /** @type {Map<string, SoundingPart>} */
    #parts = new Map();

    /** @type {SoundStage | null} */
    #stage = null; // null before the first press of Play: browsers let no page sound before

    /** @type {Playback | null} */
    #playback = null;

    /** @type {import("./held_tone.js").HeldTone[]} */
    #chord = [];

    /** @param {{onMove: (quarter: number) => void, onEnd: () => void}} callbacks quarter: of the score */
    constructor(callbacks) {
        this.#callbacks = callbacks;
        this.mixer = new Mixer();
        this.mixer.listen(() => this.#stage?.balance());
    }

    get playing() {
        return this.#playback !== null;
    }

    /**
     * @param {Performance} performance each note with `voice`
     * @param {{loops: boolean, parts: SoundingPart[]}} how loops: whether it begins again at its end
     * @param {boolean} goesOn whether what plays goes on at the same place, in this performance
     */
    setPerformance(performance, { loops, parts }, goesOn) {
        const old = this.#performance;
        const at = this.#quarter;
        const length = performance.map.at(-1)?.quarter ?? 1;
        const next = { ...performance, notes: parted(performance.notes, length) };
        if (!goesOn) {
            this.stop();
        }
        const counted = this.#counting;
        const { playing } = this;
        if (playing) {
            this.#halt();
        }
        [this.#performance, this.#loops] = [next, loops];
        this.#parts = new Map(parts.map((part) => [part.voice, part]));
        if (playing && at !== null) {
            const isSameWay = JSON.stringify(next.spans) === JSON.stringify(old.spans);
            this.#begin(isSameWay ? at : performedAt(next.spans, writtenAt(old.spans, at)), counted);
        }
    }

    /** 2 is twice as fast as written. What plays goes on at once, and what sounds is not struck again. */
    set speed(/** @type {number} */ speed) {
        this.#speed = speed;
        const playback = this.#playback;
        if (playback === null || this.#stage === null) {
            return;
        }
        const { transport } = playback;
        const now = this.#stage.context.currentTime;
        if (this.#counting.length) {
            const counted = this.#counting;
            this.#halt();
            this.#begin(transport.course.begin, counted);
            return;
        }
        const changed = new Transport(transport.course, speed, transport.positionAt(now), now);
        const kept = transport.positionAt(now + KEPT_SECONDS);
        const [stay, go] = [true, false].map((stays) =>
            playback.tones.filter(({ position }) => position < kept === stays)
        );
        go.forEach(({ tone }) => tone.drop(now));
        stay.forEach(({ end, tone }) => tone.endAt(changed.timeAt(end), now));
        Object.assign(playback, { transport: changed, tones: stay, until: Math.min(playback.until, kept) });
        this.schedule();
    }

    /** 0 to 1. */
    set volume(/** @type {number} */ volume) {
        this.#volume = volume;
        if (this.#stage !== null) {
            this.#stage.volume = gainOf(volume);
        }
    }

    /** The loudness of what sounds now, as root mean square from 0 to 1; for tests. */
    get level() {
        return this.#stage?.level ?? 0;
    }

    /** Where playback is, in quarters of the score; null where nothing plays. */
    get position() {
        const at = this.#quarter;
        return at === null ? null : writtenAt(this.#performance.spans, at);
    }

    /** Where playback is, in quarters of the performance. */
    get #quarter() {
        if (this.#playback === null || this.#stage === null) {
            return null;
        }
        const { transport } = this.#playback;
        return transport.quarterOf(transport.positionAt(this.#stage.context.currentTime));
    }

    /** The clicks that are being counted; none where the music sounds already. */
    get #counting() {
        if (this.#playback === null || this.#stage === null) {
            return [];
        }
        const { transport, counted } = this.#playback;
        return this.#stage.context.currentTime < transport.timeAt(transport.course.begin) ? counted : [];
    }

    /**
     * @param {number} start in quarters of the score
     * @param {Click[]} clicks that are counted before
     */
    async play(start, clicks = []) {
        await this.#wake();
        this.stop();
        this.#begin(performedAt(this.#performance.spans, start), clicks);
    }

    /**
     * Lets a chord sound for a moment, unless the score is being played.
     *
     * @param {number[]} pitches MIDI
     */
    async sound(pitches) {
        const stage = await this.#wake();
        if (!this.playing) {
            const now = stage.context.currentTime;
            const start = now + LEAD_SECONDS / 4;
            this.#chord.forEach((tone) => tone.drop(now));
            this.#chord = pitches.map((pitch) =>
                stage.sound(null, { pitch, start, end: start + CHORD_SECONDS, isParted: false })
            );
        }
    }

    /** The stage, awake. */
    async #wake() {
        this.#stage ??= new SoundStage(
            new AudioContext({ latencyHint: "playback" }),
            (voice) => this.mixer.gain(voice),
            gainOf(this.#volume)
        );
        const { context } = this.#stage;
        if (context instanceof AudioContext && context.state !== "running") {
            await context.resume();
        }
        return this.#stage;
    }

    stop() {
        if (this.#playback !== null) {
            this.#halt();
            this.#callbacks.onEnd();
        }
    }

    /**
     * @param {number} begin in quarters of the performance
     * @param {Click[]} counted
     */
    #begin(begin, counted) {
        const stage = /** @type {SoundStage} */ (this.#stage);
        const { map, notes } = this.#performance;
        notes.forEach((note) => stage.prepare(this.#partOf(note), note.pitch));
        const quarter = (secondsAt(map, begin + 1) - secondsAt(map, begin)) / this.#speed; // in seconds
        const counts = counted[0]?.quarters ?? 0;
        const zero = stage.context.currentTime + LEAD_SECONDS + counts * quarter;
        const transport = new Transport({ map, begin, loops: this.#loops }, this.#speed, begin, zero);
        const clicks = counted.map(({ quarters, isFirst }) => stage.click(zero - quarters * quarter, isFirst));
        this.#playback = { transport, until: begin, tones: [], counted, clicks, timer: 0, frame: 0 };
        this.schedule();
        this.#playback.timer = setInterval(() => this.schedule(), SCHEDULE_MS);
        const tick = () => {
            const { position } = this;
            if (this.#playback !== null && position !== null) {
                this.#callbacks.onMove(position);
                this.#playback.frame = requestAnimationFrame(tick);
            }
        };
        tick();
    }

    /** Hands on what sounds soon. The timer does it; with a clock of its own, a test does. */
    schedule() {
        const playback = this.#playback;
        if (playback === null || this.#stage === null) {
            return;
        }
        const now = this.#stage.context.currentTime;
        const { transport } = playback;
        if (now > transport.endTime + TAIL_SECONDS) {
            this.stop();
            return;
        }
        const until = transport.positionAt(now + AHEAD_SECONDS);
        playback.tones = playback.tones.filter(({ tone }) => !tone.isOver);
        for (const event of transport.eventsBetween(this.#performance.notes, playback.until, until)) {
            playback.tones.push(this.#strike(this.#stage, event));
        }
        playback.until = Math.max(playback.until, until);
    }

    /**
     * @param {SoundStage} stage
     * @param {import("./transport.js").SoundEvent} event
     */
    #strike(stage, { note, position, end, start, endTime }) {
        const { pitch, isParted = false } = note;
        const part = this.#partOf(note);
        return { position, end, tone: stage.sound(part, { pitch, start, end: endTime, isParted }) };
    }

    /** @param {{voice?: string | null}} note */
    #partOf({ voice }) {
        return this.#parts.get(voice ?? "") ?? null;
    }

    #halt() {
        const { timer, frame, tones, clicks } = /** @type {Playback} */ (this.#playback);
        const { currentTime } = /** @type {SoundStage} */ (this.#stage).context;
        clearInterval(timer);
        cancelAnimationFrame(frame);
        this.#playback = null;
        tones.forEach(({ tone }) => tone.isOver || tone.drop(currentTime));
        clicks.forEach((click) => click.stop());
    }
}
