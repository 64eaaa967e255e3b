// What the buttons do: read, ask, write. One request at a time; its versions stay until another one is answered.
//
// view: {show(text), setBusy(yes), setProgress(fraction), setVersions(shown, count), setFaults(text),
// setWritten({voice: line})}.

.pragma library

.import "validate_reply.js" as Reply
.import "build_request.js" as Request
.import "choices.js" as Choices
.import "lines.js" as Lines
.import "marks.js" as Marks
.import "plan.js" as Plan
.import "read_score.js" as Reader
.import "client.js" as Client
.import "snapshot.js" as Snapshot
.import "texts.js" as Texts
.import "write_score.js" as Writer

// asynchronous: false in a MuseScore without a window.
function create(host, view, asynchronous) {
    return new Session(host, view, asynchronous);
}

function Session(host, view, asynchronous) {
    this.host = host;
    this.view = view;
    this.asynchronous = asynchronous;
    this.asked = null; // the request that is under way: {id, job, stop}
    this.result = null; // the last answer that was written: {job, answer, shown, after}
    this.lastBody = null;
}

// -- a request -----------------------------------------------------------------------------------------------

// offer: see choices.js; it is made anew for the score as it is now. settings: see build_request.js.
Session.prototype.start = function (server, offer, settings) {
    if (this.asked !== null) {
        return;
    }
    var now = offer === null ? null : Choices.again(offer, this.read(offer.score));
    if (now === null) {
        this.view.show(Texts.NO_STAFF);
        return;
    }
    var job = Choices.job(now, settings);
    var fault = !Client.isLocal(server) ? Texts.fill(Texts.NOT_LOCAL, server) :
        Request.fault(settings) || Choices.fault(job, Writer.abilities(this.host));
    if (fault) {
        this.view.show(fault);
        return;
    }
    this.ask(server, job);
};

// A selection that was named, and not made in the score, stays.
Session.prototype.read = function (old) {
    var score = Reader.read(this.host);
    if (old.selectionIsNamed) {
        score.selection = old.selection;
        score.selectionIsNamed = true;
    }
    return score;
};

Session.prototype.ask = function (server, job) {
    var self = this;
    var id = Request.newId();
    var asked = {id: id, job: job, server: server, stop: null};
    this.asked = asked;
    this.lastBody = Request.body(job, id);
    this.view.setBusy(true);
    this.view.setProgress(0);
    this.view.show(Texts.working(job.task, 0));
    var stop = Client.task(server + "/v1/" + job.task, this.lastBody, this.asynchronous, {
        progress: function (fraction) {
            self.view.setProgress(fraction);
            self.view.show(Texts.working(job.task, fraction));
        },
        done: function (answer) {
            self.finish(asked);
            self.guarded(function () {
                self.take(job, answer);
            });
        },
        failed: function (text) {
            self.finish(asked);
            self.view.show(text);
        }
    });
    asked.stop = stop;
};

Session.prototype.finish = function (asked) {
    if (this.asked === asked) {
        this.asked = null;
    }
    this.view.setBusy(false);
    this.view.setProgress(0);
};

Session.prototype.cancel = function () {
    if (this.asked === null) {
        return;
    }
    var asked = this.asked;
    this.asked = null;
    asked.stop();
    Client.ask("DELETE", asked.server + "/v1/requests/" + asked.id, null, function () {});
    this.finish(asked);
    this.view.show(Texts.CANCELLED);
};

// A fault of the plan or of MuseScore is told, and nothing was written.
Session.prototype.guarded = function (work) {
    try {
        work();
    } catch (error) {
        this.view.show(Texts.sentence(error.message || error));
    }
};

// -- the answer ----------------------------------------------------------------------------------------------

Session.prototype.take = function (job, answer) {
    var fault = Reply.fault(job.task, answer);
    if (fault !== null) {
        this.view.show(Texts.strange(fault));
        return;
    }
    var changed = Snapshot.difference(job.score, Reader.read(this.host, job.score.ties));
    if (changed !== null) {
        this.view.show(Texts.fill(Texts.CHANGED, changed));
        return;
    }
    if (job.task === "check") {
        this.report(job, answer.faults, answer.remarks);
        return;
    }
    var before = this.result;
    this.result = {job: job, answer: answer, shown: -1, after: job.score};
    try {
        this.put(0);
    } catch (error) {
        this.result = before; // its versions are still in the score
        throw error;
    }
};

Session.prototype.report = function (job, faults, remarks) {
    if (job.settings.mark) {
        var marks = this.marks(faults, this.linesOf(job));
        var host = this.host;
        Writer.asOneStep(host, function () {
            Marks.remove(host, marks.staves);
            Marks.add(host, marks.list);
        });
    }
    this.view.setFaults(Texts.list(faults));
    this.view.show(Texts.checked(faults, remarks));
};

// {voice: line} of all that take part.
Session.prototype.linesOf = function (job) {
    var found = {};
    Lines.CHOIR.forEach(function (voice) {
        found[voice] = Request.lineOf(job, voice);
    });
    return found;
};

// Where faults are marked, among these lines. The text stands over the first line of each.
Session.prototype.marks = function (faults, lines, start) {
    var found = {list: [], staves: []};
    Lines.CHOIR.forEach(function (voice) {
        if (lines[voice]) {
            found.staves.push(lines[voice].staff);
        }
    });
    Texts.serious(faults).forEach(function (fault) {
        var text = Texts.short(fault);
        Lines.CHOIR.forEach(function (voice) {
            if (lines[voice] && fault.voices.indexOf(voice) >= 0) {
                found.list.push({
                    staff: lines[voice].staff, voice: lines[voice].voice, tick: fault.tick + (start || 0), text: text
                });
                text = "";
            }
        });
    });
    return found;
};

// -- versions ------------------------------------------------------------------------------------------------

Session.prototype.turn = function (by) {
    var self = this;
    var result = this.result;
    if (result === null || this.asked !== null) {
        return;
    }
    var count = result.answer.alternatives.length;
    this.guarded(function () {
        var changed = Snapshot.difference(result.after, Reader.read(self.host, result.job.score.ties));
        if (changed !== null) {
            self.forget();
            self.view.show(Texts.fill(Texts.TOUCHED, changed));
            return;
        }
        self.put((result.shown + by + count) % count);
    });
};

// Writes a version. Where it cannot be, the one before stays, and so does the score.
Session.prototype.put = function (number) {
    var result = this.result;
    var job = result.job;
    var alternative = result.answer.alternatives[number];
    var plan = Plan.plan(job, result.answer, number, Writer.abilities(this.host));
    var known = result.after.measures.length - job.score.measures.length;
    plan.appended = Math.max(0, plan.appended - known);
    plan.voices.forEach(function (own) {
        own.line = own.line || result[own.voice] || null;
    });
    if (plan.voices.length === 0) {
        throw new Error("ripieno had nothing to add.");
    }
    result.after = Writer.write(this.host, plan, result.after, function () {
        var lines = {};
        plan.voices.forEach(function (own) {
            lines[own.voice] = own.line;
        });
        return job.settings.mark ? this.marks(alternative.faults, lines, job.part.start).list : [];
    }.bind(this));
    var cut = 0;
    var written = {}; // where nothing of the user's stands
    plan.voices.forEach(function (own) {
        result[own.voice] = own.line;
        cut += own.cut;
        if (own.choice.kind === Lines.NEW || own.choice.kind === Lines.WRITE || own.choice.kind === Lines.ANEW) {
            written[own.voice] = own.line;
        }
    });
    result.shown = number;
    this.view.setWritten(written);
    this.view.setVersions(number, result.answer.alternatives.length);
    this.view.setFaults(Texts.list(alternative.faults));
    this.view.show(Texts.done(result.answer, number, Texts.remarks(cut, Request.chordsIn(job))));
};

Session.prototype.forget = function () {
    this.result = null;
    this.view.setVersions(-1, 0);
    this.view.setFaults("");
};
