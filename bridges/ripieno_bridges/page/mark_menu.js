// @ts-check
// The menu of a mark over the score.

import { make } from "./dom.js";

/**
 * @param {string} label what the menu is about
 * @param {{id: string, text: string, press: (() => void) | null}[]} choices press: null where it is not possible
 * @param {() => void} onEscape
 */
export function markMenu(label, choices, onEscape) {
    const menu = make("div", { class: "mark-menu", role: "group", "aria-label": label });
    for (const { id, text, press } of choices) {
        const button = make("button", { type: "button", id, disabled: press === null }, text);
        button.addEventListener("click", () => press?.());
        menu.append(button);
    }
    menu.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            event.stopPropagation();
            onEscape();
        }
    });
    return menu;
}
