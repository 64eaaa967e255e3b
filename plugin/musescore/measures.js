// Measures and stretches of them, and the fractions of notation.
//
// A measure is {number, tick, ticks, meter, full, fifths}: full is how long its time signature would have it.
// A stretch is {first, last, start, end}: indices into the measures, last included, and ticks, half-open.

.pragma library

var QUARTER = 480; // ticks
var WHOLE = 4 * QUARTER;

function ticksOf(numerator, denominator) {
    return numerator * WHOLE / denominator;
}

// "3/8" as {numerator, denominator}; null where it is none.
function fraction(text) {
    var found = /^(\d{1,4})\/(\d{1,4})$/.exec(String(text));
    var value = found && {numerator: Number(found[1]), denominator: Number(found[2])};
    return value && value.numerator > 0 && value.denominator > 0 ? value : null;
}

function isPowerOfTwo(number) {
    return number >= 1 && (number & number - 1) === 0;
}

function greatestDivisor(a, b) {
    return b === 0 ? a : greatestDivisor(b, a % b);
}

// Whether one note, with up to three dots, can be that long: 3/8 is a dotted quarter, 5/8 is no note.
function isNoteValue(numerator, denominator) {
    var divisor = greatestDivisor(numerator, denominator);
    var over = numerator / divisor;
    while (over % 2 === 0) {
        over /= 2;
    }
    return isPowerOfTwo(denominator / divisor) && [1, 3, 7, 15].indexOf(over) >= 0;
}

function isNoteLength(ticks) {
    return isNoteValue(ticks, WHOLE);
}

function endOf(measures) {
    var last = measures[measures.length - 1];
    return last.tick + last.ticks;
}

// The measure that sounds at a tick: its index, or -1.
function indexAt(measures, tick) {
    for (var index = 0; index < measures.length; index += 1) {
        if (tick >= measures[index].tick && tick < measures[index].tick + measures[index].ticks) {
            return index;
        }
    }
    return -1;
}

function stretch(measures, first, last) {
    return {
        first: first, last: last, start: measures[first].tick,
        end: measures[last].tick + measures[last].ticks
    };
}

function whole(measures) {
    return stretch(measures, 0, measures.length - 1);
}

// The whole measures around a selection; the last tick of it is not in it any more.
function around(measures, start, end) {
    var first = indexAt(measures, start);
    var last = indexAt(measures, end - 1);
    return stretch(measures, first < 0 ? 0 : first, last < 0 ? measures.length - 1 : last);
}

// The stretch's measures as a request has them: the first at tick 0.
function excerpt(measures, part) {
    return measures.slice(part.first, part.last + 1).map(function (measure) {
        return {
            number: measure.number, tick: measure.tick - part.start, ticks: measure.ticks,
            meter: measure.meter, fifths: measure.fifths, mode: null
        };
    });
}

// "measure 3", "measures 3-6", as printed.
function named(measures, part) {
    var first = measures[part.first].number;
    var last = measures[part.last].number;
    return part.first === part.last ? "measure " + first : "measures " + first + "-" + last;
}

// Printed numbers. lengths: [{ticks, full, uncounted, offset}], as MuseScore has them.
function numbers(lengths) {
    var count = 0;
    return lengths.map(function (measure, index) {
        count += measure.offset || 0;
        if (measure.uncounted || (index === 0 && measure.ticks < measure.full)) {
            return count;
        }
        count += 1;
        return count;
    });
}
