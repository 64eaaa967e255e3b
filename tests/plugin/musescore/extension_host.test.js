// What the scripts get in an extension: elements whose numbers each version of MuseScore may change.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load} = require("./scripts.js");

const {create} = load("extension_host.js");
const NAMES = {LYRICS: "LYRICS", STAFF_TEXT: "STAFF_TEXT", HARMONY: "HARMONY", CHORD: "CHORD"};

// api.engraving of a version in which newElement takes these values.
function engraving(values, more = {}) {
    const calls = [];
    const kinds = new Map(Object.entries(values).map(([kind, value]) => [value, kind]));
    return {
        calls, Element: NAMES, mscoreVersion: 40700, mscoreMajorVersion: 4,
        newElement(value) {
            calls.push(value);
            return kinds.has(value) ? {type: kinds.get(value)} : null;
        },
        ...more
    };
}

for (const [version, values] of Object.entries({
    "4.7.0": {LYRICS: 45, STAFF_TEXT: 53, HARMONY: 65}, "an earlier one": {LYRICS: 44, STAFF_TEXT: 52, HARMONY: 64},
    "a later one": {LYRICS: 50, STAFF_TEXT: 65, HARMONY: 80, REST: 53, CHORD: 45},
    "one that takes names": {LYRICS: "LYRICS", STAFF_TEXT: "STAFF_TEXT", HARMONY: "HARMONY"}
})) {
    test(`what is made in ${version} is of the type that was asked for`, () => {
        const host = create(engraving(values));
        for (const kind of ["LYRICS", "STAFF_TEXT", "HARMONY"]) {
            assert.equal(host.newElement(host.Element[kind]).type, kind);
        }
    });
}

test("where no such element can be made, a way out is told", () => {
    assert.throws(() => create(engraving({STAFF_TEXT: 153})).newElement("STAFF_TEXT"), {message:
        "This MuseScore lets an extension write no staff text; use the plugin instead, and please report this."});
});

test("a value is looked for once", () => {
    const api = engraving({LYRICS: 44});
    const host = create(api);
    host.newElement("LYRICS");
    const before = api.calls.length;
    host.newElement("LYRICS");
    assert.deepEqual(api.calls.slice(before), [44]);
});

test("a version that raises errors for wrong values is asked on", () => {
    const api = engraving({}, {newElement(value) {
        if (value !== 46) {
            throw new TypeError("no number");
        }
        return {type: "LYRICS"};
    }});
    assert.equal(create(api).newElement("LYRICS").type, "LYRICS");
});

test("the score is the one that is open now", () => {
    const api = engraving({}, {curScore: null});
    const host = create(api);
    api.curScore = {nstaves: 1};
    assert.equal(host.curScore.nstaves, 1);
});
