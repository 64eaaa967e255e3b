// @ts-check
// Where works are kept: this browser's own database (IndexedDB), which no server sees. Every method rejects where the
// browser has none, as some have not in private windows.

/**
 * @typedef {import("./kept_work.js").PackedWork} PackedWork
 *
 * @typedef {object} Entry of the list of works
 * @property {string} id
 * @property {string} title
 * @property {number} time when it was put here, in milliseconds since 1970
 */

const NAME = "ripieno";
const FORMAT = 1; // of the works; a database with another one is emptied
const LIST = "list";
const WORKS = "works";
const PREFERENCES = "preferences";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function result(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

/** @returns {Promise<IDBDatabase>} */
function open() {
    const request = indexedDB.open(NAME, FORMAT);
    request.onupgradeneeded = () => {
        const database = request.result;
        [...database.objectStoreNames].forEach((name) => database.deleteObjectStore(name));
        [LIST, WORKS, PREFERENCES].forEach((name) => database.createObjectStore(name));
    };
    return result(request);
}

export class WorkStore {
    /** @type {Promise<IDBDatabase> | null} */
    #database = null;

    /**
     * Does something in one transaction.
     *
     * @template T
     * @param {"readonly" | "readwrite"} mode
     * @param {(store: (name: string) => IDBObjectStore) => T | Promise<T>} callback must await nothing but requests
     * @returns {Promise<T>} resolves when the transaction is complete
     */
    async #transact(mode, callback) {
        this.#database ??= open();
        const database = await this.#database;
        const transaction = database.transaction([LIST, WORKS, PREFERENCES], mode);
        const complete = new Promise((resolve, reject) => {
            transaction.oncomplete = resolve;
            transaction.onabort = () => reject(transaction.error);
        });
        const [value] = await Promise.all([callback((name) => transaction.objectStore(name)), complete]);
        return value;
    }

    /** @returns {Promise<Entry[]>} the newest first */
    async list() {
        /** @type {Entry[]} */
        const entries = await this.#transact("readonly", (store) => result(store(LIST).getAll()));
        return entries.sort((a, b) => b.time - a.time);
    }

    /**
     * @param {string} id
     * @returns {Promise<PackedWork | undefined>}
     */
    get(id) {
        return this.#transact("readonly", (store) => result(store(WORKS).get(id)));
    }

    /**
     * @param {Entry} entry
     * @param {PackedWork} work
     */
    async put(entry, work) {
        await this.#transact("readwrite", (store) => {
            store(LIST).put(entry, entry.id);
            store(WORKS).put(work, entry.id);
        });
    }

    /** @param {string[]} ids */
    async remove(ids) {
        await this.#transact("readwrite", (store) => {
            for (const id of ids) {
                store(LIST).delete(id);
                store(WORKS).delete(id);
            }
        });
    }

    /** @returns {Promise<boolean>} whether works may be kept; true unless the user forbade it */
    async mayKeep() {
        const value = await this.#transact("readonly", (store) => result(store(PREFERENCES).get("keep")));
        return value !== false;
    }

    /**
     * Allows to keep works, or forbids it, which removes all.
     *
     * @param {boolean} allowed
     */
    async allow(allowed) {
        await this.#transact("readwrite", (store) => {
            store(PREFERENCES).put(allowed, "keep");
            if (!allowed) {
                store(LIST).clear();
                store(WORKS).clear();
            }
        });
    }
}
