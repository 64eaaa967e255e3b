// The device: what its buttons and settings do. No host calls: `host` sends, shows, waits, reads and writes.
//
// One request at a time. Its alternatives stay until Keep or the next request: Next puts another one in place.

var RipienoDevice = (function () {
    var IDS = 4096; // a device has; they stay below 2^24, so that they are exact as 32-bit floats, too
    var SEEDS = 10000;

    // fromClip: it needs one, and its message ends with the number of notes.
    var TASKS = {
        "harmonize": {word: "Harmonize", doing: "Harmonizing", fromClip: true},
        "continue": {word: "Continue", doing: "Continuing", fromClip: true},
        "compose": {word: "Compose", doing: "Composing", fromClip: false},
        "vary": {word: "Vary", doing: "Varying", fromClip: true}
    };

    var TEXTS = {
        looking: "Looking for ripieno ...",
        lost: "ripieno is not running - open a terminal and type: ripieno serve",
        gone: "ripieno stopped answering. Start it again (ripieno serve), then press the button once more.",
        busy: "ripieno is still at work. Wait, or press Cancel.",
        empty: "This clip has no notes that sound.",
        nothing: "ripieno had nothing to add.",
        changed: "Your clip was changed meanwhile, so nothing was written. Press the button once more.",
        noVersions: "There is no result yet. Press Harmonize first.",
        oneVersion: "There is only this version. Set Versions to 2 or more to get others.",
        idle: "Nothing is going on.",
        cancelling: "Cancelling ...",
        cancelled: "Cancelled. Nothing was written.",
        kept: "Kept. These clips are yours now.",
        expired: "Nothing was replaced.",
        cut: " The time was over: the last measures are missing.",
        tracks: " Put an instrument on the new tracks."
    };

    function RipienoDevice(host) {
        var self = this;
        this.host = host;
        this.connection = null;
        this.request = null;
        this.result = null;
        this.firstId = 0;
        this.nextId = 0;
        this.settings = new RipienoSettings();
        this.confirmation = new RipienoConfirmation(host, {
            asked: function (text) {
                self.show("asking", text);
            },
            expired: function () {
                self.show(self.connection.state, TEXTS.expired);
            }
        });
    }

    // -- the connection ----------------------------------------------------------------------------------------

    // deviceId: Live's number of this device, which no other device has.
    RipienoDevice.prototype.ready = function (deviceId) {
        var self = this;
        this.firstId = deviceId % IDS * IDS;
        this.nextId = this.host.chance(IDS - 1); // not again the ids of a moment ago, if the device was reloaded
        this.stop();
        this.connection = new RipienoConnection(this.host, this.firstId, deviceId, {
            changed: function (state, version) {
                self.connectionChanged(state, version);
            }
        });
        this.connection.look();
    };

    RipienoDevice.prototype.stop = function () {
        this.confirmation.close();
        if (this.request !== null) {
            this.request.stop();
        }
        if (this.connection !== null) {
            this.connection.stop();
        }
    };

    // Every id but the first, which is the ping's.
    RipienoDevice.prototype.newId = function () {
        this.nextId = this.nextId % (IDS - 1) + 1;
        return this.firstId + this.nextId;
    };

    RipienoDevice.prototype.connectionChanged = function (state, version) {
        if (state === "connected") {
            this.host.send("/ripieno/models", [this.firstId]);
        }
        if (this.request === null) {
            this.show(state, state === "connected" ? "Connected to ripieno " + version + "." : TEXTS[state]);
        } else if (state === "connected") {
            this.request.moveTo(this.connection.port);
        } else if (state === "lost") {
            this.failed(TEXTS.gone);
        }
    };

    RipienoDevice.prototype.receive = function (address, values) {
        var id = values[0];
        if (address === "/ripieno/pong") {
            this.connection.pong(id, values[1]);
        } else if (address === "/ripieno/models" && id === this.firstId) {
            this.host.models([RipienoSettings.DEFAULT_MODEL].concat(values.slice(1)));
        } else if (this.request !== null && id === this.request.asked.id) {
            this.request.receive(address, values.slice(1));
        }
    };

    // -- settings and buttons ----------------------------------------------------------------------------------

    RipienoDevice.prototype.set = function (name, value) {
        this.settings.set(name, value);
    };

    RipienoDevice.prototype.press = function (button) {
        if (this.connection === null) {
            return; // Live is still loading the Set
        }
        try {
            if (TASKS[button]) {
                this.start(button);
            } else if (["ping", "cancel", "keep", "next"].indexOf(button) >= 0) {
                this[button]();
            }
        } catch (error) {
            this.failed(this.host.explain(error));
        }
    };

    RipienoDevice.prototype.ping = function () {
        if (this.request === null) {
            this.connection.stop();
            this.connection.look();
        }
    };

    RipienoDevice.prototype.cancel = function () {
        if (this.request === null) {
            this.show(this.connection.state, TEXTS.idle);
            return;
        }
        this.show("working", TEXTS.cancelling);
        this.request.cancel();
    };

    RipienoDevice.prototype.keep = function () {
        if (this.result === null || this.result.clips.length === 0) {
            this.show(this.connection.state, TEXTS.noVersions);
            return;
        }
        this.host.writer.keep(this.result.clips);
        this.result = null;
        this.show("done", TEXTS.kept);
    };

    RipienoDevice.prototype.next = function () {
        var result = this.result;
        if (result === null || !result.hasAnother()) {
            this.show(this.connection.state, result === null ? TEXTS.noVersions : TEXTS.oneVersion);
            return;
        }
        var index = result.following();
        var obstacles = this.host.writer.obstacles(
            result.source, result.place, result.namesOf(index), result.lengthOf(index));
        var agreed = this.confirmation.agreed("Next", obstacles);
        if (agreed !== null) {
            this.write(index, agreed);
        }
    };

    // -- a request ---------------------------------------------------------------------------------------------

    RipienoDevice.prototype.start = function (task) {
        if (this.request !== null) {
            this.show("working", TEXTS.busy);
        } else if (this.connection.state === "lost") {
            this.connection.look();
        } else if (this.connection.state !== "connected") {
            this.show("looking", TEXTS.looking);
        } else {
            this.prepare(task);
        }
    };

    RipienoDevice.prototype.prepare = function (task) {
        var about = TASKS[task];
        var source = about.fromClip ? this.host.reader.readClip() : this.host.reader.readScene();
        if (about.fromClip && source.notes.length === 0) {
            this.show("failed", TEXTS.empty);
            return;
        }
        var names = this.settings.names();
        var job = {task: task, source: source, names: names, voice: this.voiceOf(source, names)};
        var expected = this.expected(job);
        job.place = this.host.writer.targetOf(source, expected);
        job.agreed = this.confirmation.agreed(
            about.word, this.host.writer.obstacles(source, job.place, expected, this.expectedLength(job)));
        if (job.agreed !== null) {
            this.send(job);
        }
    };

    // Which voice the clip is: what the menu says, but a clip on a track of ours is that track's.
    RipienoDevice.prototype.voiceOf = function (source, names) {
        var voice = names.indexOf(this.host.writer.voiceOf(source.place.track));
        return voice >= 0 ? voice : Math.max(0, names.indexOf(this.settings.values.voice));
    };

    // The names of the voices that will probably be written. When they are, it is looked at once more.
    RipienoDevice.prototype.expected = function (job) {
        if (job.task === "compose" || !this.settings.isChoir()) {
            return job.names;
        }
        return job.names.filter(function (_, index) {
            return (index === job.voice) !== (job.task === "harmonize");
        });
    };

    RipienoDevice.prototype.expectedLength = function (job) {
        var source = job.source;
        var full = ripienoNotes.upToBarline(ripienoNotes.endOf(source.notes), source.meter, source.pickup);
        var added = ripienoNotes.measureLength(source.meter) * this.settings.values.bars;
        return Math.max(source.span, job.task === "continue" ? full + added : full);
    };

    RipienoDevice.prototype.send = function (job) {
        var self = this;
        var working = function (fraction) {
            self.show("working", TASKS[job.task].doing + " ... " + Math.round(fraction * 100) + " %");
        };
        this.result = null;
        this.drawSeed();
        this.request = new RipienoRequest(this.host, {
            id: this.newId(),
            port: this.connection.port,
            address: "/ripieno/" + job.task,
            settings: this.settings.listFor(job.task, job.source),
            notes: ripienoNotes.messages(job.source.notes, job.voice),
            count: TASKS[job.task].fromClip ? job.source.notes.length : null
        }, {
            progress: working,
            done: function (answer) {
                self.done(job, answer);
            },
            failed: function (text) {
                self.failed(text);
            },
            cancelled: function () {
                self.request = null;
                self.show("connected", TEXTS.cancelled);
            }
        });
        working(0);
        this.request.start();
    };

    // A seed for each request, unless the musician holds one.
    RipienoDevice.prototype.drawSeed = function () {
        if (!this.settings.values.seed_held) {
            this.settings.set("seed", this.host.chance(SEEDS));
            this.host.seed(this.settings.values.seed);
        }
    };

    // -- the answer --------------------------------------------------------------------------------------------

    RipienoDevice.prototype.done = function (job, answer) {
        this.request = null;
        if (answer.alternatives.length === 0) {
            this.show("done", TEXTS.nothing);
            return;
        }
        this.result = new RipienoResult(job, answer);
        try {
            this.write(0, job.agreed);
        } catch (error) {
            this.failed(this.host.explain(error));
        }
    };

    RipienoDevice.prototype.write = function (index, agreed) {
        var result = this.result;
        if (!this.host.reader.isUnchanged(result.source)) {
            this.result = null;
            this.failed(TEXTS.changed);
            return;
        }
        var written = this.host.writer.write(result.source, result.parts(index), {
            place: result.place,
            length: result.lengthOf(index),
            version: result.versionOf(index),
            agreed: agreed
        });
        result.shown = index;
        result.clips = written.clips;
        this.show("done", result.report() + (result.complete ? "" : TEXTS.cut) +
            (written.newTracks > 0 ? TEXTS.tracks : ""));
    };

    RipienoDevice.prototype.failed = function (text) {
        if (this.request !== null) {
            this.request.stop();
        }
        this.request = null;
        this.show("failed", text);
    };

    RipienoDevice.prototype.show = function (state, text) {
        this.host.light(state);
        this.host.status(text);
    };

    return RipienoDevice;
}());
