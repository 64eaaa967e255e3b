// Chords in a clip: their top line, or their lowest one, for a choir's voice. No host calls.

var ripienoLine = (function () {
    var TOGETHER = 1 / 16; // of a beat, between the notes of a chord that a hand played

    /** @param {RipienoNote} a @param {RipienoNote} b */
    function byTime(a, b) {
        return a.start - b.start || a.pitch - b.pitch;
    }

    /**
     * Whether two notes of different pitches begin together.
     *
     * @param {RipienoNote[]} notes
     */
    function hasChords(notes) {
        return notes.slice().sort(byTime).some(function (note, index, sorted) {
            var before = sorted[index - 1];
            return index > 0 && before.start === note.start && before.pitch !== note.pitch;
        });
    }

    /**
     * The notes that begin together or nearly so, in order of time.
     *
     * @param {RipienoNote[]} notes
     */
    function chords(notes) {
        /** @type {RipienoNote[][]} */
        var found = [];
        notes.slice().sort(byTime).forEach(function (note) {
            var chord = found[found.length - 1];
            if (chord === undefined || note.start - chord[0].start >= TOGETHER) {
                found.push([note]);
            } else {
                chord.push(note);
            }
        });
        return found;
    }

    /**
     * The top line of chords, or their lowest one. Of notes that begin together it has the outermost, unless a note
     * farther out, which began before it, sounds on for at least half of its length.
     *
     * @param {RipienoNote[]} notes @param {boolean} lowest
     * @returns {RipienoNote[]}
     */
    function outerLine(notes, lowest) {
        var sign = lowest ? -1 : 1;
        /** @type {RipienoNote[]} */
        var line = [];
        chords(notes).forEach(function (chord) {
            var note = chord.reduce(function (outer, other) {
                var farther = sign * (other.pitch - outer.pitch) || other.duration - outer.duration;
                return farther > 0 ? other : outer;
            });
            var last = line[line.length - 1];
            var held = last === undefined ? 0 : last.start + last.duration - note.start;
            if (last === undefined || sign * (last.pitch - note.pitch) <= 0 || held < note.duration / 2) {
                line.push(note);
            }
        });
        return line;
    }

    /**
     * What to tell about a line of chords.
     *
     * @param {number} leftOut how many notes are not in it @param {boolean} lowest
     */
    function remark(leftOut, lowest) {
        return " Your clip has chords: ripieno took their " + (lowest ? "lowest" : "top") + " line and left out the " +
            (leftOut === 1 ? "1 note " : leftOut + " notes ") + (lowest ? "above it." : "below it.");
    }

    return {hasChords: hasChords, outerLine: outerLine, remark: remark};
}());
