// The result of a request: its alternatives, and how each becomes clips. No host calls.

/**
 * @typedef {object} RipienoJob what a request is about
 * @property {string} task
 * @property {RipienoSource} source
 * @property {RipienoTarget} target where the clips go
 * @property {string[]} names of all voices, the highest first
 * @property {number} voice the index of the source's
 * @property {number[]} replaceable the clips that the musician has agreed to replace
 * @property {string} remark what was left out of the source; empty where nothing was
 */

var RipienoResult = (function () {
    /**
     * @constructor
     * @param {RipienoJob} job
     * @param {RipienoReply} reply
     */
    function RipienoResult(job, reply) {
        this.source = job.source;
        this.target = job.target;
        this.names = job.names;
        this.remark = job.remark;
        this.seed = reply.seed;
        this.complete = reply.complete;
        this.alternatives = reply.alternatives;
        this.differences = reply.differences;
        // A continuation begins with what it continues, so that its clips can be played by themselves.
        this.before = job.task === "continue" ? ripienoNotes.inVoice(job.source.notes, job.voice) : [];
        this.shown = -1; // index of the alternative that is in the Set; none yet
        /** @type {number[]} */
        this.clips = []; // that it is in
    }

    // The index of the alternative after the one that is shown.
    RipienoResult.prototype.following = function () {
        return (this.shown + 1) % this.alternatives.length;
    };

    RipienoResult.prototype.hasAnother = function () {
        return this.following() !== this.shown;
    };

    /** @param {number} index */
    RipienoResult.prototype.parts = function (index) {
        return ripienoNotes.parts(this.before.concat(this.alternatives[index]), this.names);
    };

    /** @param {number} index */
    RipienoResult.prototype.namesOf = function (index) {
        return this.parts(index).map(function (part) {
            return part.name;
        });
    };

    /**
     * The length of the clips in beats: full measures, and never shorter than the source.
     *
     * @param {number} index
     */
    RipienoResult.prototype.lengthOf = function (index) {
        var end = ripienoNotes.endOf(this.alternatives[index]);
        return Math.max(this.source.span, ripienoNotes.upToBarline(end, this.source.meter, this.source.pickup));
    };

    /**
     * What the names of the clips end with: " 2 of 3"; empty where there is one version only.
     *
     * @param {number} index
     */
    RipienoResult.prototype.versionOf = function (index) {
        var count = this.alternatives.length;
        return count > 1 ? " " + (index + 1) + " of " + count : "";
    };

    RipienoResult.prototype.report = function () {
        var difference = this.differences[this.shown + 1];
        return "Version" + (this.versionOf(this.shown) || " 1") + ": " + this.namesOf(this.shown).join(", ") + "." +
            (difference ? " Unlike version 1: " + difference + "." : "") + " Seed " + this.seed + ".";
    };

    return RipienoResult;
}());
