// @ts-check
// Marks what ripieno wrote in an engraved picture; score.css colours it.

/**
 * @param {Element} host of the picture
 * @param {Set<string>} ids of the notes that ripieno wrote
 */
export function markNew(host, ids) {
    for (const note of host.querySelectorAll("g.note")) {
        note.classList.toggle("new", ids.has(note.id));
    }
    for (const beam of host.querySelectorAll("g.beam")) {
        beam.classList.toggle("new", beam.querySelector("g.note:not(.new)") === null);
    }
    /** @type {NodeListOf<SVGElement>} */
    const signs = host.querySelectorAll("g[data-startid]");
    for (const sign of signs) {
        sign.classList.toggle("new", ids.has(sign.dataset.startid?.replace("#", "") ?? ""));
    }
}
