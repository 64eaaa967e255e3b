// @ts-check
// What each button would do: its text, whether it can be pressed, and the request that it sends. No DOM.

import { chordsText, keptChords, measuresAround } from "./chords.js";
import { ensembleVoices, hasNotes, toWrite, understoodAs } from "./piece.js";
import { first, last, span } from "./selection.js";
import { capitalized, listed, measuresName } from "./texts.js";

/**
 * @typedef {object} Request
 * @property {string} task
 * @property {Record<string, any>} body as docs/protocol.md has it
 * @property {[string, string] | null} measures the printed numbers of the first and last selected measure
 * @property {import("./settings.js").Extra[]} [extras] what it has of "More settings"
 * @property {Record<string, string>} [texts] of "More settings", by key, in the place of those in the fields
 *
 * @typedef {object} Offer
 * @property {string} text what the button says
 * @property {string} why it cannot be pressed, or what pressing it means; mostly empty
 * @property {Request | null} request null where the button cannot be pressed
 *
 * @typedef {object} Settings null or undefined: left to ripieno
 * @property {string | null} model
 * @property {number | null} temperature
 * @property {number | null} alternatives
 * @property {number | null} seed
 * @property {boolean} [transpose]
 *
 * @typedef {import("./piece.js").Piece} Piece
 */

const PIANO = "piano";

/**
 * The settings that every request has.
 *
 * @param {Settings} settings
 */
function commonBody(settings) {
    /** @type {Record<string, any>} */
    const body = {};
    for (const name of /** @type {const} */ (["alternatives", "model", "temperature", "seed"])) {
        if (settings[name] !== null && settings[name] !== undefined) {
            body[name] = settings[name];
        }
    }
    return body;
}

/**
 * The body of a request about a piece.
 *
 * @param {Piece} piece
 * @param {Settings} settings
 */
function pieceBody(piece, settings) {
    const moved = settings.transpose ? { transpose: "auto" } : {};
    return { ...commonBody(settings), ...moved, ...understoodAs(piece), document: piece.document, name: piece.name };
}

/**
 * The notes of some voices that were changed by hand, as a request has them.
 *
 * @param {string[]} voices
 * @param {Piece} piece
 */
function keptIn(voices, piece) {
    const kept = (piece.givenNotes ?? []).filter(([voice]) => voices.includes(voice));
    return kept.length ? { given_notes: kept } : {};
}

/**
 * The offer with the chords that stay in the measures that it is about; they go before the text in "More settings".
 *
 * @param {Offer} offer
 * @param {Piece} piece
 * @param {import("./selection.js").Selection | null} selection null: the whole piece
 * @returns {Offer}
 */
function underChords(offer, piece, selection = null) {
    const measures =
        selection === null ? piece.measures : piece.measures.slice(first(selection), last(selection) + 1);
    const chords = chordsText(keptChords(piece), measures);
    return offer.request === null || !chords
        ? offer
        : { ...offer, request: { ...offer.request, texts: { chords } } };
}

/**
 * @param {string} text
 * @param {string} task
 * @param {Record<string, any>} body
 * @param {[string, string] | null} measures
 * @returns {Offer}
 */
function possible(text, task, body, measures = null) {
    return { text, why: "", request: { task, body, measures } };
}

/**
 * @param {string} text
 * @param {string} why
 * @returns {Offer}
 */
function impossible(text, why) {
    return { text, why, request: null };
}

/**
 * What the main button does, under the chords that stay.
 *
 * @param {Piece} piece
 * @param {import("./selection.js").Selection | null} selection
 * @param {Settings} settings
 * @param {string} performers "choir" or "piano", as the chosen model plays
 */
export function write(piece, selection, settings, performers) {
    const offer = writing(piece, selection, settings, performers);
    return performers === PIANO ? offer : underChords(offer, piece, selection);
}

/**
 * What settles anew around a chord that was chosen: ripieno's voices in its measures and their neighbours.
 *
 * @param {Piece} piece in which the chord is kept
 * @param {{onset: number, end: number}} chord
 * @param {Settings} settings
 */
export function aroundChord(piece, chord, settings) {
    return write(piece, measuresAround(chord, piece.measures), settings, "choir");
}

/**
 * The main button: writes the voices that are not given, in the selected measures or in all.
 *
 * @param {Piece} piece
 * @param {import("./selection.js").Selection | null} selection
 * @param {Settings} settings
 * @param {string} performers
 */
function writing(piece, selection, settings, performers) {
    const body = pieceBody(piece, settings);
    if (performers === PIANO) {
        return possible("Write a piano under the melody", "harmonize", body);
    }
    const voices = toWrite(piece);
    if (selection !== null) {
        const where = measuresName(piece.measures, first(selection), last(selection));
        if (!voices.length) {
            return impossible(
                `Write in ${where}`,
                "All voices are given. Press the name of one that may be written."
            );
        }
        return possible(
            `Write ${voices.join(", ")} in ${where}`,
            "infill",
            { ...body, selection: span(selection, piece.measures), anew: voices, ...keptIn(voices, piece) },
            [piece.measures[first(selection)].number, piece.measures[last(selection)].number]
        );
    }
    if (!voices.length) {
        return piece.voices.some((line) => line.empty)
            ? possible("Fill the empty measures", "harmonize", { ...body, anew: [...ensembleVoices(piece)] })
            : innerVoices(piece, body);
    }
    if (!piece.voices.some((line) => line.voice !== null && ensembleVoices(piece).includes(line.voice))) {
        return impossible(
            "Write",
            "No line of this score is a voice of the ensemble, so there is nothing to harmonize."
        );
    }
    if (!piece.given.length) {
        return impossible(
            "Write",
            "No voice is given. Press the name of one that stays, or select measures to regenerate."
        );
    }
    const names = voices.join(", ");
    return voices.some((voice) => hasNotes(piece, voice))
        ? possible(`Regenerate ${names}`, "harmonize", { ...body, given: piece.given, ...keptIn(voices, piece) })
        : possible(`Write ${names}`, "harmonize", body);
}

/**
 * What a full score can get although all its voices are given.
 *
 * @param {Piece} piece
 * @param {Record<string, any>} body
 * @returns {Offer}
 */
function innerVoices(piece, body) {
    const names = ensembleVoices(piece);
    const outer = [names[0], names[names.length - 1]];
    const inner = names.slice(1, -1);
    if (!inner.length) {
        return impossible("Write", "Nothing is missing. Press the name of a voice that may be written.");
    }
    const offer = possible(`Regenerate ${inner.join(", ")}`, "harmonize", {
        ...{ ...body, given: outer },
        ...keptIn(inner, piece)
    });
    const becomes = inner.length === 1 ? "becomes" : "become";
    const stays = `${capitalized(listed(outer))} stay`;
    return { ...offer, why: `Nothing is missing. ${stays}; ${listed(inner)} ${becomes} ripieno’s.` };
}

/**
 * @param {Piece} piece
 * @param {number} bars
 * @param {Settings} settings
 */
export function continuation(piece, bars, settings) {
    const text = `Continue for ${bars === 1 ? "1 measure" : `${bars} measures`}`;
    return possible(text, "continue", { ...pieceBody(piece, settings), bars });
}

/**
 * @param {Piece} piece
 * @param {number} amount 0 to 1
 * @param {Settings} settings
 * @param {string} performers as for `write`; a pianist's lines are varied all together
 */
export function variation(piece, amount, settings, performers) {
    const body = { ...pieceBody(piece, settings), amount };
    if (performers === PIANO || !piece.given.length) {
        return possible("Vary all", "vary", { ...body, ...(performers === PIANO ? {} : keptIn(ensembleVoices(piece), piece)) });
    }
    const voices = toWrite(piece).filter((voice) => hasNotes(piece, voice));
    if (!voices.length) {
        return impossible(
            "Vary",
            "All voices with notes are given. Press the name of one that may be varied."
        );
    }
    const offer = possible(`Vary ${voices.join(", ")}`, "vary", {
        ...body,
        given: piece.given,
        ...keptIn(voices, piece)
    });
    return underChords(offer, piece);
}

/**
 * @param {{key: string, meter: string, bars: number, pickup: number, ensemble: string}} fields an empty key or meter is left to ripieno
 * @param {Settings} settings
 */
export function composition(fields, settings) {
    const body = commonBody(settings);
    body.bars = fields.bars;
    for (const name of /** @type {const} */ (["key", "meter", "pickup", "ensemble"])) {
        if (fields[name]) {
            body[name] = fields[name];
        }
    }
    return possible("Compose", "compose", body);
}
