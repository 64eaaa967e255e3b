// Notes, chords, lyrics and other elements of a score, as a plugin sees them: new objects at every access.

import { Element, unwrap, fraction, names, wrap } from "./strict.mjs";
import { Segment } from "./places.mjs";
import { WHOLE, reduced } from "./values.mjs";

const MADE = ["LYRICS", "STAFF_TEXT", "SYSTEM_TEXT", "HARMONY", "FERMATA", "TEXT", "NOTE", "CHORD", "REST"];

export class Annotation extends Element {
    constructor(score, data) { super(score, data.kind, data.track); this._data = data; }
    get text() { return this._data.text; }
    set text(value) { this._score.touch(); this._data.text = String(value); }
    get color() { return this._data.color || "#000000"; }
    set color(value) { this._score.touch(); this._data.color = String(value); }
    get parent() { return wrap(new Segment(this._score, { tick: this._data.tick, kind: "ChordRest" })); }
    _key() { return JSON.stringify(this._data); }
}

export class Lyrics extends Element {
    constructor(score, track, item, data) { super(score, "LYRICS", track); this._item = item; this._data = data; }
    get text() { return this._data.text; }
    set text(value) { this._score.touch(); this._data.text = String(value); }
    get syllabic() { return this._data.syllabic; }
    set syllabic(value) { this._score.touch(); this._data.syllabic = value; }
    get verse() { return this._data.verse; }
    set verse(value) { this._score.touch(); this._data.verse = value; }
    get parent() { return chordRest(this._score, this._track, this._item); }
}

export class Tie extends Element {
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
        return wrap(new Note(this._score, this._track, items[place], note));
    }
}

export class Note extends Element {
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
    get tieBack() { return this._data.tieBack ? wrap(new Tie(this._score, this._track, this._item, this._data, false)) : null; }
    get tieForward() { return this._data.tieForward ? wrap(new Tie(this._score, this._track, this._item, this._data, true)) : null; }
    get noteType() { return 0; }
    get accidental() { return null; }
    get elements() { return this._data.elements; }
    get dots() { return []; }
    get parent() { return chordRest(this._score, this._track, this._item); }
    add(wrapper) {
        this._score.touch();
        const made = unwrap(wrapper);
        this._data.elements.push(made._data);
    }
    _key() { return [this._track, this._item.tick, this._data.pitch].join(); }
}

export class Tuplet extends Element {
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

export class Rest extends Element {
    constructor(score, track, item) { super(score, item.rest ? "REST" : "CHORD", track); this._item = item; }
    get duration() { return fraction(...this._item.duration); }
    get globalDuration() { return fraction(...reduced(this._item.ticks, WHOLE)); }
    get actualDuration() { return this.globalDuration; }
    get tuplet() {
        const tuplet = this._score.state.tuplets[this._item.tuplet];
        return tuplet ? wrap(new Tuplet(this._score, this._track, tuplet)) : null;
    }
    get lyrics() { return this._item.lyrics.map((lyric) => wrap(new Lyrics(this._score, this._track, this._item, lyric))); }
    get beam() { return null; }
    get staffMove() { return 0; }
    get parent() { return wrap(new Segment(this._score, { tick: this._item.tick, kind: "ChordRest" })); }
    _key() { return [this._track, this._item.tick].join(); }
}

export class Chord extends Rest {
    get notes() { return this._item.notes.map((note) => wrap(new Note(this._score, this._track, this._item, note))); }
    get graceNotes() { return []; }
    get noteType() { return 0; }
    get stem() { return null; }
    add(wrapper) {
        const made = unwrap(wrapper);
        if (made._kind === "NOTE") {
            this._score.addToChord(this._item, made._data.pitch);
        } else if (made._kind === "LYRICS") {
            addLyrics(this._score, this._item, made);
        } else {
            this._score.touch();
        }
    }
}

export function addLyrics(score, item, made) {
    score.touch();
    item.lyrics.push({ text: made._data.text, syllabic: made._data.syllabic, verse: made._data.verse });
}

export function chordRest(score, track, item) {
    return wrap(item.rest ? new Rest(score, track, item) : new Chord(score, track, item));
}

// -- elements that a plugin makes ---------------------------------------------------------------------------

export class Made {
    constructor(kind) {
        this._kind = kind;
        this._data = { kind: kind, text: "", syllabic: 0, verse: 0, color: "#000000", pitch: 60 };
    }
    get type() { return names.elements[this._kind]; }
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

export class MadeLyrics extends Made {
    get syllabic() { return this._data.syllabic; }
    set syllabic(value) { this._data.syllabic = value; }
    get verse() { return this._data.verse; }
    set verse(value) { this._data.verse = value; }
}

export class MadeNote extends Made {
    get pitch() { return this._data.pitch; }
    set pitch(value) { this._data.pitch = value; }
}

export function newElement(type) {
    const kind = Object.keys(names.elements).find((name) => names.elements[name] === type);
    if (!MADE.includes(kind))
        return null;
    const made = kind === "LYRICS" ? new MadeLyrics(kind) : kind === "NOTE" ? new MadeNote(kind) : new Made(kind);
    return wrap(made);
}
