// @ts-check
// The sentences of a listening test. No DOM.

/**
 * @typedef {import("./listening_test.js").ListeningTest} ListeningTest
 * @typedef {import("./listening_test.js").Score} Score
 * @typedef {import("./listening_test.js").FeatureRow} FeatureRow
 */

import { featureLabel, featureText } from "./listening_test.js";

export const LETTERS = ["A", "B"];
export const INTERVAL_HINT =
    "The dot is your share. The band around it is its interval of 95 % (Wilson): shares that such a result does not contradict. Where it reaches over the dashed line, guessing explains the result, too.";
const TELLING = 2.5; // standard deviations: of eight things that are compared, one often differs by two

/** By who is heard: how, and what helps to hear it. */
const MUSIC = {
    choir: { heard: "sung by the same voices", helps: "Earphones help to hear the inner voices." },
    piano: { heard: "played on the same piano", helps: "Earphones help to hear the left hand." }
};

/** @param {ListeningTest} test */
export function titleOf({ show, people }) {
    return show === "pairs" ? `Which one is by ${people}?` : `By ${people}, or by a program?`;
}

/** @param {ListeningTest} test */
export function rulesOf({ show, task, people, questions, plays }) {
    const { heard, helps } = MUSIC[plays];
    const melody = task === "harmonize" ? " to the same melody" : "";
    const what =
        show === "pairs"
            ? `There are ${questions.length} pairs. One of each is by ${people}, the other was written by a program${melody}.`
            : `There are ${questions.length} excerpts. Some are by ${people}, the others were written by a program.`;
    return [
        what,
        `All are ${heard}, equally loud, at the same speed; in a pair both are equally long. Only the notes can tell.`,
        "Listen as often as you like, then choose. You learn at the end what was right.",
        `If a piece is known to you, say what you hear all the same: it counts. ${helps}`
    ];
}

/**
 * @param {ListeningTest} test
 * @returns {[string, string]}
 */
export function choicesOf({ show, people }) {
    return show === "pairs" ? [`A is by ${people}`, `B is by ${people}`] : [`By ${people}`, "By a program"];
}

/** @param {number} share */
export function percent(share) {
    return `${Math.round(100 * share)} %`;
}

/** @param {Score} score */
export function scoreText({ right, of, low, high }) {
    return `${right} of ${of} right · between ${Math.round(100 * low)} and ${percent(high)}`;
}

/**
 * What the result means.
 *
 * @param {ListeningTest} test
 * @param {Score} score of all questions
 */
export function verdict({ people }, { right, of, low, high }) {
    const guessed = `Whoever guesses gets about ${of / 2} of ${of}.`;
    if (low > 0.5) {
        return `You told ${people} from the program, more often than chance would. ${guessed}`;
    }
    if (high < 0.5) {
        return `You hear a difference, but took the program for ${people}. ${guessed}`;
    }
    return right * 2 > of
        ? `A little more than guessing, but so few answers may be chance. ${guessed}`
        : `You could not tell ${people} from the program in these excerpts. ${guessed}`;
}

/**
 * The row in which what was found out differs most from what was taken for people's; null where none differs much.
 *
 * @param {FeatureRow[]} rows
 * @returns {FeatureRow | null}
 */
export function tellingRow(rows) {
    const [best] = [...rows].sort((one, other) => other.deviations - one.deviations);
    return best !== undefined && best.deviations > TELLING ? best : null;
}

/**
 * @param {ListeningTest} test
 * @param {{rows: FeatureRow[], counts: {found: number, taken: number, people: number}}} table
 */
export function featuresText({ people }, { rows, counts: { found, taken } }) {
    if (found === 0 || taken === 0) {
        const all = found === 0 ? `taken for ${people}` : "found out";
        return `Everything by the program was ${all}, so there is nothing to compare but ${people}’s own.`;
    }
    const row = tellingRow(rows);
    const few = `That is of ${found} and ${taken} excerpts: a hint where to listen, no proof.`;
    if (row === null) {
        return `Nothing that is counted here differs much between those that you found out and the others. ${few}`;
    }
    const [one, other] = [row.found, row.taken].map((value) => featureText(row.name, value));
    return `Most different between what you found out and what you took for ${people}: ${featureLabel(row.name)} (${one} against ${other}). ${few}`;
}
