// @ts-check
// Keeps the work of this page in the browser, and offers what an earlier page left. Nothing is said where the browser
// cannot keep anything: the page then works without.

import { newId } from "./new_id.js";
import { packed, unpacked } from "./kept_work.js";
import { WorkStore } from "./work_store.js";

/**
 * @typedef {import("./kept_work.js").Work} Work
 * @typedef {import("./work_store.js").Entry} Entry
 */

const MAX_WORKS = 3; // the oldest are removed
const LOCK = "ripieno work "; // and its id: held by the page that has the work

export class Shelf {
    #store = new WorkStore();

    #id = newId();
    #release = () => {};

    /** @type {Work | null} */
    #waiting = null; // to be kept

    /** @type {Promise<void> | null} */
    #writing = null; // null where nothing is being written

    /** @type {Work | null} */
    #last = null; // that was put or waits

    isPossible = true; // whether the browser can keep a work at all
    isAllowed = true; // whether the user lets it

    /**
     * Must be called before the others.
     *
     * @returns {Promise<Entry | null>} as `offer`
     */
    async begin() {
        this.#lock();
        try {
            this.isAllowed = await this.#store.mayKeep();
        } catch {
            this.isPossible = false;
        }
        return this.offer();
    }

    /** Whether something is being kept just now; for tests. */
    get isWriting() {
        return this.#writing !== null;
    }

    /** @returns {Promise<Entry | null>} the newest work that no page has; null where there is none */
    async offer() {
        const list = await this.#store.list().catch(() => []);
        const open = await openWorks();
        return list.find((entry) => !open.has(entry.id) && entry.id !== this.#id) ?? null;
    }

    /**
     * Takes a work from the shelf; it is this page's from now on.
     *
     * @param {string} id
     * @returns {Promise<Work | null>} null where it is gone
     */
    async take(id) {
        const work = await this.#store.get(id).catch(() => undefined);
        if (work === undefined) {
            return null;
        }
        await this.#writing;
        this.#release();
        this.#id = id;
        this.#lock();
        this.#last = null;
        return unpacked(work);
    }

    /** @param {string} id */
    async forget(id) {
        await this.#store.remove([id]).catch(() => {});
    }

    /**
     * Allows to keep works, or forbids it and forgets all.
     *
     * @param {boolean} allowed
     */
    async allow(allowed) {
        this.isAllowed = allowed;
        this.#last = this.#waiting = null;
        await this.#writing;
        await this.#store.allow(allowed).catch(() => {});
    }

    /**
     * Keeps a work, unless it is the one that was kept last. While one is being written, only the newest waits.
     *
     * @param {Work} work
     */
    keep(work) {
        const isSame = (/** @type {keyof Work} */ key) => this.#last?.[key] === work[key];
        if (
            !(this.isPossible && this.isAllowed) ||
            work.history.present === null ||
            /** @type {(keyof Work)[]} */ (Object.keys(work)).every(isSame)
        ) {
            return;
        }
        this.#last = this.#waiting = work;
        this.#writing ??= this.#write().finally(() => {
            this.#writing = null;
        });
    }

    async #write() {
        while (this.#waiting !== null) {
            const work = this.#waiting;
            this.#waiting = null;
            const entry = { id: this.#id, title: work.history.present?.title ?? "", time: Date.now() };
            try {
                await this.#store.put(entry, packed(work));
                const older = (await this.#store.list()).slice(MAX_WORKS);
                await this.#store.remove(older.map(({ id }) => id));
            } catch {
                // No database, or a full one: the work is on the page, and goes on without a copy.
            }
        }
    }

    /** Holds the lock of this page's work until the page is left or takes another work. */
    #lock() {
        const held = new Promise((resolve) => {
            this.#release = () => resolve(null);
        });
        navigator.locks?.request(LOCK + this.#id, () => held);
    }
}

/** @returns {Promise<Set<string>>} the ids of the works that a page has */
async function openWorks() {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    return new Set(held.map(({ name }) => (name ?? "").replace(LOCK, "")));
}
