// Loads the plugin's scripts into Node as QML does: `.import` lines load others, each once.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const FOLDER = path.join(__dirname, "..", "..", "..", "plugin", "musescore");
const IMPORT = /^\.import "(\w+\.js)" as (\w+)$/;
const NAMES = /^(?:function|var) (\w+)/gm;

const loaded = {};

function load(name) {
    if (!loaded[name]) {
        const code = fs.readFileSync(path.join(FOLDER, name), "utf8");
        const lines = code.split("\n");
        const imports = lines.map((line) => IMPORT.exec(line)).filter(Boolean);
        const body = lines.map((line) => line.startsWith(".") ? "" : line).join("\n");
        const names = [...body.matchAll(NAMES)].map((found) => found[1]);
        const make = vm.runInThisContext(
            `(function (${imports.map((found) => found[2]).join(", ")}) {${body}\nreturn {${names.join(", ")}};})`,
            {filename: name});
        loaded[name] = make(...imports.map((found) => load(found[1])));
    }
    return loaded[name];
}

// -- music for tests -----------------------------------------------------------------------------------------

const QUARTER = 480;
const CHOIR = ["soprano", "alto", "tenor", "bass"];
const VOICES = { // of ensembles beside the mixed choir, highest first
    sab: ["soprano", "alto", "baritone"], ttbb: ["tenor 1", "tenor 2", "bass 1", "bass 2"],
    barbershop: ["tenor", "lead", "baritone", "bass"], sa: ["soprano", "alto"],
    satbb: ["soprano", "alto", "tenor", "bass 1", "bass 2"]
};

// Measures of a meter: measures("3/4", 4, {pickup: 480}).
function measures(meter, count, {pickup = 0, fifths = 0} = {}) {
    const [numerator, denominator] = meter.split("/").map(Number);
    const full = numerator * 4 * QUARTER / denominator;
    const lengths = (pickup ? [pickup] : []).concat(Array(count).fill(full));
    let tick = 0;
    const found = lengths.map((ticks) => {
        const measure = {tick, ticks, full, meter, fifths, uncounted: false, offset: 0};
        tick += ticks;
        return measure;
    });
    load("measures.js").numbers(found).forEach((number, index) => {
        found[index].number = number;
    });
    return found;
}

const STEPS = {C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11};

// Events of a line from text: "C5:1 D5:1/2 r:1/2 | E5:1~ E5:1", lengths in quarters, ~ ties to the next.
function events(text, start = 0) {
    let tick = start;
    return text.split(/[\s|]+/).filter(Boolean).map((word) => {
        const [, name, length, tie] = /^([A-G][#b]?\d|r):([\d/.]+)(~?)$/.exec(word);
        const [over, under = 1] = length.split("/").map(Number);
        const event = {tick, ticks: Math.round(over / under * QUARTER), rest: name === "r"};
        tick += event.ticks;
        return event.rest ? event : noteEvent(event, name, tie === "~");
    });
}

function noteEvent(event, name, tie) {
    const {tpc, pitch} = load("spelling.js").parse(name);
    return {...event, pitches: [pitch], spellings: [tpc], tie, fermata: false, transposed: 0};
}

function line(staff, part, text, {voice = 0, start = 0} = {}) {
    const assigned = voice === 0 && CHOIR.includes(part.toLowerCase()) ? part.toLowerCase() : null;
    const leads = assigned === "soprano"; // as ripieno would find
    return {staff, voice, part, partNumber: staff + 1, name: part, events: events(text, start), assigned, leads};
}

// An ensemble as ripieno lists it.
function ensemble(name) {
    const voices = VOICES[name];
    const sounds = Object.fromEntries(voices.map((voice) => [voice, "voice." + voice.split(" ")[0]]));
    return {name, title: name.toUpperCase(), voices, melody: name === "barbershop" ? "lead" : voices[0], sounds};
}

function score(bars, lines, selection = null, whose = load("lines.js").MIXED_CHOIR) {
    load("lines.js").setNames(lines);
    const staves = Math.max(...lines.map((own) => own.staff)) + 1;
    return {measures: bars, lines, ensemble: whose, selection, staves, ties: {}};
}

// An event of a reply: replyEvent("A4", 0, "1/4").
function replyEvent(name, tick, duration, more = {}) {
    const [over, under] = duration.split("/").map(Number);
    const [actual, normal] = (more.tuplet || "1/1").split("/").map(Number);
    return {
        tick, ticks: Math.round(over / under * 4 * QUARTER * normal / actual), duration,
        pitch: name === "r" ? null : load("spelling.js").parse(name).pitch, spelling: name === "r" ? null : name,
        tie: false, tuplet: null, lyric: null, syllabic: null, ...more
    };
}

function reply(bars, voices, more = {}) {
    return {
        id: "x", seed: 5, model: "m", complete: true, remarks: [],
        measures: bars.map(({tick, ticks, number, meter}) => ({tick, ticks, number, meter})),
        alternatives: [{
            voices: Object.entries(voices).map(([voice, own]) => ({voice, events: own})), faults: [], originality: null
        }],
        ...more
    };
}

module.exports = {load, FOLDER, QUARTER, ensemble, measures, events, line, score, replyEvent, reply};
