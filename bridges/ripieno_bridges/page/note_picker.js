// @ts-check
// A single note is picked with a click, or with Enter and the arrow keys, and moved with the keys up and down.

import { byId, make, place } from "./dom.js";
import { headOfChain, lineOfNotes, voiceOf } from "./note_lookup.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {{steps?: number, semitones?: number}} Move
 */

const REACH = 4; // pixels around a note's head within which a click means it
const RING = 4; // pixels from the head to the ring around it
const UP_DOWN = new Map([
    ["ArrowUp", 1],
    ["ArrowDown", -1]
]);

export class NotePicker {
    #view;
    #state;
    #hand;
    #callbacks;
    #ring = make("div", { class: "picked", "aria-hidden": "true", hidden: true });

    /** @type {number | null} */
    #index = null; // of the picked note among all notes of the document

    /** @type {string | null} */
    #document = null; // that has it

    /** @type {Promise<void>} */
    #moves = Promise.resolve(); // one after the other

    #isMoving = false;

    /**
     * @param {import("./score_view.js").ScoreView} view
     * @param {import("./page_state.js").PageState} state
     * @param {import("./by_hand.js").ByHand} hand
     * @param {{onPhraseEnd: (note: EngravedNote) => void}} callbacks
     */
    constructor(view, state, hand, callbacks) {
        this.#view = view;
        this.#state = state;
        this.#hand = hand;
        this.#callbacks = callbacks;
        byId("score").append(this.#ring);
        byId("bars").addEventListener("pointerdown", (event) => this.#click(event), { capture: true });
        byId("score").addEventListener("keydown", (event) => this.#key(event), { capture: true });
    }

    /** The picked note; null where none is. */
    get note() {
        return this.#view.notes.find(({ index }) => index === this.#index && index >= 0) ?? null;
    }

    /** @param {Piece} piece the one that is drawn */
    draw(piece) {
        if (piece.document !== this.#document && !this.#isMoving) {
            this.#index = null;
        }
        this.#document = piece.document;
        const { note } = this;
        this.#ring.hidden = note === null;
        if (note !== null) {
            const head = this.#view.headBox(note);
            place(this.#ring, {
                left: head.left - RING,
                top: head.top - RING,
                width: head.width + 2 * RING,
                height: head.height + 2 * RING
            });
        }
    }

    /** @param {PointerEvent} event */
    #click(event) {
        const zero = byId("score").getBoundingClientRect();
        const [x, y] = [event.clientX - zero.left, event.clientY - zero.top];
        const isNear = (/** @type {EngravedNote} */ note) => {
            const { left, top, width, height } = this.#view.headBox(note);
            return Math.abs(x - left - width / 2) < width / 2 + REACH && Math.abs(y - top - height / 2) < height / 2 + 1;
        };
        const note = event.button === 0 && !event.shiftKey ? this.#view.notes.find(isNear) : undefined;
        if (note === undefined) {
            this.#pick(null);
        } else {
            event.stopPropagation();
            this.#pick(note);
            byId("score").focus({ preventScroll: true });
            event.preventDefault();
        }
    }

    /** @param {EngravedNote | null} note */
    #pick(note) {
        if (note === null && this.#index === null) {
            return;
        }
        this.#index = note?.index ?? null;
        this.#hand.sayNote(note);
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const { note } = this;
        const direction = UP_DOWN.get(event.key);
        /** @type {EngravedNote | null | undefined} */
        let goal;
        if (note === null) {
            const { piece, selection } = this.#state;
            if (event.key !== "Enter" || piece === null || selection === null) {
                return;
            }
            const { onset } = piece.measures[selection.focus];
            goal = this.#view.notes.find((one) => one.onset >= onset);
        } else if (direction !== undefined) {
            this.#move(note, event.ctrlKey || event.altKey ? { semitones: direction } : { steps: direction });
        } else if (event.key.toLowerCase() === "p" && !event.ctrlKey && !event.metaKey && !event.altKey) {
            this.#callbacks.onPhraseEnd(note);
        } else if (event.key === "Escape") {
            goal = null;
        } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
            const line = lineOfNotes(note, this.#view.notes);
            goal = line[line.indexOf(note) + (event.key === "ArrowRight" ? 1 : -1)];
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
        if (goal !== undefined) {
            this.#pick(goal);
        }
    }

    /**
     * @param {EngravedNote} note
     * @param {Move} move
     */
    #move({ index }, move) {
        this.#moves = this.#moves.then(async () => {
            const note = this.#view.notes.find((one) => one.index === index);
            const { piece } = this.#state;
            if (note === undefined || piece === null) {
                return;
            }
            const { onset } = headOfChain(note, this.#view.notes);
            const voice = voiceOf(note, piece.voices)?.voice ?? null;
            this.#isMoving = true;
            await this.#hand.moveNote(note, { voice, onset, end: note.heardUntil ?? note.end }, move);
            this.#isMoving = false;
            const after = this.note;
            if (after !== null && after.name !== note.name) {
                this.#hand.sayMoved(note, after);
            }
        });
    }
}
