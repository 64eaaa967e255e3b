// The device with a ripieno that really listens: `node over_udp.js PORT TASK` prints the result as JSON.
//
// Live is the stand-in; the packets, the ports and the clock are real.

"use strict";

const dgram = require("node:dgram");
const {Live} = require("./live.js");
const {Device} = require("./max.js");

const LOCAL = "127.0.0.1";
const MAX_MS = 10000;
const [port, task] = [Number(process.argv[2]), process.argv[3]];

// -- OSC ---------------------------------------------------------------------------------------------------------

function text(value) {
    const bytes = Buffer.from(value, "utf8");
    return Buffer.concat([bytes, Buffer.alloc(4 - bytes.length % 4)]);
}

// As Max writes it: a whole number is an integer, any other has 32 bits.
function pack(address, values) {
    const tags = values.map((value) => (typeof value === "string" ? "s" : Number.isInteger(value) ? "i" : "f"));
    const parts = values.map((value, index) => {
        if (tags[index] === "s") {
            return text(value);
        }
        const bytes = Buffer.alloc(4);
        if (tags[index] === "i") {
            bytes.writeInt32BE(value);
        } else {
            bytes.writeFloatBE(value);
        }
        return bytes;
    });
    return Buffer.concat([text(address), text(`,${tags.join("")}`), ...parts]);
}

function unpack(packet) {
    let at = 0;
    const word = () => {
        const found = packet.toString("utf8", at, packet.indexOf(0, at));
        at += text(found).length;
        return found;
    };
    const number = (read) => {
        at += 4;
        return read.call(packet, at - 4);
    };
    const address = word();
    const values = [...word().slice(1)].map((tag) => {
        if (tag === "s") {
            return word();
        }
        return number(tag === "i" ? packet.readInt32BE : packet.readFloatBE);
    });
    return [address, values];
}

// -- what replaces Max -------------------------------------------------------------------------------------------

class Sockets {
    constructor() {
        this.sender = dgram.createSocket("udp4");
        this.receiver = null;
    }

    listen(number, receive) {
        if (this.receiver) {
            this.receiver.close();
        }
        this.receiver = dgram.createSocket("udp4");
        this.receiver.on("message", (packet) => receive(...unpack(packet)));
        this.receiver.on("error", () => {}); // somebody else has the port
        this.receiver.bind({port: number, address: LOCAL, exclusive: true});
        return true;
    }

    deliver(address, values) {
        this.sender.send(pack(address, values), port, LOCAL);
    }
}

const clock = {
    later: (milliseconds, then) => setTimeout(then, milliseconds),
    cancel: (timer) => clearTimeout(timer)
};

// -- one press ---------------------------------------------------------------------------------------------------

function makeSet() {
    const live = new Live();
    const track = live.track("Flute");
    live.view.detail_clip = live.clip(track, 0, "Tune", [
        [67, -1, 1], [69, 0, 1 / 3], [71, 1 / 3, 1 / 3], [72, 2 / 3, 1 / 3], [74, 1, 2]
    ], {start: -1, length: 4, meter: [3, 4]});
    Object.assign(live.song, {root_note: 7, scale_name: "Major", scale_mode: 1});
    return live;
}

async function until(condition) {
    for (let waited = 0; !condition() && waited < MAX_MS; waited += 10) {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

async function main() {
    const live = makeSet();
    const device = new Device({live, network: new Sockets(), clock, server: {receive() {}}}).load();
    await until(() => device.light === "green");
    const connected = device.status;
    device.press(task);
    await until(() => device.light !== "blue");
    const clips = live.song.tracks.slice(1).map((track) => [track.name, Live.notes(track.clip_slots[0].clip)]);
    process.stdout.write(JSON.stringify({connected, status: device.status, errors: live.errors, clips}));
    process.exit(0);
}

main();
