// The plugin in a MuseScore without a window (mscore3 -p), for tests and for scripts of your own.
//
// It does what ~/ripieno-musescore/ask.json says, and writes said.json and result.musicxml beside it.
// {"server", "task", "press": ["start", "next", "previous"], "settings": {...}, "ensemble", "melody": index,
//  "melodyVoice", "rows": {voice: [kind, staff]}, "selection": {start, end, firstStaff, lastStaff}}; all may be left out.

.pragma library

.import "build_request.js" as Request
.import "choices.js" as Choices
.import "client.js" as Client
.import "lines.js" as Lines
.import "read_score.js" as Reader
.import "session.js" as Session
.import "settings.js" as Settings

/**
 * @typedef {object} Files in that folder
 * @property {(name: string) => string} path
 * @property {(name: string) => string} read
 * @property {(name: string, text: string) => void} write
 */

/**
 * @param {any} host the plugin's root object
 * @param {Files} files
 */
function run(host, files) {
    var said = {texts: [], versions: [-1, 0], faults: "", found: null, body: null, error: null};
    try {
        act(host, JSON.parse(files.read("ask.json")), said);
        host.writeScore(host.curScore, files.path("result.musicxml"), "musicxml");
    } catch (error) {
        said.error = String(error) + " (" + error.fileName + ":" + error.lineNumber + ")";
    }
    files.write("said.json", JSON.stringify(said));
}

/** @param {any} host @param {any} ask @param {any} said */
function act(host, ask, said) {
    var session = Session.create(host, viewOf(said), false);
    var score = Reader.read(host);
    if (ask.selection) {
        score.selection = ask.selection;
        score.selectionIsNamed = true;
    }
    /** @type {any} */
    var settings = {};
    Object.keys(Request.DEFAULTS).forEach(function (name) {
        var own = ask.settings && ask.settings[name];
        settings[name] = own === undefined ? Request.DEFAULTS[name] : own;
    });
    var server = ask.server || host.server;
    if (Client.isLocal(server)) {
        Client.requestVoices(server, false, Lines.question(score.lines, ask.ensemble || ""), function (answer) {
            Lines.setVoices(score, answer);
        });
        Client.requestTable(server, false, function (table) {
            session.table = table;
            settings.bars = settings.bars || Settings.defaultOf(table, "bars", "continue") || 0;
        });
    }
    var offer = chosen(Choices.offer(ask.task || "harmonize", score), ask);
    (ask.press || ["start"]).forEach(function (button) {
        if (button === "start") {
            session.start(server, offer, settings);
            said.body = session.lastBody;
        } else {
            session.turn(button === "next" ? 1 : -1);
        }
    });
}

/**
 * The offer with what the script chooses.
 *
 * @param {import("./choices.js").Offer} offer @param {any} ask
 */
function chosen(offer, ask) {
    var made = ask.melody === undefined ? offer : Choices.withMelody(offer, ask.melody);
    made = ask.melodyVoice ? Choices.withVoice(made, ask.melodyVoice) : made;
    Object.keys(ask.rows || {}).forEach(function (voice) {
        made.rows.forEach(function (row, number) {
            row.choices.forEach(function (choice, index) {
                var staff = choice.line ? choice.line.staff : null;
                if (row.voice === voice && choice.kind === ask.rows[voice][0] && staff === ask.rows[voice][1]) {
                    made = Choices.withRow(made, number, index);
                }
            });
        });
    });
    return made;
}

/** @param {any} said @returns {import("./session.js").View} */
function viewOf(said) {
    return {
        show: function (text) {
            said.texts.push(text);
        },
        setBusy: function () {},
        setProgress: function () {},
        setWritten: function () {},
        setFound: function (found) {
            said.found = found;
        },
        setVersions: function (shown, count) {
            said.versions = [shown, count];
        },
        setFaults: function (text) {
            said.faults = text;
        }
    };
}
