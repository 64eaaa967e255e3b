// @ts-check
// The interval in which a true share lies: Wilson's, as ripieno/evaluation/wilson.py has it. No DOM.

const Z_95 = 1.959963984540054; // of the normal distribution, both sides together 5 %

/**
 * The lowest and the highest share that fits so many of so many; 0 and 1 of nothing.
 *
 * @param {number} right
 * @param {number} of
 * @returns {[number, number]}
 */
export function wilsonInterval(right, of, z = Z_95) {
    if (of === 0) {
        return [0, 1];
    }
    const share = right / of;
    const middle = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
    const half = (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
    return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
