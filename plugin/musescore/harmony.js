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
var NUMERAL = new RegExp("^(?:[#b]{0,2}(?:VII|VI|IV|V|I{1,3}|vii|vi|iv|v|i{1,3})|N|It|Fr|Ger|Cad)[o°ø+]?" +
    "(?:maj|sus|add|[#b]?\\d)*(?:/[#b]?[IViv]+[o°ø+]?)*$");
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
 * The marks of one sort that hold in a span of the score: symbols up to the next one, figures up to the next ones or
 * the end of their bass note.
 *
 * @param {Mark[]} marks in order @param {{start: number, end: number}} span
 * @param {import("./lines.js").Event[]} bass
 * @returns {{mark: Mark, start: number, end: number}[]}
 */
function within(marks, span, bass) {
    return marks.map(function (mark, index) {
        var next = marks[index + 1];
        var end = isSymbol(mark) ? span.end : Math.min(endOfNote(bass, mark.tick, span.end), span.end);
        return {mark: mark, start: Math.max(mark.tick, span.start), end: next ? Math.min(next.tick, end) : end};
    }).filter(function (held) {
        return held.end > held.start;
    });
}

/**
 * The ticks in which marks are followed: the task's own, and to continue those of the measures that come, where a mark
 * stands in them already.
 *
 * @param {Mark[]} marks @param {string} task @param {import("./measures.js").Span} span the task's
 * @param {import("./measures.js").Measure[]} measures @param {number} bars that come; 0: not known
 * @returns {{start: number, end: number}}
 */
function followedSpan(marks, task, span, measures, bars) {
    var last = Math.min(measures.length - 1, span.last + (bars || Infinity));
    var end = Measures.spanOf(measures, last, last).end;
    var isLonger = task === "continue" && marks.some(function (mark) {
        return mark.tick >= span.end && mark.tick < end;
    });
    return {start: span.start, end: isLonger ? end : span.end};
}

/**
 * What the marks ask for in a span of the score; in ticks from its start. Where symbols and figures both ask for
 * something, the symbols count, as in documents.
 *
 * @param {Mark[]} marks in order, as they sound @param {{start: number, end: number}} span
 * @param {import("./lines.js").Event[]} bass what the bass sings, in order; empty where it has no notes
 * @returns {Stretch[]}
 */
function stretches(marks, span, bass) {
    var own = counted(marks);
    var sorts = [true, false].map(function (symbols) {
        return within(own.filter(function (mark) {
            return isSymbol(mark) === symbols;
        }), span, bass).map(function (held) {
            return stretch(held.mark, held.start - span.start, held.end - held.start);
        });
    });
    var asked = sorts[0].filter(function (one) {
        return one.symbol !== undefined || one.numeral !== undefined;
    });
    var free = sorts[1].filter(function (one) {
        return !asked.some(function (other) {
            return other.tick < one.tick + one.ticks && one.tick < other.tick + other.ticks;
        });
    });
    return free.length === 0 ? sorts[0] : asked.concat(free).sort(function (one, other) {
        return one.tick - other.tick;
    });
}

/**
 * Where the note that sounds at a tick ends, with all that is tied to it.
 *
 * @param {import("./lines.js").Event[]} events @param {number} tick @param {number} otherwise where none sounds
 */
function endOfNote(events, tick, otherwise) {
    var end = otherwise;
    var tied = false;
    events.forEach(function (event) {
        if (!event.rest && (tied || (event.tick <= tick && tick < event.tick + event.ticks))) {
            end = event.tick + event.ticks;
            tied = Boolean(event.tie);
        }
    });
    return end;
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
    var unread = within(counted(marks).filter(isSymbol), span, []).filter(function (held) {
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
 * Whether a text of a staff is a Roman numeral, or what stands for one where a chord has none.
 *
 * @param {string} text @param {import("./validate_reply.js").Chord[]} chords of a version
 */
function isNumeral(text, chords) {
    return NUMERAL.test(text) || chords.some(function (chord) {
        return chord.figure === text;
    });
}

/**
 * The marks to write for the chords of a version: none where the score has one of the same sort already, and none
 * outside the span.
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
        if (mark.kind === (form === "symbols" ? "symbol" : "numeral")) {
            taken[mark.tick] = true;
        }
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
