// @ts-check
// The time of a score: quarters and seconds. No DOM.

/**
 * The score's own tempo marks: moments in order. At `speed` 1 they hold as they are, at 2 all is twice as fast.
 *
 * @typedef {{quarter: number, seconds: number}[]} TempoMap
 */

/**
 * The index of the first point after a value, by binary search; never 0.
 *
 * @param {TempoMap} map
 * @param {"quarter" | "seconds"} field
 * @param {number} value
 */
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

/**
 * Linear interpolation from one field of the map to the other.
 *
 * @param {TempoMap} map
 * @param {"quarter" | "seconds"} from
 * @param {"quarter" | "seconds"} to
 * @param {number} value
 */
function interpolate(map, from, to, value) {
    if (map.length < 2) {
        return 0;
    }
    const high = after(map, from, value);
    const [a, b] = [map[high - 1], map[high]];
    const width = b[from] - a[from];
    return width > 0 ? a[to] + ((value - a[from]) * (b[to] - a[to])) / width : a[to];
}

/**
 * @param {TempoMap} map
 * @param {number} quarter
 */
export function secondsAt(map, quarter, speed = 1) {
    return interpolate(map, "quarter", "seconds", quarter) / speed;
}

/**
 * @param {TempoMap} map
 * @param {number} seconds
 */
export function quarterAt(map, seconds, speed = 1) {
    return interpolate(map, "seconds", "quarter", seconds * speed);
}
