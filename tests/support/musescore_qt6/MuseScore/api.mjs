// MuseScore 4.0's interface for plugins, beginning with the score.

import { Cursor } from "./cursor.mjs";
import { unwrap, strict, names, wrap } from "./strict.mjs";
import { Chord, Annotation, Lyrics, Note } from "./elements.mjs";
import { Segment, measureApi, segmentAt, segmentsOf } from "./places.mjs";
import { Score, VOICES } from "./score.mjs";

export function setNames(elements, segments) {
    names.elements = elements;
    names.segments = segments;
}

/** The score as a plugin gets it from ``curScore``. */
export function scoreApi(score) {
    return strict(new ScoreApi(score));
}

export function makeScore(description) {
    return new Score(description);
}

class Part {
    constructor(score, number) { this._data = score.state.parts[number]; this._number = number; }
    get partName() { return this._data.name; }
    get longName() { return this._data.name; }
    get shortName() { return this._data.short; }
    get instrumentId() { return this._data.sound; }
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
    get parts() { return this._score.state.parts.map((_, number) => strict(new Part(this._score, number))); }
    get firstMeasure() { return measureApi(this._score, 0); }
    get lastMeasure() { return measureApi(this._score, this.nmeasures - 1); }
    get firstMeasureMM() { return this.firstMeasure; }
    get lastMeasureMM() { return this.lastMeasure; }
    get lastSegment() { const all = segmentsOf(this._score); return wrap(new Segment(this._score, all[all.length - 1])); }
    get style() { return strict({ value(name) { return name === "concertPitch" ? false : undefined; } }); }
    get selection() { return strict(new Selection(this._score)); }
    get keysig() { return this._score.fifthsAt(0); }
    get scoreName() { return "test"; }
    get title() { return "Test"; }
    get composer() { return ""; }
    get lyricCount() { return this._score.state.tracks.reduce((sum, items) => sum + items.reduce((n, i) => n + i.lyrics.length, 0), 0); }
    get hasLyrics() { return this.lyricCount > 0; }
    firstSegment() { return wrap(new Segment(this._score, segmentsOf(this._score)[0])); }
    newCursor() { return strict(new Cursor(this._score)); }
    startCmd() { this._score.startCommand(); }
    endCmd(rollback) { this._score.endCommand(rollback === true); }
    appendPartByMusicXmlId(sound) { this._score.addPart(sound); }
    appendMeasures(count) { this._score.addMeasures(count); }
    createPlayEvents() {}
    is(other) { return other !== null && other.nmeasures !== undefined; }
}

/** removeElement: a chord becomes a rest, a rest stays, attached elements are removed. */
export function removeElement(wrapper) {
    const element = unwrap(wrapper), score = element._score;
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
