// @ts-check
// The engraved score: drawn and coloured, with measures that can be selected and a cursor that moves.

import { markNew } from "./colours.js";
import { byId, make, place } from "./dom.js";
import { Geometry } from "./geometry.js";
import { muteName, shadesFor, voiceOf, voicesOn, writtenIds } from "./note_lookup.js";
import { clicked, includes, keyed } from "./selection.js";
import { measuresName, voiceName } from "./texts.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {import("./selection.js").Selection} Selection
 */

const SHADE_MARGIN = 7; // pixels above and below a staff
const HEAD_MARGIN = 2; // pixels around a note's head, so that its neighbours are not touched
const NOTE_MARGIN = 6; // pixels from the middle of a note's head to the left edge
const KEYS = ["ArrowLeft", "ArrowRight", "Home", "End", "Escape"];

export class ScoreView {
    #engraver;
    #callbacks;
    #host = byId("score");

    /** @type {EngravedNote[]} */
    #notes = [];

    /** @type {{quarter: number, left: number, system: number}[]} */
    #stops = []; // where the cursor can be, in order

    /** @type {Piece | null} */
    #piece = null;

    /** @type {Selection | null} */
    #selection = null;

    /** @type {Map<string, Element>} */
    #groups = new Map(); // a note's id -> its SVG group

    /** @type {Geometry | null} */
    #geometry = null; // of the newest engraving

    /**
     * @param {import("./engraver.js").Engraver} engraver
     * @param {{onSelect: (selection: Selection | null) => void, onToggle: (voice: string) => void,
     *     onMelody: (line: import("./piece.js").Line) => void}} callbacks
     */
    constructor(engraver, callbacks) {
        this.#engraver = engraver;
        this.#callbacks = callbacks;
        this.#listen();
    }

    /** The engraved notes, each with `voice`. */
    get notes() {
        return this.#notes;
    }

    /**
     * A note's SVG group.
     *
     * @param {string} id
     */
    group(id) {
        return /** @type {Element} */ (this.#groups.get(id));
    }

    /** @param {EngravedNote} note */
    headBox(note) {
        return this.#measured().head(this.group(note.id));
    }

    /**
     * The boxes of consecutive measures; see Geometry.
     *
     * @param {number} first
     * @param {number} last
     */
    boxesOf(first, last) {
        return this.#measured().boxesOf(first, last);
    }

    /**
     * Where something can stand over or under the notes of a moment; null where there is no note.
     *
     * @param {number} quarter
     * @returns {{left: number, top: number, roof: number, floor: number, system: number} | null} top: of the highest
     *     staff. roof, floor: the top and the bottom of the whole system with all that is engraved there
     */
    placeBeside(quarter) {
        const stop = this.#stops.findLast((one) => one.quarter <= quarter + 1e-4);
        if (stop === undefined) {
            return null;
        }
        const measures = this.#measured().measures.filter(({ system }) => system === stop.system);
        const floor = Math.max(...measures.map((measure) => measure.floor));
        const roof = Math.min(...measures.map((measure) => measure.ceiling));
        const { top } = measures[0];
        return { left: stop.left - NOTE_MARGIN, top, roof, floor, system: stop.system };
    }

    #measured() {
        return /** @type {Geometry} */ (this.#geometry);
    }

    /**
     * Engraves a piece.
     *
     * @param {Piece} piece
     * @param {number} scale in percent
     * @param {import("./engraver.js").Room} room for what else will stand at each system
     * @returns the score's own tempo
     * @throws {Error} where Verovio cannot engrave it
     */
    engrave(piece, scale, room) {
        this.#piece = piece;
        this.#engraver.load(piece.document);
        const pictures = this.#engraver.screenElements(this.#host.clientWidth, scale, room);
        byId("pictures").replaceChildren(...pictures);
        this.#host.dataset.engraved = String(this.#host.clientWidth); // the width that it is engraved for
        this.#geometry = new Geometry(this.#host, pictures);
        this.#notes = this.#engraver.notes(pictures);
        this.#groups = new Map(
            pictures.flatMap((p) => [...p.querySelectorAll("g.note")]).map((group) => [group.id, group])
        );
        this.#findStops();
        this.#layBars(piece);
        this.colour(piece);
        return this.#engraver.tempoMap();
    }

    /**
     * Shows which notes ripieno wrote.
     *
     * @param {Piece} piece
     */
    colour(piece) {
        this.#piece = piece;
        const ids = writtenIds(this.#notes, piece.voices, piece.written);
        for (const note of this.#notes) {
            const line = voiceOf(note, piece.voices);
            note.voice = line === null ? null : muteName(line);
        }
        markNew(this.#host, ids);
        byId("shades").replaceChildren(...this.#shades(ids, piece));
        byId("legend").hidden = !ids.size;
    }

    /**
     * @param {Set<string>} ids of the notes that ripieno wrote
     * @param {Piece} piece
     */
    #shades(ids, { measures }) {
        const { runs, single } = shadesFor(this.#notes, ids, measures);
        const ofRuns = runs.flatMap((run) =>
            this.boxesOf(run.first, run.last).map((box) => {
                const staff = box.staves[run.staff];
                return place(make("div", { class: "shade" }), {
                    left: box.left,
                    top: staff.top - SHADE_MARGIN,
                    width: box.right - box.left,
                    height: staff.bottom - staff.top + 2 * SHADE_MARGIN
                });
            })
        );
        const ofNotes = single.map((note) => {
            const head = this.headBox(note);
            return place(make("div", { class: "shade of-note" }), {
                left: head.left - HEAD_MARGIN,
                top: head.top - HEAD_MARGIN,
                width: head.width + 2 * HEAD_MARGIN,
                height: head.height + 2 * HEAD_MARGIN
            });
        });
        return [...ofRuns, ...ofNotes];
    }

    // -- measures that can be selected ---------------------------------------------------------------------

    /** @param {Piece} piece */
    #layBars({ measures }) {
        const bars = this.#measured()
            .measures.slice(0, measures.length)
            .map((measure, index) => {
                const bar = make("div", {
                    class: "bar",
                    role: "option",
                    id: `bar-${index}`,
                    "aria-label": measuresName(measures, index, index),
                    "aria-selected": "false"
                });
                bar.dataset.index = String(index);
                const box = {
                    left: measure.left,
                    top: measure.top - 14,
                    width: measure.right - measure.left
                };
                return place(bar, { ...box, height: measure.bottom - measure.top + 28 });
            });
        byId("bars").replaceChildren(...bars);
        this.select(this.#selection);
    }

    /** @param {Selection | null} selection */
    select(selection) {
        this.#selection = selection;
        [...byId("bars").children].forEach((bar, index) => {
            bar.setAttribute("aria-selected", String(includes(selection, index)));
            bar.classList.toggle("focus", selection !== null && selection.focus === index);
        });
        if (selection === null) {
            this.#host.removeAttribute("aria-activedescendant");
        } else {
            this.#host.setAttribute("aria-activedescendant", `bar-${selection.focus}`);
        }
    }

    #listen() {
        let dragging = false;
        const indexAt = (/** @type {PointerEvent} */ event) => {
            const under = document.elementFromPoint(event.clientX, event.clientY);
            const index = /** @type {HTMLElement | null} */ (under?.closest(".bar"))?.dataset.index;
            return index === undefined ? null : Number(index);
        };
        const bars = byId("bars");
        bars.addEventListener("pointerdown", (event) => {
            const index = indexAt(event);
            if (index === null || event.button !== 0) {
                return;
            }
            dragging = event.pointerType === "mouse";
            const selection = this.#selection;
            const isSelectedAlone =
                selection !== null && selection.anchor === selection.focus && selection.focus === index;
            this.#callbacks.onSelect(
                isSelectedAlone && !event.shiftKey ? null : clicked(selection, index, event.shiftKey)
            );
        });
        bars.addEventListener("pointermove", (event) => {
            const index = dragging ? indexAt(event) : null;
            if (index !== null && this.#selection !== null && this.#selection.focus !== index) {
                this.#callbacks.onSelect(clicked(this.#selection, index, true));
            }
        });
        window.addEventListener("pointerup", () => {
            dragging = false;
        });
        this.#host.addEventListener("keydown", (event) => {
            if (KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
                event.preventDefault();
                const count = this.#piece?.measures.length ?? 0;
                this.#callbacks.onSelect(keyed(this.#selection, event.key, event.shiftKey, count));
                this.#host.querySelector(".bar.focus")?.scrollIntoView({ block: "nearest" });
            }
        });
    }

    // -- the cursor ----------------------------------------------------------------------------------------

    #findStops() {
        const { systems } = this.#measured();
        const stops = new Map();
        for (const note of this.#notes) {
            const head = this.headBox(note);
            const left = head.left + head.width / 2;
            const known = stops.get(note.onset);
            if (known === undefined || left < known.left) {
                const system = systems.findIndex((group) => group.contains(this.group(note.id)));
                stops.set(note.onset, { quarter: note.onset, left, system });
            }
        }
        this.#stops = [...stops.values()].sort((a, b) => a.quarter - b.quarter);
    }

    /**
     * Moves the cursor to a moment and highlights the notes that sound there.
     *
     * @param {number | null} quarter null: hide the cursor
     * @param {boolean} smooth whether it may be between two notes
     */
    moveCursor(quarter, smooth = false) {
        const cursor = byId("cursor");
        cursor.hidden = quarter === null || !this.#stops.length;
        for (const group of this.#host.querySelectorAll("g.note.sounding")) {
            group.classList.remove("sounding");
        }
        if (quarter === null || cursor.hidden) {
            return;
        }
        for (const note of this.#notes) {
            if (note.onset <= quarter + 1e-6 && quarter < note.end) {
                this.group(note.id).classList.add("sounding");
            }
        }
        this.#placeCursor(cursor, quarter, smooth);
    }

    /**
     * @param {HTMLElement} cursor
     * @param {number} quarter
     * @param {boolean} smooth
     */
    #placeCursor(cursor, quarter, smooth) {
        const after = this.#stops.findIndex((stop) => stop.quarter > quarter + 1e-6);
        const at = this.#stops[after < 0 ? this.#stops.length - 1 : Math.max(0, after - 1)];
        const next = this.#stops[after];
        let { left } = at;
        if (smooth && next && next.system === at.system && next.quarter > at.quarter) {
            left += ((next.left - at.left) * Math.max(0, quarter - at.quarter)) / (next.quarter - at.quarter);
        }
        const measure = this.#measured().measures.find(({ system }) => system === at.system);
        if (measure === undefined) {
            return;
        }
        const moved = cursor.dataset.system !== String(at.system);
        cursor.dataset.system = String(at.system);
        place(cursor, { height: measure.bottom - measure.top + 24 });
        cursor.style.transform = `translate(${left}px, ${measure.top - 12}px)`;
        if (moved) {
            cursor.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
        }
    }

    // -- the names at the staves ---------------------------------------------------------------------------

    /** Buttons over the engraved names of voices. The list of voices has the same for the keyboard. */
    labelButtons() {
        const piece = this.#piece;
        if (piece === null) {
            return [];
        }
        return this.#measured().labels.flatMap((box, staff) => {
            const lines = voicesOn(staff, piece.voices);
            const height = (box.height + 6) / lines.length; // of two voices on a staff each has half of its name
            return box.width === 0
                ? []
                : lines.flatMap((line, index) => {
                      const around = {
                          left: box.left - 4,
                          top: box.top - 3 + index * height,
                          width: box.width + 8,
                          height
                      };
                      return this.#labelButton(piece, line, around);
                  });
        });
    }

    /**
     * @param {Piece} piece
     * @param {import("./piece.js").Line} line
     * @param {import("./geometry.js").Box} around
     */
    #labelButton(piece, line, around) {
        const { voice } = line;
        if (voice === null) {
            return line.melody === undefined || !line.notes ? [] : [this.#melodyButton(line, around)];
        }
        const state = piece.given.includes(voice) ? "given" : "ripieno’s to write";
        const title = `${voiceName(line)} is ${state}; click to change that`;
        const button = make("button", { type: "button", class: "staff-label", tabindex: "-1", title });
        button.addEventListener("click", () => this.#callbacks.onToggle(voice));
        return [place(button, around)];
    }

    /**
     * @param {import("./piece.js").Line} line that is none of the choir's
     * @param {import("./geometry.js").Box} around
     */
    #melodyButton(line, around) {
        const title = `${voiceName(line)} is left as it is; click to make it the melody`;
        const button = make("button", { type: "button", class: "staff-label", tabindex: "-1", title });
        button.addEventListener("click", () => this.#callbacks.onMelody(line));
        return place(button, around);
    }
}
