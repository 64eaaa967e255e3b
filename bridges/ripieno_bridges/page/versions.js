// @ts-check
// The alternatives of a reply, side by side as small engravings; a click puts one into the score.

import { markNew } from "./colours.js";
import { differenceTexts, firstDifference, spacingText } from "./differences.js";
import { byId, make } from "./dom.js";
import { measuresOf, writtenIds } from "./note_lookup.js";
import { withAlternative } from "./piece.js";
import { counted, measuresName } from "./texts.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Alternative} Alternative
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {import("./piece.js").Result} Result
 */

const PICTURED_MEASURES = 2;
const BETWEEN_PICTURES_MS = 30;

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

    /**
     * @param {Piece} piece
     * @param {EngravedNote[]} notes of the piece, each with `voice`
     */
    draw(piece, notes) {
        const { result, chosen } = piece;
        byId("versions").hidden = result === null || result.reply.alternatives.length < 2;
        if (result === null || byId("versions").hidden) {
            return;
        }
        const { alternatives } = result.reply;
        const difference = firstDifference(alternatives, piece.measures);
        const [first, last] = pictured(result, piece, difference);
        if (this.#reply !== result.reply) {
            this.#reply = result.reply;
            this.#pictures = alternatives.map(() =>
                make("span", { class: "picture", "aria-hidden": "true" })
            );
            this.#engrave(result, piece, [first, last]);
            const where = measuresName(piece.measures, first, last);
            byId("pictured").textContent =
                `Here: ${where}${difference === null ? "" : ", the first that differ"}`;
            byId("figures").replaceChildren(...alternatives.map(figuresRow));
        }
        const cards = alternatives.map((one, index) => {
            const texts = factsOf(one, alternatives[chosen ?? 0], piece, notes);
            return this.#card(texts, index, chosen === index);
        });
        byId("cards").replaceChildren(...cards);
    }

    /**
     * @param {string[]} texts a line each
     * @param {number} index
     * @param {boolean} chosen
     */
    #card(texts, index, chosen) {
        const facts = make("span", { class: "facts" }, make("span", { class: "number" }, `No. ${index + 1}`));
        facts.append(...texts.map((text) => make("span", { class: "fact" }, text)));
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
     * @param {Piece} piece
     * @param {[number, number]} range the first and the last measure, indices
     */
    #engrave({ base, request, reply }, { name, title, measures, voices }, [first, last]) {
        const unread = { key: null, phrases: null, ensemble: { name: "", title: "", voices: [] } };
        const reading = { name, title, measures, voices, document: "", faults: [], remarks: [], ...unread };
        reply.alternatives.forEach((alternative, index) => {
            const { written } = withAlternative(base, request, reply, index, reading);
            const engrave = () => {
                if (this.#reply !== reply) {
                    return;
                }
                const picture = this.#engraver.thumbnail(alternative.document, [first + 1, last + 1]);
                const zero = measures[first].onset; // the engraver counts from the first measure of the picture
                const notes = this.#engraver.notes([picture]).map((note) => ({
                    ...note,
                    onset: note.onset + zero,
                    end: note.end + zero
                }));
                markNew(picture, writtenIds(notes, voices, written));
                this.#pictures[index].replaceChildren(picture);
            };
            setTimeout(engrave, BETWEEN_PICTURES_MS * (index + 1));
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
 * The measures that the pictures show: the first that differ, or where something new begins.
 *
 * @param {Result} result
 * @param {Piece} piece
 * @param {number | null} difference the index of the first measure that differs
 * @returns {[number, number]} indices
 */
function pictured({ request: { task, body }, reply }, { measures }, difference) {
    const notes = reply.alternatives.flatMap((one) => one.voices.flatMap((line) => line.notes));
    const onset = task === "infill" ? body.selection[0] : Math.min(...notes.map((note) => note.onset));
    const [begin] = measuresOf([Number.isFinite(onset) ? onset : 0, Infinity], measures) ?? [0];
    const first = difference ?? begin;
    return [first, Math.min(first + PICTURED_MEASURES, measures.length) - 1];
}

/**
 * What a card says of a version: what a teacher would mark and how wide it is, then how its harmony differs from the
 * first version's. Where no harmony is known, as for the piano, how it differs from the version in the score.
 *
 * @param {Alternative} version
 * @param {Alternative} inScore
 * @param {Piece} piece
 * @param {EngravedNote[]} notes of the piece
 */
export function factsOf(version, inScore, piece, notes) {
    const serious = version.faults.filter((fault) => fault.severity !== "remark").length;
    const marked = serious ? counted(serious, "place to look at", "places to look at") : "nothing to mark";
    const facts = [marked, spacingOf(version, notes)].filter(Boolean);
    if (version.difference) {
        return [...facts, `Unlike No. 1: ${version.difference}`];
    }
    const isFirst = version.chords?.length; // that the others are compared with
    return version === inScore || isFirst
        ? facts
        : [...facts, ...differenceTexts(version, inScore, piece.measures)];
}

/**
 * @param {Alternative} version
 * @param {EngravedNote[]} notes of the piece, for the voices that are not new
 */
function spacingOf(version, notes) {
    const isNew = (/** @type {string} */ voice) => version.voices.some((line) => line.voice === voice);
    const line = (/** @type {string} */ voice) =>
        isNew(voice)
            ? version.voices.filter((one) => one.voice === voice).flatMap((one) => one.notes)
            : notes
                  .filter((note) => note.voice === voice)
                  .map(({ onset, end, pitch }) => ({ onset, duration: end - onset, pitch }));
    return isNew("soprano") || isNew("tenor") ? spacingText(line("soprano"), line("tenor")) : "";
}

/**
 * The row of a version in the table of figures: how likely its notes are, and what it has in common with one piece.
 *
 * @param {Alternative} version
 * @param {number} index
 */
function figuresRow(version, index) {
    const notes = version.voices.reduce((sum, line) => sum + line.notes.length, 0);
    const isSung = version.voices.every((line) => !["right", "left"].includes(line.voice));
    const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;
    const likely = notes && isSung ? percent(Math.exp(version.log_likelihood / notes)) : "–";
    const common = version.originality?.share ? percent(version.originality.share) : "–";
    return make(
        "tr",
        {},
        make("th", { scope: "row" }, `No. ${index + 1}`),
        make("td", {}, likely),
        make("td", {}, common)
    );
}
