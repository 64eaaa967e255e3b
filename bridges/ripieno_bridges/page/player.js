// Tone.js: a soft organ of our own, without samples. It is loaded at the first press of Play, since browsers let
// no page sound before.

import { heard, quarterAt, secondsAt, soundingBetween } from "./timing.js";

const AHEAD_SECONDS = 2.5; // how far notes are handed to the audio clock, so that a hidden tab plays on
const EVERY_MS = 400;
const LEAD_SECONDS = 0.12;
const STOPS = [1, 0.42, 0.2, 0.26, 0.03, 0.1, 0, 0.07]; // how loud each partial is, as an organ's stops are drawn
const RELEASE_SECONDS = 0.35;

let loaded = null;

function tone() {
    loaded ??= new Promise((resolve, reject) => {
        window.TONE_SILENCE_LOGGING = true;
        const script = document.createElement("script");
        script.src = new URL("vendor/Tone.js", import.meta.url).href;
        // Tone's own clock wants a worker made of a blob, which the page's policy forbids. Without workers it takes
        // a timer; our notes are timed by the audio clock anyway.
        const { Worker } = window;
        window.Worker = undefined;
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

export class Player {
    #told;
    #notes = [];
    #map = [];
    #muted = new Set();
    #volume = 0.7;
    #speed = 1;
    #instrument = null; // {master, meter, voices: Map(voice -> {synth, gain})}
    #run = null; // {start, zero, until, timer, frame}

    // told: {moved(quarter), ended()}
    constructor(told) {
        this.#told = told;
    }

    get playing() {
        return this.#run !== null;
    }

    get seconds() {
        return this.#map.length ? this.#map.at(-1).seconds / this.#speed : 0;
    }

    // notes: engraved notes, each with `voice`, a name or null. map: the tempo map.
    setScore(notes, map) {
        this.stop();
        this.#notes = heard(notes);
        this.#map = map;
    }

    set speed(speed) {
        const at = this.playing ? this.position : null;
        this.#speed = speed;
        if (at !== null) {
            this.#halt();
            this.#begin(at);
        }
    }

    // 0 to 1.
    set volume(volume) {
        this.#volume = volume;
        this.#instrument?.master.gain.rampTo(volume * volume, 0.05);
    }

    // What sounds now, as root mean square, 0 to 1; a test listens here.
    get level() {
        return this.#instrument === null ? 0 : this.#instrument.meter.getValue();
    }

    // In quarters.
    get position() {
        const { start, zero } = this.#run;
        const now = window.Tone.getContext().rawContext.currentTime;
        return Math.max(
            start,
            quarterAt(this.#map, secondsAt(this.#map, start, this.#speed) + now - zero, this.#speed)
        );
    }

    setMuted(voice, muted) {
        if (muted) {
            this.#muted.add(voice);
        } else {
            this.#muted.delete(voice);
        }
        this.#instrument?.voices.get(voice)?.gain.gain.rampTo(muted ? 0 : 1, 0.03);
    }

    isMuted(voice) {
        return this.#muted.has(voice);
    }

    // From a moment on, in quarters.
    async play(start) {
        const Tone = await tone();
        await Tone.start();
        this.#instrument ??= await this.#build(Tone);
        this.stop();
        this.#begin(start);
    }

    stop() {
        if (this.#run !== null) {
            this.#halt();
            this.#told.ended();
        }
    }

    #begin(start) {
        const zero = window.Tone.getContext().rawContext.currentTime + LEAD_SECONDS;
        this.#run = { start, zero, until: 0, timer: 0, frame: 0 };
        this.#instrument.master.gain.cancelScheduledValues(0);
        this.#instrument.master.gain.rampTo(this.#volume * this.#volume, 0.02);
        this.#schedule();
        this.#run.timer = setInterval(() => this.#schedule(), EVERY_MS);
        const tick = () => {
            if (this.#run !== null) {
                this.#told.moved(this.position);
                this.#run.frame = requestAnimationFrame(tick);
            }
        };
        tick();
    }

    #schedule() {
        const run = this.#run;
        const now = window.Tone.getContext().rawContext.currentTime - run.zero;
        const until = now + AHEAD_SECONDS;
        for (const event of soundingBetween(
            this.#notes,
            this.#map,
            run.start,
            this.#speed,
            run.until,
            until
        )) {
            const { synth } = this.#voice(event.note.voice);
            const length = Math.max(0.05, event.length - 0.04); // a breath, so that repeated notes are heard as two
            const frequency = 440 * 2 ** ((event.note.pitch - 69) / 12);
            synth.triggerAttackRelease(frequency, length, run.zero + event.seconds, 0.7);
        }
        run.until = until;
        const end = this.seconds - secondsAt(this.#map, run.start, this.#speed);
        if (now > end + RELEASE_SECONDS) {
            this.stop();
        }
    }

    // What was handed to the audio clock already cannot be called back, so its instrument goes.
    #halt() {
        clearInterval(this.#run.timer);
        cancelAnimationFrame(this.#run.frame);
        this.#run = null;
        const { voices } = this.#instrument;
        for (const { synth, gain } of voices.values()) {
            gain.gain.rampTo(0, 0.05);
            setTimeout(() => {
                synth.dispose();
                gain.dispose();
            }, 200);
        }
        voices.clear();
    }

    #voice(name) {
        const { voices, bus } = this.#instrument;
        if (!voices.has(name)) {
            const { Tone } = window;
            const gain = new Tone.Gain(this.#muted.has(name) ? 0 : 1).connect(bus);
            const synth = new Tone.PolySynth(Tone.Synth, {
                oscillator: { type: "custom", partials: STOPS },
                envelope: { attack: 0.05, decay: 0.2, sustain: 0.85, release: RELEASE_SECONDS },
                volume: -15
            }).connect(gain);
            voices.set(name, { synth, gain });
        }
        return voices.get(name);
    }

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
