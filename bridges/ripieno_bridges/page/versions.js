// The alternatives of an answer, side by side as small engravings; a click takes one.

import { byId, make } from "./dom.js";
import { measuresOf } from "./note_lookup.js";
import { CHOIR, counted } from "./texts.js";

const SHOWN = 3; // measures

export class Versions {
    #engraver;
    #told;
    #shown = null; // the answer whose pictures stand there
    #pictures = [];

    // told: {taken(index)}
    constructor(engraver, told) {
        this.#engraver = engraver;
        this.#told = told;
        byId("cards").addEventListener("keydown", (event) => this.#key(event));
    }

    draw(piece) {
        const answer = piece.answer;
        byId("versions").hidden = answer === null || answer.reply.alternatives.length < 2;
        if (byId("versions").hidden) {
            return;
        }
        if (this.#shown !== answer.reply) {
            this.#shown = answer.reply;
            this.#pictures = answer.reply.alternatives.map(() =>
                make("span", { class: "picture", "aria-hidden": "true" })
            );
            this.#engrave(answer, piece.measures);
        }
        byId("cards").replaceChildren(
            ...answer.reply.alternatives.map((one, index) => this.#card(one, index, piece.taken === index))
        );
    }

    #card(alternative, index, taken) {
        const facts = make("span", { class: "facts" });
        facts.append(make("span", { class: "number" }, `No. ${index + 1}`), make("br"), factsOf(alternative));
        const button = make("button", {
            type: "button",
            class: "card",
            role: "radio",
            "aria-checked": String(taken),
            tabindex: taken ? "0" : "-1"
        });
        button.append(this.#pictures[index], facts);
        button.addEventListener("click", () => this.#told.taken(index));
        return button;
    }

    // One picture a frame, so that the page stays awake.
    #engrave(answer, measures) {
        const [from, to] = stretch(answer, measures);
        answer.reply.alternatives.forEach((alternative, index) => {
            const into = this.#pictures[index];
            setTimeout(
                () => {
                    if (this.#shown === answer.reply) {
                        into.replaceChildren(this.#engraver.thumbnail(alternative.document, [from, to]));
                    }
                },
                30 * (index + 1)
            );
        });
    }

    #key(event) {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const cards = [...byId("cards").children];
        const next = cards[cards.indexOf(document.activeElement) + step];
        if (step !== undefined && next) {
            event.preventDefault();
            this.#told.taken(cards.indexOf(next), true);
        }
    }

    focusTaken() {
        byId("cards").querySelector("[aria-checked=true]")?.focus();
    }
}

// The measures to show, from 1: where something new stands.
function stretch(answer, measures) {
    const { task, body } = answer.order;
    const notes = answer.reply.alternatives.flatMap((one) => one.voices.flatMap((line) => line.notes));
    const onset = task === "infill" ? body.selection[0] : Math.min(...notes.map((note) => note.onset));
    const [first] = measuresOf([Number.isFinite(onset) ? onset : 0, Infinity], measures) ?? [0];
    return [first + 1, Math.min(first + SHOWN, measures.length)];
}

// "nothing to mark · each note 59 % likely · at most 62 % as in one piece"
export function factsOf(alternative) {
    const serious = alternative.faults.filter((fault) => fault.severity !== "remark").length;
    const notes = alternative.voices.reduce((sum, line) => sum + line.notes.length, 0);
    const parts = [serious ? counted(serious, "place to look at", "places to look at") : "nothing to mark"];
    if (notes && alternative.voices.every((line) => CHOIR.includes(line.voice))) {
        parts.push(`each note ${Math.round(100 * Math.exp(alternative.log_likelihood / notes))} % likely`);
    }
    if (alternative.originality?.share) {
        parts.push(`at most ${Math.round(100 * alternative.originality.share)} % as in one piece`);
    }
    return parts.join(" · ");
}
