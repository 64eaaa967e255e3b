// Validates a reply before anything is done with it: another program may have sent it.

.pragma library

.import "measures.js" as Measures
.import "spelling.js" as Spelling

/**
 * A reply as docs/protocol.md has it.
 *
 * @typedef {object} ReplyEvent
 * @property {number} tick
 * @property {number} ticks
 * @property {string} duration the written value
 * @property {number | null} [pitch] null or absent: a rest
 * @property {string | null} [spelling]
 * @property {boolean} [tie] to the next event
 * @property {string | null} [tuplet] "3/2"
 * @property {string | null} [lyric]
 * @property {string | null} [syllabic]
 * @property {number} [extend] in ticks, where its melisma reaches
 * @property {{verse: number, lyric: string, syllabic: string, extend?: number}[]} [verses] of further verses
 *
 * @typedef {{voice: string, events: ReplyEvent[]}} ReplyVoice
 *
 * @typedef {object} Fault
 * @property {string} rule
 * @property {string} severity
 * @property {string} measure
 * @property {number} beat
 * @property {number} tick
 * @property {string[]} voices
 * @property {string} sentence
 *
 * @typedef {{tick: number, figure: string, symbol: string | null}} Chord figure: a Roman numeral
 *
 * @typedef {object} Alternative
 * @property {ReplyVoice[]} voices
 * @property {Fault[]} faults
 * @property {{sentence: string} | null} originality
 * @property {Chord[]} [chords]
 * @property {string} [difference] from the first alternative, in words; empty for that one
 *
 * @typedef {object} Reply
 * @property {Alternative[]} alternatives
 * @property {{number: number, tick: number, ticks: number}[]} measures
 * @property {number} seed
 * @property {boolean} complete
 * @property {string} [heard] key and phrases in words
 * @property {string | null} [key]
 * @property {{measure: string, beat: number}[] | null} [phrases] where they end
 * @property {string[]} [remarks]
 * @property {Fault[]} [faults] the reply of a check has only these and remarks
 */

var SYLLABIC = ["single", "begin", "middle", "end"];

/** @param {unknown} value @returns {value is number} */
function isWhole(value) {
    return typeof value === "number" && value === Math.floor(value) && value >= 0;
}

/** @param {unknown} value @returns {value is any[]} */
function isList(value) {
    return Object.prototype.toString.call(value) === "[object Array]";
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
    return typeof value === "string";
}

/**
 * What is wrong with a reply, in a few words; null where nothing is.
 *
 * @param {string} task @param {any} reply @param {string[]} voices of the ensemble
 * @returns {string | null}
 */
function problem(task, reply, voices) {
    if (!reply || typeof reply !== "object") {
        return "it is no answer";
    }
    if (reply.remarks && !(isList(reply.remarks) && reply.remarks.every(isText))) {
        return "its remarks make no sense";
    }
    if (reply.heard !== undefined && !isText(reply.heard) || reply.key && !isText(reply.key)) {
        return "its key makes no sense";
    }
    if (reply.phrases && !(isList(reply.phrases) && reply.phrases.every(isPhraseEnd))) {
        return "its phrases make no sense";
    }
    if (task === "check") {
        return faultsProblem(reply.faults);
    }
    if (!isList(reply.alternatives) || reply.alternatives.length === 0 || !isList(reply.measures)) {
        return "there is no music in it";
    }
    if (!reply.measures.every(isMeasure)) {
        return "its measures make no sense";
    }
    var end = reply.measures.length > 0 ? Measures.endOf(reply.measures) : 0;
    for (var index = 0; index < reply.alternatives.length; index += 1) {
        var found = alternativeProblem(reply.alternatives[index], end, voices) ||
            faultsProblem(reply.alternatives[index].faults);
        if (found) {
            return found;
        }
    }
    return null;
}

/** @param {any} end */
function isPhraseEnd(end) {
    return Boolean(end) && isText(end.measure) && typeof end.beat === "number";
}

/** @param {any} measure @param {number} index @param {any[]} all */
function isMeasure(measure, index, all) {
    var begins = index === 0 ? 0 : all[index - 1].tick + all[index - 1].ticks;
    return Boolean(measure) && measure.tick === begins && isWhole(measure.ticks) && measure.ticks > 0;
}

/** @param {any} faults */
function faultsProblem(faults) {
    var fine = isList(faults) && faults.every(function (fault) {
        return fault && isText(fault.sentence) && isText(fault.rule) &&
            isList(fault.voices) && isWhole(fault.tick);
    });
    return fine ? null : "its list of faults makes no sense";
}

/** @param {any} alternative @param {number} end of the music, in ticks @param {string[]} voices of the ensemble */
function alternativeProblem(alternative, end, voices) {
    if (!alternative || !isList(alternative.voices)) {
        return "there is no music in it";
    }
    if (alternative.originality && !isText(alternative.originality.sentence)) {
        return "what it says of originality makes no sense";
    }
    if (alternative.difference !== undefined && !isText(alternative.difference)) {
        return "what it says of its harmony makes no sense";
    }
    if (alternative.chords && !(isList(alternative.chords) && alternative.chords.every(isChord))) {
        return "its chords make no sense";
    }
    for (var index = 0; index < alternative.voices.length; index += 1) {
        var own = alternative.voices[index];
        if (!own || voices.indexOf(own.voice) < 0 || !isList(own.events)) {
            return "it has voices that nobody asked for";
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

/** @param {any} chord */
function isChord(chord) {
    return Boolean(chord) && isWhole(chord.tick) && isText(chord.figure) && (!chord.symbol || isText(chord.symbol));
}

/** @param {any} event @param {number} before where the last event ends @param {number} end of the music */
function isEvent(event, before, end) {
    if (!event || !isWhole(event.tick) || !isWhole(event.ticks) || event.ticks === 0) {
        return false;
    }
    var written = Measures.fraction(event.duration);
    var rest = event.pitch === null || event.pitch === undefined;
    return event.tick >= before && event.tick + event.ticks <= end && written !== null &&
        (rest || isNote(event)) && isAsLongAsWritten(event, written);
}

/** @param {any} event */
function isNote(event) {
    if (!isWhole(event.pitch) || event.pitch > 127) {
        return false;
    }
    var spelled = event.spelling ? Spelling.parse(event.spelling) : null;
    return (!event.spelling || (spelled !== null && spelled.pitch === event.pitch)) &&
        (!event.syllabic || SYLLABIC.indexOf(event.syllabic) >= 0);
}

/**
 * Whether the written value, with its tuplet, is the true length.
 *
 * @param {any} event @param {import("./measures.js").Fraction} written
 */
function isAsLongAsWritten(event, written) {
    var ratio = event.tuplet ? Measures.fraction(event.tuplet) : {numerator: 1, denominator: 1};
    return ratio !== null && Math.abs(
        Measures.ticksOf(written.numerator, written.denominator) * ratio.denominator / ratio.numerator - event.ticks
    ) < 1;
}

/**
 * The events of a voice; none where the alternative does not have it.
 *
 * @param {Alternative} alternative @param {string} voice
 */
function events(alternative, voice) {
    var found = alternative.voices.filter(function (own) {
        return own.voice === voice;
    });
    return found.length > 0 ? found[0].events : [];
}
