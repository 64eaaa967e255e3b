"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {part, plain} = require("./rig.js");

const notes = part("ripienoNotes");
const FOUR_FOUR = {numerator: 4, denominator: 4};

function note(pitch, start, duration) {
    return {pitch, start, duration, velocity: 100};
}

function liveNote(pitch, start, duration, more = {}) {
    return {pitch, start_time: start, duration, velocity: 100, mute: 0, ...more};
}

test("at most 40 notes go into a message, and none is lost", () => {
    const many = Array.from({length: 95}, (_, index) => note(60, index, 1));
    const lists = plain(notes.messages(many, 2));
    assert.deepEqual(lists.map((list) => list.length / 5), [40, 40, 15]);
    assert.deepEqual(lists[2].slice(-5), [2, 60, 94, 1, 100]);
    assert.equal(notes.messages([], 0).length, 0);
});

test("no message has more atoms than Max's lists hold", () => {
    const lists = notes.messages(Array.from({length: 40}, (_, index) => note(60, index, 1)), 0);
    assert.ok(2 + lists[0].length <= 256);
});

test("a third that came as a 32-bit float is a third", () => {
    const [found] = plain(notes.fromMessage([1, 60, Math.fround(512 + 1 / 3), Math.fround(2 / 3), 90]));
    assert.equal(found.start, 512 + 1 / 3);
    assert.equal(found.duration, 2 / 3);
});

for (const [beats, snapped] of [[0.33333334, 1 / 3], [0.2000001, 0.2], [1e-9, 0], [7.9999995, 8]]) {
    test(`the time ${beats} becomes ${snapped}`, () => assert.equal(notes.snap(beats), snapped));
}

for (const [text, live] of [
    ["C4 and F#4 begin together", "C3 and F#3 begin together"],
    ["Bb-1 is too low; C-1 too, G##3 not", "Bb-2 is too low; C-2 too, G##2 not"],
    ["\"A4 (C3)\" has C4,C5", "\"A4 (C3)\" has C3,C4"],
    ["BWV4, C4x, AC4, track 4, D, MIDI4", "BWV4, C4x, AC4, track 4, D, MIDI4"]
]) {
    test(`in Live, ${text} is: ${live}`, () => assert.equal(notes.asLiveNames(text), live));
}

test("what Live plays of a clip is its loop, without what is switched off", () => {
    const heard = plain(notes.sounding([
        liveNote(60, 3, 1), liveNote(62, 4, 1), liveNote(64, 5, 9), liveNote(65, 6, 1, {mute: 1}), liveNote(67, 8, 1)
    ], 4, 4));
    assert.deepEqual(heard.map((n) => [n.pitch, n.start, n.duration]), [[62, 0, 1], [64, 1, 3]]);
});

test("a velocity is whole and between 1 and 127", () => {
    const heard = notes.sounding([liveNote(60, 0, 1, {velocity: 0.2}), liveNote(61, 1, 1, {velocity: 99.6})], 0, 4);
    assert.deepEqual(plain(heard).map((n) => n.velocity), [1, 100]);
});

test("a repeated note stays two notes, and the earlier of two that overlap ends where the later begins", () => {
    const written = plain(notes.forLive([note(60, 1, 1), note(60, 0, 3), note(60, 1, 2), note(64, 0, 4)], 8));
    assert.deepEqual(written.map((n) => [n.pitch, n.start_time, n.duration]), [[60, 8, 1], [64, 8, 4], [60, 9, 2]]);
});

for (const [start, meter, pickup] of [
    [0, [4, 4], 0], [3, [4, 4], 1], [-1, [4, 4], 1], [8, [4, 4], 0], [2.5, [3, 4], 0.5], [1 / 3, [2, 4], 5 / 3],
    [2.5, [6, 8], 0.5]
]) {
    test(`a clip in ${meter.join("/")} that starts at beat ${start} has a pickup of ${pickup}`, () => {
        const found = notes.pickupAt(start, {numerator: meter[0], denominator: meter[1]});
        assert.ok(Math.abs(found - pickup) < 1e-9, String(found));
    });
}

test("a clip becomes as long as full measures, its pickup apart", () => {
    assert.equal(notes.upToBarline(4, FOUR_FOUR, 0), 4);
    assert.equal(notes.upToBarline(4.25, FOUR_FOUR, 0), 8);
    assert.equal(notes.upToBarline(4, FOUR_FOUR, 1), 5);
    assert.equal(notes.upToBarline(7, {numerator: 3, denominator: 4}, 0), 9);
});

for (const [root, scale, name] of [
    [0, "Major", "C"], [10, "Major", "Bb"], [6, "Minor", "f# minor"], [7, "Harmonic Minor", "g minor"],
    [2, "Dorian", null]
]) {
    test(`Live's scale ${root} ${scale} is the key ${name}`, () => assert.equal(notes.keyName(root, scale), name));
}

test("voices come highest first, and one without notes not at all", () => {
    const found = plain(notes.parts([{...note(50, 0, 1), voice: 3}, {...note(60, 0, 1), voice: 1}],
        ["Soprano", "Alto", "Tenor", "Bass"]));
    assert.deepEqual(found.map((one) => one.name), ["Alto", "Bass"]);
});

test("a clip is ripieno's until one of its notes is touched", () => {
    const written = [liveNote(60, 0, 1), liveNote(62, 1, 1 / 3)];
    const name = notes.withMark("Alto 1 of 3", written);
    assert.match(name, /^Alto 1 of 3 \(ripieno [0-9a-f]{4}\)$/);
    assert.ok(notes.isUntouched(name, written));
    assert.ok(notes.isUntouched(name, [...written].reverse()), "the order says nothing");
    assert.ok(notes.isUntouched(name, [written[0], liveNote(62, 1, 0.33333334)]), "nor does a float's error");
    for (const change of [{pitch: 63}, {start_time: 1.25}, {duration: 2}, {velocity: 20}, {mute: 1}]) {
        assert.ok(!notes.isUntouched(name, [written[0], {...written[1], ...change}]), JSON.stringify(change));
    }
    assert.ok(!notes.isUntouched(name, [written[0]]));
    assert.ok(!notes.isUntouched("Alto 1 of 3", written), "a clip without our mark is the musician's");
});

test("marking a clip again does not make its name longer", () => {
    const once = notes.withMark("Bass", []);
    assert.equal(notes.withMark(once, []), once);
    assert.equal(notes.withoutMark(once), "Bass");
});
