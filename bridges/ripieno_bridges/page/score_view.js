// The score on the paper: engraved, tinted, with measures that can be selected and a cursor that moves.

import { byId, make, place } from "./dom.js";
import { Geometry } from "./geometry.js";
import { heardAs, voiceOf, voicesOn, writtenIds, writtenRuns } from "./note_lookup.js";
import { clicked, includes, keyed } from "./selection.js";
import { measuresName, voiceName } from "./texts.js";

const SHADE_MARGIN = 7; // pixels above and below a staff
const KEYS = ["ArrowLeft", "ArrowRight", "Home", "End", "Escape"];

export class ScoreView {
    #engraver;
    #told;
    #host = byId("score");
    #notes = [];
    #stops = []; // where the cursor stands: [{quarter, left, system}]
    #piece = null;
    #selection = null;
    #groups = new Map();
    geometry = null; // of what was engraved last

    // told: {selected(selection), toggled(voice)}
    constructor(engraver, told) {
        this.#engraver = engraver;
        this.#told = told;
        this.#listen();
    }

    // The engraved notes, each with `voice`, the name by which it is muted, or null.
    get notes() {
        return this.#notes;
    }

    group(id) {
        return this.#groups.get(id);
    }

    // Engraves the piece anew. Raises Error where that cannot be.
    engrave(piece, scale) {
        this.#piece = piece;
        this.#engraver.load(piece.document);
        const pictures = this.#engraver.pictures(this.#host.clientWidth, scale);
        byId("pictures").replaceChildren(...pictures);
        this.#host.dataset.engraved = this.#host.clientWidth; // how wide it was then
        this.geometry = new Geometry(this.#host, pictures);
        this.#notes = this.#engraver.notes(pictures);
        this.#groups = new Map(
            pictures.flatMap((p) => [...p.querySelectorAll("g.note")]).map((group) => [group.id, group])
        );
        this.#findStops();
        this.#layBars();
        this.tint(piece);
        return this.#engraver.tempoMap();
    }

    // Shows whose each note is.
    tint(piece) {
        this.#piece = piece;
        const ids = writtenIds(this.#notes, piece.voices, piece.written);
        for (const note of this.#notes) {
            const line = voiceOf(note, piece.voices);
            note.voice = line === null ? null : heardAs(line);
            this.#groups.get(note.id).classList.toggle("new", ids.has(note.id));
        }
        for (const beam of this.#host.querySelectorAll("g.beam")) {
            beam.classList.toggle("new", beam.querySelector("g.note:not(.new)") === null);
        }
        for (const sign of this.#host.querySelectorAll("g[data-startid]")) {
            sign.classList.toggle("new", ids.has(sign.dataset.startid.replace("#", "")));
        }
        const boxes = writtenRuns(this.#notes, ids, piece.measures).flatMap((run) =>
            this.geometry.stretches(run.first, run.last).map((part) => {
                const staff = part.staves[run.staff];
                const top = staff.top - SHADE_MARGIN;
                const height = staff.bottom - staff.top + 2 * SHADE_MARGIN;
                return place(make("div", { class: "shade" }), {
                    left: part.left,
                    top,
                    width: part.right - part.left,
                    height
                });
            })
        );
        byId("shades").replaceChildren(...boxes);
        byId("legend").hidden = !ids.size;
    }

    // -- bars ----------------------------------------------------------------------------------------------

    #layBars() {
        const bars = this.geometry.measures.slice(0, this.#piece.measures.length).map((measure, index) => {
            const name = measuresName(this.#piece.measures, index, index);
            const bar = make("div", {
                class: "bar",
                role: "option",
                id: `bar-${index}`,
                "aria-label": name,
                "aria-selected": "false"
            });
            bar.dataset.index = index;
            const box = { left: measure.left, top: measure.top - 14, width: measure.right - measure.left };
            return place(bar, { ...box, height: measure.bottom - measure.top + 28 });
        });
        byId("bars").replaceChildren(...bars);
        this.select(this.#selection);
    }

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
        const indexAt = (event) =>
            document.elementFromPoint(event.clientX, event.clientY)?.closest?.(".bar")?.dataset.index;
        const bars = byId("bars");
        bars.addEventListener("pointerdown", (event) => {
            const index = indexAt(event);
            if (index === undefined || event.button !== 0) {
                return;
            }
            dragging = event.pointerType === "mouse";
            const alone = this.#selection !== null && this.#selection.anchor === this.#selection.focus;
            const again = alone && this.#selection.focus === Number(index) && !event.shiftKey;
            this.#told.selected(again ? null : clicked(this.#selection, Number(index), event.shiftKey));
        });
        bars.addEventListener("pointermove", (event) => {
            const index = dragging ? indexAt(event) : undefined;
            if (index !== undefined && this.#selection !== null && this.#selection.focus !== Number(index)) {
                this.#told.selected(clicked(this.#selection, Number(index), true));
            }
        });
        window.addEventListener("pointerup", () => {
            dragging = false;
        });
        this.#host.addEventListener("keydown", (event) => {
            if (KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
                event.preventDefault();
                const count = this.#piece.measures.length;
                this.#told.selected(keyed(this.#selection, event.key, event.shiftKey, count));
                this.#host.querySelector(".bar.focus")?.scrollIntoView({ block: "nearest" });
            }
        });
    }

    // -- the cursor ----------------------------------------------------------------------------------------

    #findStops() {
        const stops = new Map();
        for (const note of this.#notes) {
            const head = this.geometry.head(this.#groups.get(note.id));
            const left = head.left + head.width / 2;
            const known = stops.get(note.onset);
            if (known === undefined || left < known.left) {
                const system = this.geometry.systems.indexOf(this.#groups.get(note.id).closest("g.system"));
                stops.set(note.onset, { quarter: note.onset, left, system });
            }
        }
        this.#stops = [...stops.values()].sort((a, b) => a.quarter - b.quarter);
    }

    // Moves the cursor to a moment and lights what sounds; null takes it away.
    moveCursor(quarter, smooth) {
        const cursor = byId("cursor");
        cursor.hidden = quarter === null || !this.#stops.length;
        for (const group of this.#host.querySelectorAll("g.note.sounding")) {
            group.classList.remove("sounding");
        }
        if (cursor.hidden) {
            return;
        }
        for (const note of this.#notes) {
            if (note.onset <= quarter + 1e-6 && quarter < note.end) {
                this.#groups.get(note.id).classList.add("sounding");
            }
        }
        this.#stand(cursor, quarter, smooth);
    }

    #stand(cursor, quarter, smooth) {
        const after = this.#stops.findIndex((stop) => stop.quarter > quarter + 1e-6);
        const at = this.#stops[after < 0 ? this.#stops.length - 1 : Math.max(0, after - 1)];
        const next = this.#stops[after];
        let { left } = at;
        if (smooth && next && next.system === at.system && next.quarter > at.quarter) {
            left += ((next.left - at.left) * Math.max(0, quarter - at.quarter)) / (next.quarter - at.quarter);
        }
        const line = this.geometry.measures.find((measure) => measure.system === at.system);
        const moved = cursor.dataset.system !== String(at.system);
        cursor.dataset.system = at.system;
        place(cursor, { height: line.bottom - line.top + 24 });
        cursor.style.transform = `translate(${left}px, ${line.top - 12}px)`;
        if (moved) {
            cursor.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
        }
    }

    // -- the names at the staves ---------------------------------------------------------------------------

    // Buttons over the engraved names. The list of voices has the same for the keyboard.
    labelButtons() {
        return this.geometry.labels.flatMap((box, staff) => {
            const [voice, ...others] = voicesOn(staff, this.#piece.voices);
            if (!voice || others.length || voice.voice === null || box.width === 0) {
                return [];
            }
            const given = this.#piece.given.includes(voice.voice);
            const title = `${voiceName(voice)} is ${given ? "given" : "ripieno’s to write"}; click to change that`;
            const button = make("button", { type: "button", class: "staff-label", tabindex: "-1", title });
            button.addEventListener("click", () => this.#told.toggled(voice.voice));
            return [
                place(button, {
                    left: box.left - 4,
                    top: box.top - 3,
                    width: box.width + 8,
                    height: box.height + 6
                })
            ];
        });
    }
}
