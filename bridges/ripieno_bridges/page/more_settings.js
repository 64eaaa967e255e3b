// @ts-check
// The fields under "More settings", one for each setting of the server's table that has none in index.html.

import { byId, make } from "./dom.js";
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
    #onChange;

    /** @param {(key: string, text: string) => void} onChange */
    constructor(onChange) {
        this.#onChange = onChange;
    }

    /**
     * Makes the fields.
     *
     * @param {Setting[]} settings
     * @param {Record<string, string>} texts of the fields, by key
     */
    fill(settings, texts) {
        this.#rows = otherSettings(settings, keysOfFields()).map((setting) => ({
            setting,
            row: this.#row(setting, texts[setting.key] ?? "")
        }));
        byId("more-settings-fields").replaceChildren(...this.#rows.map(({ row }) => row));
    }

    /**
     * Shows the fields of the settings that the chosen model knows.
     *
     * @param {string | null} family
     */
    draw(family) {
        for (const { setting, row } of this.#rows) {
            row.hidden = !isKnownTo(setting, family);
        }
        byId("more-settings").hidden = this.#rows.every(({ row }) => row.hidden);
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
        field.addEventListener("input", () => {
            const typed = field.validity.badInput ? "?" : field.value;
            const isPossible = typed.trim() === "" || valueOf(setting, typed.trim()) !== null;
            field.setAttribute("aria-invalid", String(!isPossible));
            this.#onChange(setting.key, typed);
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
