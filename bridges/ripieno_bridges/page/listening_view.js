// @ts-check
// What the listening test shows: the beginning, a question, the result.

import { byId, make } from "./dom.js";
import { featureLabel, featureTable, featureText, scores } from "./listening_test.js";
import * as texts from "./listening_texts.js";

/**
 * @typedef {import("./listening_test.js").ListeningTest} ListeningTest
 * @typedef {import("./listening_test.js").Score} Score
 * @typedef {{question: number, excerpt: number}} Place an excerpt of the test
 */

export class ListeningView {
    #test;
    #play;

    /** @type {Map<string, {button: HTMLElement, progress: HTMLProgressElement | null, name: string}>} */
    #buttons = new Map(); // by place

    /**
     * @param {ListeningTest} test
     * @param {(place: Place) => void} play
     */
    constructor(test, play) {
        this.#test = test;
        this.#play = play;
    }

    /** @returns {HTMLInputElement[]} */
    get choices() {
        return [...document.querySelectorAll("input[name=choice]")].map(
            (input) => /** @type {HTMLInputElement} */ (input)
        );
    }

    /** @param {number} done answers */
    showStart(done) {
        byId("start-title").textContent = texts.titleOf(this.#test);
        const [lead, ...rules] = texts.rulesOf(this.#test);
        byId("start-lead").textContent = lead;
        byId("start-rules").replaceChildren(...rules.map((rule) => make("li", {}, rule)));
        byId("begin").textContent = done ? `Go on with question ${done + 1}` : "Begin";
        this.#show("start", "begin");
    }

    /** @param {number} question */
    showQuestion(question) {
        const { questions, people, show } = this.#test;
        const { excerpts } = questions[question];
        byId("progress-text").textContent = `Question ${question + 1} of ${questions.length}`;
        Object.assign(byId("progress"), { max: questions.length, value: question });
        byId("question-title").textContent = texts.titleOf(this.#test);
        byId("choice-title").textContent = texts.titleOf(this.#test);
        this.#buttons.clear();
        const cards = excerpts.map((_, excerpt) => {
            const name = excerpts.length > 1 ? texts.LETTERS[excerpt] : "the excerpt";
            const progress = make("progress", { max: "1", value: "0", "aria-hidden": "true" });
            const label = excerpts.length > 1 ? name : "Listen";
            return make("div", { class: "excerpt" }, this.#button({ question, excerpt }, name, label, progress), progress);
        });
        byId("excerpts").replaceChildren(...cards);
        const words = texts.choicesOf(this.#test);
        this.choices.forEach((input, index) => {
            Object.assign(input, { checked: false, disabled: true });
            /** @type {Element} */ (input.nextElementSibling).textContent = words[index];
        });
        byId("next").textContent = question + 1 < questions.length ? "Next" : "To the result";
        byId("next").disabled = true;
        byId("status").textContent = "";
        byId("keys").replaceChildren(...keyHelp(show === "pairs", people));
        this.#show("question", "question-title");
    }

    /**
     * @param {Place} place
     * @param {string} name what screen readers call it
     * @param {string} label
     * @param {HTMLProgressElement | null} progress
     */
    #button(place, name, label, progress) {
        const button = make("button", { type: "button", "aria-pressed": "false", "aria-label": `Play ${name}` });
        button.append(icon(), label);
        button.addEventListener("click", () => this.#play(place));
        this.#buttons.set(key(place), { button, progress, name });
        return button;
    }

    /**
     * Shows what plays, and how far it is.
     *
     * @param {Place | null} place
     * @param {number} share 0 to 1
     */
    showPlaying(place, share) {
        for (const [at, { button, progress, name }] of this.#buttons) {
            const plays = place !== null && at === key(place);
            if (button.getAttribute("aria-pressed") !== String(plays)) {
                button.setAttribute("aria-pressed", String(plays));
                button.setAttribute("aria-label", `${plays ? "Pause" : "Play"} ${name}`);
            }
            if (plays && progress !== null) {
                progress.value = share;
            }
        }
    }

    /** @param {Place} place that was heard to its end */
    rewind(place) {
        const progress = this.#buttons.get(key(place))?.progress;
        if (progress) {
            progress.value = 0;
        }
    }

    /** @param {number[]} answers */
    showResult(answers) {
        const { all, models } = scores(this.#test, answers);
        byId("result-title").textContent = `${all.right} of ${all.of} right`;
        byId("result-lead").textContent = texts.verdict(this.#test, all);
        const rows = models.length > 1 ? [["all together", all], ...models] : models;
        byId("shares").replaceChildren(
            ...rows.map(([name, score]) => shareRow(/** @type {string} */ (name), /** @type {Score} */ (score))),
            make("p", { class: "hint" }, texts.INTERVAL_HINT)
        );
        this.#showFeatures(answers);
        this.#buttons.clear();
        byId("heard").replaceChildren(...answers.map((answer, index) => this.#heardRow(answer, index)));
        this.#show("result", "result-title");
    }

    /** @param {number[]} answers */
    #showFeatures(answers) {
        const { people } = this.#test;
        const table = featureTable(this.#test, answers);
        const { counts } = table;
        byId("features-lead").textContent = texts.featuresText(this.#test, table);
        const telling = counts.found && counts.taken ? texts.tellingRow(table.rows) : null;
        const heads = [`found out (${counts.found})`, `taken for ${people} (${counts.taken})`, `${people} (${counts.people})`];
        const head = make("tr", {}, make("td"), ...heads.map((text) => make("th", { scope: "col" }, text)));
        const body = table.rows.map((row) =>
            make(
                "tr",
                { class: row === telling && "telling" },
                make("th", { scope: "row" }, featureLabel(row.name)),
                ...[row.found, row.taken, row.people].map((value) => make("td", {}, featureText(row.name, value)))
            )
        );
        byId("features").replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
    }

    /**
     * @param {number} answer
     * @param {number} question
     */
    #heardRow(answer, question) {
        const { piece, measures, authors, right } = this.#test.questions[question];
        const isRight = answer === right;
        const what = make(
            "span",
            { class: "what" },
            `${question + 1}. `,
            make("span", { class: isRight ? "right" : "wrong" }, isRight ? "✓ right" : "✗ wrong"),
            make("small", {}, `${piece}, measures ${measures}`)
        );
        const buttons = authors.map((author, excerpt) => {
            const who = author || this.#test.people;
            const label = authors.length > 1 ? `${texts.LETTERS[excerpt]}: ${who}` : who;
            return this.#button({ question, excerpt }, `${label}, question ${question + 1}`, label, null);
        });
        return make("li", {}, what, ...buttons);
    }

    /**
     * @param {"start" | "question" | "result"} view
     * @param {string} focus the id of what is focused
     */
    #show(view, focus) {
        document.body.dataset.view = view;
        byId(focus).focus();
        window.scrollTo(0, 0);
    }
}

/** @param {Place} place */
function key({ question, excerpt }) {
    return `${question}.${excerpt}`;
}

/** The picture of a button that plays and pauses. */
function icon() {
    return /** @type {HTMLTemplateElement} */ (document.getElementById("icon")).content.cloneNode(true);
}

/**
 * @param {boolean} isPair
 * @param {string} people
 */
function keyHelp(isPair, people) {
    const kbd = (/** @type {string} */ text) => make("kbd", {}, text);
    const plays = isPair ? [", ", kbd("A"), " ", kbd("B"), " one of them"] : [];
    const choices = isPair ? "choose A or B" : `choose ${people} or a program`;
    return [
        ...["Keys: ", kbd("Space"), " plays and pauses", ...plays, "; ", kbd("1"), " ", kbd("2"), " or ", kbd("←"), " "],
        ...[kbd("→"), ` ${choices}; `, kbd("Enter"), " goes on."]
    ];
}

/**
 * A share as a line from none to all, with its interval.
 *
 * @param {string} name
 * @param {Score} score
 */
function shareRow(name, score) {
    const interval = make("span", { class: "interval" });
    interval.style.left = `${100 * score.low}%`;
    interval.style.width = `${100 * (score.high - score.low)}%`;
    const chance = make("span", { class: "chance" });
    chance.style.left = "50%";
    const dot = make("span", { class: "dot" });
    dot.style.left = `${100 * score.share}%`;
    return make(
        "div",
        { class: "share" },
        make("div", { class: "share-name" }, make("b", {}, name), make("span", {}, texts.scoreText(score))),
        make("div", { class: "scale-line", "aria-hidden": "true" }, interval, chance, dot),
        make(
            "div",
            { class: "scale-words", "aria-hidden": "true" },
            make("span", {}, "all wrong"),
            make("span", {}, "guessing"),
            make("span", {}, "all right")
        )
    );
}
