// @ts-check
// The menu of a chord over the score: what else fits there, the likeliest first; a field for any other chord; whether it
// stays.

import { post, ServerError } from "./client.js";
import { byId, make } from "./dom.js";
import { guidanceTexts, placeWords } from "./guidance.js";
import { markMenu } from "./mark_menu.js";
import { understoodAs } from "./piece.js";
import { symbolText } from "./texts.js";

/**
 * @typedef {import("./chords.js").ShownChord} ShownChord
 * @typedef {import("./piece.js").Piece} Piece
 *
 * @typedef {{symbol: string, share: number, pitches: number[]}} FittingChord what the server says of one
 * @typedef {{chord: FittingChord | null, fitting: FittingChord[]}} ChordsReply chord: as it was typed
 */

const SOUND_AFTER_MS = 120; // of rest on a chord, so that none sounds that is only passed

export class ChordMenu {
    #state;
    #hand;
    #player;
    #callbacks;

    /** @type {ShownChord | null} */
    #chord = null; // whose menu it is

    /** @type {HTMLElement | null} */
    #element = null;

    #fault = make("p", { class: "chord-fault", id: "chord-fault", role: "alert", hidden: true });
    #list = make("div", { class: "chord-fits", role: "group", "aria-label": "What else fits here" });
    #timer = 0;

    /**
     * @param {import("./actions.js").Actions} state
     * @param {import("./by_hand.js").ByHand} hand
     * @param {import("./player.js").Player} player
     * @param {{onClose: () => void, onGrow: () => void}} callbacks onGrow: the menu takes more room than before
     */
    constructor(state, hand, player, callbacks) {
        this.#state = state;
        this.#hand = hand;
        this.#player = player;
        this.#callbacks = callbacks;
    }

    /**
     * The menu; while it is open, what fits is asked for and then shown.
     *
     * @param {ShownChord} chord
     * @param {Piece} piece
     */
    elementFor(chord, piece) {
        const where = placeWords(chord.onset, piece.measures);
        const lock = chord.isKept
            ? { id: "chord-free", text: "Free", press: () => this.#hand.freeChord(chord) }
            : { id: "chord-keep", text: "Keep", press: () => this.#hand.keepChord(chord) };
        const menu = markMenu(`${symbolText(chord.symbol)} in ${where}`, [lock], this.#callbacks.onClose);
        menu.classList.add("chord-menu");
        this.#chord = chord;
        this.#list.replaceChildren();
        this.#say("");
        menu.prepend(this.#list);
        menu.append(this.#form(), this.#fault);
        this.#element = menu;
        this.#findFitting(chord, piece);
        return menu;
    }

    /** Gives the focus to the first thing that can be done. */
    focus() {
        this.#element?.querySelector("button")?.focus({ preventScroll: true });
    }

    /** Says beside the field what the page says of a chord that could not be taken. */
    drawMessage() {
        if (this.#element?.isConnected && this.#state.message) {
            this.#say(this.#state.message);
        }
    }

    #form() {
        const field = make("input", {
            type: "text",
            id: "chord-typed",
            "aria-label": "Another chord",
            "aria-describedby": "chord-fault",
            placeholder: "another: Gm7/D",
            autocomplete: "off",
            spellcheck: "false",
            maxlength: "60"
        });
        const form = make("form", { class: "chord-form" }, field, make("button", { type: "submit" }, "Take"));
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#take(field.value);
        });
        return form;
    }

    /**
     * @param {ShownChord} chord
     * @param {Piece} piece
     */
    async #findFitting(chord, piece) {
        try {
            const { fitting } = await this.#ask(chord, piece);
            if (this.#chord === chord && this.#element?.isConnected) {
                const others = fitting.filter(({ symbol }) => symbol !== chord.symbol);
                const hadFocus = this.#element.querySelector("button") === document.activeElement;
                this.#list.replaceChildren(...others.map((one) => this.#button(one)));
                this.#callbacks.onGrow();
                hadFocus && this.focus();
            }
        } catch (error) {
            this.#chord === chord && this.#say(textOf(error));
        }
    }

    /** @param {FittingChord} fitting */
    #button({ symbol, share, pitches }) {
        const percent = share < 0.01 ? "less than 1 %" : `${Math.round(100 * share)} %`;
        const title = `likely here: ${percent}`;
        const button = make("button", { type: "button", class: "fits", title }, symbolText(symbol));
        button.addEventListener("click", () => this.#choose(symbol));
        const sound = () => {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#player.sound(pitches), SOUND_AFTER_MS);
        };
        button.addEventListener("pointerenter", sound);
        button.addEventListener("focus", sound);
        button.addEventListener("pointerleave", () => clearTimeout(this.#timer));
        button.addEventListener("keydown", (event) => this.#key(event, button));
        return button;
    }

    /**
     * @param {KeyboardEvent} event
     * @param {HTMLElement} button
     */
    #key(event, button) {
        const next = { ArrowRight: button.nextElementSibling, ArrowLeft: button.previousElementSibling }[event.key];
        if (next) {
            event.preventDefault();
            event.stopPropagation();
            /** @type {HTMLElement} */ (next).focus();
        }
    }

    /**
     * Takes a chord that was typed, where it is one.
     *
     * @param {string} typed
     */
    async #take(typed) {
        const chord = this.#chord;
        const { piece } = this.#state;
        if (chord === null || piece === null || this.#state.job !== null) {
            return;
        }
        try {
            const reply = await this.#ask(chord, piece, typed);
            if (this.#chord === chord && reply.chord !== null) {
                await this.#choose(reply.chord.symbol);
            }
        } catch (error) {
            this.#say(textOf(error));
            byId("chord-typed").focus();
        }
    }

    /** @param {string} symbol */
    async #choose(symbol) {
        const chord = this.#chord;
        clearTimeout(this.#timer);
        if (chord !== null && this.#state.job === null) {
            const { onset, end } = chord;
            const isSettled = await this.#state.chooseChord({ onset, end, symbol });
            isSettled || this.#hand.keepChord({ onset, end, symbol });
        }
    }

    /**
     * @param {ShownChord} chord
     * @param {Piece} piece
     * @param {string | null} typed a chord to be read
     * @returns {Promise<ChordsReply>}
     */
    #ask({ onset, end }, piece, typed = null) {
        const { key, phrases } = guidanceTexts(piece);
        const name = piece.name.replace(/\.[^.]*$/, ".musicxml");
        return post("/v1/musicxml/chords", {
            ...{ document: piece.document, name, selection: [onset, end], given: piece.given },
            ...understoodAs(piece),
            ...(typed === null ? {} : { chord: typed }),
            ...(key ? { key } : {}),
            ...(phrases ? { phrases } : {})
        });
    }

    /** @param {string} fault empty: none */
    #say(fault) {
        this.#fault.textContent = fault;
        this.#fault.hidden = !fault;
        fault && this.#callbacks.onGrow();
    }
}

/** @param {unknown} error */
function textOf(error) {
    if (error instanceof ServerError) {
        return error.message;
    }
    throw error;
}
