// The chord symbols of a score as MuseScore understands them, from a MusicXML copy that it has written.

.pragma library

.import "harmony.js" as Harmony

/** @typedef {import("./harmony.js").Mark} Mark */

var HARMONY = /<harmony[\s>][\s\S]*?<\/harmony>/g;
var DEGREE = /<degree[\s>][\s\S]*?<\/degree>/g;
var ALTER = {"-2": "bb", "-1": "b", "0": "", "1": "#", "2": "##"};
/** @type {Record<string, string>} */
var KINDS = { // of MusicXML, and MuseScore's own augmented ninth, as ripieno writes them
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "m7", "diminished-seventh": "dim7", "augmented-seventh": "aug7", "half-diminished": "m7b5",
    "major-minor": "mMaj7", "major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9",
    "minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4",
    "augmented-ninth": "9#5", "Neapolitan": "(N6)", "Italian": "(It)", "French": "(Fr)", "German": "(Ger)",
    "pedal": "(ped)", "power": "5", "Tristan": "(Tristan)"
};
var NO_CHORD = "N.C.";

/**
 * The symbols of a MusicXML document, by part and staff, in order.
 *
 * @param {string} document
 * @returns {string[][]} of each staff
 */
function symbolsIn(document) {
    /** @type {string[][]} */
    var found = [];
    document.split(/<part\s/).slice(1).forEach(function (part) {
        var staves = Number((/<staves>(\d+)<\/staves>/.exec(part) || [])[1] || 1);
        var first = found.length;
        for (var staff = 0; staff < staves; staff += 1) {
            found.push([]);
        }
        (part.match(HARMONY) || []).forEach(function (element) {
            var number = Number(valueOf(element, "staff")) || 1;
            found[first + number - 1].push(symbolOf(element));
        });
    });
    return found;
}

/**
 * A symbol by its kind and degrees: the text beside them lacks what MuseScore draws as signs.
 *
 * @param {string} element a <harmony>
 */
function symbolOf(element) {
    var kind = valueOf(element, "kind");
    if (kind === "none") {
        return NO_CHORD;
    }
    var text = (/<kind[^>]*\stext="([^"]*)"/.exec(element) || ["", ""])[1];
    var named = Object.prototype.hasOwnProperty.call(KINDS, kind) ? KINDS[kind] : unescaped(text);
    var changes = (element.match(DEGREE) || []).map(changeOf).filter(Boolean);
    var bass = letterOf(element, "bass");
    return letterOf(element, "root") + named + (changes.length > 0 ? "(" + changes.join(",") + ")" : "") +
        (bass ? "/" + bass : "");
}

/** @param {string} element a <degree> */
function changeOf(element) {
    var value = valueOf(element, "degree-value");
    var alter = Number(valueOf(element, "degree-alter")) || 0;
    var action = valueOf(element, "degree-type");
    if (action === "subtract") {
        return "no" + value;
    }
    if (action === "add" && value === "7" && alter < 0) {
        alter -= 1; // ripieno counts the added seventh from the major one as soon as it has a sign
    }
    var signs = alter < 0 ? new Array(1 - alter).join("b") : new Array(1 + alter).join("#");
    return signs ? signs + value : action === "add" ? "add" + value : "";
}

/** @param {string} element @param {string} which "root" or "bass" */
function letterOf(element, which) {
    return valueOf(element, which + "-step") + (ALTER[Number(valueOf(element, which + "-alter")) || 0] || "");
}

/** @param {string} element @param {string} tag */
function valueOf(element, tag) {
    return (new RegExp("<" + tag + "(?:\\s[^>]*)?>([^<]*)<").exec(element) || ["", ""])[1];
}

/** @param {string} text */
function unescaped(text) {
    return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, "\"").replace(/&amp;/g, "&");
}

/**
 * The marks with the texts of a copy, where a staff has as many symbols there.
 *
 * @param {Mark[]} marks @param {string[][]} texts of each staff
 * @returns {Mark[]}
 */
function withTexts(marks, texts) {
    return marks.map(function (mark) {
        var own = marks.filter(function (other) {
            return Harmony.isSymbol(other) && other.staff === mark.staff;
        });
        var known = texts[mark.staff] || [];
        var fits = Harmony.isSymbol(mark) && known.length === own.length;
        var text = fits ? known[own.indexOf(mark)] : mark.text;
        return {tick: mark.tick, staff: mark.staff, kind: mark.kind, text: text};
    });
}
