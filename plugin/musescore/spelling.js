// Spellings of notes: from MuseScore's tonal pitch classes to names such as F#4, and back.

.pragma library

// A tonal pitch class (tpc) is a place on the line of fifths: 14 is C, 15 is G.
var STEPS = "FCGDAEB"; // in fifths
var LOWEST = -1; // F double flat
var HIGHEST = 33; // B double sharp
var ACCIDENTALS = ["bb", "b", "", "#", "##"];
/** @type {Record<string, number>} */
var SEMITONES = {C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11};

/**
 * @param {number} tpc @param {number} pitch MIDI number
 * @returns {string | null} "F#4"; null where the two do not belong together
 */
function nameOf(tpc, pitch) {
    if (typeof tpc !== "number" || tpc < LOWEST || tpc > HIGHEST) {
        return null;
    }
    var step = STEPS.charAt((tpc - LOWEST) % 7);
    var alter = Math.floor((tpc - LOWEST) / 7) - 2;
    var octave = Math.floor((pitch - alter) / 12) - 1;
    if ((octave + 1) * 12 + SEMITONES[step] + alter !== pitch) {
        return null;
    }
    return step + ACCIDENTALS[alter + 2] + octave;
}

/**
 * The letter of a tonal pitch class with its accidental; empty for one that no note has.
 *
 * @param {number} tpc
 */
function letter(tpc) {
    if (tpc < LOWEST || tpc > HIGHEST) {
        return "";
    }
    return STEPS.charAt((tpc - LOWEST) % 7) + ACCIDENTALS[Math.floor((tpc - LOWEST) / 7)];
}

/**
 * @param {string} name
 * @returns {{tpc: number, pitch: number} | null} null where the name is no spelling that MuseScore can write
 */
function parse(name) {
    var found = /^([A-G])(bb|b|##|#|)(-?\d+)$/.exec(name || "");
    if (!found) {
        return null;
    }
    var alter = ACCIDENTALS.indexOf(found[2]) - 2;
    return {
        tpc: STEPS.indexOf(found[1]) + 7 * (alter + 2) + LOWEST,
        pitch: (Number(found[3]) + 1) * 12 + SEMITONES[found[1]] + alter
    };
}
