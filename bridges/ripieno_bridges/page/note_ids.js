// @ts-check
// Joins engraved notes to those of the document: each <note> gets an id that says which one it is.

const SIGNS = ["♭♭", "♭", "", "♯", "♯♯"];
const ID = /^note-(\d+)$/;

/**
 * A copy of a document for the engraver, in which every note has an id of ours; the number of its voice and its name;
 * and whether there are words under notes.
 *
 * @param {string} musicxml
 * @returns {{document: string, labels: {number: string, name: string}[], hasWords: boolean}} labels: by the note's
 *     place among all notes of the document; none where the document cannot be parsed here
 */
export function withNoteIds(musicxml) {
    const parsed = new DOMParser().parseFromString(musicxml, "application/xml");
    if (parsed.querySelector("parsererror") !== null) {
        return { document: musicxml, labels: [], hasWords: false };
    }
    const labels = [...parsed.getElementsByTagName("note")].map((note, index) => {
        note.id = `note-${index}`;
        const text = (/** @type {string} */ path) => note.querySelector(`:scope > ${path}`)?.textContent?.trim() || "";
        const alter = SIGNS[Number(text("pitch > alter")) + 2] ?? "";
        return { number: text("voice") || "1", name: `${text("pitch > step")}${alter}${text("pitch > octave")}` };
    });
    const hasWords = parsed.querySelector("lyric") !== null;
    return { document: new XMLSerializer().serializeToString(parsed), labels, hasWords };
}

/**
 * The place of a note among all notes of its document; -1 for one that the engraver made up.
 *
 * @param {string} id of the engraved note
 */
export function noteIndex(id) {
    return Number(ID.exec(id)?.[1] ?? -1);
}
