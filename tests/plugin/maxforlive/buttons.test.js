"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {connected, Live} = require("./rig.js");

function harmonized(versions = 3) {
    const rig = connected();
    rig.device.set("alternatives", versions);
    rig.press("harmonize");
    return rig;
}

// A clip of the musician's where the alto would go.
function occupied() {
    const rig = connected();
    const track = rig.live.track("Alto (ripieno)");
    rig.mine = rig.live.clip(track, 1, "My alto", [[60, 0, 4]]);
    return rig;
}

test("Next puts the other versions in place, one after the other, and begins again", () => {
    const rig = harmonized();
    const seen = [rig.pitches("Alto")[0]];
    for (let i = 0; i < 3; i += 1) {
        rig.press("next");
        seen.push(rig.pitches("Alto")[0]);
    }
    assert.deepEqual(seen, [72, 73, 74, 72]);
    assert.match(rig.voice("Alto").name, /^Alto 1 of 3 \(ripieno [0-9a-f]{4}\)$/);
    assert.equal(rig.device.sentTo("/ripieno/harmonize").length, 1);
});

test("Next empties the clip that plays and does not replace it", () => {
    const rig = harmonized();
    const before = rig.voice("Alto").id;
    rig.press("next");
    assert.equal(rig.voice("Alto").id, before);
});

test("Next writes a voice only once though two versions differ in their voices", () => {
    const rig = connected();
    rig.device.set("alternatives", 2);
    rig.server.compose = (request, number) => (number === 1 ? [[1, 60, 0, 4, 90], [3, 40, 0, 4, 90]]
        : [[1, 62, 0, 4, 90]]);
    rig.press("harmonize");
    rig.press("next");
    assert.deepEqual(rig.pitches("Alto"), [62]);
});

test("with one version, Next says how to get more", () => {
    const rig = harmonized(1);
    assert.equal(rig.voice("Alto").name.replace(/ \(.*/, ""), "Alto");
    rig.press("next");
    assert.equal(rig.device.status, "There is only this version. Set Versions to 2 or more to get others.");
});

test("without a result, Next and Keep say what to do", () => {
    const rig = connected();
    rig.press("next");
    assert.equal(rig.device.status, "There is no result yet. Press Harmonize first.");
    rig.press("keep");
    assert.equal(rig.device.status, "There is no result yet. Press Harmonize first.");
});

test("Keep makes the clips the musician's: they are not replaced without confirmation", () => {
    const rig = harmonized();
    rig.press("keep");
    assert.equal(rig.voice("Alto").name, "Alto 1 of 3");
    rig.press("next");
    assert.equal(rig.device.status, "There is no result yet. Press Harmonize first.");
    rig.press("harmonize");
    assert.equal(rig.device.status,
        "Press Harmonize again to replace the clip \"Alto 1 of 3\" on the track Alto (ripieno) and 2 more.");
});

test("clips of ripieno's that nobody touched are replaced without a question", () => {
    const rig = harmonized();
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1 of 3/);
});

test("a clip of ripieno's that was edited is the musician's", () => {
    const rig = harmonized();
    rig.voice("Alto").notes[0].pitch = 71;
    rig.press("next");
    assert.match(rig.device.status, /^Press Next again to replace the clip "Alto 1 of 3 \(ripieno/);
    assert.equal(rig.voice("Alto").notes[0].pitch, 71);
    rig.press("next");
    assert.equal(rig.pitches("Alto")[0], 73);
});

test("the first press asks, a second one within five seconds replaces", () => {
    const rig = occupied();
    rig.press("harmonize");
    assert.equal(rig.device.status,
        "Press Harmonize again to replace the clip \"My alto\" on the track Alto (ripieno).");
    assert.equal(rig.device.light, "yellow");
    assert.equal(rig.device.sentTo("/ripieno/harmonize").length, 0);
    rig.pass(4000);
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1 of 3/);
    assert.deepEqual(rig.pitches("Alto"), [72, 73, 75]);
    assert.notEqual(rig.voice("Alto").id, rig.mine.id, "a new clip, without what else was in the old one");
});

test("after five seconds the question is closed", () => {
    const rig = occupied();
    rig.press("harmonize");
    rig.pass(5000);
    assert.equal(rig.device.status, "Nothing was replaced.");
    rig.press("harmonize");
    assert.match(rig.device.status, /^Press Harmonize again/);
    assert.deepEqual(Live.notes(rig.mine), [[60, 0, 4]]);
});

test("confirming one button does not confirm another", () => {
    const rig = connected();
    rig.live.clip(rig.live.track("Soprano (ripieno)"), 1, "Mine", [[60, 0, 4]]);
    rig.press("vary");
    rig.press("continue");
    assert.match(rig.device.status, /^Press Continue again/);
    assert.equal(rig.voice("Soprano").name, "Mine");
});

test("confirming covers the clips that were named, not one that came later", () => {
    const rig = occupied();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.press("harmonize");
    rig.live.clip(rig.live.track("Tenor (ripieno)"), 1, "Sketch", [[50, 0, 1]]);
    rig.server.finish(rig.server.last);
    rig.pass();
    assert.equal(rig.device.status,
        "Nothing was written: the clip \"Sketch\" on the track Tenor (ripieno) is in the way. " +
        "Move it, or press Next.");
    assert.equal(rig.voice("Alto"), rig.mine);
    assert.equal(rig.live.undo.length, 0);
    rig.press("next");
    assert.match(rig.device.status, /^Press Next again to replace the clip "My alto" .* and 1 more\.$/);
    rig.press("next");
    assert.match(rig.device.status, /^Version 1 of 3/);
});

for (const [what, change] of [
    ["edited", (rig) => { rig.clip.notes[0].pitch = 60; }],
    ["moved", (rig) => {
        const [from, to] = [rig.clip.canonical_parent, rig.track.clip_slots[3]];
        Object.assign(to, {clip: rig.clip});
        Object.assign(from, {clip: null});
        rig.clip.canonical_parent = to;
    }],
    ["given another loop", (rig) => { rig.clip.loop_end = 3; }],
    ["deleted", (rig) => { rig.live.remove(rig.clip); rig.clip.canonical_parent.clip = null; }]
]) {
    test(`nothing is written where the melody was ${what} meanwhile`, () => {
        const rig = connected();
        rig.server.waits = true;
        rig.press("harmonize");
        change(rig);
        rig.server.finish(rig.server.last);
        rig.pass();
        assert.match(rig.device.status, /^Your clip was changed meanwhile, so nothing was written/);
        assert.equal(rig.live.song.tracks.length, 1);
    });
}

test("another clip may be looked at meanwhile", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.live.view.detail_clip = null;
    rig.server.finish(rig.server.last);
    rig.pass();
    assert.deepEqual(rig.pitches("Alto", 1), [72, 73, 75]);
});

test("Next says how the version in the Set differs from the first", () => {
    const rig = connected();
    rig.press("harmonize");
    assert.doesNotMatch(rig.device.status, /Unlike/);
    rig.press("next");
    assert.match(rig.device.status, /\. Unlike version 1: closes on the dominant in measure 2\. Seed /);
});

test("each press draws a seed and shows it; a held one stays", () => {
    const rig = connected({randomly: 0.1234});
    rig.press("harmonize");
    assert.equal(rig.device.shown.seed, 1234);
    assert.match(rig.device.status, /Seed 1234\./);
    rig.device.set("seed_held", 1);
    rig.device.set("seed", 0);
    rig.press("harmonize");
    assert.equal(rig.server.setting(rig.server.last, "seed"), 0, "0 is a seed, too");
});

test("temperature and model are left to ripieno until they are set", () => {
    const rig = connected();
    rig.press("harmonize");
    assert.equal(rig.server.setting(rig.server.last, "temperature"), undefined);
    assert.equal(rig.server.setting(rig.server.last, "model"), undefined);
    rig.device.set("temperature_on", 1);
    rig.device.set("temperature", 0);
    rig.device.set("model", "bachbot-chorales");
    rig.press("harmonize");
    assert.equal(rig.server.setting(rig.server.last, "temperature"), 0);
    assert.equal(rig.server.setting(rig.server.last, "model"), "bachbot-chorales");
});

test("Ping looks for ripieno again, but not under a request", () => {
    const rig = connected();
    rig.device.press("ping");
    assert.equal(rig.device.status, "Looking for ripieno ...");
    rig.pass();
    assert.equal(rig.device.light, "green");
    rig.server.waits = true;
    rig.press("harmonize");
    rig.press("ping");
    assert.equal(rig.device.status, "Harmonizing ... 25 %");
});

test("Cancel with nothing to cancel says so", () => {
    const rig = connected();
    rig.press("cancel");
    assert.equal(rig.device.status, "Nothing is going on.");
});
