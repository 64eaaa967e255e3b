// HTTP requests to ripieno. Nothing of MuseScore is called here; XMLHttpRequest is QML's own.

.pragma library

.import "settings.js" as Settings
.import "sse.js" as Sse
.import "texts.js" as Texts

/**
 * Exactly one of onDone and onFailed is called, and once.
 *
 * @typedef {object} TaskCallbacks
 * @property {(fraction: number) => void} onProgress
 * @property {(reply: any) => void} onDone
 * @property {(text: string) => void} onFailed
 */

var LOCAL = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;

/**
 * Whether an address is on this machine; notes are sent nowhere else.
 *
 * @param {string} server
 */
function isLocal(server) {
    return LOCAL.test(server);
}

/**
 * Sends a request whose response is JSON.
 *
 * @param {string} method @param {string} url @param {object | null} body
 * @param {(response: {status: number, body: any}) => void} callback status is 0 where nobody answered; body is
 *     undefined where it is no JSON
 */
function requestJson(method, url, body, callback) {
    return send(method, url, body, "application/json", true, function (request, ended) {
        if (ended) {
            callback({status: request.status, body: Sse.parseJson(request.responseText)});
        }
    });
}

/**
 * Asks for the server's table of settings and its ensembles; calls back only if they come.
 *
 * @param {string} server its address @param {boolean} asynchronous see runTask
 * @param {(table: import("./settings.js").Table, ensembles: import("./lines.js").Ensemble[]) => void} callback
 */
function requestTable(server, asynchronous, callback) {
    send("GET", server + "/v1/settings", null, "application/json", asynchronous, function (request, ended) {
        if (ended && request.status === 200) {
            var body = Sse.parseJson(request.responseText);
            callback(Settings.table(body), Settings.ensembles(body));
        }
    });
}

/**
 * Asks which lines of a score are which voices; calls back with undefined where no answer comes.
 *
 * @param {string} server its address
 * @param {boolean} asynchronous see runTask
 * @param {object} question see lines.js
 * @param {(answer: any) => void} callback
 */
function requestVoices(server, asynchronous, question, callback) {
    send("POST", server + "/v1/lines", question, "application/json", asynchronous, function (request, ended) {
        if (ended) {
            callback(request.status === 200 ? Sse.parseJson(request.responseText) : undefined);
        }
    });
}

/**
 * Runs a task.
 *
 * @param {string} url @param {object} body
 * @param {boolean} asynchronous false in a MuseScore without a window, where no callback would come later
 * @param {TaskCallbacks} callbacks
 * @returns {() => void} what stops it
 */
function runTask(url, body, asynchronous, callbacks) {
    var position = 0; // in the stream of events
    var over = false;
    function end(callback, value) {
        if (!over) {
            over = true;
            callback(value);
        }
    }
    return send("POST", url, body, asynchronous ? "text/event-stream" : "application/json", asynchronous,
        function (request, ended) {
            if (asynchronous && request.status === 200) {
                var found = Sse.read(request.responseText, position);
                position = found.end;
                found.events.forEach(function (event) {
                    handleEvent(event, callbacks, end);
                });
            }
            if (ended) {
                handleEnd(request, asynchronous, position > 0, callbacks, end);
            }
        });
}

function handleEvent(event, callbacks, end) {
    if (event.name === "progress" && event.data) {
        callbacks.onProgress(Number(event.data.fraction) || 0);
    } else if (event.name === "done") {
        end(callbacks.onDone, event.data);
    } else if (event.name === "error") {
        end(callbacks.onFailed, Texts.ofError(event.data));
    } else if (event.name === "cancelled") {
        end(callbacks.onFailed, Texts.CANCELLED);
    }
}

/**
 * The connection has ended; where the result has come before, this changes nothing.
 *
 * @param {boolean} hasEvents whether any event came
 */
function handleEnd(request, asynchronous, hasEvents, callbacks, end) {
    var body = Sse.parseJson(request.responseText);
    if (request.status === 0) {
        end(callbacks.onFailed, hasEvents ? Texts.GONE : Texts.NOT_RUNNING);
    } else if (request.status !== 200) {
        end(callbacks.onFailed, body ? Texts.ofError(body) :
            Texts.unexpected("it answered with HTTP " + request.status));
    } else if (asynchronous) {
        end(callbacks.onFailed, hasEvents ? Texts.GONE : Texts.unexpected("it is no stream of events"));
    } else {
        end(callbacks.onDone, body);
    }
}

/**
 * @param {string} method @param {string} url @param {object | null} body @param {string} accept a media type
 * @param {boolean} asynchronous
 * @param {(request: XMLHttpRequest, ended: boolean) => void} callback called whenever something has come
 * @returns {() => void} what stops the request
 */
function send(method, url, body, accept, asynchronous, callback) {
    var request = new XMLHttpRequest();
    var stopped = false;
    request.onreadystatechange = function () {
        if (!stopped && request.readyState >= XMLHttpRequest.LOADING) {
            var ended = request.readyState === XMLHttpRequest.DONE;
            stopped = ended;
            callback(request, ended);
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
