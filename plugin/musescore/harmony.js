// What chord symbols and figures ask for, and which ones are written. Calls nothing of MuseScore's.

.pragma library

.import "measures.js" as Measures
.import "spelling.js" as Spelling
.import "texts.js" as Texts

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
 * The marks that hold in a span of the score, each up to the next one.
 *
 * @param {Mark[]} marks in order @param {{start: number, end: number}} span
 * @returns {{mark: Mark, start: number, end: number}[]}
 */
function within(marks, span) {
    var own = counted(marks);
    return own.map(function (mark, index) {
        var next = own[index + 1];
        return {
            mark: mark, start: Math.max(mark.tick, span.start), end: next ? Math.min(next.tick, span.end) : span.end
        };
    }).filter(function (held) {
        return held.end > held.start;
    });
}

/**
 * What the marks ask for in a span of the score; in ticks from its start.
 *
 * @param {Mark[]} marks in order, as they sound @param {{start: number, end: number}} span
 * @returns {Stretch[]}
 */
function stretches(marks, span) {
    return within(marks, span).map(function (held) {
        return stretch(held.mark, held.start - span.start, held.end - held.start);
    });
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
 * The first mark in a span that says nothing to ripieno, as a message; null where there is none.
 *
 * @param {Mark[]} marks @param {{start: number, end: number}} span @param {import("./measures.js").Measure[]} measures
 * @returns {string | null}
 */
function problem(marks, span, measures) {
    var unread = within(marks, span).filter(function (held) {
        return held.mark.kind === "number" || (held.mark.kind === "symbol" && held.mark.text === "");
    })[0];
    if (!unread) {
        return null;
    }
    var message = unread.mark.kind === "number" ? Texts.NASHVILLE : Texts.UNREAD;
    return Texts.fill(message, Measures.placeOf(measures, unread.mark.tick), unread.mark.text);
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
