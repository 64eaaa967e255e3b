// Marks on faults: red notes, and words above the staff. `host` is the plugin's root object.

.pragma library

.import "cursors.js" as Cursors
.import "read_score.js" as Reader

var COLOUR = "#c0392b";
var BLACK = "#000000";

// marks: [{staff, voice, tick, text}]: what begins or sounds there is coloured, and the text stands above it.
function add(host, marks) {
    marks.forEach(function (each) {
        var cursor = Cursors.cursorOn(host, each);
        var place = null;
        while (cursor.segment && cursor.tick <= each.tick) {
            place = cursor.tick;
            cursor.next();
        }
        if (place === null) {
            return;
        }
        Cursors.move(cursor, each, place);
        if (cursor.element.type === host.Element.CHORD) {
            for (var index = 0; index < cursor.element.notes.length; index += 1) {
                cursor.element.notes[index].color = COLOUR;
            }
        }
        if (each.text) {
            var text = host.newElement(host.Element.STAFF_TEXT);
            text.text = each.text;
            cursor.add(text);
            text.color = COLOUR;
        }
    });
}

function isMarked(element) {
    return String(element.color).toLowerCase() === COLOUR;
}

// Takes our marks from staves.
function remove(host, own) {
    own.forEach(function (staff) {
        for (var voice = 0; voice < Reader.VOICES; voice += 1) {
            var cursor = Cursors.cursorOn(host, {staff: staff, voice: voice});
            for (; cursor.segment; cursor.next()) {
                removeAt(host, cursor, staff);
            }
        }
    });
}

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
