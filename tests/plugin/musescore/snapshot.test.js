"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load, measures, line, score} = require("./scripts.js");

const snapshot = load("snapshot.js");

function own(alto = "E4:4 F4:4") {
    return score(measures("4/4", 2), [line(0, "Soprano", "C5:4 D5:4"), line(1, "Alto", alto)]);
}

test("the same score is the same", () => assert.equal(snapshot.difference(own(), own()), null));

for (const [what, text] of [["pitch", "E4:4 G4:4"], ["length", "E4:4 F4:2 r:2"], ["deletion", "E4:4 r:4"],
    ["spelling", "E4:4 E#4:4"], ["tie", "E4:4 F4:4~"]]) {
    test(`another ${what} is seen, and where`, () =>
        assert.equal(snapshot.difference(own(), own(text)), "Alto, measure 2"));
}

test("how a silence is divided makes no difference", () =>
    assert.equal(snapshot.difference(own("E4:4 r:4"), own("E4:4 r:2 r:1 r:1")), null));

test("another word is seen", () => {
    const after = own();
    after.lines[0].events[0].lyric = "la";
    assert.equal(snapshot.difference(own(), after), "Soprano, measure 1");
});

test("another note in a chord is seen", () => {
    const after = own();
    after.lines[0].events[1].pitches = [62, 74];
    assert.equal(snapshot.difference(own(), after), "Soprano, measure 2");
});

test("a second voice that was not there is seen", () => {
    const after = own();
    after.lines.push({...line(1, "Alto", "r:4 C4:4", {voice: 1}), name: "Alto, voice 2"});
    assert.equal(snapshot.difference(own(), after), "Alto, voice 2, measure 2");
});

test("measures added, a meter, a key and staves are seen", () => {
    assert.equal(snapshot.difference(own(), {...own(), measures: measures("4/4", 3)}), "the measures");
    assert.equal(snapshot.difference(own(), {...own(), measures: measures("2/2", 2)}), "the measures");
    assert.equal(snapshot.difference(own(), {...own(), measures: measures("4/4", 2, {fifths: 1})}), "the measures");
    assert.equal(snapshot.difference(own(), {...own(), staves: 3}), "the staves");
});

test("what may differ may differ, and nothing else", () => {
    const second = (each, tick) => each.staff === 1 && tick >= 1920;
    assert.equal(snapshot.difference(own(), own("E4:4 A4:2 B4:2"), second), null);
    assert.equal(snapshot.difference(own(), own("D4:4 A4:2 B4:2"), second), "Alto, measure 1");
});

test("a chord that is not there as planned is found", () => {
    const chords = [{tick: 0, ticks: 1920, pitch: 64}, {tick: 1920, ticks: 1920, pitch: 65}];
    assert.equal(snapshot.missing(chords, own().lines[1]), null);
    assert.equal(snapshot.missing(chords, own("E4:4 F4:2 F4:2").lines[1]), 1920);
    assert.equal(snapshot.missing(chords, own("r:4 F4:4").lines[1]), 0);
});
