// A stream of events (text/event-stream), read as it grows.

.pragma library

// The events that are whole in a text from a place on: {events: [{name, data}], place}. data is undefined where it
// is no JSON.
function read(text, place) {
    var found = {events: [], place: place};
    var blank = /\r?\n\r?\n/g;
    blank.lastIndex = place;
    for (var end = blank.exec(text); end !== null; end = blank.exec(text)) {
        var event = parse(text.slice(found.place, end.index));
        if (event !== null) {
            found.events.push(event);
        }
        found.place = blank.lastIndex;
    }
    return found;
}

function parse(block) {
    var name = "message";
    var data = [];
    block.split(/\r?\n/).forEach(function (line) {
        var field = /^(event|data): ?(.*)$/.exec(line);
        if (field && field[1] === "event") {
            name = field[2];
        } else if (field) {
            data.push(field[2]);
        }
    });
    return data.length === 0 ? null : {name: name, data: json(data.join("\n"))};
}

function json(text) {
    try {
        return JSON.parse(text);
    } catch (error) {
        return undefined;
    }
}
