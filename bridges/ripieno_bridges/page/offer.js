// @ts-check
// The bar that offers what an earlier page left, and the tick that allows to keep the work in this browser.

import { byId } from "./dom.js";
import { momentName } from "./texts.js";

export class Offer {
    #shelf;

    /** @type {import("./work_store.js").Entry | null} */
    #entry = null; // what is offered

    isReady = false; // whether what there is to offer is shown; for tests

    /**
     * @param {import("./shelf.js").Shelf} shelf
     * @param {{onTake: (work: import("./kept_work.js").Work) => void, onAllow: () => void}} callbacks onAllow: called
     *     when the work may be kept or may not any more
     */
    constructor(shelf, callbacks) {
        this.#shelf = shelf;
        byId("offer-take").addEventListener("click", async () => {
            const work = this.#entry && (await shelf.take(this.#entry.id));
            await this.refresh();
            if (work !== null) {
                callbacks.onTake(work);
            }
        });
        byId("offer-forget").addEventListener("click", async () => {
            await shelf.forget(this.#entry?.id ?? "");
            await this.refresh();
        });
        byId("keep").addEventListener("change", async () => {
            await shelf.allow(byId("keep").checked);
            await this.refresh();
            callbacks.onAllow();
        });
    }

    /** Looks for a work to offer, and shows it. */
    async begin() {
        this.#show(await this.#shelf.begin());
        byId("keep").checked = this.#shelf.isAllowed;
        byId("keep-choice").hidden = !this.#shelf.isPossible;
        this.isReady = true;
    }

    async refresh() {
        this.#show(await this.#shelf.offer());
    }

    /** @param {import("./work_store.js").Entry | null} entry */
    #show(entry) {
        this.#entry = entry;
        byId("offer").hidden = entry === null;
        if (entry !== null) {
            const moment = momentName(new Date(entry.time), new Date());
            byId("offer-text").textContent = `Go on with “${entry.title}” from ${moment}?`;
        }
    }
}
