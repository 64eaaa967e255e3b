// @ts-check
// Dragging an element with mouse, finger or pen; a press that goes nowhere is a click.

const FROM = 4; // pixels; a shorter way is a click

/**
 * @typedef {object} DragCallbacks
 * @property {(event: PointerEvent) => void} onMove called from the first pixels of a drag on
 * @property {() => void} onDrop
 * @property {() => void} onCancel the drag came to nothing
 * @property {() => void} onClick
 */

/**
 * Lets an element be dragged. Escape cancels a drag.
 *
 * @param {HTMLElement} element whose style has touch-action: none
 * @param {DragCallbacks} callbacks
 */
export function makeDraggable(element, { onMove, onDrop, onCancel, onClick }) {
    /** @type {{x: number, y: number, moves: boolean} | null} */
    let press = null;
    const end = (/** @type {() => void} */ onEnd) => {
        const { moves } = press ?? { moves: false };
        const wasPressed = press !== null;
        press = null;
        if (wasPressed && moves) {
            onEnd();
        }
        return wasPressed && !moves;
    };
    element.addEventListener("pointerdown", (event) => {
        if (event.button === 0) {
            element.setPointerCapture(event.pointerId);
            press = { x: event.clientX, y: event.clientY, moves: false };
        }
    });
    element.addEventListener("pointermove", (event) => {
        if (press !== null) {
            press.moves ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > FROM;
            if (press.moves) {
                onMove(event);
            }
        }
    });
    element.addEventListener("pointerup", () => end(onDrop) && onClick());
    element.addEventListener("pointercancel", () => end(onCancel));
    element.addEventListener(
        "keydown",
        (event) => event.key === "Escape" && press?.moves && (event.stopImmediatePropagation(), end(onCancel))
    );
}
