// Live: single objects of the Live Object Model, and what Max's versions do differently about them.

// What the musician should be told. Any other error is our own fault.
function RipienoComplaint(message) {
    this.name = "RipienoComplaint";
    this.message = message;
}
RipienoComplaint.prototype = new Error();

var ripienoLive = (function () {
    var ALL_KEYS = [0, 128]; // from pitch, how many
    var ALL_TIMES = [-100000, 200000]; // from beat, how many; a clip may begin before its zero
    var UNDO_STEPS_SINCE = 12; // Live's version

    function at(id) {
        return new LiveAPI("id " + id);
    }

    function song() {
        return new LiveAPI("live_set");
    }

    function exists(api) {
        return Number(api.id) !== 0;
    }

    // -- properties: Live answers with a list, even for one value ------------------------------------------

    function number(api, property) {
        return Number([].concat(api.get(property))[0]);
    }

    function text(api, property) {
        return [].concat(api.get(property)).join(" ");
    }

    // ["id", 3, "id", 7] for a list of objects, ["id", 0] for none.
    function ids(api, property) {
        return [].concat(api.get(property)).filter(function (value) {
            return value !== "id" && Number(value) !== 0;
        }).map(Number);
    }

    // Whether this version of Live has the property or function.
    function has(api, member) {
        return String(api.info).indexOf(" " + member) >= 0;
    }

    // -- notes ---------------------------------------------------------------------------------------------

    // Live's dictionaries come as JSON, as the name of a Max dictionary, or as one, depending on Max's version.
    function dictionary(answer) {
        if (Array.isArray(answer)) {
            return answer[0] === "dictionary" ? dictionary(new Dict(answer[1])) : dictionary(answer.join(" "));
        }
        if (answer && typeof answer.stringify === "function") {
            return JSON.parse(answer.stringify());
        }
        return typeof answer === "string" ? JSON.parse(answer) : answer;
    }

    // All of them, whether the clip plays them or not, in Live's form.
    function notesOf(clip) {
        var answer = clip.call("get_notes_extended", ALL_KEYS[0], ALL_KEYS[1], ALL_TIMES[0], ALL_TIMES[1]);
        if (!answer) {
            throw new RipienoComplaint("This needs Live 11 or newer.");
        }
        return dictionary(answer).notes || [];
    }

    function removeNotes(clip) {
        clip.call("remove_notes_extended", ALL_KEYS[0], ALL_KEYS[1], ALL_TIMES[0], ALL_TIMES[1]);
    }

    // -- undo ----------------------------------------------------------------------------------------------

    // What work() does is one step in Live's undo history, also where it fails half-way. Live 11 cannot do that.
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
