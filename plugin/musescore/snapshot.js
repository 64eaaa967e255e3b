// Compares two readings of the score: whether it is still as it was before the request, and as planned afterwards.

.pragma library

.import "measures.js" as Measures

/**
 * @typedef {import("./lines.js").Event} Event
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./measures.js").Measure} Measure
 * @typedef {{measures: Measure[], staves: number, lines: Line[]}} Reading
 */

/**
 * A note as a text. Rests are not compared: they follow from the notes.
 *
 * @param {Event} event
 */
function textOf(event) {
    return [event.tick, event.ticks, event.pitches.join("+"), event.spellings.join("+"),
        event.tie ? "tie" : "", event.lyric || ""].join(":");
}

/** @param {Measure[]} before @param {Measure[]} after */
function sameMeasures(before, after) {
    return before.length === after.length && before.every(function (measure, index) {
        return measure.tick === after[index].tick && measure.ticks === after[index].ticks &&
            measure.meter === after[index].meter && measure.fifths === after[index].fifths;
    });
}

/** @param {Line[]} lines @param {{staff: number, voice: number}} line @returns {Line | null} */
function find(lines, line) {
    var found = lines.filter(function (other) {
        return other.staff === line.staff && other.voice === line.voice;
    });
    return found.length > 0 ? found[0] : null;
}

/**
 * Where two readings differ, for a message; null where they do not.
 *
 * @param {Reading} before @param {Reading} after
 * @param {(line: Line, tick: number) => boolean} [mayDiffer] none may, where it is left out
 * @returns {string | null}
 */
function difference(before, after, mayDiffer) {
    var isWritable = mayDiffer || function () {
        return false;
    };
    if (!sameMeasures(before.measures, after.measures)) {
        return "the measures";
    }
    if (before.staves !== after.staves) {
        return "the staves";
    }
    var lines = before.lines.concat(after.lines.filter(function (line) {
        return find(before.lines, line) === null; // a second voice that was not there
    }));
    for (var index = 0; index < lines.length; index += 1) {
        var line = lines[index];
        var tick = lineDifference(find(before.lines, line), find(after.lines, line), line, isWritable);
        if (tick !== null) {
            var at = Measures.indexAt(before.measures, tick);
            return line.name + ", measure " + (at < 0 ? "?" : before.measures[at].number);
        }
    }
    return null;
}

/**
 * The first tick at which a line differs; null where it does not.
 *
 * @param {Line | null} before @param {Line | null} after @param {Line} line
 * @param {(line: Line, tick: number) => boolean} mayDiffer
 */
function lineDifference(before, after, line, mayDiffer) {
    /** @type {Record<string, number>} */
    var counts = {}; // by text, which begins with the tick
    /** @param {Line | null} own @param {number} sign */
    function count(own, sign) {
        (own ? own.events : []).forEach(function (event) {
            if (!event.rest && !mayDiffer(line, event.tick)) {
                counts[textOf(event)] = (counts[textOf(event)] || 0) + sign;
            }
        });
    }
    count(before, 1);
    count(after, -1);
    var ticks = Object.keys(counts).filter(function (key) {
        return counts[key] !== 0;
    }).map(parseFloat);
    return ticks.length === 0 ? null : Math.min.apply(null, ticks);
}

/**
 * The first tick at which a line does not have a chord as planned; null where it has all of them.
 *
 * @param {{tick: number, ticks: number, pitch: number}[]} chords @param {Line} line
 */
function missing(chords, line) {
    /** @type {Record<number, Event>} */
    var there = {}; // by tick
    line.events.forEach(function (event) {
        if (!event.rest) {
            there[event.tick] = event;
        }
    });
    for (var index = 0; index < chords.length; index += 1) {
        var found = there[chords[index].tick];
        if (!found || found.pitches.length !== 1 || found.pitches[0] !== chords[index].pitch ||
                found.ticks !== chords[index].ticks) {
            return chords[index].tick;
        }
    }
    return null;
}
