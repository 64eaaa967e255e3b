// Key, phrases, style and ensemble in the window: what can be chosen, and what ripieno found where nothing was.

.pragma library

.import "settings.js" as Settings

/**
 * @typedef {object} Found as the newest reply tells it; empty where nothing is known
 * @property {string} key "G major"
 * @property {string} phrases as the setting has them: "4.3, 8.3"
 */

var AS_FOUND = "as found";
var AS_THE_SCORE_SAYS = "as the score says";
var MAJOR = ["C", "G", "D", "A", "E", "B", "F#", "C#", "F", "Bb", "Eb", "Ab", "Db", "Gb", "Cb"];
var MINOR = ["A", "E", "B", "F#", "C#", "G#", "D#", "A#", "D", "G", "C", "F", "Bb", "Eb", "Ab"];
var KEYS = [""].concat(withMode(MAJOR, "major"), withMode(MINOR, "minor")); // as the setting takes them
/** @type {Found} */
var NOTHING = {key: "", phrases: ""};

/** @param {string[]} tonics @param {string} mode */
function withMode(tonics, mode) {
    return tonics.map(function (tonic) {
        return tonic + " " + mode;
    });
}

/**
 * What the box of keys offers, in the order of KEYS.
 *
 * @param {Found} found
 */
function keyNames(found) {
    return KEYS.map(function (key) {
        return key || asFound(found.key);
    });
}

/**
 * The styles that can be chosen, the first for what ripieno chooses.
 *
 * @param {import("./settings.js").Table} table
 */
function styles(table) {
    return [""].concat(Settings.choices(table, "style"));
}

/** @param {string} style of those */
function styleName(style) {
    return style || AS_FOUND;
}

/** @param {string} value what is found; empty where that is not known */
function asFound(value) {
    return value ? value + " (found)" : AS_FOUND;
}

/**
 * What an empty field for phrases says.
 *
 * @param {Found} found @param {import("./settings.js").Table} table
 */
function phrasesPlaceholder(found, table) {
    return found.phrases ? asFound(found.phrases) : Settings.placeholder(table, "phrases");
}

/**
 * What the box of ensembles offers: the one that the score names first, then those that ripieno knows.
 *
 * @param {import("./lines.js").Ensemble[]} known @param {string} found the title of the score's; empty: not known
 */
function ensembleNames(known, found) {
    return [found ? asFound(found) : AS_THE_SCORE_SAYS].concat(known.map(function (ensemble) {
        return ensemble.title;
    }));
}

/** @param {string} task */
function asksForPhrases(task) {
    return task === "harmonize" || task === "infill";
}

/**
 * What is known after a reply: it tells key and phrases also where they were set, and then they were not found.
 *
 * @param {import("./choices.js").Job} job @param {import("./validate_reply.js").Reply} reply @param {Found} before
 * @returns {Found}
 */
function found(job, reply, before) {
    var settings = job.settings;
    var areSet = asksForPhrases(job.task) && settings.phrases;
    return {
        key: settings.key || !reply.key ? before.key : reply.key,
        phrases: areSet || !reply.phrases ? before.phrases : phrasesText(reply.phrases)
    };
}

/** @param {{measure: string, beat: number}[]} ends */
function phrasesText(ends) {
    return ends.map(function (end) {
        return end.measure + "." + end.beat;
    }).join(", ");
}
