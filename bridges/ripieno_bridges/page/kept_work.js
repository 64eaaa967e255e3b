// @ts-check
// The work in the form in which it is kept: bounded, and with each document once. No DOM, no storage.

/**
 * @typedef {import("./history.js").History} History
 * @typedef {import("./piece.js").Piece} Piece
 *
 * @typedef {object} Work all that a reload must not lose
 * @property {History} history
 * @property {import("./requests.js").Settings} settings
 * @property {Record<string, string>} moreSettings
 * @property {string | null} saved the document that was saved last
 *
 * @typedef {{graph: any, texts: string[]}} PackedWork
 */

export const MAX_LETTERS = 12_000_000; // of all documents together
export const MAX_STEPS = 40; // of undo, and as many of redo
const LONG = 1000; // letters; shorter texts stay where they are

/**
 * The work for the store. A step of the history that would exceed the bounds is left out, and so are those beyond it.
 *
 * @param {Work} work
 * @returns {PackedWork}
 */
export function packed(work) {
    /** @type {Map<string, number>} */
    const texts = new Map();
    const intern = (/** @type {any} */ value) => {
        if (typeof value !== "string" || value.length < LONG) {
            return value;
        }
        texts.set(value, texts.get(value) ?? texts.size);
        return { text: texts.get(value) };
    };
    const graph = mapped({ ...work, history: bounded(work.history) }, intern);
    return { graph, texts: [...texts.keys()] };
}

/**
 * The work that was packed.
 *
 * @param {PackedWork} packedWork
 * @returns {Work}
 */
export function unpacked({ graph, texts }) {
    return mapped(graph, (value) => (typeof value?.text === "number" ? texts[value.text] : value));
}

/**
 * A copy of a graph of plain objects and arrays. What stands in it twice is one object in the copy, too.
 *
 * @param {any} value
 * @param {(value: any) => any} replace called first with every value
 * @param {Map<object, any>} copies
 * @returns {any}
 */
function mapped(value, replace, copies = new Map()) {
    const replaced = replace(value);
    if (replaced !== value || typeof value !== "object" || value === null) {
        return replaced;
    }
    if (copies.has(value)) {
        return copies.get(value);
    }
    /** @type {any} */
    const copy = Array.isArray(value) ? [] : {};
    copies.set(value, copy);
    for (const [key, part] of Object.entries(value)) {
        copy[key] = mapped(part, replace, copies);
    }
    return copy;
}

// -- bounds ------------------------------------------------------------------------------------------------

/**
 * As much of a history as may be kept: the present, and what is nearest to it. A piece that is not kept itself, but
 * from which a kept one was made, loses the versions that it came from.
 *
 * @param {History} history
 * @returns {History}
 */
export function bounded({ past, present, future }) {
    /** @type {Set<string>} */
    const documents = new Set(documentsOf(present));
    let letters = lengthOf(documents);
    const nearest = (/** @type {(Piece | null)[]} */ states) => {
        for (const [index, state] of states.slice(0, MAX_STEPS).entries()) {
            const fresh = new Set(documentsOf(state).filter((text) => !documents.has(text)));
            letters += lengthOf(fresh);
            if (letters > MAX_LETTERS) {
                return states.slice(0, index);
            }
            fresh.forEach((text) => documents.add(text));
        }
        return states.slice(0, MAX_STEPS);
    };
    const before = nearest([...past].reverse());
    const after = nearest(future);
    const cut = cutter(new Set([present, ...before, ...after]));
    return { past: before.reverse().map(cut), present: cut(present), future: after.map(cut) };
}

/** @param {Piece | null} piece */
function documentsOf(piece) {
    const alternatives = piece?.result?.reply.alternatives ?? [];
    const base = piece?.result?.base;
    return [
        piece?.document,
        piece?.source,
        base?.document,
        ...alternatives.map((one) => one.document)
    ].filter((text) => typeof text === "string");
}

/** @param {Set<string>} texts */
function lengthOf(texts) {
    return [...texts].reduce((sum, text) => sum + text.length, 0);
}

/**
 * @param {Set<Piece | null>} kept
 * @returns {(piece: Piece | null) => Piece | null}
 */
function cutter(kept) {
    /** @type {Map<Piece, Piece>} */
    const done = new Map();

    /**
     * @param {Piece | null} piece
     * @returns {Piece | null}
     */
    function cut(piece) {
        if (piece === null || piece.result === null) {
            return piece;
        }
        const known = done.get(piece);
        if (known !== undefined) {
            return known;
        }
        const result = kept.has(piece) ? { ...piece.result, base: cut(piece.result.base) } : null;
        const shorter = { ...piece, result };
        done.set(piece, shorter);
        return shorter;
    }
    return cut;
}
