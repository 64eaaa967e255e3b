// The device: what its buttons and settings do. No host calls: `host` sends, shows, waits, reads and writes.
//
// There is one request at a time. Its alternatives stay until Keep or the next request; Next puts another one into
// the Set.

/**
 * @typedef {{cancel: () => void}} RipienoTimer
 *
 * @typedef {object} RipienoHost what the scripts need of Max and Live
 * @property {(address: string, values: (string | number)[]) => void} send to ripieno
 * @property {(port: number) => void} listen
 * @property {(text: string) => void} status
 * @property {(state: string) => void} light
 * @property {(number: number) => void} seed
 * @property {(names: string[]) => void} models
 * @property {(below: number) => number} random a whole number from 0
 * @property {(milliseconds: number, callback: () => void) => RipienoTimer} later
 * @property {(thrown: any) => string} messageOf an error, for the musician
 * @property {typeof ripienoClipReader} reader
 * @property {typeof ripienoClipWriter} writer
 */

var RipienoDevice = (function () {
    var IDS = 4096; // of a device; all stay below 2^24, so that they are exact as 32-bit floats

    // fromClip: whether it needs a clip; its message then ends with the number of notes.
    /** @type {Record<string, {word: string, doing: string, fromClip: boolean}>} */
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
        notReplaced: "Nothing was replaced.",
        cut: " The time was over: the last measures are missing.",
        tracks: " Put an instrument on the new tracks."
    };

    /**
     * @constructor
     * @param {RipienoHost} host
     */
    function RipienoDevice(host) {
        var self = this;
        this.host = host;
        /** @type {InstanceType<typeof RipienoConnection> | null} */
        this.connection = null; // null while Live loads the Set
        /** @type {InstanceType<typeof RipienoRequest> | null} */
        this.request = null;
        /** @type {InstanceType<typeof RipienoResult> | null} */
        this.result = null;
        this.firstId = 0;
        this.nextId = 0;
        this.settings = new RipienoSettings();
        this.confirmation = new RipienoConfirmation(host, {
            onAsk: function (text) {
                self.show("asking", text);
            },
            onTimeout: function () {
                self.show(self.connection.state, TEXTS.notReplaced);
            }
        });
    }

    // -- the connection ----------------------------------------------------------------------------------------

    /** @param {number} deviceId Live's number of this device, which no other device has */
    RipienoDevice.prototype.ready = function (deviceId) {
        var self = this;
        this.firstId = deviceId % IDS * IDS;
        this.nextId = this.host.random(IDS - 1); // other ids than a moment ago, where the device was reloaded
        this.stop();
        this.connection = new RipienoConnection(this.host, this.firstId, deviceId, {
            onChange: function (state, version) {
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

    // Any id but the first, which is that of pings.
    RipienoDevice.prototype.newId = function () {
        this.nextId = this.nextId % (IDS - 1) + 1;
        return this.firstId + this.nextId;
    };

    /** @param {string} state @param {string} [version] */
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

    /** @param {string} address @param {any[]} values */
    RipienoDevice.prototype.receive = function (address, values) {
        var id = values[0];
        if (address === "/ripieno/pong") {
            this.connection.pong(id, values[1]);
        } else if (address === "/ripieno/models" && id === this.firstId) {
            this.host.models([RipienoSettings.DEFAULT_MODEL].concat(values.slice(1)));
        } else if (this.request !== null && id === this.request.messages.id) {
            this.request.receive(address, values.slice(1));
        }
    };

    // -- settings and buttons ----------------------------------------------------------------------------------

    /** @param {string} name @param {any} value */
    RipienoDevice.prototype.set = function (name, value) {
        this.settings.set(name, value);
    };

    /** @param {string} button */
    RipienoDevice.prototype.press = function (button) {
        if (this.connection === null) {
            return; // Live is still loading the Set
        }
        try {
            if (TASKS[button]) {
                this.start(button);
            } else if (button === "ping" || button === "cancel" || button === "keep" || button === "next") {
                this[button]();
            }
        } catch (error) {
            this.failed(this.host.messageOf(error));
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
            result.source, result.target, result.namesOf(index), result.lengthOf(index));
        var replaceable = this.confirmation.confirmed("Next", obstacles);
        if (replaceable !== null) {
            this.write(index, replaceable);
        }
    };

    // -- a request ---------------------------------------------------------------------------------------------

    /** @param {string} task */
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

    /** @param {string} task */
    RipienoDevice.prototype.prepare = function (task) {
        var fromClip = TASKS[task].fromClip;
        var source = fromClip ? this.host.reader.readClip() : this.host.reader.readScene();
        if (fromClip && source.notes.length === 0) {
            this.show("failed", TEXTS.empty);
            return;
        }
        var names = this.settings.names();
        var voice = this.voiceOf(source, names);
        var remark = fromClip ? this.takeLine(source, names[voice]) : "";
        var expected = this.expectedNames(task, names, voice);
        var target = this.host.writer.targetOf(source, expected);
        var replaceable = this.confirmation.confirmed(TASKS[task].word, this.host.writer.obstacles(
            source, target, expected, this.expectedLength(task, source)));
        if (replaceable !== null) {
            this.send({
                task: task, source: source, target: target, names: names, voice: voice, replaceable: replaceable,
                remark: remark
            });
        }
    };

    /**
     * For a choir, leaves one line of the source's chords; what to tell about it.
     *
     * @param {RipienoSource} source @param {string} voice
     */
    RipienoDevice.prototype.takeLine = function (source, voice) {
        if (!this.settings.isChoir() || !ripienoLine.hasChords(source.notes)) {
            return "";
        }
        var count = source.notes.length;
        source.notes = ripienoLine.outerLine(source.notes, voice === "Bass");
        return ripienoLine.remark(count - source.notes.length, voice === "Bass");
    };

    /**
     * The index of the clip's voice: that of the menu, but a clip on one of ripieno's tracks is that track's voice.
     *
     * @param {RipienoSource} source @param {string[]} names
     */
    RipienoDevice.prototype.voiceOf = function (source, names) {
        var voice = names.indexOf(this.host.writer.voiceOf(source.place.track));
        return voice >= 0 ? voice : Math.max(0, names.indexOf(this.settings.values.voice));
    };

    /**
     * The names of the voices that will probably be written. Obstacles are looked for again before writing.
     *
     * @param {string} task @param {string[]} names @param {number} voice
     */
    RipienoDevice.prototype.expectedNames = function (task, names, voice) {
        if (task === "compose" || !this.settings.isChoir()) {
            return names;
        }
        return names.filter(function (_, index) {
            return (index === voice) !== (task === "harmonize");
        });
    };

    /** @param {string} task @param {RipienoSource} source */
    RipienoDevice.prototype.expectedLength = function (task, source) {
        var full = ripienoNotes.upToBarline(ripienoNotes.endOf(source.notes), source.meter, source.pickup);
        var added = ripienoNotes.measureLength(source.meter) * this.settings.values.bars;
        return Math.max(source.span, task === "continue" ? full + added : full);
    };

    /** @param {RipienoJob} job */
    RipienoDevice.prototype.send = function (job) {
        var self = this;
        /** @param {number} fraction */
        function showProgress(fraction) {
            self.show("working", TASKS[job.task].doing + " ... " + Math.round(fraction * 100) + " %");
        }
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
            onProgress: showProgress,
            onDone: function (reply) {
                self.done(job, reply);
            },
            onFailed: function (text) {
                self.failed(ripienoNotes.asLiveNames(text));
            },
            onCancelled: function () {
                self.request = null;
                self.show("connected", TEXTS.cancelled);
            }
        });
        showProgress(0);
        this.request.start();
    };

    // Draws a seed for each request, unless the musician holds one.
    RipienoDevice.prototype.drawSeed = function () {
        if (!this.settings.values.seed_held) {
            this.settings.set("seed", this.host.random(RipienoSettings.SEEDS));
            this.host.seed(this.settings.values.seed);
        }
    };

    // -- the result --------------------------------------------------------------------------------------------

    /** @param {RipienoJob} job @param {RipienoReply} reply */
    RipienoDevice.prototype.done = function (job, reply) {
        this.request = null;
        if (reply.alternatives.length === 0) {
            this.show("done", TEXTS.nothing);
            return;
        }
        this.result = new RipienoResult(job, reply);
        try {
            this.write(0, job.replaceable);
        } catch (error) {
            this.failed(this.host.messageOf(error));
        }
    };

    /**
     * Puts an alternative into the Set.
     *
     * @param {number} index @param {number[]} replaceable clips that the musician has agreed to replace
     */
    RipienoDevice.prototype.write = function (index, replaceable) {
        var result = this.result;
        if (!this.host.reader.isUnchanged(result.source)) {
            this.result = null;
            this.failed(TEXTS.changed);
            return;
        }
        var written = this.host.writer.write(result.source, result.parts(index), {
            target: result.target,
            length: result.lengthOf(index),
            version: result.versionOf(index),
            replaceable: replaceable
        });
        result.shown = index;
        result.clips = written.clips;
        this.show("done", result.report() + result.remark + (result.complete ? "" : TEXTS.cut) +
            (written.newTracks > 0 ? TEXTS.tracks : ""));
    };

    /** @param {string} text */
    RipienoDevice.prototype.failed = function (text) {
        if (this.request !== null) {
            this.request.stop();
        }
        this.request = null;
        this.show("failed", text);
    };

    /** @param {string} state @param {string} text */
    RipienoDevice.prototype.show = function (state, text) {
        this.host.light(state);
        this.host.status(text);
    };

    return RipienoDevice;
}());
