// A Set with a melody, a ripieno, and a device between them.

"use strict";

const {Live} = require("./live.js");
const {Clock, Network, Device} = require("./max.js");
const {Server} = require("./server.js");

const MELODY = [[76, 0, 1], [77, 1, 1], [79, 2, 2]];
const A_MOMENT = 50; // milliseconds, enough for a few messages in both directions

function makeRig({version, ...options} = {}) {
    const clock = new Clock();
    const network = new Network(clock);
    const server = new Server(network);
    const live = new Live({version});
    const track = live.track("Flute");
    const clip = live.clip(track, 1, "Tune", MELODY);
    live.view.detail_clip = clip;
    const device = new Device({live, network, clock, server, ...options});
    const rig = {clock, network, server, live, track, clip, device};
    rig.pass = (milliseconds = A_MOMENT) => clock.advance(milliseconds);
    rig.press = (button) => {
        device.press(button);
        rig.pass();
    };
    // The clip of a voice; undefined where there is none.
    rig.voice = (name, scene = 1) => {
        const own = live.named(`${name} (ripieno)`);
        return own && (own.clip_slots[scene].clip || undefined);
    };
    rig.pitches = (name, scene) => Live.notes(rig.voice(name, scene)).map((note) => note[0]);
    return rig;
}

function connected(options) {
    const rig = makeRig(options);
    rig.device.load();
    rig.pass();
    return rig;
}

// A value of a script as a value of this context: those of other contexts are never deep-equal.
function plain(value) {
    return JSON.parse(JSON.stringify(value));
}

// One of the device's objects, by its name in the scripts.
function part(name) {
    return makeRig().device.scope[name];
}

module.exports = {makeRig, plain, part, connected, Live, Device, MELODY};
