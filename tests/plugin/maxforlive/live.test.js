// The stand-in for Live keeps Live's rules.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {Live} = require("./live.js");

function makeSet(options) {
    const live = new Live(options);
    live.isReady = true;
    const track = live.track("Piano");
    const clip = live.clip(track, 0, "One", [[60, 0, 1], [62, 1, 1]]);
    const at = (object) => new live.LiveAPI(`id ${object.id}`);
    return {live, track, clip, at};
}

test("LiveAPI before live.thisdevice is an error", () => {
    const live = new Live();
    assert.throws(() => new live.LiveAPI("live_set"), /before live.thisdevice/);
});

test("get answers with a list, objects as ids, and id 0 for none", () => {
    const {live, track, at} = makeSet();
    assert.deepEqual(at(track).get("name"), ["Piano"]);
    assert.deepEqual(new live.LiveAPI("live_set").get("tracks"), ["id", track.id]);
    assert.deepEqual(new live.LiveAPI("live_set view").get("detail_clip"), ["id", 0]);
    assert.equal(new live.LiveAPI("live_set view detail_clip").id, "0");
});

test("a slot that has a clip takes no other", () => {
    const {live, track, clip, at} = makeSet();
    at(track.clip_slots[0]).call("create_clip", 4);
    assert.deepEqual(live.errors, ["the slot has a clip already"]);
    assert.equal(track.clip_slots[0].clip, clip);
});

test("audio tracks and frozen tracks take no MIDI clip", () => {
    const {live, track, at} = makeSet();
    track.is_frozen = 1;
    at(track.clip_slots[1]).call("create_clip", 4);
    at(live.track("Audio", {midi: false}).clip_slots[1]).call("create_clip", 4);
    assert.equal(live.errors.length, 2);
});

test("the later of two notes of one pitch cuts the earlier", () => {
    const {clip, at} = makeSet();
    at(clip).call("add_new_notes", {notes: [{pitch: 60, start_time: 0.5, duration: 2, velocity: 90}]});
    assert.deepEqual(Live.notes(clip), [[60, 0, 0.5], [60, 0.5, 2], [62, 1, 1]]);
});

test("a note without a length, or with a field that Live does not know, is refused with all others", () => {
    const {live, clip, at} = makeSet();
    for (const wrong of [{duration: 0}, {start: 1}, {pitch: 60.5}, {velocity: 200}]) {
        const note = {pitch: 70, start_time: 0, duration: 1, velocity: 90, ...wrong};
        at(clip).call("add_new_notes", {notes: [{...note, pitch: 71, ...wrong}, note]});
    }
    assert.equal(live.errors.length, 4);
    assert.equal(clip.notes.length, 2);
});

test("a loop's start stays before its end", () => {
    const {live, clip, at} = makeSet();
    at(clip).set("loop_start", 4);
    assert.deepEqual(live.errors, ["Loop start must be before loop end"]);
    assert.equal(clip.loop_start, 0);
});

test("a clip made in the Arrangement takes away what lies there", () => {
    const {live, track, at} = makeSet();
    const old = live.arrangementClip(track, 4, "Old", []);
    at(track).call("create_midi_clip", 6, 4);
    assert.ok(!track.arrangement_clips.includes(old));
    assert.equal(at(old).id, "0");
});

test("every write is an undo step, unless one is open", () => {
    const {live, track, at} = makeSet();
    at(track).set("name", "A");
    at(track).set("name", "B");
    assert.deepEqual(live.undo, [1, 1]);
    const set = new live.LiveAPI("live_set");
    set.call("begin_undo_step");
    at(track).set("name", "C");
    at(track).set("name", "D");
    set.call("end_undo_step");
    assert.deepEqual(live.undo, [1, 1, 2]);
});

test("Live 11 has no undo steps, no scale mode, and no clips in the Arrangement to be made", () => {
    const {live, track, at} = makeSet({version: 11});
    new live.LiveAPI("live_set").call("begin_undo_step");
    new live.LiveAPI("live_set").get("scale_mode");
    at(track).call("create_midi_clip", 0, 4);
    assert.equal(live.errors.length, 3);
});
