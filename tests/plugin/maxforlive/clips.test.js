"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {connected, Live, MELODY} = require("./rig.js");

function setting(rig, name) {
    return rig.server.setting(rig.server.last, name);
}

function given(rig) {
    return rig.server.requests.get(rig.server.last).notes;
}

// A melody in another clip of the Flute's, shown in the detail view.
function withClip(notes, options, rig = connected()) {
    rig.clip = rig.live.clip(rig.track, 2, "Other", notes, options);
    rig.live.view.detail_clip = rig.clip;
    return rig;
}

test("alto, tenor and bass come beside the melody, each on a track of its own at the end of the Set", () => {
    const rig = connected();
    rig.press("harmonize");
    assert.deepEqual(rig.live.song.tracks.map((track) => track.name),
        ["Flute", "Alto (ripieno)", "Tenor (ripieno)", "Bass (ripieno)"]);
    assert.deepEqual(Live.notes(rig.voice("Alto")), [[72, 0, 1], [73, 1, 1], [75, 2, 2]]);
    assert.deepEqual(Live.notes(rig.voice("Bass")), [[64, 0, 1], [65, 1, 1], [67, 2, 2]]);
    assert.deepEqual(rig.live.errors, []);
});

test("the melody is untouched", () => {
    const rig = connected();
    const before = JSON.stringify({...rig.clip, canonical_parent: 0});
    for (const button of ["harmonize", "continue", "vary", "next", "keep"]) {
        rig.press(button);
    }
    assert.equal(JSON.stringify({...rig.clip, canonical_parent: 0}), before);
});

test("new tracks and clips have their voice's colour, and the report asks for an instrument", () => {
    const rig = connected();
    rig.press("harmonize");
    assert.equal(rig.voice("Alto").color, rig.live.named("Alto (ripieno)").color);
    assert.notEqual(rig.voice("Alto").color, rig.voice("Bass").color);
    assert.match(rig.device.status, /Put an instrument on the new tracks\.$/);
});

test("ripieno's tracks are used again, a track of the musician's named Bass is not", () => {
    const rig = connected();
    const bass = rig.live.track("Bass");
    rig.press("harmonize");
    rig.press("harmonize");
    assert.equal(rig.live.song.tracks.length, 5);
    assert.ok(bass.clip_slots.every((slot) => slot.clip === null));
    assert.doesNotMatch(rig.device.status, /instrument/);
});

test("an audio track with the name of ripieno's is not written to", () => {
    const rig = connected();
    rig.live.track("Alto (ripieno)", {midi: false});
    rig.press("harmonize");
    assert.equal(rig.live.song.tracks.filter((track) => track.name === "Alto (ripieno)").length, 2);
    assert.deepEqual(rig.live.errors, []);
});

test("one press is one undo step", () => {
    const rig = connected();
    rig.press("harmonize");
    assert.equal(rig.live.undo.length, 1);
    rig.press("next");
    assert.equal(rig.live.undo.length, 2);
    rig.press("keep");
    assert.equal(rig.live.undo.length, 3);
    assert.equal(rig.live.openSteps, 0);
});

test("the undo step is closed where Live refuses", () => {
    const rig = connected();
    rig.live.track("Tenor (ripieno)").is_frozen = 1;
    rig.press("harmonize");
    assert.equal(rig.device.status, "Live made no clip on Tenor (ripieno). Is it frozen?");
    assert.equal(rig.live.openSteps, 0);
    assert.equal(rig.live.undo.length, 1);
});

test("the undo step is closed after a bug of the device, and the message says where to look", () => {
    const rig = connected();
    rig.device.scope.ripienoNotes.forLive = () => {
        throw new Error("a bug");
    };
    rig.press("harmonize");
    assert.equal(rig.live.openSteps, 0);
    assert.equal(rig.device.status, "Something went wrong in the device itself. The Max console says what.");
    assert.match(rig.device.console.join(), /a bug/);
});

test("Live 11 cannot group undo steps, and is not asked to", () => {
    const rig = connected({version: 11});
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1 of 3/);
    assert.deepEqual(rig.live.errors, []);
});

test("notes that Live did not take are noticed", () => {
    const rig = connected();
    rig.server.compose = () => [[1, 60, 0, 1, 90], [1, 140, 1, 1, 90]];
    rig.press("harmonize");
    assert.match(rig.device.status, /^Live took 0 of the 2 notes of the Alto/);
    assert.equal(rig.live.openSteps, 0);
});

test("where Max gives notes as the name of a dictionary, they are read", () => {
    const rig = connected();
    const call = rig.live.LiveAPI.prototype.call;
    const dictionaries = [];
    rig.live.LiveAPI.prototype.call = function readAsName(name, ...values) {
        const found = call.call(this, name, ...values);
        return name === "get_notes_extended" ? ["dictionary", dictionaries.push(found) - 1] : found;
    };
    rig.device.scope.Dict = class {
        constructor(name) {
            this.stringify = () => dictionaries[name];
        }
    };
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1 of 3/);
});

// -- what is read ----------------------------------------------------------------------------------------------

test("only what the loop plays is sent, counted from its start", () => {
    const rig = withClip([[60, 0, 1], [62, 4, 1], [64, 7, 4], [65, 8, 1]], {start: 4, length: 4});
    rig.press("harmonize");
    assert.deepEqual(given(rig).map((note) => note.slice(0, 4)), [[0, 62, 0, 1], [0, 64, 3, 1]]);
    assert.equal(setting(rig, "length"), 4);
});

// A pad under a tune: two chords, the second of them struck by a hand, and a passing note.
const CHORDS = [
    [72, 0, 4], [64, 0, 4], [55, 0, 4], [53, 4, 4], [69, 4 + 1 / 48, 2], [74, 4 + 2 / 48, 3.9], [65, 2, 1], [76, 6, 2]
];

test("a second melody in the scene replaces the voices of the first only when that is confirmed", () => {
    const rig = connected();
    rig.press("harmonize");
    const alto = Live.notes(rig.voice("Alto"));
    rig.live.view.detail_clip = rig.live.clip(rig.live.track("Lead"), 1, "Other tune", [[67, 0, 4]]);
    rig.press("harmonize");
    assert.match(rig.device.status,
        /^Press Harmonize again to replace the clip "Alto 1 of 3 \(ripieno \w+\)" on the track Alto .* and 2 more\.$/);
    assert.deepEqual(Live.notes(rig.voice("Alto")), alto);
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1 of 3/);
    assert.notDeepEqual(Live.notes(rig.voice("Alto")), alto);
    rig.press("next"); // now they are its own
    assert.match(rig.device.status, /^Version 2 of 3/);
    assert.deepEqual(rig.live.errors, []);
});

test("of chords the top line is sent, and that is said", () => {
    const rig = withClip(CHORDS, {length: 8});
    rig.press("harmonize");
    assert.deepEqual(given(rig).map((note) => note[1]), [72, 74, 76]);
    assert.match(rig.device.status,
        / Your clip has chords: ripieno took their top line and left out the 5 notes below it\. Put an instrument/);
    rig.press("next");
    assert.match(rig.device.status, /left out the 5 notes below it/);
});

test("of a bass's chords the lowest line is sent", () => {
    const rig = withClip(CHORDS, {length: 8});
    rig.device.set("voice", "Bass");
    rig.press("harmonize");
    assert.deepEqual(given(rig).map((note) => note[1]), [55, 53]);
    assert.match(rig.device.status, /took their lowest line and left out the 6 notes above it\./);
});

test("a pianist's chords are sent as they are, and a line is no chord", () => {
    const rig = withClip(CHORDS, {length: 8});
    rig.device.set("performers", "piano");
    rig.press("vary");
    assert.equal(given(rig).length, CHORDS.length);
    const other = withClip([[60, 0, 2], [62, 1, 2], [64, 2, 1]]);
    other.press("harmonize");
    assert.equal(given(other).length, 3);
    assert.doesNotMatch(other.device.status, /chords/);
});

test("a clip of chords that was changed meanwhile is noticed in its lower notes, too", () => {
    const rig = withClip(CHORDS, {length: 8});
    rig.device.press("harmonize");
    rig.clip.notes[2].pitch = 50;
    rig.pass();
    assert.match(rig.device.status, /^Your clip was changed meanwhile/);
});

test("the new clips loop where the melody does, so that their barlines agree", () => {
    const rig = withClip([[62, 4, 1], [64, 7, 1]], {start: 4, length: 4});
    rig.press("harmonize");
    const alto = rig.voice("Alto", 2);
    assert.deepEqual([alto.loop_start, alto.loop_end, alto.start_marker, alto.end_marker], [4, 8, 4, 8]);
    assert.deepEqual(Live.notes(alto).map((note) => note[1]), [4, 7]);
    assert.deepEqual(rig.live.errors, []);
});

test("a clip that begins before its zero has a pickup, and so have the new ones", () => {
    const rig = withClip([[62, -1, 1], [64, 0, 4]], {start: -1, length: 5});
    rig.press("harmonize");
    assert.equal(setting(rig, "pickup"), 1);
    const alto = rig.voice("Alto", 2);
    assert.deepEqual([alto.loop_start, alto.loop_end], [-1, 4]);
    assert.deepEqual(Live.notes(alto).map((note) => note[1]), [-1, 0]);
    assert.deepEqual(rig.live.errors, []);
});

test("a clip that lies wholly before its zero works, too", () => {
    const rig = withClip([[62, -8, 1]], {start: -8, length: 4});
    rig.press("harmonize");
    const alto = rig.voice("Alto", 2);
    assert.deepEqual([alto.loop_start, alto.loop_end], [-8, -4]);
    assert.deepEqual(rig.live.errors, []);
});

test("the new clips are as long as the melody's, rests at its end included", () => {
    const rig = withClip([[62, 0, 2]], {length: 16});
    rig.press("harmonize");
    assert.equal(rig.voice("Alto", 2).loop_end, 16);
});

test("the clip's time signature is sent and taken over", () => {
    const rig = withClip([[62, 0, 3]], {length: 3, meter: [3, 4]});
    rig.press("harmonize");
    assert.equal(setting(rig, "meter"), "3/4");
    assert.equal(rig.voice("Bass", 2).signature_numerator, 3);
});

test("the Set's scale is the key where the musician switched it on, and only there", () => {
    const rig = connected();
    Object.assign(rig.live.song, {root_note: 6, scale_name: "Minor"});
    rig.press("harmonize");
    assert.equal(setting(rig, "key"), undefined);
    rig.live.song.scale_mode = 1;
    rig.press("harmonize");
    assert.equal(setting(rig, "key"), "f# minor");
});

for (const [what, prepare, text] of [
    ["no clip", (rig) => { rig.live.view.detail_clip = null; },
        "Double-click the clip with your melody first, so that its notes are shown."],
    ["an audio clip", (rig) => { rig.clip.is_midi_clip = 0; }, "This is an audio clip. Double-click a MIDI clip."],
    ["an empty clip", (rig) => { rig.clip.notes = []; }, "This clip has no notes that sound."],
    ["a clip whose notes are all switched off", (rig) => { rig.clip.notes.forEach((note) => { note.mute = 1; }); },
        "This clip has no notes that sound."]
]) {
    test(`${what} is asked for in plain words`, () => {
        const rig = connected();
        prepare(rig);
        rig.press("harmonize");
        assert.equal(rig.device.status, text);
        assert.equal(rig.device.sentTo("/ripieno/harmonize").length, 0);
    });
}

test("the menu says which voice the clip is", () => {
    const rig = connected();
    rig.device.set("voice", "Bass");
    rig.press("harmonize");
    assert.equal(given(rig)[0][0], 3);
    assert.ok(rig.voice("Soprano") && rig.voice("Alto") && rig.voice("Tenor"));
    assert.equal(rig.voice("Bass"), undefined);
});

test("a clip on one of ripieno's tracks is that track's voice, whatever the menu says", () => {
    const rig = connected();
    const bass = rig.live.track("Bass (ripieno)");
    rig.live.view.detail_clip = rig.live.clip(bass, 0, "Mine", [[48, 0, 4]]);
    rig.press("harmonize");
    assert.equal(given(rig)[0][0], 3);
    assert.ok(rig.voice("Soprano", 0));
    assert.equal(bass.clip_slots[0].clip.name, "Mine");
});

// -- the other buttons -----------------------------------------------------------------------------------------

test("a continuation begins with the melody, so that it can be played by itself", () => {
    const rig = connected();
    rig.device.set("bars", 1);
    rig.press("continue");
    assert.equal(setting(rig, "bars"), 1);
    const clip = rig.voice("Soprano");
    assert.deepEqual(Live.notes(clip), [...MELODY, [77, 4, 1], [78, 5, 1], [80, 6, 2]]);
    assert.equal(clip.loop_end, 8);
});

test("a variation comes beside the clip, not over it", () => {
    const rig = connected();
    rig.device.set("amount", 45);
    rig.press("vary");
    assert.equal(setting(rig, "amount"), Math.fround(0.45));
    assert.deepEqual(rig.pitches("Soprano"), [77, 78, 80]);
});

test("new clips come after a source on one of ripieno's tracks", () => {
    const rig = connected();
    rig.press("vary");
    rig.live.view.detail_clip = rig.voice("Soprano");
    rig.live.clip(rig.live.named("Soprano (ripieno)"), 2, "In between", []);
    rig.press("vary");
    assert.deepEqual(rig.pitches("Soprano", 1), [77, 78, 80]);
    assert.deepEqual(rig.pitches("Soprano", 3), [78, 79, 81]);
});

test("a clip that came after its source is replaced there by the next version", () => {
    const rig = connected();
    const track = rig.live.track("Soprano (ripieno)");
    rig.live.view.detail_clip = rig.live.clip(track, 0, "Mine", MELODY);
    rig.press("vary");
    assert.deepEqual(rig.pitches("Soprano", 1), [77, 78, 80]);
    rig.press("next");
    assert.deepEqual(rig.pitches("Soprano", 1), [78, 79, 81]);
    assert.equal(rig.voice("Soprano", 2), undefined);
});

test("the source is never written over, whatever voices ripieno answers with", () => {
    const rig = connected();
    const track = rig.live.track("Soprano (ripieno)");
    const scope = rig.device.scope;
    const clip = rig.live.clip(track, 1, "", MELODY);
    clip.name = scope.ripienoNotes.withMark("Soprano", clip.notes);
    rig.live.view.detail_clip = clip;
    rig.server.compose = () => [[0, 60, 0, 4, 90], [1, 55, 0, 4, 90]];
    rig.press("harmonize");
    assert.match(rig.device.status, /^Nothing was written: the clip "Soprano \(ripieno/);
    assert.deepEqual(Live.notes(clip), MELODY);
});

test("after the last scene a scene is made", () => {
    const rig = connected();
    const track = rig.live.track("Soprano (ripieno)");
    rig.live.view.detail_clip = rig.live.clip(track, 3, "Last", MELODY);
    rig.press("vary");
    assert.equal(rig.live.song.scenes.length, 5);
    assert.deepEqual(rig.pitches("Soprano", 4), [77, 78, 80]);
    assert.deepEqual(rig.live.errors, []);
});

test("a composition needs no clip, and goes into the selected scene", () => {
    const rig = connected();
    rig.live.view.detail_clip = null;
    rig.live.view.selected_scene = rig.live.song.scenes[3];
    rig.live.song.signature_numerator = 3;
    rig.press("compose");
    assert.equal(rig.device.sentTo("/ripieno/compose")[0].length, 1);
    assert.equal(setting(rig, "meter"), "3/4");
    assert.equal(setting(rig, "length"), undefined);
    assert.deepEqual(["Soprano", "Alto", "Tenor", "Bass"].map((name) => rig.pitches(name, 3)[0]), [72, 67, 64, 48]);
    assert.equal(rig.voice("Soprano", 3).loop_end, 6, "two measures of three");
});

test("for the piano there are two hands", () => {
    const rig = connected();
    rig.device.set("performers", "Piano");
    rig.server.compose = () => [[0, 76, 0, 4, 90], [1, 48, 0, 4, 90], [1, 55, 0, 4, 90]];
    rig.press("harmonize");
    assert.equal(setting(rig, "performers"), "piano");
    assert.deepEqual(rig.pitches("Left hand"), [48, 55]);
});

// -- the Arrangement -------------------------------------------------------------------------------------------

function arranged(options, version) {
    const rig = connected({version});
    rig.clip = rig.live.arrangementClip(rig.track, 16, "Verse", MELODY, options);
    rig.live.view.detail_clip = rig.clip;
    return rig;
}

test("beside a clip in the Arrangement, clips come at the same time", () => {
    const rig = arranged();
    rig.press("harmonize");
    const [alto] = rig.live.named("Alto (ripieno)").arrangement_clips;
    assert.equal(alto.start_time, 16);
    assert.deepEqual(Live.notes(alto)[0], [72, 0, 1]);
    rig.press("next");
    assert.equal(rig.live.named("Alto (ripieno)").arrangement_clips.length, 1);
    assert.deepEqual(rig.live.errors, []);
});

test("a clip of the musician's in the Arrangement is not cut away", () => {
    const rig = arranged();
    const mine = rig.live.arrangementClip(rig.live.track("Tenor (ripieno)"), 18, "Mine", [[60, 0, 1]]);
    rig.press("harmonize");
    assert.match(rig.device.status, /^Press Harmonize again to replace the clip "Mine" on the track Tenor/);
    assert.ok(rig.live.named("Tenor (ripieno)").arrangement_clips.includes(mine));
});

test("a clip where a continuation would lie is asked about before the work begins", () => {
    const rig = arranged();
    rig.device.set("bars", 1);
    rig.live.arrangementClip(rig.live.track("Soprano (ripieno)"), 22, "Chorus", [[60, 0, 1]]);
    rig.press("continue");
    assert.match(rig.device.status, /^Press Continue again to replace the clip "Chorus"/);
    assert.equal(rig.device.sentTo("/ripieno/continue").length, 0);
});

test("a clip that repeats itself in the Arrangement must be consolidated first", () => {
    const rig = arranged({length: 8, looping: 1});
    rig.clip.loop_end = 4;
    rig.press("harmonize");
    assert.match(rig.device.status, /Consolidate/);
});

test("Live 11 cannot write into the Arrangement, and the message says so", () => {
    const rig = arranged({}, 11);
    rig.press("harmonize");
    assert.equal(rig.device.status,
        "Live made no clip on Alto (ripieno). Before Live 12, drag your clip to the Session view.");
});

// -- limits ----------------------------------------------------------------------------------------------------

test("a Set of 300 tracks is walked through twice a press, no more", () => {
    const rig = connected();
    for (let i = 0; i < 300; i += 1) {
        rig.live.track(`Track ${i}`);
    }
    let made = 0;
    const resolve = rig.live.resolve;
    rig.live.resolve = (path) => {
        made += 1;
        return resolve.call(rig.live, path);
    };
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1 of 3/);
    assert.ok(made < 700, `${made} objects`);
});

test("a Live before 11 is recognized", () => {
    const rig = connected();
    const call = rig.live.LiveAPI.prototype.call;
    rig.live.LiveAPI.prototype.call = function refuseNotes(name, ...values) {
        return name.endsWith("_extended") ? undefined : call.call(this, name, ...values);
    };
    rig.press("harmonize");
    assert.equal(rig.device.status, "This needs Live 11 or newer.");
});

test("a clip of 2000 notes comes back whole", () => {
    const rig = connected();
    rig.clip.notes = [];
    rig.live.put(rig.clip, Array.from({length: 2000}, (_, index) => [60 + index % 12, index / 2, 0.5]));
    rig.clip.loop_end = rig.clip.end_marker = 1000;
    rig.device.set("alternatives", 1);
    rig.press("harmonize");
    assert.match(rig.device.status, /^Version 1:/);
    assert.equal(rig.voice("Tenor").notes.length, 2000);
});
