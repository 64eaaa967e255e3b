// Which measures are selected: null, or {anchor, focus}, indices of measures, both included. No DOM.

export function first(selection) {
    return Math.min(selection.anchor, selection.focus);
}

export function last(selection) {
    return Math.max(selection.anchor, selection.focus);
}

export function includes(selection, index) {
    return selection !== null && index >= first(selection) && index <= last(selection);
}

// A click; with `extend` (Shift, or a drag that goes on) the other end stays.
export function clicked(selection, index, extend) {
    if (extend && selection !== null) {
        return { anchor: selection.anchor, focus: index };
    }
    return { anchor: index, focus: index };
}

// A press of a key, with `extend` where Shift is held. count: how many measures there are. The same selection
// comes back where the key means nothing here.
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

// The same selection in a piece of `count` measures; null where it lies outside.
export function within(selection, count) {
    return selection === null || last(selection) >= count ? null : selection;
}

// From when to when, in quarters, half-open.
export function span(selection, measures) {
    const end = measures[last(selection)];
    return [measures[first(selection)].onset, end.onset + end.duration];
}
