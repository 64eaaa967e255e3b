// What is drawn over the notes: a teacher's marks, the bracket over what is least original, the place of an error.
// The list beside the score says the same for the keyboard and for screen readers.

import { byId, make, place } from "./dom.js";
import { measuresOf, notesOf } from "./note_lookup.js";

const ROUND = 5; // pixels of a ring around a note's head
const SIGNS = { fault: "!", warning: "?", remark: "·" };

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

function speaking(element, text, then = () => {}) {
    element.addEventListener("pointerenter", () => showTip(text, element.getBoundingClientRect()));
    element.addEventListener("pointerleave", hideTip);
    element.addEventListener("click", then);
    return element;
}

export class Marks {
    #view;
    #told;
    #ofFault = new Map(); // fault -> its elements
    #brackets = [];

    // told: {chosen(fault)}: a mark was clicked.
    constructor(view, told) {
        this.#view = view;
        this.#told = told;
    }

    // faults: those to show. trouble: {measure} where an error has its place, or null.
    draw(piece, faults, trouble) {
        hideTip();
        this.#ofFault.clear();
        for (const fault of faults) {
            this.#ofFault.set(fault, this.#rings(fault, piece));
        }
        this.#brackets = this.#bracket(piece);
        const all = [...this.#ofFault.values()].flat();
        byId("marks").replaceChildren(
            ...this.#troubled(piece, trouble),
            ...this.#brackets,
            ...all,
            ...this.#view.labelButtons()
        );
    }

    #rings(fault, piece) {
        const notes = notesOf(fault, this.#view.notes, piece.voices);
        const boxes = notes.map((note) => this.#view.geometry.head(this.#view.group(note.id)));
        const choose = () => this.#told.chosen(fault);
        const rings = boxes.map((box) => {
            const ring = make("span", { class: "mark", "data-severity": fault.severity });
            const around = {
                left: box.left - ROUND,
                top: box.top - ROUND,
                width: box.width + 2 * ROUND,
                height: box.height + 2 * ROUND
            };
            return speaking(place(ring, around), fault.sentence, choose);
        });
        if (boxes.length) {
            const top = boxes.reduce((a, b) => (a.top < b.top ? a : b));
            const sign = make(
                "span",
                { class: "pencil", "data-severity": fault.severity },
                SIGNS[fault.severity] ?? "!"
            );
            rings.push(
                speaking(
                    place(sign, { left: top.left + top.width / 2, top: top.top - ROUND - 3 }),
                    fault.sentence,
                    choose
                )
            );
        }
        return rings;
    }

    #bracket(piece) {
        const like = piece.originality;
        const measures = like?.selection ? measuresOf(like.selection, piece.measures) : null;
        if (measures === null) {
            return [];
        }
        const parts = this.#view.geometry.stretches(...measures);
        return parts.map((part, index) => {
            const open = index < parts.length - 1 ? " opens" : "";
            const closed = index > 0 ? " closes" : "";
            const bracket = make("span", { class: `bracket${open}${closed}` });
            return speaking(
                place(bracket, {
                    left: part.left + 2,
                    top: part.ceiling - 12,
                    width: part.right - part.left - 4
                }),
                like.sentence
            );
        });
    }

    #troubled(piece, trouble) {
        const index = trouble
            ? piece.measures.findIndex((measure) => measure.number === String(trouble.measure))
            : -1;
        const bar = this.#view.geometry.measures[index];
        if (!bar) {
            return [];
        }
        const box = {
            left: bar.left,
            top: bar.top - 14,
            width: bar.right - bar.left,
            height: bar.bottom - bar.top + 28
        };
        return [place(make("span", { class: "trouble" }), box)];
    }

    // Lights a fault's marks and says its sentence there; null puts them out.
    light(fault) {
        for (const [of, elements] of this.#ofFault) {
            for (const element of elements) {
                element.classList.toggle("current", of === fault);
            }
        }
        const [mark] = this.#ofFault.get(fault) ?? [];
        this.#say(mark, fault?.sentence);
    }

    lightBracket(piece, on) {
        for (const bracket of this.#brackets) {
            bracket.classList.toggle("current", on);
        }
        this.#say(on ? this.#brackets[0] : undefined, piece.originality?.sentence);
    }

    #say(element, sentence) {
        if (element === undefined) {
            hideTip();
            return;
        }
        element.scrollIntoView({ block: "nearest" });
        showTip(sentence, element.getBoundingClientRect());
    }
}
