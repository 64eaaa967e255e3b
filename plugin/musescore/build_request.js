// What is asked of ripieno: the body of a request, as docs/protocol.md has it.
//
// A job is {task, score, part, melody, melodyVoice, chosen: {voice: choice}, settings}.

.pragma library

.import "lines.js" as Lines
.import "measures.js" as Measures
.import "spelling.js" as Spelling

var SYLLABIC = ["single", "begin", "end", "middle"]; // as MuseScore numbers them
var SEEDS = 2147483648;
var LETTERS = "0123456789abcdef";
var DEFAULTS = {model: "", temperature: "", alternatives: 3, seed: "", bars: 4, lyrics: true, mark: false};

function newId() {
    var id = "musescore-";
    for (var index = 0; index < 16; index += 1) {
        id += LETTERS.charAt(Math.floor(Math.random() * 16));
    }
    return id;
}

// A voice's line; null where it has none yet, or takes no part.
function lineOf(job, voice) {
    if (voice === job.melodyVoice) {
        return job.melody;
    }
    var choice = job.chosen[voice];
    return choice && choice.line || null;
}

function kindOf(job, voice) {
    if (voice === job.melodyVoice) {
        return job.task === "continue" ? Lines.GO_ON : Lines.KEEP;
    }
    return job.chosen[voice] ? job.chosen[voice].kind : Lines.OUT;
}

// The voices whose notes are sent.
function given(job) {
    return Lines.CHOIR.filter(function (voice) {
        var kind = kindOf(job, voice);
        return kind === Lines.KEEP || kind === Lines.FILL || kind === Lines.GO_ON ||
            (kind === Lines.ANEW && job.task === "infill");
    });
}

// An event as it is sent: of several notes the top one, for the bass the lowest. A note that sounds out of the
// stretch ends with it.
function sent(event, part, voice) {
    var end = Math.min(event.tick + event.ticks, part.end);
    var plain = {tick: event.tick - part.start, ticks: end - event.tick};
    if (event.rest) {
        return plain;
    }
    var which = voice === "bass" ? 0 : event.pitches.length - 1;
    plain.pitch = event.pitches[which];
    plain.spelling = Spelling.nameOf(event.spellings[which], plain.pitch);
    plain.tie = Boolean(event.tie) && end < part.end;
    plain.fermata = Boolean(event.fermata);
    if (event.lyric) {
        plain.lyric = event.lyric;
        plain.syllabic = SYLLABIC[event.syllabic] || "single";
    }
    return plain;
}

function voiceBody(job, voice) {
    var events = lineOf(job, voice).events.filter(function (event) {
        return event.tick >= job.part.start && event.tick < job.part.end;
    });
    return {voice: voice, events: events.map(function (event) {
        return sent(event, job.part, voice);
    })};
}

// A number of a text field; undefined where the field is empty.
function numberOf(text) {
    var plain = String(text).replace(/\s/g, "").replace(",", ".");
    return plain === "" ? undefined : Number(plain);
}

// What is wrong with the settings, as a sentence; null where nothing is.
function fault(settings) {
    var temperature = numberOf(settings.temperature);
    if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) {
        return "Temperature \"" + settings.temperature + "\" is impossible; give 0 (strict) to 2 (free), or nothing.";
    }
    var seed = numberOf(settings.seed);
    if (seed !== undefined && !(seed >= 0 && seed < SEEDS && seed === Math.floor(seed))) {
        return "Seed \"" + settings.seed + "\" is impossible; give a whole number from 0 to 2147483647, or nothing.";
    }
    return null;
}

// The whole body. id: see newId.
function body(job, id) {
    var settings = job.settings;
    var wanted = {
        id: id,
        ticks_per_quarter: Measures.QUARTER,
        measures: Measures.excerpt(job.score.measures, job.part),
        voices: given(job).map(function (voice) {
            return voiceBody(job, voice);
        })
    };
    if (job.task === "check") {
        return wanted;
    }
    wanted.ties = "barlines";
    wanted.lyrics = Boolean(settings.lyrics);
    wanted.alternatives = settings.alternatives;
    if (settings.model) {
        wanted.model = settings.model;
    }
    ["temperature", "seed"].forEach(function (name) {
        if (numberOf(settings[name]) !== undefined) {
            wanted[name] = numberOf(settings[name]);
        }
    });
    return forTask(wanted, job);
}

function forTask(wanted, job) {
    if (job.task === "continue") {
        wanted.bars = job.settings.bars;
    } else if (job.task === "infill") {
        wanted.anew = voicesOf(job, Lines.ANEW);
        wanted.selection = [job.opened.start - job.part.start, job.opened.end - job.part.start];
    } else if (voicesOf(job, Lines.FILL).length === 0) {
        wanted.given = given(job); // every rest of these stands, too
    }
    return wanted;
}

// How many chords there are in a stretch of which only one note is sent.
function chordsIn(job) {
    return given(job).reduce(function (sum, voice) {
        return sum + Lines.notesIn(lineOf(job, voice), job.part).filter(function (event) {
            return event.pitches.length > 1;
        }).length;
    }, 0);
}

function voicesOf(job, kind) {
    return Lines.CHOIR.filter(function (voice) {
        return kindOf(job, voice) === kind;
    });
}
