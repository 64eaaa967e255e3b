"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load, measures} = require("./scripts.js");

const m = load("measures.js");

for (const [numerator, denominator, fits] of [
    [1, 4, true], [3, 8, true], [7, 16, true], [15, 32, true], [5, 8, false], [5, 4, false], [9, 8, false],
    [2, 1, true], [3, 2, true], [6, 8, true], [1, 12, false], [31, 32, false]
]) {
    test(`${numerator}/${denominator} is ${fits ? "one" : "no"} note`, () =>
        assert.equal(m.isNoteValue(numerator, denominator), fits));
}

test("a pickup is measure 0, and the next is 1", () => {
    assert.deepEqual(measures("4/4", 3, {pickup: 480}).map((each) => each.number), [0, 1, 2, 3]);
    assert.deepEqual(measures("3/4", 2).map((each) => each.number), [1, 2]);
});

test("a measure that does not count has its forerunner's number, an offset moves all that follow", () => {
    const plain = {ticks: 1920, full: 1920};
    assert.deepEqual(m.numbers([plain, {...plain, uncounted: true}, plain, {...plain, offset: 4}, plain]),
        [1, 1, 2, 7, 8]);
});

for (const [start, end, first, last] of [[0, 1, 0, 0], [480, 2400, 1, 1], [479, 2401, 0, 2], [500, 600, 1, 1],
    [2400, 6240, 2, 3], [4320, 99999, 3, 3]]) {
    test(`whole measures around ${start}-${end}: ${first} to ${last}`, () => {
        const found = m.around(measures("4/4", 3, {pickup: 480}), start, end);
        assert.deepEqual([found.first, found.last], [first, last]);
    });
}

test("an excerpt begins at tick 0 and keeps what is printed", () => {
    const all = measures("3/4", 4, {pickup: 480, fifths: -3});
    assert.deepEqual(m.excerpt(all, m.spanOf(all, 2, 3)), [
        {number: 2, tick: 0, ticks: 1440, meter: "3/4", fifths: -3, mode: null},
        {number: 3, tick: 1440, ticks: 1440, meter: "3/4", fifths: -3, mode: null}
    ]);
});

test("measures are named as printed", () => {
    const all = measures("6/8", 4, {pickup: 240});
    assert.equal(m.nameOf(all, m.spanOf(all, 1, 1)), "measure 1");
    assert.equal(m.nameOf(all, m.whole(all)), "measures 0-4");
});

for (const [meter, tick, expected] of [
    ["4/4", 0, "measure 0, beat 4"], ["4/4", 480, "measure 1, beat 1"], ["4/4", 1200, "measure 1, beat 2.5"],
    ["6/8", 1200, "measure 1, beat 2"], ["3/8", 480, "measure 1, beat 1"], ["2/2", 2880, "measure 2, beat 1.5"]
]) {
    test(`in ${meter} with a pickup tick ${tick} is ${expected}`, () =>
        assert.equal(m.placeOf(measures(meter, 3, {pickup: 480}), tick), expected));
}

test("a fraction is two whole numbers above 0", () => {
    assert.deepEqual(m.fraction("3/8"), {numerator: 3, denominator: 8});
    for (const text of ["3", "3/0", "0/4", "-1/4", "x/4", "1/4 ", null, undefined, 3]) {
        assert.equal(m.fraction(text), null, String(text));
    }
});
