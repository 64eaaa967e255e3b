// Writing into the score, in one undo step. `host` is the plugin's root object; see plan.js for what is written.

.pragma library

.import "lines.js" as Lines
.import "marks.js" as Marks
.import "measures.js" as Measures
.import "cursors.js" as Cursors
.import "read_score.js" as Reader
.import "snapshot.js" as Snapshot

// What this MuseScore lets a plugin do.
function abilities(host) {
    var score = host.curScore;
    return {parts: Boolean(score.appendPart), tuplets: Boolean(score.newCursor().addTuplet)};
}

// Does work() as one undo step; where it throws, the score is again as it was.
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

// Writes a plan, looks whether all is as it should be, and returns the score as read then. before: as read when the
// plan was made; whatever the plan does not open must be the same afterwards. marks(): see Marks.add; asked for when it
// is known where all lines are. Throws an Error.
function write(host, plan, before, marks) {
    return asOneStep(host, function () {
        if (plan.appended > 0) {
            host.curScore.appendMeasures(plan.appended);
        }
        plan.voices.forEach(function (own) {
            if (own.choice.kind === Lines.NEW && !own.line) {
                own.line = newPart(host, own.voice);
            }
            var cursor = Cursors.cursorOn(host, own.line);
            own.runs.forEach(function (run) {
                writeRun(host, cursor, own.line, run);
            });
            dress(host, own);
        });
        var after = Reader.read(host, before.ties);
        check(plan, before, after);
        Marks.remove(host, staves(plan));
        Marks.add(host, marks());
        return after;
    });
}

// At the end of the score: MuseScore puts new parts nowhere else.
function newPart(host, voice) {
    host.curScore.appendPart(voice); // MuseScore's instruments have the voices' names
    return {staff: host.curScore.nstaves - 1, voice: 0, name: Lines.title(voice), events: []};
}

function staves(plan) {
    return plan.voices.map(function (own) {
        return own.line.staff;
    });
}

// -- notes ---------------------------------------------------------------------------------------------------

function writeRun(host, cursor, line, run) {
    Cursors.move(cursor, line, run[0].tick);
    var behind = Cursors.cursorOn(host, line);
    Cursors.move(behind, line, run[0].tick);
    Cursors.move(cursor, line, run[0].tick);
    run.forEach(function (step) {
        if (step.tuplet) {
            writeTuplet(host, cursor, line, step);
        } else {
            writeStep(host, cursor, behind, step);
        }
    });
}

function writeTuplet(host, cursor, line, tuplet) {
    Cursors.move(cursor, line, tuplet.tick);
    cursor.addTuplet(
        host.fraction(tuplet.tuplet.actual, tuplet.tuplet.normal), host.fraction(tuplet.ticks, Measures.WHOLE));
    tuplet.steps.forEach(function (step) {
        cursor.setDuration(step.numerator, step.denominator);
        if (step.pitch === null) {
            cursor.addRest();
        } else {
            cursor.addNote(step.pitch);
        }
    });
}

function writeStep(host, cursor, behind, step) {
    if (step.pitch === null) {
        writeRest(host, cursor, behind, step);
        return;
    }
    cursor.setDuration(step.numerator, step.denominator);
    cursor.addNote(step.pitch);
}

// A rest that stands already stays as it is. MuseScore 3.2 knows no way to add one but to remove a note.
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

// -- spellings and words -------------------------------------------------------------------------------------

// Spells the written notes as ripieno did, those tied on included, and puts the words under them.
function dress(host, own) {
    var cursor = Cursors.cursorOn(host, own.line);
    own.chords.forEach(function (chord) {
        Cursors.move(cursor, own.line, chord.tick);
        var element = cursor.element;
        if (!element || element.type !== host.Element.CHORD) {
            throw new Error("MuseScore did not take a note of " + own.line.name + ".");
        }
        if (chord.tpc !== null) {
            spell(element.notes[0], chord.tpc);
        }
        if (chord.lyric !== null) {
            addLyric(host, cursor, element, chord);
        }
    });
}

// tpc2 is what a transposing instrument reads, as far from tpc1 as MuseScore has put it.
function spell(note, tpc) {
    var transposed = note.tpc2 + tpc - note.tpc1;
    if (note.tpc1 !== tpc && transposed >= -1 && transposed <= 33) {
        note.tpc1 = tpc;
        note.tpc2 = transposed;
    }
}

function addLyric(host, cursor, element, chord) {
    var lyric = host.newElement(host.Element.LYRICS);
    lyric.text = chord.lyric;
    if (host.mscoreMajorVersion >= 4) {
        cursor.add(lyric);
    } else {
        element.add(lyric); // Cursor.add ends MuseScore 3.2
    }
    element.lyrics[element.lyrics.length - 1].syllabic = chord.syllabic;
}

// -- looking at what was written -----------------------------------------------------------------------------

function check(plan, before, after) {
    plan.voices.forEach(function (own) {
        var line = Snapshot.find(after.lines, own.line);
        var wrong = line ? Snapshot.missing(own.chords, line) : 0;
        if (wrong !== null) {
            throw new Error("MuseScore did not take the " + own.voice + " as ripieno wrote it, so nothing was " +
                "changed. Please report this, with the score.");
        }
    });
    var changed = difference(plan, before, after);
    if (changed !== null) {
        throw new Error("Writing would have changed " + changed + ", so nothing was written. Please report this, " +
            "with the score.");
    }
}

// Where the score changed beside what the plan opens. What it adds at the end is new anyway.
function difference(plan, before, after) {
    var end = Measures.endOf(before.measures);
    var known = {
        measures: after.measures.slice(0, before.measures.length), staves: before.staves,
        lines: after.lines.filter(function (line) {
            return line.staff < before.staves;
        }).map(function (line) {
            return {staff: line.staff, voice: line.voice, name: line.name, events: line.events.filter(
                function (event) {
                    return event.tick < end;
                })};
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
