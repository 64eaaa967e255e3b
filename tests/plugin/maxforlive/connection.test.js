"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {makeRig, connected, Device} = require("./rig.js");

const NOT_RUNNING = "ripieno is not running - open a terminal and type: ripieno serve";

test("it says which ripieno answered", () => {
    const {device} = connected();
    assert.equal(device.status, "Connected to ripieno 0.1.0.");
    assert.equal(device.light, "green");
});

test("before live.thisdevice bangs, nothing is sent and no button does anything", () => {
    const {device} = makeRig();
    device.press("harmonize");
    assert.deepEqual(device.sent, []);
});

test("where ripieno does not run, it says how to start it, and finds it when it is started", () => {
    const rig = makeRig();
    rig.server.running = false;
    rig.device.load();
    assert.equal(rig.device.status, "Looking for ripieno ...");
    rig.pass(3500);
    assert.equal(rig.device.status, NOT_RUNNING);
    assert.equal(rig.device.light, "red");
    rig.server.running = true;
    rig.pass(4000);
    assert.equal(rig.device.status, "Connected to ripieno 0.1.0.");
});

test("a button that finds no ripieno looks for it once more", () => {
    const rig = makeRig();
    rig.server.running = false;
    rig.device.load();
    rig.pass(3500);
    rig.device.press("harmonize");
    assert.equal(rig.device.status, "Looking for ripieno ...");
    rig.pass(3500);
    assert.equal(rig.device.status, NOT_RUNNING);
    assert.equal(rig.device.sentTo("/ripieno/harmonize").length, 0);
});

test("two devices get two ports and never the same id", () => {
    const rig = connected();
    const other = new Device(rig);
    rig.live.device = rig.live.add("MaxDevice", {});
    other.load();
    rig.pass();
    assert.notEqual(other.port, rig.device.port);
    rig.press("harmonize");
    other.press("harmonize");
    const [[first]] = rig.device.sentTo("/ripieno/harmonize");
    const [[second]] = other.sentTo("/ripieno/harmonize");
    assert.notEqual(first, second);
});

test("two devices whose numbers lead to one port do not share it", () => {
    const rig = connected();
    const other = new Device(rig);
    while (rig.live.device.id !== rig.device.port - 7420 + 80) {
        rig.live.device = rig.live.add("MaxDevice", {});
    }
    other.load();
    rig.pass(1500);
    assert.equal(other.port, rig.device.port + 1);
    assert.equal(other.light, "green");
});

test("a port of another program is left for the next one within a second", () => {
    const rig = makeRig();
    rig.network.listen(7420 + rig.live.device.id, () => {}); // somebody else
    rig.device.load();
    rig.pass(500);
    assert.equal(rig.device.port, null);
    rig.pass(700);
    assert.equal(rig.device.port, 7421 + rig.live.device.id);
    assert.equal(rig.device.light, "green");
});

test("ports stay between 7420 and 7499", () => {
    const rig = makeRig();
    const asked = [];
    rig.network.listen = (port) => asked.push(port) && false;
    rig.server.running = false;
    rig.device.load();
    rig.pass(400000);
    assert.equal(Math.min(...asked), 7420);
    assert.equal(Math.max(...asked), 7499);
    assert.equal(new Set(asked).size, 80);
});

test("the pong of another device's ping does not count", () => {
    const rig = makeRig();
    rig.server.running = false;
    rig.device.load();
    rig.device.scope.reply("/ripieno/pong", 1, "0.1.0");
    assert.notEqual(rig.device.light, "green");
});

test("a restarted ripieno gets the port again", () => {
    const rig = connected();
    rig.server.ports.clear();
    rig.pass(10000);
    assert.equal(rig.device.light, "green");
});

test("a stopped ripieno is noticed within ten seconds", () => {
    const rig = connected();
    rig.server.running = false;
    rig.pass(14000);
    assert.equal(rig.device.status, NOT_RUNNING);
});

test("ids are exact as 32-bit floats, and are used again after 4095 others", () => {
    const rig = connected();
    const ids = new Set();
    for (let i = 0; i < 5000; i += 1) {
        const id = rig.device.scope.device.newId();
        assert.equal(Math.fround(id), id);
        assert.ok(id < 2 ** 24);
        ids.add(id);
    }
    assert.equal(ids.size, 4095);
    assert.ok(!ids.has(rig.device.scope.device.firstId), "the ping's own id is not given away");
});

test("models that the musician trained join the menu, behind those it has", () => {
    const rig = makeRig();
    rig.server.own = ["my-hymns"];
    rig.device.load();
    rig.pass();
    assert.equal(rig.device.shown.models[0], "default");
    assert.equal(rig.device.shown.models.at(-1), "my-hymns");
    const plainRig = connected();
    assert.equal(plainRig.device.shown.models, null, "otherwise the menu stays as it is");
});

test("a device that is taken away leaves nothing running", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.device.scope.notifydeleted();
    assert.deepEqual(rig.clock.waiting, []);
});
