// @ts-check
// The answers of a listening test, kept in this browser; where it keeps nothing, until the page is left.

import { newId } from "./new_id.js";

/** @typedef {{listener: string, answers: number[]}} KeptAnswers listener: by chance, so that two can be told apart */

const LISTENER_BYTES = 4;

export class AnswerStore {
    #key;

    /** @param {string} id of the test */
    constructor(id) {
        this.#key = `ripieno-listening-${id}`;
    }

    /**
     * The answers so far; none where nothing fitting is kept.
     *
     * @param {number} questions how many there are
     * @returns {KeptAnswers}
     */
    load(questions) {
        try {
            const kept = JSON.parse(localStorage.getItem(this.#key) ?? "null");
            const { listener, answers } = kept ?? {};
            const fits = (/** @type {unknown} */ answer) => answer === 0 || answer === 1;
            if (/^[0-9a-f]+$/.test(listener) && answers.length <= questions && answers.every(fits)) {
                return { listener, answers };
            }
        } catch {
            // a browser that keeps nothing, or something else under this name
        }
        return newListener();
    }

    /** @param {KeptAnswers} kept */
    save(kept) {
        try {
            localStorage.setItem(this.#key, JSON.stringify(kept));
        } catch {
            // as above
        }
    }
}

/** @returns {KeptAnswers} of somebody who has answered nothing yet */
export function newListener() {
    return { listener: newId(LISTENER_BYTES), answers: [] };
}
