// One request: what is sent for it, and its answer as it comes in. No host calls: `host` sends and waits.
//
// UDP may lose a message. What we send is counted, so that ripieno can tell; what comes back is counted against
// /ripieno/done, and asked for /ripieno/again, once, if something is missing.

var RipienoRequest = (function () {
    var STRAGGLERS_MS = 300; // results that are still on their way when /ripieno/done is here
    var SILENCE_MS = 120000;
    var CANCEL_MS = 2000;
    var LOST = "Some of the new notes were lost on their way from ripieno. Please try again.";
    var SILENT = "ripieno has said nothing for two minutes. Please try again.";

    // asked: {id, port, address, settings: [[name, value]...], notes: [flat lists], count: notes or null}
    // told: {progress(fraction), done({alternatives, seed, seconds, complete}), failed(text), cancelled()}
    function RipienoRequest(host, asked, told) {
        this.host = host;
        this.asked = asked;
        this.told = told;
        this.alternatives = {};
        this.count = 0;
        this.end = null; // the arguments of /ripieno/done
        this.askedAgain = false;
        this.timer = null;
    }

    RipienoRequest.prototype.start = function () {
        var host = this.host;
        var asked = this.asked;
        host.send("/ripieno/reply_to", [asked.port, asked.id]);
        asked.settings.forEach(function (setting) {
            host.send("/ripieno/set", [asked.id].concat(setting));
        });
        asked.notes.forEach(function (list) {
            host.send("/ripieno/notes", [asked.id].concat(list));
        });
        host.send(asked.address, asked.count === null ? [asked.id] : [asked.id, asked.count]);
        this.wait(SILENCE_MS, this.giveUp(SILENT));
    };

    RipienoRequest.prototype.cancel = function () {
        this.host.send("/ripieno/cancel", [this.asked.id]);
        this.wait(CANCEL_MS, this.cancelled);
    };

    RipienoRequest.prototype.stop = function () {
        if (this.timer !== null) {
            this.timer.cancel();
        }
        this.timer = null;
    };

    // values: what follows the id in the message.
    RipienoRequest.prototype.receive = function (address, values) {
        if (address === "/ripieno/progress") {
            this.progress(values[0]);
        } else if (address === "/ripieno/result") {
            this.result(values[0], values.slice(1));
        } else if (address === "/ripieno/done") {
            this.done(values);
        } else if (address === "/ripieno/error") {
            this.fail(String(values[1]));
        } else if (address === "/ripieno/cancelled") {
            this.cancelled();
        }
    };

    RipienoRequest.prototype.progress = function (fraction) {
        if (this.end === null) {
            this.wait(SILENCE_MS, this.giveUp(SILENT));
            this.told.progress(fraction);
        }
    };

    // The answer shall come to another port: another device turned out to have the first one.
    RipienoRequest.prototype.moveTo = function (port) {
        this.host.send("/ripieno/reply_to", [port, this.asked.id]);
    };

    // A message may come twice, after /ripieno/again: a note of a voice stands once.
    RipienoRequest.prototype.result = function (number, list) {
        var self = this;
        var found = this.alternatives[number] || {};
        this.alternatives[number] = found;
        ripienoNotes.fromMessage(list).forEach(function (note) {
            var key = [note.voice, note.pitch, note.start].join(" ");
            if (!found[key]) {
                found[key] = note;
                self.count += 1;
            }
        });
        if (this.end === null) {
            this.wait(SILENCE_MS, this.giveUp(SILENT));
        } else {
            this.finishWhenWhole();
        }
    };

    RipienoRequest.prototype.done = function (values) {
        this.end = {count: values[0], seconds: values[1] / 1000, seed: values[2], complete: values[3] !== 0};
        this.wait(STRAGGLERS_MS, this.missing);
        this.finishWhenWhole();
    };

    RipienoRequest.prototype.finishWhenWhole = function () {
        if (this.count !== this.end.count) {
            return;
        }
        this.stop();
        this.told.done({
            alternatives: this.sortedAlternatives(),
            seed: this.end.seed,
            seconds: this.end.seconds,
            complete: this.end.complete
        });
    };

    RipienoRequest.prototype.missing = function () {
        if (this.askedAgain) {
            this.fail(LOST);
            return;
        }
        this.askedAgain = true;
        this.host.send("/ripieno/again", [this.asked.id]);
        this.wait(CANCEL_MS, this.giveUp(LOST));
    };

    // The best one first: a list of notes each.
    RipienoRequest.prototype.sortedAlternatives = function () {
        var found = this.alternatives;
        return Object.keys(found).sort(function (a, b) {
            return a - b;
        }).map(function (number) {
            return Object.keys(found[number]).map(function (key) {
                return found[number][key];
            });
        });
    };

    RipienoRequest.prototype.giveUp = function (text) {
        return function () {
            this.host.send("/ripieno/cancel", [this.asked.id]);
            this.fail(text);
        };
    };

    RipienoRequest.prototype.fail = function (text) {
        this.stop();
        this.told.failed(text);
    };

    RipienoRequest.prototype.cancelled = function () {
        this.stop();
        this.told.cancelled();
    };

    RipienoRequest.prototype.wait = function (milliseconds, then) {
        var self = this;
        this.stop();
        this.timer = this.host.later(milliseconds, function () {
            then.call(self);
        });
    };

    return RipienoRequest;
}());
