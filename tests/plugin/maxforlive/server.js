// A stand-in for ripieno: speaks docs/protocol.md, and writes a third, a sixth and an octave below the given notes.

"use strict";

const NOTES_A_MESSAGE = 40;

class Server {
    constructor(network) {
        this.network = network;
        this.running = true;
        this.ports = new Map(); // id -> port for its results
        this.requests = new Map();
        this.own = []; // models that the musician trained
        this.waits = false; // whether a request only gets a progress message, until finish() is called
        this.tamper = (messages) => messages; // loses, doubles or reorders the results
        this.compose = thirdsAndMore;
        this.errors = new Map(); // address -> [code, text]
    }

    receive(address, values) {
        if (!this.running) {
            return;
        }
        const [id, ...rest] = values;
        const does = {
            "/ripieno/reply_to": () => this.replyTo(values[0], values[1]),
            "/ripieno/ping": () => this.answer(id, "/ripieno/pong", ["0.1.0"]),
            "/ripieno/models": () => this.answer(id, "/ripieno/models", ["lstm-chorales", ...this.own]),
            "/ripieno/set": () => this.request(id).settings.push(rest),
            "/ripieno/notes": () => this.request(id).notes.push(...inFives(rest)),
            "/ripieno/cancel": () => this.cancel(id),
            "/ripieno/again": () => this.tell(id, this.requests.get(id).answer)
        }[address];
        if (does) {
            does();
        } else {
            this.start(address.slice("/ripieno/".length), id, rest);
        }
    }

    replyTo(port, id) {
        this.ports.set(id, port);
        this.network.send(port, "/ripieno/ok", [port]);
    }

    request(id) {
        if (!this.requests.has(id)) {
            this.requests.set(id, {settings: [], notes: []});
        }
        return this.requests.get(id);
    }

    setting(id, name) {
        const found = this.requests.get(id).settings.find((setting) => setting[0] === name);
        return found && found[1];
    }

    start(task, id, [count]) {
        const request = Object.assign(this.request(id), {task, id});
        if (this.errors.has(task)) {
            this.answer(id, "/ripieno/error", this.errors.get(task));
        } else if (count !== undefined && count !== request.notes.length) {
            this.answer(id, "/ripieno/error", ["incomplete", "notes are missing"]);
        } else {
            this.answer(id, "/ripieno/progress", [0.25]);
            if (!this.waits) {
                this.finish(id);
            }
        }
    }

    finish(id) {
        const request = this.requests.get(id);
        const versions = this.setting(id, "alternatives") || 1;
        const answer = [];
        let count = 0;
        for (let number = 1; number <= versions; number += 1) {
            const notes = this.compose(request, number);
            count += notes.length;
            for (let at = 0; at < notes.length; at += NOTES_A_MESSAGE) {
                answer.push(["/ripieno/result", number, ...notes.slice(at, at + NOTES_A_MESSAGE).flat()]);
            }
        }
        for (let number = 2; number <= versions; number += 1) {
            answer.push(["/ripieno/difference", number, `closes on the dominant in measure ${number}`]);
        }
        answer.push(["/ripieno/done", count, 1500, this.setting(id, "seed"), 1]);
        request.answer = answer;
        this.tell(id, this.tamper(answer));
    }

    cancel(id) {
        this.answer(id, "/ripieno/cancelled", []);
    }

    tell(id, messages) {
        messages.forEach(([address, ...values]) => this.answer(id, address, values));
    }

    answer(id, address, values) {
        this.network.send(this.ports.get(id), address, [id, ...values]);
    }

    // The id of the request that was started last.
    get last() {
        return [...this.requests.keys()].pop();
    }
}

function inFives(list) {
    const notes = [];
    for (let at = 0; at < list.length; at += 5) {
        notes.push(list.slice(at, at + 5));
    }
    return notes;
}

// Alternative 2 lies a semitone higher, and so on.
function thirdsAndMore({task, notes}, number) {
    const up = number - 1;
    if (task === "compose") {
        return [[0, 72 + up, 0, 4, 90], [1, 67 + up, 0, 4, 90], [2, 64 + up, 0, 4, 90], [3, 48 + up, 0, 4, 90]];
    }
    const later = task === "continue" ? 4 : 0;
    if (task !== "harmonize") {
        return notes.map(([voice, pitch, start, ...rest]) => [voice, pitch + 1 + up, start + later, ...rest]);
    }
    return notes.flatMap(([given, pitch, ...rest]) => [0, 1, 2, 3].filter((voice) => voice !== given)
        .map((voice) => [voice, pitch - 4 * (voice - given) + up, ...rest]));
}

module.exports = {Server};
