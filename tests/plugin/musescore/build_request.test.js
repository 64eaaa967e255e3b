"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load, ensemble, measures, line, score, QUARTER} = require("./scripts.js");

const request = load("build_request.js");
const choices = load("choices.js");

const SETTINGS = {
    model: "", key: "", phrases: "", style: "", temperature: "", alternatives: 3, seed: "", bars: 4, lyrics: true,
    mark: false
};

function body(task, own, settings = {}, change = (offer) => offer) {
    const offer = change(choices.offer(task, own));
    return request.body(choices.job(offer, {...SETTINGS, ...settings}), "an-id");
}

function pitches(voice) {
    return voice.events.map((event) => [event.tick, event.ticks, event.spelling ?? "r"]);
}

test("a melody with a pickup is sent with its measures, keys and words, its true lengths and ties", () => {
    const own = score(measures("3/4", 2, {pickup: QUARTER, fifths: -2}), [
        line(0, "Soprano", "F4:1 | Bb4:1 C5:1/3 D5:1/3 Eb5:1/3 F5:1~ | F5:1 r:2")
    ]);
    Object.assign(own.lines[0].events[0], {lyric: "Oh", syllabic: 1,
        verses: [{verse: 2, lyric: "Ah", syllabic: 0}]});
    own.lines[0].events[6].fermata = true;
    const sent = body("harmonize", own);
    assert.deepEqual(sent.measures.map((each) => [each.number, each.tick, each.ticks, each.meter, each.fifths]),
        [[0, 0, 480, "3/4", -2], [1, 480, 1440, "3/4", -2], [2, 1920, 1440, "3/4", -2]]);
    assert.deepEqual(sent.voices.map((voice) => voice.voice), ["soprano"]);
    assert.deepEqual(pitches(sent.voices[0]), [
        [0, 480, "F4"], [480, 480, "Bb4"], [960, 160, "C5"], [1120, 160, "D5"], [1280, 160, "Eb5"],
        [1440, 480, "F5"], [1920, 480, "F5"], [2400, 960, "r"]
    ]);
    assert.deepEqual(sent.voices[0].events[0],
        {tick: 0, ticks: 480, pitch: 65, spelling: "F4", tie: false, fermata: false, lyric: "Oh", syllabic: "begin",
            verses: [{verse: 2, lyric: "Ah", syllabic: "single"}]});
    assert.deepEqual(sent.voices[0].events.map((event) => event.tie).slice(5), [true, false, undefined]);
    assert.equal(sent.voices[0].events[6].fermata, true);
    assert.deepEqual(sent.voices[0].events[7], {tick: 2400, ticks: 960});
});

test("meter and key may change inside", () => {
    const bars = measures("4/4", 1, {fifths: 1}).concat(measures("6/8", 1, {fifths: -1}));
    bars[1].tick = 1920;
    const sent = body("harmonize", score(bars, [line(0, "Soprano", "C5:4 D5:3")]));
    assert.deepEqual(sent.measures.map((each) => [each.tick, each.ticks, each.meter, each.fifths]),
        [[0, 1920, "4/4", 1], [1920, 1440, "6/8", -1]]);
});

test("what nobody set is left out, so that ripieno's defaults count", () => {
    const sent = body("harmonize", score(measures("4/4", 1), [line(0, "Soprano", "C5:4")]));
    assert.deepEqual(Object.keys(sent).sort(),
        ["alternatives", "given", "id", "lyrics", "measures", "ticks_per_quarter", "ties", "voices"]);
    assert.deepEqual([sent.id, sent.ties, sent.lyrics, sent.alternatives], ["an-id", "barlines", true, 3]);
    assert.deepEqual(sent.given, ["soprano"]);
});

test("key and style are sent where they are set, phrases where there is a tune to divide", () => {
    const own = score(measures("4/4", 1), [line(0, "Soprano", "C5:4")]);
    const set = {key: "E minor", phrases: " 2, 4.3 ", style: "hymn"};
    const sent = (task) => {
        const made = body(task, own, set);
        return ["key", "phrases", "style"].map((name) => made[name]);
    };
    assert.deepEqual(sent("harmonize"), ["E minor", "2, 4.3", "hymn"]);
    assert.deepEqual(sent("infill"), ["E minor", "2, 4.3", "hymn"]);
    assert.deepEqual(sent("continue"), ["E minor", undefined, "hymn"]);
    assert.deepEqual(sent("check"), [undefined, undefined, undefined]);
});

test("seed 0 and temperature 0 are values", () => {
    const sent = body("harmonize", score(measures("4/4", 1), [line(0, "Soprano", "C5:4")]),
        {seed: "0", temperature: "0", model: "bachbot-chorales"});
    assert.deepEqual([sent.seed, sent.temperature, sent.model], [0, 0, "bachbot-chorales"]);
});

test("a temperature may have a comma", () =>
    assert.equal(body("harmonize", score(measures("4/4", 1), [line(0, "Soprano", "C5:4")]),
        {temperature: "0,8"}).temperature, 0.8));

const TABLE = {
    temperature: {key: "temperature", kind: "number", minimum: 0, maximum: 2, exclusive: false, label: "Temperature"},
    alternatives: {key: "alternatives", kind: "whole", minimum: 1, maximum: 16, exclusive: false, label: "Versions"},
    seed: {key: "seed", kind: "whole", minimum: 0, maximum: 99, exclusive: false, label: "Seed"},
    bars: {key: "bars", kind: "whole", minimum: 1, maximum: 512, exclusive: false, label: "Measures"}
};

for (const [settings, text] of [
    [{temperature: "hot"}, 'Temperature "hot" is impossible; give a number from 0 to 2, or nothing.'],
    [{temperature: "2.1"}, 'Temperature "2.1" is impossible; give a number from 0 to 2, or nothing.'],
    [{seed: "-1"}, 'Seed "-1" is impossible; give a whole number from 0 to 99, or nothing.'],
    [{seed: "1.5"}, 'Seed "1.5" is impossible; give a whole number from 0 to 99, or nothing.'],
    [{seed: "100"}, 'Seed "100" is impossible; give a whole number from 0 to 99, or nothing.'],
    [{alternatives: 17}, 'Versions "17" is impossible; give a whole number from 1 to 16, or nothing.'],
    [{bars: 513}, 'Measures "513" is impossible; give a whole number from 1 to 512, or nothing.']
]) {
    test(`${JSON.stringify(settings)} is refused before anything is sent`, () =>
        assert.equal(request.problem({...SETTINGS, ...settings}, TABLE), text));
}

test("good settings have no problem", () =>
    assert.equal(request.problem({...SETTINGS, temperature: "1", seed: "99"}, TABLE), null));

test("before the table is there only what is no number is refused", () => {
    assert.equal(request.problem({...SETTINGS, temperature: "77", seed: "-1", bars: 0}, {}), null);
    assert.equal(request.problem({...SETTINGS, seed: "x"}, {}), 'Seed "x" is impossible; give a number, or nothing.');
});

const HALF = score(measures("4/4", 3), [
    line(0, "Soprano", "C5:4 D5:4 E5:4"), line(1, "Alto", "E4:4 r:4 r:4"), line(2, "Bass", "C3:4 B2:4 C3:4")
]);

test("where a half-written voice is filled, all notes stand, and no list says which voices do", () => {
    const sent = body("harmonize", HALF);
    assert.deepEqual(sent.voices.map((voice) => voice.voice), ["soprano", "alto", "bass"]);
    assert.equal("given" in sent, false);
});

test("a voice that is regenerated is not sent", () => {
    const sent = body("harmonize", HALF, {}, (offer) => choices.withRow(offer, 0,
        offer.rows[0].choices.findIndex((choice) => choice.kind === "anew")));
    assert.deepEqual(sent.given, ["soprano", "bass"]);
    assert.deepEqual(sent.voices.map((voice) => voice.voice), ["soprano", "bass"]);
});

test("of a selection in the middle whole measures are sent, from tick 0", () => {
    const own = {...HALF, selection: {start: 2400, end: 2500, firstStaff: 0, lastStaff: 2}};
    const sent = body("harmonize", own);
    assert.deepEqual(sent.measures, [{number: 2, tick: 0, ticks: 1920, meter: "4/4", fifths: 0, mode: null}]);
    assert.deepEqual(pitches(sent.voices[0]), [[0, 1920, "D5"]]);
});

test("a selection to the end of the score includes its last measure", () => {
    const own = {...HALF, selection: {start: 1920, end: 5760, firstStaff: 0, lastStaff: 2}};
    assert.deepEqual(body("harmonize", own).measures.map((each) => each.number), [2, 3]);
});

test("a note that sounds out of the selection ends with it, untied", () => {
    const own = score(measures("4/4", 2), [line(0, "Soprano", "C5:4~ | C5:4")],
        {start: 0, end: 1920, firstStaff: 0, lastStaff: 0});
    const [event] = body("harmonize", own).voices[0].events;
    assert.deepEqual([event.ticks, event.tie], [1920, false]);
});

test("to regenerate a selection the whole score is sent, with the selection in its ticks", () => {
    const own = {...HALF, selection: {start: 2000, end: 3000, firstStaff: 1, lastStaff: 1}};
    const sent = body("infill", own);
    assert.equal(sent.measures.length, 3);
    assert.deepEqual([sent.selection, sent.anew], [[2000, 3000], ["alto"]]);
    assert.deepEqual(sent.voices.map((voice) => voice.voice), ["soprano", "alto", "bass"]);
    assert.equal("given" in sent, false);
});

test("to continue the number of measures is said", () => {
    const sent = body("continue", HALF, {bars: 7});
    assert.equal(sent.bars, 7);
    assert.deepEqual(sent.voices.map((voice) => voice.voice), ["soprano", "alto", "bass"]);
});

test("where the default is not known, ripieno says how many measures are added", () =>
    assert.equal("bars" in body("continue", HALF, {bars: 0}), false));

const [LED, SILENT] = ["A3:4 A3:4", "r:4 r:4"];
const MEN = score(measures("4/4", 2), ["Tenor 1", "Tenor 2", "Bass 1", "Bass 2"].map((part, staff) =>
    ({...line(staff, part, staff === 1 ? LED : SILENT), assigned: part.toLowerCase()})), null, ensemble("ttbb"));

test("the ensemble is named in every request, a mixed choir that nobody named in none", () => {
    for (const task of ["harmonize", "continue", "check"]) {
        assert.equal(body(task, MEN).ensemble, "ttbb");
        assert.equal("ensemble" in body(task, HALF), false);
    }
    assert.deepEqual(body("harmonize", MEN).voices.map((voice) => voice.voice), ["tenor 2"]);
    assert.deepEqual(body("harmonize", MEN).given, ["tenor 2"]);
});

test("of a chord in the lowest voice of any ensemble the lowest note is read", () => {
    const own = score(measures("4/4", 1), [line(0, "Bass 2", "E3:4")], null, ensemble("ttbb"));
    Object.assign(own.lines[0], {assigned: "bass 2"});
    Object.assign(own.lines[0].events[0], {pitches: [48, 52], spellings: [14, 18]});
    assert.equal(body("check", own).voices[0].events[0].spelling, "C3");
});

test("to check nothing is set", () =>
    assert.deepEqual(Object.keys(body("check", HALF)).sort(), ["id", "measures", "ticks_per_quarter", "voices"]));

test("of a chord the top note is read, of the bass's the lowest, and they are counted", () => {
    const own = score(measures("4/4", 1), [line(0, "Soprano", "C5:4"), line(1, "Bass", "E3:4")]);
    Object.assign(own.lines[0].events[0], {pitches: [64, 72], spellings: [18, 14]});
    Object.assign(own.lines[1].events[0], {pitches: [48, 52], spellings: [14, 18]});
    const job = choices.job(choices.offer("check", own), SETTINGS);
    const sent = request.body(job, "x");
    assert.deepEqual(sent.voices.map((voice) => voice.events[0].spelling), ["C5", "C3"]);
    assert.equal(request.countChords(job), 2);
});

test("ids have only letters that ripieno takes, and differ", () => {
    const ids = Array.from({length: 50}, request.newId);
    assert.ok(ids.every((id) => /^[A-Za-z0-9_-]{1,64}$/.test(id)));
    assert.equal(new Set(ids).size, 50);
});
