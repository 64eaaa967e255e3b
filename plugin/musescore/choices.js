// What the window offers, and what is chosen there: tasks, the melody, and what becomes of the other voices.
//
// An offer is {task, lines, part, opened: {start, end}, selection, melodies, melody, melodyVoice, rows}; a row {voice, choices,
// index}. Nothing here is changed: every choice makes a new offer.

.pragma library

.import "lines.js" as Lines
.import "measures.js" as Measures
.import "texts.js" as Texts

var TASKS = ["harmonize", "continue", "infill", "check"];
var TASK_NAMES = ["Harmonize", "Continue", "Regenerate selection", "Check"];
var VERBS = {harmonize: "Harmonize", "continue": "Continue", infill: "Regenerate", check: "Check"};

// The stretch that a task looks at.
function partOf(task, score) {
    var all = Measures.whole(score.measures);
    var selected = score.selection;
    if (task === "infill") {
        return all;
    }
    if (task === "continue") {
        return {first: 0, last: lastOf(score, selected), start: 0, end: end(score, lastOf(score, selected))};
    }
    return selected ? Measures.around(score.measures, selected.start, selected.end) : all;
}

function end(score, index) {
    return score.measures[index].tick + score.measures[index].ticks;
}

// The measure after which the music goes on: the last one selected, else the last one with notes.
function lastOf(score, selected) {
    if (selected) {
        return Measures.around(score.measures, selected.start, selected.end).last;
    }
    var latest = 0;
    score.lines.forEach(function (line) {
        line.events.forEach(function (event) {
            latest = event.rest ? latest : Math.max(latest, event.tick);
        });
    });
    return Measures.indexAt(score.measures, latest);
}

// All that is offered, with what is chosen at first; null where there is no staff for singers.
function offer(task, score) {
    if (score.lines.length === 0) {
        return null;
    }
    var part = partOf(task, score);
    var melodies = Lines.melodies(score.lines, part);
    return withMelody({
        task: task, score: score, part: part, melodies: melodies, melody: 0, melodyVoice: "soprano", rows: [],
        opened: task === "infill" && score.selection ? score.selection : part
    }, Lines.firstMelody(task, melodies, score.selection));
}

function withMelody(old, index) {
    var made = copy(old);
    made.melody = index;
    return withVoice(made, Lines.firstVoice(made.melodies[index]));
}

function withVoice(old, voice) {
    var made = copy(old);
    var melody = made.melodies[made.melody];
    var found = Lines.assigned(made.score.lines, melody, voice);
    var choices = Lines.choices(made.task, made.score.lines, melody, made.part, made.score.measures);
    made.melodyVoice = voice;
    made.rows = Lines.CHOIR.filter(function (each) {
        return each !== voice;
    }).map(function (each) {
        return {
            voice: each, choices: choices,
            index: Lines.firstChoice(made.task, choices, found[each], made.score.selection)
        };
    });
    return made;
}

function withRow(old, row, index) {
    var made = copy(old);
    made.rows = old.rows.map(function (each, number) {
        return number === row ? {voice: each.voice, choices: each.choices, index: index} : each;
    });
    return made;
}

function copy(old) {
    var made = {};
    Object.keys(old).forEach(function (key) {
        made[key] = old[key];
    });
    return made;
}

// The same choices for the score as it is now, where they are still there.
function again(old, score) {
    var made = offer(old.task, score);
    if (made === null) {
        return null;
    }
    var index = indexOf(made.melodies, function (line) {
        return isSame(line, old.melodies[old.melody]);
    });
    if (index < 0) {
        return made;
    }
    made = withVoice(withMelody(made, index), old.melodyVoice);
    old.rows.forEach(function (row, number) {
        var before = row.choices[row.index];
        var place = indexOf(made.rows[number].choices, function (choice) {
            return choice.kind === before.kind && isSame(choice.line, before.line);
        });
        made = place < 0 ? made : withRow(made, number, place);
    });
    return made;
}

// After ripieno has written: once more would write its own lines anew. written: {voice: line}.
function rewritten(old, score, written) {
    var made = again(old, score);
    made.rows.forEach(function (row, number) {
        var place = indexOf(row.choices, function (choice) {
            return choice.kind === Lines.ANEW && isSame(choice.line, written[row.voice]);
        });
        made = place < 0 ? made : withRow(made, number, place);
    });
    return made;
}

function isSame(line, other) {
    return line === other || Boolean(line && other && line.staff === other.staff && line.voice === other.voice);
}

function indexOf(list, test) {
    for (var index = 0; index < list.length; index += 1) {
        if (test(list[index])) {
            return index;
        }
    }
    return -1;
}

// What the task will be done with.
function job(chosen, settings) {
    var made = {
        task: chosen.task, score: chosen.score, part: chosen.part, opened: chosen.opened,
        melody: chosen.melodies[chosen.melody], melodyVoice: chosen.melodyVoice, chosen: {}, settings: settings
    };
    chosen.rows.forEach(function (row) {
        var choice = row.choices[row.index];
        made.chosen[row.voice] = {kind: choice.kind, line: choice.line};
    });
    return made;
}

// What stands in the way of a job, as a sentence; null where nothing does. abilities: of this MuseScore.
function fault(made, abilities) {
    var choices = Lines.CHOIR.filter(function (voice) {
        return made.chosen[voice];
    }).map(function (voice) {
        return made.chosen[voice];
    });
    var kinds = choices.map(function (choice) {
        return choice.kind;
    });
    function has(kind) {
        return kinds.indexOf(kind) >= 0;
    }
    if (made.task === "infill" && !made.score.selection) {
        return Texts.NO_SELECTION;
    }
    if (!Lines.sings(made.melody, made.part)) {
        return Texts.fill(Texts.EMPTY, made.melody.name, Measures.named(made.score.measures, made.part));
    }
    if (twice(made, choices) !== null) {
        return Texts.fill(Texts.TWICE, twice(made, choices));
    }
    if (made.task === "harmonize" && !has(Lines.NEW) && !has(Lines.WRITE) && !has(Lines.FILL) && !has(Lines.ANEW)) {
        return Texts.NOTHING_MISSING;
    }
    if (made.task === "infill" && !has(Lines.ANEW)) {
        return Texts.NOTHING_ANEW;
    }
    if (made.task === "infill" && soundsOut(made) !== null) {
        return Texts.fill(Texts.SOUNDS_OUT, soundsOut(made));
    }
    if (has(Lines.NEW) && !abilities.parts) {
        return Texts.NEEDS_STAVES;
    }
    return made.task === "continue" ? continueFault(made, choices) : null;
}

// The name of a line that is to be written anew and has a note that the end of the selection would cut, which no
// plugin can do to a written note; null where there is none.
function soundsOut(made) {
    var end = made.opened.end;
    var found = Lines.CHOIR.filter(function (voice) {
        var choice = made.chosen[voice];
        return choice && choice.kind === Lines.ANEW && Lines.notesIn(choice.line, made.opened).some(function (event) {
            return event.tick + event.ticks > end;
        });
    });
    return found.length > 0 ? made.chosen[found[0]].line.name : null;
}

// The name of a line that two voices would share; null where there is none.
function twice(made, choices) {
    var seen = [made.melody];
    var found = null;
    choices.forEach(function (choice) {
        if (choice.line && seen.some(function (line) {
            return isSame(line, choice.line);
        })) {
            found = choice.line.name;
        }
        seen.push(choice.line);
    });
    return found;
}

// The music goes on in full measures, and only where nothing stands.
function continueFault(made, choices) {
    var measures = made.score.measures;
    var last = measures[made.part.last];
    if (made.part.last > 0 && last.ticks < last.full) {
        return Texts.fill(Texts.SHORT_END, last.number);
    }
    var upTo = Math.min(made.part.last + made.settings.bars, measures.length - 1);
    var lines = [made.melody].concat(choices.map(function (choice) {
        return choice.line;
    }));
    for (var index = made.part.last + 1; index <= upTo; index += 1) {
        var own = {start: measures[index].tick, end: measures[index].tick + measures[index].ticks};
        for (var place = 0; place < lines.length; place += 1) {
            if (lines[place] && Lines.sings(lines[place], own)) {
                return Texts.fill(Texts.OCCUPIED, lines[place].name, measures[index].number);
            }
        }
    }
    return null;
}
