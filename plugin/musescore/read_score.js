// Reading the score. `host` is the plugin's root object, as in write_score.js, marks.js and cursors.js: no other script
// knows MuseScore.
//
// A score is {measures, staves, lines, selection, ties}; see measures.js and lines.js. Pitches are sounding ones,
// and so are spellings and keys: what transposing instruments read is turned back.

.pragma library

.import "lines.js" as Lines
.import "measures.js" as Measures

var START = 1; // of the selection, for Cursor.rewind
var END = 2;
var VOICES = 4; // of a staff in MuseScore

function ticksOf(fraction) {
    return Measures.ticksOf(fraction.numerator, fraction.denominator);
}

// knownTies: those of an earlier reading, where they cannot be read anew; see tiesOf.
function read(host, knownTies) {
    var score = host.curScore;
    var found = {measures: measures(score), staves: score.nstaves, lines: [], selection: null};
    found.selection = selection(score, Measures.endOf(found.measures));
    found.ties = knownTies || tiesOf(host, found.selection);
    parts(score).forEach(function (part) {
        for (var voice = 0; voice < VOICES; voice += 1) {
            var events = eventsOf(host, part.staff, voice, found.ties);
            if (voice === 0 || events.some(isNote)) {
                found.lines.push({staff: part.staff, voice: voice, part: part.name, events: events});
            }
        }
    });
    Lines.withNames(found.lines);
    addKeys(score, found);
    return found;
}

function isNote(event) {
    return !event.rest;
}

// -- measures and keys ---------------------------------------------------------------------------------------

function measures(score) {
    var found = [];
    for (var measure = score.firstMeasure; measure; measure = measure.nextMeasure) {
        var nominal = measure.timesigNominal;
        found.push({
            tick: found.length > 0 ? Measures.endOf(found) : 0,
            ticks: ticksOf(measure.timesigActual), full: ticksOf(nominal),
            meter: nominal.numerator + "/" + nominal.denominator, fifths: 0,
            uncounted: Boolean(measure.irregular), offset: Number(measure.noOffset) || 0
        });
    }
    Measures.numbers(found).forEach(function (number, index) {
        found[index].number = number;
    });
    return found;
}

function isConcertPitch(score) {
    try {
        return Boolean(score.style && score.style.value("concertPitch"));
    } catch (error) {
        return false; // before MuseScore 3.5
    }
}

// By how many fifths the notation of a staff differs from what sounds: 2 for a clarinet in B flat.
function transposition(found, staff) {
    for (var index = 0; index < found.lines.length; index += 1) {
        var notes = found.lines[index].staff === staff ? found.lines[index].events.filter(isNote) : [];
        if (notes.length > 0) {
            return notes[0].transposed;
        }
    }
    return null;
}

// The sounding keys, from a staff that does not transpose, if there is one.
function addKeys(score, found) {
    var staves = found.lines.map(function (line) {
        return line.staff;
    });
    var plain = staves.filter(function (staff) {
        return transposition(found, staff) === 0;
    });
    var staff = plain.length > 0 ? plain[0] : staves[0] || 0;
    var fifths = plain.length > 0 || isConcertPitch(score) ? 0 : transposition(found, staff) || 0;
    var cursor = score.newCursor();
    cursor.staffIdx = staff;
    cursor.voice = 0;
    cursor.rewind(0);
    found.measures.forEach(function (measure, index) {
        measure.fifths = cursor.segment ? within(cursor.keySignature - fifths) :
            index > 0 ? found.measures[index - 1].fifths : 0;
        cursor.nextMeasure();
    });
}

function within(fifths) {
    return fifths > 7 ? fifths - 12 : fifths < -7 ? fifths + 12 : fifths;
}

// -- staves --------------------------------------------------------------------------------------------------

// One for each staff that has pitches: {staff, name}.
function parts(score) {
    var found = [];
    for (var index = 0; index < score.parts.length; index += 1) {
        var part = score.parts[index];
        var name = plain(part.longName) || plain(part.partName) || "Staff " + (part.startTrack / VOICES + 1);
        for (var track = part.startTrack; track < part.endTrack; track += VOICES) {
            if (!part.hasDrumStaff && !part.hasTabStaff) {
                found.push({staff: track / VOICES, name: name});
            }
        }
    }
    return found;
}

function plain(text) {
    return String(text || "").replace(/<[^>]*>/g, "").replace(/\s+/g, " ").replace(/^ | $/g, "");
}

// {start, end, firstStaff, lastStaff}, ticks half-open; null where no range is selected.
function selection(score, end) {
    var cursor = score.newCursor();
    cursor.rewind(START);
    if (!cursor.segment) {
        return null;
    }
    var found = {start: cursor.tick, firstStaff: cursor.staffIdx};
    cursor.rewind(END);
    found.end = cursor.tick === 0 ? end : cursor.tick; // it reaches to the end of the score
    found.lastStaff = cursor.staffIdx;
    return found;
}

// -- notes ---------------------------------------------------------------------------------------------------

function eventsOf(host, staff, voice, ties) {
    var cursor = host.curScore.newCursor();
    var found = [];
    cursor.staffIdx = staff;
    cursor.voice = voice;
    for (cursor.rewind(0); cursor.segment; cursor.next()) {
        var element = cursor.element;
        if (element && (element.type === host.Element.CHORD || element.type === host.Element.REST)) {
            found.push(event(host, element, cursor, ties));
        }
    }
    return found.map(function (each, index) { // septuplets end between ticks
        var next = found[index + 1];
        each.ticks = next ? Math.min(each.ticks, next.tick - each.tick) : each.ticks;
        return each;
    });
}

// The true length: actualDuration is there from MuseScore 3.5 on.
function lengthOf(element) {
    if (element.actualDuration) {
        return Math.round(ticksOf(element.actualDuration));
    }
    var ratio = element.tuplet ? element.tuplet.normalNotes / element.tuplet.actualNotes : 1;
    return Math.round(ticksOf(element.duration) * ratio);
}

function event(host, element, cursor, ties) {
    var found = {tick: cursor.tick, ticks: lengthOf(element), rest: element.type !== host.Element.CHORD};
    if (found.rest) {
        return found;
    }
    var notes = [];
    for (var index = 0; index < element.notes.length; index += 1) {
        notes.push(element.notes[index]);
    }
    var top = notes[notes.length - 1];
    found.pitches = notes.map(function (note) {
        return note.pitch;
    });
    found.spellings = notes.map(function (note) {
        return note.tpc1;
    });
    found.pitch = top.pitch;
    found.tpc = top.tpc1;
    found.transposed = top.tpc2 - top.tpc1;
    found.tie = top.tieForward === undefined ? Boolean(ties[cursor.track + ":" + cursor.tick]) :
        Boolean(top.tieForward);
    found.fermata = hasFermata(host, cursor);
    addLyric(element, found);
    return found;
}

function hasFermata(host, cursor) {
    var annotations = cursor.segment.annotations;
    for (var index = 0; index < annotations.length; index += 1) {
        var own = Math.floor(annotations[index].track / VOICES) === cursor.staffIdx;
        if (own && annotations[index].type === host.Element.FERMATA) {
            return true;
        }
    }
    return false;
}

// The first verse.
function addLyric(element, found) {
    for (var index = 0; index < element.lyrics.length; index += 1) {
        var lyric = element.lyrics[index];
        if (Number(lyric.verse) === 0) {
            found.lyric = plain(lyric.text);
            found.syllabic = Number(lyric.syllabic);
        }
    }
}

// -- ties in MuseScore 3.2, whose notes do not tell them -----------------------------------------------------

// {"track:tick": true} for each note that is tied to the next; empty in newer ones, where notes tell it themselves.
// 3.2 tells of the ties among what is selected, so where no range is, all is selected for a moment.
function tiesOf(host, range) {
    if (host.mscoreVersion >= 30300) {
        return {};
    }
    if (range !== null) {
        return tiesIn(host);
    }
    host.cmd("select-all");
    var found = tiesIn(host);
    host.cmd("escape");
    return found;
}

function tiesIn(host) {
    var found = {};
    var elements = host.curScore.selection.elements;
    for (var index = 0; index < elements.length; index += 1) {
        if (elements[index].type === host.Element.TIE) {
            var note = elements[index].parent;
            found[note.track + ":" + note.parent.parent.tick] = true;
        }
    }
    return found;
}
