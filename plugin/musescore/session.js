// What the buttons do: read the score, send a request, write the result. There is one request at a time; the versions
// of a result stay until the next one comes.

.pragma library

.import "build_request.js" as Request
.import "choices.js" as Choices
.import "chord_symbols.js" as ChordSymbols
.import "client.js" as Client
.import "guidance.js" as Guidance
.import "harmony.js" as Harmony
.import "lines.js" as Lines
.import "marks.js" as Marks
.import "plan.js" as Plan
.import "read_score.js" as Reader
.import "snapshot.js" as Snapshot
.import "texts.js" as Texts
.import "validate_reply.js" as Reply
.import "write_score.js" as Writer

/**
 * @typedef {import("./choices.js").Job} Job
 * @typedef {import("./lines.js").Line} Line
 * @typedef {import("./read_score.js").Score} Score
 * @typedef {{voice: string, line: Line}} VoiceLine
 *
 * @typedef {object} View what the window shows
 * @property {(text: string) => void} show a message
 * @property {(busy: boolean) => void} setBusy
 * @property {(fraction: number) => void} setProgress
 * @property {(shown: number, count: number) => void} setVersions shown: an index; -1 where there are none
 * @property {(text: string) => void} setFaults
 * @property {(found: import("./guidance.js").Found) => void} setFound
 * @property {(lines: Record<string, Line>) => void} setWritten the lines that only ripieno's notes are on, by voice
 *
 * @typedef {object} Result that has been written
 * @property {Job} job
 * @property {import("./validate_reply.js").Reply} reply
 * @property {number} shown index of the alternative that is in the score
 * @property {Score} after the score as it was read after writing
 * @property {Record<string, Line>} lines that were written, by voice
 * @property {import("./harmony.js").Mark[]} marks chord symbols and numerals that were written
 */

/**
 * @param {any} host @param {View} view
 * @param {boolean} asynchronous false in a MuseScore without a window
 */
function create(host, view, asynchronous) {
    return new Session(host, view, asynchronous);
}

/**
 * @constructor
 * @param {any} host @param {View} view @param {boolean} asynchronous
 */
function Session(host, view, asynchronous) {
    this.host = host;
    this.view = view;
    this.asynchronous = asynchronous;
    /** @type {{id: string, server: string, stop: () => void} | null} */
    this.pending = null; // the request that ripieno works on
    /** @type {Result | null} */
    this.result = null; // the newest one
    /** @type {Record<string, any> | null} */
    this.lastBody = null;
    this.found = Guidance.NOTHING; // key and phrases of the score
    /** @type {import("./settings.js").Table} */
    this.table = {}; // empty until the server has sent it
}

// -- a request -----------------------------------------------------------------------------------------------

/**
 * @param {string} server its address
 * @param {import("./choices.js").Offer | null} offer the choices in the window; null where there are none
 * @param {import("./build_request.js").Settings} settings
 */
Session.prototype.start = function (server, offer, settings) {
    if (this.pending !== null) {
        return;
    }
    var now = offer === null ? null : Choices.forScore(offer, this.readScore(offer.score));
    if (now === null) {
        this.view.show(Texts.NO_STAFF);
        return;
    }
    var job = Choices.job(now, settings);
    if (settings.followChords && job.task !== "check") {
        job.marks = Reader.soundingMarks(this.host, job.score);
    }
    var problem = !Client.isLocal(server) ? Texts.fill(Texts.NOT_LOCAL, server) :
        Request.problem(settings, this.table) || Choices.problem(job, Writer.abilities(this.host)) ||
        Harmony.problem(job.marks, Request.followedSpan(job), job.score.measures);
    if (problem) {
        this.view.show(problem);
        return;
    }
    this.send(server, job);
};

/**
 * Reads the score again. A selection that a script named stays.
 *
 * @param {Score} old
 */
Session.prototype.readScore = function (old) {
    var score = Reader.read(this.host);
    if (old.selectionIsNamed) {
        score.selection = old.selection;
        score.selectionIsNamed = true;
    }
    return score;
};

/** @param {string} server @param {Job} job */
Session.prototype.send = function (server, job) {
    var self = this;
    var id = Request.newId();
    var pending = {id: id, server: server, stop: function () {}};
    this.pending = pending;
    this.lastBody = Request.body(job, id);
    this.view.setBusy(true);
    this.view.setProgress(0);
    this.view.show(Texts.working(job.task, 0));
    pending.stop = Client.runTask(server + "/v1/" + job.task, this.lastBody, this.asynchronous, {
        onProgress: function (fraction) {
            self.view.setProgress(fraction);
            self.view.show(Texts.working(job.task, fraction));
        },
        onDone: function (reply) {
            self.end(pending);
            self.showingErrors(function () {
                self.accept(job, reply);
            });
        },
        onFailed: function (text) {
            self.end(pending);
            self.view.show(text);
        }
    });
};

/** @param {object} pending a request that has ended */
Session.prototype.end = function (pending) {
    if (this.pending === pending) {
        this.pending = null;
    }
    this.view.setBusy(false);
    this.view.setProgress(0);
};

Session.prototype.cancel = function () {
    var pending = this.pending;
    if (pending === null) {
        return;
    }
    this.pending = null;
    pending.stop();
    Client.requestJson("DELETE", pending.server + "/v1/requests/" + pending.id, null, function () {});
    this.end(pending);
    this.view.show(Texts.CANCELLED);
};

/**
 * Does work(), and shows the message of an error.
 *
 * @param {() => void} work
 */
Session.prototype.showingErrors = function (work) {
    try {
        work();
    } catch (error) {
        this.view.show(Texts.sentence(error.message || error));
    }
};

// -- the result ----------------------------------------------------------------------------------------------

/** @param {Job} job @param {any} reply */
Session.prototype.accept = function (job, reply) {
    var problem = Reply.problem(job.task, reply, job.score.ensemble.voices);
    if (problem !== null) {
        this.view.show(Texts.unexpected(problem));
        return;
    }
    var changed = Snapshot.difference(job.score, Reader.read(this.host, job.score.ties));
    if (changed !== null) {
        this.view.show(Texts.fill(Texts.CHANGED, changed));
        return;
    }
    if (job.task === "check") {
        this.showFaults(job, reply.faults, reply.remarks);
        return;
    }
    var before = this.result;
    this.result = {job: job, reply: reply, shown: -1, after: job.score, lines: {}, marks: []};
    this.setFound(Guidance.found(job, reply, this.found));
    try {
        this.writeVersion(0);
    } catch (error) {
        this.result = before; // its versions are still in the score
        throw error;
    }
};

/** @param {import("./guidance.js").Found} found */
Session.prototype.setFound = function (found) {
    this.found = found;
    this.view.setFound(found);
};

/** @param {Job} job @param {import("./validate_reply.js").Fault[]} faults @param {string[]} remarks */
Session.prototype.showFaults = function (job, faults, remarks) {
    if (job.settings.mark) {
        var lines = linesOf(job, []);
        var host = this.host;
        Writer.asOneStep(host, function () {
            Marks.remove(host, lines.map(function (own) {
                return own.line.staff;
            }));
            Marks.add(host, marksFor(faults, lines, 0));
        });
    }
    this.view.setFaults(Texts.list(faults));
    this.view.show(Texts.checked(faults, remarks));
};

/**
 * The lines of the voices that take part, the highest first.
 *
 * @param {Job} job @param {VoiceLine[]} written those that stand in the place of the job's
 * @returns {VoiceLine[]}
 */
function linesOf(job, written) {
    return job.score.ensemble.voices.map(function (voice) {
        var own = written.filter(function (other) {
            return other.voice === voice;
        })[0];
        return {voice: voice, line: own ? own.line : Request.lineOf(job, voice)};
    }).filter(function (own) {
        return own.line !== null;
    });
}

/**
 * The marks of faults; a fault's text is above its highest voice.
 *
 * @param {import("./validate_reply.js").Fault[]} faults @param {VoiceLine[]} lines the highest first
 * @param {number} start where the ticks of the faults begin
 */
function marksFor(faults, lines, start) {
    /** @type {import("./marks.js").Mark[]} */
    var found = [];
    Texts.serious(faults).forEach(function (fault) {
        var text = Texts.short(fault);
        lines.forEach(function (own) {
            if (fault.voices.indexOf(own.voice) >= 0) {
                found.push({
                    staff: own.line.staff, voice: own.line.voice, tick: fault.tick + start, text: text
                });
                text = "";
            }
        });
    });
    return found;
}

// -- versions ------------------------------------------------------------------------------------------------

/** @param {number} step 1 to the next version, -1 to the one before */
Session.prototype.turn = function (step) {
    var self = this;
    var result = this.result;
    if (result === null || this.pending !== null) {
        return;
    }
    var count = result.reply.alternatives.length;
    this.showingErrors(function () {
        var changed = Snapshot.difference(result.after, Reader.read(self.host, result.job.score.ties));
        if (changed !== null) {
            self.forgetResult();
            self.view.show(Texts.fill(Texts.TOUCHED, changed));
            return;
        }
        self.writeVersion((result.shown + step + count) % count);
    });
};

/**
 * Writes a version; where it cannot be written, the score stays as it is.
 *
 * @param {number} number an index
 * @throws {Error}
 */
Session.prototype.writeVersion = function (number) {
    var result = this.result;
    var job = result.job;
    var alternative = result.reply.alternatives[number];
    var plan = Plan.plan(job, result.reply, number, Writer.abilities(this.host));
    var known = result.after.measures.length - job.score.measures.length;
    plan.appended = Math.max(0, plan.appended - known);
    plan.voices.forEach(function (own) {
        own.line = own.line || result.lines[own.voice] || null;
    });
    if (plan.voices.length === 0) {
        throw new Error("ripieno had nothing to add.");
    }
    /** @type {import("./harmony.js").Mark[]} */
    var marks = [];
    var host = this.host;
    result.after = Writer.write(host, plan, result.after, function () {
        var lines = linesOf(job, plan.voices).map(function (own) {
            return own.line;
        });
        ChordSymbols.remove(host, result.marks);
        marks = chordMarks(host, job, alternative, lines);
        ChordSymbols.add(host, marks, lines);
        return job.settings.mark ? marksFor(alternative.faults, plan.voices, job.span.start) : [];
    });
    result.marks = marks;
    var cut = 0;
    /** @type {Record<string, Line>} */
    var written = {}; // the lines without notes of the user's
    plan.voices.forEach(function (own) {
        result.lines[own.voice] = own.line;
        cut += own.cut;
        if (own.choice.kind === Lines.NEW || own.choice.kind === Lines.WRITE ||
                own.choice.kind === Lines.REGENERATE) {
            written[own.voice] = own.line;
        }
    });
    result.shown = number;
    this.view.setWritten(written);
    this.view.setVersions(number, result.reply.alternatives.length);
    this.view.setFaults(Texts.list(alternative.faults));
    this.view.show(Texts.done(result.reply, number, Texts.remarks(cut, Request.countChords(job))));
};

/**
 * The chord symbols of a version, which stand with the highest voice, or its numerals, which stand with the lowest.
 *
 * @param {any} host @param {Job} job @param {import("./validate_reply.js").Alternative} alternative
 * @param {Line[]} lines of all voices, the highest first
 */
function chordMarks(host, job, alternative, lines) {
    var form = job.settings.writeChords;
    if (!form) {
        return [];
    }
    var staff = lines[form === "symbols" ? 0 : lines.length - 1].staff;
    var span = job.task === "continue" ? {start: job.span.end, end: Infinity} : job.writable;
    var chords = alternative.chords || [];
    var there = job.score.marks.concat(ChordSymbols.readNumerals(host, staff, chords));
    return Harmony.newMarks(chords, form, {
        staff: staff, there: there, span: span, start: job.span.start
    }).map(function (mark) {
        return Harmony.moved(mark, Reader.symbolsHigher(host, job.score, staff));
    });
}

Session.prototype.forgetResult = function () {
    this.result = null;
    this.view.setVersions(-1, 0);
    this.view.setFaults("");
};
