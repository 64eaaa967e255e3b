// What is to be written where: from an alternative of an answer to steps that MuseScore can take.
//
// A step is {tick, ticks, numerator, denominator, pitch}: one note or rest, pitch null for a rest. Notes that are
// tied over a barline are one step, which MuseScore splits and ties itself: a plugin can make no tie. A tuplet is
// {tick, ticks, tuplet: {actual, normal}, steps}. Chords are what will stand there: {tick, pitch, tpc, ...}.

.pragma library

.import "validate_reply.js" as Reply
.import "lines.js" as Lines
.import "measures.js" as Measures
.import "spelling.js" as Spelling
.import "build_request.js" as Request

var NEEDS_TUPLETS = "ripieno's notes have tuplets, and plugins can write those from MuseScore 3.5 on only.";

// {voices: [{voice, choice, line, part, runs, chords, cut}], appended: how many measures}.
// runs: lists of steps without a gap. cut: how often a note had to be struck once more.
// Throws an Error with a sentence for what cannot be written.
function plan(job, answer, number, abilities) {
    var alternative = answer.alternatives[number];
    var planned = {voices: [], appended: 0, number: number};
    var measures = longer(job, answer);
    planned.appended = measures.length - job.score.measures.length;
    Lines.CHOIR.forEach(function (voice) {
        var events = Reply.events(alternative, voice).map(function (event) {
            return moved(event, job.part.start);
        });
        var choice = voice === job.melodyVoice ?
            {kind: Request.kindOf(job, voice), line: job.melody} : job.chosen[voice];
        if (job.task === "infill") {
            events = events.filter(function (event) {
                return touches(event, job.opened);
            });
        }
        if (choice && writes(choice.kind) && events.length > 0) {
            checkKept(job, voice, choice, events);
            planned.voices.push(voicePlan(voice, choice, events, abilities));
        }
    });
    return planned;
}

function writes(kind) {
    return kind !== Lines.OUT && kind !== Lines.KEEP;
}

// Whether an event sounds in a stretch. The rests around it stand in the score as they are.
function touches(event, stretch) {
    return event.tick < stretch.end && event.tick + event.ticks > stretch.start;
}

// An event at its tick in the score.
function moved(event, start) {
    var copy = {};
    Object.keys(event).forEach(function (key) {
        copy[key] = event[key];
    });
    copy.tick = event.tick + start;
    return copy;
}

// The score's measures and those that the answer adds; what both have must agree.
function longer(job, answer) {
    var known = job.score.measures;
    var all = known.slice();
    answer.measures.forEach(function (measure, index) {
        var there = known[job.part.first + index];
        if (there && there.ticks !== measure.ticks) {
            throw new Error("Measure " + there.number + " is not as long as ripieno goes on. Make the measures " +
                "after the music like those before them, or delete them, and try again.");
        }
        if (!there) {
            all.push({number: measure.number, tick: measure.tick + job.part.start, ticks: measure.ticks});
        }
    });
    return all;
}

// What was given stands: no event may lie where a note is kept.
function checkKept(job, voice, choice, events) {
    if (!choice.line || choice.kind === Lines.WRITE) {
        return;
    }
    var opened = job.opened;
    choice.line.events.forEach(function (kept) {
        var open = choice.kind === Lines.ANEW && kept.tick >= opened.start && kept.tick < opened.end;
        if (kept.rest || open) {
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

function voicePlan(voice, choice, events, abilities) {
    var joined = {cut: 0};
    var own = {voice: voice, choice: choice, line: choice.line, runs: [], chords: chordsOf(events), cut: 0};
    var run = [];
    var next = null;
    pieces(events, joined).forEach(function (piece) {
        if (piece.tuplet && !abilities.tuplets) {
            throw new Error(NEEDS_TUPLETS + " Choose another model, or use a newer MuseScore.");
        }
        if (next !== null && piece.tick !== next) {
            own.runs.push(run);
            run = [];
        }
        run.push(piece);
        next = piece.tick + piece.ticks;
    });
    own.runs.push(run);
    own.cut = joined.cut;
    return own;
}

// What will be found in the score: a note for each written note.
function chordsOf(events) {
    return events.filter(function (event) {
        return event.pitch !== null && event.pitch !== undefined;
    }).map(function (event) {
        var spelled = event.spelling ? Spelling.read(event.spelling) : null;
        return {
            tick: event.tick, ticks: event.ticks, pitch: event.pitch, tpc: spelled ? spelled.tpc : null,
            lyric: event.lyric || null, syllabic: Math.max(0, Request.SYLLABIC.indexOf(event.syllabic))
        };
    });
}

// -- from events to steps ------------------------------------------------------------------------------------

function step(event, ticks) {
    return {
        tick: event.tick, ticks: ticks, numerator: ticks, denominator: Measures.WHOLE,
        pitch: event.pitch === undefined ? null : event.pitch
    };
}

function tupletStep(event) {
    var written = Measures.fraction(event.duration);
    var own = step(event, event.ticks);
    own.numerator = written.numerator;
    own.denominator = written.denominator;
    return own;
}

function pieces(events, joined) {
    var found = [];
    var index = 0;
    while (index < events.length) {
        var count = events[index].tuplet ? tupletLength(events, index) : chainLength(events, index);
        var own = events.slice(index, index + count);
        found = found.concat(events[index].tuplet ? [tuplet(own)] : steps(own, joined));
        index += count;
    }
    return found;
}

// How many events from here on are one note, tied.
function chainLength(events, index) {
    var count = 1;
    while (events[index + count - 1].tie && events[index + count] && !events[index + count].tuplet &&
        events[index + count].pitch === events[index].pitch &&
        events[index + count].tick === events[index + count - 1].tick + events[index + count - 1].ticks) {
        count += 1;
    }
    return count;
}

// A chain as steps, each of which is one note value: MuseScore would cut 5/4 to a whole note. Where the whole is
// none, the note is struck once more at a barline.
function steps(chain, joined) {
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
    var first = step(chain[0], ticks);
    if (longest === chain.length) {
        return [first];
    }
    joined.cut += 1;
    return [first].concat(steps(chain.slice(longest), joined));
}

// How many events from here on fill one tuplet: their written values make up as many equal ones as it has.
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

function tuplet(events) {
    var ratio = Measures.fraction(events[0].tuplet);
    var last = events[events.length - 1];
    return {
        tick: events[0].tick, ticks: last.tick + last.ticks - events[0].tick,
        tuplet: {actual: ratio.numerator, normal: ratio.denominator},
        steps: events.map(tupletStep)
    };
}
