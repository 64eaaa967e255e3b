// @ts-check
// The page: connects its parts. What is pressed becomes an action; after each change of the state the page is drawn.

import { Actions } from "./actions.js";
import { ChordMarks } from "./chord_marks.js";
import { ByHand } from "./by_hand.js";
import { Controls } from "./controls.js";
import { byId } from "./dom.js";
import { layOutForPrint, saveMusicxml, saveSvg } from "./downloads.js";
import { Engraver } from "./engraver.js";
import { listExports, makeMidiDraggable, saveExport } from "./exports.js";
import { FaultList } from "./fault_list.js";
import { hideTip, Marks } from "./marks.js";
import { Numerals } from "./numerals.js";
import { Offer } from "./offer.js";
import { NotePicker } from "./note_picker.js";
import { listenForFiles } from "./open_file.js";
import { PhraseMarks } from "./phrase_marks.js";
import { Player } from "./player.js";
import { Rehearsal } from "./rehearsal.js";
import { ScoreView } from "./score_view.js";
import { Shelf } from "./shelf.js";
import { TokenField } from "./token_field.js";
import { Versions } from "./versions.js";

/** @typedef {import("./piece.js").Piece} Piece */

const RESIZED_MS = 120; // a window that is being resized is engraved once it rests
const REDUCED_MOTION = window.matchMedia("(prefers-reduced-motion: reduce)");

class Page {
    /**
     * @type {{document: string | null, width: number, scale: number, room: string, piece: Piece | null,
     *     errorMeasure: string | null}}
     */
    #drawn = { document: null, width: 0, scale: 0, room: "", piece: null, errorMeasure: null };

    #scale = window.innerWidth < 560 ? 30 : 40; // percent

    /** @param {{screen: Engraver, paper: Engraver, thumbnails: Engraver}} engravers */
    constructor({ screen, paper, thumbnails }) {
        this.paper = paper;
        this.actions = new Actions(
            () => this.draw(),
            () => this.#showResult()
        );
        this.hand = new ByHand(this.actions);
        this.view = new ScoreView(screen, {
            onSelect: (selection) => this.actions.select(selection),
            onToggle: (voice) => this.hand.toggle(voice),
            onMelody: (line) => this.hand.chooseMelody(line)
        });
        this.picker = new NotePicker(this.view, this.actions, this.hand, {
            onPhraseEnd: (note) => this.phrases.toggle(note)
        });
        this.phrases = new PhraseMarks(this.view, this.actions, this.hand);
        this.player = new Player({
            onMove: (quarter) => this.rehearsal.showPosition(quarter),
            onEnd: () => this.rehearsal.hidePosition()
        });
        this.rehearsal = new Rehearsal(this.actions, this.view, this.player);
        this.marks = new Marks(this.view, { onClick: (fault) => this.faults.focus(fault) });
        this.faults = new FaultList(this.marks, { onFilterChange: () => this.#drawMarks() });
        this.numerals = new Numerals(this.view, { onSwitch: () => this.draw() });
        this.chords = new ChordMarks(this.view, this.actions, this.hand, this.player);
        this.versions = new Versions(thumbnails, {
            onChoose: (index, focus) => this.#choose(index, focus)
        });
        this.controls = new Controls(this.actions, this.hand, this.player);
        this.lock = new TokenField(this.actions.connection);
        this.shelf = new Shelf();
        this.offer = new Offer(this.shelf, {
            onTake: (work) => this.#goOn(work),
            onAllow: () => this.draw()
        });
        this.#listen();
    }

    async start() {
        document.documentElement.dataset.ready = "true";
        const exports = listExports((kind) => this.#saveExport(kind)).catch(() => undefined);
        await Promise.all([this.actions.connection.watch(), this.offer.begin(), exports]);
    }

    /** @param {import("./kept_work.js").Work} work */
    #goOn(work) {
        this.actions.restore(work);
        this.controls.showSettings();
    }

    // -- drawing -------------------------------------------------------------------------------------------

    draw() {
        const { piece, selection, welcoming } = this.actions;
        document.body.dataset.state = piece === null || welcoming ? "empty" : "piece";
        this.controls.draw();
        this.lock.draw();
        this.shelf.keep(this.actions.work);
        if (piece === null || welcoming) {
            this.player.stop();
            return;
        }
        this.#engrave(piece);
        this.view.select(selection);
        this.picker.draw(piece);
        this.phrases.draw(piece, this.picker.note);
        this.chords.draw(piece);
        if (this.#drawn.piece !== piece || this.#drawn.errorMeasure !== this.actions.errorMeasure) {
            this.#drawn.piece = piece;
            this.#drawn.errorMeasure = this.actions.errorMeasure;
            document.title = `${piece.title} – ripieno`;
            this.view.colour(piece);
            this.versions.draw(piece, this.view.notes);
            this.numerals.draw(piece);
            this.#drawMarks();
        }
        this.rehearsal.draw(piece);
    }

    /**
     * Engraves the piece, but only where its document or the room for it changed.
     *
     * @param {Piece} piece
     */
    #engrave(piece) {
        const width = byId("score").clientWidth;
        const drawn = this.#drawn;
        if (width === 0) {
            return; // while printing, when the score on the screen is not shown
        }
        const needed = { above: this.chords.areShown(piece), below: this.numerals.areShown(piece) };
        const room = JSON.stringify(needed);
        const sameRoom = drawn.width === width && drawn.scale === this.#scale && drawn.room === room;
        if (drawn.document === piece.document && sameRoom) {
            return;
        }
        const sameMusic = drawn.document === piece.document;
        Object.assign(drawn, { document: piece.document, width, scale: this.#scale, room, piece: null });
        try {
            const tempo = this.view.engrave(piece, this.#scale, needed);
            if (!sameMusic) {
                this.view.colour(piece); // so that each note knows its voice
                this.rehearsal.setMusic(piece, tempo);
            }
        } catch (error) {
            this.actions.showError(error);
        }
    }

    #drawMarks() {
        const { piece, errorMeasure } = this.actions;
        if (piece !== null) {
            this.marks.draw(piece, this.faults.shown(piece), errorMeasure);
            this.faults.draw(piece);
        }
    }

    /** Moves the focus to the score, unless the user is filling in a field meanwhile. */
    #showResult() {
        if (document.activeElement?.matches("input, select, textarea, .chord")) {
            return;
        }
        const score = byId("score");
        const { top } = score.getBoundingClientRect();
        score.focus({ preventScroll: true });
        if (top < 0 || top > window.innerHeight - 200) {
            score.scrollIntoView({ block: "start", behavior: REDUCED_MOTION.matches ? "auto" : "smooth" });
        }
    }

    /**
     * @param {number} index
     * @param {boolean} focus
     */
    async #choose(index, focus) {
        await this.actions.choose(index);
        if (focus) {
            this.versions.focusChosen();
        }
    }

    // -- input ---------------------------------------------------------------------------------------------

    #listen() {
        listenForFiles((file) => this.actions.openFile(file));
        const press = (/** @type {string} */ id, /** @type {() => void} */ callback) =>
            byId(id).addEventListener("click", callback);
        const save = (/** @type {string} */ id, /** @type {(piece: Piece) => void} */ callback) =>
            press(id, () => this.actions.piece && callback(this.actions.piece));
        press("smaller", () => this.#zoom(-4));
        press("larger", () => this.#zoom(4));
        save("save-musicxml", (piece) => {
            saveMusicxml(piece);
            this.actions.markSaved(piece);
        });
        save("save-svg", (piece) => saveSvg(piece, this.paper));
        press("print", () => window.print());
        byId("save").addEventListener("click", (event) => {
            if (/** @type {Element} */ (event.target).closest(".sheet button")) {
                this.#closeMenu();
            }
        });
        makeMidiDraggable(() => this.actions.piece);
        window.addEventListener(
            "beforeprint",
            () => this.actions.piece && layOutForPrint(this.actions.piece, this.paper)
        );
        window.addEventListener("afterprint", () => byId("sheets").replaceChildren());
        window.addEventListener("beforeunload", (event) => this.actions.isUnsaved && event.preventDefault());
        document.addEventListener("keydown", (event) => this.#key(event));
        document.addEventListener(
            "pointerdown",
            (event) => byId("save").contains(/** @type {Node} */ (event.target)) || this.#closeMenu()
        );
        let later = 0;
        const resized = () => {
            clearTimeout(later);
            later = setTimeout(() => this.draw(), RESIZED_MS);
        };
        new ResizeObserver(resized).observe(byId("score"));
    }

    /** @param {{name: string, ending: string, media_type: string}} kind */
    async #saveExport(kind) {
        const { piece } = this.actions;
        if (piece === null) {
            return;
        }
        try {
            const remarks = await saveExport(piece, kind);
            this.actions.markSaved(piece);
            this.actions.status = remarks.join(". ");
            this.controls.draw();
        } catch (error) {
            this.actions.showError(error);
        }
    }

    #closeMenu() {
        byId("save").open = false;
    }

    /** @param {number} change in percent */
    #zoom(change) {
        this.#scale = Math.min(80, Math.max(20, this.#scale + change));
        this.draw();
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const target = /** @type {Element} */ (event.target);
        const typing = target.matches("input:not([type=range]):not([type=checkbox]), select, textarea");
        const command = event.ctrlKey || event.metaKey;
        const pressed = event.key.toLowerCase();
        if (command && !typing && (pressed === "y" || (pressed === "z" && event.shiftKey))) {
            event.preventDefault();
            this.actions.redo();
        } else if (command && !typing && pressed === "z") {
            event.preventDefault();
            this.actions.undo();
        } else if (
            event.key === " " &&
            !typing &&
            !target.matches("button, summary, input") &&
            this.actions.piece
        ) {
            event.preventDefault();
            this.rehearsal.play();
        } else if (pressed === "l" && !command && !event.altKey && !typing && this.actions.piece) {
            this.rehearsal.toggleLoop();
        } else if (event.key === "Escape" && target.closest("#mixer") && byId("mixer").open) {
            byId("mixer").open = false; // and what is selected, or repeated, stays
            byId("mixer").querySelector("summary")?.focus();
        } else if (event.key === "Escape") {
            this.#closeMenu();
            hideTip();
            this.actions.select(null);
        }
    }
}

async function main() {
    const page = new Page({
        screen: await Engraver.make(),
        paper: await Engraver.make(),
        thumbnails: await Engraver.make()
    });
    window.ripieno = page; // for the console and the tests
    await page.start();
}

main().catch((error) => {
    byId("message-text").textContent = error.message;
    byId("message").hidden = false;
});
