// Where things stand in the engraved pictures, in pixels of the score's own box. It is measured once after each
// engraving.

export class Geometry {
    // host: the element that the boxes are relative to.
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

    #box;

    // {system, left, right, top, bottom, staves: [{top, bottom}], ceiling}: from the staves' lines, without the
    // notes; but the ceiling is above everything.
    #measure(group, system) {
        const staves = [...group.querySelectorAll(":scope > g.staff")].map((staff) => {
            const lines = [...staff.querySelectorAll(":scope > path")]
                .slice(0, 5)
                .map((line) => this.#box(line));
            return {
                left: lines[0].left,
                width: lines[0].width,
                top: lines[0].top,
                bottom: lines.at(-1).top
            };
        });
        const [upper] = staves;
        return {
            ...{ system, left: upper.left, right: upper.left + upper.width },
            ...{ top: upper.top, bottom: staves.at(-1).bottom, staves, ceiling: this.#box(group).top }
        };
    }

    // The head of a note.
    head(group) {
        return this.#box(group.querySelector("g.notehead") ?? group);
    }

    // A stretch of measures, cut where a line ends: [{first, last, left, right, top, bottom}].
    stretches(first, last) {
        const found = [];
        for (let index = first; index <= Math.min(last, this.measures.length - 1); index += 1) {
            const measure = this.measures[index];
            const run = found.at(-1);
            if (run && run.system === measure.system) {
                run.right = measure.right;
                run.last = index;
                run.ceiling = Math.min(run.ceiling, measure.ceiling);
            } else {
                found.push({ ...measure, first: index, last: index });
            }
        }
        return found;
    }
}
