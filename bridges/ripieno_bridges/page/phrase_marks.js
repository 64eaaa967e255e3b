// @ts-check
// The commas over the melody at the ends of its phrases, as breaths are written. Each is dragged, or moved with the
// arrow keys and removed with Delete; a click opens a menu with the same. At the picked note there is a button that lets
// a phrase end there.

import { byId, make, place } from "./dom.js";
import { makeDraggable } from "./drag.js";
import { guidanceOf, placeWords } from "./guidance.js";
import { endNotes, melodyNoteAt, melodyNotes, nextFree } from "./phrase_ends.js";
import { markMenu } from "./mark_menu.js";
import { PhrasePlaces } from "./phrase_places.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Piece} Piece
 */

const COMMA =
    '<svg aria-hidden="true" viewBox="0 0 26 26"><path d="M13.4 7c2.6 0 4.2 1.8 4.2 4.6 0 4-2.7 7.3-6.6 8.9l-.6-1.1c2.1-1.2 3.5-2.8 3.9-4.6-.4.2-.8.3-1.3.3-2 0-3.5-1.6-3.5-3.9C9.5 8.7 11.2 7 13.4 7z"/></svg>';

export class PhraseMarks {
    #view;
    #state;
    #hand;
    #layer = byId("phrases");

    /** @type {unknown[]} */
    #drawn = []; // what the marks are drawn from

    /** @type {Piece | null} */
    #piece = null;

    #places; // of the piece that is drawn

    /** @type {EngravedNote[]} */
    #melody = [];

    /** @type {EngravedNote[]} */
    #ends = [];

    /** @type {number | null} */
    #open = null; // the onset of the mark whose menu is open

    /** @type {string | null} */
    #focus = null; // the id of the mark or button that gets the focus when the marks are drawn

    /** @type {EngravedNote | null} */
    #goal = null; // the note to which a mark is dragged

    /**
     * @param {import("./score_view.js").ScoreView} view
     * @param {import("./page_state.js").PageState} state
     * @param {import("./by_hand.js").ByHand} hand
     */
    constructor(view, state, hand) {
        this.#view = view;
        this.#state = state;
        this.#hand = hand;
        this.#places = new PhrasePlaces(view, []);
        document.addEventListener("pointerdown", ({ target }) => {
            if (this.#open !== null && !this.#layer.contains(/** @type {Node} */ (target))) {
                this.#openMenu(null);
            }
        });
    }

    /**
     * @param {Piece} piece
     * @param {EngravedNote | null} picked the note at which a phrase could end
     */
    draw(piece, picked) {
        const { isGuided } = this.#state;
        const drawn = [piece, picked, this.#open, this.#view.notes, isGuided];
        if (this.#goal !== null || drawn.every((value, index) => value === this.#drawn[index])) {
            return;
        }
        this.#drawn = drawn;
        this.#piece = piece;
        this.#places = new PhrasePlaces(this.#view, piece.measures);
        this.#melody = isGuided ? melodyNotes(piece, this.#view.notes) : [];
        this.#ends = endNotes(piece, this.#melody);
        const focused = this.#layer.contains(document.activeElement) ? document.activeElement?.id : null;
        const marks = this.#ends.map((note, index) => this.#mark(note, index));
        this.#layer.replaceChildren(...marks);
        this.#ends.forEach((note, index) => note.onset === this.#open && this.#showMenu(note, marks[index]));
        this.#showAddButton(picked);
        document.getElementById(this.#focus ?? focused ?? "")?.focus({ preventScroll: true });
        this.#focus = null;
    }

    /**
     * Lets a phrase end with a note, or none where one does.
     *
     * @param {EngravedNote} picked of whatever voice
     */
    toggle(picked) {
        const note = melodyNoteAt(picked, this.#melody);
        if (note !== null) {
            const isEnd = this.#ends.includes(note);
            this.#hand.moveEnd(isEnd ? note.onset : null, isEnd ? null : note.onset);
        }
    }

    // -- what is drawn -------------------------------------------------------------------------------------

    /**
     * @param {EngravedNote} note
     * @param {number} index
     */
    #mark(note, index) {
        const mark = make("span", {
            class: "phrase-end",
            id: idOf(note),
            role: "slider",
            tabindex: "0",
            title: "A phrase ends here: drag it, or click it",
            "aria-label": `End of phrase ${index + 1} of ${this.#ends.length + 1}`,
            "aria-valuemin": "1",
            "aria-valuemax": String(this.#melody.length - 1),
            "aria-valuenow": String(this.#melody.indexOf(note) + 1),
            "aria-valuetext": `${this.#words(note)}: ${note.name}`,
            "aria-describedby": "phrases-help",
            "aria-keyshortcuts": "ArrowLeft ArrowRight Delete Enter"
        });
        mark.innerHTML = COMMA;
        makeDraggable(mark, {
            onMove: (event) => this.#follow(event, mark, note),
            onDrop: () => this.#drop(mark, note),
            onCancel: () => this.#letGo(mark, note),
            onClick: () => this.#openMenu(this.#open === note.onset ? null : note)
        });
        mark.addEventListener("keydown", (event) => this.#key(event, note));
        return place(mark, this.#places.over(note));
    }

    /** @param {EngravedNote} note */
    #words(note) {
        return placeWords(note.onset, /** @type {Piece} */ (this.#piece).measures);
    }

    /**
     * Shows what a click on a mark opens: the same as with the keys, and the way back.
     *
     * @param {EngravedNote} note
     * @param {HTMLElement} mark
     */
    #showMenu(note, mark) {
        const going = (/** @type {1 | -1} */ direction, /** @type {string} */ id) => {
            const to = nextFree(note, direction, this.#ends, this.#melody);
            return to && (() => this.#move(note, to, id));
        };
        const back = { id: "phrases-found", text: "All as found", press: () => this.#hand.setPhrases("") };
        const choices = [
            { id: "phrase-earlier", text: "← Earlier", press: going(-1, "phrase-earlier") },
            { id: "phrase-later", text: "Later →", press: going(1, "phrase-later") },
            { id: "phrase-remove", text: "No end here", press: () => this.#remove(note) },
            ...(guidanceOf(this.#piece).phrases ? [back] : [])
        ];
        const menu = markMenu(`The phrase that ends in ${this.#words(note)}`, choices, () => {
            this.#focus = idOf(note);
            this.#openMenu(null);
        });
        mark.after(menu);
        this.#placeAbove(menu, note);
    }

    /**
     * Shows the button at a picked note; none where the melody rests, and where a phrase ends already.
     *
     * @param {EngravedNote | null} picked
     */
    #showAddButton(picked) {
        const note = picked === null ? null : melodyNoteAt(picked, this.#melody);
        if (note === null || this.#ends.includes(note)) {
            return;
        }
        const button = make("button", { type: "button", class: "add-phrase-end", "aria-keyshortcuts": "P" });
        button.textContent = "A phrase ends here";
        button.addEventListener("click", () => {
            this.#focus = idOf(note);
            this.#hand.moveEnd(null, note.onset);
        });
        this.#layer.append(button);
        this.#placeAbove(button, note);
    }

    /**
     * Places something that is shown above the mark of a note, inside of the score.
     *
     * @param {HTMLElement} element
     * @param {EngravedNote} note
     */
    #placeAbove(element, note) {
        const { left, top } = this.#places.over(note);
        const furthest = this.#layer.clientWidth - element.offsetWidth;
        place(element, { left: Math.max(0, Math.min(left, furthest)), top: top - element.offsetHeight });
    }

    // -- what is done --------------------------------------------------------------------------------------

    /** @param {EngravedNote | null} note whose menu is open from now on; null: none */
    #openMenu(note) {
        this.#open = note?.onset ?? null;
        this.#state.draw();
    }

    /**
     * @param {EngravedNote} from
     * @param {EngravedNote} to
     * @param {string | null} button of the menu that was pressed, and stays open
     */
    #move(from, to, button = null) {
        if (this.#state.job === null) {
            this.#focus = button ?? idOf(to);
            this.#open = button === null ? null : to.onset;
            this.#hand.moveEnd(from.onset, to.onset);
        }
    }

    /** @param {EngravedNote} note */
    #remove(note) {
        if (this.#state.job === null) {
            const index = this.#ends.indexOf(note);
            const neighbour = this.#ends[index + 1] ?? this.#ends[index - 1];
            this.#focus = neighbour === undefined ? "score" : idOf(neighbour);
            this.#open = null;
            this.#hand.moveEnd(note.onset, null);
        }
    }

    /**
     * @param {KeyboardEvent} event
     * @param {EngravedNote} note
     */
    #key(event, note) {
        if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
            const to = nextFree(note, event.key === "ArrowRight" ? 1 : -1, this.#ends, this.#melody);
            to === null || this.#move(note, to);
        } else if (event.key === "Delete" || event.key === "Backspace") {
            this.#remove(note);
        } else if (event.key === "Enter" || event.key === " ") {
            this.#openMenu(this.#open === note.onset ? null : note);
        } else if (event.key === "Escape" && this.#open !== null) {
            this.#openMenu(null);
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    // -- dragging ------------------------------------------------------------------------------------------

    /**
     * @param {PointerEvent} event
     * @param {HTMLElement} mark
     * @param {EngravedNote} note its own
     */
    #follow(event, mark, note) {
        this.#goal = this.#nearest(event, note);
        mark.classList.add("dragged");
        place(mark, this.#places.over(this.#goal));
    }

    /**
     * @param {HTMLElement} mark
     * @param {EngravedNote} note
     */
    #drop(mark, note) {
        const goal = this.#goal;
        this.#letGo(mark, note);
        if (goal !== null && goal !== note) {
            this.#move(note, goal);
        }
    }

    /**
     * Puts a mark that was dragged back.
     *
     * @param {HTMLElement} mark
     * @param {EngravedNote} note
     */
    #letGo(mark, note) {
        this.#goal = null;
        mark.classList.remove("dragged");
        place(mark, this.#places.over(note));
    }

    /**
     * The note of the melody that is nearest to the pointer, of those with which no other phrase ends.
     *
     * @param {PointerEvent} event
     * @param {EngravedNote} own with which the dragged phrase ends
     */
    #nearest(event, own) {
        const zero = this.#layer.getBoundingClientRect();
        const point = { x: event.clientX - zero.left, y: event.clientY - zero.top };
        const free = this.#melody.slice(0, -1).filter((note) => note === own || !this.#ends.includes(note));
        return this.#places.nearest(point, free);
    }
}

/** @param {EngravedNote} note */
function idOf({ onset }) {
    return `phrase-end-${onset}`;
}
