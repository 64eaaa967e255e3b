// @ts-check
// The alternatives of a reply, side by side as small engravings; a click puts one into the score.

import { byId, make } from "./dom.js";
import { measuresOf } from "./note_lookup.js";
import { CHOIR, counted } from "./texts.js";

/**
 * @typedef {import("./piece.js").Alternative} Alternative
 * @typedef {import("./piece.js").Measure} Measure
 * @typedef {import("./piece.js").Result} Result
 */

const THUMBNAIL_MEASURES = 3;
const BETWEEN_THUMBNAILS_MS = 30;

export class Versions {
    #engraver;
    #callbacks;

    /** @type {import("./piece.js").Reply | null} */
    #reply = null; // that the pictures show

    /** @type {HTMLElement[]} */
    #pictures = [];

    /**
     * @param {import("./engraver.js").Engraver} engraver one for thumbnails
     * @param {{onChoose: (index: number, focus: boolean) => void}} callbacks focus: whether the card that is chosen
     *     gets the focus
     */
    constructor(engraver, callbacks) {
        this.#engraver = engraver;
        this.#callbacks = callbacks;
        byId("cards").addEventListener("keydown", (event) => this.#key(event));
    }

    /** @param {import("./piece.js").Piece} piece */
    draw(piece) {
        const { result } = piece;
        byId("versions").hidden = result === null || result.reply.alternatives.length < 2;
        if (result === null || byId("versions").hidden) {
            return;
        }
        if (this.#reply !== result.reply) {
            this.#reply = result.reply;
            this.#pictures = result.reply.alternatives.map(() =>
                make("span", { class: "picture", "aria-hidden": "true" })
            );
            this.#engrave(result, piece.measures);
        }
        byId("cards").replaceChildren(
            ...result.reply.alternatives.map((one, index) => this.#card(one, index, piece.chosen === index))
        );
    }

    /**
     * @param {Alternative} alternative
     * @param {number} index
     * @param {boolean} chosen
     */
    #card(alternative, index, chosen) {
        const facts = make("span", { class: "facts" });
        facts.append(make("span", { class: "number" }, `No. ${index + 1}`), make("br"), factsOf(alternative));
        const button = make("button", {
            type: "button",
            class: "card",
            role: "radio",
            "aria-checked": String(chosen),
            tabindex: chosen ? "0" : "-1"
        });
        button.append(this.#pictures[index], facts);
        button.addEventListener("click", () => this.#callbacks.onChoose(index, false));
        return button;
    }

    /**
     * Makes one picture at a time, so that the page stays responsive.
     *
     * @param {Result} result
     * @param {Measure[]} measures
     */
    #engrave({ request, reply }, measures) {
        const range = thumbnailMeasures(request, reply, measures);
        reply.alternatives.forEach((alternative, index) => {
            const picture = this.#pictures[index];
            const engrave = () => {
                if (this.#reply === reply) {
                    picture.replaceChildren(this.#engraver.thumbnail(alternative.document, range));
                }
            };
            setTimeout(engrave, BETWEEN_THUMBNAILS_MS * (index + 1));
        });
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step === undefined) {
            return;
        }
        const cards = [...byId("cards").children];
        const next = cards[cards.findIndex((card) => card === document.activeElement) + step];
        if (next) {
            event.preventDefault();
            this.#callbacks.onChoose(cards.indexOf(next), true);
        }
    }

    focusChosen() {
        /** @type {HTMLElement | null} */ (byId("cards").querySelector("[aria-checked=true]"))?.focus();
    }
}

/**
 * The measures that thumbnails show: those where something new begins.
 *
 * @param {import("./requests.js").Request} request
 * @param {import("./piece.js").Reply} reply
 * @param {Measure[]} measures
 * @returns {[number, number]} the first and the last, counted from 1
 */
function thumbnailMeasures({ task, body }, reply, measures) {
    const notes = reply.alternatives.flatMap((one) => one.voices.flatMap((line) => line.notes));
    const onset = task === "infill" ? body.selection[0] : Math.min(...notes.map((note) => note.onset));
    const [first] = measuresOf([Number.isFinite(onset) ? onset : 0, Infinity], measures) ?? [0];
    return [first + 1, Math.min(first + THUMBNAIL_MEASURES, measures.length)];
}

/**
 * "nothing to mark · each note 59 % likely · at most 62 % as in one piece"
 *
 * @param {Alternative} alternative
 */
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
