// Note values, ticks and spellings.
//
// A tick is 1/480 of a quarter; a duration [n, d] is a written value, in whole notes. A tonal pitch class is a place
// on the line of fifths: C is 14, G is 15.

export const WHOLE = 1920;

const LETTERS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const ON_THE_LINE_OF_FIFTHS = "FCGDAEB";

// -- durations ---------------------------------------------------------------------------------------------

export function ticksOf(duration) {
    return duration[0] * WHOLE / duration[1];
}

export function reduced(n, d) {
    let a = n, b = d;
    while (b)
        [a, b] = [b, a % b];
    return [n / a, d / a];
}

/** The longest written value, with up to three dots, that is not longer than this. */
export function cutToValue(n, d) {
    let base = 1;  // 1/base of a whole note
    while (base * n < d)
        base *= 2;
    let value = [1, base];
    for (let dots = 1; dots <= 3; dots++) {
        const longer = [2 ** (dots + 1) - 1, base * 2 ** dots];
        if (longer[0] * d <= n * longer[1])
            value = longer;
    }
    return value;
}

/** Undotted values that make up so many ticks, the shortest first: how the program fills a gap. */
export function leftValues(ticks) {
    const values = [];
    for (let base = 1; ticks > 0; base *= 2)
        if (WHOLE / base <= ticks) {
            values.unshift([1, base]);
            ticks -= WHOLE / base;
        }
    return values;
}

/** Written values that make up so many ticks, the longest first. */
export function valuesOf(ticks) {
    const values = [];
    while (ticks > 0) {
        const value = cutToValue(...reduced(ticks, WHOLE));
        values.push(value);
        ticks -= ticksOf(value);
    }
    return values;
}

// -- spelling ----------------------------------------------------------------------------------------------

/** The tonal pitch class that the program chooses by itself. */
export function tpcOf(pitch, fifths) {
    return (pitch * 7 + 26 - (11 + fifths)) % 12 + 11 + fifths;
}

export function nameOf(pitch, tpc) {
    const place = tpc - 13 + 7 * 3;
    const letter = ON_THE_LINE_OF_FIFTHS[place % 7];
    const alter = Math.floor(place / 7) - 3;
    const octave = Math.floor((pitch - alter) / 12) - 1;
    return letter + (alter < 0 ? "b".repeat(-alter) : "#".repeat(alter)) + octave;
}

export function pitchOf(name) {
    const [, letter, signs, octave] = /^([A-G])([#b]*)(-?\d+)$/.exec(name);
    const alter = signs.startsWith("b") ? -signs.length : signs.length;
    return {
        pitch: LETTERS[letter] + alter + 12 * (Number(octave) + 1),
        tpc: ON_THE_LINE_OF_FIFTHS.indexOf(letter) + 13 + 7 * alter,
    };
}
