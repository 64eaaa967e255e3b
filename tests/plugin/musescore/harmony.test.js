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
    assert.deepStrictEqual(Harmony.stretches(marks, WHOLE_PIECE), [
        {tick: 0, ticks: 1920, symbol: "C"}, {tick: 1920, ticks: 3 * 1920, symbol: "G7"}
    ]);
});

test("a symbol before the span reaches into it, one behind it does not count", () => {
    const marks = [symbol(0, "C"), symbol(960, "F"), symbol(5760, "G")];
    assert.deepStrictEqual(Harmony.stretches(marks, {start: 1920, end: 3840}), [
        {tick: 0, ticks: 1920, symbol: "F"}
    ]);
});

test("where no chord is said nothing is asked", () => {
    for (const text of ["N.C.", "NC", "n.c.", "no chord"]) {
        assert.deepStrictEqual(Harmony.stretches([symbol(0, text)], {start: 0, end: 480}), [{tick: 0, ticks: 480}]);
    }
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

const COPY = `<score-partwise><part id="P1"><measure><attributes><staves>2</staves></attributes>
<harmony print-frame="no"><root><root-step>F</root-step><root-alter>1</root-alter></root>
<kind text="m7b5">half-diminished</kind><bass><bass-step>A</bass-step></bass><staff>1</staff></harmony>
<harmony><root><root-step>C</root-step></root><kind>major</kind><staff>2</staff></harmony>
</measure></part><part id="P2"><measure>
<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind text="&lt;7&gt;">other</kind></harmony>
<harmony><root><root-step>C</root-step></root><kind text="">none</kind></harmony></measure></part></score-partwise>`;

test("texts of a MusicXML copy come by staff", () => {
    assert.deepStrictEqual(Harmony.symbolsIn(COPY), [["F#m7b5/A"], ["C"], ["Bb<7>", "N.C."]]);
});

test("a mark gets the text of the copy, unless the copy has another number of them", () => {
    const marks = [symbol(0, ""), symbol(480, "", 2), symbol(960, "", 2), {tick: 0, staff: 2, kind: "figures", text: "6"}];
    const texts = [["C", "G"], [], ["F", "Bb"]];
    assert.deepStrictEqual(Harmony.withTexts(marks, texts).map((mark) => mark.text), ["", "F", "Bb", "6"]);
});

test("a symbol without a text, and a Nashville number, are told with their measure", () => {
    const there = measures("4/4", 4);
    assert.strictEqual(Harmony.problem([symbol(0, "C")], there), null);
    assert.match(Harmony.problem([symbol(1920, "")], there), /^The chord symbol in measure 2 cannot be read/);
    const number = {tick: 3840, staff: 0, kind: "number", text: "4"};
    assert.match(Harmony.problem([number], there), /^The Nashville number "4" in measure 3 cannot be read/);
});

const CHORDS = [
    {tick: 0, figure: "I", symbol: "C"}, {tick: 480, figure: "V", symbol: "G"}, {tick: 960, figure: "I", symbol: null}
];

test("chords are written where none stand, and only in the span", () => {
    const where = {staff: 3, there: [symbol(2400, "Dm")], span: {start: 1920, end: 2880}, start: 1920};
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "symbols", where), [
        {tick: 1920, staff: 3, kind: "symbol", text: "C"}
    ]);
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "numerals", where).map((mark) => [mark.kind, mark.text]), [
        ["numeral", "I"]
    ]);
    where.span.end = 9999;
    assert.deepStrictEqual(Harmony.newMarks(CHORDS, "numerals", where).map((mark) => mark.tick), [1920, 2880]);
});
