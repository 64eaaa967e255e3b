// Which engraved note is meant: whose it is, whether ripieno wrote it, what is wrong with it. No DOM.
//
// An engraved note is {id, staff, layer, layers, onset, end, pitch}: staff and layer from 0 at the top, layers:
// how many there are on that staff in that measure; times in quarters. A note that is tied to the one before it
// is one of its own here.

const NEAR = 1e-4; // quarters; triplets are no whole numbers

// The voices that share a staff, the highest first.
export function voicesOn(staff, voices) {
    return voices.filter((voice) => voice.staff === staff && voice.notes > 0);
}

// By what name a line is muted: its voice, or its staff where it is none of the choir's.
export function heardAs(line) {
    return line.voice ?? `staff ${line.staff}`;
}

// Whose an engraved note is; null where the staff has no voice that sings.
export function voiceOf(note, voices) {
    const there = voicesOn(note.staff, voices);
    return there.length ? there[Math.min(note.layer, there.length - 1)] : null;
}

function within(moment, onset, end) {
    return moment > onset - NEAR && moment < end - NEAR;
}

// The ids of the notes that ripieno wrote. written: [{voice, onset, duration, pitch}].
export function writtenIds(notes, voices, written) {
    const wrote = (voice, note, anyPitch) =>
        written.some(
            (one) =>
                one.voice === voice.voice &&
                within(note.onset, one.onset, one.onset + one.duration) &&
                (anyPitch || one.pitch === note.pitch)
        );
    const isWritten = (note) => {
        const there = voicesOn(note.staff, voices);
        if (there.length === 1) {
            return wrote(there[0], note, true);
        }
        // Where each voice has its layer that tells; in one layer together, as chords, the pitches do.
        const own = note.layers >= there.length ? there.slice(note.layer, note.layer + 1) : there;
        return own.some((voice) => wrote(voice, note, false));
    };
    return new Set(notes.filter(isWritten).map((note) => note.id));
}

// The notes that a fault is about: those that its voices sing at its onset.
export function notesOf(fault, notes, voices) {
    return notes.filter((note) => {
        const voice = voiceOf(note, voices);
        return (
            voice !== null && fault.voices.includes(voice.voice) && within(fault.onset, note.onset, note.end)
        );
    });
}

// The index of the measure that a moment lies in; -1 where there is none.
export function measureAt(moment, measures) {
    return measures.findIndex((measure) => within(moment, measure.onset, measure.onset + measure.duration));
}

// The measures that a stretch [start, end) touches: [first, last], or null.
export function measuresOf([start, end], measures) {
    const first = measures.findIndex((measure) => measure.onset + measure.duration > start + NEAR);
    const after = measures.findIndex((measure) => measure.onset >= end - NEAR);
    const last = (after < 0 ? measures.length : after) - 1;
    return first < 0 || last < first ? null : [first, last];
}

// Which measures of which staves have a note of ripieno's, as runs: [{staff, first, last}], for the shading.
export function writtenRuns(notes, ids, measures) {
    const cells = new Map();
    for (const note of notes) {
        if (ids.has(note.id)) {
            const index = measureAt(note.onset, measures);
            cells.set(note.staff, (cells.get(note.staff) ?? new Set()).add(index));
        }
    }
    const runs = [];
    for (const [staff, indices] of cells) {
        for (const index of [...indices].sort((a, b) => a - b)) {
            const run = runs.at(-1);
            if (run && run.staff === staff && run.last === index - 1) {
                run.last = index;
            } else {
                runs.push({ staff, first: index, last: index });
            }
        }
    }
    return runs;
}
