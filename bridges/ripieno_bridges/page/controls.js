// @ts-check
// The buttons, lists and sliders beside the score: drawn from the state, and what is pressed calls the actions.

import { byId, make, voiceId } from "./dom.js";
import { GuidanceLine } from "./guidance_line.js";
import { keyName, KEYS_TO_COMPOSE } from "./keys.js";
import { MoreSettings } from "./more_settings.js";
import { muteButton } from "./mixer_panel.js";
import { ensembleVoices, hasNotes } from "./piece.js";
import { recipeText } from "./recipe.js";
import { muteName } from "./note_lookup.js";
import { fillFields } from "./settings.js";
import { amountName, capitalized, temperatureName, voiceName } from "./texts.js";

const KEYS = [["", "any"], ...KEYS_TO_COMPOSE.map((key) => [key, keyName(key)])];
const METERS = ["4/4", "3/4", "2/4", "2/2", "3/2", "6/8"];

/**
 * @typedef {import("./piece.js").Line} Line
 * @typedef {import("./piece.js").Piece} Piece
 */

export class Controls {
    #actions;
    #hand;
    #player;
    #more;
    #guidance;

    /** @type {{examples?: object, models?: object, settings?: object, steps?: object, voices?: unknown[]}} */
    #drawn = {}; // the state that is drawn already

    /**
     * @param {import("./actions.js").Actions} actions
     * @param {import("./by_hand.js").ByHand} hand
     * @param {import("./player.js").Player} player
     */
    constructor(actions, hand, player) {
        this.#actions = actions;
        this.#hand = hand;
        this.#player = player;
        this.#guidance = new GuidanceLine(hand);
        this.#more = new MoreSettings({
            onType: (key, text) => actions.setMore(key, text),
            onSet: (key, text) => hand.set(key, text)
        });
        actions.settings.alternatives = Number(byId("alternatives").dataset.start) || null;
        byId("compose-key").append(...KEYS.map(([value, text]) => make("option", { value }, text)));
        byId("compose-meter").append(...METERS.map((meter) => make("option", { value: meter }, meter)));
        this.#listen();
    }

    // -- input ---------------------------------------------------------------------------------------------

    #listen() {
        const actions = this.#actions;
        const press = (/** @type {string} */ id, /** @type {() => void} */ callback) =>
            byId(id).addEventListener("click", callback);
        const change = (
            /** @type {string} */ id,
            /** @type {(input: import("./dom.js").PageElement) => void} */ callback
        ) => byId(id).addEventListener("input", () => callback(byId(id)));
        press("undo", () => actions.undo());
        press("redo", () => actions.redo());
        press("new", () => actions.showWelcome(true));
        press("back", () => actions.showWelcome(false));
        press("message-close", () => actions.closeMessage());
        press("message-mend", () => actions.mending?.mend());
        press("write", () => actions.perform(actions.write));
        press("cancel", () => actions.cancel());
        press("continue", () => actions.perform(actions.continuation(this.#bars)));
        press("vary", () => actions.perform(actions.variation(Number(byId("amount").value))));
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
        byId("ensemble").addEventListener("change", () => this.#hand.chooseEnsemble(byId("ensemble").value));
        change("transpose", (input) => actions.set("transpose", input.checked));
        byId("compose").addEventListener("submit", (event) => this.#compose(event));
    }

    get #bars() {
        const { value, min, max } = byId("continue-bars");
        return Math.min(Number(max), Math.max(Number(min), Math.round(Number(value))));
    }

    /** @param {Event} event */
    #compose(event) {
        event.preventDefault();
        this.#actions.compose({
            key: byId("compose-key").value,
            meter: byId("compose-meter").value,
            bars: Number(byId("compose-bars").value),
            pickup: Number(byId("compose-pickup").value),
            ensemble: byId("compose-ensemble").value
        });
    }

    async #copy() {
        const text = byId("recipe").textContent;
        try {
            await navigator.clipboard.writeText(text);
            byId("copy").textContent = "Copied";
        } catch {
            window.getSelection()?.selectAllChildren(byId("recipe"));
            byId("copy").textContent = "Now press Ctrl+C";
        }
    }

    // -- drawing -------------------------------------------------------------------------------------------

    draw() {
        const actions = this.#actions;
        const { piece } = actions;
        this.#drawConnection();
        this.#drawLists();
        byId("message").hidden = !actions.message;
        setText("message-text", actions.message);
        byId("message-mend").hidden = actions.mending === null;
        setText("message-mend", actions.mending?.text ?? "");
        setText(
            "status",
            actions.job === null ? actions.status : actions.job.text.replace(/^\w+/, participle)
        );
        byId("job").hidden = actions.job === null;
        byId("progress").value = String(actions.job?.fraction ?? 0);
        byId("back").hidden = piece === null;
        byId("compose-go").disabled = actions.job !== null;
        if (piece !== null) {
            this.#drawPiece(piece);
        }
        this.#drawSettings();
    }

    #drawConnection() {
        const { state, version } = this.#actions.connection;
        const text = {
            looking: "looking for ripieno …",
            ready: `ripieno ${version}`,
            locked: "ripieno asks for its token",
            gone: "ripieno does not answer"
        };
        byId("connection").dataset.state = state;
        setText("connection", text[state]);
    }

    #drawLists() {
        const { examples, models, settings } = this.#actions.connection;
        if (this.#drawn.settings !== settings) {
            this.#drawn.settings = settings;
            fillFields(settings);
            this.#fillEnsembles();
            this.#more.fill(settings, this.#actions.textsFor(this.#actions.piece));
        }
        if (this.#drawn.examples !== examples) {
            this.#drawn.examples = examples;
            const entry = (/** @type {{name: string, title: string}} */ { name, title }) => {
                const button = make("button", { type: "button" }, title);
                button.addEventListener("click", () => this.#actions.openExample(name));
                return make("li", {}, button);
            };
            byId("examples").replaceChildren(...examples.map(entry));
        }
        if (this.#drawn.models !== models) {
            this.#drawn.models = models;
            byId("model").replaceChildren(...models.map(({ name }) => make("option", { value: name }, name)));
            this.#showModel();
        }
    }

    /** @param {Piece} piece */
    #drawPiece(piece) {
        const actions = this.#actions;
        const busy = actions.job !== null;
        setText("title", piece.title);
        byId("undo").disabled = busy || !actions.canUndo;
        byId("redo").disabled = busy || !actions.canRedo;
        this.#guidance.draw(piece, actions.isGuided);
        this.#drawEnsemble(piece);
        this.#drawVoices(piece);
        const { text, why, request } = actions.write;
        setText("write", text);
        setText("why", why);
        setText("meter-note", actions.meterNote);
        byId("write").disabled = busy || request === null;
        setText("continue", actions.continuation(this.#bars).text);
        const variation = actions.variation(0);
        setText("vary", variation.text);
        byId("vary").title = variation.why;
        byId("continue").disabled = busy;
        byId("vary").disabled = busy || variation.request === null;
        byId("recipe-box").hidden = !piece.steps.length;
        if (this.#drawn.steps !== piece.steps) {
            this.#drawn.steps = piece.steps;
            setText("recipe", piece.steps.length ? recipeText(piece.steps, actions.connection.version) : "");
            byId("copy").textContent = "Copy";
        }
    }

    #fillEnsembles() {
        const { ensembles } = this.#actions.connection;
        for (const [id, first] of [
            ["ensemble", "As the document"],
            ["compose-ensemble", "a mixed choir"]
        ]) {
            const entries = ensembles.map(({ name, title }) => make("option", { value: name }, title));
            byId(id).replaceChildren(make("option", { value: "" }, first), ...entries);
        }
    }

    /** @param {Piece} piece */
    #drawEnsemble(piece) {
        const field = byId("ensemble");
        const { chosenEnsemble = "", ensemble } = piece;
        byId("ensemble-choice").hidden = this.#actions.performers !== "choir";
        field.disabled = this.#actions.job !== null;
        field.value = chosenEnsemble;
        const [first] = field.querySelectorAll("option");
        const found = chosenEnsemble || !ensemble ? "" : `: ${ensemble.title.toLowerCase()}`;
        if (first !== undefined) {
            first.textContent = `As the document${found}`;
        }
    }

    /** @param {Piece} piece */
    #drawVoices(piece) {
        const key = [piece.voices, piece.given, piece.ensemble, this.#actions.performers];
        if (this.#drawn.voices?.every((value, index) => value === key[index])) {
            return;
        }
        this.#drawn.voices = key;
        const focused = document.activeElement?.closest("#voices button")?.id;
        const names = ensembleVoices(piece);
        const others = piece.voices.filter((line) => line.notes > 0 && !names.includes(line.voice ?? ""));
        const choir = names.filter((name) => this.#actions.performers === "choir" || hasNotes(piece, name));
        byId("voices").replaceChildren(
            ...choir.map((name) => this.#voiceEntry(piece, name)),
            ...others.map((line) => this.#otherEntry(line))
        );
        if (focused) {
            byId(focused)?.focus();
        }
    }

    /**
     * The entry of a voice of the ensemble, whether it has notes or not.
     *
     * @param {Piece} piece
     * @param {string} name
     */
    #voiceEntry(piece, name) {
        const there = hasNotes(piece, name);
        const given = piece.given.includes(name);
        const state = given ? "given: stays as it is" : there ? "to be regenerated" : "to be written";
        const label = make("button", {
            type: "button",
            class: `voice${there ? "" : " absent"}`,
            id: voiceId("voice", name),
            "aria-pressed": String(given)
        });
        label.append(
            make("span", { class: "name" }, capitalized(name)),
            make("span", { class: "state" }, state)
        );
        label.disabled = !there;
        label.title = there ? `Press to make the ${name} ${given ? "ripieno’s to write" : "given"}` : "";
        label.addEventListener("click", () => this.#hand.toggle(name));
        return make("li", {}, label, ...(there ? [this.#mute(name, name)] : []));
    }

    /**
     * The entry of a line that is none of the ensemble's: it can be muted, or become the melody.
     *
     * @param {Line} line
     */
    #otherEntry(line) {
        const label = make("button", { type: "button", class: "voice", id: `melody-${muteName(line)}` });
        label.append(
            make("span", { class: "name" }, voiceName(line)),
            make("span", { class: "state" }, line.voice === null ? "left as it is" : "")
        );
        label.disabled = line.voice !== null || line.melody === undefined;
        label.title = line.voice !== null ? "" : `Left as it is${line.left ? `, since ${line.left}` : ""}. Press to make it the melody`;
        label.addEventListener("click", () => this.#hand.chooseMelody(line));
        return make("li", {}, label, this.#mute(muteName(line), voiceName(line)));
    }

    /**
     * @param {string} voice the name by which it is muted
     * @param {string} name
     */
    #mute(voice, name) {
        return muteButton(this.#player.mixer, voice, name, voiceId("mute", voice));
    }

    /** Shows the settings in their fields, after they came from elsewhere. */
    showSettings() {
        const { temperature, alternatives, seed } = this.#actions.settings;
        this.#showModel();
        byId("temperature").value = String(temperature ?? byId("temperature").dataset.start);
        byId("alternatives").value = String(alternatives ?? "");
        byId("seed").value = String(seed ?? "");
        this.#more.fill(this.#actions.connection.settings, this.#actions.textsFor(this.#actions.piece));
        this.#drawSettings();
    }

    #showModel() {
        byId("model").value = this.#actions.model?.name ?? "";
    }

    #drawSettings() {
        const { settings, model } = this.#actions;
        setText("about", model?.about ?? "");
        this.#more.draw(model?.family ?? null, this.#actions.piece, this.#actions.isGuided);
        setText("temperature-name", temperatureName(settings.temperature));
        byId("temperature").setAttribute("aria-valuetext", temperatureName(settings.temperature));
        byId("transpose").checked = Boolean(settings.transpose);
        byId("temperature-reset").hidden = settings.temperature === null;
        const amount = Number(byId("amount").value);
        setText("amount-name", amountName(amount));
        byId("amount").setAttribute("aria-valuetext", amountName(amount));
    }
}

/** @param {string} verb "Write" becomes "Writing" */
function participle(verb) {
    return `${verb.replace(/e$/, "")}ing`;
}

/**
 * Sets an element's text only where it differs, so that a screen reader says it once.
 *
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
    const element = byId(id);
    if (element.textContent !== text) {
        element.textContent = text;
    }
}
