// Reads the score. `host` is the plugin's root object; only this script and write_score.js, marks.js, chord_symbols.js
// and cursors.js call MuseScore.

.pragma library

.import "chord_symbols.js" as ChordSymbols
.import "harmony.js" as Harmony
.import "lines.js" as Lines
.import "measures.js" as Measures

/**
 * Pitches are sounding ones, and so are spellings and keys, on the staves of transposing instruments too.
 *
 * @typedef {object} Score
 * @property {(Measure & {uncounted: boolean, offset: number})[]} measures
 * @property {number} staves how many
 * @property {(Line & {events: ReadEvent[]})[]} lines
 * @property {import("./lines.js").Ensemble} ensemble whose voices they are: a mixed choir's until ripieno says so
 * @property {import("./harmony.js").Mark[]} marks chord symbols and figures
 * @property {Selection | null} selection
 * @property {Ties} ties
 * @property {boolean} [selectionIsNamed] whether the selection was named by a script, not made in the score
 *
 * @typedef {{start: number, end: number, firstStaff: number, lastStaff: number}} Selection ticks, half-open
 * @typedef {Record<string, boolean>} Ties "track:tick" of each note that is tied to the next
 *
 * @typedef {import("./lines.js").Event & {transposed?: number}} ReadEvent transposed: by how many fifths the staff
 *     writes it higher than it sounds
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./measures.js").Measure} Measure
 */

var START = 1; // for Cursor.rewind: where the selection starts
var END = 2;
var VOICES = 4; // of a staff in MuseScore

/** @param {any} fraction MuseScore's */
function ticksOf(fraction) {
    return Measures.ticksOf(fraction.numerator, fraction.denominator);
}

/**
 * @param {any} host
 * @param {Ties} [knownTies] from an earlier reading, where they cannot be read again; see tiesOf
 * @returns {Score}
 */
function read(host, knownTies) {
    var score = host.curScore;
    /** @type {Score} */
    var found = {
        measures: measures(score), staves: score.nstaves, lines: [], ensemble: Lines.MIXED_CHOIR,
        marks: ChordSymbols.read(host), selection: null, ties: {}
    };
    found.selection = selection(score, Measures.endOf(found.measures));
    found.ties = knownTies || tiesOf(host, found.selection);
    pitchedStaves(score).forEach(function (staff) {
        for (var voice = 0; voice < VOICES; voice += 1) {
            var events = eventsOf(host, staff.staff, voice, found.ties);
            if (voice === 0 || events.some(isNote)) {
                found.lines.push({
                    staff: staff.staff, voice: voice, part: staff.part, partNumber: staff.partNumber, name: "",
                    events: events, assigned: null, leads: false
                });
            }
        }
    });
    Lines.setNames(found.lines);
    setKeys(score, found);
    return found;
}

/** @param {ReadEvent} event */
function isNote(event) {
    return !event.rest;
}

// -- measures and keys ---------------------------------------------------------------------------------------

/** @param {any} score */
function measures(score) {
    var found = [];
    for (var measure = score.firstMeasure; measure; measure = measure.nextMeasure) {
        var nominal = measure.timesigNominal;
        found.push({
            number: 0, tick: found.length > 0 ? Measures.endOf(found) : 0,
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

/** @param {any} score */
function isConcertPitch(score) {
    try {
        return Boolean(score.style && score.style.value("concertPitch"));
    } catch (error) {
        return false; // before MuseScore 3.5
    }
}

/**
 * By how many fifths the chord symbols of a staff stand higher than they sound.
 *
 * @param {any} host @param {Score} found @param {number} staff
 */
function symbolsHigher(host, found, staff) {
    return isConcertPitch(host.curScore) ? 0 : transposition(found, staff) || 0;
}

/**
 * The marks of a score with all their texts, as they sound.
 *
 * @param {any} host @param {Score} found
 */
function soundingMarks(host, found) {
    return ChordSymbols.complete(host, found.marks).map(function (mark) {
        return Harmony.moved(mark, -symbolsHigher(host, found, mark.staff));
    });
}

/**
 * By how many fifths a staff writes higher than it sounds: 2 for a clarinet in B flat; null where it has no notes.
 *
 * @param {Score} found @param {number} staff
 */
function transposition(found, staff) {
    for (var index = 0; index < found.lines.length; index += 1) {
        var notes = found.lines[index].staff === staff ? found.lines[index].events.filter(isNote) : [];
        if (notes.length > 0) {
            return notes[0].transposed;
        }
    }
    return null;
}

/**
 * Sets the sounding keys of the measures, from a staff that does not transpose, if there is one.
 *
 * @param {any} score @param {Score} found
 */
function setKeys(score, found) {
    var staves = found.lines.map(function (line) {
        return line.staff;
    });
    var concert = staves.filter(function (staff) {
        return transposition(found, staff) === 0;
    });
    var staff = concert.length > 0 ? concert[0] : staves[0] || 0;
    var fifths = concert.length > 0 || isConcertPitch(score) ? 0 : transposition(found, staff) || 0;
    var cursor = score.newCursor();
    cursor.staffIdx = staff;
    cursor.voice = 0;
    cursor.rewind(0);
    found.measures.forEach(function (measure, index) {
        measure.fifths = cursor.segment ? simplified(cursor.keySignature - fifths) :
            index > 0 ? found.measures[index - 1].fifths : 0;
        cursor.nextMeasure();
    });
}

/**
 * The same key with at most seven accidentals.
 *
 * @param {number} fifths
 */
function simplified(fifths) {
    return fifths > 7 ? fifths - 12 : fifths < -7 ? fifths + 12 : fifths;
}

// -- staves --------------------------------------------------------------------------------------------------

/** @param {any} score @returns {{staff: number, part: string, partNumber: number}[]} */
function pitchedStaves(score) {
    var found = [];
    for (var index = 0; index < score.parts.length; index += 1) {
        var part = score.parts[index];
        var name = plain(part.longName) || plain(part.partName) || "Staff " + (part.startTrack / VOICES + 1);
        for (var track = part.startTrack; track < part.endTrack; track += VOICES) {
            if (!part.hasDrumStaff && !part.hasTabStaff) {
                found.push({staff: track / VOICES, part: name, partNumber: index + 1});
            }
        }
    }
    return found;
}

/**
 * A text without markup.
 *
 * @param {string} text
 */
function plain(text) {
    return String(text || "").replace(/<[^>]*>/g, "").replace(/\s+/g, " ").replace(/^ | $/g, "");
}

/**
 * The selected range; null where there is none.
 *
 * @param {any} score @param {number} end of the score, in ticks
 * @returns {Selection | null}
 */
function selection(score, end) {
    var cursor = score.newCursor();
    cursor.rewind(START);
    if (!cursor.segment) {
        return null;
    }
    var found = {start: cursor.tick, end: end, firstStaff: cursor.staffIdx, lastStaff: 0};
    cursor.rewind(END);
    found.end = cursor.tick === 0 ? end : cursor.tick; // 0: the selection reaches to the end of the score
    found.lastStaff = cursor.staffIdx;
    return found;
}

// -- notes ---------------------------------------------------------------------------------------------------

/** @param {any} host @param {number} staff @param {number} voice @param {Ties} ties */
function eventsOf(host, staff, voice, ties) {
    var cursor = host.curScore.newCursor();
    var found = [];
    cursor.staffIdx = staff;
    cursor.voice = voice;
    for (cursor.rewind(0); cursor.segment; cursor.next()) {
        var element = cursor.element;
        if (element && (element.type === host.Element.CHORD || element.type === host.Element.REST)) {
            found.push(eventOf(host, element, cursor, ties));
        }
    }
    return found.map(function (event, index) { // septuplets end between ticks
        var next = found[index + 1];
        event.ticks = next ? Math.min(event.ticks, next.tick - event.tick) : event.ticks;
        return event;
    });
}

/**
 * The true length of a chord or rest in ticks. MuseScore has actualDuration from 3.5 on.
 *
 * @param {any} element
 */
function lengthOf(element) {
    if (element.actualDuration) {
        return Math.round(ticksOf(element.actualDuration));
    }
    var ratio = element.tuplet ? element.tuplet.normalNotes / element.tuplet.actualNotes : 1;
    return Math.round(ticksOf(element.duration) * ratio);
}

/** @param {any} host @param {any} element @param {any} cursor @param {Ties} ties @returns {ReadEvent} */
function eventOf(host, element, cursor, ties) {
    /** @type {ReadEvent} */
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
    found.transposed = top.tpc2 - top.tpc1;
    found.tie = top.tieForward === undefined ? Boolean(ties[cursor.track + ":" + cursor.tick]) :
        Boolean(top.tieForward);
    found.fermata = hasFermata(host, cursor);
    setLyrics(element, found);
    return found;
}

/** @param {any} host @param {any} cursor */
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

/**
 * Sets the lyric of the first verse, and those of the others, which MuseScore counts from 0.
 *
 * @param {any} element @param {ReadEvent} found
 */
function setLyrics(element, found) {
    for (var index = 0; index < element.lyrics.length; index += 1) {
        var lyric = element.lyrics[index];
        var verse = Number(lyric.verse);
        if (verse === 0) {
            found.lyric = plain(lyric.text);
            found.syllabic = Number(lyric.syllabic);
        } else {
            found.verses = (found.verses || []).concat(
                [{verse: verse + 1, lyric: plain(lyric.text), syllabic: Number(lyric.syllabic)}]);
        }
    }
}

// -- ties in MuseScore 3.2, whose notes do not tell them -----------------------------------------------------

/**
 * The ties; none in newer versions, where notes tell them. 3.2 lists the ties among what is selected, so where no range
 * is selected, all is selected for a moment.
 *
 * @param {any} host @param {Selection | null} range
 * @returns {Ties}
 */
function tiesOf(host, range) {
    if (host.mscoreVersion >= 30300) {
        return {};
    }
    if (range !== null) {
        return selectedTies(host);
    }
    host.cmd("select-all");
    var found = selectedTies(host);
    host.cmd("escape");
    return found;
}

/** @param {any} host */
function selectedTies(host) {
    /** @type {Ties} */
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
