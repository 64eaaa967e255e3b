// @ts-check
// The listening test: connects its questions, its view, the player of the page, and the answers that are kept.

import { byId } from "./dom.js";
import { AnswerStore, newListener } from "./kept_answers.js";
import { csvOf, openTest, partsOf, performanceOf } from "./listening_test.js";
import { ListeningView } from "./listening_view.js";
import { Player } from "./player.js";
import { saveFile } from "./save_file.js";

/**
 * @typedef {import("./listening_test.js").ListeningTest} ListeningTest
 * @typedef {import("./listening_view.js").Place} Place
 */

class Listening {
    #test;
    #view;
    #store;
    #kept;

    /** @type {Place | null} */
    #loaded = null; // what the player has
    #pausedAt = 0; // where it goes on, in quarters
    #byHand = false; // whether the player is being stopped before its end

    /** @type {Set<number>} */
    #heard = new Set(); // the excerpts of this question that were begun

    /** @param {ListeningTest} test */
    constructor(test) {
        this.#test = test;
        this.#store = new AnswerStore(test.id);
        this.#kept = this.#store.load(test.questions.length);
        this.player = new Player({
            onMove: (quarter) => this.#showPosition(quarter),
            onEnd: () => this.#ended()
        });
        this.#view = new ListeningView(test, (place) => this.#press(place));
        this.#listen();
        if (this.#isDone) {
            this.#view.showResult(this.#kept.answers);
        } else {
            this.#view.showStart(this.#kept.answers.length);
        }
    }

    get #question() {
        return this.#kept.answers.length;
    }

    get #isDone() {
        return this.#question >= this.#test.questions.length;
    }

    get #quarters() {
        return this.#test.questions[this.#loaded?.question ?? 0].quarters;
    }

    // -- sound ---------------------------------------------------------------------------------------------

    /**
     * Plays an excerpt, or pauses it.
     *
     * @param {Place} place
     */
    async #press(place) {
        const isSame = place.question === this.#loaded?.question && place.excerpt === this.#loaded.excerpt;
        if (isSame && this.player.playing) {
            this.#pause();
            return;
        }
        this.#stop();
        if (!isSame) {
            if (this.#loaded !== null) {
                this.#view.rewind(this.#loaded);
            }
            this.#loaded = place;
            this.#pausedAt = 0;
            const performance = performanceOf(this.#test, place.question, place.excerpt);
            this.player.setPerformance(performance, { loops: false, parts: partsOf(this.#test) }, false);
        }
        this.#heard.add(place.excerpt);
        this.#allowChoice();
        try {
            await this.player.play(this.#pausedAt);
        } catch (error) {
            byId("status").textContent = `The browser plays no sound: ${/** @type {Error} */ (error).message}`;
        }
    }

    /** @param {number} quarter */
    #showPosition(quarter) {
        this.#view.showPlaying(this.#loaded, quarter / this.#quarters);
    }

    #pause() {
        this.#pausedAt = Math.max(0, this.player.position ?? 0);
        // A busy machine may have drawn the bar long ago, and it stands still from now on.
        this.#showPosition(this.#pausedAt);
        this.#stop();
    }

    #stop() {
        this.#byHand = true;
        this.player.stop();
        this.#byHand = false;
    }

    /** What played is over, or was stopped by hand. */
    #ended() {
        this.#view.showPlaying(null, 0);
        if (!this.#byHand && this.#loaded !== null) {
            this.#pausedAt = 0;
            this.#view.rewind(this.#loaded);
        }
    }

    /** The excerpt that Space plays: what plays or was paused, else the next one that was not heard. */
    #nextPlace() {
        const question = this.#question;
        if (this.#loaded?.question === question && (this.player.playing || this.#pausedAt > 0)) {
            return this.#loaded;
        }
        const { excerpts } = this.#test.questions[question];
        const excerpt = excerpts.findIndex((_, index) => !this.#heard.has(index));
        const other = ((this.#loaded?.excerpt ?? -1) + 1) % excerpts.length;
        return { question, excerpt: excerpt < 0 ? other : excerpt };
    }

    // -- questions -----------------------------------------------------------------------------------------

    #showQuestion() {
        this.#stop();
        this.#loaded = null;
        this.#heard.clear();
        this.#view.showQuestion(this.#question);
    }

    #allowChoice() {
        if (document.body.dataset.view === "question" && this.#hasHeardAll) {
            this.#view.choices.forEach((choice) => (choice.disabled = false));
            byId("status").textContent = "";
        }
    }

    get #hasHeardAll() {
        return this.#heard.size === this.#test.questions[this.#question].excerpts.length;
    }

    /** @param {number} index */
    #choose(index) {
        const choice = this.#view.choices[index];
        if (choice.disabled) {
            byId("status").textContent =
                this.#test.show === "pairs" ? "Listen to both first." : "Listen first.";
            return;
        }
        choice.checked = true;
        choice.focus();
        byId("next").disabled = false;
    }

    #next() {
        const answer = this.#view.choices.findIndex((choice) => choice.checked);
        if (answer < 0) {
            byId("status").textContent = this.#hasHeardAll ? "Choose first." : "Listen first, then choose.";
            return;
        }
        this.#kept = { ...this.#kept, answers: [...this.#kept.answers, answer] };
        this.#store.save(this.#kept);
        if (this.#isDone) {
            this.#stop();
            this.#loaded = null;
            this.#view.showResult(this.#kept.answers);
        } else {
            this.#showQuestion();
        }
    }

    // -- input ---------------------------------------------------------------------------------------------

    #listen() {
        byId("begin").addEventListener("click", () => this.#showQuestion());
        byId("next").addEventListener("click", () => this.#next());
        byId("volume").addEventListener("input", () => (this.player.volume = Number(byId("volume").value)));
        byId("save-csv").addEventListener("click", () => this.#saveCsv());
        byId("again").addEventListener("click", () => {
            this.#kept = newListener();
            this.#store.save(this.#kept);
            this.#stop();
            this.#view.showStart(0);
        });
        this.#view.choices.forEach((choice) =>
            choice.addEventListener("change", () => (byId("next").disabled = false))
        );
        document.addEventListener("keydown", (event) => this.#key(event));
    }

    #saveCsv() {
        const { listener, answers } = this.#kept;
        saveFile(`listening-${this.#test.id}-${listener}.csv`, csvOf(this.#test, answers, listener), "text/csv");
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const target = /** @type {Element} */ (event.target);
        const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
        if (document.body.dataset.view !== "question" || !isPlain || target.matches("input[type=range]")) {
            return;
        }
        const pressed = event.key.toLowerCase();
        const excerpt = ["a", "b"].indexOf(pressed);
        const choice = { 1: 0, 2: 1, arrowleft: 0, arrowright: 1 }[pressed];
        if (pressed === " " && !target.matches("button")) {
            this.#press(this.#nextPlace());
        } else if (excerpt >= 0 && excerpt < this.#test.questions[this.#question].excerpts.length) {
            this.#press({ question: this.#question, excerpt });
        } else if (choice !== undefined) {
            this.#choose(choice);
        } else if (pressed === "enter" && !target.matches("button")) {
            this.#next();
        } else {
            return;
        }
        event.preventDefault();
    }
}

const text = byId("test").textContent;
if (text) {
    window.ripieno = new Listening(openTest(text)); // for the console and the tests
} else {
    byId("start-title").textContent = "There is no test in this page";
    byId("start-lead").textContent = "Get one with: ripieno listening-test --open";
    byId("begin").hidden = true;
}
