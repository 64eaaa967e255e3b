// The page: what is pressed becomes a change of the state, and each change is drawn.

import { Actions } from "./actions.js";
import { Controls } from "./controls.js";
import { byId } from "./dom.js";
import { layOutForPrint, saveMidi, saveMusicxml, saveSvg } from "./downloads.js";
import { Engraver } from "./engraver.js";
import { hideTip, Marks } from "./marks.js";
import { listenForFiles } from "./open_file.js";
import { Remarks } from "./fault_list.js";
import { measureAt } from "./note_lookup.js";
import { ScoreView } from "./score_view.js";
import { first } from "./selection.js";
import { Player } from "./player.js";
import { Versions } from "./versions.js";
import { measuresName } from "./texts.js";

const RESIZED_MS = 120; // a window that is being dragged is engraved when it rests
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

class Page {
    #drawn = { document: null, width: 0, scale: 0, piece: null };
    #scale = window.innerWidth < 560 ? 30 : 40;
    #started = 0; // quarter where Play began

    constructor({ engraver, drafts, thumbs }) {
        this.drafts = drafts;
        this.actions = new Actions(() => this.draw());
        this.view = new ScoreView(engraver, {
            selected: (selection) => this.actions.select(selection),
            toggled: (voice) => this.actions.toggle(voice)
        });
        this.player = new Player({ moved: (quarter) => this.#moved(quarter), ended: () => this.#ended() });
        this.marks = new Marks(this.view, { chosen: (fault) => this.remarks.goTo(fault) });
        this.remarks = new Remarks(this.marks, { styleChanged: () => this.#annotate() });
        this.versions = new Versions(thumbs, { taken: (index, focus) => this.#take(index, focus) });
        this.controls = new Controls(this.actions, this.player);
        this.#listen();
    }

    async start() {
        document.documentElement.dataset.ready = "true";
        await this.actions.connect();
    }

    // -- drawing -------------------------------------------------------------------------------------------

    draw() {
        const { piece, selection, welcoming } = this.actions;
        document.body.dataset.state = piece === null || welcoming ? "empty" : "piece";
        this.controls.draw();
        if (piece === null || welcoming) {
            this.player.stop();
            return;
        }
        this.#engrave(piece);
        this.view.select(selection);
        if (this.#drawn.piece !== piece || this.#drawn.trouble !== this.actions.trouble) {
            this.#drawn.piece = piece;
            this.#drawn.trouble = this.actions.trouble;
            document.title = `${piece.title} – ripieno`;
            this.view.tint(piece);
            this.versions.draw(piece);
            this.#annotate();
        }
    }

    // Anew only where the document or the room for it changed.
    #engrave(piece) {
        const width = byId("score").clientWidth;
        const drawn = this.#drawn;
        if (width === 0) {
            return; // on paper, where the score of the screen is not shown
        }
        if (drawn.document === piece.document && drawn.width === width && drawn.scale === this.#scale) {
            return;
        }
        const sameMusic = drawn.document === piece.document;
        Object.assign(drawn, { document: piece.document, width, scale: this.#scale, piece: null });
        try {
            const tempo = this.view.engrave(piece, this.#scale);
            if (!sameMusic) {
                this.#setSound(piece, tempo);
            }
        } catch (error) {
            this.actions.complain(error);
        }
    }

    #setSound(piece, tempo) {
        this.view.tint(piece); // so that each note knows its voice
        this.player.setScore(this.view.notes, tempo.points);
        this.controls.setTempo(tempo.qpm);
    }

    #annotate() {
        const { piece, trouble } = this.actions;
        this.marks.draw(piece, this.remarks.shown(piece), trouble);
        this.remarks.draw(piece);
    }

    // -- listening -----------------------------------------------------------------------------------------

    async play() {
        const { piece, selection } = this.actions;
        if (this.player.playing) {
            this.player.stop();
            return;
        }
        this.#started = selection === null ? 0 : piece.measures[first(selection)].onset;
        try {
            await this.player.play(this.#started);
            this.controls.drawPlaying(true);
        } catch (error) {
            this.actions.complain(error);
        }
    }

    #moved(quarter) {
        const { measures } = this.actions.piece;
        this.view.moveCursor(quarter, !STILL.matches);
        const index = measureAt(quarter, measures);
        this.controls.drawWhere(index < 0 ? "" : measuresName(measures, index, index));
    }

    #ended() {
        this.view.moveCursor(null);
        this.controls.drawPlaying(false);
        this.controls.drawWhere("");
    }

    async #take(index, focus) {
        await this.actions.take(index);
        if (focus) {
            this.versions.focusTaken();
        }
    }

    // -- what is pressed -----------------------------------------------------------------------------------

    #listen() {
        listenForFiles((file) => this.actions.openFile(file));
        const press = (id, then) => byId(id).addEventListener("click", then);
        press("play", () => this.play());
        press("smaller", () => this.#zoom(-4));
        press("larger", () => this.#zoom(4));
        press("save-musicxml", () => saveMusicxml(this.actions.piece));
        press("save-midi", () => saveMidi(this.actions.piece).catch((error) => this.actions.complain(error)));
        press("save-svg", () => saveSvg(this.actions.piece, this.drafts));
        press("print", () => window.print());
        for (const button of byId("save").querySelectorAll(".sheet button")) {
            button.addEventListener("click", () => this.#closeMenu());
        }
        window.addEventListener(
            "beforeprint",
            () => this.actions.piece && layOutForPrint(this.actions.piece, this.drafts)
        );
        window.addEventListener("afterprint", () => byId("sheets").replaceChildren());
        document.addEventListener("keydown", (event) => this.#key(event));
        document.addEventListener(
            "pointerdown",
            (event) => byId("save").contains(event.target) || this.#closeMenu()
        );
        let later = 0;
        const resized = () => {
            clearTimeout(later);
            later = setTimeout(() => this.draw(), RESIZED_MS);
        };
        new ResizeObserver(resized).observe(byId("score"));
    }

    #closeMenu() {
        byId("save").open = false;
    }

    #zoom(change) {
        this.#scale = Math.min(80, Math.max(20, this.#scale + change));
        this.draw();
    }

    #key(event) {
        const typing = event.target.matches("input:not([type=range]):not([type=checkbox]), select, textarea");
        const command = event.ctrlKey || event.metaKey;
        if (command && event.key.toLowerCase() === "z" && !typing) {
            event.preventDefault();
            this.actions.step(event.shiftKey);
        } else if (
            event.key === " " &&
            !typing &&
            !event.target.matches("button, summary, input") &&
            this.actions.piece
        ) {
            event.preventDefault();
            this.play();
        } else if (event.key === "Escape") {
            this.#closeMenu();
            hideTip();
            this.actions.select(null);
        }
    }
}

async function begin() {
    const [engraver, drafts, thumbs] = [await Engraver.make(), await Engraver.make(), await Engraver.make()];
    const page = new Page({ engraver, drafts, thumbs });
    window.ripieno = page; // for whoever is curious, and for the tests
    await page.start();
}

begin().catch((error) => {
    byId("message-text").textContent = error.message;
    byId("message").hidden = false;
});
