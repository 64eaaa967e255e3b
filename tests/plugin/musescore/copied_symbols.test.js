"use strict";

const assert = require("node:assert");
const test = require("node:test");

const {load} = require("./scripts.js");

const Copied = load("copied_symbols.js");

const COPY = `<score-partwise><part id="P1"><measure><attributes><staves>2</staves></attributes>
<harmony print-frame="no"><root><root-step>F</root-step><root-alter>1</root-alter></root>
<kind text="m7b5">half-diminished</kind><bass><bass-step>A</bass-step></bass><staff>1</staff></harmony>
<harmony><root><root-step>C</root-step></root><kind>major</kind><staff>2</staff></harmony>
</measure></part><part id="P2"><measure>
<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind text="&lt;7&gt;">other</kind></harmony>
<harmony><root><root-step>C</root-step></root><kind text="">none</kind></harmony></measure></part></score-partwise>`;

test("symbols of a MusicXML copy come by staff", () => {
    assert.deepStrictEqual(Copied.symbolsIn(COPY), [["F#m7b5/A"], ["C"], ["Bb<7>", "N.C."]]);
});

function degree(value, alter, action) {
    return `<degree><degree-value>${value}</degree-value><degree-alter>${alter}</degree-alter>` +
        `<degree-type text="">${action}</degree-type></degree>`;
}

test("a symbol is read by its kind and degrees, not by the text that lacks its signs", () => {
    const rows = [
        [`<kind text="7" use-symbols="yes">major-seventh</kind>`, "Cmaj7"],
        [`<kind use-symbols="yes">half-diminished</kind>`, "Cm7b5"],
        [`<kind text="7" use-symbols="yes">diminished-seventh</kind>`, "Cdim7"],
        [`<kind text="7">dominant</kind>${degree(9, -1, "add")}${degree(9, 1, "add")}`, "C7(b9,#9)"],
        [`<kind text="m">minor</kind>${degree(5, 1, "alter")}`, "Cm(#5)"],
        [`<kind>major</kind>${degree(2, 0, "add")}`, "C(add2)"],
        [`<kind>major</kind>${degree(3, 0, "subtract")}`, "C(no3)"],
        [`<kind text="7sus">suspended-fourth</kind>${degree(7, 0, "add")}`, "Csus4(add7)"],
        [`<kind text="sus">suspended-fourth</kind>${degree(7, -1, "add")}`, "Csus4(bb7)"],
        [`<kind text="7">dominant</kind>${degree(11, 0, "alter")}`, "C7"]
    ];
    for (const [inside, expected] of rows) {
        const document = `<part id="P1"><harmony><root><root-step>C</root-step></root>${inside}</harmony></part>`;
        assert.deepStrictEqual(Copied.symbolsIn(document), [[expected]]);
    }
});

test("a mark gets the text of the copy, unless the copy has another number of them", () => {
    const marks = [[0, 0], [480, 2], [960, 2]].map(([tick, staff]) => ({tick, staff, kind: "symbol", text: ""}));
    marks.push({tick: 0, staff: 2, kind: "figures", text: "6"});
    const texts = [["C", "G"], [], ["F", "Bb"]];
    assert.deepStrictEqual(Copied.withTexts(marks, texts).map((mark) => mark.text), ["", "F", "Bb", "6"]);
});
