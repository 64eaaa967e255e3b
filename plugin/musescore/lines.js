// The lines of a score: which of them is which voice, and what can be done with it.

.pragma library

/**
 * @typedef {object} Event a rest, or the notes that begin at a tick
 * @property {number} tick
 * @property {number} ticks
 * @property {boolean} rest
 * @property {number[]} [pitches] MIDI numbers, the lowest first; like all that follows, of notes only
 * @property {number[]} [spellings] their tonal pitch classes
 * @property {boolean} [tie] to the next event
 * @property {boolean} [fermata]
 * @property {string} [lyric]
 * @property {number} [syllabic] as MuseScore numbers it
 * @property {{verse: number, lyric: string, syllabic: number}[]} [verses] the syllables of further verses
 *
 * @typedef {object} Line one of the voices of a staff
 * @property {number} staff from 0
 * @property {number} voice MuseScore's, from 0
 * @property {string} part the part's name
 * @property {number} partNumber from 1
 * @property {string | null} assigned the voice of the ensemble that it is; null where it is none, or not known yet
 * @property {boolean} leads whether it is the melody
 * @property {string} name the line's own: the part's, and what tells it apart from other lines of the part
 * @property {Event[]} events
 *
 * @typedef {object} Ensemble whose voices the lines are, as docs/protocol.md has it
 * @property {string} name for requests; empty where they need none
 * @property {string} title
 * @property {string[]} voices highest first
 * @property {string} melody the voice that a melody alone is
 * @property {Record<string, string>} sounds of each voice, as MusicXML names them
 *
 * @typedef {object} Choice what becomes of a voice of the ensemble
 * @property {string} kind NEW, WRITE, ...
 * @property {Line | null} line
 * @property {string} text in the window
 *
 * @typedef {{firstStaff: number, lastStaff: number}} Staves
 * @typedef {import("./measures.js").Measure} Measure
 * @typedef {import("./measures.js").Span} Span
 */

// Whose voices the lines are where ripieno names no other ensemble, and before it has answered.
/** @type {Ensemble} */
var MIXED_CHOIR = {
    name: "", title: "", voices: ["soprano", "alto", "tenor", "bass"], melody: "soprano",
    sounds: {soprano: "voice.soprano", alto: "voice.alto", tenor: "voice.tenor", bass: "voice.bass"}
};
// What becomes of a voice. Scripts for a MuseScore without a window use these words, so they stay as they are.
var NEW = "new"; // a part is added
var WRITE = "write"; // an empty staff is written on
var KEEP = "keep"; // its notes and rests stay
var FILL = "fill"; // its notes stay, its empty measures are written
var REGENERATE = "anew"; // its notes are replaced
var CONTINUE = "go on"; // its notes stay, and more come after them
var OUT = "out"; // it takes no part

/** @param {string} voice */
function capitalized(voice) {
    return voice.charAt(0).toUpperCase() + voice.slice(1);
}

// -- which voices they are, which ripieno knows --------------------------------------------------------------

/**
 * The body of the question which lines are which voices.
 *
 * @param {Line[]} lines @param {string} ensemble that is chosen; empty: the one that the parts are named after
 */
function question(lines, ensemble) {
    var asked = {lines: lines.map(drawn)};
    return ensemble ? {lines: asked.lines, ensemble: ensemble} : asked;
}

/**
 * A line, as far as it tells which voice it is.
 *
 * @param {Line} line
 */
function drawn(line) {
    var notes = line.events.filter(function (event) {
        return !event.rest;
    });
    return {
        part: line.part, part_number: line.partNumber, staff: line.staff,
        words: notes.some(function (event) {
            return Boolean(event.lyric);
        }),
        chords: notes.filter(function (event) {
            return event.pitches.length > 1;
        }).length,
        notes: notes.map(function (event) {
            return [event.pitches[event.pitches.length - 1], Math.max(1, event.ticks)];
        })
    };
}

/**
 * Sets the ensemble of a score and the voices of its lines, from the answer to their question; an answer about other
 * lines changes nothing.
 *
 * @param {{lines: Line[], ensemble: Ensemble}} score @param {any} answer
 */
function setVoices(score, answer) {
    if (!answer || !answer.lines || answer.lines.length !== score.lines.length) {
        return;
    }
    score.ensemble = isEnsemble(answer.ensemble) ? answer.ensemble : MIXED_CHOIR;
    score.lines.forEach(function (line, index) {
        var voice = answer.lines[index].voice;
        line.assigned = score.ensemble.voices.indexOf(voice) < 0 ? null : voice;
        line.leads = index === answer.melody;
    });
}

/**
 * Whether a value is an ensemble: another program may have sent it.
 *
 * @param {any} value
 */
function isEnsemble(value) {
    return Boolean(value) && typeof value.name === "string" && typeof value.title === "string" &&
        Array.isArray(value.voices) && value.voices.length > 1 && value.voices.every(function (voice) {
        return typeof voice === "string" && typeof (value.sounds || {})[voice] === "string";
    }) && value.voices.indexOf(value.melody) >= 0;
}

/**
 * Gives a score that is read again the ensemble and the voices that it had.
 *
 * @param {{lines: Line[], ensemble: Ensemble}} before @param {{lines: Line[], ensemble: Ensemble}} score
 */
function keepVoices(before, score) {
    score.ensemble = before.ensemble;
    score.lines.forEach(function (line) {
        before.lines.forEach(function (old) {
            if (old.staff === line.staff && old.voice === line.voice && old.part === line.part) {
                line.assigned = old.assigned;
                line.leads = old.leads;
            }
        });
    });
}

// -- names and notes -----------------------------------------------------------------------------------------

/**
 * Sets the names of lines: the part's, with the staff where the part has several, and the voice but for the first.
 *
 * @param {Line[]} lines
 */
function setNames(lines) {
    lines.forEach(function (line) {
        var same = lines.filter(function (other) {
            return other.part === line.part && other.voice === line.voice;
        });
        var place = same.length > 1 ? " (staff " + (line.staff + 1) + ")" : "";
        line.name = line.part + place + (line.voice > 0 ? ", voice " + (line.voice + 1) : "");
    });
}

/**
 * The notes that begin in a span.
 *
 * @param {Line} line @param {{start: number, end: number}} span
 */
function notesIn(line, span) {
    return line.events.filter(function (event) {
        return !event.rest && event.tick >= span.start && event.tick < span.end;
    });
}

/** @param {Line} line @param {{start: number, end: number}} span */
function hasNotes(line, span) {
    return notesIn(line, span).length > 0;
}

/** @param {Line[]} lines @param {number} staff @param {Span} span */
function isEmptyStaff(lines, staff, span) {
    return lines.every(function (line) {
        return line.staff !== staff || !hasNotes(line, span);
    });
}

/**
 * For each measure whether a note of the line sounds in it.
 *
 * @param {Line} line @param {Measure[]} measures
 */
function soundingMeasures(line, measures) {
    /** @type {boolean[]} */
    var found = [];
    var index = 0;
    line.events.forEach(function (event) {
        while (index < measures.length && event.tick >= measures[index].tick + measures[index].ticks) {
            index += 1;
        }
        for (var place = index; !event.rest && place < measures.length &&
                measures[place].tick < event.tick + event.ticks; place += 1) {
            found[place] = true;
        }
    });
    return measures.map(function (_, place) {
        return Boolean(found[place]);
    });
}

/**
 * Whether there is a measure in which the melody has notes and the line has none.
 *
 * @param {Line} line @param {Line} melody @param {Measure[]} measures @param {Span} span
 */
function hasGaps(line, melody, measures, span) {
    var own = soundingMeasures(line, measures);
    return soundingMeasures(melody, measures).some(function (sounds, index) {
        return sounds && !own[index] && index >= span.first && index <= span.last;
    });
}

// -- what may be chosen --------------------------------------------------------------------------------------

/** @param {string} kind @param {Line | null} line @param {string} text @returns {Choice} */
function choice(kind, line, text) {
    return {kind: kind, line: line, text: text};
}

/**
 * The lines that can be the melody: those with notes, or all where none has any.
 *
 * @param {Line[]} lines @param {Span} span
 */
function melodies(lines, span) {
    var found = lines.filter(function (line) {
        return hasNotes(line, span);
    });
    return found.length > 0 ? found : lines;
}

/**
 * The choices for each voice that the melody does not have.
 *
 * @param {string} task @param {Line[]} lines @param {Line} melody @param {Span} span @param {Measure[]} measures
 */
function voiceChoices(task, lines, melody, span, measures) {
    /** @type {Choice[]} */
    var found = [];
    lines.forEach(function (line) {
        if (line === melody) {
            return;
        }
        if (task === "harmonize") {
            found = found.concat(harmonizeChoices(line, lines, melody, span, measures));
        } else if (hasNotes(line, span)) {
            if (task === "infill") {
                found.push(choice(REGENERATE, line, line.name + ": regenerate"));
                found.push(choice(KEEP, line, line.name + ": keep"));
            } else {
                found.push(choice(task === "check" ? KEEP : CONTINUE, line, line.name));
            }
        }
    });
    if (task === "harmonize") {
        found.unshift(choice(NEW, null, "New staff"));
    }
    found.push(choice(OUT, null, task === "harmonize" ? "Leave out" : "None"));
    return found;
}

/** @param {Line} line @param {Line[]} lines @param {Line} melody @param {Span} span @param {Measure[]} measures */
function harmonizeChoices(line, lines, melody, span, measures) {
    if (!hasNotes(line, span)) {
        var empty = line.voice === 0 && isEmptyStaff(lines, line.staff, span);
        return empty ? [choice(WRITE, line, line.name + ": write")] : [];
    }
    var found = [choice(KEEP, line, line.name + ": keep its notes")];
    if (hasGaps(line, melody, measures, span)) {
        found.push(choice(FILL, line, line.name + ": fill its empty measures"));
    }
    found.push(choice(REGENERATE, line, line.name + ": regenerate"));
    return found;
}

// -- what is chosen at first ---------------------------------------------------------------------------------

/**
 * The index of the melody: the first line on the selected staves, else the one that ripieno found, else the first. What is to be
 * regenerated is seldom the melody, so the selection says nothing then.
 *
 * @param {string} task @param {Line[]} lines that can be the melody @param {Staves | null} selection
 */
function defaultMelody(task, lines, selection) {
    var index;
    if (selection && task !== "infill") {
        for (index = 0; index < lines.length; index += 1) {
            if (isOnStaves(lines[index], selection)) {
                return index;
            }
        }
    }
    for (index = 0; index < lines.length; index += 1) {
        if (lines[index].leads) {
            return index;
        }
    }
    return 0;
}

/** @param {Line} line @param {Staves} staves */
function isOnStaves(line, staves) {
    return line.staff >= staves.firstStaff && line.staff <= staves.lastStaff;
}

/**
 * The voice that a melody is: the one that ripieno found, else the one that a melody alone is.
 *
 * @param {Line} line @param {Ensemble} ensemble
 */
function defaultVoice(line, ensemble) {
    return line.assigned || ensemble.melody;
}

/**
 * The line of each voice.
 *
 * @param {Line[]} lines @param {Line} melody @param {string} melodyVoice
 */
function assignVoices(lines, melody, melodyVoice) {
    /** @type {Record<string, Line>} */
    var found = {};
    found[melodyVoice] = melody;
    lines.forEach(function (line) {
        if (line.assigned !== null && line !== melody && !found[line.assigned]) {
            found[line.assigned] = line;
        }
    });
    return found;
}

/**
 * The index of what is chosen for a voice at first.
 *
 * @param {string} task @param {Choice[]} choices
 * @param {Line | undefined} line the voice's; undefined where it has none
 * @param {Staves | null} selection
 */
function defaultChoice(task, choices, line, selection) {
    var kinds;
    if (task === "harmonize") {
        kinds = [WRITE, FILL, KEEP];
    } else if (task === "infill") {
        kinds = line && selection && isOnStaves(line, selection) ? [REGENERATE] : [KEEP];
    } else {
        kinds = [CONTINUE, KEEP];
    }
    for (var rank = 0; line && rank < kinds.length; rank += 1) {
        for (var index = 0; index < choices.length; index += 1) {
            if (choices[index].line === line && choices[index].kind === kinds[rank]) {
                return index;
            }
        }
    }
    return task === "harmonize" ? 0 : choices.length - 1;
}
