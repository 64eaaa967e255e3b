// @ts-check
// Helpers for DOM elements.

/**
 * An element of index.html. What form controls have, and `open` of <details>, is there where the element is one.
 *
 * @typedef {HTMLElement
 *     & Pick<HTMLInputElement, "value" | "min" | "max" | "checked" | "disabled" | "files" | "validity">
 *     & Pick<HTMLDetailsElement, "open">} PageElement
 */

/**
 * @param {string} id one that index.html has
 * @returns {PageElement}
 */
export function byId(id) {
    return /** @type {PageElement} */ (document.getElementById(id));
}

/**
 * The id of an element that there is for each voice: "mute-soprano-1" of "soprano 1".
 *
 * @param {string} kind
 * @param {string} voice
 */
export function voiceId(kind, voice) {
    return `${kind}-${voice.replace(/\s+/g, "-")}`;
}

/**
 * A new element: make("button", {class: "plain", type: "button"}, "Close").
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | null | undefined>} attributes those that are false, null or undefined
 *     are left out
 * @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children);
    return element;
}

/**
 * Sets an element's position and size.
 *
 * @template {HTMLElement} T
 * @param {T} element
 * @param {{left?: number, top?: number, width?: number, height?: number}} box in pixels of the element's layer
 * @returns {T} the element
 */
export function place(element, box) {
    for (const side of /** @type {const} */ (["left", "top", "width", "height"])) {
        if (box[side] !== undefined) {
            element.style[side] = `${box[side]}px`;
        }
    }
    return element;
}
