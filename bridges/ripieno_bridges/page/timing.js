// When each note sounds. No DOM.
//
// A tempo map is a list of {quarter, seconds} in order, as the score's own tempo marks have it; `speed` 1 is that
// tempo, 2 twice as fast.

// The first point after a value, by halving; but never the first of all.
function after(map, field, value) {
    let [low, high] = [1, map.length - 1];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (map[middle][field] > value + 1e-9) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

function between(map, from, to, value) {
    if (map.length < 2) {
        return 0;
    }
    const high = after(map, from, value);
    const [a, b] = [map[high - 1], map[high]];
    const width = b[from] - a[from];
    return width > 0 ? a[to] + ((value - a[from]) * (b[to] - a[to])) / width : a[to];
}

export function secondsAt(map, quarter, speed = 1) {
    return between(map, "quarter", "seconds", quarter) / speed;
}

export function quarterAt(map, seconds, speed = 1) {
    return between(map, "seconds", "quarter", seconds * speed);
}

// The notes that start in [from, to) seconds after `start` (quarters) began to sound, in order:
// [{seconds, length, note}], with seconds counted from `start`.
export function soundingBetween(notes, map, start, speed, from, to) {
    const zero = secondsAt(map, start, speed);
    return notes
        .filter((note) => note.onset > start - 1e-6)
        .map((note) => {
            const seconds = secondsAt(map, note.onset, speed) - zero;
            return { seconds, length: secondsAt(map, note.end, speed) - zero - seconds, note };
        })
        .filter((event) => event.seconds >= from && event.seconds < to)
        .sort((a, b) => a.seconds - b.seconds);
}

// Tied notes are heard as one: [{onset, end, pitch, staff, layer}] without those that go on from another.
export function heard(notes) {
    return notes.filter((note) => !note.tied).map((note) => ({ ...note, end: note.heardUntil ?? note.end }));
}
