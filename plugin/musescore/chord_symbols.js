// Chord symbols and figured bass in the score: read, written and removed. `host` is the plugin's root object.

.pragma library

.import "copied_symbols.js" as Copied
.import "cursors.js" as Cursors
.import "harmony.js" as Harmony

/** @typedef {import("./harmony.js").Mark} Mark */

var VOICES = 4; // of a staff in MuseScore
// By MuseScore's types of chord symbols, which plugins know from 3.6 on.
/** @type {Record<number, import("./harmony.js").Kind>} */
var KINDS = {0: "symbol", 1: "numeral", 2: "number"};
var COPY = "ripieno-chords.musicxml"; // a copy of the score, in the folder for temporary files

/**
 * All chord symbols and figures of the score, in order. The text of a symbol may be empty: see complete.
 *
 * @param {any} host
 * @returns {Mark[]}
 */
function read(host) {
    /** @type {Mark[]} */
    var found = [];
    eachAnnotation(host, function (element, tick) {
        var kind = kindOf(host, element);
        if (kind !== null) {
            found.push({
                tick: tick, staff: Math.floor(element.track / VOICES), kind: kind, text: String(element.text || "")
            });
        }
    });
    return found;
}

/**
 * The Roman numerals that stand as texts with a staff: to write none twice, never to follow them.
 *
 * @param {any} host @param {number} staff @param {import("./validate_reply.js").Chord[]} chords of a version
 * @returns {Mark[]}
 */
function readNumerals(host, staff, chords) {
    /** @type {Mark[]} */
    var found = [];
    eachAnnotation(host, function (element, tick) {
        var own = element.type === host.Element.STAFF_TEXT && Math.floor(element.track / VOICES) === staff;
        var text = own ? String(element.text).replace(/<[^>]*>/g, "") : "";
        if (own && Harmony.isNumeral(text, chords)) {
            found.push({tick: tick, staff: staff, kind: "numeral", text: text});
        }
    });
    return found;
}

/**
 * @param {any} host @param {(element: any, tick: number) => void} visit
 */
function eachAnnotation(host, visit) {
    for (var measure = host.curScore.firstMeasure; measure; measure = measure.nextMeasure) {
        for (var segment = measure.firstSegment; segment; segment = segment.nextInMeasure) {
            var annotations = segment.annotations;
            for (var index = annotations.length - 1; index >= 0; index -= 1) { // a visitor may remove it
                visit(annotations[index], segment.tick);
            }
        }
    }
}

/** @param {any} host @param {any} element @returns {import("./harmony.js").Kind | null} */
function kindOf(host, element) {
    if (element.type === host.Element.FIGURED_BASS) {
        return "figures";
    }
    return element.type === host.Element.HARMONY ? KINDS[element.harmonyType || 0] : null;
}

/**
 * The marks with their texts. MuseScore 3.2 does not tell plugins the text of a symbol that was imported from
 * MusicXML, so that is found in a MusicXML copy of the score.
 *
 * @param {any} host @param {Mark[]} marks
 * @returns {Mark[]}
 */
function complete(host, marks) {
    var silent = marks.filter(function (mark) {
        return mark.kind !== "figures" && mark.text === "";
    });
    if (silent.length === 0 || host.mscoreMajorVersion >= 4) {
        return marks; // plugins of MuseScore 4 cannot write files
    }
    var path = host.temporaryPath(COPY);
    host.writeScore(host.curScore, path, "musicxml");
    return Copied.withTexts(marks, Copied.symbolsIn(host.readFile(path)));
}

/**
 * Writes new marks.
 *
 * @param {any} host @param {Mark[]} marks
 * @param {import("./lines.js").Line[]} lines of which one has a note or a rest that begins with each mark
 */
function add(host, marks, lines) {
    marks.forEach(function (mark) {
        var cursor = cursorAt(host, mark.tick, lines);
        if (cursor === null) {
            return;
        }
        cursor.staffIdx = mark.staff; // the cursor stays where it is
        cursor.voice = 0;
        if (mark.kind === "symbol") {
            addSymbol(host, cursor, mark.text);
        } else {
            addNumeral(host, cursor, mark.text);
        }
    });
}

/** @param {any} host @param {number} tick @param {import("./lines.js").Line[]} lines */
function cursorAt(host, tick, lines) {
    for (var index = 0; index < lines.length; index += 1) {
        var cursor = Cursors.cursorOn(host, lines[index]);
        while (cursor.segment && cursor.tick < tick) {
            cursor.next();
        }
        if (cursor.segment && cursor.tick === tick) {
            return cursor;
        }
    }
    return null;
}

/** @param {any} host @param {any} cursor @param {string} text */
function addSymbol(host, cursor, text) {
    var symbol = host.newElement(host.Element.HARMONY);
    cursor.add(symbol);
    symbol.text = text; // once it is in the score: only then MuseScore 3 understands it
}

/**
 * A numeral as a text below the staff: MuseScore 3 takes no figures into its own Roman numerals.
 *
 * @param {any} host @param {any} cursor @param {string} text
 */
function addNumeral(host, cursor, text) {
    var numeral = host.newElement(host.Element.STAFF_TEXT);
    numeral.text = text;
    cursor.add(numeral);
    numeral.placement = host.Placement.BELOW;
}

/**
 * Removes marks that were written.
 *
 * @param {any} host @param {Mark[]} marks
 */
function remove(host, marks) {
    /** @type {Record<string, boolean>} */
    var ours = {};
    marks.forEach(function (mark) {
        ours[[mark.tick, mark.staff, mark.kind, mark.text].join(":")] = true;
    });
    eachAnnotation(host, function (element, tick) {
        var kind = element.type === host.Element.HARMONY ? "symbol" :
            element.type === host.Element.STAFF_TEXT ? "numeral" : "";
        if (kind && ours[[tick, Math.floor(element.track / VOICES), kind, element.text].join(":")]) {
            host.removeElement(element);
        }
    });
}
