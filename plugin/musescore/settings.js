// The server's table of settings (GET /v1/settings): bounds, defaults and words of the fields in the window. Where a
// setting is not in the table, as before the server has answered, nothing is checked here; the server does that.

.pragma library

.import "lines.js" as Lines
.import "texts.js" as Texts

/**
 * @typedef {object} Setting as docs/protocol.md has it
 * @property {string} key
 * @property {string} kind
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {boolean} exclusive whether the minimum itself is too low
 * @property {string[] | null} choices
 * @property {any} default
 * @property {Record<string, any> | null} defaults by task
 * @property {string | null} otherwise in words, what is done without it
 * @property {string} label
 * @property {string} help
 *
 * @typedef {Record<string, Setting>} Table by key
 */

var UNBOUNDED = {minimum: 0, maximum: 2147483647}; // of a box whose bounds are not known yet

/**
 * The table in a response; empty where it has none.
 *
 * @param {any} body
 * @returns {Table}
 */
function table(body) {
    /** @type {Table} */
    var found = {};
    (body && Array.isArray(body.settings) ? body.settings : []).forEach(function (setting) {
        found[setting.key] = setting;
    });
    return found;
}

/**
 * The ensembles that a response lists.
 *
 * @param {any} body
 * @returns {import("./lines.js").Ensemble[]}
 */
function ensembles(body) {
    return (body && Array.isArray(body.ensembles) ? body.ensembles : []).filter(Lines.isEnsemble);
}

/**
 * @param {Table} known @param {string} key @param {string} meanwhile until the table is there
 */
function label(known, key, meanwhile) {
    return known[key] ? known[key].label : meanwhile;
}

/** @param {Table} known @param {string} key */
function placeholder(known, key) {
    return known[key] && known[key].otherwise || "";
}

/**
 * The help, and what an empty field means.
 *
 * @param {Table} known @param {string} key
 */
function tooltip(known, key) {
    if (!known[key]) {
        return "";
    }
    var otherwise = known[key].otherwise;
    return known[key].help + (otherwise ? " " + Texts.fill(Texts.LEFT_EMPTY, otherwise) : "");
}

/** @param {Table} known @param {string} key @param {"minimum" | "maximum"} which */
function bound(known, key, which) {
    return known[key] && typeof known[key][which] === "number" ? known[key][which] : UNBOUNDED[which];
}

/**
 * The words that a setting takes; none where they are not known yet.
 *
 * @param {Table} known @param {string} key
 * @returns {string[]}
 */
function choices(known, key) {
    return known[key] && known[key].choices || [];
}

/**
 * The value of a setting that is left out; null where no one value says that.
 *
 * @param {Table} known @param {string} key @param {string} task
 */
function defaultOf(known, key, task) {
    var setting = known[key];
    if (!setting) {
        return null;
    }
    return setting.defaults && task in setting.defaults ? setting.defaults[task] : setting.default;
}

/**
 * What is wrong with a number, as a message; null where nothing is.
 *
 * @param {Table} known @param {string} key @param {string | number} text as it was typed
 * @param {number | undefined} value what it means: NaN where it is no number, undefined where it is left out
 * @returns {string | null}
 */
function problem(known, key, text, value) {
    var setting = known[key];
    if (value === undefined || (!setting && !isNaN(value)) || (setting && isPossible(setting, value))) {
        return null;
    }
    var allowed = setting ? allowedBy(setting) : Texts.NUMBERS.any;
    return Texts.fill(Texts.IMPOSSIBLE, label(known, key, key.charAt(0).toUpperCase() + key.slice(1)), text, allowed);
}

/** @param {Setting} setting @param {number} value */
function isPossible(setting, value) {
    return value >= setting.minimum && value <= setting.maximum && !(setting.exclusive && value === setting.minimum) &&
        !(setting.kind === "whole" && value !== Math.floor(value));
}

/** @param {Setting} setting */
function allowedBy(setting) {
    var kind = setting.kind === "whole" ? Texts.NUMBERS.whole : Texts.NUMBERS.any;
    return Texts.fill(setting.exclusive ? Texts.NUMBERS.above : Texts.NUMBERS.from, kind, setting.minimum, setting.maximum);
}
