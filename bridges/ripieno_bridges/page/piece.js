// @ts-check
// The piece in the page: a document, what the server read from it, and whose each note is. A piece is never changed,
// only replaced. No DOM.

import { guidanceAfter, guided } from "./guidance.js";

/**
 * From the server, as docs/protocol.md has it. Times are quarters; staves count from 0 at the top.
 *
 * @typedef {{number: string, onset: number, duration: number, meter: string}} Measure
 * @typedef {object} Line a line of the score
 * @property {string | null} voice null where it is none of the choir's
 * @property {number} staff
 * @property {string} part the name at the staff
 * @property {number} notes how many
 * @property {string} [number] of its voice in the document, where others share the staff
 * @property {string} [melody] the value of that setting that chooses it
 * @property {string | null} [left] why it is left as it is; null where it is a voice
 * @property {number} [empty] in how many measures it is silent while another is not
 * @typedef {{onset: number, duration: number, pitch: number}} Note
 * @typedef {{voice: string, staff: number, notes: Note[]}} NewLine the new notes of a voice
 * @typedef {object} Fault
 * @property {"fault" | "warning" | "remark"} severity
 * @property {string} measure its printed number
 * @property {number} beat
 * @property {number} onset
 * @property {string[]} voices
 * @property {string} sentence
 * @typedef {{sentence: string, share: number | null, selection: [number, number] | null}} Originality
 * @typedef {object} Chord where it begins
 * @property {string} measure its printed number
 * @property {number} onset
 * @property {string} key "G minor"
 * @property {string} figure its Roman numeral: "V65"
 * @property {string} symbol as a lead sheet has it: "D7/F#"
 * @typedef {object} Alternative
 * @property {string} document MusicXML
 * @property {NewLine[]} voices
 * @property {Fault[]} faults
 * @property {Originality | null} originality
 * @property {number} log_likelihood
 * @property {Chord[]} [chords] where they change
 * @property {string} [difference] from the first alternative, in words; empty for that one
 * @typedef {object} Reply to a request for new notes
 * @property {Alternative[]} alternatives the best first
 * @property {number} seed
 * @property {string} model
 * @property {string} weights
 * @property {boolean} complete
 * @property {string} [heard] key and phrases in words
 * @property {string | null} [key] the home key, as it was given or found
 * @property {import("./guidance.js").PhraseEnd[] | null} [phrases]
 * @property {number} [moved] in semitones
 * @property {string[]} [remarks]
 * @typedef {object} Reading what /v1/musicxml/read replies
 * @property {string} name
 * @property {string} title
 * @property {string} document
 * @property {Measure[]} measures
 * @property {Line[]} voices
 * @property {Fault[]} faults
 * @property {string | null} key the home key as it was found; null where there is no choir
 * @property {import("./guidance.js").PhraseEnd[] | null} phrases
 * @property {string[]} remarks
 * @property {Ensemble} ensemble whose voices the lines are
 */

/**
 * Who sings or plays, as the server has it.
 *
 * @typedef {object} Ensemble
 * @property {string} name
 * @property {string} title
 * @property {string[]} voices their names, highest first
 *
 * @typedef {object} Piece
 * @property {string} name the file's
 * @property {string} title
 * @property {string} document MusicXML
 * @property {string | null} source the document as its file brought it; null where it was composed
 * @property {Measure[]} measures
 * @property {Line[]} voices
 * @property {Fault[]} faults
 * @property {string[]} remarks
 * @property {Originality | null} originality how much of the newest notes is as in a piece that the model learned from
 * @property {Chord[]} [chords] its harmony; left out where it is not known
 * @property {import("./chords.js").KeptChord[]} [kept] chords that stay, for the next requests; left out: none
 * @property {string[]} given the voices of the choir that stay as they are
 * @property {(Note & {voice: string})[]} written the notes that ripieno wrote
 * @property {string} [melody] the line that was chosen as the melody; left out where ripieno found it
 * @property {Ensemble} [ensemble] whose voices the lines are; left out in works that older pages kept: a mixed choir
 * @property {string} [chosenEnsemble] the name of the one that was chosen; left out: as the document is read
 * @property {import("./guidance.js").Found} [found] key and phrases as ripieno finds them
 * @property {import("./guidance.js").Guidance} [guidance] key and phrases as they were set by hand
 * @property {[string, number][]} [givenNotes] single notes that were changed by hand, and stay: voice and onset
 * @property {Step[]} steps how the piece was made, the newest last; for the recipe
 * @property {Result | null} result what the newest step came from
 * @property {number | null} chosen which of its alternatives the piece has
 *
 * @typedef {object} Result
 * @property {Piece | null} base the piece before; null where it was composed
 * @property {import("./requests.js").Request} request
 * @property {Reply} reply
 *
 * @typedef {object} Step all that makes the same notes again
 * @property {string} task
 * @property {Record<string, any>} body the request's, without the document
 * @property {[string, string] | null} measures the first and last selected one, as printed
 * @property {import("./settings.js").Extra[]} extras what the request had of "More settings"
 * @property {string | null} file
 * @property {number} seed
 * @property {string} model
 * @property {string} weights
 * @property {number} moved
 * @property {number} alternative from 1
 * @property {number} alternatives how many
 * @property {string[]} [changes] what was done by hand, where the task is "edit"
 */

/**
 * The piece that a file brings. Every voice that has notes is given.
 *
 * @param {Reading} reading
 * @returns {Piece}
 */
export function opened(reading) {
    const voices = reading.voices.filter((line) => line.notes > 0).map((line) => line.voice);
    return {
        name: reading.name,
        title: reading.title || reading.name,
        document: reading.document,
        source: reading.document,
        measures: reading.measures,
        voices: reading.voices,
        faults: reading.faults,
        remarks: reading.remarks ?? [],
        originality: null,
        found: { key: reading.key, phrases: reading.phrases },
        ensemble: reading.ensemble,
        given: voices.filter((voice) => voice !== null),
        written: [],
        steps: [],
        result: null,
        chosen: null
    };
}

/**
 * A piece in which another line was chosen as the melody. Its other voices and its phrases are found anew, the voices
 * are given.
 *
 * @param {Piece} piece
 * @param {string} melody
 * @param {Reading} reading
 * @returns {Piece}
 */
export function withMelody(piece, melody, reading) {
    return { ...readAnew(piece, reading), melody };
}

/**
 * A piece whose lines are the voices of another ensemble. They and the phrases are found anew, the voices are given.
 *
 * @param {Piece} piece
 * @param {string} name of the ensemble; empty: as the document is read
 * @param {Reading} reading
 * @returns {Piece}
 */
export function withEnsemble(piece, name, reading) {
    const anew = readAnew(piece, reading);
    const before = new Map(anew.voices.map((line, index) => [line.voice, piece.voices[index]?.voice ?? null]));
    const after = new Map([...before].map(([now, then]) => [then, now]));
    const isWritten = (/** @type {string} */ voice) =>
        toWrite(piece).some((then) => then === before.get(voice) && hasNotes(piece, then));
    return {
        ...anew,
        given: anew.given.filter((voice) => !isWritten(voice)),
        written: piece.written.map((note) => ({ ...note, voice: after.get(note.voice) ?? note.voice })),
        chosenEnsemble: name || undefined,
        ...{ givenNotes: [], result: null, chosen: null }
    };
}

/**
 * @param {Piece} piece
 * @param {Reading} reading in which other lines are its voices
 * @returns {Piece}
 */
function readAnew(piece, reading) {
    const { voices, given, faults, found, ensemble } = opened(reading);
    const inKey = guided(piece, { phrases: "", ends: null });
    return { ...inKey, voices, given, faults, found, ensemble, chords: [] };
}

const MIXED_CHOIR = ["soprano", "alto", "tenor", "bass"]; // of a piece that an older page kept

/**
 * The names of the voices of a piece's ensemble, highest first.
 *
 * @param {Piece} piece
 */
export function ensembleVoices(piece) {
    return piece.ensemble?.voices ?? MIXED_CHOIR;
}

/** What a task is called in the names of files. */
const DONE = /** @type {Record<string, string>} */ ({ continue: "continued", vary: "varied" });

/**
 * The name of the file that a piece is saved in, without its ending: never that of the file that it came from once
 * ripieno wrote in it.
 *
 * @param {Piece} piece
 */
export function fileStem({ name, steps }) {
    const stem = name.replace(/\.[^.]*$/, "");
    const last = steps.at(-1)?.task;
    const done = last === undefined || stem === "composed" ? "" : (DONE[last] ?? "harmonized");
    return done === "" || stem.endsWith(`-${done}`) ? stem : `${stem}-${done}`;
}

/**
 * The voices of the ensemble that are not given.
 *
 * @param {Piece} piece
 */
export function toWrite(piece) {
    return ensembleVoices(piece).filter((voice) => !piece.given.includes(voice));
}

/**
 * @param {Piece} piece
 * @param {string} voice
 */
export function hasNotes(piece, voice) {
    return piece.voices.some((line) => line.voice === voice && line.notes > 0);
}

/**
 * The piece with a voice given that was not, or the other way round. A voice without notes cannot be given.
 *
 * @param {Piece} piece
 * @param {string} voice
 * @returns {Piece} the same one where nothing changes
 */
export function toggled(piece, voice) {
    if (!hasNotes(piece, voice)) {
        return piece;
    }
    const given = piece.given.includes(voice)
        ? piece.given.filter((name) => name !== voice)
        : [...piece.given, voice];
    return { ...piece, given: ensembleVoices(piece).filter((name) => given.includes(name)) };
}

/**
 * The piece with an alternative of a reply in it.
 *
 * @param {Piece | null} base the piece that the request was about; null to compose
 * @param {import("./requests.js").Request} request
 * @param {Reply} reply
 * @param {number} index of the alternative
 * @param {Reading} reading of the alternative's document
 * @returns {Piece}
 */
export function withAlternative(base, request, reply, index, reading) {
    const alternative = reply.alternatives[index];
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
                  (note) => !isReplaced(note, request) && !fresh.some((one) => overlap(one, note))
              );
    return {
        name: base === null ? "composed.musicxml" : base.name,
        title: (base === null ? null : base.title) || reading.title || "A new piece",
        document: alternative.document,
        source: base === null ? null : base.source,
        measures: reading.measures,
        voices: linesOf(base, alternative, reading),
        faults: alternative.faults,
        remarks: reply.remarks ?? [],
        originality: alternative.originality,
        chords: alternative.chords ?? [],
        given: base === null ? [] : givenAfter(base, request),
        written: [...kept, ...fresh],
        givenNotes: base?.givenNotes ?? [],
        kept: reply.moved ? [] : (base?.kept ?? []), // their symbols are of the key that was
        ...guidanceAfter(base, request, reply, reading),
        ensemble: reading.ensemble,
        ...chosenIn(request.body),
        steps: [...(base === null ? [] : base.steps), stepOf(request, reply, index)],
        result: { base, request, reply },
        chosen: index
    };
}

/**
 * How the lines of a piece are to be understood, for bodies: the melody and the ensemble that were chosen.
 *
 * @param {Piece} piece
 * @returns {{melody?: string, ensemble?: string}}
 */
export function understoodAs({ melody, chosenEnsemble }) {
    return {
        ...(melody === undefined ? {} : { melody }),
        ...(chosenEnsemble === undefined ? {} : { ensemble: chosenEnsemble })
    };
}

/**
 * The melody and the ensemble that a body chooses, for the piece that comes of it.
 *
 * @param {Record<string, any>} body
 * @returns {{melody?: string, chosenEnsemble?: string}}
 */
function chosenIn({ melody, ensemble }) {
    return {
        ...(melody === undefined ? {} : { melody }),
        ...(ensemble === undefined ? {} : { chosenEnsemble: ensemble })
    };
}

/**
 * The piece with a note that was moved by hand: it is given now.
 *
 * @param {Piece} piece
 * @param {{voice: string | null, onset: number, end: number}} place of the note with all that is tied to it
 * @param {string} change in words, for the recipe
 * @param {Reading} reading of the document with the moved note
 * @returns {Piece}
 */
export function withMovedNote(piece, { voice, onset, end }, change, reading) {
    const others = (piece.givenNotes ?? []).filter(([name, time]) => name !== voice || time !== onset);
    const last = piece.steps.at(-1);
    const isMore = last?.task === "edit";
    /** @type {Step} */
    const step = {
        ...{ task: "edit", body: {}, measures: null, extras: [], file: piece.name, seed: 0, model: "", weights: "" },
        ...{ moved: 0, alternative: 1, alternatives: 1 },
        changes: [...(isMore ? (last.changes ?? []) : []), change]
    };
    return {
        ...piece,
        document: reading.document,
        voices: reading.voices,
        faults: reading.faults,
        found: { key: reading.key, phrases: reading.phrases },
        chords: [],
        written: piece.written.filter(
            (note) => note.voice !== voice || note.onset >= end || note.onset + note.duration <= onset
        ),
        givenNotes: voice !== null && ensembleVoices(piece).includes(voice) ? [...others, [voice, onset]] : others,
        steps: [...(isMore ? piece.steps.slice(0, -1) : piece.steps), step],
        result: null,
        chosen: null
    };
}

/**
 * The given voices, without those that the request replaced.
 *
 * @param {Piece} base
 * @param {import("./requests.js").Request} request
 */
function givenAfter({ given }, { task, body }) {
    return task === "harmonize" && body.given ? given.filter((name) => body.given.includes(name)) : given;
}

/**
 * The lines of an alternative's document. The server does not read a piano part as lines: its hands are the new
 * lines, below those that were there.
 *
 * @param {Piece | null} base
 * @param {Alternative} alternative
 * @param {Reading} reading
 * @returns {Line[]}
 */
function linesOf(base, alternative, reading) {
    if (reading.voices.length) {
        return reading.voices;
    }
    /** @type {Map<string | null, Line>} */
    const lines = new Map();
    for (const { voice, staff, notes } of alternative.voices) {
        const before = lines.get(voice)?.notes ?? 0;
        lines.set(voice, { voice, staff, part: "", notes: before + notes.length });
    }
    const others = (base?.voices ?? []).filter((line) => !lines.has(line.voice));
    return [...others, ...lines.values()].sort((a, b) => a.staff - b.staff);
}

/**
 * Whether the request replaced an older note of ripieno's, even where no new note sounds in its place.
 *
 * @param {Note & {voice: string}} note
 * @param {import("./requests.js").Request} request
 */
function isReplaced(note, request) {
    const { task, body } = request;
    if (task === "infill") {
        const [start, end] = body.selection;
        return body.anew.includes(note.voice) && note.onset >= start && note.onset < end;
    }
    return task === "harmonize" && body.given !== undefined && !body.given.includes(note.voice);
}

/**
 * @param {Note & {voice: string}} one
 * @param {Note & {voice: string}} other
 */
function overlap(one, other) {
    return (
        one.voice === other.voice &&
        one.onset < other.onset + other.duration &&
        other.onset < one.onset + one.duration
    );
}

/**
 * @param {import("./requests.js").Request} request
 * @param {Reply} reply
 * @param {number} index
 * @returns {Step}
 */
function stepOf(request, reply, index) {
    return {
        task: request.task,
        body: { ...request.body, document: undefined },
        measures: request.measures ?? null,
        extras: request.extras ?? [],
        file: request.body.name ?? null,
        seed: reply.seed,
        model: reply.model,
        weights: reply.weights,
        moved: reply.moved ?? 0,
        alternative: index + 1,
        alternatives: reply.alternatives.length
    };
}
