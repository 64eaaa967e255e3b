// @ts-check
// The clicks before the first note. No DOM.

/**
 * @typedef {{quarters: number, isFirst: boolean}} Click quarters: how long before the music it sounds. isFirst: of a measure
 */

/**
 * A full measure is counted, and what a short one lacks: before an upbeat of one quarter in 4/4, seven clicks.
 *
 * @param {import("./piece.js").Measure[]} measures
 * @param {number} index of the measure that the music begins with
 * @returns {Click[]} the earliest first
 */
export function countIn(measures, index) {
    const [over, under] = measures[index].meter.split("/").map(Number);
    const full = (4 * over) / under;
    const isCompound = over > 3 && over % 3 === 0 && under >= 8;
    const beat = (isCompound ? 12 : 4) / under;
    const before = full + countedUpTo(measures, index, full);
    /** @type {Click[]} */
    const clicks = [];
    for (let at = 0; at < before - 1e-6; at += beat) {
        clicks.push({ quarters: before - at, isFirst: at % full < 1e-6 });
    }
    return clicks;
}

/**
 * How much of a measure goes before a short one: all that an upbeat lacks, or the part that stands as a measure before
 * it, as at a repeat in the middle of a measure.
 *
 * @param {import("./piece.js").Measure[]} measures
 * @param {number} index
 * @param {number} full
 * @returns {number} in quarters
 */
function countedUpTo(measures, index, full) {
    const missing = full - measures[index].duration;
    if (missing < 1e-6) {
        return 0;
    }
    return index === 0 || Math.abs(measures[index - 1].duration - missing) < 1e-6 ? missing : 0;
}
