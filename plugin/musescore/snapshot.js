// Whether the score is still as it was: before anything is written, and after it.

.pragma library

.import "measures.js" as Measures

// What a note is, in one text. Rests say nothing that the notes do not.
function mark(event) {
    return [event.tick, event.ticks, event.pitches.join("+"), event.spellings.join("+"),
        event.tie ? "tie" : "", event.lyric || ""].join(":");
}

function sameMeasures(before, after) {
    return before.length === after.length && before.every(function (measure, index) {
        return measure.tick === after[index].tick && measure.ticks === after[index].ticks &&
            measure.meter === after[index].meter && measure.fifths === after[index].fifths;
    });
}

function find(lines, line) {
    var found = lines.filter(function (other) {
        return other.staff === line.staff && other.voice === line.voice;
    });
    return found.length > 0 ? found[0] : null;
}

// Where two readings differ, as a musician says it; null where they do not.
// isOpen(line, tick): whether what stands there may differ.
function difference(before, after, isOpen) {
    var open = isOpen || function () {
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
        var place = lineDifference(find(before.lines, line), find(after.lines, line), line, open);
        if (place !== null) {
            var at = Measures.indexAt(before.measures, place);
            return line.name + ", measure " + (at < 0 ? "?" : before.measures[at].number);
        }
    }
    return null;
}

// The first tick at which a line differs; null where it does not.
function lineDifference(before, after, line, isOpen) {
    var marks = {};
    function count(own, sign) {
        (own ? own.events : []).forEach(function (event) {
            if (!event.rest && !isOpen(line, event.tick)) {
                marks[mark(event)] = (marks[mark(event)] || 0) + sign;
            }
        });
    }
    count(before, 1);
    count(after, -1);
    var ticks = Object.keys(marks).filter(function (key) {
        return marks[key] !== 0;
    }).map(parseFloat);
    return ticks.length === 0 ? null : Math.min.apply(null, ticks);
}

// Whether the chords of a plan stand in a line as planned: null, or the first tick that is wrong.
function missing(chords, line) {
    var there = {};
    line.events.forEach(function (event) {
        if (!event.rest) {
            there[event.tick] = event;
        }
    });
    for (var index = 0; index < chords.length; index += 1) {
        var found = there[chords[index].tick];
        if (!found || found.pitches.length !== 1 || found.pitch !== chords[index].pitch ||
                found.ticks !== chords[index].ticks) {
            return chords[index].tick;
        }
    }
    return null;
}
