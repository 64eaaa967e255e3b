// @ts-check
// The page's texts: names of voices and measures, places, numbers in words. No DOM.

/** @typedef {import("./piece.js").Measure} Measure */

const NOT_NUMBERED = /^(0|x.*)?$/i; // how programs number a pickup and other measures that are not counted

/** @param {string} text */
export function capitalized(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * "measure 3", "measures 3–4", "the pickup", "the pickup to measure 2"; with spaces at which no line breaks.
 *
 * @param {Measure[]} measures
 * @param {number} first an index
 * @param {number} last an index, included
 */
export function measuresName(measures, first, last) {
    const from = measures[first].number;
    const to = measures[last].number;
    const pickup = first === 0 && NOT_NUMBERED.test(from);
    if (first === last) {
        return pickup ? "the pickup" : `measure\u00a0${from}`;
    }
    return pickup ? `the pickup to measure\u00a0${to}` : `measures\u00a0${from}–${to}`;
}

/**
 * "alto, tenor and bass"
 *
 * @param {string[]} names
 */
export function listed(names) {
    return names.join(", ").replace(/, ([^,]*)$/, " and $1");
}

/** @type {Record<string, string>} */
const HANDS = { right: "Right hand", left: "Left hand" };

/**
 * The name of a line of the score, which need not be a voice of the choir.
 *
 * @param {import("./piece.js").Line} line
 */
export function voiceName(line) {
    return HANDS[line.voice ?? ""] ?? capitalized(line.voice ?? (line.part || "a voice"));
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} many
 */
export function counted(number, one, many) {
    return `${number} ${number === 1 ? one : many}`;
}

/**
 * "10:42", "yesterday, 10:42", "3 November, 10:42".
 *
 * @param {Date} moment
 * @param {Date} now
 */
export function momentName(moment, now) {
    const format = (/** @type {Intl.DateTimeFormatOptions} */ options) =>
        new Intl.DateTimeFormat("en-GB", options).format(moment);
    const yesterday = new Date(now);
    yesterday.setDate(now.getDate() - 1);
    const time = format({ hour: "2-digit", minute: "2-digit" });
    const day = { [now.toDateString()]: "", [yesterday.toDateString()]: "yesterday, " };
    return (day[moment.toDateString()] ?? `${format({ day: "numeric", month: "long" })}, `) + time;
}

/**
 * A temperature in words: 0 is strict, 1 is free.
 *
 * @param {number | null} temperature null: the task's own
 */
export function temperatureName(temperature) {
    if (temperature === null) {
        return "as suits the task";
    }
    /** @type {[number, string][]} */
    const names = [
        [0.05, "strict"],
        [0.25, "careful"],
        [0.45, "balanced"],
        [0.7, "lively"],
        [0.9, "daring"]
    ];
    const found = names.find(([maximum]) => temperature <= maximum);
    return found ? found[1] : "free";
}

/**
 * How much a variation changes, in words.
 *
 * @param {number} amount 0 to 1
 */
export function amountName(amount) {
    return amount <= 0.2 ? "a little" : amount <= 0.5 ? "some" : amount <= 0.8 ? "much" : "nearly all";
}

/**
 * "Measure 6, beat 2.5, soprano and tenor".
 *
 * @param {import("./piece.js").Fault} fault
 */
export function placeOf(fault) {
    const beat = Number(fault.beat.toFixed(2));
    const where = NOT_NUMBERED.test(fault.measure) ? "Pickup" : `Measure ${fault.measure}`;
    const who = fault.voices.join(" and ");
    return [where, `beat ${beat}`, who].filter(Boolean).join(", ");
}

/**
 * What is said when something was written.
 *
 * @param {import("./piece.js").Reply} reply
 * @param {number} milliseconds that it took
 */
export function doneText(reply, milliseconds) {
    const notes = reply.alternatives[0].voices.reduce((sum, line) => sum + line.notes.length, 0);
    const count = reply.alternatives.length;
    const texts = [`${counted(notes, "note", "notes")} in ${(milliseconds / 1000).toFixed(1)} s.`];
    if (count > 1) {
        texts.push(`The first of ${count} versions is in the score.`);
    }
    if (!reply.complete) {
        texts.push("Time was up; the later measures are missing.");
    }
    if (reply.heard) {
        texts.push(`${reply.heard}.`);
    }
    const remarks = (reply.remarks ?? []).map((remark) => sentence(remark).replace(/(?<=\w)$/, "."));
    return [...texts, ...remarks].join(" ").replace(/-(?=\d)/g, "−");
}

/** @type {Record<string, string>} */
const INVERSIONS = { 6: "⁶", 64: "⁶₄", 7: "⁷", 65: "⁶₅", 43: "⁴₃", 42: "⁴₂" };

/**
 * A Roman numeral as it is printed: "V⁶₅/V" of "V65/V", "♭II⁶" of "bII6", "vii°⁷" of "viio7".
 *
 * @param {string} figure
 */
export function figureText(figure) {
    return figure
        .replace(/\d+/, (digits) => INVERSIONS[digits] ?? digits)
        .replace("o", "°")
        .replace(/b(?=[IiVv])/g, "♭")
        .replace(/#(?=[IiVv])/g, "♯");
}

/**
 * A chord symbol as it is printed: "B♭7(♯11)" of "Bb7(#11)".
 *
 * @param {string} symbol
 */
export function symbolText(symbol) {
    return symbol
        .replace(/(?<=[A-G])b+/g, (flats) => "♭".repeat(flats.length))
        .replace(/b(?=\d)/g, "♭")
        .replaceAll("#", "♯");
}

/**
 * A key as it is printed before a numeral: "G:" of "G major", "b♭:" of "B-flat minor".
 *
 * @param {string} key
 */
export function keyText(key) {
    const [tonic, mode] = key.split(" ");
    const name = tonic.replace("-flat", "♭").replace("-sharp", "♯");
    return `${mode === "minor" ? name.toLowerCase() : name}:`;
}

/**
 * A text with a capital letter at its beginning, unless it begins with a file's name.
 *
 * @param {string} text
 */
export function sentence(text) {
    return /^[^\s:]+\.\w+:/.test(text) ? text : capitalized(text);
}
