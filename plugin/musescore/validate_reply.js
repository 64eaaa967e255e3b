// The answer of ripieno, looked at before anything is done with it: another program may have sent it.

.pragma library

.import "lines.js" as Lines
.import "measures.js" as Measures
.import "spelling.js" as Spelling

var SYLLABIC = ["single", "begin", "middle", "end"];

function isWhole(value) {
    return typeof value === "number" && value === Math.floor(value) && value >= 0;
}

function isList(value) {
    return Object.prototype.toString.call(value) === "[object Array]";
}

// What is wrong with an answer to a task, in a few words; null where nothing is.
function fault(task, answer) {
    if (!answer || typeof answer !== "object") {
        return "it is no answer";
    }
    if (answer.remarks && !(isList(answer.remarks) && answer.remarks.every(isText))) {
        return "its remarks make no sense";
    }
    if (task === "check") {
        return faultsFault(answer.faults);
    }
    if (!isList(answer.alternatives) || answer.alternatives.length === 0 || !isList(answer.measures)) {
        return "there is no music in it";
    }
    if (!answer.measures.every(isMeasure)) {
        return "its measures make no sense";
    }
    var end = answer.measures.length > 0 ? Measures.endOf(answer.measures) : 0;
    for (var index = 0; index < answer.alternatives.length; index += 1) {
        var found = alternativeFault(answer.alternatives[index], end) ||
            faultsFault(answer.alternatives[index].faults);
        if (found) {
            return found;
        }
    }
    return null;
}

function isText(value) {
    return typeof value === "string";
}

function isMeasure(measure, index, all) {
    var begins = index === 0 ? 0 : all[index - 1].tick + all[index - 1].ticks;
    return Boolean(measure) && measure.tick === begins && isWhole(measure.ticks) && measure.ticks > 0;
}

function faultsFault(faults) {
    var fine = isList(faults) && faults.every(function (each) {
        return each && isText(each.sentence) && isText(each.rule) &&
            isList(each.voices) && isWhole(each.tick);
    });
    return fine ? null : "its list of faults makes no sense";
}

function alternativeFault(alternative, end) {
    if (!alternative || !isList(alternative.voices)) {
        return "there is no music in it";
    }
    if (alternative.originality && !isText(alternative.originality.sentence)) {
        return "what it says of originality makes no sense";
    }
    for (var index = 0; index < alternative.voices.length; index += 1) {
        var own = alternative.voices[index];
        if (!own || Lines.CHOIR.indexOf(own.voice) < 0 || !isList(own.events)) {
            return "it has voices that no choir has";
        }
        var before = 0;
        for (var place = 0; place < own.events.length; place += 1) {
            if (!isEvent(own.events[place], before, end)) {
                return "event " + (place + 1) + " of its " + own.voice + " makes no sense";
            }
            before = own.events[place].tick + own.events[place].ticks;
        }
    }
    return null;
}

function isEvent(event, before, end) {
    if (!event || !isWhole(event.tick) || !isWhole(event.ticks) || event.ticks === 0) {
        return false;
    }
    var written = Measures.fraction(event.duration);
    var rest = event.pitch === null || event.pitch === undefined;
    return event.tick >= before && event.tick + event.ticks <= end && written !== null &&
        (rest || isNote(event)) && isTuplet(event, written);
}

function isNote(event) {
    if (!isWhole(event.pitch) || event.pitch > 127) {
        return false;
    }
    var spelled = event.spelling ? Spelling.read(event.spelling) : null;
    return (!event.spelling || (spelled !== null && spelled.pitch === event.pitch)) &&
        (!event.syllabic || SYLLABIC.indexOf(event.syllabic) >= 0);
}

// Written value and true length agree.
function isTuplet(event, written) {
    var ratio = event.tuplet ? Measures.fraction(event.tuplet) : {numerator: 1, denominator: 1};
    return ratio !== null && Math.abs(
        Measures.ticksOf(written.numerator, written.denominator) * ratio.denominator / ratio.numerator - event.ticks
    ) < 1;
}

// The events of a voice in an alternative; none where it is not there.
function events(alternative, voice) {
    var found = alternative.voices.filter(function (own) {
        return own.voice === voice;
    });
    return found.length > 0 ? found[0].events : [];
}
