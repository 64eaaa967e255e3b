"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load, ensemble, measures, line, score, replyEvent, reply, QUARTER} = require("./scripts.js");

const replies = load("validate_reply.js");
const choices = load("choices.js");
const plans = load("plan.js");

const CAN = {parts: true, tuplets: true};
const SETTINGS = {bars: 2, alternatives: 1};

function planned(own, voices, {task = "harmonize", abilities = CAN, bars = own.measures} = {}) {
    const job = choices.job(choices.offer(task, own), SETTINGS);
    const made = reply(bars, voices);
    assert.equal(replies.problem(task, made, own.ensemble.voices), null);
    return plans.plan(job, made, 0, abilities);
}

function duet(alto = "r:4 r:4", bars = measures("4/4", 2), soprano = "C5:4 D5:4") {
    return score(bars, [line(0, "Soprano", soprano), line(1, "Alto", alto)]);
}

function quotient(text) {
    const [over, under] = text.split("/").map(Number);
    return over / under;
}

// A voice's steps in short: [tick, pitch, "3/8" of a whole note in lowest terms].
function steps(plan, voice = "alto") {
    const own = plan.voices.find((each) => each.voice === voice);
    return own.runs.map((run) => run.map((step) => step.tuplet ?
        [step.tick, `${step.tuplet.actual}/${step.tuplet.normal}`, step.ticks, step.steps.length] :
        [step.tick, step.pitch, step.ticks / QUARTER / 4]));
}

test("to regenerate a selection touches no rest outside it", () => {
    const own = score(measures("4/4", 2), [line(0, "Soprano", "C5:4 D5:4"), line(1, "Alto", "A4:1 A4:1 r:2 | A4:4")],
        {start: 0, end: 960, firstStaff: 1, lastStaff: 1});
    const plan = planned(own, {alto: [replyEvent("F4", 0, "1/2"), replyEvent("r", 960, "1/2")]}, {task: "infill"});
    assert.deepEqual(steps(plan), [[[0, 65, 0.5]]]);
});

test("notes and rests become steps in one run", () => {
    const plan = planned(duet(), {alto: [
        replyEvent("F4", 0, "1/4"), replyEvent("r", 480, "1/8"), replyEvent("G#4", 720, "1/8"),
        replyEvent("A4", 960, "1/2"), replyEvent("F4", 1920, "1/1")
    ]});
    assert.deepEqual(steps(plan),
        [[[0, 65, 0.25], [480, null, 0.125], [720, 68, 0.125], [960, 69, 0.5], [1920, 65, 1]]]);
    assert.deepEqual(plan.voices[0].chords.map((chord) => [chord.tick, chord.tpc]),
        [[0, 13], [720, 22], [960, 17], [1920, 13]]);
});

for (const [first, second, expected, cut] of [
    ["1/4", "1/4", [[1440, 65, 0.5]], 0],
    ["1/4", "1/2", [[1440, 65, 0.75]], 0],
    ["1/2", "3/8", [[960, 65, 0.875]], 0],
    ["1/2", "1/8", [[960, 65, 0.5], [1920, 65, 0.125]], 1],
    ["3/4", "1/2", [[480, 65, 0.75], [1920, 65, 0.5]], 1],
    ["1/1", "1/4", [[0, 65, 1], [1920, 65, 0.25]], 1],
    ["1/16", "1/1", [[1800, 65, 0.0625], [1920, 65, 1]], 1]
]) {
    test(`${first} tied over a barline to ${second} is ${cut ? "struck again there" : "one note"}`, () => {
        const begin = 1920 - quotient(first) * 1920;
        const plan = planned(duet(), {alto: [replyEvent("F4", begin, first, {tie: true}), replyEvent("F4", 1920, second)]});
        assert.deepEqual(steps(plan), [expected]);
        assert.equal(plan.voices[0].cut, cut);
        assert.deepEqual(plan.voices[0].chords.map((chord) => chord.tick), [begin, 1920]);
    });
}

test("no step is longer or shorter than its notes together, and each is one note value", () => {
    const values = ["1/16", "1/8", "3/16", "1/4", "3/8", "1/2", "3/4", "7/8", "1/1"];
    const m = load("measures.js");
    for (const first of values) {
        for (const second of values) {
            const begin = 1920 - quotient(first) * 1920;
            const plan = planned(duet(), {alto: [replyEvent("F4", begin, first, {tie: true}), replyEvent("F4", 1920, second)]});
            const own = plan.voices[0].runs[0];
            assert.equal(own.reduce((sum, step) => sum + step.ticks, 0), (quotient(first) + quotient(second)) * 1920);
            assert.ok(own.every((step) => m.isNoteLength(step.ticks)), `${first} ${second}`);
        }
    }
});

test("a note over two barlines is one step where it is one value", () => {
    const bars = measures("2/4", 3);
    const plan = planned(duet("r:2 r:2 r:2", bars, "C5:2 C5:2 C5:2"), {alto: [
        replyEvent("F4", 480, "1/4", {tie: true}), replyEvent("F4", 960, "1/2", {tie: true}), replyEvent("F4", 1920, "1/4")
    ]});
    assert.deepEqual(steps(plan), [[[480, 65, 1]]]);
});

test("a note over three barlines is as few steps as can be", () => {
    const bars = measures("3/4", 4);
    const plan = planned(duet("r:3 r:3 r:3 r:3", bars, "C5:3 C5:3 C5:3 C5:3"), {alto: [
        replyEvent("F4", 0, "3/4", {tie: true}), replyEvent("F4", 1440, "3/4", {tie: true}),
        replyEvent("F4", 2880, "3/4", {tie: true}), replyEvent("F4", 4320, "1/2")
    ]});
    assert.deepEqual(steps(plan), [[[0, 65, 1.5], [2880, 65, 0.75], [4320, 65, 0.5]]]);
    assert.equal(plan.voices[0].cut, 2);
});

test("a tie that leads to another pitch, or to nothing, joins nothing", () => {
    const plan = planned(duet(), {alto: [
        replyEvent("F4", 0, "1/1", {tie: true}), replyEvent("G4", 1920, "1/1", {tie: true})
    ]});
    assert.deepEqual(steps(plan), [[[0, 65, 1], [1920, 67, 1]]]);
});

test("a triplet is one step, and so is each of two", () => {
    const triplet = (tick) => [0, 1, 2].map((index) =>
        replyEvent("F4", tick + index * 160, "1/8", {tuplet: "3/2"}));
    const plan = planned(duet(), {alto: [...triplet(0), ...triplet(480), replyEvent("F4", 960, "1/2")]});
    assert.deepEqual(steps(plan), [[[0, "3/2", 480, 3], [480, "3/2", 480, 3], [960, 65, 0.5]]]);
});

test("a triplet of unequal notes is full when its values are", () => {
    const plan = planned(duet(), {alto: [
        replyEvent("F4", 0, "1/4", {tuplet: "3/2"}), replyEvent("r", 320, "1/8", {tuplet: "3/2"}), replyEvent("F4", 480, "1/4")
    ]});
    assert.deepEqual(steps(plan), [[[0, "3/2", 480, 2], [480, 65, 0.25]]]);
});

test("a tuplet that is not full is refused", () =>
    assert.throws(() => planned(duet(), {alto: [replyEvent("F4", 0, "1/8", {tuplet: "3/2"})]}), /tuplet that is not full/));

test("before MuseScore 3.5 a tuplet is refused", () =>
    assert.throws(() => planned(duet(), {alto: [
        replyEvent("F4", 0, "1/4", {tuplet: "3/2"}), replyEvent("F4", 320, "1/8", {tuplet: "3/2"})
    ]}, {abilities: {parts: false, tuplets: false}}), /from MuseScore 3.5 on/));

test("of a selection the ticks are the score's again", () => {
    const own = duet();
    own.selection = {start: 1920, end: 3840, firstStaff: 0, lastStaff: 1};
    const plan = planned(own, {alto: [replyEvent("F4", 0, "1/1")]}, {bars: measures("4/4", 1)});
    assert.deepEqual(steps(plan), [[[1920, 65, 1]]]);
});

test("where a half-written voice is filled, its notes stand between the runs", () => {
    const own = duet("r:4 F4:4 r:4", measures("4/4", 3), "C5:4 C5:4 C5:4");
    const plan = planned(own, {alto: [replyEvent("E4", 0, "1/1"), replyEvent("G4", 3840, "1/1")]});
    assert.deepEqual(steps(plan), [[[0, 64, 1]], [[3840, 67, 1]]]);
});

test("what would change a kept note is never written", () => {
    const own = duet("F4:4 r:4");
    assert.throws(() => planned(own, {alto: [replyEvent("E4", 0, "1/1")]}), /a note that you keep, in measure 1/);
});

test("a voice that is kept, left out, or the melody is never written, whatever the reply says", () => {
    const own = score(measures("4/4", 2), [
        line(0, "Soprano", "C5:4 D5:4"), line(1, "Alto", "F4:4 F4:4"), line(2, "Tenor", "r:4 r:4")
    ]);
    const all = [replyEvent("C3", 0, "1/1")];
    const plan = planned(own, {soprano: all, alto: all, tenor: all});
    assert.deepEqual(plan.voices.map((each) => each.voice), ["tenor"]);
});

test("continuing appends the measures that are missing, and goes on in every voice", () => {
    const own = duet("F4:4 F4:4");
    const plan = planned(own, {soprano: [replyEvent("C5", 3840, "1/1")], alto: [replyEvent("F4", 3840, "1/1")]},
        {task: "continue", bars: measures("4/4", 4)});
    assert.equal(plan.appended, 2);
    assert.deepEqual(plan.voices.map((each) => each.voice), ["soprano", "alto"]);
});

test("continuing uses the empty measures that are there, if they are as long", () => {
    const own = duet("F4:4 r:4", measures("4/4", 2), "C5:4 r:4");
    const plan = planned(own, {alto: [replyEvent("F4", 1920, "1/1")]}, {task: "continue", bars: measures("4/4", 3)});
    assert.equal(plan.appended, 1);
    const shorter = {...measures("3/4", 1)[0], tick: 1920, number: 2};
    const other = duet("F4:4 r:3", [...measures("4/4", 1), shorter], "C5:4 r:3");
    assert.throws(() => planned(other, {alto: [replyEvent("F4", 1920, "1/1")]},
        {task: "continue", bars: measures("4/4", 3)}), /Measure 2 is not as long/);
});

test("a new voice of another ensemble has the sound of its part", () => {
    const own = score(measures("4/4", 1), [line(0, "Tune", "A3:4")], null, ensemble("ttbb"));
    const plan = planned(own, {"tenor 2": [replyEvent("F3", 0, "1/1")], "bass 2": [replyEvent("F2", 0, "1/1")]});
    assert.deepEqual(plan.voices.map((each) => [each.voice, each.sound]),
        [["tenor 2", "voice.tenor"], ["bass 2", "voice.bass"]]);
});

// -- replies that make no sense ------------------------------------------------------------------------------

const CHOIR = load("lines.js").MIXED_CHOIR.voices;
const GOOD = reply(measures("4/4", 1), {alto: [replyEvent("F4", 0, "1/1", {lyric: "la", syllabic: "single"})]});

function broken(change) {
    const copy = structuredClone(GOOD);
    change(copy, copy.alternatives[0], copy.alternatives[0].voices[0], copy.alternatives[0].voices[0].events[0]);
    return copy;
}

test("a good reply has no problem", () => assert.equal(replies.problem("harmonize", GOOD, CHOIR), null));

for (const [what, wrong] of Object.entries({
    "nothing": null, "a text": "hello", "a list": [], "no alternative": {...GOOD, alternatives: []},
    "no measures": {...GOOD, measures: null},
    "measures with a gap": broken((all) => { all.measures[0].tick = 5; }),
    "no voices": broken((all, one) => { delete one.voices; }),
    "an empty alternative": broken((all) => { all.alternatives[0] = null; }),
    "a voice that its ensemble has not": broken((all, one, voice) => { voice.voice = "kazoo"; }),
    "no events": broken((all, one, voice) => { voice.events = "E4"; }),
    "a negative time": broken((all, one, voice, event) => { event.tick = -1; }),
    "half a tick": broken((all, one, voice, event) => { event.tick = 0.5; }),
    "a note beyond the end": broken((all, one, voice, event) => { event.tick = 480; }),
    "no length": broken((all, one, voice, event) => { event.ticks = 0; }),
    "a length that is not the written one": broken((all, one, voice, event) => { event.ticks = 480; }),
    "a duration that is none": broken((all, one, voice, event) => { event.duration = "long"; }),
    "a pitch that is none": broken((all, one, voice, event) => { event.pitch = 128; }),
    "a spelling of another pitch": broken((all, one, voice, event) => { event.spelling = "G4"; }),
    "a tuplet that is none": broken((all, one, voice, event) => { event.tuplet = "3"; }),
    "events that overlap": broken((all, one, voice, event) => { voice.events.push({...event}); }),
    "a word of no kind": broken((all, one, voice, event) => { event.syllabic = "last"; }),
    "remarks that are none": {...GOOD, remarks: "none"},
    "a difference that is no text": broken((all, one) => { one.difference = 2; }),
    "an originality that says nothing": broken((all, one) => { one.originality = {}; }),
    "no faults": broken((all, one) => { one.faults = null; }),
    "a fault without a sentence": broken((all, one) => { one.faults = [{voices: [], tick: 0, rule: "x"}]; })
})) {
    test(`a reply with ${what} is refused`, () => assert.equal(typeof replies.problem("harmonize", wrong, CHOIR), "string"));
}

test("a check's reply is its faults alone", () => {
    assert.equal(replies.problem("check", {faults: []}, CHOIR), null);
    assert.equal(typeof replies.problem("check", {}, CHOIR), "string");
});
