// Spellings: MuseScore's tonal pitch classes (14 is C, each further one a fifth higher) to names like F#4 and back.

.pragma library

var STEPS = "FCGDAEB"; // in fifths, as MuseScore counts them
var LOWEST = -1; // F double flat
var HIGHEST = 33; // B double sharp
var ACCIDENTALS = ["bb", "b", "", "#", "##"];
var SEMITONES = {C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11};

// "F#4"; null where MuseScore does not know the spelling itself.
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

// {tpc, pitch} of a name; null where it is none that MuseScore can write.
function read(name) {
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
