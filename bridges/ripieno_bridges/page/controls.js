// The buttons, lists and sliders beside the score, drawn from the state; what is pressed goes to the actions.

import { byId, make } from "./dom.js";
import { hasNotes } from "./piece.js";
import { recipeText } from "./recipe.js";
import { heardAs } from "./note_lookup.js";
import { amountName, capitalized, CHOIR, temperatureName, voiceName } from "./texts.js";

const KEYS = [
    ["", "any"],
    ...["C", "G", "D", "A", "E", "F", "Bb", "Eb", "Ab"].map((key) => [key, `${sung(key)} major`]),
    ...["a", "e", "b", "f#", "c#", "d", "g", "c", "f"].map((key) => [`${key} minor`, `${sung(key)} minor`])
];
const METERS = ["4/4", "3/4", "2/4", "2/2", "3/2", "6/8"];
const SPEAKER =
    '<svg aria-hidden="true" viewBox="0 0 20 20"><path d="M3 8v4h3l4 3.5v-11L6 8z"/><path class="waves" d="M13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10"/><path class="cross" d="m13 8 4 4m0-4-4 4"/></svg>';

function sung(key) {
    return key
        .replace("#", "♯")
        .replace(/(?<=.)b/, "♭")
        .replace(/^./, (letter) => letter.toUpperCase());
}

export class Controls {
    #actions;
    #player;
    #qpm = 120; // the score's own tempo
    #drawn = {};

    constructor(actions, player) {
        this.#actions = actions;
        this.#player = player;
        byId("compose-key").append(...KEYS.map(([value, text]) => make("option", { value }, text)));
        byId("compose-meter").append(...METERS.map((meter) => make("option", { value: meter }, meter)));
        this.#listen();
    }

    // -- what is pressed -----------------------------------------------------------------------------------

    #listen() {
        const actions = this.#actions;
        const press = (id, then) => byId(id).addEventListener("click", then);
        const change = (id, then) => byId(id).addEventListener("input", (event) => then(event.target));
        press("undo", () => actions.step(false));
        press("redo", () => actions.step(true));
        press("new", () => actions.welcome(true));
        press("back", () => actions.welcome(false));
        press("message-close", () => actions.dismiss());
        press("write", () => actions.perform(actions.writing));
        press("cancel", () => actions.cancel());
        press("continue", () => actions.perform(actions.continuing(this.#bars)));
        press("vary", () => actions.perform(actions.varying(Number(byId("amount").value))));
        press("copy", () => this.#copy());
        change("continue-bars", () => this.draw());
        change("amount", () => this.draw());
        change("model", (input) => actions.set("model", input.value));
        change("temperature", (input) => actions.set("temperature", Number(input.value)));
        press("temperature-reset", () => actions.set("temperature", null));
        change(
            "alternatives",
            (input) => input.validity.valid && input.value && actions.set("alternatives", Number(input.value))
        );
        change(
            "seed",
            (input) =>
                input.validity.valid && actions.set("seed", input.value === "" ? null : Number(input.value))
        );
        change("transpose", (input) => actions.set("transpose", input.checked));
        change("volume", (input) => {
            this.#player.volume = Number(input.value);
        });
        change("tempo", (input) => this.#setSpeed(Number(input.value)));
        byId("compose").addEventListener("submit", (event) => this.#compose(event));
    }

    get #bars() {
        return Math.min(64, Math.max(1, Math.round(Number(byId("continue-bars").value)) || 1));
    }

    #compose(event) {
        event.preventDefault();
        this.#actions.compose({
            key: byId("compose-key").value,
            meter: byId("compose-meter").value,
            bars: Number(byId("compose-bars").value),
            pickup: Number(byId("compose-pickup").value)
        });
    }

    async #copy() {
        const text = byId("recipe").textContent;
        try {
            await navigator.clipboard.writeText(text);
            byId("copy").textContent = "Copied";
        } catch {
            window.getSelection().selectAllChildren(byId("recipe"));
            byId("copy").textContent = "Now press Ctrl+C";
        }
    }

    // -- listening to the score ----------------------------------------------------------------------------

    setTempo(qpm) {
        this.#qpm = qpm;
        byId("tempo").value = Math.round(qpm);
        this.#setSpeed(Math.round(qpm));
    }

    #setSpeed(qpm) {
        byId("tempo-name").textContent = `♩ = ${qpm}`;
        this.#player.speed = qpm / this.#qpm;
    }

    drawPlaying(playing) {
        byId("play").setAttribute("aria-pressed", String(playing));
        byId("play-text").textContent = playing ? "Stop" : "Play";
    }

    drawWhere(text) {
        if (byId("where").textContent !== text) {
            byId("where").textContent = text;
        }
    }

    // -- drawing -------------------------------------------------------------------------------------------

    draw() {
        const actions = this.#actions;
        const { piece } = actions;
        this.#drawConnection();
        this.#drawStarts();
        byId("message").hidden = !actions.message;
        setText("message-text", actions.message);
        setText(
            "status",
            actions.work === null ? actions.status : actions.work.text.replace(/^\w+/, working)
        );
        byId("work").hidden = actions.work === null;
        byId("progress").value = actions.work?.fraction ?? 0;
        byId("back").hidden = piece === null;
        byId("compose-go").disabled = actions.work !== null;
        if (piece !== null) {
            this.#drawPiece(piece);
        }
        this.#drawSettings();
    }

    #drawConnection() {
        const { connection, version } = this.#actions;
        const text = {
            looking: "looking for ripieno …",
            ready: `ripieno ${version}`,
            gone: "ripieno does not answer"
        };
        byId("connection").dataset.state = connection;
        setText("connection", text[connection]);
    }

    #drawStarts() {
        const { examples, models } = this.#actions;
        if (this.#drawn.examples !== examples) {
            this.#drawn.examples = examples;
            const entry = ({ name, title }) => {
                const button = make("button", { type: "button" }, title);
                button.addEventListener("click", () => this.#actions.openExample(name));
                return make("li", {}, button);
            };
            byId("examples").replaceChildren(...examples.map(entry));
        }
        if (this.#drawn.models !== models) {
            this.#drawn.models = models;
            byId("model").replaceChildren(...models.map(({ name }) => make("option", { value: name }, name)));
        }
    }

    #drawPiece(piece) {
        const actions = this.#actions;
        const busy = actions.work !== null;
        setText("title", piece.title);
        byId("undo").disabled = busy || !actions.canUndo;
        byId("redo").disabled = busy || !actions.canRedo;
        this.#drawVoices(piece);
        const { text, why, order } = actions.writing;
        setText("write", text);
        setText("why", why);
        byId("write").disabled = busy || order === null;
        setText("continue", actions.continuing(this.#bars).text);
        const variation = actions.varying(0);
        setText("vary", variation.text);
        byId("vary").title = variation.why;
        byId("continue").disabled = busy;
        byId("vary").disabled = busy || variation.order === null;
        byId("recipe-box").hidden = !piece.steps.length;
        if (this.#drawn.steps !== piece.steps) {
            this.#drawn.steps = piece.steps;
            setText("recipe", piece.steps.length ? recipeText(piece.steps, actions.version) : "");
            byId("copy").textContent = "Copy";
        }
    }

    #drawVoices(piece) {
        const key = [piece.voices, piece.given, this.#actions.performers];
        if (this.#drawn.voices?.every((value, index) => value === key[index])) {
            return;
        }
        this.#drawn.voices = key;
        const focused = document.activeElement?.closest?.("#voices button")?.id;
        const others = piece.voices.filter((voice) => voice.notes > 0 && !CHOIR.includes(voice.voice));
        const choir = CHOIR.filter((name) => this.#actions.performers === "choir" || hasNotes(piece, name));
        byId("voices").replaceChildren(
            ...choir.map((name) => this.#singer(piece, name)),
            ...others.map((line) => this.#other(line))
        );
        if (focused) {
            byId(focused)?.focus();
        }
    }

    #singer(piece, name) {
        const there = hasNotes(piece, name);
        const given = piece.given.includes(name);
        const state = given ? "given: stays as it is" : there ? "ripieno’s to write anew" : "to be written";
        const label = make("button", {
            type: "button",
            class: `voice${there ? "" : " absent"}`,
            id: `voice-${name}`,
            "aria-pressed": String(given)
        });
        label.append(
            make("span", { class: "name" }, capitalized(name)),
            make("span", { class: "state" }, state)
        );
        label.disabled = !there;
        label.title = there ? `Press to make the ${name} ${given ? "ripieno’s to write" : "given"}` : "";
        label.addEventListener("click", () => this.#actions.toggle(name));
        return make("li", {}, label, ...(there ? [this.#mute(name, name)] : []));
    }

    // A line that is none of the choir's: it can be heard or not, and that is all.
    #other(line) {
        const label = make("span", { class: "voice" }, make("span", { class: "name" }, voiceName(line)));
        return make("li", {}, label, this.#mute(heardAs(line), voiceName(line), `staff-${line.staff}`));
    }

    #mute(voice, name, id = name) {
        const button = make("button", {
            type: "button",
            class: "mute",
            id: `mute-${id}`,
            title: `Mute the ${name}`
        });
        button.setAttribute("aria-label", `Mute the ${name}`);
        button.innerHTML = SPEAKER;
        const show = () => button.setAttribute("aria-pressed", String(this.#player.isMuted(voice)));
        button.addEventListener("click", () => {
            this.#player.setMuted(voice, !this.#player.isMuted(voice));
            show();
        });
        show();
        return button;
    }

    #drawSettings() {
        const { settings, model } = this.#actions;
        setText("about", model?.about ?? "");
        setText("temperature-name", temperatureName(settings.temperature));
        byId("temperature").setAttribute("aria-valuetext", temperatureName(settings.temperature));
        byId("temperature-reset").hidden = settings.temperature === null;
        const amount = Number(byId("amount").value);
        setText("amount-name", amountName(amount));
        byId("amount").setAttribute("aria-valuetext", amountName(amount));
    }
}

function working(verb) {
    return `${verb.replace(/e$/, "").replace(/y$/, "y")}ing`;
}

// Only where it differs, so that a screen reader says it once.
function setText(id, text) {
    const element = byId(id);
    if (element.textContent !== text) {
        element.textContent = text;
    }
}
