// @ts-check
// The list beside the score: what a harmony teacher would mark, and the least original measures.

import { byId, make } from "./dom.js";
import { counted, placeOf } from "./texts.js";

/**
 * @typedef {import("./piece.js").Fault} Fault
 * @typedef {import("./piece.js").Piece} Piece
 */

const STYLE = "remark"; // the severity of remarks on style

export class FaultList {
    #marks;
    #showsStyle = false;

    /** @type {Map<Fault, HTMLButtonElement>} */
    #buttons = new Map();

    /**
     * @param {import("./marks.js").Marks} marks
     * @param {{onFilterChange: () => void}} callbacks
     */
    constructor(marks, callbacks) {
        this.#marks = marks;
        byId("style").addEventListener("change", () => {
            this.#showsStyle = byId("style").checked;
            callbacks.onFilterChange();
        });
    }

    /**
     * The faults that pass the filter.
     *
     * @param {Piece} piece
     */
    shown(piece) {
        return piece.faults.filter((fault) => this.#showsStyle || fault.severity !== STYLE);
    }

    /** @param {Piece} piece */
    draw(piece) {
        const serious = piece.faults.filter((fault) => fault.severity !== STYLE).length;
        const style = piece.faults.length - serious;
        byId("verdict").textContent = verdict(piece, serious);
        byId("style-choice").hidden = !style;
        byId("style-count").textContent =
            `Show ${counted(style, "remark on style", "remarks on style")}, too`;
        this.#buttons.clear();
        byId("faults").replaceChildren(...this.shown(piece).map((fault) => this.#entry(fault)));
        byId("originality").replaceChildren(...this.#originality(piece));
    }

    /** @param {Fault} fault */
    #entry(fault) {
        const place = make("span", { class: "place" }, placeOf(fault));
        const button = make(
            "button",
            { type: "button", "data-severity": fault.severity },
            fault.sentence,
            place
        );
        onPointing(button, (pointed) => this.#marks.highlight(pointed ? fault : null));
        this.#buttons.set(fault, button);
        return make("li", {}, button);
    }

    /** @param {Piece} piece */
    #originality(piece) {
        if (!piece.originality) {
            return [];
        }
        const button = make(
            "button",
            { type: "button", class: "originality" },
            make("strong", {}, "Most like a piece it learned from: "),
            piece.originality.sentence
        );
        onPointing(button, (pointed) => this.#marks.highlightBracket(piece, pointed));
        return [button];
    }

    /**
     * Moves the focus to a fault's entry.
     *
     * @param {Fault} fault
     */
    focus(fault) {
        this.#buttons.get(fault)?.focus();
    }
}

/**
 * @param {HTMLElement} element
 * @param {(pointed: boolean) => void} callback called when the pointer or the focus comes and when it goes
 */
function onPointing(element, callback) {
    element.addEventListener("pointerenter", () => callback(true));
    element.addEventListener("pointerleave", () => callback(false));
    element.addEventListener("focus", () => callback(true));
    element.addEventListener("blur", () => callback(false));
}

/**
 * @param {Piece} piece
 * @param {number} serious how many faults are not remarks on style
 */
function verdict(piece, serious) {
    if (!piece.voices.length || piece.voices.some(({ voice }) => voice === "right" || voice === "left")) {
        return "A piano is not held to the rules for singers.";
    }
    if (piece.voices.filter((voice) => voice.notes > 0).length < 2) {
        return "One voice: nothing to mark yet.";
    }
    return serious
        ? `${counted(serious, "place", "places")} to look at.`
        : "Nothing that a teacher would mark.";
}
