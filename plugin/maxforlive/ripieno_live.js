// Access to single objects of the Live Object Model, and the differences between versions of Max and Live.

/**
 * An error whose message is for the musician. Any other error is a bug of the device.
 *
 * @constructor
 * @param {string} message
 */
function RipienoUserError(message) {
    this.name = "RipienoUserError";
    this.message = message;
}
RipienoUserError.prototype = new Error();

var ripienoLive = (function () {
    var ALL_PITCHES = [0, 128]; // the lowest, and how many
    var ALL_TIMES = [-100000, 200000]; // the first beat, and how many; a clip may begin before beat 0
    var UNDO_STEPS_SINCE = 12; // version of Live

    /** @param {number} id */
    function at(id) {
        return new LiveAPI("id " + id);
    }

    function song() {
        return new LiveAPI("live_set");
    }

    /** @param {LiveAPI} api */
    function exists(api) {
        return Number(api.id) !== 0;
    }

    // -- properties: Live returns a list, even for one value -----------------------------------------------

    /** @param {LiveAPI} api @param {string} property */
    function number(api, property) {
        return Number([].concat(api.get(property))[0]);
    }

    /** @param {LiveAPI} api @param {string} property */
    function text(api, property) {
        return [].concat(api.get(property)).join(" ");
    }

    /**
     * The ids of objects: Live returns ["id", 3, "id", 7], or ["id", 0] where there are none.
     *
     * @param {LiveAPI} api @param {string} property
     * @returns {number[]}
     */
    function ids(api, property) {
        return [].concat(api.get(property)).filter(function (value) {
            return value !== "id" && Number(value) !== 0;
        }).map(Number);
    }

    /**
     * Whether this version of Live has a property or function.
     *
     * @param {LiveAPI} api @param {string} member
     */
    function has(api, member) {
        return String(api.info).indexOf(" " + member) >= 0;
    }

    // -- notes ---------------------------------------------------------------------------------------------

    /**
     * A dictionary of Live's, which comes as JSON, as the name of a Max dictionary, or as one, depending on Max's
     * version.
     *
     * @param {any} value
     * @returns {any}
     */
    function dictionary(value) {
        if (Array.isArray(value)) {
            return value[0] === "dictionary" ? dictionary(new Dict(value[1])) : dictionary(value.join(" "));
        }
        if (value && typeof value.stringify === "function") {
            return JSON.parse(value.stringify());
        }
        return typeof value === "string" ? JSON.parse(value) : value;
    }

    /**
     * All notes of a clip, also those outside its loop and those that are switched off.
     *
     * @param {LiveAPI} clip
     * @returns {RipienoLiveNote[]}
     */
    function notesOf(clip) {
        var found = clip.call("get_notes_extended", ALL_PITCHES[0], ALL_PITCHES[1], ALL_TIMES[0], ALL_TIMES[1]);
        if (!found) {
            throw new RipienoUserError("This needs Live 11 or newer.");
        }
        return dictionary(found).notes || [];
    }

    /** @param {LiveAPI} clip */
    function removeNotes(clip) {
        clip.call("remove_notes_extended", ALL_PITCHES[0], ALL_PITCHES[1], ALL_TIMES[0], ALL_TIMES[1]);
    }

    // -- undo ----------------------------------------------------------------------------------------------

    /**
     * Does work() as one step of Live's undo history, also where it fails half-way. Live 11 cannot do that.
     *
     * @template T
     * @param {() => T} work
     */
    function inOneUndoStep(work) {
        if (Number(new LiveAPI("live_app").call("get_major_version")) < UNDO_STEPS_SINCE) {
            return work();
        }
        var set = song();
        set.call("begin_undo_step");
        try {
            return work();
        } finally {
            set.call("end_undo_step");
        }
    }

    return {
        at: at,
        song: song,
        exists: exists,
        number: number,
        text: text,
        ids: ids,
        has: has,
        notesOf: notesOf,
        removeNotes: removeNotes,
        inOneUndoStep: inOneUndoStep
    };
}());
