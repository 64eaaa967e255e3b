// Writes a plan into the score, in one undo step. `host` is the plugin's root object.

.pragma library

.import "cursors.js" as Cursors
.import "lines.js" as Lines
.import "marks.js" as Marks
.import "measures.js" as Measures
.import "read_score.js" as Reader
.import "snapshot.js" as Snapshot

/**
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {import("./plan.js").VoicePlan} VoicePlan
 * @typedef {import("./plan.js").NoteStep} NoteStep
 * @typedef {import("./plan.js").TupletStep} TupletStep
 * @typedef {import("./read_score.js").Score} Score
 */

/**
 * What this MuseScore lets a plugin add.
 *
 * @param {any} host
 * @returns {import("./choices.js").Abilities}
 */
function abilities(host) {
    var score = host.curScore;
    return {parts: Boolean(score.appendPartByMusicXmlId), tuplets: Boolean(score.newCursor().addTuplet)};
}

/**
 * Does work() as one undo step; where it throws, the score is again as it was.
 *
 * @template T
 * @param {any} host @param {() => T} work
 */
function asOneStep(host, work) {
    var score = host.curScore;
    var done = false;
    score.startCmd();
    try {
        var found = work();
        done = true;
        return found;
    } finally {
        score.endCmd(!done);
    }
}

/**
 * Writes a plan, and checks that the score is then as planned and otherwise unchanged.
 *
 * @param {any} host @param {Plan} plan
 * @param {Score} before the score when the plan was made
 * @param {() => import("./marks.js").Mark[]} getMarks called when all parts have been added
 * @returns {Score} the score as it is now
 * @throws {Error}
 */
function write(host, plan, before, getMarks) {
    return asOneStep(host, function () {
        if (plan.appended > 0) {
            host.curScore.appendMeasures(plan.appended);
        }
        plan.voices.forEach(function (own) {
            if (own.choice.kind === Lines.NEW && !own.line) {
                own.line = addPart(host, own);
            }
            var cursor = Cursors.cursorOn(host, own.line);
            own.runs.forEach(function (run) {
                writeRun(host, cursor, own.line, run);
            });
            addDetails(host, own);
        });
        var after = Reader.read(host, before.ties);
        check(plan, before, after);
        Marks.remove(host, plan.voices.map(function (own) {
            return own.line.staff;
        }));
        Marks.add(host, getMarks());
        return after;
    });
}

/**
 * Adds a part at the end of the score; MuseScore lets a plugin add parts nowhere else, and give them no names.
 *
 * @param {any} host @param {VoicePlan} own
 * @returns {Line} its line
 */
function addPart(host, own) {
    var name = Lines.capitalized(own.voice);
    host.curScore.appendPartByMusicXmlId(own.sound);
    return {
        staff: host.curScore.nstaves - 1, voice: 0, part: name, partNumber: host.curScore.parts.length, name: name,
        events: [], assigned: own.voice, leads: false
    };
}

// -- notes ---------------------------------------------------------------------------------------------------

/** @param {any} host @param {any} cursor @param {Line} line @param {import("./plan.js").Step[]} run */
function writeRun(host, cursor, line, run) {
    Cursors.moveTo(cursor, line, run[0].tick);
    var behind = Cursors.cursorOn(host, line); // follows, where a note has to be removed again
    Cursors.moveTo(behind, line, run[0].tick);
    Cursors.moveTo(cursor, line, run[0].tick);
    run.forEach(function (step) {
        if ("tuplet" in step) {
            writeTuplet(host, cursor, line, step);
        } else {
            writeStep(host, cursor, behind, step);
        }
    });
}

/** @param {any} host @param {any} cursor @param {Line} line @param {TupletStep} step */
function writeTuplet(host, cursor, line, step) {
    Cursors.moveTo(cursor, line, step.tick);
    cursor.addTuplet(
        host.fraction(step.tuplet.actual, step.tuplet.normal), host.fraction(step.ticks, Measures.WHOLE));
    step.steps.forEach(function (inner) {
        cursor.setDuration(inner.numerator, inner.denominator);
        if (inner.pitch === null) {
            cursor.addRest();
        } else {
            cursor.addNote(inner.pitch);
        }
    });
}

/** @param {any} host @param {any} cursor @param {any} behind @param {NoteStep} step */
function writeStep(host, cursor, behind, step) {
    if (step.pitch === null) {
        writeRest(host, cursor, behind, step);
        return;
    }
    cursor.setDuration(step.numerator, step.denominator);
    cursor.addNote(step.pitch);
}

/**
 * Writes a rest, unless it is there already. In MuseScore 3.2 the only way is to write a note and remove it.
 *
 * @param {any} host @param {any} cursor @param {any} behind @param {NoteStep} step
 */
function writeRest(host, cursor, behind, step) {
    var there = cursor.element;
    if (there && there.type === host.Element.REST && Reader.lengthOf(there) === step.ticks) {
        cursor.next();
        return;
    }
    cursor.setDuration(step.numerator, step.denominator);
    if (cursor.addRest) {
        cursor.addRest();
        return;
    }
    cursor.addNote(60);
    while (behind.segment && behind.tick < step.tick) {
        behind.next();
    }
    host.removeElement(behind.element);
}

// -- spellings and lyrics ------------------------------------------------------------------------------------

/**
 * Spells the new notes as ripieno did, those that are tied to them included, and adds their lyrics.
 *
 * @param {any} host @param {VoicePlan} own
 */
function addDetails(host, own) {
    var cursor = Cursors.cursorOn(host, own.line);
    own.chords.forEach(function (chord) {
        Cursors.moveTo(cursor, own.line, chord.tick);
        var element = cursor.element;
        if (!element || element.type !== host.Element.CHORD) {
            throw new Error("MuseScore did not take a note of " + own.line.name + ".");
        }
        if (chord.tpc !== null) {
            spell(element.notes[0], chord.tpc);
        }
        chord.lyrics.forEach(function (lyric) {
            addLyric(host, cursor, element, lyric);
        });
    });
}

/**
 * Sets a note's spelling. tpc2 is what a transposing instrument reads; it stays as far from tpc1 as MuseScore put it.
 *
 * @param {any} note @param {number} tpc
 */
function spell(note, tpc) {
    var transposed = note.tpc2 + tpc - note.tpc1;
    if (note.tpc1 !== tpc && transposed >= -1 && transposed <= 33) {
        note.tpc1 = tpc;
        note.tpc2 = transposed;
    }
}

/**
 * Adds a syllable, with a line over its melisma where it ends a word. MuseScore counts verses from 0.
 *
 * @param {any} host @param {any} cursor @param {any} element @param {import("./plan.js").Lyric} sung
 */
function addLyric(host, cursor, element, sung) {
    var lyric = host.newElement(host.Element.LYRICS);
    lyric.text = sung.text;
    lyric.verse = sung.verse - 1;
    if (host.mscoreMajorVersion >= 4) {
        cursor.add(lyric);
    } else {
        element.add(lyric); // Cursor.add crashes MuseScore 3.2
    }
    var added = element.lyrics[element.lyrics.length - 1];
    added.syllabic = sung.syllabic;
    if (sung.extend > 0 && added.lyricTicks !== undefined) {
        added.lyricTicks = host.fraction(sung.extend, Measures.WHOLE);
    }
}

// -- checks of what was written ------------------------------------------------------------------------------

/** @param {Plan} plan @param {Score} before @param {Score} after */
function check(plan, before, after) {
    plan.voices.forEach(function (own) {
        var line = Snapshot.find(after.lines, own.line);
        var wrong = line ? Snapshot.missing(own.chords, line) : 0;
        if (wrong !== null) {
            throw new Error("MuseScore did not take the " + own.voice + " as ripieno wrote it, so nothing was " +
                "changed. Please report this, with the score.");
        }
    });
    var changed = unplannedChange(plan, before, after);
    if (changed !== null) {
        throw new Error("Writing would have changed " + changed + ", so nothing was written. Please report this, " +
            "with the score.");
    }
}

/**
 * Where the score changed outside the plan; null where it did not. New staves and measures are not compared.
 *
 * @param {Plan} plan @param {Score} before @param {Score} after
 */
function unplannedChange(plan, before, after) {
    var end = Measures.endOf(before.measures);
    var known = {
        measures: after.measures.slice(0, before.measures.length), staves: before.staves,
        lines: after.lines.filter(function (line) {
            return line.staff < before.staves;
        }).map(function (line) {
            return {
                staff: line.staff, voice: line.voice, part: line.part, partNumber: line.partNumber, name: line.name,
                assigned: line.assigned, leads: line.leads, events: line.events.filter(function (event) {
                    return event.tick < end;
                })
            };
        })
    };
    return Snapshot.difference(before, known, function (line, tick) {
        return plan.voices.some(function (own) {
            return own.line.staff === line.staff && own.line.voice === line.voice && own.runs.some(function (run) {
                var last = run[run.length - 1];
                return tick >= run[0].tick && tick < last.tick + last.ticks;
            });
        });
    });
}
