// Undo and redo of whole states. A state is never changed, so a step is only a place in a list. No DOM.

const MOST = 200; // steps; the oldest is forgotten

export function begin(state) {
    return { past: [], present: state, future: [] };
}

export function changed(history, state) {
    return { past: [...history.past, history.present].slice(-MOST), present: state, future: [] };
}

export function undone(history) {
    if (!history.past.length) {
        return history;
    }
    const { past, present, future } = history;
    return { past: past.slice(0, -1), present: past.at(-1), future: [present, ...future] };
}

export function redone(history) {
    if (!history.future.length) {
        return history;
    }
    const { past, present, future } = history;
    return { past: [...past, present], present: future[0], future: future.slice(1) };
}
