// @ts-check
// Where the marks at the ends of phrases stand in the engraved score, in pixels of the score's own box.

import { measureAt } from "./note_lookup.js";
import { tailOfChain } from "./phrase_ends.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Measure} Measure
 */

const SIZE = 26; // as large as a finger needs
const ABOVE = 4; // between a mark and what is below it

export class PhrasePlaces {
    #view;
    #measures;

    /**
     * @param {import("./score_view.js").ScoreView} view
     * @param {Measure[]} measures of the piece that it shows
     */
    constructor(view, measures) {
        this.#view = view;
        this.#measures = measures;
    }

    /**
     * Where the mark of a note stands: above the staff and the note, at its right; of tied notes at the last.
     *
     * @param {EngravedNote} note
     */
    over(note) {
        const { tail, staves } = this.#measureOf(note);
        const head = this.#view.headBox(tail);
        const roof = Math.min(staves[tail.staff].top, head.top);
        return { left: head.left + head.width - 4, top: roof - ABOVE - SIZE, width: SIZE, height: SIZE };
    }

    /**
     * The note whose mark is nearest to a point: of the nearest system the nearest from left to right.
     *
     * @param {{x: number, y: number}} point
     * @param {EngravedNote[]} notes at least one
     */
    nearest({ x, y }, notes) {
        const distances = notes.map((note) => {
            const { top, bottom } = this.#measureOf(note);
            const fromSystem = Math.max(top - 2 * SIZE - y, y - bottom, 0);
            return { note, away: fromSystem * 1000 + Math.abs(this.over(note).left + SIZE / 2 - x) };
        });
        return distances.reduce((a, b) => (b.away < a.away ? b : a)).note;
    }

    /**
     * The box of the measure in which a note ends, and the last of the notes that are tied to it.
     *
     * @param {EngravedNote} note
     */
    #measureOf(note) {
        const tail = tailOfChain(note, this.#view.notes);
        const index = measureAt(tail.onset, this.#measures);
        return { tail, ...this.#view.boxesOf(index, index)[0] };
    }
}
