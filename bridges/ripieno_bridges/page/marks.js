// @ts-check
// What is drawn over the notes: a teacher's marks, the bracket over the least original measures, the place of an
// error. The list beside the score says the same for the keyboard and for screen readers.

import { byId, make, place } from "./dom.js";
import { measuresOf, notesOf } from "./note_lookup.js";

/**
 * @typedef {import("./piece.js").Fault} Fault
 * @typedef {import("./piece.js").Piece} Piece
 */

const RING_MARGIN = 5; // pixels around a note's head
const SIGNS = { fault: "!", warning: "?", remark: "·" };

/**
 * @param {string} text
 * @param {{left: number, top: number, width: number, height: number}} box what it is about, in pixels of the window
 */
export function showTip(text, box) {
    const tip = byId("tooltip");
    tip.textContent = text;
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - width / 2), window.innerWidth - width - 8);
    const top = box.top - height - 10 > 4 ? box.top - height - 10 : box.top + box.height + 10;
    place(tip, { left, top });
}

export function hideTip() {
    byId("tooltip").hidden = true;
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 * @param {() => void} onClick
 */
function withTip(element, text, onClick = () => {}) {
    element.addEventListener("pointerenter", () => showTip(text, element.getBoundingClientRect()));
    element.addEventListener("pointerleave", hideTip);
    element.addEventListener("click", onClick);
    return element;
}

export class Marks {
    #view;
    #callbacks;

    /** @type {Map<Fault, HTMLElement[]>} */
    #elements = new Map();

    /** @type {HTMLElement[]} */
    #brackets = [];

    /**
     * @param {import("./score_view.js").ScoreView} view
     * @param {{onClick: (fault: Fault) => void}} callbacks
     */
    constructor(view, callbacks) {
        this.#view = view;
        this.#callbacks = callbacks;
    }

    /**
     * @param {Piece} piece
     * @param {Fault[]} faults those to show
     * @param {string | null} errorMeasure the printed number of the measure that an error message is about
     */
    draw(piece, faults, errorMeasure) {
        hideTip();
        this.#elements.clear();
        for (const fault of faults) {
            this.#elements.set(fault, this.#rings(fault, piece));
        }
        this.#brackets = this.#bracket(piece);
        byId("marks").replaceChildren(
            ...this.#errorBox(piece, errorMeasure),
            ...this.#brackets,
            ...[...this.#elements.values()].flat(),
            ...this.#view.labelButtons()
        );
    }

    /**
     * A ring around each note of a fault, and a sign over the highest one.
     *
     * @param {Fault} fault
     * @param {Piece} piece
     */
    #rings(fault, piece) {
        const notes = notesOf(fault, this.#view.notes, piece.voices);
        const boxes = notes.map((note) => this.#view.headBox(note));
        const onClick = () => this.#callbacks.onClick(fault);
        const rings = boxes.map((box) => {
            const ring = make("span", { class: "mark", "data-severity": fault.severity });
            const around = {
                left: box.left - RING_MARGIN,
                top: box.top - RING_MARGIN,
                width: box.width + 2 * RING_MARGIN,
                height: box.height + 2 * RING_MARGIN
            };
            return withTip(place(ring, around), fault.sentence, onClick);
        });
        if (boxes.length) {
            const top = boxes.reduce((a, b) => (a.top < b.top ? a : b));
            const sign = make(
                "span",
                { class: "pencil", "data-severity": fault.severity },
                SIGNS[fault.severity] ?? "!"
            );
            const above = { left: top.left + top.width / 2, top: top.top - RING_MARGIN - 3 };
            rings.push(withTip(place(sign, above), fault.sentence, onClick));
        }
        return rings;
    }

    /**
     * The bracket over the least original measures, in as many pieces as there are systems.
     *
     * @param {Piece} piece
     */
    #bracket({ originality, measures }) {
        const found = originality?.selection ? measuresOf(originality.selection, measures) : null;
        if (originality === null || found === null) {
            return [];
        }
        const boxes = this.#view.boxesOf(...found);
        return boxes.map((box, index) => {
            const open = index < boxes.length - 1 ? " opens" : "";
            const closed = index > 0 ? " closes" : "";
            const bracket = make("span", { class: `bracket${open}${closed}` });
            const above = { left: box.left + 2, top: box.ceiling - 12, width: box.right - box.left - 4 };
            return withTip(place(bracket, above), originality.sentence);
        });
    }

    /**
     * @param {Piece} piece
     * @param {string | null} number
     */
    #errorBox(piece, number) {
        const index = piece.measures.findIndex((measure) => measure.number === number);
        if (index < 0) {
            return [];
        }
        return this.#view.boxesOf(index, index).map((measure) =>
            place(make("span", { class: "error-place" }), {
                left: measure.left,
                top: measure.top - 14,
                width: measure.right - measure.left,
                height: measure.bottom - measure.top + 28
            })
        );
    }

    /**
     * Highlights a fault's marks and shows its sentence there.
     *
     * @param {Fault | null} fault null: none any more
     */
    highlight(fault) {
        for (const [other, elements] of this.#elements) {
            for (const element of elements) {
                element.classList.toggle("current", other === fault);
            }
        }
        const [mark] = (fault && this.#elements.get(fault)) ?? [];
        this.#explain(mark, fault?.sentence);
    }

    /**
     * @param {Piece} piece
     * @param {boolean} on
     */
    highlightBracket(piece, on) {
        for (const bracket of this.#brackets) {
            bracket.classList.toggle("current", on);
        }
        this.#explain(on ? this.#brackets[0] : undefined, piece.originality?.sentence);
    }

    /**
     * @param {HTMLElement | undefined} element
     * @param {string | undefined} sentence
     */
    #explain(element, sentence) {
        if (element === undefined || sentence === undefined) {
            hideTip();
            return;
        }
        element.scrollIntoView({ block: "nearest" });
        showTip(sentence, element.getBoundingClientRect());
    }
}
