// Key, phrases and style in the window.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {ensemble, load} = require("./scripts.js");

const guidance = load("guidance.js");
const STYLE = {key: "style", kind: "choice", choices: ["chorale", "hymn"], label: "Style", help: "Whose."};
const PHRASES = {key: "phrases", kind: "places", choices: null, label: "Phrases end in", help: "Where.",
    otherwise: "at the fermatas"};
const TABLE = {style: STYLE, phrases: PHRASES};
const ENDS = [{measure: "4", beat: 3}, {measure: "8", beat: 1.5}];

function after(settings, reply, before = guidance.NOTHING, task = "harmonize") {
    return guidance.found({task, settings: {key: "", phrases: "", ...settings}}, reply, before);
}

test("each key of the list is named as the setting takes it, the first is as found", () => {
    assert.equal(guidance.KEYS.length, 31);
    assert.deepEqual(guidance.keyNames({key: "", phrases: ""}).slice(0, 2), ["as found", "C major"]);
    assert.equal(guidance.keyNames({key: "B-flat minor", phrases: ""})[0], "B-flat minor (found)");
});

test("the styles are the table's", () => {
    assert.deepEqual(guidance.styles(TABLE).map(guidance.styleName), ["as found", "chorale", "hymn"]);
    assert.deepEqual(guidance.styles({}), [""]);
});

test("the first ensemble is the one that the score names, then come ripieno's", () => {
    const known = [ensemble("sab"), ensemble("ttbb")];
    assert.deepEqual(guidance.ensembleNames(known, ""), ["as the score says", "SAB", "TTBB"]);
    assert.deepEqual(guidance.ensembleNames(known, "TTBB"), ["TTBB (found)", "SAB", "TTBB"]);
    assert.deepEqual(guidance.ensembleNames([], ""), ["as the score says"]);
});

test("what a reply tells is found, but not where it was set", () => {
    const reply = {key: "G major", phrases: ENDS};
    const found = {key: "G major", phrases: "4.3, 8.1.5"};
    assert.deepEqual(after({}, reply), found);
    assert.deepEqual(after({key: "e", phrases: "2"}, reply, {key: "D major", phrases: "3.1"}),
        {key: "D major", phrases: "3.1"});
    assert.deepEqual(after({phrases: "2"}, reply, guidance.NOTHING, "continue"), found);
    assert.deepEqual(after({}, {}, found), found);
});

test("an empty field says what was found, or else what ripieno does", () => {
    assert.equal(guidance.phrasesPlaceholder({key: "", phrases: "4.3"}, TABLE), "4.3 (found)");
    assert.equal(guidance.phrasesPlaceholder(guidance.NOTHING, TABLE), "at the fermatas");
});
