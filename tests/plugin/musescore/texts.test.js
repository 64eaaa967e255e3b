"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {load} = require("./scripts.js");

const texts = load("texts.js");
const sse = load("sse.js");
const client = load("client.js");

function fault(severity, sentence, more = {}) {
    const place = {measure: 3, beat: 2.5, tick: 0};
    return {rule: "parallel fifths", severity, ...place, voices: ["alto", "bass"], sentence, ...more};
}

const REPLY = {seed: 0, complete: true, alternatives: [
    {originality: {sentence: "60 % of the notes stand in bwv269."}}, {originality: null}
]};

for (const [text, expected] of [
    [() => texts.working("harmonize", 0.404), "Harmonizing ... 40 %"],
    [() => texts.working("infill", 1.5), "Regenerating ... 100 %"],
    [() => texts.connected({version: "0.1.0", state: "ready", error: null}), "Connected to ripieno 0.1.0."],
    [() => texts.connected({version: "0.1.0", state: "loading", error: null}),
        "Connected to ripieno 0.1.0, which is still loading."],
    [() => texts.connected({version: "0.1.0", state: "restarting", error: null}),
        "Connected to ripieno 0.1.0, which is starting its engine again."],
    [() => texts.connected({version: "0.1.0", state: "failed", error: {text: "the engine does not start: no memory"}}),
        "Connected to ripieno 0.1.0, but the engine does not start: no memory."],
    [() => texts.done({...REPLY, heard: "G minor; phrases end in measures 2, 4"}, 1, []),
        "Version 2 of 2, seed 0. G minor; phrases end in measures 2, 4."],
    [() => texts.done({...REPLY, alternatives: [{originality: null}, {
        originality: null, difference: "closes on the dominant in measure 8; other chords in measure 2"
    }]}, 1, []),
        "Version 2 of 2, seed 0. Unlike version 1: closes on the dominant in measure 8; other chords in measure 2."],
    [() => texts.done(REPLY, 0, []), "Version 1 of 2, seed 0. 60 % of the notes stand in bwv269."],
    [() => texts.done(REPLY, 1, ["A remark."]), "Version 2 of 2, seed 0. A remark."],
    [() => texts.done({...REPLY, remarks: ["a slur was left out"]}, 1, []),
        "Version 2 of 2, seed 0. A slur was left out."],
    [() => texts.done({...REPLY, complete: false}, 1, []),
        "Version 2 of 2, seed 0. The time was over: the last measures are missing."],
    [() => texts.checked([]), "No faults."],
    [() => texts.checked([fault("fault", "x")], ["a grace note was not looked at"]),
        "1 fault. A grace note was not looked at."],
    [() => texts.checked([fault("warning", "x"), fault("fault", "x"), fault("remark", "x")]),
        "2 faults. 1 matter of style."],
    [() => texts.checked([fault("remark", "x"), fault("remark", "y")]), "No faults. 2 matters of style."],
    [() => texts.list([fault("remark", "later"), fault("fault", "alto and bass move in fifths")]),
        "Measure 3, beat 2.5: Alto and bass move in fifths.\nMeasure 3, beat 2.5: Later."],
    [() => texts.short(fault("fault", "x")), "parallel fifths: alto, bass"],
    [() => texts.remarks(1, 0)[0],
        "1 long note is struck again at a barline: tie them by hand if you like (plugins cannot)."],
    [() => texts.remarks(2, 1).join(" "), "2 long notes are struck again at a barline: tie them by hand if you like " +
        "(plugins cannot). Of 1 chord only one note was read: a voice sings one at a time."],
    [() => texts.ofError({error: {code: "busy", text: "too many requests wait already; try again in a moment"}}),
        "Too many requests wait already; try again in a moment."],
    [() => texts.ofError({error: {code: "cancelled", text: "x"}}), texts.CANCELLED]
]) {
    test(expected, () => assert.equal(text(), expected));
}

for (const body of [undefined, null, {}, {error: {}}, {error: "no"}, {error: {text: 5}}]) {
    test(`the error ${JSON.stringify(body)} is not taken for ripieno's`, () =>
        assert.match(texts.ofError(body), /^The answer makes no sense .*nothing was written.*ripieno doctor/));
}

test("every message is a sentence, and says what to do where something is wrong", () => {
    const messages = Object.entries(texts).filter(([, text]) => typeof text === "string");
    assert.ok(messages.length > 14);
    for (const [name, text] of messages) {
        assert.match(text, /^[A-Z%r]/, name);
        assert.match(text, /(\.|serve)$/, name);
    }
});

test("events are read as they come in, each once, whatever the pieces", () => {
    const whole = "event: started\ndata: {\"id\": \"x\"}\n\n: still there\n\n" +
        "event: progress\r\ndata: {\"fraction\": 0.5}\r\n\r\nevent: done\ndata: {\"a\":\ndata: 1}\n\n";
    for (let cut = 0; cut <= whole.length; cut += 1) {
        const first = sse.read(whole.slice(0, cut), 0);
        const second = sse.read(whole, first.end);
        assert.deepEqual([...first.events, ...second.events], [
            {name: "started", data: {id: "x"}}, {name: "progress", data: {fraction: 0.5}}, {name: "done", data: {a: 1}}
        ], `cut at ${cut}`);
    }
});

test("what is no JSON is no data", () =>
    assert.deepEqual(sse.read("event: done\ndata: <html>\n\n", 0).events, [{name: "done", data: undefined}]));

for (const [address, local] of [
    ["http://127.0.0.1:7411", true], ["http://localhost:80", true], ["http://[::1]:7411", true],
    ["http://example.com:7411", false], ["http://127.0.0.1", false], ["https://127.0.0.1:7411", false],
    ["http://127.0.0.1:7411/x", false], ["http://127.0.0.1.example.com:80", false], ["", false]
]) {
    test(`${address || "nothing"} is ${local ? "on this machine" : "not asked"}`, () =>
        assert.equal(client.isLocal(address), local));
}
