// @ts-check
// Keys: their names, and the lists to choose from. No DOM.

const MAJOR = ["C", "G", "D", "A", "E", "B", "F#", "C#", "F", "Bb", "Eb", "Ab", "Db", "Gb", "Cb"];
const MINOR = ["A", "E", "B", "F#", "C#", "G#", "D#", "A#", "D", "G", "C", "F", "Bb", "Eb", "Ab"];
const COMMON = 4; // accidentals; a new piece has no more

/** All keys as the setting takes them, by mode: "Bb major". */
export const KEYS = {
    major: MAJOR.map((tonic) => `${tonic} major`),
    minor: MINOR.map((tonic) => `${tonic} minor`)
};

/** The keys of a new piece. */
export const KEYS_TO_COMPOSE = [...KEYS.major, ...KEYS.minor].filter((key) => accidentals(key) <= COMMON);

/** @param {string} key one of KEYS */
function accidentals(key) {
    const index = Math.max(KEYS.major.indexOf(key), KEYS.minor.indexOf(key));
    return index < 8 ? index : index - 7;
}

/**
 * A key as the setting takes it: "Bb minor" of the server's "B-flat minor".
 *
 * @param {string} key
 */
export function keySetting(key) {
    return key.replace("-flat", "b").replace("-sharp", "#");
}

/**
 * A key as it is printed: "B♭ minor" of "Bb minor" or "B-flat minor".
 *
 * @param {string} key
 */
export function keyName(key) {
    return keySetting(key)
        .replace("#", "♯")
        .replace(/^([A-Ga-g])b/, "$1♭");
}
