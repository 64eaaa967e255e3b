// @ts-check
// Whether the server is there, and the lists that it has: models, examples, settings.

import * as client from "./client.js";

/**
 * @typedef {object} Model as docs/protocol.md has it
 * @property {string} name
 * @property {string} performers
 * @property {string | null} family
 * @property {string} meter the one in which it usually composes
 * @property {string} about
 */

const STATUS_MS = 5000; // between two questions whether ripieno is there

export class Connection {
    #onChange;

    /** @type {"looking" | "ready" | "locked" | "gone"} locked: the server asks for a token that the page lacks */
    state = "looking";

    version = "";

    /** @type {Model[]} */
    models = [];

    /** @type {{name: string, title: string}[]} */
    examples = [];

    /** @type {import("./settings.js").Setting[]} */
    settings = [];

    /** @type {import("./piece.js").Ensemble[]} */
    ensembles = [];

    /** @param {() => void} onChange */
    constructor(onChange) {
        this.#onChange = onChange;
    }

    /** Looks for the server now and every few seconds. */
    async watch() {
        await this.check();
        setInterval(() => this.check(), STATUS_MS);
    }

    async check() {
        try {
            const { version } = await client.get("/v1/status");
            this.version = version;
            if (!this.models.length) {
                await this.#loadLists();
            }
            this.#set("ready");
        } catch (error) {
            this.#set(error instanceof client.ServerError && error.code === "no_token" ? "locked" : "gone");
        }
    }

    async #loadLists() {
        const [models, examples, { settings, ensembles }] = await Promise.all(
            ["/v1/models", "/v1/examples", "/v1/settings"].map(client.get)
        );
        this.models = models.models;
        this.examples = examples.examples;
        this.settings = settings;
        this.ensembles = ensembles;
        this.#onChange();
    }

    /** Notes that the server did not answer. */
    lost() {
        this.#set("gone");
    }

    /** @param {"ready" | "locked" | "gone"} state */
    #set(state) {
        if (this.state !== state) {
            this.state = state;
            this.#onChange();
        }
    }
}
