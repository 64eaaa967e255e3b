// The cursor, with which a plugin reads and writes.

import { Annotation, addLyrics, chordRest } from "./elements.mjs";
import { unwrap, rewrap, names } from "./strict.mjs";
import { measureApi, segmentAt, segmentsOf } from "./places.mjs";
import { VOICES } from "./score.mjs";
import { cutToValue } from "./values.mjs";

export class Cursor {
    constructor(score) { this._score = score; this._track = 0; this._tick = null; this._duration = null; }
    get track() { return this._track; }
    set track(value) { this._track = Math.max(0, Math.min(value, this._score.state.parts.length * VOICES - 1)); }
    get staffIdx() { return Math.floor(this._track / VOICES); }
    set staffIdx(value) { this.track = value * VOICES + this.voice; }
    get voice() { return this._track % VOICES; }
    set voice(value) { this.track = this.staffIdx * VOICES + value; }
    get tick() { return this._tick === null ? 0 : this._tick; }
    get time() { return this.tick; }
    get tempo() { return 2; }
    get filter() { return names.segments.ChordRest; }
    get keySignature() { return this._score.fifthsAt(this.tick); }
    get segment() { return this._tick === null ? null : segmentAt(this._score, this._tick); }
    get element() {
        const item = this._tick === null ? undefined : this._score.itemAt(this._track, this._tick);
        return item ? chordRest(this._score, this._track, item) : null;
    }
    get measure() {
        return this._tick === null ? null : measureApi(
            this._score, this._score.state.measures.indexOf(this._score.measureAt(this._tick)));
    }
    get inputStateMode() { return 0; }

    rewind(mode) {
        const range = this._score.selection;
        if (mode === 0) {
            this._toItem(0);
        } else if (mode === 1 && range) {
            this._track = range.startStaff * VOICES;
            this._toItem(range.start);
        } else if (mode === 2 && range) {
            this._track = range.endStaff * VOICES - 1;
            this._tick = range.end >= this._score.end ? null : range.end;
        }
    }

    rewindToTick(tick) {
        const before = segmentsOf(this._score).filter((s) => s.kind === "ChordRest" && s.tick <= tick);
        this._toItem(before.length ? before[before.length - 1].tick : 0);
    }

    next() {
        if (this._tick === null)
            return false;
        this._toItem(this._tick + 1);
        return this._tick !== null;
    }

    prev() {
        if (this._tick === null)
            return false;
        const before = this._score.state.tracks[this._track].filter((item) => item.tick < this._tick);
        this._tick = before.length ? before[before.length - 1].tick : null;
        return this._tick !== null;
    }

    nextMeasure() {
        const measure = this._tick === null ? undefined : this._score.measureAt(this._tick);
        if (!measure || measure.tick + measure.ticks >= this._score.end)
            this._tick = null;
        else
            this._toItem(measure.tick + measure.ticks);
        return this._tick !== null;
    }

    setDuration(numerator, denominator) {
        this._duration = numerator > 0 && denominator > 0 ? cutToValue(numerator, denominator) : [1, 4];
    }

    addNote(pitch, addToChord) {
        if (!(pitch >= 0 && pitch <= 127))
            return this._warn("addNote: invalid pitch");
        if (this._tick === null)
            return this._warn("addNote: cursor location is undefined");
        const item = this._score.itemAt(this._track, this._tick);
        if (addToChord && item && !item.rest)
            this._score.addToChord(item, pitch);
        else
            this._forward(this._score.write(this._track, this._tick, pitch, this._duration || [1, 4]));
        return undefined;
    }

    addRest() {
        if (this._tick === null)
            return this._warn("addRest: cursor location is undefined");
        this._forward(this._score.write(this._track, this._tick, null, this._duration || [1, 4]));
        return undefined;
    }

    addTuplet(ratio, duration) {
        if (this._tick === null)
            return this._warn("addTuplet: cursor location is undefined");
        const base = this._score.addTuplet(
            this._track, this._tick, [ratio.numerator, ratio.denominator], [duration.numerator, duration.denominator]);
        if (base)
            this._duration = base;
        return undefined;
    }

    add(wrapper) {
        const made = unwrap(wrapper);
        if (this._tick === null)
            return;
        if (made._kind === "LYRICS") {
            addLyrics(this._score, this._score.itemAt(this._track, this._tick), made);
            return;
        }
        this._score.touch();
        const data = Object.assign(made._data, { tick: this._tick, track: this._track });  // the plugin's element changes with it
        this._score.state.annotations.push(data);
        rewrap(wrapper, new Annotation(this._score, data));
    }

    _toItem(tick) {
        const item = this._score.nextItem(this._track, tick);
        this._tick = item ? item.tick : null;
    }

    _forward(tick) {  // at the end of the score the cursor stays
        if (segmentAt(this._score, tick))
            this._tick = tick;
    }

    _warn(text) { this._score.warnings.push(text); }
}
