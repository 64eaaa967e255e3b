// The items of a track as a line of text, as tests write them and read them back.

import { VOICES } from "./score.mjs";
import { WHOLE, nameOf, pitchOf, reduced, ticksOf } from "./values.mjs";

const TUPLET = /^\{(\d+)\/(\d+):(\d+)\/(\d+)$/;
const WORD = /^([^:]+):(\d+)\/(\d+)(~?)(\^?)(="(.*)")?$/;

/**
 * Items from text: C5:1/4 a note, r:1/2 a rest, C5+E5:1/4 a chord, C5:1/4~ tied to the next,
 * C5:1/4="Glo-" a syllable, C5:1/4^ a fermata, R a rest that is the measure's, | nothing,
 * {3/2:1/4 C5:1/8 D5:1/8 E5:1/8 } a tuplet.
 */
export function readItems(score, text) {
    const items = [];
    let tick = 0, tuplet;
    for (const word of text.split(/\s+/).filter((found) => found !== "|" && found !== "")) {
        if (word === "}") {
            tuplet = undefined;
        } else if (TUPLET.test(word)) {
            tuplet = tupletOf(score, word, tick);
        } else {
            items.push(word === "R" ? score.measureRest(score.measureAt(tick)) : itemOf(score, word, tick, tuplet, items));
            tick += items[items.length - 1].ticks;
        }
    }
    if (tick !== score.end)
        throw new Error("the test's text is " + tick + " ticks long, the score " + score.end);
    return items;
}

function tupletOf(score, word, tick) {
    const [actual, normal, n, d] = TUPLET.exec(word).slice(1).map(Number);
    const id = score.serial++;
    score.state.tuplets[id] = {
        id: id, tick: tick, ticks: ticksOf([n, d]), ratio: [actual, normal], base: reduced(n, d * normal),
    };
    return score.state.tuplets[id];
}

function itemOf(score, word, tick, tuplet, before) {
    const [, names, n, d, tie, fermata, , syllable] = WORD.exec(word);
    const [actual, normal] = tuplet ? tuplet.ratio : [1, 1];
    const duration = [Number(n), Number(d)];
    const item = score.item(tick, ticksOf(duration) * normal / actual, duration, null, tuplet);
    if (names !== "r") {
        item.rest = false;
        item.notes = names.split("+").map((name) => noteOf(score, name, tick, tie !== "", before[before.length - 1]));
    }
    if (syllable)
        item.lyrics.push(syllableOf(syllable, before));
    if (fermata)
        score.state.annotations.push(
            { tick: tick, track: (score.state.parts.length - 1) * VOICES, kind: "FERMATA", text: "" });
    return item;
}

function noteOf(score, name, tick, tie, before) {
    const { pitch, tpc } = pitchOf(name);
    const tied = before !== undefined && before.notes.some((note) => note.pitch === pitch && note.tieForward);
    return Object.assign(score.note(pitch, tick), { tpc1: tpc, tpc2: tpc, tieBack: tied, tieForward: tie });
}

function syllableOf(text, items) {
    const sung = items.filter((item) => item.lyrics.length);
    const goesOn = sung.length > 0 && [1, 3].includes(sung[sung.length - 1].lyrics[0].syllabic);
    const more = text.endsWith("-");
    const syllabic = goesOn ? (more ? 3 : 2) : (more ? 1 : 0);  // as the program counts them
    return { text: text.replace(/-$/, ""), syllabic: syllabic, verse: 0 };
}

/** A track as such text, with a | at every barline; R is a rest that is the whole measure's. */
export function textOf(score, track) {
    const bars = score.state.measures.map((measure) => {
        const words = [];
        let tuplet = 0;
        for (const item of score.state.tracks[track]) {
            if (item.tick < measure.tick || item.tick >= measure.tick + measure.ticks)
                continue;
            if (item.tuplet !== tuplet && tuplet)
                words.push("}");
            if (item.tuplet !== tuplet && item.tuplet) {
                const { ratio, ticks } = score.state.tuplets[item.tuplet];
                words.push("{" + ratio.join("/") + ":" + reduced(ticks, WHOLE).join("/"));
            }
            tuplet = item.tuplet;
            words.push(wordOf(score, item, track));
        }
        return words.concat(tuplet ? ["}"] : []).join(" ");
    });
    return bars.join(" | ");
}

function wordOf(score, item, track) {
    if (item.wholeMeasure && item.rest)
        return "R";
    const names = item.notes.map((note) => nameOf(note.pitch, note.tpc1)).join("+") || "r";
    const tie = item.notes.some((note) => note.tieForward) ? "~" : "";
    const fermata = score.state.annotations.some(
        (a) => a.kind === "FERMATA" && a.tick === item.tick && a.track === track) ? "^" : "";
    const sung = item.lyrics.map(
        (lyric) => '="' + lyric.text + ([1, 3].includes(lyric.syllabic) ? "-" : "") + '"').join("");
    return names + ":" + item.duration.join("/") + tie + fermata + sung;
}
