// @ts-check
// The selected measures. No DOM.

/**
 * Indices of measures, both included: the end that stays when the selection is extended, and the one that moves.
 * Where nothing is selected there is null instead.
 *
 * @typedef {{anchor: number, focus: number}} Selection
 */

/** @param {Selection} selection */
export function first(selection) {
    return Math.min(selection.anchor, selection.focus);
}

/** @param {Selection} selection */
export function last(selection) {
    return Math.max(selection.anchor, selection.focus);
}

/**
 * @param {Selection | null} selection
 * @param {number} index
 */
export function includes(selection, index) {
    return selection !== null && index >= first(selection) && index <= last(selection);
}

/**
 * The selection after a click on a measure.
 *
 * @param {Selection | null} selection
 * @param {number} index
 * @param {boolean} extend Shift, or a drag that goes on: the anchor stays
 * @returns {Selection}
 */
export function clicked(selection, index, extend) {
    if (extend && selection !== null) {
        return { anchor: selection.anchor, focus: index };
    }
    return { anchor: index, focus: index };
}

/**
 * The selection after a key was pressed; the same where the key means nothing here.
 *
 * @param {Selection | null} selection
 * @param {string} key as KeyboardEvent.key
 * @param {boolean} extend whether Shift is held
 * @param {number} count how many measures there are
 * @returns {Selection | null}
 */
export function keyed(selection, key, extend, count) {
    if (key === "Escape") {
        return null;
    }
    const from = selection === null ? null : selection.focus;
    const goal = {
        ArrowRight: from === null ? 0 : from + 1,
        ArrowLeft: from === null ? count - 1 : from - 1,
        Home: 0,
        End: count - 1
    }[key];
    if (goal === undefined || count === 0) {
        return selection;
    }
    return clicked(selection, Math.min(count - 1, Math.max(0, goal)), extend);
}

/**
 * The same selection in a piece of `count` measures; null where it would lie outside.
 *
 * @param {Selection | null} selection
 * @param {number} count
 */
export function within(selection, count) {
    return selection === null || last(selection) >= count ? null : selection;
}

/**
 * @param {Selection} selection
 * @param {import("./piece.js").Measure[]} measures
 * @returns {[number, number]} start and end in quarters, half-open
 */
export function span(selection, measures) {
    const end = measures[last(selection)];
    return [measures[first(selection)].onset, end.onset + end.duration];
}
