// @ts-check
// The Roman numerals under the score, where they are switched on. Screen readers hear them with each measure.

import { byId, make, place } from "./dom.js";
import { Rows } from "./rows.js";
import { figureText, keyText, measuresName } from "./texts.js";

/**
 * @typedef {import("./piece.js").Chord} Chord
 * @typedef {import("./piece.js").Measure} Measure
 * @typedef {import("./piece.js").Piece} Piece
 */

const GAP = 6; // pixels between two numerals, and between the notes and the first row
const ROW = 17; // pixels
const ROWS = 2;
const TOLERANCE = 1e-4; // quarters

export class Numerals {
    #view;

    /**
     * @param {import("./score_view.js").ScoreView} view
     * @param {{onSwitch: () => void}} callbacks
     */
    constructor(view, callbacks) {
        this.#view = view;
        byId("numerals").addEventListener("change", callbacks.onSwitch);
    }

    /**
     * Whether room is needed for them.
     *
     * @param {Piece} piece
     */
    areShown({ chords }) {
        return byId("numerals").checked && Boolean(chords?.length);
    }

    /** @param {Piece} piece */
    draw(piece) {
        const { chords = [], measures } = piece;
        const shown = this.areShown(piece) ? chords : [];
        byId("numeral-labels").replaceChildren();
        this.#place(shown);
        [...byId("bars").children].forEach((bar, index) => {
            const name = measuresName(measures, index, index);
            const words = chordWords(shown, measures[index]);
            bar.setAttribute("aria-label", words ? `${name}: ${words}` : name);
        });
    }

    /**
     * Each numeral under its notes; in the row below where there is no room beside the one before.
     *
     * @param {Chord[]} chords
     */
    #place(chords) {
        const rows = new Rows(ROWS, GAP);
        chords.forEach((chord, index) => {
            const at = this.#view.placeBeside(chord.onset);
            if (at === null) {
                return;
            }
            const key = chord.key === chords[index - 1]?.key ? "" : `${keyText(chord.key)} `;
            const label = make("span", { class: "numeral" }, key + figureText(chord.figure));
            byId("numeral-labels").append(label);
            const { row, left } = rows.placeOf(at, label.offsetWidth);
            place(label, { left, top: at.floor + GAP + row * ROW });
        });
    }
}

/**
 * The chords that begin in a measure, for the ear: "C major, I, V6".
 *
 * @param {Chord[]} chords
 * @param {Measure} measure
 */
export function chordWords(chords, { onset, duration }) {
    const words = chords.flatMap((chord, index) => {
        const inside = chord.onset > onset - TOLERANCE && chord.onset < onset + duration - TOLERANCE;
        const isNew = chord.key !== chords[index - 1]?.key;
        return inside ? [...(isNew ? [chord.key] : []), chord.figure] : [];
    });
    return words.join(", ");
}
