// The state of the page and everything that changes it. What is drawn follows; see main.js.

import { begin, changed, redone, undone } from "./history.js";
import * as orders from "./requests.js";
import { bodyOf } from "./open_file.js";
import { opened, taken, toggled } from "./piece.js";
import { within } from "./selection.js";
import * as server from "./client.js";
import { counted, sentence } from "./texts.js";

const OURS =
    "Something went wrong in this page, and it is not your fault. What is on the paper is still there; try again.";
const LOOK_MS = 5000; // how often it is looked whether ripieno is there

export class Actions {
    #draw;
    #history = begin(null);
    #readings = new Map(); // document -> what the server says stands in it

    selection = null;
    welcoming = false; // the beginning is shown, though there is a piece
    settings = { model: null, temperature: null, alternatives: 3, seed: null, transpose: false };
    models = [];
    examples = [];
    version = "";
    connection = "looking"; // "ready", "gone"
    work = null; // {id, fraction, text} while ripieno works
    status = "";
    message = "";
    trouble = null; // {measure} where an error has its place

    // draw() is called after every change.
    constructor(draw) {
        this.#draw = draw;
    }

    get piece() {
        return this.#history.present;
    }

    get canUndo() {
        return this.#history.past.length > 0 && this.#history.past.at(-1) !== null;
    }

    get canRedo() {
        return this.#history.future.length > 0;
    }

    get performers() {
        return this.model?.performers ?? "choir";
    }

    get model() {
        return this.models.find((model) => model.name === this.settings.model) ?? this.models[0] ?? null;
    }

    // -- the server ----------------------------------------------------------------------------------------

    async connect() {
        await this.#look();
        setInterval(() => this.#look(), LOOK_MS);
    }

    async #look() {
        try {
            const { version } = await server.get("/v1/status");
            this.version = version;
            if (!this.models.length) {
                await this.#learn();
            }
            this.#connected("ready");
        } catch {
            this.#connected("gone");
        }
    }

    async #learn() {
        const [models, examples] = await Promise.all([server.get("/v1/models"), server.get("/v1/examples")]);
        this.models = models.models;
        this.examples = examples.examples;
        this.#draw();
    }

    #connected(state) {
        if (this.connection !== state) {
            this.connection = state;
            this.#draw();
        }
    }

    // -- opening -------------------------------------------------------------------------------------------

    async openFile(file) {
        await this.#open(async () => bodyOf(file));
    }

    async openExample(name) {
        await this.#open(async () => ({ name: `${name}.musicxml`, document: await server.example(name) }));
    }

    async #open(body) {
        if (this.work !== null) {
            this.complain(
                new Error("ripieno is still writing. Cancel that first, then open the file once more.")
            );
            return;
        }
        this.#clear();
        this.status = "Reading …";
        this.#draw();
        try {
            const reading = await server.post("/v1/musicxml/read", await body());
            this.selection = null;
            this.status = sentence(reading.remarks.join(" "));
            this.#change(opened(reading));
        } catch (error) {
            this.status = "";
            this.complain(error);
        }
    }

    welcome(shown) {
        this.welcoming = shown;
        this.#draw();
    }

    // -- changes of the piece ------------------------------------------------------------------------------

    #change(piece) {
        this.#history = this.piece === null ? begin(piece) : changed(this.#history, piece);
        this.selection = within(this.selection, piece.measures.length);
        this.welcoming = false;
        this.#draw();
    }

    toggle(voice) {
        if (this.work !== null) {
            return;
        }
        const piece = toggled(this.piece, voice);
        if (piece !== this.piece) {
            this.#clear();
            this.#change(piece);
        }
    }

    // Undo, or redo where `forward`.
    step(forward) {
        if (this.work !== null || this.welcoming || !(forward ? this.canRedo : this.canUndo)) {
            return;
        }
        this.#clear();
        this.#history = (forward ? redone : undone)(this.#history);
        this.selection = within(this.selection, this.piece.measures.length);
        this.status = forward ? "Done again." : "Undone.";
        this.#draw();
    }

    select(selection) {
        if (selection !== this.selection) {
            this.selection = selection;
            this.#draw();
        }
    }

    set(name, value) {
        this.settings = { ...this.settings, [name]: value };
        this.#draw();
    }

    // -- orders --------------------------------------------------------------------------------------------

    get writing() {
        return orders.write(this.piece, this.selection, this.settings, this.performers);
    }

    continuing(bars) {
        return orders.goOn(this.piece, bars, this.settings);
    }

    varying(amount) {
        return orders.vary(this.piece, amount, this.settings, this.performers);
    }

    async compose(wish) {
        await this.perform(orders.compose(wish, this.settings), null);
    }

    // offer: {text, order}, as requests.js makes it. base: the piece that is asked about.
    async perform({ text, order }, base = this.piece) {
        if (this.work !== null || order === null) {
            return;
        }
        this.#clear();
        const id = crypto.randomUUID();
        this.work = { id, fraction: 0, text };
        this.#draw();
        const began = performance.now();
        try {
            const answer = await server.perform(order, id, (fraction) => this.#progressed(id, fraction));
            if (answer === null) {
                this.status = "Cancelled; nothing was changed.";
            } else {
                await this.#accept(base, order, answer);
                this.status = doneText(answer, performance.now() - began);
            }
        } catch (error) {
            this.complain(error);
        } finally {
            this.work = null;
            this.#draw();
        }
    }

    #progressed(id, fraction) {
        if (this.work?.id === id) {
            this.work = { ...this.work, fraction };
            this.#draw();
        }
    }

    async cancel() {
        if (this.work !== null) {
            await server.cancel(this.work.id);
        }
    }

    async #accept(base, order, answer, index = 0) {
        const { document } = answer.alternatives[index];
        if (!this.#readings.has(document)) {
            const name = base === null ? "composed.musicxml" : base.name.replace(/\.[^.]*$/, ".musicxml");
            this.#readings.set(document, await server.post("/v1/musicxml/read", { document, name }));
        }
        if (base === null) {
            this.selection = null;
        }
        this.#change(taken(base, order, answer, index, this.#readings.get(document)));
    }

    // Another alternative of the answer that the piece came from.
    async take(index) {
        const { answer, taken: now } = this.piece;
        if (this.work !== null || index === now) {
            return;
        }
        try {
            await this.#accept(answer.base, answer.order, answer.reply, index);
            this.status = `No. ${index + 1} is in the score.`;
            this.#draw();
        } catch (error) {
            this.complain(error);
        }
    }

    // -- what is told --------------------------------------------------------------------------------------

    complain(error) {
        const told = error.constructor === Error || error instanceof server.ServerError;
        this.message = told ? sentence(error.message) : `${OURS} (${error.message})`;
        this.trouble = error.place?.measure ? { measure: error.place.measure } : null;
        if (error.code === "gone") {
            this.connection = "gone";
        }
        this.#draw();
    }

    dismiss() {
        this.#clear();
        this.#draw();
    }

    #clear() {
        this.message = "";
        this.trouble = null;
        this.status = "";
    }
}

function doneText(answer, milliseconds) {
    const notes = answer.alternatives[0].voices.reduce((sum, line) => sum + line.notes.length, 0);
    const many = answer.alternatives.length;
    const texts = [`${counted(notes, "note", "notes")} in ${(milliseconds / 1000).toFixed(1)} s.`];
    if (many > 1) {
        texts.push(`The first of ${many} versions is in the score.`);
    }
    if (!answer.complete) {
        texts.push("Time was up; the later measures are missing.");
    }
    if (answer.moved) {
        texts.push(
            `The piece was moved by ${counted(answer.moved, "semitone", "semitones").replace("-", "−")}.`
        );
    }
    return [...texts, ...(answer.remarks ?? [])].join(" ");
}
