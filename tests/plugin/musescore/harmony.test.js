"use strict";

const assert = require("node:assert");
const test = require("node:test");

const {load, measures} = require("./scripts.js");

const Harmony = load("harmony.js");
const WHOLE_PIECE = {start: 0, end: 4 * 1920};

function symbol(tick, text, staff = 0) {
    return {tick, staff, kind: "symbol", text};
}

test("each symbol holds up to the next one, the last to the end", () => {
    const marks = [symbol(0, "C"), symbol(1920, "G7")];
    assert.deepStrictEqual(Harmony.stretches(marks, WHOLE_PIECE, []), [
        {tick: 0, ticks: 1920, symbol: "C"}, {tick: 1920, ticks: 3 * 1920, symbol: "G7"}
    ]);
});

test("a symbol before the span reaches into it, one behind it does not count", () => {
    const marks = [symbol(0, "C"), symbol(960, "F"), symbol(5760, "G")];
    assert.deepStrictEqual(Harmony.stretches(marks, {start: 1920, end: 3840}, []), [
        {tick: 0, ticks: 1920, symbol: "F"}
    ]);
});

test("to continue, the symbols of the measures that come are followed, if any stands there", () => {
    const bars = measures("4/4", 6);
    const span = load("measures.js").spanOf(bars, 0, 1);
    const end = (marks, task, count) => Harmony.followedSpan(marks, task, span, bars, count).end / 1920;
    const ahead = [symbol(0, "C"), symbol(3 * 1920, "F")];
    assert.strictEqual(end(ahead, "continue", 3), 5);
    assert.strictEqual(end(ahead, "continue", 9), 6);
    assert.strictEqual(end(ahead, "continue", 0), 6);
    assert.strictEqual(end(ahead, "continue", 1), 2); // it stands behind the measures that come
    assert.strictEqual(end([symbol(0, "C")], "continue", 3), 2);
    assert.strictEqual(end(ahead, "harmonize", 3), 2);
});

test("where no chord is said nothing is asked", () => {
    for (const text of ["N.C.", "NC", "n.c.", "no chord"]) {
        assert.deepStrictEqual(Harmony.stretches([symbol(0, text)], {start: 0, end: 480}, []), [{tick: 0, ticks: 480}]);
    }
});

function figures(tick, text) {
    return {tick, staff: 3, kind: "figures", text};
}

function note(tick, ticks, tie = false) {
    return {tick, ticks, rest: false, pitches: [48], tie};
}

test("figures hold up to the next ones or the end of their bass note, with what is tied to it", () => {
    const bass = [note(0, 960), note(960, 960), note(1920, 1920, true), note(3840, 960), note(4800, 960)];
    const marks = [figures(0, "6"), figures(480, "5"), figures(1920, "7")];
    assert.deepStrictEqual(Harmony.stretches(marks, WHOLE_PIECE, bass), [
        {tick: 0, ticks: 480, figures: "6"}, {tick: 480, ticks: 480, figures: "5"},
        {tick: 1920, ticks: 2880, figures: "7"}
    ]);
});

test("where symbols and figures both ask for something, the symbols count", () => {
    const bass = [note(0, 1920), note(1920, 1920), note(3840, 1920)];
    const marks = [symbol(0, "C"), figures(0, "6"), figures(480, "5"), symbol(1920, "N.C."), figures(1920, "7")];
    assert.deepStrictEqual(Harmony.stretches(marks, WHOLE_PIECE, bass), [
        {tick: 0, ticks: 1920, symbol: "C"}, {tick: 1920, ticks: 1920, figures: "7"}
    ]);
});

test("of several staves the one with the most symbols counts", () => {
    const marks = [symbol(0, "C"), symbol(0, "D", 1), symbol(960, "G", 1)];
    assert.deepStrictEqual(Harmony.counted(marks).map((mark) => mark.text), ["D", "G"]);
});

test("symbols of transposing staves move by fifths, bass and all", () => {
    const rows = [
        ["D", -2, "C"], ["F#m7/E", -2, "Em7/D"], ["Bb6/9", 3, "G6/9"], ["Ab/Eb", 2, "Bb/F"], ["c#dim", -2, "Bdim"],
        ["E♭7(♭9)", 1, "Bb7(♭9)"], ["N.C.", 2, "N.C."], ["G7/B", 0, "G7/B"]
    ];
    for (const [text, fifths, expected] of rows) {
        assert.strictEqual(Harmony.moved(symbol(0, text), fifths).text, expected, text);
    }
});

test("numerals and figures do not move", () => {
    assert.strictEqual(Harmony.moved({tick: 0, staff: 0, kind: "numeral", text: "V65"}, 2).text, "V65");
});

test("figures are sent as ripieno writes them", () => {
    const rows = [
        ["6", "6"], ["6\n5", "6,5"], ["#6\n4\n3", "#6,4,3"], ["5/", "5+"], ["6\\", "6+"], ["h6", "n6"], ["[7]\n#", "7,#"],
        ["", "0"]
    ];
    for (const [text, expected] of rows) {
        assert.strictEqual(Harmony.figuresOf(text), expected);
    }
});

test("a symbol without a text, and a Nashville number, are told with their place, where they count", () => {
    const there = measures("4/4", 4);
    assert.strictEqual(Harmony.problem([symbol(0, "C")], WHOLE_PIECE, there), null);
    assert.strictEqual(Harmony.problem([symbol(1920, "")], WHOLE_PIECE, there),
        "The chord symbol in measure 2, beat 1 cannot be read. Write it anew, or do not follow the chord symbols.");
    const number = {tick: 4320, staff: 0, kind: "number", text: "4"};
    assert.match(Harmony.problem([number], WHOLE_PIECE, there), /Nashville numbers, and in measure 3, beat 2 stands "4"\./);
    assert.strictEqual(Harmony.problem([number], {start: 0, end: 3840}, there), null);
});

const CHORDS = [
    {tick: 0, figure: "I", symbol: "C"}, {tick: 480, figure: "V", symbol: "G"}, {tick: 960, figure: "I", symbol: null}
];

test("chords are written where none stand, and only in the span", () => {
    const where = {staff: 3, there: [symbol(2400, "Dm")], span: {start: 1920, end: 2880}, start: 1920};
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "symbols", where), [
        {tick: 1920, staff: 3, kind: "symbol", text: "C"}
    ]);
    where.there = [{tick: 2400, staff: 3, kind: "numeral", text: "ii"}];
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "numerals", where).map((mark) => [mark.kind, mark.text]), [
        ["numeral", "I"]
    ]);
    where.span.end = 9999;
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "numerals", where).map((mark) => mark.tick), [1920, 2880]);
});

test("symbols, numerals and figures do not keep each other away", () => {
    const numeral = {tick: 0, staff: 3, kind: "numeral", text: "vi"};
    const where = {staff: 3, there: [symbol(480, "G"), figures(0, "6"), numeral], span: WHOLE_PIECE, start: 0};
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "symbols", where).map((mark) => mark.text), ["C"]);
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "numerals", where).map((mark) => mark.tick), [480, 960]);
});

test("texts that are numerals, or stand for them, are known from other words", () => {
    for (const text of ["I", "V65", "viio6", "viiø43/V", "bVI", "III+", "N6", "It6", "Ger65", "Cad64", "V7/ii", "Vsus4", "Imaj7", "C9"]) {
        assert.ok(Harmony.isNumeral(text, [{tick: 0, figure: "C9", symbol: "C9"}]), text);
    }
    for (const text of ["", "Intro", "divisi", "IV. Finale", "V.S.", "Isolde", "D", "Frisch", "6", "C7"]) {
        assert.ok(!Harmony.isNumeral(text, []), text);
    }
});
