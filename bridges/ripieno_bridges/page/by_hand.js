// @ts-check
// What is changed by hand: whose a voice is, which line is the melody, a note, the key, the ends of phrases, the chords
// that stay. Each is a step of undo, and none writes notes of ripieno's.

import { keeping, keptChords, withKept, without } from "./chords.js";
import { post } from "./client.js";
import { guided, onsetsOf, phraseOnsets, phrasesText, placeWords, withEnd } from "./guidance.js";
import { keyName } from "./keys.js";
import { measureAt, voiceOf } from "./note_lookup.js";
import { toggled, understoodAs, withEnsemble, withMelody, withMovedNote } from "./piece.js";
import { counted, listed, measuresName, symbolText, voiceName } from "./texts.js";

/**
 * @typedef {import("./note_lookup.js").EngravedNote} EngravedNote
 * @typedef {import("./page_state.js").PageState} PageState
 * @typedef {import("./piece.js").Piece} Piece
 * @typedef {import("./piece.js").Reading} Reading
 */

const NONE = "none"; // the text of the setting where the whole piece is one phrase

export class ByHand {
    #state;

    /** @param {PageState} state */
    constructor(state) {
        this.#state = state;
    }

    /**
     * Makes a voice given that was not, or the other way round.
     *
     * @param {string} voice
     */
    toggle(voice) {
        const state = this.#state;
        if (state.job !== null || state.piece === null) {
            return;
        }
        const piece = toggled(state.piece, voice);
        if (piece !== state.piece) {
            state.clearMessages();
            state.change(piece);
        }
    }

    /**
     * Makes a line that is none of the choir's the melody.
     *
     * @param {import("./piece.js").Line} line
     */
    async chooseMelody(line) {
        const state = this.#state;
        const { piece } = state;
        if (state.job !== null || piece === null || line.melody === undefined) {
            return;
        }
        state.clearMessages();
        try {
            const { melody } = line;
            const reading = await this.#read(piece, { ...understoodAs(piece), melody });
            if (state.piece === piece) {
                state.change(withMelody(piece, melody, reading));
                state.status = `${voiceName(line)} is the melody now.`;
                state.draw();
            }
        } catch (error) {
            state.showError(error);
        }
    }

    /**
     * Makes the lines the voices of another ensemble.
     *
     * @param {string} name empty: the one that the document is read as
     */
    async chooseEnsemble(name) {
        const state = this.#state;
        const { piece } = state;
        if (state.job !== null || piece === null) {
            return;
        }
        state.clearMessages();
        try {
            const chosen = { ...piece, chosenEnsemble: name || undefined };
            const reading = await this.#read(piece, understoodAs(chosen));
            if (state.piece === piece) {
                state.change(withEnsemble(piece, name, reading));
                state.status = `${reading.ensemble.title}: ${listed(reading.ensemble.voices)}.`;
                state.draw();
            }
        } catch (error) {
            state.showError(error);
        }
    }

    /**
     * Moves a note by hand; it is given then.
     *
     * @param {EngravedNote} note
     * @param {{voice: string | null, onset: number, end: number}} place of it and all that is tied to it
     * @param {{steps?: number, semitones?: number}} move up or, below zero, down
     */
    async moveNote(note, place, move) {
        const state = this.#state;
        const { piece } = state;
        if (state.job !== null || piece === null) {
            return;
        }
        state.clearMessages();
        try {
            const name = piece.name.replace(/\.[^.]*$/, ".musicxml");
            const body = { document: piece.document, name, note: note.index, ...move, ...understoodAs(piece) };
            /** @type {Reading} */
            const reading = await post("/v1/musicxml/move-note", body);
            const amount = move.steps ?? move.semitones ?? 0;
            const unit = move.steps === undefined ? "semitone" : "step";
            const change = `${this.#placeOf(note)}: ${note.name} ${counted(Math.abs(amount), unit, `${unit}s`)} ${amount > 0 ? "up" : "down"}`;
            if (state.piece === piece) {
                state.change(withMovedNote(piece, place, change, reading));
            }
        } catch (error) {
            state.showError(error);
        }
    }

    /** @param {EngravedNote | null} note that is picked now */
    sayNote(note) {
        const state = this.#state;
        state.status = note === null ? "" : `${this.#placeOf(note)}: ${note.name}. Up and down move it; P ends a phrase.`;
        state.draw();
    }

    /**
     * @param {EngravedNote} before
     * @param {EngravedNote} after
     */
    sayMoved(before, after) {
        const state = this.#state;
        state.status = `${this.#placeOf(after)}: ${before.name} is ${after.name} now, and given.`;
        state.draw();
    }

    /** @param {EngravedNote} note */
    #placeOf(note) {
        const { voices, measures } = /** @type {Piece} */ (this.#state.piece);
        const line = voiceOf(note, voices);
        const index = measureAt(note.onset, measures);
        const where = index < 0 ? "" : `, ${measuresName(measures, index, index)}`;
        return `${line === null ? "A note" : voiceName(line)}${where}`;
    }

    // -- chords --------------------------------------------------------------------------------------------

    /**
     * Keeps a chord: what is written from now on obeys it.
     *
     * @param {import("./chords.js").KeptChord} chord
     */
    keepChord(chord) {
        this.#keep(withKept(keptChords(this.#state.piece), chord), chord, "stays from now on");
    }

    /** @param {import("./chords.js").KeptChord} chord that stays no longer */
    freeChord(chord) {
        this.#keep(without(keptChords(this.#state.piece), chord), chord, "is free again");
    }

    /**
     * @param {import("./chords.js").KeptChord[]} kept
     * @param {import("./chords.js").KeptChord} chord that was kept or freed
     * @param {string} said what it does now
     */
    #keep(kept, { symbol, onset }, said) {
        const state = this.#state;
        if (state.job === null && state.piece !== null) {
            const piece = keeping(state.piece, kept);
            state.clearMessages();
            state.status = `${symbolText(symbol)} in ${placeWords(onset, piece.measures)} ${said}.`;
            state.change(piece);
        }
    }

    // -- key and phrases -----------------------------------------------------------------------------------

    /**
     * Sets a setting of the piece's own by its text.
     *
     * @param {string} key of the setting: "key" or "phrases"
     * @param {string} text empty: as found
     */
    async set(key, text) {
        await (key === "key" ? this.setKey(text) : this.setPhrases(text));
    }

    /** @param {string} key as the setting takes it; empty: as found */
    setKey(key) {
        this.#guide({ key }, key ? `The key is ${keyName(key)} from now on.` : "The key is as found.");
    }

    /**
     * Sets where phrases end, and asks the server which notes these are.
     *
     * @param {string} phrases as the setting takes them; empty: as found
     */
    async setPhrases(phrases) {
        const state = this.#state;
        const said = phrases ? "Phrases end where you say from now on." : "Phrases end as found.";
        const piece = this.#guide({ phrases, ends: null }, said);
        if (piece === null || !phrases) {
            return;
        }
        try {
            const reading = await this.#read(piece, { ...understoodAs(piece), phrases });
            if (state.piece === piece) {
                state.amend(guided(piece, { ends: onsetsOf(reading.phrases, piece.measures) }));
            }
        } catch (error) {
            state.status = "";
            state.showError(error);
        }
    }

    /**
     * Lets a phrase end elsewhere.
     *
     * @param {number | null} from the onset of the note that it ends with; null: with none yet
     * @param {number | null} to that of the note with which it will end; null: with none
     */
    moveEnd(from, to) {
        const { piece } = this.#state;
        const before = piece === null ? null : phraseOnsets(piece);
        if (piece === null || before === null) {
            return;
        }
        const ends = withEnd(before, from, to);
        const said =
            to === null
                ? `No phrase ends in ${placeWords(from ?? 0, piece.measures)}.`
                : `A phrase ends in ${placeWords(to, piece.measures)}.`;
        this.#guide({ phrases: phrasesText(ends, piece.measures) || NONE, ends }, said);
    }

    /**
     * @param {Partial<import("./guidance.js").Guidance>} change
     * @param {string} said
     * @returns {Piece | null} the piece now; null where nothing could be changed
     */
    #guide(change, said) {
        const state = this.#state;
        if (state.job !== null || state.piece === null) {
            return null;
        }
        const piece = guided(state.piece, change);
        state.clearMessages();
        state.status = said;
        state.change(piece);
        return piece;
    }

    /**
     * What the server reads in a piece.
     *
     * @param {Piece} piece
     * @param {Record<string, string>} more of the body
     * @returns {Promise<Reading>}
     */
    #read({ document, name }, more) {
        return post("/v1/musicxml/read", { document, name: name.replace(/\.[^.]*$/, ".musicxml"), ...more });
    }
}
