// Segments and measures, as a plugin sees them.

import { Annotation, chordRest } from "./elements.mjs";
import { Element, fraction, names, wrap } from "./strict.mjs";
import { VOICES } from "./score.mjs";

/** Every segment in order: {tick, kind, measure (index)}. */
export function segmentsOf(score) {
    if (score.listedAt === score.version)
        return score.listed;
    const found = [];
    score.state.measures.forEach((measure, number) => {
        const at = (kind, tick) => found.push({ tick: tick, kind: kind, measure: number });
        if (number === 0)
            at("HeaderClef", measure.tick);
        if (number === 0 || score.state.keys.some((key) => key.tick === measure.tick))
            at("KeySig", measure.tick);
        const before = score.state.measures[number - 1];
        if (!before || String(before.nominal) !== String(measure.nominal))
            at("TimeSig", measure.tick);
        const ticks = new Set();
        for (const items of score.state.tracks)
            for (const item of items || [])
                if (item.tick >= measure.tick && item.tick < measure.tick + measure.ticks)
                    ticks.add(item.tick);
        for (const tick of Array.from(ticks).sort((a, b) => a - b))
            at("ChordRest", tick);
        at("EndBarLine", measure.tick + measure.ticks);
    });
    score.listed = found;
    score.listedAt = score.version;
    return found;
}

export function segmentAt(score, tick) {
    const place = segmentsOf(score).find((s) => s.kind === "ChordRest" && s.tick === tick);
    return place ? wrap(new Segment(score, place)) : null;
}

export class Segment extends Element {
    constructor(score, place) { super(score, "SEGMENT", -1); this._place = place; }
    get tick() { return this._place.tick; }
    get segmentType() { return names.segments[this._place.kind]; }
    get next() { return this._beside(1, false); }
    get prev() { return this._beside(-1, false); }
    get nextInMeasure() { return this._beside(1, true); }
    get prevInMeasure() { return this._beside(-1, true); }
    get parent() { return wrap(new Measure(this._score, this._listed().measure)); }
    get annotations() {
        return this._score.state.annotations.filter((a) => this._place.kind === "ChordRest" && a.tick === this.tick)
            .map((a) => wrap(new Annotation(this._score, a)));
    }
    elementAt(track) {
        if (this._place.kind === "ChordRest") {
            const item = this._score.itemAt(track, this.tick);
            return item ? chordRest(this._score, track, item) : null;
        }
        const kind = { KeySig: "KEYSIG", TimeSig: "TIMESIG", HeaderClef: "CLEF", EndBarLine: "BAR_LINE" }[this._place.kind];
        return track % VOICES === 0 ? wrap(new Element(this._score, kind, track)) : null;
    }
    _listed() {
        return segmentsOf(this._score).find((s) => s.kind === this._place.kind && s.tick === this._place.tick);
    }
    _beside(step, inMeasure) {
        const all = segmentsOf(this._score), here = this._listed();
        const other = all[all.indexOf(here) + step];
        return other && !(inMeasure && other.measure !== here.measure) ? wrap(new Segment(this._score, other)) : null;
    }
    _key() { return this._place.kind + this._place.tick; }
}

export class Measure extends Element {
    constructor(score, number) { super(score, "MEASURE", -1); this._number = number; }
    get firstSegment() { return this._segment((own) => own[0]); }
    get lastSegment() { return this._segment((own) => own[own.length - 1]); }
    get nextMeasure() { return measureApi(this._score, this._number + 1); }
    get prevMeasure() { return measureApi(this._score, this._number - 1); }
    get nextMeasureMM() { return this.nextMeasure; }
    get prevMeasureMM() { return this.prevMeasure; }
    get timesigNominal() { return fraction(...this._data().nominal); }
    get timesigActual() { return fraction(...this._data().actual); }
    get noOffset() { return 0; }
    get irregular() { return String(this._data().nominal) !== String(this._data().actual); }
    get elements() { return []; }
    get repeatEnd() { return false; }
    get repeatStart() { return false; }
    _data() { return this._score.state.measures[this._number]; }
    _segment(choose) {
        return wrap(new Segment(this._score, choose(segmentsOf(this._score).filter((s) => s.measure === this._number))));
    }
    _key() { return "measure" + this._number; }
}

export function measureApi(score, number) {
    return score.state.measures[number] ? wrap(new Measure(score, number)) : null;
}
