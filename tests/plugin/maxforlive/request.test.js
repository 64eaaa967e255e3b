"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const {connected, part} = require("./rig.js");

const LOST = "Some of the new notes were lost on their way from ripieno. Please try again.";

function harmonized(tamper) {
    const rig = connected();
    if (tamper) {
        rig.server.tamper = tamper;
    }
    rig.press("harmonize");
    rig.pass(1000);
    return rig;
}

// A melody of 60 notes, so that each alternative comes in several messages.
function longRig() {
    const rig = connected();
    rig.clip.notes = [];
    rig.live.put(rig.clip, Array.from({length: 60}, (_, index) => [72 + index % 5, index / 4, 0.25]));
    rig.clip.loop_end = rig.clip.end_marker = 16;
    return rig;
}

test("every setting of a request is in ripieno's table, and those of one task go with that task", () => {
    const settings = new (part("RipienoSettings"))();
    settings.set("temperature_on", 1);
    const source = {meter: {numerator: 3, denominator: 4}, key: "C", pickup: 1, span: 8};
    const names = (task) => Array.from(settings.listFor(task, source), (setting) => setting[0]);
    const table = Object.keys(part("ripienoSettingsTable"));
    for (const [task, more] of [["harmonize", []], ["continue", ["bars"]], ["compose", ["bars"]], ["vary", ["amount"]]]) {
        assert.deepEqual(names(task).filter((name) => !table.includes(name)), []);
        assert.deepEqual(names(task).filter((name) => name === "bars" || name === "amount"), more);
    }
});

test("the messages of a request, in order", () => {
    const rig = connected();
    rig.press("harmonize");
    const [[id]] = rig.device.sentTo("/ripieno/harmonize");
    const about = rig.device.sent.filter((message) => message.includes(id)).map((message) => message.join(" "));
    assert.deepEqual(about, [
        `/ripieno/reply_to ${rig.device.port} ${id}`,
        `/ripieno/set ${id} performers choir`,
        `/ripieno/set ${id} meter 4/4`,
        `/ripieno/set ${id} alternatives 3`,
        `/ripieno/set ${id} seed 5000`,
        `/ripieno/set ${id} length 4`,
        `/ripieno/notes ${id} 0 76 0 1 100 0 77 1 1 100 0 79 2 2 100`,
        `/ripieno/harmonize ${id} 3`
    ]);
});

test("long clips go out in messages of 40 notes, with their count at the end", () => {
    const rig = longRig();
    rig.press("harmonize");
    assert.deepEqual(rig.device.sentTo("/ripieno/notes").map((message) => (message.length - 1) / 5), [40, 20]);
    assert.equal(rig.device.sentTo("/ripieno/harmonize")[0][1], 60);
    assert.equal(rig.voice("Alto").notes.length, 60);
});

test("results in any order make the same clips", () => {
    const rig = longRig();
    rig.server.tamper = (messages) => [...messages.slice(0, -1).reverse(), messages.at(-1)];
    rig.press("harmonize");
    assert.equal(rig.voice("Bass").notes.length, 60);
    assert.match(rig.device.status, /^Version 1 of 3/);
});

test("results that come after done are waited for", () => {
    const rig = harmonized((messages) => [messages.at(-1), ...messages.slice(0, -1)]);
    assert.equal(rig.device.sentTo("/ripieno/again").length, 0);
    assert.match(rig.device.status, /^Version 1 of 3/);
});

test("results that come twice count once", () => {
    const rig = harmonized((messages) => messages.flatMap((one) => (one[0].endsWith("result") ? [one, one] : [one])));
    assert.match(rig.device.status, /^Version 1 of 3/);
    assert.equal(rig.voice("Tenor").notes.length, 3);
});

test("lost results are requested again", () => {
    let times = 0;
    const rig = harmonized((messages) => (times++ === 0 ? messages.slice(1) : messages));
    assert.equal(rig.device.sentTo("/ripieno/again").length, 1);
    assert.match(rig.device.status, /^Version 1 of 3/);
    assert.equal(rig.voice("Alto").notes.length, 3);
});

test("what is lost twice is an error, and nothing is written", () => {
    const rig = connected();
    rig.server.tell = (id, messages) => {
        const [address, ...values] = messages.at(-1); // only done ever arrives
        rig.server.answer(id, address, values);
    };
    rig.press("harmonize");
    rig.pass(3000);
    assert.equal(rig.device.sentTo("/ripieno/again").length, 1);
    assert.equal(rig.device.status, LOST);
    assert.equal(rig.live.named("Alto (ripieno)"), undefined);
});

test("an unanswered again is an error", () => {
    const rig = connected();
    rig.server.tamper = (messages) => {
        rig.server.running = false;
        return messages.slice(1);
    };
    rig.press("harmonize");
    rig.pass(2600);
    assert.equal(rig.device.status, LOST);
});

test("an error of ripieno is shown in its words, with pitches as Live names them", () => {
    const rig = connected();
    rig.server.errors.set("harmonize", ["bad_score", "Soprano, measure 1, beat 2: C4 and E4 begin together"]);
    rig.press("harmonize");
    assert.equal(rig.device.status, "Soprano, measure 1, beat 2: C3 and E3 begin together");
    assert.equal(rig.device.light, "red");
});

test("progress is shown", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    assert.equal(rig.device.status, "Harmonizing ... 25 %");
    assert.equal(rig.device.light, "blue");
});

test("while one request is worked on, a second button waits", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.press("vary");
    assert.equal(rig.device.status, "ripieno is still at work. Wait, or press Cancel.");
    rig.server.finish(rig.server.last);
    rig.pass();
    assert.match(rig.device.status, /^Version 1 of 3/);
});

test("cancel cancels, and what comes later is not written", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.press("cancel");
    assert.equal(rig.device.status, "Cancelled. Nothing was written.");
    rig.server.finish(rig.server.last);
    rig.pass();
    assert.equal(rig.live.song.tracks.length, 1);
});

test("cancel ends the request even if ripieno does not confirm it", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.server.cancel = () => {};
    rig.press("cancel");
    assert.equal(rig.device.status, "Cancelling ...");
    rig.pass(2100);
    assert.equal(rig.device.status, "Cancelled. Nothing was written.");
});

test("a ripieno that ends during a request is noticed", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.server.running = false;
    rig.pass(15000);
    assert.match(rig.device.status, /^ripieno stopped answering/);
});

test("after two minutes without a message the request is given up", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    rig.pass(119000);
    assert.match(rig.device.status, /^Harmonizing/);
    rig.pass(2000);
    assert.equal(rig.device.status, "ripieno has said nothing for two minutes. Please try again.");
    assert.equal(rig.device.sentTo("/ripieno/cancel").length, 1);
});

test("a request follows the device to another port", () => {
    const rig = connected();
    rig.server.waits = true;
    rig.press("harmonize");
    const first = rig.device.port;
    rig.network.ports.set(first, () => {}); // somebody else took it
    rig.pass(14000);
    assert.notEqual(rig.device.port, first);
    rig.server.finish(rig.server.last);
    rig.pass();
    assert.match(rig.device.status, /^Version 1 of 3/);
});

test("a result without notes is reported", () => {
    const rig = connected();
    rig.server.compose = () => [];
    rig.press("harmonize");
    assert.equal(rig.device.status, "ripieno had nothing to add.");
});
