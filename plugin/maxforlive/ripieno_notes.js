// Notes: from Live's form to ripieno's and back, and what can be said of them without a host.
//
// Times are beats, and a beat is a quarter note. A note here is {pitch, start, duration, velocity}, its start counted
// from the beginning of the music; Live's own form is {pitch, start_time, duration, velocity, mute}, its start
// counted from the clip's own zero. ES5, because that is what Max 8 runs.

var ripienoNotes = (function () {
    var NOTES_A_MESSAGE = 40; // docs/protocol.md; Max crops lists of more than 256 atoms
    var FIELDS = 5; // voice pitch start duration velocity
    var TICKS = 480; // a quarter note, as in MIDI files
    var MARK = / \(ripieno ([0-9a-f]{4})\)$/;
    var VOICES = {
        choir: ["Soprano", "Alto", "Tenor", "Bass"],
        piano: ["Right hand", "Left hand"]
    };
    var MAJOR = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
    var MINOR = ["c", "c#", "d", "eb", "e", "f", "f#", "g", "g#", "a", "bb", "b"];
    var MINOR_SCALES = ["Minor", "Harmonic Minor", "Melodic Minor"];

    // -- times ---------------------------------------------------------------------------------------------

    // OSC has 32-bit floats: a third of a beat comes as 0.33333334.
    function snap(beats) {
        return Math.round(beats * TICKS) / TICKS;
    }

    function measureLength(meter) {
        return meter.numerator * 4 / meter.denominator;
    }

    // How much stands before the first barline of a clip that starts there; Live's barlines count from 0.
    function pickupAt(start, meter) {
        var measure = measureLength(meter);
        var past = snap(start - Math.floor(start / measure) * measure);
        return past === 0 || past === measure ? 0 : snap(measure - past);
    }

    function upToBarline(beats, meter, pickup) {
        var measure = measureLength(meter);
        return pickup + Math.ceil(snap(beats - pickup) / measure) * measure;
    }

    function endOf(notes) {
        return notes.reduce(function (end, note) {
            return Math.max(end, note.start + note.duration);
        }, 0);
    }

    // -- from Live -----------------------------------------------------------------------------------------

    function byTime(a, b) {
        return a.start - b.start || a.pitch - b.pitch;
    }

    // Live's notes between from and from + span, those that sound: a note that is switched off is left out.
    function sounding(liveNotes, from, span) {
        return liveNotes.filter(function (note) {
            return !note.mute && note.start_time >= from && note.start_time < from + span;
        }).map(function (note) {
            var start = note.start_time - from;
            return {
                pitch: note.pitch,
                start: start,
                duration: Math.min(note.duration, span - start),
                velocity: Math.max(1, Math.min(127, Math.round(note.velocity)))
            };
        }).sort(byTime);
    }

    // null: the notes say more of the key than a mode that ripieno has no name for.
    function keyName(root, scale) {
        if (scale === "Major") {
            return MAJOR[root];
        }
        return MINOR_SCALES.indexOf(scale) >= 0 ? MINOR[root] + " minor" : null;
    }

    // -- to ripieno and back -------------------------------------------------------------------------------

    // Flat lists `voice pitch start duration velocity ...`, each short enough for one message.
    function messages(notes, voice) {
        var lists = [];
        notes.forEach(function (note, index) {
            if (index % NOTES_A_MESSAGE === 0) {
                lists.push([]);
            }
            lists[lists.length - 1].push(voice, note.pitch, note.start, note.duration, note.velocity);
        });
        return lists;
    }

    // The notes of one flat list, each with its voice.
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

    // One entry a voice that has notes, highest first: {name, notes}.
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

    // Live's form. Two notes of one pitch cannot overlap in a clip: the later one cuts the earlier.
    function forLive(notes, offset) {
        var nextStart = {}; // pitch -> where its next note starts
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

    // -- whose a clip is -----------------------------------------------------------------------------------

    // Four hexadecimal digits that differ when a note of the clip was moved, added, taken away or switched off.
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

    function withoutMark(name) {
        return name.replace(MARK, "");
    }

    function withMark(name, liveNotes) {
        return withoutMark(name) + " (ripieno " + fingerprint(liveNotes) + ")";
    }

    // Ours, and as we wrote it. What the musician has touched, or kept, is the musician's.
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
