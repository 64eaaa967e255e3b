// @ts-check
// The chords over the systems. A click opens the menu of one, see chord_menu.js; arrow keys go from chord to chord.

import { ChordMenu } from "./chord_menu.js";
import { shownChords } from "./chords.js";
import { byId, make, place } from "./dom.js";
import { placeWords } from "./guidance.js";
import { Rows } from "./rows.js";
import { figureText, symbolText } from "./texts.js";

/**
 * @typedef {import("./chords.js").ShownChord} ShownChord
 * @typedef {import("./piece.js").Piece} Piece
 */

const ABOVE = 30; // pixels over the highest staff: the commas at the ends of phrases stand there
const OVER = 14; // pixels over all that is engraved: the bracket over measures stands there
const ROW = 24; // pixels
const ROWS = 2;
const GAP = 1; // pixels between two chords of a row, beside the room inside of each

export class ChordMarks {
    #view;
    #state;
    #hand;
    #menu;
    #layer = byId("chord-labels");

    /** @type {unknown[]} */
    #drawn = []; // what the labels are drawn from

    /** @type {ShownChord[]} */
    #chords = [];

    /** @type {number} */
    #current = 0; // the onset of the chord that Tab reaches

    /** @type {number | null} */
    #open = null; // the onset of the chord whose menu is open

    /**
     * @param {import("./score_view.js").ScoreView} view
     * @param {import("./actions.js").Actions} state
     * @param {import("./by_hand.js").ByHand} hand
     * @param {import("./player.js").Player} player
     */
    constructor(view, state, hand, player) {
        this.#view = view;
        this.#state = state;
        this.#hand = hand;
        this.#menu = new ChordMenu(state, hand, player, {
            onClose: () => this.#openMenu(null, true),
            onGrow: () => this.#placeMenu()
        });
        byId("chords").addEventListener("change", () => state.draw());
        document.addEventListener("pointerdown", ({ target }) => {
            if (this.#open !== null && !this.#layer.contains(/** @type {Node} */ (target))) {
                this.#openMenu(null);
            }
        });
    }

    /**
     * Whether room is needed for them.
     *
     * @param {Piece} piece
     */
    areShown(piece) {
        return byId("chords").checked && shownChords(piece).length > 0;
    }

    /** @param {Piece} piece */
    draw(piece) {
        const isShown = this.areShown(piece);
        byId("harmony-choice").hidden = !shownChords(piece).length;
        byId("chords-help").hidden = !isShown;
        const drawn = [piece, this.#open, this.#view.notes, isShown];
        if (!drawn.every((value, index) => value === this.#drawn[index])) {
            this.#layLabels(piece, isShown, piece !== this.#drawn[0]);
            this.#drawn = drawn;
        }
        this.#menu.drawMessage();
    }

    /**
     * @param {Piece} piece
     * @param {boolean} isShown
     * @param {boolean} isOther whether it is another piece, or another state of it
     */
    #layLabels(piece, isShown, isOther) {
        const hadFocus = this.#layer.contains(document.activeElement);
        this.#chords = isShown ? shownChords(piece) : [];
        if (isOther) {
            this.#open = null;
        }
        const current = this.#chords.findLast(({ onset }) => onset <= this.#current + 1e-4) ?? this.#chords[0];
        this.#current = current?.onset ?? 0;
        this.#layer.replaceChildren();
        const rows = new Rows(ROWS, GAP);
        for (const chord of this.#chords) {
            this.#layLabel(chord, piece, rows);
        }
        const opened = this.#chords.find(({ onset }) => onset === this.#open);
        if (opened !== undefined) {
            this.#showMenu(opened, piece);
        } else if (hadFocus) {
            this.#label(this.#current)?.focus({ preventScroll: true });
        }
    }

    /**
     * @param {ShownChord} chord
     * @param {Piece} piece
     * @param {Rows} rows
     */
    #layLabel(chord, piece, rows) {
        const at = this.#view.placeBeside(chord.onset);
        if (at === null) {
            return;
        }
        const numeral = chord.figure && `${figureText(chord.figure)} in ${chord.key}`;
        const where = placeWords(chord.onset, piece.measures);
        const words = [symbolText(chord.symbol), numeral, where, chord.isKept ? "stays" : ""].filter(Boolean);
        const label = make(
            "button",
            {
                type: "button",
                class: chord.isKept ? "chord kept" : "chord",
                "data-onset": String(chord.onset),
                "aria-label": words.join(", "),
                "aria-expanded": String(chord.onset === this.#open),
                "aria-describedby": "chords-help",
                tabindex: chord.onset === this.#current ? "0" : "-1",
                title: numeral || null
            },
            symbolText(chord.symbol)
        );
        label.addEventListener("click", () => this.#openMenu(this.#open === chord.onset ? null : chord.onset, true));
        label.addEventListener("keydown", (event) => this.#key(event, chord));
        this.#layer.append(label);
        const { row, left } = rows.placeOf(at, label.offsetWidth);
        const roof = Math.min(at.roof - OVER, at.top - ABOVE);
        place(label, { left: left - 4, top: roof - (row + 1) * ROW });
    }

    /**
     * @param {ShownChord} chord
     * @param {Piece} piece
     */
    #showMenu(chord, piece) {
        const label = /** @type {HTMLElement} */ (this.#label(chord.onset));
        label.after(this.#menu.elementFor(chord, piece));
        this.#placeMenu();
        this.#menu.focus();
    }

    /** Places the open menu under its chord, inside of the score. */
    #placeMenu() {
        const menu = /** @type {HTMLElement | null} */ (this.#layer.querySelector(".chord-menu"));
        const label = this.#open === null ? null : this.#label(this.#open);
        if (menu !== null && label !== null) {
            place(menu, { left: 0 }); // where it is as wide as it would be
            const furthest = this.#layer.clientWidth - menu.offsetWidth;
            const left = Math.max(0, Math.min(label.offsetLeft, furthest));
            place(menu, { left, top: label.offsetTop + label.offsetHeight + 4 });
        }
    }

    /** @param {number} onset */
    #label(onset) {
        return /** @type {HTMLElement | null} */ (this.#layer.querySelector(`[data-onset="${onset}"]`));
    }

    /**
     * @param {number | null} onset of the chord whose menu is open from now on; null: none
     * @param {boolean} focus whether the chord gets the focus where none is open
     */
    #openMenu(onset, focus = false) {
        this.#open = onset;
        this.#current = onset ?? this.#current;
        this.#state.draw();
        if (onset === null && focus) {
            this.#label(this.#current)?.focus({ preventScroll: true });
        }
    }

    /**
     * @param {KeyboardEvent} event
     * @param {ShownChord} chord
     */
    #key(event, chord) {
        const index = this.#chords.indexOf(chord);
        const last = this.#chords.length - 1;
        const goal = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[event.key];
        if (event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        if (goal !== undefined) {
            this.#goTo(this.#chords[Math.max(0, Math.min(last, goal))]);
        } else if (event.key === "Delete" || event.key === "Backspace") {
            chord.isKept && this.#hand.freeChord(chord);
        } else if (event.key === "Escape" && this.#open !== null) {
            this.#openMenu(null, true);
        } else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    /** @param {ShownChord} chord */
    #goTo({ onset }) {
        this.#label(this.#current)?.setAttribute("tabindex", "-1");
        this.#current = onset;
        const label = this.#label(onset);
        label?.setAttribute("tabindex", "0");
        label?.focus();
    }
}
