// A stand-in for Max: runs the device's scripts as the js object does, with a clock of its own and a network in memory.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const FOLDER = path.join(__dirname, "..", "..", "..", "plugin", "maxforlive");

// Removes what the JavaScript of Max 8 (ES5) does not have, as far as a script may call it by mistake.
const TOO_NEW = [
    "['Map', 'Set', 'WeakMap', 'Promise', 'Symbol', 'Proxy', 'Reflect', 'BigInt'].forEach(n => delete globalThis[n])",
    "['assign', 'values', 'entries', 'fromEntries', 'is'].forEach(n => delete Object[n])",
    "['from', 'of'].forEach(n => delete Array[n])",
    "['find', 'findIndex', 'includes', 'fill', 'flat', 'flatMap', 'at', 'keys', 'values', 'entries', 'findLast']" +
        ".forEach(n => delete Array.prototype[n])",
    "['startsWith', 'endsWith', 'includes', 'repeat', 'padStart', 'padEnd', 'trimEnd', 'replaceAll', 'at']" +
        ".forEach(n => delete String.prototype[n])",
    "['isInteger', 'isFinite', 'isNaN', 'parseFloat', 'EPSILON'].forEach(n => delete Number[n])",
    "['trunc', 'sign', 'log2', 'log10', 'hypot', 'fround'].forEach(n => delete Math[n])"
].join(";");

class Clock {
    constructor() {
        this.now = 0;
        this.waiting = [];
    }

    later(milliseconds, then) {
        const entry = {at: this.now + milliseconds, then};
        this.waiting.push(entry);
        return entry;
    }

    cancel(entry) {
        this.waiting = this.waiting.filter((other) => other !== entry);
    }

    advance(milliseconds) {
        const until = this.now + milliseconds;
        for (;;) {
            const next = this.waiting.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
            if (!next) {
                break;
            }
            this.cancel(next);
            this.now = next.at;
            next.then();
        }
        this.now = until;
    }
}

// UDP on one machine: a port belongs to whoever took it first, and numbers have 32 bits.
class Network {
    constructor(clock) {
        this.clock = clock;
        this.ports = new Map();
    }

    listen(port, receiver) {
        if (this.ports.has(port) && this.ports.get(port) !== receiver) {
            return false;
        }
        for (const [other, owner] of this.ports) {
            if (owner === receiver) {
                this.ports.delete(other);
            }
        }
        this.ports.set(port, receiver);
        return true;
    }

    send(port, address, values) {
        this.deliver(address, values, (...message) => {
            const receiver = this.ports.get(port);
            if (receiver) {
                receiver(...message);
            }
        });
    }

    deliver(address, values, receiver) {
        const narrow = values.map((value) => (typeof value === "number" ? Math.fround(value) : value));
        this.clock.later(1, () => receiver(address, narrow));
    }
}

// One ripieno device in a Set.
class Device {
    constructor({live, network, clock, server = null, randomly = 0.5}) {
        Object.assign(this, {live, network, clock, server, sent: [], port: null});
        this.shown = {status: "", light: null, seed: null, models: null};
        this.console = [];
        this.receiver = (address, values) => this.scope.reply(address, ...values);
        this.scope = this.makeScope(randomly);
        this.include("ripieno.js");
    }

    load() {
        this.live.isReady = true;
        this.scope.bang();
        return this;
    }

    press(button) {
        this.scope.press(button);
    }

    set(name, value) {
        this.scope.setting(name, value);
    }

    get status() {
        return this.shown.status;
    }

    // The colour's name.
    get light() {
        const names = ["GREY", "RED", "YELLOW", "GREEN", "BLUE"];
        return names.find((name) => String(this.scope[name]) === String(this.shown.light)).toLowerCase();
    }

    sentTo(address) {
        return this.sent.filter((message) => message[0] === address).map((message) => message.slice(1));
    }

    include(name) {
        vm.runInContext(fs.readFileSync(path.join(FOLDER, name), "utf8"), this.scope, {filename: name});
    }

    makeScope(randomly) {
        const clock = this.clock;
        const scope = vm.createContext({
            include: (name) => this.include(name),
            outlet: (number, ...values) => this.outlet(number, values.flat()),
            arrayfromargs: (values) => Array.prototype.slice.call(values),
            error: (text) => this.console.push(text),
            post: (text) => this.console.push(text),
            setinletassist: () => {},
            setoutletassist: () => {},
            LiveAPI: this.live.LiveAPI,
            Task: class {
                constructor(then) {
                    this.then = then;
                }

                schedule(milliseconds) {
                    this.entry = clock.later(milliseconds, this.then);
                }

                cancel() {
                    clock.cancel(this.entry);
                }
            }
        });
        vm.runInContext(TOO_NEW, scope);
        vm.runInContext(`Math.random = function () { return ${randomly}; }`, scope);
        return scope;
    }

    outlet(number, [name, ...values]) {
        if (number === 0) {
            this.sent.push([name, ...values]);
            if (this.server) {
                this.network.deliver(name, values, (...message) => this.server.receive(...message));
            }
        } else if (number === 1) {
            this.port = this.network.listen(values[0], this.receiver) ? values[0] : null;
        } else {
            this.shown[name] = values.length > 1 ? values : values[0];
        }
    }
}

module.exports = {FOLDER, Clock, Network, Device, TOO_NEW};
