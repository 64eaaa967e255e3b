// @ts-check
// Positions in the engraved pictures, in pixels of the score's own box. Measured once after each engraving.

/**
 * @typedef {{left: number, top: number, width: number, height: number}} Box
 *
 * @typedef {object} MeasureBox from the lines of the staves, without the notes
 * @property {number} system the index of the system that it is in
 * @property {number} left
 * @property {number} right
 * @property {number} top the first staff's first line
 * @property {number} bottom the last staff's last line
 * @property {{top: number, bottom: number}[]} staves
 * @property {number} ceiling the top of all that is drawn in the measure
 * @property {number} floor the bottom of it
 */

export class Geometry {
    /**
     * @param {Element} host the element that the boxes are relative to
     * @param {Element[]} pictures
     */
    constructor(host, pictures) {
        this.#box = (element) => {
            const zero = host.getBoundingClientRect(); // each time: the page above may have grown
            const { left, top, width, height } = element.getBoundingClientRect();
            return { left: left - zero.left, top: top - zero.top, width, height };
        };
        this.systems = pictures.flatMap((picture) => [...picture.querySelectorAll("g.system")]);
        this.measures = this.systems.flatMap((system, index) =>
            [...system.querySelectorAll("g.measure")].map((group) => this.#measure(group, index))
        );
        this.labels = [...(this.systems[0]?.querySelectorAll("g.label") ?? [])].map((label) =>
            this.#box(label)
        );
    }

    /** @type {(element: Element) => Box} */
    #box;

    /**
     * @param {Element} group
     * @param {number} system
     * @returns {MeasureBox}
     */
    #measure(group, system) {
        const staves = [...group.querySelectorAll(":scope > g.staff")].map((staff) => {
            const lines = [...staff.querySelectorAll(":scope > path")]
                .slice(0, 5)
                .map((line) => this.#box(line));
            return {
                left: lines[0].left,
                width: lines[0].width,
                top: lines[0].top,
                bottom: lines[lines.length - 1].top
            };
        });
        const [upper] = staves;
        const all = this.#box(group);
        return {
            ...{ system, left: upper.left, right: upper.left + upper.width },
            ...{ top: upper.top, bottom: staves[staves.length - 1].bottom, staves },
            ceiling: all.top,
            floor: all.top + all.height
        };
    }

    /**
     * The box of a note's head.
     *
     * @param {Element} group
     */
    head(group) {
        return this.#box(group.querySelector("g.notehead") ?? group);
    }

    /**
     * The boxes of consecutive measures, one for each system that they are in.
     *
     * @param {number} first an index
     * @param {number} last an index, included
     * @returns {(MeasureBox & {first: number, last: number})[]}
     */
    boxesOf(first, last) {
        /** @type {(MeasureBox & {first: number, last: number})[]} */
        const found = [];
        for (let index = first; index <= Math.min(last, this.measures.length - 1); index += 1) {
            const measure = this.measures[index];
            const box = found.at(-1);
            if (box && box.system === measure.system) {
                box.right = measure.right;
                box.last = index;
                box.ceiling = Math.min(box.ceiling, measure.ceiling);
            } else {
                found.push({ ...measure, first: index, last: index });
            }
        }
        return found;
    }
}
