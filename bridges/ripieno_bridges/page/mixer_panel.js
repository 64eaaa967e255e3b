// @ts-check
// The faders of the mixer, a row for each voice of the score; and the mute buttons that stand elsewhere.

import { byId, make, voiceId } from "./dom.js";
import { volumeText } from "./mixer.js";

/**
 * @typedef {import("./mixer.js").Mixer} Mixer
 * @typedef {import("./sung_parts.js").SoundingPart} SoundingPart
 */

const SPEAKER =
    '<svg aria-hidden="true" viewBox="0 0 20 20"><path d="M3 8v4h3l4 3.5v-11L6 8z"/><path class="waves" d="M13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10"/><path class="cross" d="m13 8 4 4m0-4-4 4"/></svg>';

export class MixerPanel {
    #mixer;

    /** @type {SoundingPart[]} */
    #parts = [];

    /** @param {Mixer} mixer */
    constructor(mixer) {
        this.#mixer = mixer;
        mixer.listen(() => this.#show());
        byId("mix-reset").addEventListener("click", () => {
            mixer.reset();
            byId("mixer").querySelector("summary")?.focus();
        });
    }

    /** @param {SoundingPart[]} parts */
    draw(parts) {
        const names = (/** @type {SoundingPart[]} */ list) =>
            JSON.stringify(list.map(({ voice, name }) => [voice, name]));
        if (names(parts) !== names(this.#parts)) {
            this.#parts = parts;
            byId("faders").replaceChildren(...parts.map((part) => this.#row(part)));
        }
        this.#show();
    }

    /** @param {SoundingPart} part */
    #row({ voice, name }) {
        const mixer = this.#mixer;
        const mute = muteButton(mixer, voice, name, voiceId("mix-mute", voice));
        const solo = make("button", { type: "button", class: "solo", id: voiceId("solo", voice) }, "Solo");
        solo.title = `Only ${name}, and what else is solo`;
        solo.setAttribute("aria-label", `Solo: ${name}`);
        solo.addEventListener("click", () => mixer.set(voice, { solo: !mixer.of(voice).solo }));
        const range = make("input", { type: "range", id: voiceId("fader", voice), min: "0", max: "1", step: "0.05" });
        range.setAttribute("aria-label", `Volume of ${name}`);
        range.addEventListener("input", () => mixer.set(voice, { volume: Number(range.value) }));
        const row = make("li", {}, make("span", { class: "name" }, name), mute, solo, range, make("output"));
        row.dataset.voice = voice;
        return row;
    }

    /** Shows the mixer as it is now. */
    #show() {
        byId("mix-reset").hidden = !this.#mixer.isTouched(this.#parts.map(({ voice }) => voice));
        /** @type {NodeListOf<HTMLElement>} */
        const rows = byId("faders").querySelectorAll("li");
        for (const row of rows) {
            const voice = row.dataset.voice ?? "";
            const { volume, solo } = this.#mixer.of(voice);
            const [range, output] = [row.querySelector("input"), row.querySelector("output")];
            row.querySelector(".solo")?.setAttribute("aria-pressed", String(solo));
            row.classList.toggle("silent", this.#mixer.gain(voice) === 0);
            if (range && output) {
                range.value = String(volume);
                range.setAttribute("aria-valuetext", volumeText(volume));
                output.textContent = volumeText(volume);
            }
        }
        /** @type {NodeListOf<HTMLElement>} */
        const mutes = document.querySelectorAll(".mute");
        for (const button of mutes) {
            button.setAttribute("aria-pressed", String(this.#mixer.of(button.dataset.voice ?? "").muted));
        }
    }
}

/**
 * A button that mutes a voice; MixerPanel shows its state.
 *
 * @param {Mixer} mixer
 * @param {string} voice the name by which it is mixed
 * @param {string} name
 * @param {string} id
 */
export function muteButton(mixer, voice, name, id) {
    const title = `Mute the ${name}`;
    const button = make("button", { type: "button", class: "mute", id, title, "aria-label": title });
    button.dataset.voice = voice;
    button.innerHTML = SPEAKER;
    button.setAttribute("aria-pressed", String(mixer.of(voice).muted));
    button.addEventListener("click", () => mixer.set(voice, { muted: !mixer.of(voice).muted }));
    return button;
}
