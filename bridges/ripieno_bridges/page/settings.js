// @ts-check
// The settings as the server's table has them (GET /v1/settings): bounds, defaults and help of the page's fields, and
// the settings that have no field of their own in index.html.

/**
 * A setting, as docs/protocol.md has it.
 *
 * @typedef {object} Setting
 * @property {string} name
 * @property {string} key its name in a body
 * @property {string | null} option its name on the command line
 * @property {string} kind
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {boolean} exclusive whether the minimum itself is too low
 * @property {string[] | null} choices
 * @property {number | string | null} default
 * @property {Record<string, number | string> | null} defaults by task
 * @property {string | null} otherwise in words, what is done without it
 * @property {string[]} tasks
 * @property {string[] | null} families of the networks that know it; null means all
 * @property {string} label
 * @property {string} help
 *
 * @typedef {number | string | boolean | Record<string, number>} Value
 * @typedef {{name: string, option: string | null, value: Value}} Extra a setting that a request has because its field
 *     under "More settings" is filled in
 */

const CHOSEN_IN_THE_SCORE = ["voices", "note_places", "selection"]; // kinds of settings
// How a new score is written; the melody is chosen in the score; a document is one tune.
const NOT_OFFERED = ["layout", "melody", "tune"];
const WHOLE = ["whole", "beats_per_bar"];
const YES_OR_NO = ["no", "yes"]; // the values of a switch, false and true
const NUMBERS = [...WHOLE, "number", "beats", "milliseconds"];

/** @param {Setting} setting */
export function isNumber(setting) {
    return NUMBERS.includes(setting.kind);
}

// -- the fields of index.html ------------------------------------------------------------------------------

/**
 * The attributes of a setting's field.
 *
 * @param {Setting} setting
 * @param {Record<string, string | undefined>} data of the element: task, whose default it has; min and max, where the
 *     page is narrower than the table; step; start, where the page begins with another value than the default
 * @returns {Record<string, string | null>} null: none
 */
export function attributesOf(setting, data) {
    const { minimum, maximum, otherwise, help } = setting;
    const value = setting.defaults?.[data.task ?? ""] ?? setting.default;
    /** @type {Record<string, unknown>} */
    const found = {
        min: data.min === undefined ? minimum : Math.max(Number(data.min), minimum ?? -Infinity),
        max: data.max === undefined ? maximum : Math.min(Number(data.max), maximum ?? Infinity),
        step: data.step ?? (WHOLE.includes(setting.kind) ? 1 : "any"),
        value: data.start ?? value,
        placeholder: value ?? otherwise,
        title: help
    };
    return Object.fromEntries(
        Object.entries(found).map(([name, text]) => [name, text === null ? null : String(text)])
    );
}

/**
 * Gives the fields that have data-setting their attributes, and the texts that have data-help their help. What the user
 * has typed stays.
 *
 * @param {Setting[]} settings
 */
export function fillFields(settings) {
    const byKey = new Map(settings.map((setting) => [setting.key, setting]));
    for (const field of /** @type {NodeListOf<HTMLElement>} */ (
        document.querySelectorAll("[data-setting]")
    )) {
        const setting = byKey.get(field.dataset.setting ?? "");
        if (setting === undefined) {
            continue;
        }
        const isNumeric = field.matches("[type=number], [type=range]");
        for (const [name, value] of Object.entries(attributesOf(setting, field.dataset))) {
            if (value !== null && (isNumeric || name === "title")) {
                field.setAttribute(name, value);
            }
        }
    }
    for (const text of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-help]"))) {
        text.textContent = byKey.get(text.dataset.help ?? "")?.help ?? "";
    }
}

/** The keys of the settings that have a field in index.html. */
export function keysOfFields() {
    const fields = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-setting]"));
    return [...fields].map((field) => field.dataset.setting ?? "");
}

// -- more settings -----------------------------------------------------------------------------------------

/**
 * The settings for "More settings".
 *
 * @param {Setting[]} settings
 * @param {string[]} keys of those that are elsewhere in the page
 */
export function otherSettings(settings, keys) {
    return settings.filter(
        ({ key, kind }) => ![...keys, ...NOT_OFFERED].includes(key) && !CHOSEN_IN_THE_SCORE.includes(kind)
    );
}

/**
 * The texts that a setting's field offers, and what it says while it is empty; null where any text can be typed.
 *
 * @param {Setting} setting
 * @returns {{choices: string[], empty: string} | null}
 */
export function choicesOf({ kind, choices, default: value, otherwise }) {
    if (kind === "switch") {
        const [no, yes] = value ? [...YES_OR_NO].reverse() : YES_OR_NO;
        return { choices: [yes], empty: no };
    }
    return choices === null ? null : { choices, empty: otherwise ?? "–" };
}

/**
 * Whether the networks of a family know a setting.
 *
 * @param {Setting} setting
 * @param {string | null} family
 */
export function isKnownTo(setting, family) {
    return setting.families === null || setting.families.includes(family ?? "");
}

/**
 * The value that a text means; null where it is none that the setting can have.
 *
 * @param {Setting} setting
 * @param {string} text not empty
 * @returns {Value | null}
 */
export function valueOf(setting, text) {
    if (isNumber(setting)) {
        const value = Number(text);
        return isInBounds(setting, value) ? value : null;
    }
    if (setting.kind === "switch") {
        return YES_OR_NO.includes(text) ? text === "yes" : null;
    }
    if (setting.kind === "named_numbers") {
        const pairs = text.split(/[\s,]+/).filter(Boolean);
        const isPair = (/** @type {string} */ pair) => /^[\w-]+=[^=]+$/.test(pair) && isFinite(number(pair));
        return pairs.every(isPair)
            ? Object.fromEntries(pairs.map((pair) => [pair.split("=")[0], number(pair)]))
            : null;
    }
    return setting.kind === "transposition" && /^[+-]?\d+$/.test(text) ? Number(text) : text;
}

/** @param {string} pair "rate=0.1" */
function number(pair) {
    return Number(pair.split("=")[1]);
}

/**
 * @param {Setting} setting
 * @param {number} value
 */
function isInBounds({ kind, minimum, maximum, exclusive }, value) {
    const isTooLow = exclusive ? value <= (minimum ?? -Infinity) : value < (minimum ?? -Infinity);
    const isPossible = Number.isFinite(value) && !isTooLow && value <= (maximum ?? Infinity);
    return isPossible && (!WHOLE.includes(kind) || Number.isInteger(value));
}

/**
 * The sentence on a text that is no value of a setting.
 *
 * @param {Setting} setting
 * @param {string} text
 */
export function faultOf(setting, text) {
    const { kind, minimum, maximum, exclusive } = setting;
    const low = exclusive ? `above ${minimum}, up to` : `from ${minimum} to`;
    const bounds = `a ${WHOLE.includes(kind) ? "whole " : ""}number ${low} ${maximum}`;
    return `${setting.label} "${text}" is impossible; give ${isNumber(setting) ? bounds : FORMAT}, or nothing.`;
}

export const FORMAT = "name=number, with commas between them";

/**
 * What a request has of the settings under "More settings".
 *
 * @param {Setting[]} settings
 * @param {Record<string, string>} texts of the fields, by key
 * @param {string} task
 * @param {string | null} family of the model
 * @returns {{body: Record<string, Value>, extras: Extra[], fault: string | null}} fault: the sentence on the first text
 *     that is no value
 */
export function filledIn(settings, texts, task, family) {
    const used = settings.filter(
        (setting) => texts[setting.key]?.trim() && setting.tasks.includes(task) && isKnownTo(setting, family)
    );
    /** @type {Record<string, Value>} */
    const body = {};
    const extras = [];
    let fault = null;
    for (const setting of used) {
        const text = texts[setting.key].trim();
        const value = valueOf(setting, text);
        if (value === null) {
            fault ??= faultOf(setting, text);
        } else {
            body[setting.key] = value;
            extras.push({ name: setting.name, option: setting.option, value });
        }
    }
    return { body, extras, fault };
}
