// What is on the paper: a document, what is known of it, and whose each note is. Never changed, only replaced.
// No DOM.
//
//   name, title, document   as the server reads it
//   measures, voices        as in docs/protocol.md: times in quarters, staves from 0 at the top
//   faults, remarks         what a harmony teacher would mark; what was told about the file
//   originality             null, or what the newest notes have in common with a piece that the model learned
//   given                   the voices of the choir that stay as they are
//   written                 [{voice, onset, duration, pitch}]: the notes that are ripieno's
//   steps                   how it was made, for the recipe: one entry for each thing that was done
//   answer, taken           the alternatives that it was chosen from, and which one; or null

import { CHOIR } from "./texts.js";

// A file as it was read.
export function opened(reading) {
    const singing = reading.voices.filter((voice) => voice.voice !== null && voice.notes > 0);
    return {
        name: reading.name,
        title: reading.title || reading.name,
        document: reading.document,
        measures: reading.measures,
        voices: reading.voices,
        faults: reading.faults,
        remarks: reading.remarks ?? [],
        originality: null,
        given: singing.map((voice) => voice.voice),
        written: [],
        steps: [],
        answer: null,
        taken: null
    };
}

// The voices of the choir that will be written.
export function toWrite(piece) {
    return CHOIR.filter((voice) => !piece.given.includes(voice));
}

export function hasNotes(piece, voice) {
    return piece.voices.some((there) => there.voice === voice && there.notes > 0);
}

// Given or written: the other of the two. A voice without a note cannot be given.
export function toggled(piece, voice) {
    if (!hasNotes(piece, voice)) {
        return piece;
    }
    const kept = piece.given.includes(voice)
        ? piece.given.filter((name) => name !== voice)
        : [...piece.given, voice];
    return { ...piece, given: CHOIR.filter((name) => kept.includes(name)) };
}

// The piece after an alternative of an answer was taken. base: the piece that was asked about, null to
// compose. order: what was asked ({task, body}). reading: the alternative's document, as the server reads it.
export function taken(base, order, answer, index, reading) {
    const alternative = answer.alternatives[index];
    const fresh = alternative.voices.flatMap((line) =>
        line.notes.map((note) => ({
            voice: line.voice,
            onset: note.onset,
            duration: note.duration,
            pitch: note.pitch
        }))
    );
    const kept =
        base === null
            ? []
            : base.written.filter(
                  (note) => !isReplaced(note, order) && !fresh.some((one) => overlap(one, note))
              );
    return {
        name: base === null ? "composed.musicxml" : base.name,
        title: (base === null ? null : base.title) || reading.title || "A new piece",
        document: alternative.document,
        measures: reading.measures,
        voices: linesOf(base, alternative, reading),
        faults: alternative.faults,
        remarks: answer.remarks ?? [],
        originality: alternative.originality,
        given: base === null ? [] : base.given,
        written: [...kept, ...fresh],
        steps: [...(base === null ? [] : base.steps), step(order, answer, index)],
        answer: { base, order, reply: answer },
        taken: index
    };
}

// The lines of a document. A piano's are not read as lines: its hands are those that were written, under the others.
function linesOf(base, alternative, reading) {
    if (reading.voices.length) {
        return reading.voices;
    }
    const lines = new Map();
    for (const { voice, staff, notes } of alternative.voices) {
        const before = lines.get(voice)?.notes ?? 0;
        lines.set(voice, { voice, staff, part: "", notes: before + notes.length });
    }
    const others = (base?.voices ?? []).filter((line) => !lines.has(line.voice));
    return [...others, ...lines.values()].sort((a, b) => a.staff - b.staff);
}

// Whether an older note of ripieno's gave way to what was asked, even where nothing sounds in its place.
function isReplaced(note, order) {
    const { task, body } = order;
    if (task === "infill") {
        const [start, end] = body.selection;
        return body.anew.includes(note.voice) && note.onset >= start && note.onset < end;
    }
    return task === "harmonize" && body.given !== undefined && !body.given.includes(note.voice);
}

function overlap(one, other) {
    return (
        one.voice === other.voice &&
        one.onset < other.onset + other.duration &&
        other.onset < one.onset + one.duration
    );
}

// What makes the same notes again.
function step(order, answer, index) {
    return {
        task: order.task,
        body: { ...order.body, document: undefined },
        measures: order.measures ?? null,
        file: order.body.name ?? null,
        seed: answer.seed,
        model: answer.model,
        weights: answer.weights,
        moved: answer.moved ?? 0,
        alternative: index + 1,
        alternatives: answer.alternatives.length
    };
}
