// The plugin's messages.

.pragma library

/**
 * @typedef {import("./validate_reply.js").Fault} Fault
 * @typedef {import("./validate_reply.js").Reply} Reply
 */

var NOT_RUNNING = "ripieno is not running. Open a terminal and type: ripieno serve";
var GONE = "ripieno stopped answering, so nothing was written. Start it again (ripieno serve), then try once more.";
var LOOKING = "Looking for ripieno ...";
var CANCELLED = "Cancelled. Nothing was written.";
var CHANGED = "The score was changed meanwhile (%1), so nothing was written. Press the button once more.";
var TOUCHED = "The new notes were changed meanwhile (%1), so they stay as they are. Start anew for other versions.";
var EMPTY = "%1 has no notes in %2. Write the melody first, or choose another staff.";
var NO_SELECTION = "Select the measures to regenerate first: click the first, then Shift-click the last.";
var NOTHING_TO_REGENERATE = "No voice is to be regenerated. Choose \"regenerate\" for at least one of them.";
var CUT = "%1 has a note that begins in the selection and ends after it. Select to its end, then try again.";
var NOTHING_TO_WRITE = "No voice is to be written. Choose \"New staff\", \"write\" or \"regenerate\" for at least one.";
var SHARED = "%1 is chosen for two voices; give each voice a line of its own.";
var NEEDS_STAVES = "This MuseScore cannot add staves from a plugin. Add them first (key I: %1), then choose them here.";
var SHORT_END = "Measure %1 is shorter than its time signature, so the music cannot go on inside it. Select the " +
    "music up to the measure before it, or give it its full length (Measure Properties).";
var OCCUPIED = "%1 has notes in measure %2 already. Select the music up to where it shall go on, or empty what " +
    "follows.";
var NOT_LOCAL = "The address %1 is not on this machine; give one like http://127.0.0.1:7411.";
var NO_SCORE = "There is no score. Open one, then try again.";
var NO_STAFF = "There is no staff for voices in this score. Add one (key I), then try again.";
var IMPOSSIBLE = "%1 \"%2\" is impossible; give %3, or nothing.";
var UNREAD = "The chord symbol in %1 cannot be read. Write it anew, or do not follow the chord symbols.";
var NASHVILLE = "ripieno reads no Nashville numbers, and in %1 stands \"%2\". Write it as a chord symbol such as C7, " +
    "or do not follow the chord symbols.";
var LEFT_EMPTY = "Left empty: %1.";
var NUMBERS = {any: "a number", whole: "a whole number", from: "%1 from %2 to %3", above: "%1 above %2, up to %3"};
/** @type {Record<string, string>} */
var WORKING = {harmonize: "Harmonizing", "continue": "Continuing", infill: "Regenerating", check: "Checking"};

/**
 * A text with its %1, %2, ... replaced by the other arguments.
 *
 * @param {string} text @param {...(string | number)} values
 */
function fill(text, values) {
    var words = Array.prototype.slice.call(arguments, 1);
    return text.replace(/%(\d)/g, function (_, number) {
        return words[number - 1];
    });
}

/**
 * A text with a capital letter at its beginning and a full stop at its end.
 *
 * @param {string} text
 */
function sentence(text) {
    var plain = String(text).replace(/^\s+|\s+$/g, "");
    plain = plain.charAt(0).toUpperCase() + plain.slice(1);
    return /[.!?]$/.test(plain) ? plain : plain + ".";
}

/**
 * The message of an error that the server sent.
 *
 * @param {any} body as docs/protocol.md has it
 */
function ofError(body) {
    var error = body && (body.error || body);
    if (error && error.code === "cancelled") {
        return CANCELLED;
    }
    return error && typeof error.text === "string" ? sentence(error.text) : unexpected("its error says nothing");
}

/**
 * The message where a reply seems not to be ripieno's.
 *
 * @param {string} why
 */
function unexpected(why) {
    return "The answer makes no sense (" + why + "), so nothing was written. Is it ripieno that listens there? " +
        "`ripieno doctor` tells.";
}

/** @param {string} task @param {number} fraction */
function working(task, fraction) {
    return WORKING[task] + " ... " + Math.round(Math.max(0, Math.min(1, fraction)) * 100) + " %";
}

/** @param {{version: string, state: string, error: {text: string} | null}} status */
function connected(status) {
    var more = {
        loading: ", which is still loading.",
        restarting: ", which is starting its engine again.",
        failed: ", but " + (status.error ? status.error.text : "it has no engine") + "."
    };
    return "Connected to ripieno " + status.version + (more[status.state] || ".");
}

/** @param {number} number @param {string} word in the singular */
function counted(number, word) {
    return number + " " + word + (number === 1 ? "" : "s");
}

/**
 * The faults without remarks on style.
 *
 * @param {Fault[]} faults
 */
function serious(faults) {
    return faults.filter(function (fault) {
        return fault.severity !== "remark";
    });
}

/**
 * The message after a version has been written.
 *
 * @param {Reply} reply @param {number} number the version's index @param {string[]} more remarks of the plugin's own
 */
function done(reply, number, more) {
    var alternative = reply.alternatives[number];
    var texts = ["Version " + (number + 1) + " of " + reply.alternatives.length + ", seed " + reply.seed + "."];
    if (alternative.difference) {
        texts.push("Unlike version 1: " + alternative.difference + ".");
    }
    if (reply.complete === false) {
        texts.push("The time was over: the last measures are missing.");
    }
    if (reply.heard) {
        texts.push(reply.heard + ".");
    }
    return texts.concat(more).concat(remarksOn(reply.remarks || [], number).map(sentence)).concat([
        alternative.originality ? sentence(alternative.originality.sentence) : ""
    ]).filter(Boolean).join(" ");
}

/**
 * ripieno's remarks without those on other versions.
 *
 * @param {string[]} remarks @param {number} number the version's index
 */
function remarksOn(remarks, number) {
    return remarks.map(function (remark) {
        var found = /^alternative (\d+): (.*)$/.exec(remark);
        return found === null ? remark : Number(found[1]) === number + 1 ? found[2] : "";
    }).filter(Boolean);
}

/**
 * The message after a check.
 *
 * @param {Fault[]} faults @param {string[]} [remarks] ripieno's
 */
function checked(faults, remarks) {
    var found = serious(faults).length;
    var style = faults.length - found;
    return [
        found === 0 ? "No faults." : counted(found, "fault") + ".",
        style === 0 ? "" : counted(style, "matter") + " of style."
    ].concat((remarks || []).map(sentence)).filter(Boolean).join(" ");
}

/**
 * The faults as a text, one a line, the serious ones first.
 *
 * @param {Fault[]} faults
 */
function list(faults) {
    var found = serious(faults);
    return found.concat(faults.filter(function (fault) {
        return found.indexOf(fault) < 0;
    })).map(function (fault) {
        return "Measure " + fault.measure + ", beat " + beat(fault.beat) + ": " + sentence(fault.sentence);
    }).join("\n");
}

/** @param {number} number */
function beat(number) {
    return String(Math.round(number * 100) / 100);
}

/**
 * A fault in as many words as fit over a staff.
 *
 * @param {Fault} fault
 */
function short(fault) {
    return fault.rule + (fault.voices.length > 0 ? ": " + fault.voices.join(", ") : "");
}

/**
 * The plugin's own remarks, on what differs from the reply or from the score.
 *
 * @param {number} cut how many notes were struck once more @param {number} chords of how many one note was read
 */
function remarks(cut, chords) {
    var found = [];
    if (cut > 0) {
        found.push(counted(cut, "long note") + (cut === 1 ? " is" : " are") +
            " struck again at a barline: tie them by hand if you like (plugins cannot).");
    }
    if (chords > 0) {
        found.push("Of " + counted(chords, "chord") + " only one note was read: a voice sings one at a time.");
    }
    return found;
}
