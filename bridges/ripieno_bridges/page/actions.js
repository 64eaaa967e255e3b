// @ts-check
// What the buttons do that ask the server for a piece or for notes: opening, writing, choosing another version.

import { keeping, keptChords, withKept } from "./chords.js";
import * as client from "./client.js";
import { meterNote } from "./meters.js";
import { newId } from "./new_id.js";
import { bodyOf } from "./open_file.js";
import { PageState } from "./page_state.js";
import { hasNotes, opened, toWrite, withAlternative } from "./piece.js";
import * as requests from "./requests.js";
import { filledIn } from "./settings.js";
import { doneText, sentence } from "./texts.js";

/**
 * @typedef {import("./page_state.js").Mending} Mending
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {import("./piece.js").Reading} Reading
 * @typedef {import("./piece.js").Reply} Reply
 * @typedef {import("./requests.js").Offer} Offer
 * @typedef {import("./requests.js").Request} Request
 */

const CANCEL_AGAIN_MS = 100;

/** The settings of a document that mend an error: the button's text, and what the request has then. */
const MENDINGS = { transpose: { text: "Move the piece into the range", value: "auto" } };

export class Actions extends PageState {
    /** @type {Map<string, Reading>} */
    #readings = new Map(); // by document

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
        this.clearMessages();
        this.status = "Reading …";
        this.draw();
        try {
            const reading = await client.post("/v1/musicxml/read", await getBody());
            this.selection = null;
            this.status = sentence(reading.remarks.join(" "));
            this.change(opened(reading));
            this.showResult();
        } catch (error) {
            this.status = "";
            this.showError(error);
        }
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

    /** @param {{key: string, meter: string, bars: number, pickup: number, ensemble: string}} fields see requests.composition */
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
        this.clearMessages();
        const { model, connection } = this;
        const texts = { ...this.textsFor(base), ...request.texts };
        const more = filledIn(connection.settings, texts, request.task, model?.family ?? null);
        if (more.fault !== null) {
            this.showError(new Error(more.fault));
            return;
        }
        const complete = { ...request, body: { ...request.body, ...more.body }, extras: more.extras };
        if (this.performers !== "choir") {
            delete complete.body.ensemble; // a piano has none
        }
        const id = newId();
        this.job = { id, fraction: 0, text };
        this.draw();
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
            this.draw();
        }
        if (isDone) {
            this.showResult();
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
            this.draw();
        }
    }

    /**
     * Puts a chord in the place of another, and lets what hangs on it settle anew; it stays from then on.
     *
     * @param {import("./chords.js").KeptChord} chord
     * @returns {Promise<boolean>} false where nothing of ripieno's sounds there yet, so that it can only be kept
     */
    async chooseChord(chord) {
        const piece = keeping(this.#openPiece, withKept(keptChords(this.piece), chord));
        const isWritten = toWrite(piece).some((voice) => hasNotes(piece, voice));
        if (isWritten) {
            await this.perform(requests.aroundChord(piece, chord, this.settings), piece);
        }
        return isWritten;
    }

    /** Stops the work. The server may not know of it yet: it is told on a connection of its own. */
    async cancel() {
        const id = this.job?.id;
        while (id !== undefined && this.job?.id === id && !(await client.cancel(id))) {
            await new Promise((resolve) => setTimeout(resolve, CANCEL_AGAIN_MS));
        }
    }

    /**
     * Puts an alternative of a reply into the score.
     *
     * @param {Piece | null} base
     * @param {Request} request
     * @param {Reply} reply
     * @param {number} index
     * @param {Partial<Piece>} kept what the piece has all the same
     */
    async #accept(base, request, reply, index = 0, kept = {}) {
        const { document } = reply.alternatives[index];
        let reading = this.#readings.get(document);
        if (reading === undefined) {
            const name = base === null ? "composed.musicxml" : base.name.replace(/\.[^.]*$/, ".musicxml");
            /** @type {Reading} */
            const read = await client.post("/v1/musicxml/read", { document, name, ...chosenLines(request) });
            this.#readings.set(document, read);
            reading = read;
        }
        if (base === null) {
            this.selection = null;
        }
        this.change({ ...withAlternative(base, request, reply, index, reading), ...kept });
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
            const { guidance, found, kept } = piece; // as they were set since
            await this.#accept(base, request, reply, index, { guidance, found, kept });
            this.status = `No. ${index + 1} is in the score.`;
            this.draw();
        } catch (error) {
            this.showError(error);
        }
    }
}

/**
 * How the lines of a request's result are to be understood: as those of the request.
 *
 * @param {requests.Request} request
 */
function chosenLines({ body }) {
    const { melody, ensemble } = body;
    return { ...(melody === undefined ? {} : { melody }), ...(ensemble === undefined ? {} : { ensemble }) };
}
