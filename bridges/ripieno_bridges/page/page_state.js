// @ts-check
// The state of the page, and what it says of itself: the piece with its history, the settings, the job, the messages.
// After each change the page is drawn; see main.js.

import { ServerError } from "./client.js";
import { Connection } from "./connection.js";
import { guidanceTexts } from "./guidance.js";
import { amended, begin, changed, redone, undone } from "./history.js";
import { within } from "./selection.js";
import { sentence } from "./texts.js";

/**
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {import("./requests.js").Settings} Settings
 * @typedef {import("./selection.js").Selection} Selection
 * @typedef {import("./kept_work.js").Work} Work
 *
 * @typedef {{id: string, fraction: number, text: string}} Job
 * @typedef {{text: string, mend: () => Promise<void>}} Mending what would mend an error, and how a button calls it
 */

const BUG =
    "Something went wrong in this page, and it is not your fault. What is on the paper is still there; try again.";

export class PageState {
    #onResult;
    #history = begin(null);

    /** @type {Selection | null} */
    selection = null;

    welcoming = false; // whether the welcome screen is shown although there is a piece

    /** @type {Settings} */
    settings = { model: null, temperature: null, alternatives: null, seed: null, transpose: false };

    /** @type {Record<string, string>} */
    moreSettings = {}; // the texts of the fields under "More settings", by key

    /** @type {string | null} */
    #saved = null; // the document that was saved last

    /** @type {Job | null} */
    job = null; // null where ripieno has nothing to do

    status = "";
    message = "";

    /** @type {Mending | null} */
    mending = null; // of the error that the message tells

    /** @type {string | null} */
    errorMeasure = null; // the printed number of the measure that the message is about

    /**
     * @param {() => void} draw called after every change
     * @param {() => void} onResult called when a piece was opened or something was written
     */
    constructor(draw, onResult) {
        this.draw = draw;
        this.#onResult = onResult;
        this.connection = new Connection(draw);
    }

    get piece() {
        return this.#history.present;
    }

    get canUndo() {
        const { past } = this.#history;
        return past.length > 0 && past[past.length - 1] !== null;
    }

    get canRedo() {
        return this.#history.future.length > 0;
    }

    get performers() {
        return this.moreSettings.performers || (this.model?.performers ?? "choir");
    }

    get model() {
        const { models } = this.connection;
        return models.find((model) => model.name === this.settings.model) ?? models[0] ?? null;
    }

    /** Whether key and phrases guide who performs: they guide choirs only. */
    get isGuided() {
        return this.performers === "choir";
    }

    /**
     * The texts of the fields under "More settings", by key: those for all pieces, and a piece's own where they count.
     *
     * @param {Piece | null} piece
     * @returns {Record<string, string>}
     */
    textsFor(piece) {
        return { ...this.moreSettings, ...(this.isGuided ? guidanceTexts(piece) : {}) };
    }

    // -- work that must not be lost ------------------------------------------------------------------------

    /** @returns {Work} */
    get work() {
        return {
            history: this.#history,
            settings: this.settings,
            moreSettings: this.moreSettings,
            saved: this.#saved
        };
    }

    /** Whether leaving would lose something: the score is neither as it was opened nor as it was saved. */
    get isUnsaved() {
        return this.piece !== null && ![this.piece.source, this.#saved].includes(this.piece.document);
    }

    /** @param {Piece} piece that was saved as a file */
    markSaved(piece) {
        this.#saved = piece.document;
        this.draw();
    }

    /**
     * Goes on with a work that was kept.
     *
     * @param {Work} work
     */
    restore({ history, settings, moreSettings, saved }) {
        this.clearMessages();
        this.#history = history;
        this.settings = settings;
        this.moreSettings = moreSettings;
        this.#saved = saved;
        this.selection = null;
        this.welcoming = false;
        this.status = "Everything is as it was.";
        this.draw();
        this.#onResult();
    }

    // -- changes -------------------------------------------------------------------------------------------

    /**
     * Goes on with another piece, or another state of it.
     *
     * @param {Piece} piece
     */
    change(piece) {
        this.#history = this.piece === null ? begin(piece) : changed(this.#history, piece);
        this.selection = within(this.selection, piece.measures.length);
        this.welcoming = false;
        this.draw();
    }

    /**
     * Puts another state of the piece in the place of the present one, without a step of undo.
     *
     * @param {Piece} piece
     */
    amend(piece) {
        this.#history = amended(this.#history, piece);
        this.draw();
    }

    /** Shows the piece, after it was opened or something was written. */
    showResult() {
        this.#onResult();
    }

    undo() {
        if (this.canUndo) {
            this.#moveTo(undone(this.#history), "Undone.");
        }
    }

    redo() {
        if (this.canRedo) {
            this.#moveTo(redone(this.#history), "Done again.");
        }
    }

    /**
     * @param {import("./history.js").History} history
     * @param {string} status
     */
    #moveTo(history, status) {
        if (this.job !== null || this.welcoming) {
            return;
        }
        this.clearMessages();
        this.#history = history;
        this.selection = within(this.selection, history.present?.measures.length ?? 0);
        this.status = status;
        this.draw();
    }

    /** @param {Selection | null} selection */
    select(selection) {
        if (selection !== this.selection) {
            this.selection = selection;
            this.draw();
        }
    }

    /**
     * @param {keyof Settings} name
     * @param {Settings[keyof Settings]} value
     */
    set(name, value) {
        this.settings = { ...this.settings, [name]: value };
        this.draw();
    }

    /**
     * @param {string} key of a setting under "More settings"
     * @param {string} text
     */
    setMore(key, text) {
        this.moreSettings = { ...this.moreSettings, [key]: text };
        this.draw();
    }

    /** @param {boolean} shown */
    showWelcome(shown) {
        this.welcoming = shown;
        this.draw();
    }

    // -- messages ------------------------------------------------------------------------------------------

    /** @param {unknown} error any but a ServerError or a plain Error is a fault of the page */
    showError(error) {
        const { message, constructor } = /** @type {Error} */ (error);
        const isServerError = error instanceof ServerError;
        this.message = isServerError || constructor === Error ? sentence(message) : `${BUG} (${message})`;
        this.errorMeasure = isServerError && error.place?.measure ? String(error.place.measure) : null;
        if (isServerError && error.code === "gone") {
            this.connection.lost();
        }
        this.draw();
    }

    closeMessage() {
        this.clearMessages();
        this.draw();
    }

    /** Forgets what was said before. */
    clearMessages() {
        this.message = "";
        this.mending = null;
        this.errorMeasure = null;
        this.status = "";
    }
}
