// The list beside the score: what a harmony teacher would mark, and what is least original.

import { byId, make } from "./dom.js";
import { counted, placeOf } from "./texts.js";

const REMARK = "remark";

export class Remarks {
    #marks;
    #style = false; // whether remarks on style are shown, too
    #told;

    // told: {styleChanged()}
    constructor(marks, told) {
        this.#marks = marks;
        this.#told = told;
        byId("style").addEventListener("change", (event) => {
            this.#style = event.target.checked;
            this.#told.styleChanged();
        });
    }

    // Those that are shown now.
    shown(piece) {
        return piece.faults.filter((fault) => this.#style || fault.severity !== REMARK);
    }

    draw(piece) {
        const shown = this.shown(piece);
        const serious = piece.faults.filter((fault) => fault.severity !== REMARK).length;
        const style = piece.faults.length - serious;
        byId("verdict").textContent = verdict(piece, serious);
        byId("style-choice").hidden = !style;
        byId("style-count").textContent =
            `Show ${counted(style, "remark on style", "remarks on style")}, too`;
        byId("remarks").replaceChildren(...shown.map((fault) => this.#entry(fault)));
        byId("likeness").replaceChildren(...this.#likeness(piece));
    }

    #entry(fault) {
        const place = make("span", { class: "place" }, placeOf(fault));
        const button = make(
            "button",
            { type: "button", "data-severity": fault.severity },
            fault.sentence,
            place
        );
        button.addEventListener("pointerenter", () => this.#marks.light(fault));
        button.addEventListener("pointerleave", () => this.#marks.light(null));
        button.addEventListener("focus", () => this.#marks.light(fault));
        button.addEventListener("blur", () => this.#marks.light(null));
        button.fault = fault;
        return make("li", {}, button);
    }

    #likeness(piece) {
        const like = piece.originality;
        if (!like) {
            return [];
        }
        const button = make(
            "button",
            { type: "button", class: "likeness" },
            make("strong", {}, "Most like a piece it learned from: "),
            like.sentence
        );
        const light = (on) => () => this.#marks.lightBracket(piece, on);
        button.addEventListener("pointerenter", light(true));
        button.addEventListener("pointerleave", light(false));
        button.addEventListener("focus", light(true));
        button.addEventListener("blur", light(false));
        return [button];
    }

    // Goes to a fault's entry, where its mark was clicked.
    goTo(fault) {
        for (const button of byId("remarks").querySelectorAll("button")) {
            if (button.fault === fault) {
                button.focus();
            }
        }
    }
}

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
