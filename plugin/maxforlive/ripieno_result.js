// What came of a request: its alternatives, and how each becomes clips. No host calls.

var RipienoResult = (function () {
    // job: {task, source, place, names, voice}: place is where the clips go, names those of all voices, highest first,
    // voice the index of the source's. answer: as RipienoRequest tells it.
    function RipienoResult(job, answer) {
        this.source = job.source;
        this.place = job.place;
        this.names = job.names;
        this.seed = answer.seed;
        this.complete = answer.complete;
        this.alternatives = answer.alternatives;
        // A continuation begins with what it continues, so that its clips can be played by themselves.
        this.before = job.task === "continue" ? ripienoNotes.inVoice(job.source.notes, job.voice) : [];
        this.shown = -1; // none yet
        this.clips = []; // where the shown one stands
    }

    RipienoResult.prototype.following = function () {
        return (this.shown + 1) % this.alternatives.length;
    };

    RipienoResult.prototype.hasAnother = function () {
        return this.following() !== this.shown;
    };

    // One entry a voice: {name, notes}.
    RipienoResult.prototype.parts = function (index) {
        return ripienoNotes.parts(this.before.concat(this.alternatives[index]), this.names);
    };

    RipienoResult.prototype.namesOf = function (index) {
        return this.parts(index).map(function (part) {
            return part.name;
        });
    };

    // In beats: full measures, and never shorter than the source.
    RipienoResult.prototype.lengthOf = function (index) {
        var end = ripienoNotes.endOf(this.alternatives[index]);
        return Math.max(this.source.span, ripienoNotes.upToBarline(end, this.source.meter, this.source.pickup));
    };

    // What the names of the clips say: " 2 of 3".
    RipienoResult.prototype.versionOf = function (index) {
        var count = this.alternatives.length;
        return count > 1 ? " " + (index + 1) + " of " + count : "";
    };

    RipienoResult.prototype.report = function () {
        return "Version" + (this.versionOf(this.shown) || " 1") + ": " + this.namesOf(this.shown).join(", ") +
            ". Seed " + this.seed + ".";
    };

    return RipienoResult;
}());
