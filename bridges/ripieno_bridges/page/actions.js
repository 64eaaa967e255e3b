// @ts-check
// The state of the page, and every action that changes it. After each change the page is drawn; see main.js.

import * as client from "./client.js";
import { Connection } from "./connection.js";
import { begin, changed, redone, undone } from "./history.js";
import { bodyOf } from "./open_file.js";
import { measureAt, voiceOf } from "./note_lookup.js";
import { melodyOf, opened, toggled, withAlternative, withMelody, withMovedNote } from "./piece.js";
import * as requests from "./requests.js";
import { meterNote } from "./meters.js";
import { within } from "./selection.js";
import { filledIn } from "./settings.js";
import { counted, doneText, measuresName, sentence, voiceName } from "./texts.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {import("./piece.js").Reading} Reading
 * @typedef {import("./piece.js").Reply} Reply
 * @typedef {import("./requests.js").Offer} Offer
 * @typedef {import("./requests.js").Request} Request
 * @typedef {import("./requests.js").Settings} Settings
 * @typedef {import("./selection.js").Selection} Selection
 * @typedef {import("./kept_work.js").Work} Work
 *
 * @typedef {{id: string, fraction: number, text: string}} Job
 * @typedef {{text: string, mend: () => Promise<void>}} Mending what would mend an error, and how a button calls it
 */

const BUG =
    "Something went wrong in this page, and it is not your fault. What is on the paper is still there; try again.";

/** The settings of a document that mend an error: the button's text, and what the request has then. */
const MENDINGS = { transpose: { text: "Move the piece into the range", value: "auto" } };

export class Actions {
    #draw;
    #onResult;
    #history = begin(null);

    /** @type {Map<string, Reading>} */
    #readings = new Map(); // by document

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
        this.#draw = draw;
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
        this.#draw();
    }

    /**
     * Goes on with a work that was kept.
     *
     * @param {Work} work
     */
    restore({ history, settings, moreSettings, saved }) {
        this.#clearMessages();
        this.#history = history;
        this.settings = settings;
        this.moreSettings = moreSettings;
        this.#saved = saved;
        this.selection = null;
        this.welcoming = false;
        this.status = "Everything is as it was.";
        this.#draw();
        this.#onResult();
    }

    // -- opening -------------------------------------------------------------------------------------------

    /** @param {File} file */
    async openFile(file) {
        await this.#open(() => bodyOf(file));
    }

    /** @param {string} name */
    async openExample(name) {
        await this.#open(async () => ({ name: `${name}.musicxml`, document: await client.example(name) }));
    }

    /** @param {() => Promise<Record<string, string>>} getBody makes the body of the request that reads the document */
    async #open(getBody) {
        if (this.job !== null) {
            this.showError(
                new Error("ripieno is still writing. Cancel that first, then open the file once more.")
            );
            return;
        }
        this.#clearMessages();
        this.status = "Reading …";
        this.#draw();
        try {
            const reading = await client.post("/v1/musicxml/read", await getBody());
            this.selection = null;
            this.status = sentence(reading.remarks.join(" "));
            this.#change(opened(reading));
            this.#onResult();
        } catch (error) {
            this.status = "";
            this.showError(error);
        }
    }

    /** @param {boolean} shown */
    showWelcome(shown) {
        this.welcoming = shown;
        this.#draw();
    }

    // -- changes of the piece ------------------------------------------------------------------------------

    /** @param {Piece} piece */
    #change(piece) {
        this.#history = this.piece === null ? begin(piece) : changed(this.#history, piece);
        this.selection = within(this.selection, piece.measures.length);
        this.welcoming = false;
        this.#draw();
    }

    /**
     * Makes a voice given that was not, or the other way round.
     *
     * @param {string} voice
     */
    toggle(voice) {
        if (this.job !== null || this.piece === null) {
            return;
        }
        const piece = toggled(this.piece, voice);
        if (piece !== this.piece) {
            this.#clearMessages();
            this.#change(piece);
        }
    }

    /**
     * Makes a line that is none of the choir's the melody.
     *
     * @param {import("./piece.js").Line} line
     */
    async chooseMelody(line) {
        const { piece } = this;
        if (this.job !== null || piece === null || line.melody === undefined) {
            return;
        }
        this.#clearMessages();
        try {
            const { melody } = line;
            const body = { document: piece.document, name: piece.name.replace(/\.[^.]*$/, ".musicxml"), melody };
            /** @type {Reading} */
            const reading = await client.post("/v1/musicxml/read", body);
            if (this.piece === piece) {
                this.#change(withMelody(piece, melody, reading));
                this.status = `${voiceName(line)} is the melody now.`;
                this.#draw();
            }
        } catch (error) {
            this.showError(error);
        }
    }

    /**
     * Moves a note by hand; it is given then.
     *
     * @param {EngravedNote} note
     * @param {{voice: string | null, onset: number, end: number}} place of it and all that is tied to it
     * @param {{steps?: number, semitones?: number}} move up or, below zero, down
     */
    async moveNote(note, place, move) {
        const { piece } = this;
        if (this.job !== null || piece === null) {
            return;
        }
        this.#clearMessages();
        try {
            const name = piece.name.replace(/\.[^.]*$/, ".musicxml");
            const body = { document: piece.document, name, note: note.index, ...move, ...melodyOf(piece) };
            /** @type {Reading} */
            const reading = await client.post("/v1/musicxml/move-note", body);
            const amount = move.steps ?? move.semitones ?? 0;
            const unit = move.steps === undefined ? "semitone" : "step";
            const change = `${this.#placeOf(note)}: ${note.name} ${counted(Math.abs(amount), unit, `${unit}s`)} ${amount > 0 ? "up" : "down"}`;
            if (this.piece === piece) {
                this.#change(withMovedNote(piece, place, change, reading));
            }
        } catch (error) {
            this.showError(error);
        }
    }

    /** @param {EngravedNote | null} note that is picked now */
    sayNote(note) {
        this.status = note === null ? "" : `${this.#placeOf(note)}: ${note.name}. Up and down move it.`;
        this.#draw();
    }

    /**
     * @param {EngravedNote} before
     * @param {EngravedNote} after
     */
    sayMoved(before, after) {
        this.status = `${this.#placeOf(after)}: ${before.name} is ${after.name} now, and given.`;
        this.#draw();
    }

    /** @param {EngravedNote} note */
    #placeOf(note) {
        const { voices, measures } = this.#openPiece;
        const line = voiceOf(note, voices);
        const index = measureAt(note.onset, measures);
        const where = index < 0 ? "" : `, ${measuresName(measures, index, index)}`;
        return `${line === null ? "A note" : voiceName(line)}${where}`;
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
        this.#clearMessages();
        this.#history = history;
        this.selection = within(this.selection, history.present?.measures.length ?? 0);
        this.status = status;
        this.#draw();
    }

    /** @param {Selection | null} selection */
    select(selection) {
        if (selection !== this.selection) {
            this.selection = selection;
            this.#draw();
        }
    }

    /**
     * @param {keyof Settings} name
     * @param {Settings[keyof Settings]} value
     */
    set(name, value) {
        this.settings = { ...this.settings, [name]: value };
        this.#draw();
    }

    /**
     * @param {string} key of a setting under "More settings"
     * @param {string} text
     */
    setMore(key, text) {
        this.moreSettings = { ...this.moreSettings, [key]: text };
        this.#draw();
    }

    // -- requests ------------------------------------------------------------------------------------------
    // The offers below are about the piece; ask for them only where there is one.

    get write() {
        return requests.write(this.#openPiece, this.selection, this.settings, this.performers);
    }

    /** What there is to say before the chosen model plays: see meterNote. */
    get meterNote() {
        return meterNote(this.model, this.piece?.measures.map(({ meter }) => meter) ?? []);
    }

    /** @param {number} bars */
    continuation(bars) {
        return requests.continuation(this.#openPiece, bars, this.settings);
    }

    /** @param {number} amount */
    variation(amount) {
        return requests.variation(this.#openPiece, amount, this.settings, this.performers);
    }

    get #openPiece() {
        return /** @type {Piece} */ (this.piece);
    }

    /** @param {{key: string, meter: string, bars: number, pickup: number}} fields see requests.composition */
    async compose(fields) {
        await this.perform(requests.composition(fields, this.settings), null);
    }

    /**
     * Sends an offer's request, and puts the first alternative of the reply into the score.
     *
     * @param {Offer} offer
     * @param {Piece | null} base the piece that it is about; null to compose
     */
    async perform(offer, base = this.piece) {
        const { text, request } = offer;
        if (this.job !== null || request === null) {
            return;
        }
        this.#clearMessages();
        const { moreSettings, model, connection } = this;
        const more = filledIn(connection.settings, moreSettings, request.task, model?.family ?? null);
        if (more.fault !== null) {
            this.showError(new Error(more.fault));
            return;
        }
        const complete = { ...request, body: { ...request.body, ...more.body }, extras: more.extras };
        const id = crypto.randomUUID();
        this.job = { id, fraction: 0, text };
        this.#draw();
        const began = performance.now();
        let isDone = false;
        try {
            const reply = await client.perform(complete, id, (fraction) => this.#setProgress(id, fraction));
            if (reply === null) {
                this.status = "Cancelled; nothing was changed.";
            } else {
                await this.#accept(base, complete, reply);
                this.status = doneText(reply, performance.now() - began);
                isDone = true;
            }
        } catch (error) {
            this.showError(error);
            this.mending = this.#mendingOf(error, offer, base);
        } finally {
            this.job = null;
            this.#draw();
        }
        if (isDone) {
            this.#onResult();
        }
    }

    /**
     * What would mend an error of a request: a setting that it did not have.
     *
     * @param {unknown} error
     * @param {Offer} offer
     * @param {Piece | null} base
     * @returns {Mending | null}
     */
    #mendingOf(error, { text, request }, base) {
        const name = error instanceof client.ServerError ? error.setting : null;
        if (name !== "transpose" || request === null || name in request.body) {
            return null;
        }
        const body = { ...request.body, [name]: MENDINGS[name].value };
        return {
            text: MENDINGS[name].text,
            mend: () => {
                this.set(name, true);
                return this.perform({ text, why: "", request: { ...request, body } }, base);
            }
        };
    }

    /**
     * @param {string} id
     * @param {number} fraction
     */
    #setProgress(id, fraction) {
        if (this.job?.id === id) {
            this.job = { ...this.job, fraction };
            this.#draw();
        }
    }

    async cancel() {
        if (this.job !== null) {
            await client.cancel(this.job.id);
        }
    }

    /**
     * Puts an alternative of a reply into the score.
     *
     * @param {Piece | null} base
     * @param {Request} request
     * @param {Reply} reply
     * @param {number} index
     */
    async #accept(base, request, reply, index = 0) {
        const { document } = reply.alternatives[index];
        let reading = this.#readings.get(document);
        if (reading === undefined) {
            const name = base === null ? "composed.musicxml" : base.name.replace(/\.[^.]*$/, ".musicxml");
            /** @type {Reading} */
            const read = await client.post("/v1/musicxml/read", { document, name, ...melodyOf(base) });
            this.#readings.set(document, read);
            reading = read;
        }
        if (base === null) {
            this.selection = null;
        }
        this.#change(withAlternative(base, request, reply, index, reading));
    }

    /**
     * Puts another alternative of the newest reply into the score.
     *
     * @param {number} index
     */
    async choose(index) {
        const { piece } = this;
        if (this.job !== null || piece === null || piece.result === null || index === piece.chosen) {
            return;
        }
        const { base, request, reply } = piece.result;
        try {
            await this.#accept(base, request, reply, index);
            this.status = `No. ${index + 1} is in the score.`;
            this.#draw();
        } catch (error) {
            this.showError(error);
        }
    }

    // -- messages ------------------------------------------------------------------------------------------

    /** @param {unknown} error any but a ServerError or a plain Error is a fault of the page */
    showError(error) {
        const { message, constructor } = /** @type {Error} */ (error);
        const isServerError = error instanceof client.ServerError;
        this.message = isServerError || constructor === Error ? sentence(message) : `${BUG} (${message})`;
        this.errorMeasure = isServerError && error.place?.measure ? String(error.place.measure) : null;
        if (isServerError && error.code === "gone") {
            this.connection.lost();
        }
        this.#draw();
    }

    closeMessage() {
        this.#clearMessages();
        this.#draw();
    }

    #clearMessages() {
        this.message = "";
        this.mending = null;
        this.errorMeasure = null;
        this.status = "";
    }
}
