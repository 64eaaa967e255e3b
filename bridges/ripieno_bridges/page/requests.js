// What a button would do: its text, whether it can be pressed, and what is then asked of the server. No DOM.

import { hasNotes, toWrite } from "./piece.js";
import { first, last, span } from "./selection.js";
import { measuresName, CHOIR } from "./texts.js";

const PIANO = "piano";

// What goes with every order. settings: {model, temperature, alternatives, seed, transpose}, null for what is not said.
function common(settings) {
    const body = { alternatives: settings.alternatives };
    for (const name of ["model", "temperature", "seed"]) {
        if (settings[name] !== null && settings[name] !== undefined) {
            body[name] = settings[name];
        }
    }
    return body;
}

function about(piece, settings) {
    const moved = settings.transpose ? { transpose: "auto" } : {};
    return { ...common(settings), ...moved, document: piece.document, name: piece.name };
}

function impossible(text, why) {
    return { text, why, order: null };
}

// The great button. performers: "choir" or "piano", as the chosen model plays.
// Returns {text, why, order}: order is {task, body, measures}, or null with `why` not.
export function write(piece, selection, settings, performers) {
    const body = about(piece, settings);
    if (performers === PIANO) {
        return {
            text: "Write a piano under the melody",
            why: "",
            order: { task: "harmonize", body, measures: null }
        };
    }
    const voices = toWrite(piece);
    if (selection !== null) {
        const where = measuresName(piece.measures, first(selection), last(selection));
        if (!voices.length) {
            return impossible(
                `Write in ${where}`,
                "All four voices are given. Press the name of one that may be written."
            );
        }
        const asked = { ...body, selection: span(selection, piece.measures), anew: voices };
        return {
            text: `Write ${voices.join(", ")} in ${where}`,
            why: "",
            order: { task: "infill", body: asked, measures: printed(piece, selection) }
        };
    }
    if (!voices.length) {
        return { text: "Fill the empty measures", why: "", order: { task: "harmonize", body, measures: null } };
    }
    if (!piece.voices.some((line) => CHOIR.includes(line.voice))) {
        return impossible(
            "Write",
            "No line of this score is a voice of a choir, so there is none to write others to."
        );
    }
    if (!piece.given.length) {
        return impossible(
            "Write",
            "No voice is given. Press the name of one that stays, or select measures to write anew."
        );
    }
    const anew = voices.some((voice) =>
        piece.voices.some((there) => there.voice === voice && there.notes > 0)
    );
    const asked = anew ? { ...body, given: piece.given } : body;
    return {
        text: `Write ${voices.join(", ")}${anew ? " anew" : ""}`,
        why: "",
        order: { task: "harmonize", body: asked, measures: null }
    };
}

// The printed numbers of the selected measures, as the command line wants them.
function printed(piece, selection) {
    return [piece.measures[first(selection)].number, piece.measures[last(selection)].number];
}

export function goOn(piece, bars, settings) {
    const text = `Continue for ${bars === 1 ? "1 measure" : `${bars} measures`}`;
    return {
        text,
        why: "",
        order: { task: "continue", body: { ...about(piece, settings), bars }, measures: null }
    };
}

// performers: as for ``write``. A pianist's lines are varied all together.
export function vary(piece, amount, settings, performers) {
    const body = { ...about(piece, settings), amount };
    if (performers === PIANO || !piece.given.length) {
        return { text: "Vary all", why: "", order: { task: "vary", body, measures: null } };
    }
    const voices = toWrite(piece).filter((voice) => hasNotes(piece, voice));
    if (!voices.length) {
        return impossible("Vary", "All that is there is given. Press the name of one that may be varied.");
    }
    return {
        text: `Vary ${voices.join(", ")}`,
        why: "",
        order: { task: "vary", body: { ...body, given: piece.given }, measures: null }
    };
}

// wish: {key, meter, bars, pickup}; an empty key or meter is left to ripieno.
export function compose(wish, settings) {
    const body = { ...common(settings), bars: wish.bars };
    for (const name of ["key", "meter"]) {
        if (wish[name]) {
            body[name] = wish[name];
        }
    }
    if (wish.pickup) {
        body.pickup = wish.pickup;
    }
    return { text: "Compose", why: "", order: { task: "compose", body, measures: null } };
}
