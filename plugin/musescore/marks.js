// Marks on faults: red notes, and texts above the staff. `host` is the plugin's root object.

.pragma library

.import "cursors.js" as Cursors
.import "read_score.js" as Reader

/** @typedef {{staff: number, voice: number, tick: number, text: string}} Mark */

var COLOUR = "#c0392b";
var BLACK = "#000000";

/**
 * Colours what begins or sounds at each mark's tick, and puts its text above.
 *
 * @param {any} host @param {Mark[]} marks
 */
function add(host, marks) {
    marks.forEach(function (mark) {
        var cursor = Cursors.cursorOn(host, mark);
        var tick = null; // where it begins
        while (cursor.segment && cursor.tick <= mark.tick) {
            tick = cursor.tick;
            cursor.next();
        }
        if (tick === null) {
            return;
        }
        Cursors.moveTo(cursor, mark, tick);
        if (cursor.element.type === host.Element.CHORD) {
            for (var index = 0; index < cursor.element.notes.length; index += 1) {
                cursor.element.notes[index].color = COLOUR;
            }
        }
        if (mark.text) {
            var text = host.newElement(host.Element.STAFF_TEXT);
            text.text = mark.text;
            cursor.add(text);
            text.color = COLOUR;
        }
    });
}

/** @param {any} element */
function isMarked(element) {
    return String(element.color).toLowerCase() === COLOUR;
}

/**
 * Removes the marks from some staves.
 *
 * @param {any} host @param {number[]} staves
 */
function remove(host, staves) {
    staves.forEach(function (staff) {
        for (var voice = 0; voice < Reader.VOICES; voice += 1) {
            var cursor = Cursors.cursorOn(host, {staff: staff, voice: voice});
            for (; cursor.segment; cursor.next()) {
                removeAt(host, cursor, staff);
            }
        }
    });
}

/** @param {any} host @param {any} cursor @param {number} staff */
function removeAt(host, cursor, staff) {
    var element = cursor.element;
    var index;
    if (element && element.type === host.Element.CHORD) {
        for (index = 0; index < element.notes.length; index += 1) {
            if (isMarked(element.notes[index])) {
                element.notes[index].color = BLACK;
            }
        }
    }
    var annotations = cursor.segment.annotations;
    for (index = annotations.length - 1; index >= 0; index -= 1) {
        var text = annotations[index];
        if (text.type === host.Element.STAFF_TEXT && isMarked(text) &&
                Math.floor(text.track / Reader.VOICES) === staff) {
            host.removeElement(text);
        }
    }
}
