// @ts-check
// A listening test: its questions, what the answers say, and the table that is saved. No DOM, no storage.

import { wilsonInterval } from "./wilson.js";

/**
 * @typedef {[number, number, number, number]} HeardNote onset and duration in quarters, the pitch as a MIDI number, the
 *     voice
 * @typedef {Record<string, [number, number]>} Features what is counted: so many of so many
 *
 * @typedef {object} Question
 * @property {HeardNote[][]} excerpts in the order in which they are heard
 * @property {number} quarters how long each of them is
 * @property {number} right the index of the right choice
 * @property {string[]} authors of each excerpt a model's name, or "" for people
 * @property {string} model whose work is asked about
 * @property {string} piece
 * @property {string} measures
 * @property {Features[]} features of each excerpt
 *
 * @typedef {object} ListeningTest
 * @property {string} id
 * @property {"pairs" | "single"} show
 * @property {"harmonize" | "compose"} task
 * @property {string} people how the people's side is called
 * @property {number} tempo quarters a minute
 * @property {"choir" | "piano"} plays who is heard
 * @property {{sound: import("./sung_parts.js").Sound, middle: number, side: number}[]} voices
 * @property {Question[]} questions
 *
 * @typedef {{right: number, of: number, share: number, low: number, high: number}} Score so many of so many, and the
 *     interval of 95 %
 * @typedef {{name: string, found: number | null, taken: number | null, people: number | null, deviations: number}} FeatureRow
 *     means, and how many standard deviations the first two are apart
 */

/** What the features of choirs and then of piano music are called, and how their numbers are written. */
const FEATURES = {
    parallels: { label: "parallel fifths and octaves, per 100 notes", times: 100, unit: "" },
    leaps: { label: "leaps wider than a fourth", times: 100, unit: " %" },
    "repeated notes": { label: "repeated notes", times: 100, unit: " %" },
    notes: { label: "notes on a quarter, all voices", times: 1, unit: "" },
    "dissonant beats": { label: "beats on a dissonance", times: 100, unit: " %" },
    "other foreign notes": { label: "beats with passing and other foreign notes", times: 100, unit: " %" },
    inversions: { label: "chords that are inverted", times: 100, unit: " %" },
    "chord changes": { label: "beats with a new chord", times: 100, unit: " %" },
    keys: { label: "notes on a quarter", times: 1, unit: "" },
    "bass then chord": { label: "left hand: a bass, then a chord", times: 100, unit: " %" },
    "root changes": { label: "changes of chord in a measure", times: 1, unit: "" },
    syncopations: { label: "melody: syncopations", times: 100, unit: " %" },
    "repeated keys": { label: "melody: repeated notes", times: 100, unit: " %" },
    "wide leaps": { label: "melody: leaps wider than an octave", times: 100, unit: " %" },
    clashes: { label: "strikes with a semitone in them", times: 100, unit: " %" },
    "foreign keys": { label: "notes foreign to the chord", times: 100, unit: " %" }
};
const COLUMNS = [
    ...["test", "listener", "show", "task", "people", "model", "question", "piece", "measures"],
    ...["author", "answer", "correct"]
];

/**
 * The test of a text in JSON. What tells who wrote what is sealed in it, so that nobody reads it by mistake.
 *
 * @param {string} text
 * @returns {ListeningTest}
 */
export function openTest(text) {
    const { questions, sealed, tempo_qpm: tempo, ...rest } = JSON.parse(text);
    const bytes = Uint8Array.from(atob(sealed), (letter) => letter.charCodeAt(0));
    const answers = JSON.parse(new TextDecoder().decode(bytes));
    return {
        ...rest,
        tempo,
        questions: questions.map((/** @type {Question} */ question, /** @type {number} */ index) => ({
            ...question,
            ...answers[index]
        }))
    };
}

/**
 * An excerpt as the player takes it.
 *
 * @param {ListeningTest} test
 * @param {number} question
 * @param {number} excerpt
 * @returns {import("./performance.js").Performance}
 */
export function performanceOf(test, question, excerpt) {
    const { excerpts, quarters } = test.questions[question];
    const notes = excerpts[excerpt].map(([onset, duration, pitch, voice]) => ({
        onset,
        end: onset + duration,
        pitch,
        voice: String(voice)
    }));
    return {
        notes: /** @type {import("./performance.js").Performance["notes"]} */ (notes),
        map: [
            { quarter: 0, seconds: 0 },
            { quarter: quarters, seconds: (quarters * 60) / test.tempo }
        ],
        spans: [{ from: 0, to: quarters, at: 0 }]
    };
}

/**
 * The voices as the player takes them: the same for every excerpt.
 *
 * @param {ListeningTest} test
 * @returns {import("./sung_parts.js").SoundingPart[]}
 */
export function partsOf(test) {
    return test.voices.map((voice, index) => ({ ...voice, voice: String(index), name: String(index) }));
}

/**
 * @param {number} right
 * @param {number} of
 * @returns {Score}
 */
export function scoreOf(right, of) {
    const [low, high] = wilsonInterval(right, of);
    return { right, of, share: of ? right / of : 0, low, high };
}

/**
 * How many answers are right: of all, and by model in the order of their names.
 *
 * @param {ListeningTest} test
 * @param {number[]} answers the index of the choice for each question
 * @returns {{all: Score, models: [string, Score][]}}
 */
export function scores(test, answers) {
    const count = (/** @type {(question: Question) => boolean} */ counts) => {
        const asked = answers.map((answer, index) => ({ answer, question: test.questions[index] }));
        const there = asked.filter(({ question }) => counts(question));
        return scoreOf(there.filter(({ answer, question }) => answer === question.right).length, there.length);
    };
    const names = [...new Set(test.questions.map(({ model }) => model))].sort();
    return {
        all: count(() => true),
        models: names.map((name) => [name, count(({ model }) => model === name)])
    };
}

/**
 * What is counted in the excerpts that were found out, in those that were taken for people's, and in people's own.
 *
 * @param {ListeningTest} test
 * @param {number[]} answers
 * @returns {{rows: FeatureRow[], counts: {found: number, taken: number, people: number}}}
 */
export function featureTable(test, answers) {
    /** @type {Record<"found" | "taken" | "people", Features[]>} */
    const groups = { found: [], taken: [], people: [] };
    answers.forEach((answer, index) => {
        const { authors, features, right } = test.questions[index];
        authors.forEach((author, place) => {
            groups[author === "" ? "people" : answer === right ? "found" : "taken"].push(features[place]);
        });
    });
    const there = Object.entries(FEATURES).filter(([name]) => name in test.questions[0].features[0]);
    const rows = there.map(([name, { times }]) => ({
        name,
        found: rate(groups.found, name, times),
        taken: rate(groups.taken, name, times),
        people: rate(groups.people, name, times),
        deviations: deviations(counted(groups.found, name), counted(groups.taken, name))
    }));
    const { found, taken, people } = groups;
    return { rows, counts: { found: found.length, taken: taken.length, people: people.length } };
}

/**
 * @param {Features[]} features
 * @param {string} name
 * @param {number} times
 */
function rate(features, name, times) {
    const [count, of] = counted(features, name);
    return of ? (times * count) / of : null;
}

/**
 * So many of so many, in all excerpts together.
 *
 * @param {Features[]} features
 * @param {string} name
 * @returns {[number, number]}
 */
function counted(features, name) {
    const counts = features.map((one) => one[name] ?? [0, 0]);
    const sum = (/** @type {0 | 1} */ place) => counts.reduce((total, pair) => total + pair[place], 0);
    return [sum(0), sum(1)];
}

/**
 * How far two rates are apart, in standard deviations of counts by chance (Poisson); 0 where one is of nothing.
 *
 * @param {[number, number]} one
 * @param {[number, number]} other
 */
function deviations([count, of], [otherCount, otherOf]) {
    const both = (count + otherCount) / (of + otherOf);
    return of && otherOf && both
        ? Math.abs(count / of - otherCount / otherOf) / Math.sqrt(both * (1 / of + 1 / otherOf))
        : 0;
}

/** @param {string} name */
export function featureLabel(name) {
    return FEATURES[/** @type {keyof typeof FEATURES} */ (name)].label;
}

/**
 * @param {string} name
 * @param {number | null} value
 */
export function featureText(name, value) {
    if (value === null) {
        return "–";
    }
    const { unit, times } = FEATURES[/** @type {keyof typeof FEATURES} */ (name)];
    return `${value.toFixed(unit ? 0 : times === 1 ? 2 : 1)}${unit}`;
}

/**
 * The answers as a table for spreadsheets, and for `ripieno listening-test --results`.
 *
 * @param {ListeningTest} test
 * @param {number[]} answers
 * @param {string} listener
 */
export function csvOf(test, answers, listener) {
    const rows = answers.map((answer, index) => {
        const { model, piece, measures, authors, right } = test.questions[index];
        const isPair = test.show === "pairs";
        const choices = isPair ? ["first", "second"] : ["people", "program"];
        const author = isPair ? choices[right] : authors[0] === "" ? "people" : "program";
        return [
            ...[test.id, listener, test.show, test.task, test.people, model, index + 1, piece, measures],
            ...[author, choices[answer], answer === right ? 1 : 0]
        ];
    });
    return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** @param {string | number} value */
function cell(value) {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
