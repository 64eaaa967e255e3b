// @ts-check
// Labels over or under a system, in rows: each in the first row where it has room beside the one before. No DOM.

export class Rows {
    #count;
    #gap;
    #system = -1;

    /** @type {number[]} */
    #ends = []; // of the labels of each row, in pixels

    /**
     * @param {number} count of rows
     * @param {number} gap between two labels of a row, in pixels
     */
    constructor(count, gap) {
        this.#count = count;
        this.#gap = gap;
    }

    /**
     * The place of the next label, from left to right and system by system. Where no row has room, it goes to the right.
     *
     * @param {{system: number, left: number}} at
     * @param {number} width in pixels
     * @returns {{row: number, left: number}} row: from 0, the nearest to the notes
     */
    placeOf({ system, left }, width) {
        if (system !== this.#system) {
            this.#system = system;
            this.#ends = Array(this.#count).fill(-Infinity);
        }
        const free = this.#ends.findIndex((end) => end + this.#gap <= left);
        const row = free < 0 ? this.#ends.indexOf(Math.min(...this.#ends)) : free;
        const from = Math.max(left, this.#ends[row] + this.#gap);
        this.#ends[row] = from + width;
        return { row, left: from };
    }
}
