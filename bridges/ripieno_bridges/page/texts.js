// What the page says: names of voices and measures, button texts, places. No DOM.

export const CHOIR = ["soprano", "alto", "tenor", "bass"];
const NOT_NUMBERED = /^(0|x.*)?$/i; // how programs number a pickup and what else is not counted

export function capitalized(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}

// Which measures, not to be broken between two lines: "measure 3", "measures 3–4", "the pickup", "the pickup to
// measure 2". first, last: indices, both included.
export function measuresName(measures, first, last) {
    const from = measures[first].number;
    const to = measures[last].number;
    const pickup = first === 0 && NOT_NUMBERED.test(from);
    if (first === last) {
        return pickup ? "the pickup" : `measure\u00a0${from}`;
    }
    return pickup ? `the pickup to measure\u00a0${to}` : `measures\u00a0${from}–${to}`;
}

const HANDS = { right: "Right hand", left: "Left hand" };

// What a line is called on the page; it may be none of the choir's.
export function voiceName(line) {
    return HANDS[line.voice] ?? capitalized(line.voice ?? (line.part || "a voice"));
}

export function counted(number, one, many) {
    return `${number} ${number === 1 ? one : many}`;
}

// A temperature in words: 0 is strict, 1 is free.
export function temperatureName(temperature) {
    if (temperature === null) {
        return "as suits the task";
    }
    const names = [
        [0.05, "strict"],
        [0.25, "careful"],
        [0.45, "balanced"],
        [0.7, "lively"],
        [0.9, "daring"]
    ];
    const found = names.find(([most]) => temperature <= most);
    return found ? found[1] : "free";
}

// How much a variation changes.
export function amountName(amount) {
    return amount <= 0.2 ? "a little" : amount <= 0.5 ? "some" : amount <= 0.8 ? "much" : "nearly all";
}

// Where a fault stands: "Measure 6, beat 2.5, soprano and tenor".
export function placeOf(fault) {
    const beat = Number(fault.beat.toFixed(2));
    const where = NOT_NUMBERED.test(fault.measure) ? "Pickup" : `Measure ${fault.measure}`;
    const who = fault.voices.join(" and ");
    return [where, `beat ${beat}`, who].filter(Boolean).join(", ");
}

// What is told, as a sentence; a file's name at its beginning stays as it is.
export function sentence(text) {
    return /^[^\s:]+\.\w+:/.test(text) ? text : capitalized(text);
}
