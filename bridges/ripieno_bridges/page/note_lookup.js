// @ts-check
// Looks up engraved notes: whose each is, whether ripieno wrote it, which a fault is about, in which measure it lies.
// No DOM.

/**
 * A notehead of the engraved score; one that is tied to the note before it is a note of its own here.
 *
 * @typedef {object} EngravedNote
 * @property {string} id
 * @property {number} staff from 0 at the top
 * @property {number} index its place among all notes of the document; -1 where it is not known
 * @property {string} number of its voice in the document
 * @property {string} [name] as a musician says it: F♯4
 * @property {number} onset in quarters
 * @property {number} end in quarters
 * @property {number} pitch MIDI number
 * @property {boolean} [tied] to the note before it
 * @property {number} [heardUntil] in quarters: the end of the last note that is tied to it
 * @property {string | null} [voice] the name by which it is muted; null where it has none
 *
 * @typedef {import("./piece.js").Line} Line
 * @typedef {import("./piece.js").Measure} Measure
 */

const TOLERANCE = 1e-4; // quarters; triplets are no whole numbers

/**
 * The voices that share a staff, the highest first.
 *
 * @param {number} staff
 * @param {Line[]} voices
 */
export function voicesOn(staff, voices) {
    return voices.filter((voice) => voice.staff === staff && voice.notes > 0);
}

/**
 * The name by which a line is muted: its voice, or its staff and number where it is none of the choir's.
 *
 * @param {Line} line
 */
export function muteName(line) {
    return line.voice ?? ["staff", line.staff, line.number].filter((word) => word !== undefined).join("-");
}

/**
 * The line that an engraved note belongs to: the one of its staff, or of its voice number where several share it; null
 * where there is none.
 *
 * @param {EngravedNote} note
 * @param {Line[]} voices
 */
export function voiceOf(note, voices) {
    const own = voicesOn(note.staff, voices).find(({ number }) => number === undefined || number === note.number);
    return own ?? null;
}

/**
 * The notes of the same staff and voice, in order of time.
 *
 * @param {EngravedNote} note
 * @param {EngravedNote[]} notes
 */
export function lineOfNotes(note, notes) {
    return notes
        .filter((one) => one.staff === note.staff && one.number === note.number)
        .sort((a, b) => a.onset - b.onset);
}

/**
 * The first of the notes that are tied to one, or itself.
 *
 * @param {EngravedNote} note
 * @param {EngravedNote[]} notes
 * @returns {EngravedNote}
 */
export function headOfChain(note, notes) {
    const before = notes.find(
        (one) =>
            one.staff === note.staff && one.pitch === note.pitch && Math.abs(one.end - note.onset) < TOLERANCE
    );
    return note.tied && before ? headOfChain(before, notes) : note;
}

/**
 * @param {number} moment
 * @param {number} onset
 * @param {number} end
 */
function within(moment, onset, end) {
    return moment > onset - TOLERANCE && moment < end - TOLERANCE;
}

/**
 * The ids of the engraved notes that ripieno wrote.
 *
 * @param {EngravedNote[]} notes
 * @param {Line[]} voices
 * @param {import("./piece.js").Piece["written"]} written
 */
export function writtenIds(notes, voices, written) {
    const isWritten = (/** @type {EngravedNote} */ note) => {
        const voice = voiceOf(note, voices)?.voice ?? null;
        return written.some(
            (one) => one.voice === voice && within(note.onset, one.onset, one.onset + one.duration)
        );
    };
    return new Set(notes.filter(isWritten).map((note) => note.id));
}

/**
 * The notes that a fault is about: those that sound in its voices at its onset.
 *
 * @param {import("./piece.js").Fault} fault
 * @param {EngravedNote[]} notes
 * @param {Line[]} voices
 */
export function notesOf(fault, notes, voices) {
    return notes.filter((note) => {
        const name = voiceOf(note, voices)?.voice ?? null;
        return name !== null && fault.voices.includes(name) && within(fault.onset, note.onset, note.end);
    });
}

/**
 * The index of the measure that a moment lies in; -1 where there is none.
 *
 * @param {number} moment in quarters
 * @param {Measure[]} measures
 */
export function measureAt(moment, measures) {
    return measures.findIndex((measure) => within(moment, measure.onset, measure.onset + measure.duration));
}

/**
 * The first and last measure that overlap [start, end).
 *
 * @param {[number, number]} interval in quarters
 * @param {Measure[]} measures
 * @returns {[number, number] | null} indices; null where none does
 */
export function measuresOf([start, end], measures) {
    const first = measures.findIndex((measure) => measure.onset + measure.duration > start + TOLERANCE);
    const after = measures.findIndex((measure) => measure.onset >= end - TOLERANCE);
    const last = (after < 0 ? measures.length : after) - 1;
    return first < 0 || last < first ? null : [first, last];
}

/**
 * What is shaded: the runs of measures in which all notes of a staff are ripieno's, and single notes of ripieno's
 * where others stand beside them.
 *
 * @param {EngravedNote[]} notes
 * @param {Set<string>} ids of those that ripieno wrote
 * @param {Measure[]} measures
 * @returns {{runs: {staff: number, first: number, last: number}[], single: EngravedNote[]}}
 */
export function shadesFor(notes, ids, measures) {
    /** @type {Map<number, Map<number, EngravedNote[]>>} */
    const cells = new Map(); // staff -> measure -> notes
    for (const note of notes) {
        const row = cells.get(note.staff) ?? new Map();
        const index = measureAt(note.onset, measures);
        cells.set(note.staff, row.set(index, [...(row.get(index) ?? []), note]));
    }
    /** @type {{staff: number, first: number, last: number}[]} */
    const runs = [];
    /** @type {EngravedNote[]} */
    const single = [];
    for (const [staff, row] of cells) {
        for (const [index, here] of [...row].sort(([a], [b]) => a - b)) {
            const fresh = here.filter((note) => ids.has(note.id));
            const run = runs.at(-1);
            if (fresh.length < here.length) {
                single.push(...fresh);
            } else if (run && run.staff === staff && run.last === index - 1) {
                run.last = index;
            } else {
                runs.push({ staff, first: index, last: index });
            }
        }
    }
    return { runs, single };
}
