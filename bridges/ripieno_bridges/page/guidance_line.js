// @ts-check
// The line under the title: the key to choose, and whether phrases end as found or as set by hand.

import { byId, make } from "./dom.js";
import { guidanceOf, phraseOnsets } from "./guidance.js";
import { keyName, KEYS, keySetting } from "./keys.js";
import { capitalized, counted } from "./texts.js";

/** @typedef {import("./piece.js").Piece} Piece */

export class GuidanceLine {
    /** @type {string | null} */
    #drawn = null; // the key that is found, and the one that is set

    /** @param {import("./by_hand.js").ByHand} hand */
    constructor(hand) {
        byId("key").addEventListener("change", () => hand.setKey(byId("key").value));
        byId("phrases-reset").addEventListener("click", () => hand.setPhrases(""));
    }

    /**
     * @param {Piece} piece
     * @param {boolean} isShown
     */
    draw(piece, isShown) {
        const { key, phrases } = guidanceOf(piece);
        const found = piece.found?.key ?? null;
        byId("guidance").hidden = !isShown || (found === null && !key);
        this.#drawKeys(found, key);
        const ends = phraseOnsets(piece);
        const count = ends === null ? "" : counted(ends.length, "phrase", "phrases");
        const text = [count, phrases ? "set by hand" : "as found"].filter(Boolean).join(", ");
        if (byId("phrases-state").textContent !== text) {
            byId("phrases-state").textContent = text;
        }
        byId("phrases-reset").hidden = !phrases;
    }

    /**
     * @param {string | null} found
     * @param {string} set by hand; empty: none
     */
    #drawKeys(found, set) {
        const drawn = `${found}; ${set}`;
        if (this.#drawn !== drawn) {
            this.#drawn = drawn;
            const asFound = found === null ? "as found" : `${keyName(found)}, as found`;
            const own = [...KEYS.major, ...KEYS.minor].includes(keySetting(set)) || !set ? [] : [set];
            const option = (/** @type {string} */ value) => make("option", { value }, keyName(value));
            const groups = Object.entries(KEYS).map(([mode, keys]) =>
                make("optgroup", { label: capitalized(mode) }, ...keys.map(option))
            );
            byId("key").replaceChildren(make("option", { value: "" }, asFound), ...own.map(option), ...groups);
            byId("key").value = own.length ? set : keySetting(set);
        }
    }
}
