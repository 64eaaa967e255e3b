// Measures and spans of them, and the fractions of notation.

.pragma library

/**
 * @typedef {object} Measure
 * @property {number} number as printed
 * @property {number} tick
 * @property {number} ticks its true length
 * @property {number} full the length that its time signature says
 * @property {string} meter "3/4"
 * @property {number} fifths
 *
 * @typedef {object} Span of measures
 * @property {number} first an index
 * @property {number} last an index, included
 * @property {number} start in ticks
 * @property {number} end in ticks, not included
 *
 * @typedef {{numerator: number, denominator: number}} Fraction
 */

var QUARTER = 480; // ticks
var WHOLE = 4 * QUARTER;

/** @param {number} numerator @param {number} denominator of a whole note */
function ticksOf(numerator, denominator) {
    return numerator * WHOLE / denominator;
}

/**
 * "3/8" as numbers; null where the text is no such fraction.
 *
 * @param {unknown} text
 * @returns {Fraction | null}
 */
function fraction(text) {
    var found = /^(\d{1,4})\/(\d{1,4})$/.exec(String(text));
    var value = found && {numerator: Number(found[1]), denominator: Number(found[2])};
    return value && value.numerator > 0 && value.denominator > 0 ? value : null;
}

/** @param {number} number */
function isPowerOfTwo(number) {
    return number >= 1 && (number & number - 1) === 0;
}

/** @param {number} a @param {number} b @returns {number} */
function greatestDivisor(a, b) {
    return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * Whether one note, with up to three dots, can be that long: 3/8 is a dotted quarter, 5/8 is no note.
 *
 * @param {number} numerator @param {number} denominator
 */
function isNoteValue(numerator, denominator) {
    var divisor = greatestDivisor(numerator, denominator);
    var over = numerator / divisor;
    while (over % 2 === 0) {
        over /= 2;
    }
    return isPowerOfTwo(denominator / divisor) && [1, 3, 7, 15].indexOf(over) >= 0;
}

/** @param {number} ticks */
function isNoteLength(ticks) {
    return isNoteValue(ticks, WHOLE);
}

/** @param {{tick: number, ticks: number}[]} measures */
function endOf(measures) {
    var last = measures[measures.length - 1];
    return last.tick + last.ticks;
}

/**
 * The index of the measure that a tick is in; -1 where there is none.
 *
 * @param {Measure[]} measures @param {number} tick
 */
function indexAt(measures, tick) {
    for (var index = 0; index < measures.length; index += 1) {
        if (tick >= measures[index].tick && tick < measures[index].tick + measures[index].ticks) {
            return index;
        }
    }
    return -1;
}

/** @param {Measure[]} measures @param {number} first @param {number} last @returns {Span} */
function spanOf(measures, first, last) {
    return {
        first: first, last: last, start: measures[first].tick,
        end: measures[last].tick + measures[last].ticks
    };
}

/** @param {Measure[]} measures */
function whole(measures) {
    return spanOf(measures, 0, measures.length - 1);
}

/**
 * The whole measures around a selection.
 *
 * @param {Measure[]} measures @param {number} start in ticks @param {number} end in ticks, not included
 */
function around(measures, start, end) {
    var first = indexAt(measures, start);
    var last = indexAt(measures, end - 1);
    return spanOf(measures, first < 0 ? 0 : first, last < 0 ? measures.length - 1 : last);
}

/**
 * The measures of a span as a request has them: the first is at tick 0.
 *
 * @param {Measure[]} measures @param {Span} span
 */
function excerpt(measures, span) {
    return measures.slice(span.first, span.last + 1).map(function (measure) {
        return {
            number: measure.number, tick: measure.tick - span.start, ticks: measure.ticks,
            meter: measure.meter, fifths: measure.fifths, mode: null
        };
    });
}

/**
 * "measure 3", "measures 3-6", as printed.
 *
 * @param {Measure[]} measures @param {Span} span
 */
function nameOf(measures, span) {
    var first = measures[span.first].number;
    var last = measures[span.last].number;
    return span.first === span.last ? "measure " + first : "measures " + first + "-" + last;
}

/**
 * "measure 3, beat 2" for a tick, as ripieno counts: a pickup counts backwards from the barline, in 6/8 a beat is a
 * dotted quarter.
 *
 * @param {Measure[]} measures @param {number} tick
 */
function placeOf(measures, tick) {
    var index = Math.max(0, indexAt(measures, tick));
    var measure = measures[index];
    var meter = fraction(measure.meter);
    var unit = meter === null ? QUARTER : ticksOf(1, meter.denominator);
    var beat = meter !== null && meter.denominator >= 8 && meter.numerator % 3 === 0 ? 3 * unit : unit;
    var missing = index === 0 ? Math.max(0, measure.full - measure.ticks) : 0;
    var count = 1 + (tick - measure.tick + missing) / beat;
    return "measure " + measure.number + ", beat " + Math.round(count * 100) / 100;
}

/**
 * The printed numbers of measures.
 *
 * @param {{ticks: number, full: number, uncounted: boolean, offset: number}[]} measures as MuseScore has them:
 *     uncounted: "exclude from measure count"; offset: "add to measure number"
 */
function numbers(measures) {
    var count = 0;
    return measures.map(function (measure, index) {
        count += measure.offset || 0;
        if (measure.uncounted || (index === 0 && measure.ticks < measure.full)) {
            return count;
        }
        count += 1;
        return count;
    });
}
