// What chord symbols and figures ask for, and which ones are written. Calls nothing of MuseScore's.

.pragma library

.import "measures.js" as Measures
.import "spelling.js" as Spelling

/**
 * @typedef {"symbol" | "numeral" | "number" | "figures"} Kind number: of the Nashville system
 *
 * @typedef {object} Mark that stands in the score
 * @property {number} tick
 * @property {number} staff
 * @property {Kind} kind
 * @property {string} text
 *
 * @typedef {object} Stretch as docs/protocol.md has it
 * @property {number} tick
 * @property {number} ticks
 * @property {string} [symbol]
 * @property {string} [numeral]
 * @property {string} [figures]
 */

var FORMS = ["", "symbols", "numerals"]; // in which chords are written, as the setting names them
var FORM_NAMES = ["write no chords", "write chord symbols", "write Roman numerals"];
var SYMBOL = /^\s*([A-Ga-g])(bb|##|b|#|x|♭♭|♯♯|♭|♯|)([^\/]*(?:\/\d[^\/]*)*)(?:\/([A-G])(bb|##|b|#|x|♭|♯|))?\s*$/;
var NO_CHORD = /^\s*(N\.?\s*C\.?|no ?chord)\s*$/i;
var HARMONY = /<harmony[\s>][\s\S]*?<\/harmony>/g;
var ALTER = {"-2": "bb", "-1": "b", "0": "", "1": "#", "2": "##"};
/** @type {Record<string, string>} */
var KINDS = {major: "", none: "N.C."}; // of MusicXML, where MuseScore writes no text beside it
var UNREAD = "%1 in measure %2 cannot be read: ripieno reads chord symbols, Roman numerals and figured bass. " +
    "Write it as a chord symbol, or do not follow the chord symbols.";

/**
 * The marks that count: of symbols, and of figures, those of the staff that has the most, the highest of several.
 *
 * @param {Mark[]} marks
 */
function counted(marks) {
    return [true, false].map(function (symbols) {
        var own = marks.filter(function (mark) {
            return isSymbol(mark) === symbols;
        });
        return {own: own, staff: fullestStaff(own)};
    }).reduce(function (all, group) {
        return all.concat(group.own.filter(function (mark) {
            return mark.staff === group.staff;
        }));
    }, /** @type {Mark[]} */ ([])).sort(function (one, other) {
        return one.tick - other.tick;
    });
}

/** @param {Mark[]} marks */
function fullestStaff(marks) {
    /** @type {Record<number, number>} */
    var counts = {};
    marks.forEach(function (mark) {
        counts[mark.staff] = (counts[mark.staff] || 0) + 1;
    });
    return Object.keys(counts).map(Number).sort(function (one, other) {
        return counts[other] - counts[one] || one - other;
    })[0];
}

/** @param {Mark} mark */
function isSymbol(mark) {
    return mark.kind !== "figures";
}

/**
 * What the marks ask for in a span of the score, each up to the next one; in ticks from its start.
 *
 * @param {Mark[]} marks in order, as they sound @param {{start: number, end: number}} span
 * @returns {Stretch[]}
 */
function stretches(marks, span) {
    var own = counted(marks);
    /** @type {Stretch[]} */
    var found = [];
    own.forEach(function (mark, index) {
        var next = own[index + 1];
        var start = Math.max(mark.tick, span.start);
        var end = next ? Math.min(next.tick, span.end) : span.end;
        if (end > start) {
            found.push(stretch(mark, start - span.start, end - start));
        }
    });
    return found;
}

/** @param {Mark} mark @param {number} tick @param {number} ticks @returns {Stretch} */
function stretch(mark, tick, ticks) {
    /** @type {Stretch} */
    var made = {tick: tick, ticks: ticks};
    if (mark.kind === "figures") {
        made.figures = figuresOf(mark.text);
    } else if (mark.kind === "numeral") {
        made.numeral = mark.text;
    } else if (!NO_CHORD.test(mark.text)) {
        made.symbol = mark.text;
    }
    return made;
}

/**
 * The first mark that says nothing to ripieno, as a message; null where there is none.
 *
 * @param {Mark[]} marks @param {import("./measures.js").Measure[]} measures
 * @returns {string | null}
 */
function problem(marks, measures) {
    var unread = counted(marks).filter(function (mark) {
        return mark.kind === "number" || (mark.kind === "symbol" && mark.text === "");
    })[0];
    if (!unread) {
        return null;
    }
    var at = Measures.indexAt(measures, unread.tick);
    var name = unread.kind === "number" ? "The Nashville number \"" + unread.text + "\"" : "The chord symbol";
    return UNREAD.replace("%1", name).replace("%2", String(at < 0 ? "?" : measures[at].number));
}

/**
 * A mark that is moved by fifths, as symbols of transposing staves are; only the letters of symbols move.
 *
 * @param {Mark} mark @param {number} fifths
 * @returns {Mark}
 */
function moved(mark, fifths) {
    var found = fifths === 0 || mark.kind !== "symbol" ? null : SYMBOL.exec(mark.text);
    if (found === null) {
        return mark;
    }
    var bass = found[4] ? "/" + movedLetter(found[4], found[5], fifths) : "";
    var text = movedLetter(found[1].toUpperCase(), found[2], fifths) + found[3] + bass;
    return {tick: mark.tick, staff: mark.staff, kind: mark.kind, text: text};
}

/** @param {string} step @param {string} accidental @param {number} fifths */
function movedLetter(step, accidental, fifths) {
    var plain = accidental.replace(/♯/g, "#").replace(/♭/g, "b").replace("x", "##");
    return Spelling.letter(Spelling.parse(step + plain + "4").tpc + fifths);
}

/**
 * Figures as MuseScore shows them, one a line, as ripieno writes them: a stroke is a plus, a natural an n.
 *
 * @param {string} text
 */
function figuresOf(text) {
    return text.split("\n").map(function (line) {
        return line.replace(/[()\[\]\s]/g, "").replace(/h/g, "n").replace(/[\/\\]/g, "+").replace(/-/g, "_");
    }).filter(Boolean).join(",") || "0";
}

// -- texts from a MusicXML copy ------------------------------------------------------------------------------

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

/** @param {string} element a <harmony> */
function symbolOf(element) {
    var kind = (/<kind[^>]*>([^<]*)</.exec(element) || ["", ""])[1];
    if (kind === "none") {
        return KINDS.none;
    }
    var text = (/<kind[^>]*\stext="([^"]*)"/.exec(element) || [])[1];
    var bass = letterOf(element, "bass");
    return letterOf(element, "root") + (text === undefined ? KINDS[kind] || "" : unescaped(text)) +
        (bass ? "/" + bass : "");
}

/** @param {string} element @param {string} which "root" or "bass" */
function letterOf(element, which) {
    return valueOf(element, which + "-step") + (ALTER[Number(valueOf(element, which + "-alter")) || 0] || "");
}

/** @param {string} element @param {string} tag */
function valueOf(element, tag) {
    return (new RegExp("<" + tag + "[^>]*>([^<]*)<").exec(element) || ["", ""])[1];
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
            return isSymbol(other) && other.staff === mark.staff;
        });
        var known = texts[mark.staff] || [];
        var fits = isSymbol(mark) && known.length === own.length;
        var text = fits ? known[own.indexOf(mark)] : mark.text;
        return {tick: mark.tick, staff: mark.staff, kind: mark.kind, text: text};
    });
}

// -- new ones ------------------------------------------------------------------------------------------------

/**
 * The marks to write for the chords of a version: none where the score has one already, and none outside the span.
 *
 * @param {import("./validate_reply.js").Chord[]} chords
 * @param {string} form "symbols" or "numerals"
 * @param {{staff: number, there: Mark[], span: {start: number, end: number}, start: number}} where there: the marks of
 *     the score; start: where the ticks of the chords begin
 * @returns {Mark[]}
 */
function newMarks(chords, form, where) {
    /** @type {Record<number, boolean>} */
    var taken = {};
    where.there.forEach(function (mark) {
        taken[mark.tick] = true;
    });
    return chords.map(function (chord) {
        /** @type {Mark} */
        var made = {
            tick: chord.tick + where.start, staff: where.staff, kind: form === "symbols" ? "symbol" : "numeral",
            text: form === "symbols" ? chord.symbol || "" : chord.figure
        };
        return made;
    }).filter(function (mark) {
        return mark.text !== "" && !taken[mark.tick] && mark.tick >= where.span.start &&
            mark.tick < where.span.end;
    });
}
