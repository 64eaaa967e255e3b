// @ts-check
// Undo and redo of whole states. States are never changed, so a step is only a place in a list. No DOM.

/** @typedef {import("./piece.js").Piece} Piece */

/**
 * @typedef {object} History
 * @property {(Piece | null)[]} past the oldest first
 * @property {Piece | null} present
 * @property {(Piece | null)[]} future what redo brings back, the nearest first
 */

const MAX_STEPS = 200; // the oldest are forgotten

/**
 * @param {Piece | null} state
 * @returns {History}
 */
export function begin(state) {
    return { past: [], present: state, future: [] };
}

/**
 * The history after a change to `state`; there is nothing to redo any more.
 *
 * @param {History} history
 * @param {Piece | null} state
 * @returns {History}
 */
export function changed(history, state) {
    return { past: [...history.past, history.present].slice(-MAX_STEPS), present: state, future: [] };
}

/**
 * The history with another present, which is no step.
 *
 * @param {History} history
 * @param {Piece | null} state
 * @returns {History}
 */
export function amended(history, state) {
    return { ...history, present: state };
}

/**
 * The history one step back; the same where there is nothing to undo.
 *
 * @param {History} history
 * @returns {History}
 */
export function undone(history) {
    const { past, present, future } = history;
    if (!past.length) {
        return history;
    }
    return { past: past.slice(0, -1), present: past[past.length - 1], future: [present, ...future] };
}

/**
 * The history one step forward; the same where there is nothing to redo.
 *
 * @param {History} history
 * @returns {History}
 */
export function redone(history) {
    const { past, present, future } = history;
    if (!future.length) {
        return history;
    }
    return { past: [...past, present], present: future[0], future: future.slice(1) };
}
