// @ts-check
// Joins engraved notes to those of the document: each <note> gets an id that says which one it is.

const ID = /^note-(\d+)$/;

/**
 * A copy of a document for the engraver, in which every note has an id of ours; the voice number of each note; and
 * whether there are words under notes.
 *
 * @param {string} musicxml
 * @returns {{document: string, numbers: string[], hasWords: boolean}} numbers: by the note's place among all notes of
 *     the document; none where the document cannot be parsed here
 */
export function withNoteIds(musicxml) {
    const parsed = new DOMParser().parseFromString(musicxml, "application/xml");
    if (parsed.querySelector("parsererror") !== null) {
        return { document: musicxml, numbers: [], hasWords: false };
    }
    const numbers = [...parsed.getElementsByTagName("note")].map((note, index) => {
        note.id = `note-${index}`;
        return note.querySelector(":scope > voice")?.textContent?.trim() || "1";
    });
    const hasWords = parsed.querySelector("lyric") !== null;
    return { document: new XMLSerializer().serializeToString(parsed), numbers, hasWords };
}

/**
 * The place of a note among all notes of its document; -1 for one that the engraver made up.
 *
 * @param {string} id of the engraved note
 */
export function noteIndex(id) {
    return Number(ID.exec(id)?.[1] ?? -1);
}
