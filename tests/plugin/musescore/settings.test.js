// What the plugin takes from the server's table of settings.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {ensemble, load} = require("./scripts.js");

const settings = load("settings.js");

const BARS = {
    key: "bars", kind: "whole", minimum: 1, maximum: 512, exclusive: false, default: null,
    defaults: {compose: 8, continue: 4}, otherwise: "8 to compose, 4 to continue", label: "Measures", help: "How many."
};
const TOP_P = {
    key: "top_p", kind: "number", minimum: 0, maximum: 1, exclusive: true, default: 1, defaults: null, otherwise: null,
    label: "Top p", help: "The likeliest."
};
const TABLE = settings.table({settings: [BARS, TOP_P]});

test("a reply without settings is an empty table", () => {
    for (const body of [undefined, null, {}, {settings: "none"}]) {
        assert.deepEqual(settings.table(body), {});
    }
});

test("the ensembles of a reply are those that make sense", () => {
    const known = [ensemble("sab"), ensemble("ttbb")];
    assert.deepEqual(settings.ensembles({ensembles: [known[0], null, {name: "x"}, known[1]]}), known);
    for (const body of [undefined, null, {}, {ensembles: "none"}]) {
        assert.deepEqual(settings.ensembles(body), []);
    }
});

test("fields have the words, bounds and default of the table", () => {
    assert.equal(settings.label(TABLE, "bars", "Bars"), "Measures");
    assert.equal(settings.placeholder(TABLE, "bars"), "8 to compose, 4 to continue");
    assert.equal(settings.tooltip(TABLE, "bars"), "How many. Left empty: 8 to compose, 4 to continue.");
    assert.equal(settings.tooltip(TABLE, "top_p"), "The likeliest.");
    assert.deepEqual(["minimum", "maximum"].map((which) => settings.bound(TABLE, "bars", which)), [1, 512]);
    assert.deepEqual([settings.defaultOf(TABLE, "bars", "continue"), settings.defaultOf(TABLE, "top_p", "vary")], [4, 1]);
});

test("before the table is there, fields have no words but their labels, and no bounds", () => {
    assert.equal(settings.label({}, "bars", "Bars"), "Bars");
    assert.deepEqual([settings.placeholder({}, "bars"), settings.tooltip({}, "bars")], ["", ""]);
    assert.deepEqual(["minimum", "maximum"].map((which) => settings.bound({}, "bars", which)), [0, 2147483647]);
    assert.equal(settings.defaultOf({}, "bars", "continue"), null);
});

test("a minimum that is itself too low is refused", () => {
    assert.equal(settings.problem(TABLE, "top_p", "0", 0),
        'Top p "0" is impossible; give a number above 0, up to 1, or nothing.');
    assert.equal(settings.problem(TABLE, "top_p", "0.1", 0.1), null);
});
