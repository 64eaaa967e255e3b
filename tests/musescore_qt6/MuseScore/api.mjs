// What a plugin sees of the score in MuseScore 4.0: objects that are made anew at every look, as there.
// What 4.0 lacks is undefined, and calling it raises; a property that there is not, or that can only be read,
// refuses to be written, as the program's own objects do.

import { Score, VOICES, WHOLE, cutToValue, reduced } from "score.mjs";

let ELEMENTS = {}, SEGMENTS = {};  // the numbers of their kinds

export function setNames(elements, segments) {
    ELEMENTS = elements;
    SEGMENTS = segments;
}

const MADE = ["LYRICS", "STAFF_TEXT", "SYSTEM_TEXT", "HARMONY", "FERMATA", "TEXT", "NOTE", "CHORD", "REST"];

const guards = new WeakMap();  // what stands behind an object that the plugin holds

function guarded(object) {
    return new Proxy(object, {
        set(target, name, value) {
            for (let at = target; at; at = Object.getPrototypeOf(at)) {
                const known = Object.getOwnPropertyDescriptor(at, name);
                if (known && known.set) {
                    known.set.call(target, value);
                    return true;
                }
                if (known && known.writable) {
                    target[name] = value;
                    return true;
                }
                if (known)
                    throw new TypeError('Cannot assign to read-only property "' + String(name) + '"');
            }
            throw new TypeError('Cannot assign to non-existent property "' + String(name) + '"');
        },
    });
}

export function fraction(numerator, denominator) {
    return guarded({
        get numerator() { return numerator; },
        get denominator() { return denominator; },
        get ticks() { return Math.round(numerator * WHOLE / denominator); },
        get str() { return numerator + "/" + denominator; },
    });
}

/** The score as a plugin gets it from ``curScore``. */
export function scoreApi(score) {
    return guarded(new ScoreApi(score));
}

export function makeScore(description) {
    return new Score(description);
}

// -- elements that a plugin makes ---------------------------------------------------------------------------

class Made {
    constructor(kind) { this._kind = kind; this._data = { text: "", syllabic: 0, verse: 0, color: "#000000", pitch: 60 }; }
    get type() { return ELEMENTS[this._kind]; }
    get text() { return this._data.text; }
    set text(value) { this._data.text = String(value); }
    get color() { return this._data.color; }
    set color(value) { this._data.color = String(value); }
    get visible() { return true; }
    set visible(value) { this._data.visible = value; }
    get placement() { return this._data.placement; }
    set placement(value) { this._data.placement = value; }
    get offsetX() { return 0; }
    set offsetX(value) { this._data.offsetX = value; }
    get offsetY() { return 0; }
    set offsetY(value) { this._data.offsetY = value; }
    get fontSize() { return this._data.fontSize; }
    set fontSize(value) { this._data.fontSize = value; }
}

class MadeLyrics extends Made {
    get syllabic() { return this._data.syllabic; }
    set syllabic(value) { this._data.syllabic = value; }
    get verse() { return this._data.verse; }
    set verse(value) { this._data.verse = value; }
}

class MadeNote extends Made {
    get pitch() { return this._data.pitch; }
    set pitch(value) { this._data.pitch = value; }
}

export function newElement(type) {
    const kind = Object.keys(ELEMENTS).find((name) => ELEMENTS[name] === type);
    if (!MADE.includes(kind))
        return null;
    const made = kind === "LYRICS" ? new MadeLyrics(kind) : kind === "NOTE" ? new MadeNote(kind) : new Made(kind);
    const guard = guarded(made);
    guards.set(guard, made);
    return guard;
}

function behind(guard) {
    const made = guards.get(guard);
    if (made === undefined)
        throw new TypeError("this is not an element of the score");
    return made;
}

function shown(object) {
    const guard = guarded(object);
    guards.set(guard, object);
    return guard;
}

// -- elements of the score ----------------------------------------------------------------------------------

class Element {
    constructor(score, kind, track) { this._score = score; this._kind = kind; this._track = track; }
    get type() { return ELEMENTS[this._kind]; }
    get name() { return this._kind; }
    get track() { return this._track; }
    get visible() { return true; }
    is(other) { return behind(other)._key() === this._key(); }
    _key() { return this._kind + this._track; }
}

class Annotation extends Element {
    constructor(score, data) { super(score, data.kind, data.track); this._data = data; }
    get text() { return this._data.text; }
    set text(value) { this._score.touch(); this._data.text = String(value); }
    get color() { return this._data.color || "#000000"; }
    set color(value) { this._score.touch(); this._data.color = String(value); }
    get parent() { return shown(new Segment(this._score, { tick: this._data.tick, kind: "ChordRest" })); }
    _key() { return JSON.stringify(this._data); }
}

class Lyrics extends Element {
    constructor(score, track, item, data) { super(score, "LYRICS", track); this._item = item; this._data = data; }
    get text() { return this._data.text; }
    set text(value) { this._score.touch(); this._data.text = String(value); }
    get syllabic() { return this._data.syllabic; }
    set syllabic(value) { this._score.touch(); this._data.syllabic = value; }
    get verse() { return this._data.verse; }
    set verse(value) { this._score.touch(); this._data.verse = value; }
    get parent() { return chordRest(this._score, this._track, this._item); }
}

class Tie extends Element {
    constructor(score, track, item, data, later) {
        super(score, "TIE", track);
        this._item = item; this._data = data; this._later = later;
    }
    get startNote() { return this._end(0); }
    get endNote() { return this._end(1); }
    _end(side) {
        const items = this._score.state.tracks[this._track];
        const place = items.indexOf(this._item) + (this._later ? side : side - 1);
        const note = items[place].notes.find((other) => other.pitch === this._data.pitch);
        return shown(new Note(this._score, this._track, items[place], note));
    }
}

class Note extends Element {
    constructor(score, track, item, data) { super(score, "NOTE", track); this._item = item; this._data = data; }
    get pitch() { return this._data.pitch; }
    set pitch(value) { this._score.touch(); this._data.pitch = value; }
    get tpc1() { return this._data.tpc1; }
    set tpc1(value) { this._score.touch(); this._data.tpc1 = value; }
    get tpc2() { return this._data.tpc2; }
    set tpc2(value) { this._score.touch(); this._data.tpc2 = value; }
    get tpc() { return this._data.tpc1; }
    set tpc(value) { this._score.touch(); this._data.tpc1 = this._data.tpc2 = value; }
    get color() { return this._data.color; }
    set color(value) { this._score.touch(); this._data.color = String(value); }
    get tieBack() { return this._data.tieBack ? shown(new Tie(this._score, this._track, this._item, this._data, false)) : null; }
    get tieForward() { return this._data.tieForward ? shown(new Tie(this._score, this._track, this._item, this._data, true)) : null; }
    get noteType() { return 0; }
    get accidental() { return null; }
    get elements() { return this._data.elements; }
    get dots() { return []; }
    get parent() { return chordRest(this._score, this._track, this._item); }
    add(guard) {
        this._score.touch();
        const made = behind(guard);
        this._data.elements.push(Object.assign({ kind: made._kind }, made._data));
    }
    _key() { return [this._track, this._item.tick, this._data.pitch].join(); }
}

class Tuplet extends Element {
    constructor(score, track, data) { super(score, "TUPLET", track); this._data = data; }
    get actualNotes() { return this._data.ratio[0]; }
    get normalNotes() { return this._data.ratio[1]; }
    get duration() { return fraction(...reduced(this._data.ticks, WHOLE)); }
    get globalDuration() { return this.duration; }
    get actualDuration() { return this.duration; }
    get elements() {
        return this._score.state.tracks[this._track].filter((item) => item.tuplet === this._data.id)
            .map((item) => chordRest(this._score, this._track, item));
    }
    get tuplet() { return null; }
    _key() { return "tuplet" + this._data.id; }
}

class Rest extends Element {
    constructor(score, track, item) { super(score, item.rest ? "REST" : "CHORD", track); this._item = item; }
    get duration() { return fraction(...this._item.duration); }
    get globalDuration() { return fraction(...reduced(this._item.ticks, WHOLE)); }
    get actualDuration() { return this.globalDuration; }
    get tuplet() {
        const tuplet = this._score.state.tuplets[this._item.tuplet];
        return tuplet ? shown(new Tuplet(this._score, this._track, tuplet)) : null;
    }
    get lyrics() { return this._item.lyrics.map((lyric) => shown(new Lyrics(this._score, this._track, this._item, lyric))); }
    get beam() { return null; }
    get staffMove() { return 0; }
    get parent() { return shown(new Segment(this._score, { tick: this._item.tick, kind: "ChordRest" })); }
    _key() { return [this._track, this._item.tick].join(); }
}

class Chord extends Rest {
    get notes() { return this._item.notes.map((note) => shown(new Note(this._score, this._track, this._item, note))); }
    get graceNotes() { return []; }
    get noteType() { return 0; }
    get stem() { return null; }
    add(guard) {
        const made = behind(guard);
        if (made._kind === "NOTE") {
            this._score.addToChord(this._item, made._data.pitch);
        } else if (made._kind === "LYRICS") {
            addLyrics(this._score, this._item, made);
        } else {
            this._score.touch();
        }
    }
}

function addLyrics(score, item, made) {
    score.touch();
    item.lyrics.push({ text: made._data.text, syllabic: made._data.syllabic, verse: made._data.verse });
}

function chordRest(score, track, item) {
    return shown(item.rest ? new Rest(score, track, item) : new Chord(score, track, item));
}

// -- segments and measures ----------------------------------------------------------------------------------

/** Every segment in order: {tick, kind, measure (index)}. */
function segmentsOf(score) {
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

function segmentAt(score, tick) {
    const place = segmentsOf(score).find((s) => s.kind === "ChordRest" && s.tick === tick);
    return place ? shown(new Segment(score, place)) : null;
}

class Segment extends Element {
    constructor(score, place) { super(score, "SEGMENT", -1); this._place = place; }
    get tick() { return this._place.tick; }
    get segmentType() { return SEGMENTS[this._place.kind]; }
    get next() { return this._beside(1, false); }
    get prev() { return this._beside(-1, false); }
    get nextInMeasure() { return this._beside(1, true); }
    get prevInMeasure() { return this._beside(-1, true); }
    get parent() { return shown(new Measure(this._score, this._listed().measure)); }
    get annotations() {
        return this._score.state.annotations.filter((a) => this._place.kind === "ChordRest" && a.tick === this.tick)
            .map((a) => shown(new Annotation(this._score, a)));
    }
    elementAt(track) {
        if (this._place.kind === "ChordRest") {
            const item = this._score.itemAt(track, this.tick);
            return item ? chordRest(this._score, track, item) : null;
        }
        const kind = { KeySig: "KEYSIG", TimeSig: "TIMESIG", HeaderClef: "CLEF", EndBarLine: "BAR_LINE" }[this._place.kind];
        return track % VOICES === 0 ? shown(new Element(this._score, kind, track)) : null;
    }
    _listed() {
        return segmentsOf(this._score).find((s) => s.kind === this._place.kind && s.tick === this._place.tick);
    }
    _beside(step, inMeasure) {
        const all = segmentsOf(this._score), here = this._listed();
        const other = all[all.indexOf(here) + step];
        return other && !(inMeasure && other.measure !== here.measure) ? shown(new Segment(this._score, other)) : null;
    }
    _key() { return this._place.kind + this._place.tick; }
}

class Measure extends Element {
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
        return shown(new Segment(this._score, choose(segmentsOf(this._score).filter((s) => s.measure === this._number))));
    }
    _key() { return "measure" + this._number; }
}

function measureApi(score, number) {
    return score.state.measures[number] ? shown(new Measure(score, number)) : null;
}

// -- the cursor ---------------------------------------------------------------------------------------------

class Cursor {
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
    get filter() { return SEGMENTS.ChordRest; }
    get keySignature() { return this._score.fifthsAt(this.tick); }
    get score() { return scoreApi(this._score); }
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

    add(guard) {
        const made = behind(guard);
        if (this._tick === null)
            return;
        if (made._kind === "LYRICS") {
            addLyrics(this._score, this._score.itemAt(this._track, this._tick), made);
            return;
        }
        this._score.touch();
        const data = { tick: this._tick, track: this._track, kind: made._kind, text: made._data.text, color: made._data.color };
        this._score.state.annotations.push(data);
        guards.set(guard, new Annotation(this._score, data));
    }

    _toItem(tick) {
        const item = this._score.nextItem(this._track, tick);
        this._tick = item ? item.tick : null;
    }

    _forward(tick) {  // at the end of the score the program stays where it is
        if (segmentAt(this._score, tick))
            this._tick = tick;
    }

    _warn(text) { this._score.warnings.push(text); }
}

// -- the score ----------------------------------------------------------------------------------------------

class Part {
    constructor(score, number) { this._data = score.state.parts[number]; this._number = number; }
    get partName() { return this._data.name; }
    get longName() { return this._data.name; }
    get shortName() { return this._data.short; }
    get instrumentId() { return this._data.instrument ? "voice." + this._data.instrument : ""; }
    get startTrack() { return this._number * VOICES; }
    get endTrack() { return (this._number + 1) * VOICES; }
    get hasPitchedStaff() { return true; }
    get hasTabStaff() { return false; }
    get hasDrumStaff() { return false; }
    get show() { return true; }
}

class Selection {
    constructor(score) { this._score = score; }
    get isRange() { return this._score.selection !== null; }
    get startSegment() { return this.isRange ? segmentAt(this._score, this._score.selection.start) : null; }
    get endSegment() { return this.isRange ? segmentAt(this._score, this._score.selection.end) : null; }
    get startStaff() { return this.isRange ? this._score.selection.startStaff : 0; }
    get endStaff() { return this.isRange ? this._score.selection.endStaff : 0; }
    get elements() { return []; }
    selectRange(start, end, startStaff, endStaff) {
        this._score.selection = { start: start, end: end, startStaff: startStaff, endStaff: endStaff };
        return true;
    }
    clear() { this._score.selection = null; return true; }
}

class ScoreApi {
    constructor(score) { this._score = score; }
    get nmeasures() { return this._score.state.measures.length; }
    get nstaves() { return this._score.state.parts.length; }
    get ntracks() { return this.nstaves * VOICES; }
    get parts() { return this._score.state.parts.map((_, number) => guarded(new Part(this._score, number))); }
    get firstMeasure() { return measureApi(this._score, 0); }
    get lastMeasure() { return measureApi(this._score, this.nmeasures - 1); }
    get firstMeasureMM() { return this.firstMeasure; }
    get lastMeasureMM() { return this.lastMeasure; }
    get lastSegment() { const all = segmentsOf(this._score); return shown(new Segment(this._score, all[all.length - 1])); }
    get style() { return guarded({ value(name) { return name === "concertPitch" ? false : undefined; } }); }
    get selection() { return guarded(new Selection(this._score)); }
    get keysig() { return this._score.fifthsAt(0); }
    get scoreName() { return "test"; }
    get title() { return "Test"; }
    get composer() { return ""; }
    get lyricCount() { return this._score.state.tracks.reduce((sum, items) => sum + items.reduce((n, i) => n + i.lyrics.length, 0), 0); }
    get hasLyrics() { return this.lyricCount > 0; }
    firstSegment() { return shown(new Segment(this._score, segmentsOf(this._score)[0])); }
    newCursor() { return guarded(new Cursor(this._score)); }
    startCmd() { this._score.startCommand(); }
    endCmd(rollback) { this._score.endCommand(rollback === true); }
    appendPart(instrument) { this._score.addPart(instrument); }
    appendMeasures(count) { this._score.addMeasures(count); }
    createPlayEvents() {}
    is(other) { return other !== null && other.nmeasures !== undefined; }
}

/** removeElement: a chord becomes a rest, a rest stays, what is attached goes. */
export function removeElement(guard) {
    const element = behind(guard), score = element._score;
    score.touch();
    if (element instanceof Chord) {
        score.removeChord(element._track, element._item);
    } else if (element instanceof Note) {
        if (element._item.notes.length === 1)
            score.removeChord(element._track, element._item);
        else
            element._item.notes.splice(element._item.notes.indexOf(element._data), 1);
    } else if (element instanceof Lyrics) {
        element._item.lyrics.splice(element._item.lyrics.indexOf(element._data), 1);
    } else if (element instanceof Annotation) {
        score.state.annotations.splice(score.state.annotations.indexOf(element._data), 1);
    }
}
