// @ts-check
// Labels over or under a system, in rows: each in the first row where it has room beside the one before. No DOM.

export class Rows {
    #count;
    #gap;
    #system = -1;

    /** @type {number[]} */
    #ends = []; // of the labels of each row, in pixels

    /**
     * @param {number} count of rows; the last takes what finds no room
     * @param {number} gap between two labels of a row, in pixels
     */
    constructor(count, gap) {
        this.#count = count;
        this.#gap = gap;
    }

    /**
     * The row of the next label, from left to right and system by system.
     *
     * @param {{system: number, left: number}} at
     * @param {number} width in pixels
     * @returns {number} from 0, the nearest to the notes
     */
    rowOf({ system, left }, width) {
        if (system !== this.#system) {
            this.#system = system;
            this.#ends = Array(this.#count).fill(-Infinity);
        }
        const free = this.#ends.findIndex((end) => end + this.#gap <= left);
        const row = free < 0 ? this.#count - 1 : free;
        this.#ends[row] = left + width;
        return row;
    }
}
