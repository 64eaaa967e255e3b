"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load, ensemble, measures, line, score, QUARTER} = require("./scripts.js");

const choices = load("choices.js");
const lines = load("lines.js");
const texts = load("texts.js");
const SETTINGS = {bars: 2};
const CAN = {parts: true, tuplets: true};
const TUNE = "C5:4 | D5:4 | E5:4 | C5:4";
const FULL = "E4:4 | F4:4 | G4:4 | E4:4";
const EMPTY = "r:4 r:4 r:4 r:4";

function choir(alto = EMPTY, tenor = EMPTY, bass = EMPTY, soprano = TUNE) {
    return score(measures("4/4", 4), [
        line(0, "Soprano", soprano), line(1, "Alto", alto), line(2, "Tenor", tenor), line(3, "Bass", bass)
    ]);
}

function chosen(offer) {
    return Object.fromEntries(offer.rows.map((row) => [row.voice, row.choices[row.index].text]));
}

function kinds(offer, voice) {
    return offer.rows.find((row) => row.voice === voice).choices.map((choice) => choice.kind);
}

function withKind(offer, voice, kind, staff) {
    const row = offer.rows.findIndex((each) => each.voice === voice);
    const index = offer.rows[row].choices.findIndex((choice) =>
        choice.kind === kind && (staff === undefined || choice.line.staff === staff));
    assert.ok(index >= 0, `${voice} cannot be ${kind}`);
    return choices.withRow(offer, row, index);
}

function problem(offer, abilities = CAN, settings = SETTINGS) {
    return choices.problem(choices.job(offer, settings), abilities);
}

function selected(own, start, end, firstStaff = 0, lastStaff = firstStaff) {
    return {...own, selection: {start, end, firstStaff, lastStaff}};
}

// -- names ---------------------------------------------------------------------------------------------------

test("lines of one name are told apart, second voices named", () => {
    const own = score(measures("4/4", 1), [
        line(0, "Piano", "C5:4"), line(1, "Piano", "C4:4"), line(1, "Piano", "E3:4", {voice: 1}),
        line(2, "Flute", "r:4")
    ]);
    assert.deepEqual(own.lines.map((each) => each.name),
        ["Piano (staff 1)", "Piano (staff 2)", "Piano, voice 2", "Flute"]);
});

// -- harmonize -----------------------------------------------------------------------------------------------

test("a melody alone gets three new staves", () => {
    const offer = choices.offer("harmonize", score(measures("4/4", 4), [line(0, "Flute", TUNE)]));
    assert.equal(offer.melodyVoice, "soprano");
    assert.deepEqual(chosen(offer), {alto: "New staff", tenor: "New staff", bass: "New staff"});
    assert.equal(problem(offer), null);
});

test("empty staves that are named are written on", () => {
    const offer = choices.offer("harmonize", choir());
    assert.deepEqual(chosen(offer), {alto: "Alto: write", tenor: "Tenor: write", bass: "Bass: write"});
});

test("a staff with notes is kept, a half-written one filled", () => {
    const offer = choices.offer("harmonize", choir("E4:4 r:4 r:4 r:4", EMPTY, FULL));
    assert.deepEqual(chosen(offer),
        {alto: "Alto: fill its empty measures", tenor: "Tenor: write", bass: "Bass: keep its notes"});
    assert.deepEqual(kinds(offer, "bass").filter((kind) => kind === "fill").length, 1); // the alto's
});

test("a staff that is silent where the melody is has no gap", () => {
    const offer = choices.offer("harmonize", choir("E4:4 r:4 G4:4 E4:4", EMPTY, EMPTY, "C5:4 r:4 E5:4 C5:4"));
    assert.equal(chosen(offer).alto, "Alto: keep its notes");
});

test("a note held over a measure fills it", () => {
    const offer = choices.offer("harmonize", choir("E4:8 r:4 G4:4", EMPTY, EMPTY, "C5:4 C5:4 r:4 C5:4"));
    assert.equal(chosen(offer).alto, "Alto: keep its notes");
});

function nameless() {
    return score(measures("4/4", 4), [TUNE, EMPTY, EMPTY, EMPTY].map((text, staff) => line(staff, "Voice", text)));
}

test("which lines are which voices is what ripieno says", () => {
    const own = nameless();
    assert.deepEqual(chosen(choices.offer("harmonize", own)),
        {alto: "New staff", tenor: "New staff", bass: "New staff"});
    const voices = ["alto", "soprano", "bass", null];
    lines.setVoices(own, {lines: voices.map((voice) => ({voice, left: null})), melody: 0});
    const offer = choices.offer("harmonize", own);
    assert.equal(offer.melodyVoice, "alto");
    assert.deepEqual(chosen(offer),
        {soprano: "Voice (staff 2): write", tenor: "New staff", bass: "Voice (staff 3): write"});
});

test("an answer about another number of lines changes nothing", () => {
    const own = nameless();
    for (const answer of [undefined, {}, {lines: []}, {lines: [{voice: "bass", left: null}], melody: 0}]) {
        lines.setVoices(own, answer);
        assert.deepEqual(own.lines.map((each) => each.assigned), [null, null, null, null]);
    }
});

test("lines that are read again keep their voices", () => {
    const [before, after] = [nameless(), nameless()];
    const voices = ["soprano", "alto", "tenor", "bass"];
    lines.setVoices(before, {lines: voices.map((voice) => ({voice, left: null})), melody: 0});
    const again = choices.forScore(choices.offer("harmonize", before), after);
    assert.deepEqual(again.score.lines.map((each) => each.assigned), voices);
});

test("the question which lines are which voices has names, words, chords and notes", () => {
    const own = line(2, "Piano", "C5:1 r:1 D5:2");
    own.events[0].lyric = "la";
    own.events[2].pitches = [60, 74];
    const drawn = {
        part: "Piano", part_number: 3, staff: 2, words: true, chords: 1, notes: [[72, QUARTER], [74, 2 * QUARTER]]
    };
    assert.deepEqual(lines.question([own], ""), {lines: [drawn]});
    assert.deepEqual(lines.question([own], "ttbb"), {lines: [drawn], ensemble: "ttbb"});
});

// -- ensembles -----------------------------------------------------------------------------------------------

function answered(own, name, voices, melody = 0) {
    lines.setVoices(own, {lines: voices.map((voice) => ({voice, left: null})), melody, ensemble: ensemble(name)});
    return own;
}

function men() {
    return answered(score(measures("4/4", 4), [
        line(0, "Tenor I", EMPTY), line(1, "Tenor II", TUNE), line(2, "Bass I", EMPTY), line(3, "Bass II", EMPTY)
    ]), "ttbb", ["tenor 1", "tenor 2", "bass 1", "bass 2"], 1);
}

test("the rows are the voices of the ensemble that ripieno found", () => {
    const offer = choices.offer("harmonize", men());
    assert.equal(offer.melodyVoice, "tenor 2");
    assert.deepEqual(chosen(offer),
        {"tenor 1": "Tenor I: write", "bass 1": "Bass I: write", "bass 2": "Bass II: write"});
    assert.equal(problem(offer), null);
});

for (const [name, others] of [["sab", ["alto", "baritone"]], ["sa", ["alto"]],
    ["satbb", ["alto", "tenor", "bass 1", "bass 2"]]]) {
    test(`a melody alone for ${name} gets ${others.length} new staves`, () => {
        const own = answered(score(measures("4/4", 4), [line(0, "Tune", TUNE)]), name, ["soprano"]);
        const offer = choices.offer("harmonize", own);
        assert.deepEqual(chosen(offer), Object.fromEntries(others.map((voice) => [voice, "New staff"])));
        assert.ok(problem(offer, {parts: false, tuplets: false}).includes(`(key I: ${others.join(", ")})`));
    });
}

test("another line than ripieno's melody is the voice that has the melody in the ensemble", () => {
    const own = answered(score(measures("4/4", 4), [line(0, "Bass", FULL), line(1, "Flute", TUNE)]),
        "barbershop", ["bass", null]);
    assert.equal(choices.offer("harmonize", own).melodyVoice, "bass");
    assert.equal(choices.withMelody(choices.offer("harmonize", own), 1).melodyVoice, "lead");
});

test("a score that is read again keeps its ensemble", () => {
    const before = men();
    const after = {...men(), ensemble: lines.MIXED_CHOIR};
    const again = choices.forScore(choices.offer("harmonize", before), after);
    assert.deepEqual([again.score.ensemble.name, again.melodyVoice], ["ttbb", "tenor 2"]);
});

test("an ensemble that makes no sense, and one that needs no name, are a mixed choir", () => {
    const good = ensemble("ttbb");
    for (const wrong of [null, undefined, "ttbb", {...good, voices: []}, {...good, voices: [1, 2]},
        {...good, melody: "kazoo"}, {...good, sounds: null}, {...good, title: 3}]) {
        const own = men();
        lines.setVoices(own, {lines: own.lines.map(() => ({voice: "tenor 1", left: null})), melody: 0, ensemble: wrong});
        assert.equal(own.ensemble, lines.MIXED_CHOIR);
        assert.deepEqual(own.lines.map((each) => each.assigned), [null, null, null, null]);
    }
});

test("what is empty in the selection is written there, though the staff has notes elsewhere", () => {
    const own = selected(choir("E4:4 r:4 r:4 r:4"), 1920, 5760);
    const offer = choices.offer("harmonize", own);
    assert.equal(chosen(offer).alto, "Alto: write");
    assert.deepEqual([offer.span.first, offer.span.last], [1, 2]);
});

test("the melody is the first staff of the selection with notes, and sings what its name says", () => {
    const offer = choices.offer("harmonize", selected(choir(EMPTY, EMPTY, FULL), 0, 1920, 1, 3));
    assert.equal(offer.melodies[offer.melody].name, "Bass");
    assert.equal(offer.melodyVoice, "bass");
    assert.deepEqual(offer.rows.map((row) => row.voice), ["soprano", "alto", "tenor"]);
    assert.equal(chosen(offer).soprano, "Soprano: keep its notes");
});

test("another voice for the melody changes the rows of the others", () => {
    const offer = choices.withVoice(choices.offer("harmonize", choir()), "tenor");
    assert.deepEqual(offer.rows.map((row) => row.voice), ["soprano", "alto", "bass"]);
    assert.equal(chosen(offer).soprano, "New staff");
});

test("an accompaniment is left alone", () => {
    const own = score(measures("4/4", 1), [
        line(0, "Soprano", "C5:4"), line(1, "Alto", "r:4"), line(2, "Piano", "C4:4"), line(3, "Piano", "C3:4")
    ]);
    assert.deepEqual(chosen(choices.offer("harmonize", own)),
        {alto: "Alto: write", tenor: "New staff", bass: "New staff"});
});

test("choices stay when the score is read again, where they are still there", () => {
    const before = withKind(choices.offer("harmonize", choir(FULL)), "alto", "anew");
    assert.equal(chosen(choices.forScore(before, choir(FULL, FULL))).alto, "Alto: regenerate");
    assert.equal(chosen(choices.forScore(before, choir(FULL, FULL))).tenor, "Tenor: keep its notes");
    assert.equal(chosen(choices.forScore(before, choir())).alto, "Alto: write");
});

test("what ripieno wrote is regenerated by the next press, what was kept or filled is not", () => {
    const before = choices.offer("harmonize", choir(EMPTY, EMPTY, "C3:4 r:4 r:4 r:4"));
    const after = choir(FULL, FULL, FULL);
    const offer = choices.afterWriting(before, after, {alto: after.lines[1], tenor: after.lines[2]});
    assert.deepEqual(chosen(offer),
        {alto: "Alto: regenerate", tenor: "Tenor: regenerate", bass: "Bass: keep its notes"});
});

// -- the other tasks -----------------------------------------------------------------------------------------

test("what is selected is regenerated, the rest kept, and the melody is the soprano", () => {
    const offer = choices.offer("infill", selected(choir(FULL, FULL, FULL), 1920, 3840, 1, 2));
    assert.equal(offer.melodies[offer.melody].name, "Soprano");
    assert.deepEqual(chosen(offer),
        {alto: "Alto: regenerate", tenor: "Tenor: regenerate", bass: "Bass: keep"});
    assert.deepEqual([offer.writable.start, offer.writable.end], [1920, 3840]);
    assert.deepEqual([offer.span.start, offer.span.end], [0, 7680]);
    assert.equal(problem(offer), null);
});

test("voices without notes take no part in continuing", () => {
    const offer = choices.offer("continue", choir(EMPTY, EMPTY, FULL));
    assert.deepEqual(chosen(offer), {alto: "None", tenor: "None", bass: "Bass"});
});

test("it goes on after the last note, or after the selection", () => {
    const own = choir(EMPTY, EMPTY, EMPTY, "C5:4 D5:4 r:4 r:4");
    assert.equal(choices.offer("continue", own).span.last, 1);
    assert.equal(choices.offer("continue", selected(own, 0, 1920)).span.last, 0);
    assert.equal(choices.offer("continue", selected(own, 0, 7680)).span.last, 3);
});

test("a score of drums alone offers nothing", () =>
    assert.equal(choices.offer("harmonize", {measures: measures("4/4", 1), lines: [], selection: null}), null));

// -- what stands in the way ----------------------------------------------------------------------------------

const NOTHING = score(measures("4/4", 2), [line(0, "Voice", "r:4 r:4")]);

test("without a melody there is nothing to do, and it says where", () =>
    assert.equal(problem(choices.offer("harmonize", NOTHING)),
        "Voice has no notes in measures 1-2. Write the melody first, or choose another staff."));

test("a voice that is kept and one left out: nothing is missing", () => {
    let offer = choices.offer("harmonize", choir(FULL, FULL, FULL));
    assert.equal(problem(offer), texts.NOTHING_TO_WRITE);
    offer = withKind(offer, "bass", "out");
    assert.equal(problem(offer), texts.NOTHING_TO_WRITE);
});

test("two voices cannot share a line", () => {
    const offer = withKind(choices.offer("harmonize", choir()), "alto", "write", 2);
    assert.equal(problem(offer), "Tenor is chosen for two voices; give each voice a line of its own.");
});

test("where plugins cannot add staves it says how to", () => {
    const offer = choices.offer("harmonize", score(measures("4/4", 4), [line(0, "Flute", TUNE)]));
    assert.match(problem(offer, {parts: false, tuplets: false}), /Add them first \(key I: alto, tenor, bass\)/);
});

test("to regenerate, something must be selected, and a voice be chosen", () => {
    assert.equal(problem(choices.offer("infill", choir(FULL))), texts.NO_SELECTION);
    assert.equal(problem(choices.offer("infill", selected(choir(FULL), 0, 1920))), texts.NOTHING_TO_REGENERATE);
});

test("a selection that would cut a written note in two is refused, and says where", () => {
    const full = choir("E4:1 E4:1 E4:2", "E4:2 E4:2", FULL);
    const offer = choices.offer("infill", selected(full, 0, 480, 1, 3));
    assert.equal(problem(offer),
        "Tenor has a note that begins in the selection and ends after it. Select to its end, then try again.");
    assert.equal(problem(choices.offer("infill", selected(full, 0, 1920, 1, 3))), null);
});

test("it goes on only where nothing stands", () => {
    const own = choir(EMPTY, EMPTY, "C3:4 r:4 r:4 C3:4", "C5:4 D5:4 r:4 r:4");
    assert.equal(problem(choices.offer("continue", selected(own, 0, 3840))),
        "Bass has notes in measure 4 already. Select the music up to where it shall go on, or empty what follows.");
    assert.equal(problem(choices.offer("continue", selected(own, 0, 3840)), CAN, {bars: 1}), null);
});

test("it does not go on inside a short measure, but does after a pickup's", () => {
    const bars = measures("4/4", 2);
    bars[1].ticks = 3 * QUARTER;
    assert.match(problem(choices.offer("continue", score(bars, [line(0, "Soprano", "C5:4 C5:3")]))),
        /^Measure 2 is shorter than its time signature/);
    const pickup = measures("4/4", 1, {pickup: 480});
    assert.equal(problem(choices.offer("continue", score(pickup, [line(0, "Soprano", "C5:1 C5:4")]))), null);
});
