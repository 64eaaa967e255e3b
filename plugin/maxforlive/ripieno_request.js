// One request: sends it, and collects its results. No host calls: `host` sends and waits.
//
// UDP may lose messages. The notes that are sent are counted, so that ripieno notices; the results are counted against
// /ripieno/done, and if notes are missing, all are requested once more with /ripieno/again.

/**
 * @typedef {object} RipienoRequestMessages what is sent
 * @property {number} id
 * @property {number} port for the results
 * @property {string} address
 * @property {(string | number)[][]} settings names and values
 * @property {number[][]} notes
 * @property {number | null} count of the notes; null to compose
 *
 * @typedef {object} RipienoReply
 * @property {RipienoNote[][]} alternatives the best first
 * @property {Record<string, string>} differences of alternatives from the first, in words, by number
 * @property {number} seed
 * @property {number} seconds
 * @property {boolean} complete
 */

var RipienoRequest = (function () {
    var LATE_RESULTS_MS = 300; // for results that arrive after /ripieno/done
    var SILENCE_MS = 120000;
    var CANCEL_MS = 2000;
    var LOST = "Some of the new notes were lost on their way from ripieno. Please try again.";
    var SILENT = "ripieno has said nothing for two minutes. Please try again.";

    /**
     * @constructor
     * @param {RipienoHost} host
     * @param {RipienoRequestMessages} messages
     * @param {{onProgress: (fraction: number) => void, onDone: (reply: RipienoReply) => void,
     *     onFailed: (text: string) => void, onCancelled: () => void}} callbacks
     */
    function RipienoRequest(host, messages, callbacks) {
        this.host = host;
        this.messages = messages;
        this.callbacks = callbacks;
        /** @type {Record<string, Record<string, RipienoNote>>} */
        this.alternatives = {}; // by number; the notes by voice, pitch and start
        /** @type {Record<string, string>} */
        this.differences = {}; // by number
        this.count = 0; // of all their notes
        /** @type {{count: number, seconds: number, seed: number, complete: boolean} | null} */
        this.end = null; // the arguments of /ripieno/done
        this.repeated = false; // whether /ripieno/again was sent
        /** @type {RipienoTimer | null} */
        this.timer = null;
    }

    RipienoRequest.prototype.start = function () {
        var host = this.host;
        var messages = this.messages;
        host.send("/ripieno/reply_to", [messages.port, messages.id]);
        messages.settings.forEach(function (setting) {
            host.send("/ripieno/set", [messages.id, setting[0], setting[1]]);
        });
        messages.notes.forEach(function (list) {
            host.send("/ripieno/notes", [messages.id].concat(list));
        });
        host.send(messages.address, messages.count === null ? [messages.id] : [messages.id, messages.count]);
        this.wait(SILENCE_MS, this.giveUpSilent);
    };

    RipienoRequest.prototype.cancel = function () {
        this.host.send("/ripieno/cancel", [this.messages.id]);
        this.wait(CANCEL_MS, this.cancelled);
    };

    RipienoRequest.prototype.stop = function () {
        if (this.timer !== null) {
            this.timer.cancel();
        }
        this.timer = null;
    };

    /** @param {string} address @param {any[]} values the message's, after the id */
    RipienoRequest.prototype.receive = function (address, values) {
        if (address === "/ripieno/progress") {
            this.progress(values[0]);
        } else if (address === "/ripieno/result") {
            this.result(values[0], values.slice(1));
        } else if (address === "/ripieno/difference") {
            this.differences[values[0]] = String(values[1]);
        } else if (address === "/ripieno/done") {
            this.done(values);
        } else if (address === "/ripieno/error") {
            this.fail(String(values[1]));
        } else if (address === "/ripieno/cancelled") {
            this.cancelled();
        }
    };

    /** @param {number} fraction */
    RipienoRequest.prototype.progress = function (fraction) {
        if (this.end === null) {
            this.wait(SILENCE_MS, this.giveUpSilent);
            this.callbacks.onProgress(fraction);
        }
    };

    /**
     * Has the results sent to another port, where another device turned out to have the first one.
     *
     * @param {number} port
     */
    RipienoRequest.prototype.moveTo = function (port) {
        this.host.send("/ripieno/reply_to", [port, this.messages.id]);
    };

    /**
     * Adds notes to an alternative. A message may come twice, after /ripieno/again; a note is counted once.
     *
     * @param {number} number the alternative's @param {number[]} list see ripienoNotes.fromMessage
     */
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
            this.wait(SILENCE_MS, this.giveUpSilent);
        } else {
            this.finishIfComplete();
        }
    };

    /** @param {any[]} values */
    RipienoRequest.prototype.done = function (values) {
        this.end = {count: values[0], seconds: values[1] / 1000, seed: values[2], complete: values[3] !== 0};
        this.wait(LATE_RESULTS_MS, this.repeat);
        this.finishIfComplete();
    };

    RipienoRequest.prototype.finishIfComplete = function () {
        if (this.count !== this.end.count) {
            return;
        }
        this.stop();
        this.callbacks.onDone({
            alternatives: this.sortedAlternatives(),
            differences: this.differences,
            seed: this.end.seed,
            seconds: this.end.seconds,
            complete: this.end.complete
        });
    };

    // Requests the results once more.
    RipienoRequest.prototype.repeat = function () {
        if (this.repeated) {
            this.fail(LOST);
            return;
        }
        this.repeated = true;
        this.host.send("/ripieno/again", [this.messages.id]);
        this.wait(CANCEL_MS, this.giveUpLost);
    };

    /** @returns {RipienoNote[][]} the best alternative first */
    RipienoRequest.prototype.sortedAlternatives = function () {
        var found = this.alternatives;
        return Object.keys(found).sort(function (a, b) {
            return Number(a) - Number(b);
        }).map(function (number) {
            return Object.keys(found[number]).map(function (key) {
                return found[number][key];
            });
        });
    };

    RipienoRequest.prototype.giveUpSilent = function () {
        this.giveUp(SILENT);
    };

    RipienoRequest.prototype.giveUpLost = function () {
        this.giveUp(LOST);
    };

    /** @param {string} text */
    RipienoRequest.prototype.giveUp = function (text) {
        this.host.send("/ripieno/cancel", [this.messages.id]);
        this.fail(text);
    };

    /** @param {string} text */
    RipienoRequest.prototype.fail = function (text) {
        this.stop();
        this.callbacks.onFailed(text);
    };

    RipienoRequest.prototype.cancelled = function () {
        this.stop();
        this.callbacks.onCancelled();
    };

    /** @param {number} milliseconds @param {() => void} callback a method of this object */
    RipienoRequest.prototype.wait = function (milliseconds, callback) {
        var self = this;
        this.stop();
        this.timer = this.host.later(milliseconds, function () {
            callback.call(self);
        });
    };

    return RipienoRequest;
}());
