// Notes: from Live's form to ripieno's and back, keys, times, and the marks in the names of clips. No host calls.
//
// Times are beats, and a beat is a quarter note. All scripts are ES5, because that is what Max 8 runs.

/**
 * @typedef {object} RipienoNote
 * @property {number} [voice] an index, the highest voice first
 * @property {number} pitch
 * @property {number} start from the beginning of the music
 * @property {number} duration
 * @property {number} velocity
 *
 * @typedef {object} RipienoLiveNote
 * @property {number} pitch
 * @property {number} start_time from the clip's own zero
 * @property {number} duration
 * @property {number} velocity
 * @property {number} [mute] 1: switched off
 *
 * @typedef {{name: string, notes: RipienoNote[]}} RipienoPart the notes of a voice
 * @typedef {{numerator: number, denominator: number}} RipienoMeter
 */

var ripienoNotes = (function () {
    var NOTES_A_MESSAGE = 40; // docs/protocol.md; Max crops lists of more than 256 atoms
    var FIELDS = 5; // voice pitch start duration velocity
    var TICKS = 480; // a quarter note, as in MIDI files
    var PITCH = /"[^"]*"|(^|[^\w#])([A-G](?:##|#|bb|b)?)(-?\d)(?!\w)/g;
    var MARK = / \(ripieno ([0-9a-f]{4})\)$/;
    /** @type {Record<string, string[]>} */
    var VOICES = {
        choir: ["Soprano", "Alto", "Tenor", "Bass"],
        piano: ["Right hand", "Left hand"]
    };
    var MAJOR = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
    var MINOR = ["c", "c#", "d", "eb", "e", "f", "f#", "g", "g#", "a", "bb", "b"];
    var MINOR_SCALES = ["Minor", "Harmonic Minor", "Melodic Minor"];

    // -- times ---------------------------------------------------------------------------------------------

    /**
     * The time on the tick: OSC has 32-bit floats, in which a third of a beat comes as 0.33333334.
     *
     * @param {number} beats
     */
    function snap(beats) {
        return Math.round(beats * TICKS) / TICKS;
    }

    /** @param {RipienoMeter} meter */
    function measureLength(meter) {
        return meter.numerator * 4 / meter.denominator;
    }

    /**
     * The length of the pickup of a clip that starts at a beat. Live's barlines count from beat 0.
     *
     * @param {number} start @param {RipienoMeter} meter
     */
    function pickupAt(start, meter) {
        var measure = measureLength(meter);
        var past = snap(start - Math.floor(start / measure) * measure);
        return past === 0 || past === measure ? 0 : snap(measure - past);
    }

    /**
     * A length, extended to the next barline.
     *
     * @param {number} beats @param {RipienoMeter} meter @param {number} pickup
     */
    function upToBarline(beats, meter, pickup) {
        var measure = measureLength(meter);
        return pickup + Math.ceil(snap(beats - pickup) / measure) * measure;
    }

    /** @param {RipienoNote[]} notes */
    function endOf(notes) {
        return notes.reduce(function (end, note) {
            return Math.max(end, note.start + note.duration);
        }, 0);
    }

    // -- from Live -----------------------------------------------------------------------------------------

    /** @param {RipienoNote} a @param {RipienoNote} b */
    function byTime(a, b) {
        return a.start - b.start || a.pitch - b.pitch;
    }

    /**
     * The notes that begin in [from, from + length) and are not switched off.
     *
     * @param {RipienoLiveNote[]} liveNotes @param {number} from @param {number} length
     * @returns {RipienoNote[]}
     */
    function sounding(liveNotes, from, length) {
        return liveNotes.filter(function (note) {
            return !note.mute && note.start_time >= from && note.start_time < from + length;
        }).map(function (note) {
            var start = note.start_time - from;
            return {
                pitch: note.pitch,
                start: start,
                duration: Math.min(note.duration, length - start),
                velocity: Math.max(1, Math.min(127, Math.round(note.velocity)))
            };
        }).sort(byTime);
    }

    /**
     * The key of Live's scale; null for modes other than major and minor, which ripieno does not know: it then finds
     * the key from the notes.
     *
     * @param {number} root a pitch class @param {string} scale
     */
    function keyName(root, scale) {
        if (scale === "Major") {
            return MAJOR[root];
        }
        return MINOR_SCALES.indexOf(scale) >= 0 ? MINOR[root] + " minor" : null;
    }

    /**
     * A message of ripieno's with pitches as Live names them, one octave lower: middle C is C3 in Live, C4 elsewhere.
     * What stands in quotation marks is somebody's name for something, and stays.
     *
     * @param {string} text
     */
    function asLiveNames(text) {
        return text.replace(PITCH, function (found, before, name, octave) {
            return name === undefined ? found : before + name + (Number(octave) - 1);
        });
    }

    // -- to ripieno and back -------------------------------------------------------------------------------

    /**
     * The notes as lists `voice pitch start duration velocity ...`, each short enough for one message.
     *
     * @param {RipienoNote[]} notes @param {number} voice
     */
    function messages(notes, voice) {
        /** @type {number[][]} */
        var lists = [];
        notes.forEach(function (note, index) {
            if (index % NOTES_A_MESSAGE === 0) {
                lists.push([]);
            }
            lists[lists.length - 1].push(voice, note.pitch, note.start, note.duration, note.velocity);
        });
        return lists;
    }

    /**
     * The notes of one such list.
     *
     * @param {number[]} list
     */
    function fromMessage(list) {
        var notes = [];
        for (var at = 0; at + FIELDS <= list.length; at += FIELDS) {
            notes.push({
                voice: Math.round(list[at]),
                pitch: Math.round(list[at + 1]),
                start: snap(list[at + 2]),
                duration: snap(list[at + 3]),
                velocity: list[at + 4]
            });
        }
        return notes;
    }

    /** @param {RipienoNote[]} notes @param {number} voice @returns {RipienoNote[]} */
    function inVoice(notes, voice) {
        return notes.map(function (note) {
            return {
                voice: voice,
                pitch: note.pitch,
                start: note.start,
                duration: note.duration,
                velocity: note.velocity
            };
        });
    }

    /**
     * A part for each voice that has notes, the highest first.
     *
     * @param {RipienoNote[]} notes @param {string[]} names of all voices
     * @returns {RipienoPart[]}
     */
    function parts(notes, names) {
        return names.map(function (name, voice) {
            return {
                name: name,
                notes: notes.filter(function (note) {
                    return note.voice === voice;
                }).sort(byTime)
            };
        }).filter(function (part) {
            return part.notes.length > 0;
        });
    }

    // -- to Live -------------------------------------------------------------------------------------------

    /**
     * The notes in Live's form. In a clip two notes of one pitch cannot overlap: the later one cuts the earlier.
     *
     * @param {RipienoNote[]} notes @param {number} offset where the music begins in the clip
     * @returns {RipienoLiveNote[]}
     */
    function forLive(notes, offset) {
        /** @type {Record<number, number>} */
        var nextStart = {}; // by pitch
        return notes.slice().sort(byTime).reduceRight(function (found, note) {
            var next = nextStart[note.pitch];
            var room = next === undefined ? note.duration : next - note.start;
            nextStart[note.pitch] = note.start;
            if (room > 0) {
                found.push({
                    pitch: note.pitch,
                    start_time: snap(note.start + offset),
                    duration: Math.min(note.duration, room),
                    velocity: note.velocity
                });
            }
            return found;
        }, []).reverse();
    }

    // -- marks in the names of clips -----------------------------------------------------------------------

    /**
     * Four hexadecimal digits that differ when a note was changed, added, removed or switched off.
     *
     * @param {RipienoLiveNote[]} liveNotes
     */
    function fingerprint(liveNotes) {
        var lines = liveNotes.map(function (note) {
            var times = [Math.round(note.start_time * TICKS), Math.round(note.duration * TICKS)];
            return [note.pitch].concat(times, Math.round(note.velocity), note.mute ? 1 : 0).join(" ");
        }).sort();
        var sum = 1;
        var text = lines.join(";");
        for (var at = 0; at < text.length; at += 1) {
            sum = (sum * 31 + text.charCodeAt(at)) % 65521;
        }
        return ("000" + sum.toString(16)).slice(-4);
    }

    /** @param {string} name */
    function withoutMark(name) {
        return name.replace(MARK, "");
    }

    /** @param {string} name @param {RipienoLiveNote[]} liveNotes */
    function withMark(name, liveNotes) {
        return withoutMark(name) + " (ripieno " + fingerprint(liveNotes) + ")";
    }

    /**
     * Whether ripieno wrote the clip and nobody has changed it. Clips that were changed or kept are the musician's.
     *
     * @param {string} name @param {RipienoLiveNote[]} liveNotes
     */
    function isUntouched(name, liveNotes) {
        var mark = MARK.exec(name);
        return mark !== null && mark[1] === fingerprint(liveNotes);
    }

    return {
        VOICES: VOICES,
        snap: snap,
        measureLength: measureLength,
        pickupAt: pickupAt,
        upToBarline: upToBarline,
        endOf: endOf,
        sounding: sounding,
        keyName: keyName,
        asLiveNames: asLiveNames,
        messages: messages,
        fromMessage: fromMessage,
        inVoice: inVoice,
        parts: parts,
        forLive: forLive,
        fingerprint: fingerprint,
        withMark: withMark,
        withoutMark: withoutMark,
        isUntouched: isUntouched
    };
}());
