// Talking to ripieno over HTTP. No host calls: XMLHttpRequest is QML's own.

.pragma library

.import "sse.js" as Sse
.import "texts.js" as Texts

var LOCAL = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;

// Whether an address is on this machine; notes are sent nowhere else.
function isLocal(server) {
    return LOCAL.test(server);
}

// Asks for JSON: told({status, body}); status is 0 where nobody answered, body undefined where it is no JSON.
function ask(method, url, body, told) {
    return send(method, url, body, "application/json", true, function (request, ended) {
        if (ended) {
            told({status: request.status, body: Sse.json(request.responseText)});
        }
    });
}

// Asks for a task. told has progress(fraction), done(answer), failed(text); one of the last two comes, and once.
// asynchronous: false in a MuseScore without a window, where nothing comes later.
function task(url, body, asynchronous, told) {
    var place = 0;
    var over = false;
    function end(name, value) {
        if (!over) {
            over = true;
            told[name](value);
        }
    }
    return send("POST", url, body, asynchronous ? "text/event-stream" : "application/json", asynchronous,
        function (request, ended) {
            if (asynchronous && request.status === 200) {
                var found = Sse.read(request.responseText, place);
                place = found.place;
                found.events.forEach(function (event) {
                    hear(event, told, end);
                });
            }
            if (ended) {
                finish(request, asynchronous, place > 0, end);
            }
        });
}

function hear(event, told, end) {
    if (event.name === "progress" && event.data) {
        told.progress(Number(event.data.fraction) || 0);
    } else if (event.name === "done") {
        end("done", event.data);
    } else if (event.name === "error") {
        end("failed", Texts.ofError(event.data));
    } else if (event.name === "cancelled") {
        end("failed", Texts.CANCELLED);
    }
}

// The connection has ended; where the answer came before, that is no news. heard: whether any event came.
function finish(request, asynchronous, heard, end) {
    var body = Sse.json(request.responseText);
    if (request.status === 0) {
        end("failed", heard ? Texts.GONE : Texts.NOT_RUNNING);
    } else if (request.status !== 200) {
        end("failed", body ? Texts.ofError(body) : Texts.strange("it answered with HTTP " + request.status));
    } else if (asynchronous) {
        end("failed", heard ? Texts.GONE : Texts.strange("it is no stream of events"));
    } else {
        end("done", body);
    }
}

// heard(request, ended) is called whenever there is something new. Returns what stops it.
function send(method, url, body, accept, asynchronous, heard) {
    var request = new XMLHttpRequest();
    var stopped = false;
    request.onreadystatechange = function () {
        if (!stopped && request.readyState >= XMLHttpRequest.LOADING) {
            var ended = request.readyState === XMLHttpRequest.DONE;
            stopped = ended;
            heard(request, ended);
        }
    };
    request.open(method, url, asynchronous);
    request.setRequestHeader("Accept", accept);
    if (body !== null) {
        request.setRequestHeader("Content-Type", "application/json");
    }
    request.send(body === null ? undefined : JSON.stringify(body));
    return function () {
        stopped = true;
        request.abort();
    };
}
