// The choices in the window: the task, the melody, and what becomes of the other voices. An offer is never changed:
// every choice makes a new one.

.pragma library

.import "lines.js" as Lines
.import "measures.js" as Measures
.import "texts.js" as Texts

/**
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./lines.js").Choice} Choice
 * @typedef {import("./measures.js").Span} Span
 * @typedef {import("./read_score.js").Score} Score
 *
 * @typedef {object} Offer
 * @property {string} task
 * @property {Score} score
 * @property {Span} span the measures that the task is about
 * @property {{start: number, end: number}} writable the ticks in which notes may be replaced
 * @property {Line[]} melodies that may be chosen
 * @property {number} melody an index
 * @property {string} melodyVoice
 * @property {Row[]} rows one for each other voice
 *
 * @typedef {object} Row
 * @property {string} voice
 * @property {Choice[]} choices
 * @property {number} index of the choice that is made
 *
 * @typedef {object} Job what a request is built from
 * @property {string} task
 * @property {Score} score
 * @property {Span} span
 * @property {{start: number, end: number}} writable
 * @property {Line} melody
 * @property {string} melodyVoice
 * @property {Record<string, {kind: string, line: Line | null}>} chosen by voice, without the melody's
 * @property {import("./harmony.js").Mark[]} marks that are followed, as they sound
 * @property {import("./build_request.js").Settings} settings
 *
 * @typedef {{parts: boolean, tuplets: boolean}} Abilities what this MuseScore lets a plugin add
 */

var TASKS = ["harmonize", "continue", "infill", "check"];
var TASK_NAMES = ["Harmonize", "Continue", "Regenerate selection", "Check"];
var VERBS = {harmonize: "Harmonize", "continue": "Continue", infill: "Regenerate", check: "Check"};

/** @param {string} task @param {Score} score @returns {Span} */
function spanOf(task, score) {
    var all = Measures.whole(score.measures);
    var selected = score.selection;
    if (task === "infill") {
        return all;
    }
    if (task === "continue") {
        return Measures.spanOf(score.measures, 0, lastMeasure(score));
    }
    return selected ? Measures.around(score.measures, selected.start, selected.end) : all;
}

/**
 * The index of the measure to continue after: the last selected one, else the last one with notes.
 *
 * @param {Score} score
 */
function lastMeasure(score) {
    if (score.selection) {
        return Measures.around(score.measures, score.selection.start, score.selection.end).last;
    }
    var latest = 0;
    score.lines.forEach(function (line) {
        line.events.forEach(function (event) {
            latest = event.rest ? latest : Math.max(latest, event.tick);
        });
    });
    return Measures.indexAt(score.measures, latest);
}

/**
 * All that can be chosen, with what is chosen at first; null where no staff has pitches.
 *
 * @param {string} task @param {Score} score
 * @returns {Offer | null}
 */
function offer(task, score) {
    if (score.lines.length === 0) {
        return null;
    }
    var span = spanOf(task, score);
    var melodies = Lines.melodies(score.lines, span);
    return withMelody({
        task: task, score: score, span: span, melodies: melodies, melody: 0, melodyVoice: "", rows: [],
        writable: task === "infill" && score.selection ? score.selection : span
    }, Lines.defaultMelody(task, melodies, score.selection));
}

/** @param {Offer} old @param {number} index */
function withMelody(old, index) {
    var made = copy(old);
    made.melody = index;
    return withVoice(made, Lines.defaultVoice(made.melodies[index], made.score.ensemble));
}

/** @param {Offer} old @param {string} voice the melody's */
function withVoice(old, voice) {
    var made = copy(old);
    var melody = made.melodies[made.melody];
    var assigned = Lines.assignVoices(made.score.lines, melody, voice);
    var choices = Lines.voiceChoices(made.task, made.score.lines, melody, made.span, made.score.measures);
    made.melodyVoice = voice;
    made.rows = made.score.ensemble.voices.filter(function (other) {
        return other !== voice;
    }).map(function (other) {
        return {
            voice: other, choices: choices,
            index: Lines.defaultChoice(made.task, choices, assigned[other], made.score.selection)
        };
    });
    return made;
}

/** @param {Offer} old @param {number} row @param {number} index of a choice */
function withRow(old, row, index) {
    var made = copy(old);
    made.rows = old.rows.map(function (each, number) {
        return number === row ? {voice: each.voice, choices: each.choices, index: index} : each;
    });
    return made;
}

/** @param {Offer} old @returns {Offer} */
function copy(old) {
    /** @type {any} */
    var made = {};
    Object.keys(old).forEach(function (key) {
        made[key] = old[key];
    });
    return made;
}

/**
 * The same choices for the score as it is now, as far as they are still there.
 *
 * @param {Offer} old @param {Score} score
 */
function forScore(old, score) {
    Lines.keepVoices(old.score, score);
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
        made = withChoice(made, number, before.kind, before.line);
    });
    return made;
}

/**
 * The choices after ripieno has written: the next press would regenerate its own lines.
 *
 * @param {Offer} old @param {Score} score @param {Record<string, Line>} written by voice
 */
function afterWriting(old, score, written) {
    var made = forScore(old, score);
    made.rows.forEach(function (row, number) {
        made = withChoice(made, number, Lines.REGENERATE, written[row.voice]);
    });
    return made;
}

/**
 * The offer with this choice in a row, if it is there.
 *
 * @param {Offer} old @param {number} row @param {string} kind @param {Line | null | undefined} line
 */
function withChoice(old, row, kind, line) {
    var index = indexOf(old.rows[row].choices, function (choice) {
        return choice.kind === kind && isSame(choice.line, line);
    });
    return index < 0 ? old : withRow(old, row, index);
}

/**
 * Whether two readings have the same line.
 *
 * @param {Line | null | undefined} line @param {Line | null | undefined} other
 */
function isSame(line, other) {
    return line === other || Boolean(line && other && line.staff === other.staff && line.voice === other.voice);
}

/** @template T @param {T[]} list @param {(item: T) => boolean} test */
function indexOf(list, test) {
    for (var index = 0; index < list.length; index += 1) {
        if (test(list[index])) {
            return index;
        }
    }
    return -1;
}

/** @param {Offer} chosen @param {import("./build_request.js").Settings} settings @returns {Job} */
function job(chosen, settings) {
    /** @type {Job} */
    var made = {
        task: chosen.task, score: chosen.score, span: chosen.span, writable: chosen.writable,
        melody: chosen.melodies[chosen.melody], melodyVoice: chosen.melodyVoice, chosen: {}, marks: [],
        settings: settings
    };
    chosen.rows.forEach(function (row) {
        var choice = row.choices[row.index];
        made.chosen[row.voice] = {kind: choice.kind, line: choice.line};
    });
    return made;
}

// -- checks --------------------------------------------------------------------------------------------------

/**
 * Why a job cannot be done, as a message; null where it can.
 *
 * @param {Job} made @param {Abilities} abilities
 * @returns {string | null}
 */
function problem(made, abilities) {
    var voices = made.score.ensemble.voices.filter(function (voice) {
        return made.chosen[voice];
    });
    var choices = voices.map(function (voice) {
        return made.chosen[voice];
    });
    /** @param {string} kind */
    function has(kind) {
        return choices.some(function (choice) {
            return choice.kind === kind;
        });
    }
    if (made.task === "infill" && !made.score.selection) {
        return Texts.NO_SELECTION;
    }
    if (!Lines.hasNotes(made.melody, made.span)) {
        return Texts.fill(Texts.EMPTY, made.melody.name, Measures.nameOf(made.score.measures, made.span));
    }
    if (sharedLine(made, choices) !== null) {
        return Texts.fill(Texts.SHARED, sharedLine(made, choices));
    }
    if (made.task === "harmonize" && !has(Lines.NEW) && !has(Lines.WRITE) && !has(Lines.FILL) &&
            !has(Lines.REGENERATE)) {
        return Texts.NOTHING_TO_WRITE;
    }
    if (made.task === "infill" && !has(Lines.REGENERATE)) {
        return Texts.NOTHING_TO_REGENERATE;
    }
    if (made.task === "infill" && cutLine(made) !== null) {
        return Texts.fill(Texts.CUT, cutLine(made));
    }
    if (has(Lines.NEW) && !abilities.parts) {
        return Texts.fill(Texts.NEEDS_STAVES, voices.filter(function (voice) {
            return made.chosen[voice].kind === Lines.NEW;
        }).join(", "));
    }
    return made.task === "continue" ? continueProblem(made, choices) : null;
}

/**
 * The name of a line to regenerate that has a note across the end of the selection, which no plugin can cut in two;
 * null where there is none.
 *
 * @param {Job} made
 */
function cutLine(made) {
    var end = made.writable.end;
    var found = made.score.ensemble.voices.filter(function (voice) {
        var choice = made.chosen[voice];
        return choice && choice.kind === Lines.REGENERATE &&
            Lines.notesIn(choice.line, made.writable).some(function (event) {
                return event.tick + event.ticks > end;
            });
    });
    return found.length > 0 ? made.chosen[found[0]].line.name : null;
}

/**
 * The name of a line that two voices would share; null where there is none.
 *
 * @param {Job} made
 */
function sharedLine(made, choices) {
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

/**
 * Music is continued after full measures only, and only where there are no notes.
 *
 * @param {Job} made
 */
function continueProblem(made, choices) {
    var measures = made.score.measures;
    var last = measures[made.span.last];
    if (made.span.last > 0 && last.ticks < last.full) {
        return Texts.fill(Texts.SHORT_END, last.number);
    }
    var bars = made.settings.bars || Infinity; // where ripieno says how many, there may be no notes at all
    var upTo = Math.min(made.span.last + bars, measures.length - 1);
    var lines = [made.melody].concat(choices.map(function (choice) {
        return choice.line;
    }));
    for (var index = made.span.last + 1; index <= upTo; index += 1) {
        var span = Measures.spanOf(measures, index, index);
        for (var place = 0; place < lines.length; place += 1) {
            if (lines[place] && Lines.hasNotes(lines[place], span)) {
                return Texts.fill(Texts.OCCUPIED, lines[place].name, measures[index].number);
            }
        }
    }
    return null;
}
