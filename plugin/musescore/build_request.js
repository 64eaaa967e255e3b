// Builds the body of a request, as docs/protocol.md has it, from a job.

.pragma library

.import "guidance.js" as Guidance
.import "harmony.js" as Harmony
.import "lines.js" as Lines
.import "measures.js" as Measures
.import "settings.js" as Settings
.import "spelling.js" as Spelling

/**
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./choices.js").Job} Job
 *
 * @typedef {object} Settings texts are empty where they are left to ripieno; temperature and seed are texts of fields
 * @property {string} model empty: the usual one
 * @property {string} key
 * @property {string} phrases where they end; for "harmonize", as the style
 * @property {string} style
 * @property {string} temperature
 * @property {number} alternatives
 * @property {string} seed
 * @property {number} bars that "continue" adds; 0: left to ripieno
 * @property {boolean} followChords whether the chord symbols and figures of the score are law
 * @property {string} writeChords "symbols", "numerals" or empty
 * @property {boolean} lyrics whether new voices get the melody's words
 * @property {boolean} mark whether faults are marked
 */

var SYLLABIC = ["single", "begin", "end", "middle"]; // as MuseScore numbers them
var HEX_DIGITS = "0123456789abcdef";
/** @type {Settings} */
var DEFAULTS = {
    model: "", key: "", phrases: "", style: "", temperature: "", alternatives: 3, seed: "", bars: 0,
    followChords: true, writeChords: "", lyrics: true, mark: false
};

function newId() {
    var id = "musescore-";
    for (var index = 0; index < 16; index += 1) {
        id += HEX_DIGITS.charAt(Math.floor(Math.random() * 16));
    }
    return id;
}

/**
 * The line of a voice; null where it has none yet, or takes no part.
 *
 * @param {Job} job @param {string} voice
 */
function lineOf(job, voice) {
    if (voice === job.melodyVoice) {
        return job.melody;
    }
    var choice = job.chosen[voice];
    return choice && choice.line || null;
}

/** @param {Job} job @param {string} voice */
function kindOf(job, voice) {
    if (voice === job.melodyVoice) {
        return job.task === "continue" ? Lines.CONTINUE : Lines.KEEP;
    }
    return job.chosen[voice] ? job.chosen[voice].kind : Lines.OUT;
}

/**
 * The voices whose notes are sent.
 *
 * @param {Job} job
 */
function sentVoices(job) {
    return job.score.ensemble.voices.filter(function (voice) {
        var kind = kindOf(job, voice);
        return kind === Lines.KEEP || kind === Lines.FILL || kind === Lines.CONTINUE ||
            (kind === Lines.REGENERATE && job.task === "infill");
    });
}

/** @param {Job} job */
function lowestVoice(job) {
    var voices = job.score.ensemble.voices;
    return voices[voices.length - 1];
}

/**
 * An event as it is sent: of a chord the top note, for the lowest voice the lowest. A note that sounds beyond the span
 * ends with it.
 *
 * @param {import("./lines.js").Event} event @param {import("./measures.js").Span} span
 * @param {boolean} isLowest whether it is the lowest voice's
 */
function eventBody(event, span, isLowest) {
    var end = Math.min(event.tick + event.ticks, span.end);
    /** @type {Record<string, any>} */
    var body = {tick: event.tick - span.start, ticks: end - event.tick};
    if (event.rest) {
        return body;
    }
    var which = isLowest ? 0 : event.pitches.length - 1;
    body.pitch = event.pitches[which];
    body.spelling = Spelling.nameOf(event.spellings[which], body.pitch);
    body.tie = Boolean(event.tie) && end < span.end;
    body.fermata = Boolean(event.fermata);
    if (event.lyric) {
        body.lyric = event.lyric;
        body.syllabic = SYLLABIC[event.syllabic] || "single";
    }
    if (event.verses) {
        body.verses = event.verses.map(function (sung) {
            return {verse: sung.verse, lyric: sung.lyric, syllabic: SYLLABIC[sung.syllabic] || "single"};
        });
    }
    return body;
}

/** @param {Job} job @param {string} voice */
function voiceBody(job, voice) {
    var events = lineOf(job, voice).events.filter(function (event) {
        return event.tick >= job.span.start && event.tick < job.span.end;
    });
    return {voice: voice, events: events.map(function (event) {
        return eventBody(event, job.span, voice === lowestVoice(job));
    })};
}

/**
 * The number in a text field; undefined where the field is empty, NaN where it has no number.
 *
 * @param {string} text
 */
function numberOf(text) {
    var plain = String(text).replace(/\s/g, "").replace(",", ".");
    return plain === "" ? undefined : Number(plain);
}

/**
 * What is wrong with the settings, as a message; null where nothing is.
 *
 * @param {Settings} settings @param {import("./settings.js").Table} table
 * @returns {string | null}
 */
function problem(settings, table) {
    return ["temperature", "alternatives", "seed", "bars"].map(function (key) {
        var value = key === "bars" && settings.bars === 0 ? undefined : numberOf(settings[key]);
        return Settings.problem(table, key, settings[key], value);
    }).filter(Boolean)[0] || null;
}

/** @param {Job} job @param {string} id see newId */
function body(job, id) {
    var settings = job.settings;
    /** @type {Record<string, any>} */
    var made = {
        id: id,
        ticks_per_quarter: Measures.QUARTER,
        measures: Measures.excerpt(job.score.measures, job.span),
        voices: sentVoices(job).map(function (voice) {
            return voiceBody(job, voice);
        })
    };
    if (job.score.ensemble.name) {
        made.ensemble = job.score.ensemble.name;
    }
    if (job.task === "check") {
        return made;
    }
    made.ties = "barlines";
    made.lyrics = Boolean(settings.lyrics);
    made.alternatives = settings.alternatives;
    ["model", "key", "style"].concat(Guidance.asksForPhrases(job.task) ? ["phrases"] : []).forEach(function (name) {
        var text = settings[name].replace(/^\s+|\s+$/g, "");
        if (text) {
            made[name] = text;
        }
    });
    ["temperature", "seed"].forEach(function (name) {
        if (numberOf(settings[name]) !== undefined) {
            made[name] = numberOf(settings[name]);
        }
    });
    if (job.settings.followChords) {
        var bass = lineOf(job, lowestVoice(job));
        var asked = Harmony.stretches(job.marks, followedSpan(job), bass ? bass.events : []);
        if (asked.length > 0) {
            made.harmony = asked;
        }
    }
    return withTaskFields(made, job);
}

/**
 * Where the chord symbols and figures of the score are followed.
 *
 * @param {Job} job
 */
function followedSpan(job) {
    return Harmony.followedSpan(job.marks, job.task, job.span, job.score.measures, job.settings.bars);
}

/** @param {Record<string, any>} made @param {Job} job */
function withTaskFields(made, job) {
    if (job.task === "continue") {
        if (job.settings.bars !== 0) {
            made.bars = job.settings.bars;
        }
    } else if (job.task === "infill") {
        made.anew = voicesOfKind(job, Lines.REGENERATE);
        made.selection = [job.writable.start - job.span.start, job.writable.end - job.span.start];
    } else if (voicesOfKind(job, Lines.FILL).length === 0) {
        made.given = sentVoices(job); // so that their rests stay, too
    }
    return made;
}

/**
 * How many chords are reduced to one note.
 *
 * @param {Job} job
 */
function countChords(job) {
    return sentVoices(job).reduce(function (sum, voice) {
        return sum + Lines.notesIn(lineOf(job, voice), job.span).filter(function (event) {
            return event.pitches.length > 1;
        }).length;
    }, 0);
}

/** @param {Job} job @param {string} kind */
function voicesOfKind(job, kind) {
    return job.score.ensemble.voices.filter(function (voice) {
        return kindOf(job, voice) === kind;
    });
}
