// @ts-check
// In which order the measures of a score are played: repeats with their endings, da capo and dal segno.

/**
 * What stands at a measure. A measure of a score without repeats has NO_MARKS.
 *
 * @typedef {object} Marks
 * @property {boolean} forward a repeat begins here
 * @property {number | null} backward how often the section that ends here is played; 0 where nothing says it, null where
 *     none ends
 * @property {number[] | null} ending the numbers of the ending that the measure is in
 * @property {"capo" | "segno" | null} jump where it goes on after this measure, once
 * @property {boolean} segno
 * @property {boolean} coda whether the coda begins here
 * @property {boolean} toCoda after a jump it goes on at the coda
 * @property {boolean} fine after a jump the piece ends here
 */

/** @type {Marks} */
export const NO_MARKS = {
    ...{ forward: false, backward: null, ending: null, jump: null },
    ...{ segno: false, coda: false, toCoda: false, fine: false }
};
const MAX_PLAYED = 5000; // measures; a longer piece is not played to its end
const MAX_TIMES = 20; // that a section is played

/**
 * The marks of a document's measures, as its first part has them.
 *
 * @param {string} musicxml
 * @returns {Marks[]}
 */
export function marksIn(musicxml) {
    const score = new DOMParser().parseFromString(musicxml, "application/xml");
    const measures = [
        ...(score.querySelector("score-partwise > part")?.querySelectorAll(":scope > measure") ?? [])
    ];
    /** @type {number[] | null} */
    let ending = null; // that the next measure is in
    return measures.map((measure) => {
        const find = (/** @type {string} */ selector) => measure.querySelector(`:scope > ${selector}`);
        const has = (/** @type {string} */ name) =>
            find(`sound[${name}]`) !== null || find(`direction > sound[${name}]`) !== null;
        const begun = find('barline > ending[type="start"]');
        ending = begun === null ? ending : numbersIn(begun.getAttribute("number") ?? "");
        const back = find('barline > repeat[direction="backward"]');
        const marks = {
            forward: find('barline > repeat[direction="forward"]') !== null,
            backward: back && Math.min(MAX_TIMES, Number(back.getAttribute("times")) || 0),
            ending,
            jump: has("dacapo")
                ? /** @type {const} */ ("capo")
                : has("dalsegno")
                  ? /** @type {const} */ ("segno")
                  : null,
            ...{ segno: has("segno"), coda: has("coda"), toCoda: has("tocoda"), fine: has("fine") }
        };
        if (find('barline > ending:not([type="start"])') !== null) {
            ending = null;
        }
        return marks;
    });
}

/** @param {string} text "1" or "1, 2" */
function numbersIn(text) {
    return text
        .split(/[\s,]+/)
        .map(Number)
        .filter(Boolean);
}

/**
 * The indices of the measures in the order in which they are played. After a jump no repeat is taken, and of the
 * endings the last one.
 *
 * @param {Marks[]} marks
 * @returns {number[]}
 */
export function playingOrder(marks) {
    const order = [];
    let [at, start, pass, jumped] = [0, 0, 1, false];
    while (at < marks.length && order.length < MAX_PLAYED) {
        const { forward, ending, backward, fine, toCoda, jump } = marks[at];
        if (forward && start !== at) {
            [start, pass] = [at, 1];
        }
        if (ending !== null && !ending.includes(jumped ? lastEnding(marks, at) : pass)) {
            at += 1;
            continue;
        }
        order.push(at);
        const coda = marks.findIndex((one) => one.coda);
        if (jumped && fine) {
            break;
        }
        if (jumped && toCoda && coda > at) {
            at = coda;
        } else if (!jumped && backward !== null && pass < timesPlayed(marks, at)) {
            [at, pass] = [start, pass + 1];
        } else if (!jumped && jump !== null) {
            at =
                jump === "capo"
                    ? 0
                    : Math.max(
                          0,
                          marks.findIndex((one) => one.segno)
                      );
            jumped = true;
        } else {
            const isSectionOver = backward !== null || (ending !== null && marks[at + 1]?.ending === null);
            at += 1;
            [start, pass] = isSectionOver ? [at, 1] : [start, pass];
        }
    }
    return order;
}

/**
 * How often the section that ends at a measure is played.
 *
 * @param {Marks[]} marks
 * @param {number} at
 */
function timesPlayed(marks, at) {
    const { backward, ending } = marks[at];
    return backward || Math.max(2, ending === null ? 0 : lastEnding(marks, at));
}

/**
 * The highest number of the endings that stand side by side from a measure on.
 *
 * @param {Marks[]} marks
 * @param {number} at
 */
function lastEnding(marks, at) {
    const after = marks.findIndex((one, index) => index >= at && one.ending === null);
    const endings = marks.slice(at, after < 0 ? undefined : after).flatMap(({ ending }) => ending ?? []);
    return Math.max(...endings);
}
