// Reading: the musician's clip, with all that a request needs of it. Nothing is written here.

var ripienoClipReader = (function () {
    var live = ripienoLive;

    function meterOf(api) {
        return {
            numerator: live.number(api, "signature_numerator"),
            denominator: live.number(api, "signature_denominator")
        };
    }

    // null where the musician has not switched the Set's scale on: Live says "C Major" then, whatever is played.
    function keyOf(set) {
        if (!live.has(set, "scale_mode") || live.number(set, "scale_mode") !== 1) {
            return null;
        }
        return ripienoNotes.keyName(live.number(set, "root_note"), live.text(set, "scale_name"));
    }

    // -- the part of a clip that is heard: {start, span}, in the clip's own time ---------------------------

    function sessionWindow(clip) {
        var start = live.number(clip, "loop_start"); // where the clip starts if it does not loop
        return {start: start, span: live.number(clip, "loop_end") - start};
    }

    function arrangementWindow(clip) {
        var start = live.number(clip, "start_marker");
        var span = live.number(clip, "end_time") - live.number(clip, "start_time");
        if (live.number(clip, "looping") === 1 && start + span > live.number(clip, "loop_end")) {
            throw new RipienoComplaint("This clip repeats itself in the Arrangement. " +
                "Choose Consolidate in Live's Edit menu for it first.");
        }
        return {start: start, span: span};
    }

    function windowOf(clip) {
        return live.number(clip, "is_arrangement_clip") === 1 ? arrangementWindow(clip) : sessionWindow(clip);
    }

    // Where a clip lies: its track, and its scene (Session) or its time (Arrangement); the other one is null.
    function placeOf(clip) {
        var parent = live.ids(clip, "canonical_parent")[0];
        if (live.number(clip, "is_arrangement_clip") === 1) {
            return {track: parent, scene: null, time: live.number(clip, "start_time")};
        }
        var track = live.ids(live.at(parent), "canonical_parent")[0];
        return {track: track, scene: live.ids(live.at(track), "clip_slots").indexOf(parent), time: null};
    }

    // -- what a request starts from ------------------------------------------------------------------------

    // Differs when the notes or the loop of a clip were changed, or when it was moved.
    function stampOf(place, heard, liveNotes) {
        var where = [place.track, place.scene, place.time];
        return where.concat(heard.start, heard.span, ripienoNotes.fingerprint(liveNotes)).join(" ");
    }

    // The clip that is shown in the detail view.
    function readClip() {
        var clip = new LiveAPI("live_set view detail_clip");
        if (!live.exists(clip)) {
            throw new RipienoComplaint("Double-click the clip with your melody first, so that its notes are shown.");
        }
        if (live.number(clip, "is_midi_clip") !== 1) {
            throw new RipienoComplaint("This is an audio clip. Double-click a MIDI clip.");
        }
        var heard = windowOf(clip);
        var liveNotes = live.notesOf(clip);
        var meter = meterOf(clip);
        var place = placeOf(clip);
        return {
            clip: Number(clip.id),
            place: place,
            start: heard.start,
            span: heard.span,
            meter: meter,
            pickup: ripienoNotes.pickupAt(heard.start, meter),
            key: keyOf(live.song()),
            notes: ripienoNotes.sounding(liveNotes, heard.start, heard.span),
            stamp: stampOf(place, heard, liveNotes)
        };
    }

    // No clip, to compose: the selected scene.
    function readScene() {
        var set = live.song();
        var selected = live.ids(new LiveAPI("live_set view"), "selected_scene")[0];
        return {
            clip: null,
            place: {track: null, scene: Math.max(0, live.ids(set, "scenes").indexOf(selected)), time: null},
            start: 0,
            span: 0,
            meter: meterOf(set),
            pickup: 0,
            key: keyOf(set),
            notes: [],
            stamp: ""
        };
    }

    // Whether the clip still is what was read.
    function isUnchanged(source) {
        if (source.clip === null) {
            return true;
        }
        var clip = live.at(source.clip);
        return live.exists(clip) && stampOf(placeOf(clip), windowOf(clip), live.notesOf(clip)) === source.stamp;
    }

    return {readClip: readClip, readScene: readScene, isUnchanged: isUnchanged};
}());
