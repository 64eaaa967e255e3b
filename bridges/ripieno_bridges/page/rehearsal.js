// @ts-check
// The rehearsal: what is played, from where, how fast, over and over or not; with the controls at the foot of the page.

import { countIn } from "./count_in.js";
import { byId } from "./dom.js";
import { drawLoop } from "./loop_picture.js";
import { volumeText } from "./mixer.js";
import { MixerPanel } from "./mixer_panel.js";
import { measureAt } from "./note_lookup.js";
import { perform } from "./performance.js";
import { marksIn, playingOrder } from "./repeats.js";
import { first, last } from "./selection.js";
import { soundingParts } from "./sung_parts.js";
import { capitalized, measuresName } from "./texts.js";

/**
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {{points: import("./timing.js").TempoMap, qpm: number}} Tempo see Engraver.tempoMap
 */

const REDUCED_MOTION = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Rehearsal {
    #actions;
    #view;
    #player;
    #panel;

    /** @type {{piece: Piece, tempo: Tempo, order: number[]} | null} */
    #music = null; // order: of the measures as they are played
    #loops = false;
    #played = ""; // the measures of the performance that the player has

    /**
     * @param {import("./page_state.js").PageState} actions
     * @param {import("./score_view.js").ScoreView} view
     * @param {import("./player.js").Player} player
     */
    constructor(actions, view, player) {
        this.#actions = actions;
        this.#view = view;
        this.#player = player;
        this.#panel = new MixerPanel(player.mixer);
        this.#listen();
    }

    #listen() {
        byId("play").addEventListener("click", () => this.play());
        byId("loop").addEventListener("click", () => this.toggleLoop());
        byId("tempo").addEventListener("input", () => this.#setSpeed());
        byId("volume").addEventListener("input", () => {
            this.#player.volume = Number(byId("volume").value);
            this.#showVolume();
        });
        byId("sound").addEventListener("change", () => this.#hand(true));
        this.#showVolume();
    }

    #showVolume() {
        const text = volumeText(Number(byId("volume").value));
        byId("volume-name").textContent = text;
        byId("volume").setAttribute("aria-valuetext", text);
    }

    // -- what is played ------------------------------------------------------------------------------------

    /**
     * Lets a piece be played. Where another version of the same piece is playing, it goes on at the same place.
     *
     * @param {Piece} piece
     * @param {Tempo} tempo
     */
    setMusic(piece, tempo) {
        const { measures, document } = piece;
        const marks = marksIn(document);
        const order =
            marks.length === measures.length ? playingOrder(marks) : measures.map((_, index) => index);
        const goesOn = this.#music?.piece.name === piece.name;
        this.#music = { piece, tempo, order };
        if (!goesOn) {
            this.#player.mixer.reset();
            byId("tempo").value = "100";
        }
        this.#setSpeed();
        this.#hand(goesOn);
    }

    /**
     * Follows the selection and the names of the voices, and draws the loop.
     *
     * @param {Piece} piece
     */
    draw(piece) {
        if (this.#music === null) {
            return;
        }
        const isOther = piece.voices !== this.#music.piece.voices;
        const isElsewhere = JSON.stringify(this.#order) !== this.#played;
        this.#music.piece = piece;
        if (isOther || isElsewhere) {
            this.#hand(true);
        }
        drawLoop(this.#view, this.#looped);
        if (isElsewhere) {
            this.#sayLoop(piece);
        }
    }

    /** The first and last measure of the loop; null without one. */
    get #looped() {
        if (!this.#loops || this.#music === null) {
            return null;
        }
        const { selection } = this.#actions;
        return /** @type {[number, number]} */ (
            selection === null
                ? [0, this.#music.piece.measures.length - 1]
                : [first(selection), last(selection)]
        );
    }

    /** The measures as they are played: all with their repeats, or those of the selection that is repeated. */
    get #order() {
        const { selection } = this.#actions;
        if (!this.#loops || selection === null) {
            return { measures: this.#music?.order ?? [], loops: this.#loops };
        }
        const length = last(selection) - first(selection) + 1;
        return { measures: Array.from({ length }, (_, index) => first(selection) + index), loops: true };
    }

    /** @param {boolean} goesOn whether what plays goes on at the same place */
    #hand(goesOn) {
        if (this.#music === null) {
            return;
        }
        const { piece, tempo } = this.#music;
        const { measures, loops } = this.#order;
        this.#played = JSON.stringify(this.#order);
        const { notes } = this.#view;
        const parts = soundingParts(piece.voices, notes);
        this.#panel.draw(parts);
        const isPlain = byId("sound").value === "plain";
        const sounding = parts.map((part) => (isPlain ? { ...part, sound: /** @type {const} */ ("plain") } : part));
        const performance = perform(notes, tempo.points, measures, piece.measures);
        this.#player.setPerformance(performance, { loops, parts: sounding }, goesOn);
    }

    // -- the controls --------------------------------------------------------------------------------------

    async play() {
        const { piece } = this.#actions;
        if (this.#player.playing || piece === null) {
            this.#player.stop();
            return;
        }
        const { selection } = this.#actions;
        const index = selection === null ? 0 : first(selection);
        const clicks = byId("count-in").checked ? countIn(piece.measures, index) : [];
        try {
            await this.#player.play(piece.measures[index].onset, clicks);
            this.#showPlaying(true);
        } catch (error) {
            this.#actions.showError(error);
        }
    }

    toggleLoop() {
        this.#loops = !this.#loops;
        byId("loop").setAttribute("aria-pressed", String(this.#loops));
        this.#actions.draw();
    }

    /** @param {Piece} piece */
    #sayLoop({ measures }) {
        const looped = this.#looped;
        const what = this.#actions.selection === null || looped === null ? "the piece" : measuresName(measures, ...looped);
        this.#actions.status = looped === null ? "The loop is off." : `${capitalized(what)}: over and over.`;
        this.#actions.draw();
    }

    #setSpeed() {
        const percent = Number(byId("tempo").value);
        const qpm = Math.round((percent / 100) * (this.#music?.tempo.qpm ?? 120));
        byId("tempo-percent").textContent = `${percent} %`;
        byId("tempo-qpm").textContent = ` · ♩ = ${qpm}`;
        byId("tempo").setAttribute("aria-valuetext", `${percent} percent, ${qpm} quarters a minute`);
        this.#player.speed = percent / 100;
    }

    /** @param {boolean} playing */
    #showPlaying(playing) {
        byId("play").setAttribute("aria-pressed", String(playing));
        byId("play-text").textContent = playing ? "Stop" : "Play";
    }

    /**
     * Shows where it plays.
     *
     * @param {number} quarter of the score
     */
    showPosition(quarter) {
        const measures = this.#actions.piece?.measures ?? [];
        this.#view.moveCursor(quarter, !REDUCED_MOTION.matches);
        const index = measureAt(quarter, measures);
        const text = index < 0 ? "" : measuresName(measures, index, index);
        if (byId("position").textContent !== text) {
            byId("position").textContent = text;
        }
    }

    hidePosition() {
        this.#view.moveCursor(null);
        this.#showPlaying(false);
        byId("position").textContent = "";
    }
}
