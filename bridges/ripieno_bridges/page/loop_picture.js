// @ts-check
// The loop in the score: a line over what is repeated, with repeat signs at both of its ends.

import { byId, make, place } from "./dom.js";

const MARGIN = 14; // pixels over and under the staves, as those of a selected measure

/**
 * @param {import("./score_view.js").ScoreView} view
 * @param {[number, number] | null} measures indices of the first and last one; null where nothing is repeated
 */
export function drawLoop(view, measures) {
    const boxes = measures === null ? [] : view.boxesOf(...measures);
    const spans = boxes.map((box, index) => {
        const ends = [index === 0 && "opens", index === boxes.length - 1 && "closes"].filter(Boolean).join(" ");
        const span = place(make("div", { class: `loop-span ${ends}` }), {
            left: box.left,
            top: box.top - MARGIN,
            width: box.right - box.left,
            height: box.bottom - box.top + 2 * MARGIN
        });
        return span;
    });
    byId("loop-spans").replaceChildren(...spans);
}
