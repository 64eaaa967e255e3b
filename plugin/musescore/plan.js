// Plans what to write where: from an alternative of a reply to steps that MuseScore can take.

.pragma library

.import "build_request.js" as Request
.import "lines.js" as Lines
.import "measures.js" as Measures
.import "spelling.js" as Spelling
.import "validate_reply.js" as Reply

/**
 * @typedef {import("./choices.js").Job} Job
 * @typedef {import("./choices.js").Abilities} Abilities
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./validate_reply.js").ReplyEvent} ReplyEvent
 *
 * @typedef {object} NoteStep one note or rest. Notes that are tied over a barline are one step, which MuseScore splits
 *     and ties itself: a plugin can make no tie
 * @property {number} tick
 * @property {number} ticks
 * @property {number} numerator of the written value
 * @property {number} denominator
 * @property {number | null} pitch null: a rest
 *
 * @typedef {object} TupletStep
 * @property {number} tick
 * @property {number} ticks
 * @property {{actual: number, normal: number}} tuplet
 * @property {NoteStep[]} steps
 *
 * @typedef {NoteStep | TupletStep} Step
 *
 * @typedef {object} Chord what the score will have for a written note
 * @property {number} tick
 * @property {number} ticks
 * @property {number} pitch
 * @property {number | null} tpc
 * @property {Lyric[]} lyrics of each verse
 *
 * @typedef {object} Lyric a syllable
 * @property {number} verse from 1
 * @property {string} text
 * @property {number} syllabic as MuseScore numbers it
 * @property {number} extend how many ticks later the last note of its melisma begins; 0 without one
 *
 * @typedef {object} VoicePlan
 * @property {string} voice
 * @property {string} sound of a part that is added
 * @property {{kind: string, line: Line | null}} choice
 * @property {Line | null} line null where the part is still to be added
 * @property {Step[][]} runs steps without a gap between them
 * @property {Chord[]} chords
 * @property {number} cut how often a note has to be struck once more
 *
 * @typedef {object} Plan
 * @property {VoicePlan[]} voices
 * @property {number} appended how many measures are added at the end of the score
 * @property {number} number of the alternative, from 0
 */

var NEEDS_TUPLETS = "ripieno's notes have tuplets, and plugins can write those from MuseScore 3.5 on only.";

/**
 * @param {Job} job @param {import("./validate_reply.js").Reply} reply
 * @param {number} number the alternative's, from 0
 * @param {Abilities} abilities
 * @returns {Plan}
 * @throws {Error} with a message, where something cannot be written
 */
function plan(job, reply, number, abilities) {
    var alternative = reply.alternatives[number];
    /** @type {Plan} */
    var planned = {voices: [], appended: 0, number: number};
    planned.appended = measuresAfter(job, reply).length - job.score.measures.length;
    var ensemble = job.score.ensemble;
    ensemble.voices.forEach(function (voice) {
        var events = Reply.events(alternative, voice).map(function (event) {
            return inScore(event, job.span.start);
        });
        var choice = voice === job.melodyVoice ?
            {kind: Request.kindOf(job, voice), line: job.melody} : job.chosen[voice];
        if (job.task === "infill") {
            events = events.filter(function (event) {
                return overlaps(event, job.writable);
            });
        }
        if (choice && isWritten(choice.kind) && events.length > 0) {
            checkKeptNotes(job, voice, choice, events);
            planned.voices.push(voicePlan(voice, ensemble.sounds[voice], choice, events, abilities));
        }
    });
    return planned;
}

/** @param {string} kind */
function isWritten(kind) {
    return kind !== Lines.OUT && kind !== Lines.KEEP;
}

/**
 * Whether an event sounds in the selection. The rests around it stay in the score as they are.
 *
 * @param {ReplyEvent} event @param {{start: number, end: number}} selection
 */
function overlaps(event, selection) {
    return event.tick < selection.end && event.tick + event.ticks > selection.start;
}

/**
 * An event with its tick in the score.
 *
 * @param {ReplyEvent} event @param {number} start where the reply's ticks begin
 * @returns {ReplyEvent}
 */
function inScore(event, start) {
    /** @type {any} */
    var copy = {};
    Object.keys(event).forEach(function (key) {
        copy[key] = event[key];
    });
    copy.tick = event.tick + start;
    return copy;
}

/**
 * The score's measures and those that the reply adds.
 *
 * @param {Job} job @param {import("./validate_reply.js").Reply} reply
 * @returns {{number: number, tick: number, ticks: number}[]}
 * @throws {Error} where a measure that both have is not equally long
 */
function measuresAfter(job, reply) {
    var known = job.score.measures;
    /** @type {{number: number, tick: number, ticks: number}[]} */
    var all = known.slice();
    reply.measures.forEach(function (measure, index) {
        var there = known[job.span.first + index];
        if (there && there.ticks !== measure.ticks) {
            throw new Error("Measure " + there.number + " is not as long as those that ripieno adds. Make the " +
                "measures after the music like those before them, or delete them, and try again.");
        }
        if (!there) {
            all.push({number: measure.number, tick: measure.tick + job.span.start, ticks: measure.ticks});
        }
    });
    return all;
}

/**
 * Checks that no event overlaps a note that is kept.
 *
 * @param {Job} job @param {string} voice @param {{kind: string, line: Line | null}} choice
 * @param {ReplyEvent[]} events
 * @throws {Error}
 */
function checkKeptNotes(job, voice, choice, events) {
    if (!choice.line || choice.kind === Lines.WRITE) {
        return;
    }
    var writable = job.writable;
    choice.line.events.forEach(function (kept) {
        var replaced = choice.kind === Lines.REGENERATE && kept.tick >= writable.start && kept.tick < writable.end;
        if (kept.rest || replaced) {
            return;
        }
        events.forEach(function (event) {
            if (event.tick < kept.tick + kept.ticks && kept.tick < event.tick + event.ticks) {
                throw new Error("ripieno's " + voice + " would change a note that you keep, in measure " +
                    job.score.measures[Measures.indexAt(job.score.measures, kept.tick)].number +
                    ", so nothing was written. Please report this.");
            }
        });
    });
}

/**
 * @param {string} voice @param {string} sound
 * @param {{kind: string, line: Line | null}} choice @param {ReplyEvent[]} events @param {Abilities} abilities
 * @returns {VoicePlan}
 */
function voicePlan(voice, sound, choice, events, abilities) {
    var counter = {cut: 0};
    /** @type {VoicePlan} */
    var planned = {
        voice: voice, sound: sound, choice: choice, line: choice.line, runs: [], chords: chordsOf(events), cut: 0
    };
    /** @type {Step[]} */
    var run = [];
    /** @type {number | null} */
    var next = null; // the tick at which the run goes on
    stepsOf(events, counter).forEach(function (step) {
        if ("tuplet" in step && !abilities.tuplets) {
            throw new Error(NEEDS_TUPLETS + " Choose another model, or use a newer MuseScore.");
        }
        if (next !== null && step.tick !== next) {
            planned.runs.push(run);
            run = [];
        }
        run.push(step);
        next = step.tick + step.ticks;
    });
    planned.runs.push(run);
    planned.cut = counter.cut;
    return planned;
}

/** @param {ReplyEvent[]} events @returns {Chord[]} */
function chordsOf(events) {
    return events.filter(function (event) {
        return event.pitch !== null && event.pitch !== undefined;
    }).map(function (event) {
        var spelled = event.spelling ? Spelling.parse(event.spelling) : null;
        return {
            tick: event.tick, ticks: event.ticks, pitch: event.pitch, tpc: spelled ? spelled.tpc : null,
            lyrics: lyricsOf(event)
        };
    });
}

/** @param {ReplyEvent} event @returns {Lyric[]} the first verse and the others */
function lyricsOf(event) {
    /** @type {{verse: number, lyric: string, syllabic: string, extend?: number}[]} */
    var first = [];
    if (event.lyric) {
        first.push({verse: 1, lyric: event.lyric, syllabic: event.syllabic || "single", extend: event.extend || 0});
    }
    return first.concat(event.verses || []).map(function (sung) {
        return {
            verse: sung.verse, text: sung.lyric, syllabic: Math.max(0, Request.SYLLABIC.indexOf(sung.syllabic)),
            extend: sung.extend || 0
        };
    });
}

// -- from events to steps ------------------------------------------------------------------------------------

/**
 * @param {ReplyEvent[]} events
 * @param {{cut: number}} counter counts the notes that are struck once more
 */
function stepsOf(events, counter) {
    /** @type {Step[]} */
    var found = [];
    var index = 0;
    while (index < events.length) {
        var count = events[index].tuplet ? tupletLength(events, index) : chainLength(events, index);
        var own = events.slice(index, index + count);
        found = found.concat(events[index].tuplet ? tupletStep(own) : chainSteps(own, counter));
        index += count;
    }
    return found;
}

/** @param {ReplyEvent} event @param {number} ticks @returns {NoteStep} */
function noteStep(event, ticks) {
    return {
        tick: event.tick, ticks: ticks, numerator: ticks, denominator: Measures.WHOLE,
        pitch: event.pitch === undefined ? null : event.pitch
    };
}

/**
 * How many events from an index on are one note, tied.
 *
 * @param {ReplyEvent[]} events @param {number} index
 */
function chainLength(events, index) {
    var count = 1;
    while (events[index + count - 1].tie && events[index + count] && !events[index + count].tuplet &&
        events[index + count].pitch === events[index].pitch &&
        events[index + count].tick === events[index + count - 1].tick + events[index + count - 1].ticks) {
        count += 1;
    }
    return count;
}

/**
 * Tied events as steps, each of which is one note value, since MuseScore would cut 5/4 to a whole note. Where all of
 * them together are none, the note is struck once more at a barline.
 *
 * @param {ReplyEvent[]} chain @param {{cut: number}} counter
 * @returns {NoteStep[]}
 */
function chainSteps(chain, counter) {
    var total = 0;
    var longest = 0; // how many of them make up one note value
    var ticks = 0;
    chain.forEach(function (event, index) {
        total += event.ticks;
        if (index === 0 || Measures.isNoteLength(total)) {
            longest = index + 1;
            ticks = total;
        }
    });
    var first = noteStep(chain[0], ticks);
    if (longest === chain.length) {
        return [first];
    }
    counter.cut += 1;
    return [first].concat(chainSteps(chain.slice(longest), counter));
}

/**
 * How many events from an index on fill one tuplet: until their written values add up to as many equal values as the
 * tuplet has.
 *
 * @param {ReplyEvent[]} events @param {number} index
 * @throws {Error} where the tuplet is never full
 */
function tupletLength(events, index) {
    var ratio = Measures.fraction(events[index].tuplet);
    var written = 0;
    for (var count = 1; index + count <= events.length; count += 1) {
        var event = events[index + count - 1];
        if (event.tuplet !== events[index].tuplet) {
            break;
        }
        var value = Measures.fraction(event.duration);
        written += Measures.ticksOf(value.numerator, value.denominator);
        var base = written / ratio.numerator;
        if (base === Math.floor(base) && Measures.isPowerOfTwo(Measures.WHOLE / base)) {
            return count;
        }
    }
    throw new Error("ripieno's notes have a tuplet that is not full. Choose another version, or another seed.");
}

/** @param {ReplyEvent[]} events @returns {TupletStep} */
function tupletStep(events) {
    var ratio = Measures.fraction(events[0].tuplet);
    var last = events[events.length - 1];
    return {
        tick: events[0].tick, ticks: last.tick + last.ticks - events[0].tick,
        tuplet: {actual: ratio.numerator, normal: ratio.denominator},
        steps: events.map(function (event) {
            var written = Measures.fraction(event.duration);
            var step = noteStep(event, event.ticks);
            step.numerator = written.numerator;
            step.denominator = written.denominator;
            return step;
        })
    };
}
