// Parses server-sent events (text/event-stream) from a text that grows.

.pragma library

/**
 * The events that are complete.
 *
 * @param {string} text all that has come so far @param {number} from where the last call stopped
 * @returns {{events: {name: string, data: any}[], end: number}} data is undefined where it is no JSON; end is where the
 *     next call begins
 */
function read(text, from) {
    /** @type {{events: {name: string, data: any}[], end: number}} */
    var found = {events: [], end: from};
    var blank = /\r?\n\r?\n/g;
    blank.lastIndex = from;
    for (var end = blank.exec(text); end !== null; end = blank.exec(text)) {
        var event = parse(text.slice(found.end, end.index));
        if (event !== null) {
            found.events.push(event);
        }
        found.end = blank.lastIndex;
    }
    return found;
}

/** @param {string} block the lines of one event @returns null for a comment */
function parse(block) {
    var name = "message";
    /** @type {string[]} */
    var data = [];
    block.split(/\r?\n/).forEach(function (line) {
        var field = /^(event|data): ?(.*)$/.exec(line);
        if (field && field[1] === "event") {
            name = field[2];
        } else if (field) {
            data.push(field[2]);
        }
    });
    return data.length === 0 ? null : {name: name, data: parseJson(data.join("\n"))};
}

/** @param {string} text @returns {any} undefined where it is no JSON */
function parseJson(text) {
    try {
        return JSON.parse(text);
    } catch (error) {
        return undefined;
    }
}
