// A small model of a score as MuseScore 4 keeps it: measures, tracks without a hole, tuplets, ties, undo.
// It has only the changes that a plugin can make; the plugin's interface is in api.mjs. That notes are written as the
// program writes them is compared with MuseScore 3 (writing.qml).
//
// A track (staff * 4 + voice) is a list of items in order: chords and rests, each with tick, ticks (its true
// length) and duration (its written one). The first voice of a staff fills every measure; others may be empty.

import { readItems, textOf } from "./text.mjs";
import { WHOLE, cutToValue, leftValues, reduced, ticksOf, tpcOf, valuesOf } from "./values.mjs";

export const VOICES = 4;

const INSTRUMENTS = { // by their sounds in MusicXML, with the names that the program gives them
    "voice.soprano": ["Soprano", "S."],
    "voice.alto": ["Alto", "A."],
    "voice.tenor": ["Tenor", "T."],
    "voice.baritone": ["Baritone", "Bar."],
    "voice.bass": ["Bass", "B."],
    "strings.violin": ["Violin", "Vln."],
    "strings.viola": ["Viola", "Vla."],
    "strings.cello": ["Violoncello", "Vc."],
};

export class Score {
    /**
     * description: {meters: ["3/4", ...] one a measure, pickup: "1/4" or absent, keys: {measure: fifths},
     * parts: [{name, sound, voices: [text]}]}; see text.mjs for the text.
     */
    constructor(description) {
        this.warnings = [];   // what the program would write to its log
        this.commands = [];   // "done" or "rolled back", for every startCmd that was ended
        this.undone = [];
        this.fails = -1;      // after how many changes one fails; below 0 none does
        this.open = null;
        this.selection = null;
        this.serial = 1;
        this.version = 0;
        this.state = { measures: [], keys: [], parts: [], tracks: [], tuplets: {}, annotations: [] };
        description.meters.forEach((meter, number) => {
            const nominal = meter.split("/").map(Number);
            const short = number === 0 && description.pickup;
            this._addMeasure(nominal, short ? description.pickup.split("/").map(Number) : nominal);
        });
        for (const number of Object.keys(description.keys || {})) {
            const tick = this.state.measures[Number(number)].tick;
            this.state.keys.push({ tick: tick, fifths: description.keys[number] });
        }
        for (const part of description.parts) {
            this._addPart(part.name, part.name.slice(0, 1) + ".", part.sound || "voice." + part.name.toLowerCase());
            part.voices.forEach((text, voice) => {
                if (text)
                    this.state.tracks[(this.state.parts.length - 1) * VOICES + voice] = readItems(this, text);
            });
        }
    }

    text(track) {
        return textOf(this, track);
    }

    get end() {
        const last = this.state.measures[this.state.measures.length - 1];
        return last.tick + last.ticks;
    }

    measureAt(tick) {
        return this.state.measures.find((m) => m.tick <= tick && tick < m.tick + m.ticks);
    }

    fifthsAt(tick) {
        let fifths = 0;
        for (const key of this.state.keys)
            if (key.tick <= tick)
                fifths = key.fifths;
        return fifths;
    }

    itemAt(track, tick) {
        return (this.state.tracks[track] || []).find((item) => item.tick === tick);
    }

    nextItem(track, tick) {
        return (this.state.tracks[track] || []).find((item) => item.tick >= tick);
    }

    // -- undo

    startCommand() {
        if (this.open !== null)
            throw new Error("startCmd within a startCmd: MuseScore asserts");
        this.open = JSON.stringify(this.state);
    }

    endCommand(rollback) {
        if (this.open === null)
            throw new Error("endCmd without a startCmd: MuseScore asserts");
        if (rollback)
            this.state = JSON.parse(this.open);
        else
            this.undone.push(this.open);
        this.commands.push(rollback ? "rolled back" : "done");
        this.open = null;
        this.version++;
    }

    undo() {
        this.state = JSON.parse(this.undone.pop());
        this.version++;
    }

    /** Before every change: outside of a command it could not be undone, and MuseScore asserts. */
    touch() {
        if (this.open === null)
            throw new Error("a change of the score outside startCmd and endCmd");
        if (this.fails-- === 0)
            throw new Error("the host failed");
        this.version++;
    }

    // -- writing

    /** Write a chord (pitch) or rest (null) over what is there; beyond the barline it goes on, tied. */
    write(track, tick, pitch, duration) {
        this.touch();
        this._expand(track, tick);
        let left = ticksOf(duration), before = null;
        while (left > 0 && tick < this.end) {
            const tuplet = this.state.tuplets[this.itemAt(track, tick).tuplet];
            const [actual, normal] = tuplet ? tuplet.ratio : [1, 1];
            const measure = this.measureAt(tick);
            const room = tuplet
                ? (tuplet.tick + tuplet.ticks - tick) * actual / normal
                : measure.tick + measure.ticks - tick;
            const written = Math.min(left, room);
            this._gap(track, tick, written * normal / actual, tuplet);
            for (const value of valuesOf(written)) {
                const ticks = ticksOf(value) * normal / actual;
                const item = this.item(tick, ticks, value, pitch, tuplet);
                this._insert(track, item);
                if (before && pitch !== null) {
                    before.notes[0].tieForward = true;
                    item.notes[0].tieBack = true;
                }
                before = item;
                tick += ticks;
            }
            left -= written;
            this._expand(track, tick);
        }
        return tick;
    }

    /** Add a pitch to a chord. */
    addToChord(item, pitch) {
        this.touch();
        item.notes.push(this.note(pitch, item.tick));
        item.notes.sort((a, b) => a.pitch - b.pitch);
    }

    /** Write the rests of a tuplet; null where the program refuses. */
    addTuplet(track, tick, ratio, duration) {
        const measure = this.measureAt(tick);
        const ticks = ticksOf(duration);
        const base = reduced(duration[0], duration[1] * ratio[1]);
        if (tick + ticks > measure.tick + measure.ticks) {
            this.warnings.push("addTuplet: cannot add cross-measure tuplet");
            return null;
        }
        if (ticksOf(cutToValue(...base)) !== ticksOf(base)) {
            this.warnings.push("addTuplet: no note value is as long");
            return null;
        }
        this.touch();
        this._expand(track, tick);
        this._gap(track, tick, ticks, undefined);
        const id = this.serial++;
        this.state.tuplets[id] = { id: id, track: track, tick: tick, ticks: ticks, ratio: ratio, base: base };
        for (let number = 0; number < ratio[0]; number++)
            this._insert(track, this.item(
                tick + number * ticks / ratio[0], ticks / ratio[0], base, null, this.state.tuplets[id]));
        return base;
    }

    /** A chord becomes a rest of its length; a rest stays. */
    removeChord(track, item) {
        this.touch();
        this._cutTies(track, item);
        item.notes = [];
        item.lyrics = [];
        item.rest = true;
    }

    addPart(sound) {
        this.touch();
        if (!(sound in INSTRUMENTS))
            this.warnings.push("appendPart: <" + sound + "> not found");
        const [name, short] = INSTRUMENTS[sound] || ["", ""];
        this._addPart(name, short, sound in INSTRUMENTS ? sound : "");
    }

    addMeasures(count) {
        this.touch();
        const last = this.state.measures[this.state.measures.length - 1];
        for (let number = 0; number < count; number++) {
            const measure = this._addMeasure(last.nominal, last.nominal);
            for (let staff = 0; staff < this.state.parts.length; staff++)
                this._insert(staff * VOICES, this.measureRest(measure));
        }
    }

    // -- its parts

    _addMeasure(nominal, actual) {
        const before = this.state.measures[this.state.measures.length - 1];
        const measure = {
            tick: before ? before.tick + before.ticks : 0,
            ticks: ticksOf(actual),
            nominal: nominal,
            actual: actual,
        };
        this.state.measures.push(measure);
        return measure;
    }

    _addPart(name, short, sound) {
        const staff = this.state.parts.length;
        this.state.parts.push({ name: name, short: short, sound: sound });
        for (let voice = 0; voice < VOICES; voice++)
            this.state.tracks[staff * VOICES + voice] = [];
        this.state.tracks[staff * VOICES] = this.state.measures.map((measure) => this.measureRest(measure));
    }

    measureRest(measure) {
        const rest = this.item(measure.tick, measure.ticks, reduced(...measure.actual), null, undefined);
        rest.wholeMeasure = true;
        return rest;
    }

    item(tick, ticks, duration, pitch, tuplet) {
        return {
            tick: tick,
            ticks: ticks,
            duration: duration,
            rest: pitch === null,
            wholeMeasure: false,
            notes: pitch === null ? [] : [this.note(pitch, tick)],
            lyrics: [],
            tuplet: tuplet ? tuplet.id : 0,
        };
    }

    note(pitch, tick) {
        const tpc = tpcOf(pitch, this.fifthsAt(tick));
        return { pitch: pitch, tpc1: tpc, tpc2: tpc, tieForward: false, tieBack: false, color: "#000000", elements: [] };
    }

    _insert(track, item) {
        const items = this.state.tracks[track];
        const place = items.findIndex((other) => other.tick > item.tick);
        items.splice(place < 0 ? items.length : place, 0, item);
    }

    /** Fill a voice that has nothing in this measure with rests from here on. */
    _expand(track, tick) {
        const measure = this.measureAt(tick);
        if (!measure || this.itemAt(track, tick))
            return;
        const inside = this.state.tracks[track].some((i) => i.tick < measure.tick + measure.ticks && i.tick + i.ticks > tick);
        if (inside)
            throw new Error("nothing begins at tick " + tick + " of track " + track);
        this._fill(track, tick, measure.tick + measure.ticks - tick, []);
    }

    /** Write rests, or the rest of a chord, struck once more. */
    _fill(track, tick, ticks, pitches) {
        for (const value of leftValues(ticks)) {
            const item = this.item(tick, ticksOf(value), value, null, undefined);
            item.rest = pitches.length === 0;
            item.notes = pitches.map((pitch) => this.note(pitch, tick));
            this._insert(track, item);
            tick += ticksOf(value);
        }
    }

    /** Remove what sounds in [tick, tick + ticks); a tuplet that is touched from outside is removed as a whole. */
    _gap(track, tick, ticks, inside) {
        const items = this.state.tracks[track];
        let end = tick + ticks, kept = [];
        const gone = new Set();
        for (const item of items) {
            if (item.tick + item.ticks <= tick || item.tick >= tick + ticks)
                continue;
            const tuplet = this.state.tuplets[item.tuplet];
            if (tuplet && tuplet !== inside) {
                items.filter((other) => other.tuplet === tuplet.id).forEach((other) => gone.add(other));
                end = Math.max(end, tuplet.tick + tuplet.ticks);
                delete this.state.tuplets[tuplet.id];
            } else {
                gone.add(item);
                end = Math.max(end, item.tick + item.ticks);
                kept = item.notes.map((note) => note.pitch);
            }
        }
        for (const item of gone) {
            this._cutTies(track, item);
            items.splice(items.indexOf(item), 1);
        }
        const left = end - tick - ticks;
        if (left > 0 && inside) {
            const [actual, normal] = inside.ratio;
            let at = tick + ticks;
            for (const value of valuesOf(left * actual / normal)) {
                this._insert(track, this.item(at, ticksOf(value) * normal / actual, value, null, inside));
                at += ticksOf(value) * normal / actual;
            }
        } else if (left > 0) {
            this._fill(track, tick + ticks, left, kept);
        }
    }

    _cutTies(track, item) {
        const items = this.state.tracks[track], place = items.indexOf(item);
        for (const note of item.notes) {
            if (note.tieBack)
                (items[place - 1].notes.find((n) => n.pitch === note.pitch) || {}).tieForward = false;
            if (note.tieForward)
                (items[place + 1].notes.find((n) => n.pitch === note.pitch) || {}).tieBack = false;
        }
    }
}
