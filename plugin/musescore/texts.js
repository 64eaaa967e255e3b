// What the plugin says.

.pragma library

var NOT_RUNNING = "ripieno is not running. Open a terminal and type: ripieno serve";
var GONE = "ripieno stopped answering, so nothing was written. Start it again (ripieno serve), then try once more.";
var LOOKING = "Looking for ripieno ...";
var CANCELLED = "Cancelled. Nothing was written.";
var CHANGED = "The score was changed meanwhile (%1), so nothing was written. Press the button once more.";
var TOUCHED = "The new notes were changed meanwhile (%1), so they stay as they are. Start anew for other versions.";
var EMPTY = "%1 has no notes in %2. Write the melody first, or choose another staff.";
var NO_SELECTION = "Select the measures to write anew first: click the first, then Shift-click the last.";
var NOTHING_ANEW = "No voice is to be written anew. Choose \"write anew\" for at least one of them.";
var SOUNDS_OUT = "%1 has a note that begins in the selection and sounds on behind it. Select to its end, then try again.";
var NOTHING_MISSING = "No voice is to be written. Choose \"New staff\", \"write\" or \"write anew\" for at least one.";
var TWICE = "%1 is chosen for two voices; give each voice a line of its own.";
var NEEDS_STAVES = "This MuseScore cannot add staves from a plugin. Add them first (key I: alto, tenor, bass), then " +
    "choose them here.";
var SHORT_END = "Measure %1 is shorter than its time signature, so the music cannot go on inside it. Select the " +
    "music up to the measure before it, or give it its full length (Measure Properties).";
var OCCUPIED = "%1 has notes in measure %2 already. Select the music up to where it shall go on, or empty what " +
    "follows.";
var NOT_LOCAL = "The address %1 is not on this machine; give one like http://127.0.0.1:7411.";
var NO_SCORE = "There is no score. Open one, then try again.";
var NO_STAFF = "There is no staff for voices in this score. Add one (key I), then try again.";
var DOING = {harmonize: "Harmonizing", "continue": "Continuing", infill: "Writing anew", check: "Checking"};

function fill(text) {
    var words = Array.prototype.slice.call(arguments, 1);
    return text.replace(/%(\d)/g, function (_, number) {
        return words[number - 1];
    });
}

function sentence(text) {
    var plain = String(text).replace(/^\s+|\s+$/g, "");
    plain = plain.charAt(0).toUpperCase() + plain.slice(1);
    return /[.!?]$/.test(plain) ? plain : plain + ".";
}

// Of an error as docs/protocol.md has it.
function ofError(body) {
    var error = body && (body.error || body);
    if (error && error.code === "cancelled") {
        return CANCELLED;
    }
    return error && typeof error.text === "string" ? sentence(error.text) : strange("its error says nothing");
}

// what: why an answer is none of ripieno's.
function strange(what) {
    return "The answer makes no sense (" + what + "), so nothing was written. Is it ripieno that listens there? " +
        "`ripieno doctor` tells.";
}

function working(task, fraction) {
    return DOING[task] + " ... " + Math.round(Math.max(0, Math.min(1, fraction)) * 100) + " %";
}

function connected(status) {
    return "Connected to ripieno " + status.version + (status.model === "loading" ? ", which is still loading." : ".");
}

function counted(number, word) {
    return number + " " + word + (number === 1 ? "" : "s");
}

// What was found against the rules, without matters of style.
function serious(faults) {
    return faults.filter(function (fault) {
        return fault.severity !== "remark";
    });
}

// After a task. more: remarks of the plugin's own; the answer has ripieno's.
function done(answer, number, more) {
    var alternative = answer.alternatives[number];
    var said = ["Version " + (number + 1) + " of " + answer.alternatives.length + ", seed " + answer.seed + "."];
    if (answer.complete === false) {
        said.push("The time was over: the last measures are missing.");
    }
    return said.concat(more).concat(own(answer.remarks || [], number).map(sentence)).concat([
        alternative.originality ? sentence(alternative.originality.sentence) : ""
    ]).filter(Boolean).join(" ");
}

// Of ripieno's remarks those that are not about another version.
function own(remarks, number) {
    return remarks.map(function (remark) {
        var found = /^alternative (\d+): (.*)$/.exec(remark);
        return found === null ? remark : Number(found[1]) === number + 1 ? found[2] : "";
    }).filter(Boolean);
}

// remarks: ripieno's.
function checked(faults, remarks) {
    var found = serious(faults).length;
    var style = faults.length - found;
    return [
        found === 0 ? "No faults." : counted(found, "fault") + ".",
        style === 0 ? "" : counted(style, "matter") + " of style."
    ].concat((remarks || []).map(sentence)).filter(Boolean).join(" ");
}

// A list for the window: a fault a line, what matters first.
function list(faults) {
    var found = serious(faults);
    return found.concat(faults.filter(function (fault) {
        return found.indexOf(fault) < 0;
    })).map(function (fault) {
        return "Measure " + fault.measure + ", beat " + beat(fault.beat) + ": " + sentence(fault.sentence);
    }).join("\n");
}

function beat(number) {
    return String(Math.round(number * 100) / 100);
}

// A fault in as many words as fit over a staff.
function short(fault) {
    return fault.rule + (fault.voices.length > 0 ? ": " + fault.voices.join(", ") : "");
}

// What the plugin did otherwise than one might think. cut: notes struck once more; chords: where one note was read.
function remarks(cut, chords) {
    var said = [];
    if (cut > 0) {
        said.push(counted(cut, "long note") + (cut === 1 ? " is" : " are") +
            " struck again at a barline: tie them by hand if you like (plugins cannot).");
    }
    if (chords > 0) {
        said.push("Of " + counted(chords, "chord") + " only one note was read: a voice sings one at a time.");
    }
    return said;
}
