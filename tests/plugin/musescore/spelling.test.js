"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load} = require("./scripts.js");

const spelling = load("spelling.js");

for (const [tpc, pitch, name] of [
    [14, 60, "C4"], [20, 66, "F#4"], [8, 66, "Gb4"], [26, 60, "B#3"], [7, 59, "Cb4"], [33, 73, "B##4"],
    [-1, 63, "Fbb4"], [19, 71, "B4"], [13, 65, "F4"], [21, 61, "C#4"], [12, 58, "Bb3"]
]) {
    test(`MuseScore's ${tpc} at ${pitch} is ${name}, and back`, () => {
        assert.equal(spelling.nameOf(tpc, pitch), name);
        assert.deepEqual(spelling.parse(name), {tpc, pitch});
    });
}

test("every tonal pitch class comes back from its name, in every octave", () => {
    for (let tpc = -1; tpc <= 33; tpc += 1) {
        for (let pitch = 24; pitch < 100; pitch += 1) {
            const name = spelling.nameOf(tpc, pitch);
            if (name !== null) {
                assert.deepEqual(spelling.parse(name), {tpc, pitch});
            }
        }
    }
});

test("every pitch has a spelling among the natural ones and those with one accidental", () => {
    for (let pitch = 24; pitch < 100; pitch += 1) {
        const names = Array.from({length: 21}, (_, index) => spelling.nameOf(index + 6, pitch)).filter(Boolean);
        assert.ok(names.length > 0, String(pitch));
    }
});

for (const [tpc, pitch] of [[34, 60], [-2, 60], [14, 61], [undefined, 60], [null, 60]]) {
    test(`${tpc} at ${pitch} is no spelling`, () => assert.equal(spelling.nameOf(tpc, pitch), null));
}

for (const name of ["H4", "C", "c4", "C###4", "", null, "C#b4", "4"]) {
    test(`"${name}" is no note`, () => assert.equal(spelling.parse(name), null));
}
