// @ts-check
// The fields under "More settings", one for each setting of the server's table that has none in index.html.

import { byId, make } from "./dom.js";
import { guidanceTexts, OF_THE_PIECE, phraseOnsets, phrasesText } from "./guidance.js";
import { keySetting } from "./keys.js";
import {
    attributesOf,
    choicesOf,
    FORMAT,
    isKnownTo,
    isNumber,
    keysOfFields,
    otherSettings,
    valueOf
} from "./settings.js";

/** @typedef {import("./settings.js").Setting} Setting */

/** @type {Record<string, string>} */
const UNITS = { milliseconds: "milliseconds", beats: "quarters" }; // by kind

export class MoreSettings {
    /** @type {{setting: Setting, row: HTMLElement}[]} */
    #rows = [];
    #callbacks;

    /** @type {import("./piece.js").Piece | null} */
    #piece = null; // whose own settings are shown

    /**
     * @param {{onType: (key: string, text: string) => void, onSet: (key: string, text: string) => void}} callbacks
     *     onType: at every letter; onSet: of a setting of the piece's own, once its text is complete
     */
    constructor(callbacks) {
        this.#callbacks = callbacks;
    }

    /**
     * Makes the fields.
     *
     * @param {Setting[]} settings
     * @param {Record<string, string>} texts of the fields, by key
     */
    fill(settings, texts) {
        this.#piece = null;
        this.#rows = otherSettings(settings, keysOfFields()).map((setting) => ({
            setting,
            row: this.#row(setting, texts[setting.key] ?? "")
        }));
        byId("more-settings-fields").replaceChildren(...this.#rows.map(({ row }) => row));
    }

    /**
     * Shows the fields of the settings that the chosen model knows, and what the piece has of its own.
     *
     * @param {string | null} family
     * @param {import("./piece.js").Piece | null} piece
     * @param {boolean} isGuided whether the piece's own count
     */
    draw(family, piece, isGuided) {
        for (const { setting, row } of this.#rows) {
            row.hidden = !isKnownTo(setting, family) || (!isGuided && OF_THE_PIECE.includes(setting.key));
        }
        byId("more-settings").hidden = this.#rows.every(({ row }) => row.hidden);
        if (piece !== null && piece !== this.#piece) {
            this.#piece = piece;
            this.#showOwn(piece);
        }
    }

    /** @param {import("./piece.js").Piece} piece */
    #showOwn(piece) {
        const texts = guidanceTexts(piece);
        const found = { key: keySetting(piece.found?.key ?? ""), phrases: "" };
        if (!texts.phrases) {
            found.phrases = phrasesText(phraseOnsets(piece) ?? [], piece.measures);
        }
        for (const key of /** @type {const} */ (["key", "phrases"])) {
            const field = /** @type {HTMLInputElement | null} */ (document.getElementById(`setting-${key}`));
            if (field !== null && field !== document.activeElement) {
                field.value = texts[key];
                field.placeholder = found[key] ? `${found[key]} (found)` : field.title;
            }
        }
    }

    /**
     * @param {Setting} setting
     * @param {string} text
     */
    #row(setting, text) {
        const id = `setting-${setting.key}`;
        const unit = UNITS[setting.kind];
        const field = fieldOf(setting, { id, "aria-describedby": `${id}-help` });
        field.value = text;
        const isOwn = OF_THE_PIECE.includes(setting.key); // a step of undo is no single letter
        field.addEventListener(isOwn ? "change" : "input", () => {
            const typed = field.validity.badInput ? "?" : field.value;
            const isPossible = typed.trim() === "" || valueOf(setting, typed.trim()) !== null;
            field.setAttribute("aria-invalid", String(!isPossible));
            this.#callbacks[isOwn ? "onSet" : "onType"](setting.key, typed);
        });
        return make(
            "div",
            { class: "row" },
            make("label", { for: id }, setting.label + (unit ? `, in ${unit}` : "")),
            field,
            make("p", { class: "about", id: `${id}-help` }, helpOf(setting))
        );
    }
}

/**
 * A field: a list of choices, a number, or a text.
 *
 * @param {Setting} setting
 * @param {Record<string, string>} names
 */
function fieldOf(setting, names) {
    const offered = choicesOf(setting);
    if (offered !== null) {
        const choices = offered.choices.map((choice) => make("option", { value: choice }, choice));
        return make("select", names, make("option", { value: "" }, offered.empty), ...choices);
    }
    const empty = { placeholder: setting.otherwise ?? "none", title: setting.otherwise }; // the title is never cut
    if (!isNumber(setting)) {
        return make("input", { ...names, ...empty, type: "text", autocomplete: "off", spellcheck: "false" });
    }
    const { min, max, step } = attributesOf(setting, {});
    return make("input", { ...names, ...empty, type: "number", min, max, step });
}

/** @param {Setting} setting */
function helpOf(setting) {
    return setting.kind === "named_numbers" ? `${setting.help} Written as ${FORMAT}.` : setting.help;
}
