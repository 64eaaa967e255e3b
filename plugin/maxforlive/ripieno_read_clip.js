// Reads the musician's clip, with all that a request needs to know about it. Nothing is written here.

/**
 * A place in the Set: a track, and a scene (Session) or a time (Arrangement), the other of which is null.
 *
 * @typedef {{track: number | null, scene: number | null, time: number | null}} RipienoPlace
 *
 * @typedef {object} RipienoSource what a request starts from
 * @property {number | null} clip its id; null to compose
 * @property {RipienoPlace} place
 * @property {number} start of the part that is heard, in the clip's own time
 * @property {number} span of the part that is heard, in beats
 * @property {RipienoMeter} meter
 * @property {number} pickup in beats
 * @property {string | null} key
 * @property {RipienoNote[]} notes
 * @property {string} stamp differs where the clip was changed
 */

var ripienoClipReader = (function () {
    var live = ripienoLive;

    /** @param {LiveAPI} api @returns {RipienoMeter} */
    function meterOf(api) {
        return {
            numerator: live.number(api, "signature_numerator"),
            denominator: live.number(api, "signature_denominator")
        };
    }

    /**
     * The key of the Set; null where the musician has not switched the scale on: Live says "C Major" then, whatever is
     * played.
     *
     * @param {LiveAPI} set
     */
    function keyOf(set) {
        if (!live.has(set, "scale_mode") || live.number(set, "scale_mode") !== 1) {
            return null;
        }
        return ripienoNotes.keyName(live.number(set, "root_note"), live.text(set, "scale_name"));
    }

    // -- the part of a clip that is heard: {start, span}, in the clip's own time ---------------------------

    /** @param {LiveAPI} clip */
    function sessionWindow(clip) {
        var start = live.number(clip, "loop_start"); // where the clip starts if it does not loop
        return {start: start, span: live.number(clip, "loop_end") - start};
    }

    /** @param {LiveAPI} clip */
    function arrangementWindow(clip) {
        var start = live.number(clip, "start_marker");
        var span = live.number(clip, "end_time") - live.number(clip, "start_time");
        if (live.number(clip, "looping") === 1 && start + span > live.number(clip, "loop_end")) {
            throw new RipienoUserError("This clip repeats itself in the Arrangement. " +
                "Choose Consolidate in Live's Edit menu for it first.");
        }
        return {start: start, span: span};
    }

    /** @param {LiveAPI} clip */
    function windowOf(clip) {
        return live.number(clip, "is_arrangement_clip") === 1 ? arrangementWindow(clip) : sessionWindow(clip);
    }

    /** @param {LiveAPI} clip @returns {RipienoPlace} */
    function placeOf(clip) {
        var parent = live.ids(clip, "canonical_parent")[0];
        if (live.number(clip, "is_arrangement_clip") === 1) {
            return {track: parent, scene: null, time: live.number(clip, "start_time")};
        }
        var track = live.ids(live.at(parent), "canonical_parent")[0];
        return {track: track, scene: live.ids(live.at(track), "clip_slots").indexOf(parent), time: null};
    }

    // -- what a request starts from ------------------------------------------------------------------------

    /**
     * A text that differs when the notes or the loop of a clip were changed, or when it was moved.
     *
     * @param {RipienoPlace} place @param {{start: number, span: number}} heard @param {RipienoLiveNote[]} liveNotes
     */
    function stampOf(place, heard, liveNotes) {
        /** @type {(number | string)[]} */
        var values = [place.track, place.scene, place.time];
        return values.concat(heard.start, heard.span, ripienoNotes.fingerprint(liveNotes)).join(" ");
    }

    /**
     * Reads the clip that is shown in the detail view.
     *
     * @returns {RipienoSource}
     */
    function readClip() {
        var clip = new LiveAPI("live_set view detail_clip");
        if (!live.exists(clip)) {
            throw new RipienoUserError("Double-click the clip with your melody first, so that its notes are shown.");
        }
        if (live.number(clip, "is_midi_clip") !== 1) {
            throw new RipienoUserError("This is an audio clip. Double-click a MIDI clip.");
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

    /**
     * Reads the selected scene, to compose.
     *
     * @returns {RipienoSource}
     */
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

    /**
     * Whether the clip is still as it was read.
     *
     * @param {RipienoSource} source
     */
    function isUnchanged(source) {
        if (source.clip === null) {
            return true;
        }
        var clip = live.at(source.clip);
        return live.exists(clip) && stampOf(placeOf(clip), windowOf(clip), live.notesOf(clip)) === source.stamp;
    }

    return {readClip: readClip, readScene: readScene, isUnchanged: isUnchanged};
}());
