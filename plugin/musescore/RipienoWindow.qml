// The window, the same in the plugin and in the extension: each gives it a host, through which the scripts reach the
// score. No name of the program may stand in this file: where it does, version 4.4 and later list it as a plugin.

import QtQuick 2.9
import QtQuick.Controls 2.2
import QtQuick.Layouts 1.3
import QtQuick.Window 2.2
import "build_request.js" as Request
import "choices.js" as Choices
import "client.js" as Client
import "guidance.js" as Guidance
import "harmony.js" as Harmony
import "lines.js" as Lines
import "read_score.js" as Reader
import "session.js" as Session
import "settings.js" as Settings
import "texts.js" as Texts

Item {
    id: root
    objectName: "ripienoWindow"
    implicitWidth: 480
    implicitHeight: 920

    property var host: null // as the scripts take it
    property string server: "http://127.0.0.1:7411"
    property string statusText: Texts.LOOKING
    property bool busy: false
    property bool connected: false
    property var offer: null
    property var question: null // {offer}, of which ripieno is asked which lines are which voices
    property bool startLater: false // once that is known
    property var session: null
    property var models: [""]
    property var table: ({}) // of settings, as the server has it
    property var ensembles: [] // as the server has them
    property string ensemble: "" // the name of the one that is chosen; empty: as the score says
    property int versionShown: -1
    property int versions: 0
    property string faults: ""
    property var found: Guidance.NOTHING // key and phrases, as the newest reply tells them
    property string scoreName: "" // of the score that they are about
    property string seen: "" // the signature of the score that the choices are about
    readonly property string task: Choices.TASKS[taskBox.currentIndex]
    readonly property color ink: "#202124"
    readonly property int labelWidth: 98 // of the first column

    signal closed // by its button or by Esc

    function begin(ownHost) {
        host = ownHost;
        session = Session.create(host, view, true);
        refresh();
        checkConnection();
        taskBox.forceActiveFocus();
    }

    function closeWindow() {
        session.cancel();
        closed();
    }

    // -- the score and the choices -----------------------------------------------------------------------------

    // A text that differs where the choices may differ.
    function signature() {
        var score = host.curScore;
        if (!score) {
            return "";
        }
        var selection = Reader.selection(score, -1);
        return [score.scoreName, score.nstaves, score.nmeasures, selection ?
            [selection.start, selection.end, selection.firstStaff, selection.lastStaff].join(",") : ""].join(";");
    }

    function refresh() {
        if (!host.curScore) {
            statusText = Texts.NO_SCORE;
            return;
        }
        seen = signature();
        if (host.curScore.scoreName !== scoreName) {
            scoreName = host.curScore.scoreName;
            forgetGuidance();
        }
        var score = Reader.read(host, {});
        if (offer !== null) {
            Lines.keepVoices(offer.score, score);
        }
        setOffer(Choices.offer(task, score));
        askForVoices(false);
    }

    // Key and phrases are a score's own.
    function forgetGuidance() {
        keyBox.currentIndex = 0;
        phrasesField.text = "";
        session.setFound(Guidance.NOTHING);
    }

    // ripieno finds which lines are which voices. What the user has chosen meanwhile stays, unless an ensemble was
    // chosen before.
    function askForVoices(isChosen) {
        if (offer === null || !connected) {
            return;
        }
        var asked = {offer: offer};
        question = asked;
        Client.requestVoices(server, true, Lines.question(offer.score.lines, ensemble), function (answer) {
            if (question !== asked) {
                return; // a newer one is on its way
            }
            question = null;
            if (offer === asked.offer || isChosen) {
                Lines.setVoices(offer.score, answer);
                setOffer(Choices.offer(offer.task, offer.score));
            }
            if (startLater) {
                startLater = false;
                start();
                busy = session.pending !== null;
            }
        });
    }

    // Shows the choices in the window.
    function setOffer(made) {
        offer = made;
        if (made === null) {
            statusText = Texts.NO_STAFF;
            return;
        }
        melodyBox.model = made.melodies.map(function (line) {
            return line.name;
        });
        melodyBox.currentIndex = made.melody;
        voiceBox.model = made.score.ensemble.voices;
        voiceBox.currentIndex = made.score.ensemble.voices.indexOf(made.melodyVoice);
        rows.model = made.rows.length;
        for (var index = 0; index < made.rows.length; index += 1) {
            rows.itemAt(index).show(made.rows[index]); // qmllint disable missing-property
        }
        showEnsembles();
    }

    function showEnsembles() {
        var names = ensembles.map(function (known) {
            return known.name;
        });
        var found = offer === null || ensemble !== "" ? "" : offer.score.ensemble.title;
        ensembleBox.model = Guidance.ensembleNames(ensembles, found);
        ensembleBox.currentIndex = 1 + names.indexOf(ensemble);
    }

    // Whether the score has chord symbols or figures where they would be followed.
    function asksForChords(made) {
        var marks = made.score.marks;
        var span = Harmony.followedSpan(marks, made.task, made.span, made.score.measures, barsBox.value);
        return Harmony.stretches(marks, span, []).length > 0;
    }

    function start() {
        if (!host.curScore) {
            statusText = Texts.NO_SCORE;
            return;
        }
        if (signature() !== seen) {
            refresh();
        }
        if (question !== null) {
            startLater = true;
            busy = true;
            return;
        }
        session.start(server, offer, {
            model: modelBox.currentIndex > 0 ? models[modelBox.currentIndex] : "",
            key: Guidance.KEYS[keyBox.currentIndex], phrases: phrasesField.text,
            style: Guidance.styles(table)[Math.max(0, styleBox.currentIndex)], temperature: temperatureField.text,
            alternatives: versionsBox.value, seed: seedField.text, bars: barsBox.value, lyrics: lyricsBox.checked,
            mark: markBox.checked, followChords: followBox.checked, writeChords: Harmony.FORMS[chordsBox.currentIndex]
        });
    }

    // -- the server --------------------------------------------------------------------------------------------

    function checkConnection() {
        if (!Client.isLocal(server)) {
            return;
        }
        Client.requestJson("GET", server + "/v1/status", null, function (response) {
            var running = Boolean(response.body && response.body.version); // also with 503: no engine
            if (running !== connected || statusText === Texts.LOOKING) {
                connected = running;
                if (!busy && versionShown < 0 && offer !== null) { // else the message that is shown matters more
                    statusText = running ? Texts.connected(response.body) : Texts.NOT_RUNNING;
                }
                if (running) {
                    loadModels();
                    loadTable();
                    askForVoices(false);
                }
            }
        });
    }

    function loadModels() {
        Client.requestJson("GET", server + "/v1/models", null, function (response) {
            if (response.status !== 200 || !response.body || !response.body.models) {
                return;
            }
            var names = response.body.models.filter(function (model) {
                return model.performers === "choir";
            }).map(function (model) {
                return model.name;
            });
            var before = models[modelBox.currentIndex];
            models = [""].concat(names);
            modelBox.currentIndex = Math.max(0, models.indexOf(before));
        });
    }

    function loadTable() {
        Client.requestTable(server, true, function (received, known) {
            var style = styleBox.currentIndex; // a new list of styles makes it 0
            table = received;
            ensembles = known;
            showEnsembles();
            styleBox.currentIndex = Math.max(0, style);
            session.table = received;
            if (barsBox.value === 0) {
                barsBox.value = Settings.defaultOf(received, "bars", "continue") || 0;
            }
        });
    }

    Timer {
        interval: connected ? 5000 : 2000
        running: session !== null && !busy
        repeat: true
        onTriggered: checkConnection()
    }

    Timer {
        interval: 700
        running: session !== null && !busy
        repeat: true
        onTriggered: {
            if (host.curScore && signature() !== seen) {
                refresh();
            }
        }
    }

    QtObject {
        id: view
        function show(text) { root.statusText = text; }
        function setBusy(busy) {
            root.busy = busy;
            if (root.Window.window) {
                root.Window.window.requestActivate(); // reading ties in version 3.2 takes the focus away
            }
        }
        function setProgress(fraction) { progress.value = fraction; }
        function setVersions(shown, count) { root.versionShown = shown; root.versions = count; }
        function setFaults(text) { root.faults = text; }
        function setFound(found) {
            var chosen = keyBox.currentIndex; // a new list of names makes it 0
            root.found = found;
            keyBox.currentIndex = chosen;
        }
        function setWritten(lines) {
            root.seen = root.signature();
            root.setOffer(Choices.afterWriting(root.offer, Reader.read(host, {}), lines));
        }
    }

    // -- the window --------------------------------------------------------------------------------------------

    Rectangle {
        anchors.fill: parent
        color: "#f4f4f5" // light also in dark themes: version 3 has no dark controls
    }

    Shortcut { sequence: "Ctrl+Return"; enabled: !busy; onActivated: start() }
    Shortcut { sequence: "Esc"; onActivated: busy ? session.cancel() : closeWindow() }

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: 14
        spacing: 8

        GridLayout {
            columns: 2
            columnSpacing: 10
            rowSpacing: 4
            enabled: !busy
            Layout.fillWidth: true

            Label { text: "What"; color: ink; Layout.preferredWidth: labelWidth }
            ComboBox {
                id: taskBox
                objectName: "taskBox"
                model: Choices.TASK_NAMES
                Layout.fillWidth: true
                onActivated: refresh()
            }

            Label { text: Settings.label(table, "ensemble", "Ensemble"); color: ink; Layout.preferredWidth: labelWidth }
            ComboBox {
                id: ensembleBox
                objectName: "ensembleBox"
                model: Guidance.ensembleNames([], "")
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "ensemble")
                Layout.fillWidth: true
                onActivated: {
                    ensemble = currentIndex > 0 ? ensembles[currentIndex - 1].name : "";
                    askForVoices(true);
                }
            }

            Label { text: "Melody"; color: ink; Layout.preferredWidth: labelWidth }
            RowLayout {
                Layout.fillWidth: true
                ComboBox {
                    id: melodyBox
                    objectName: "melodyBox"
                    Layout.fillWidth: true
                    onActivated: setOffer(Choices.withMelody(offer, currentIndex))
                }
                Label { text: "as"; color: ink }
                ComboBox {
                    id: voiceBox
                    objectName: "voiceBox"
                    model: Lines.MIXED_CHOIR.voices
                    Layout.preferredWidth: 150
                    onActivated: setOffer(Choices.withVoice(offer, offer.score.ensemble.voices[currentIndex]))
                }
            }
        }

        Repeater {
            id: rows
            model: Lines.MIXED_CHOIR.voices.length - 1
            RowLayout {
                enabled: !busy
                Layout.fillWidth: true
                spacing: 10
                function show(row) {
                    voiceName.text = Lines.capitalized(row.voice);
                    choiceBox.model = row.choices.map(function (choice) {
                        return choice.text;
                    });
                    choiceBox.currentIndex = row.index;
                }
                Label { id: voiceName; color: ink; wrapMode: Text.Wrap; Layout.preferredWidth: labelWidth }
                ComboBox {
                    id: choiceBox
                    objectName: "choiceBox" + index
                    Layout.fillWidth: true
                    onActivated: root.offer = Choices.withRow(root.offer, index, currentIndex)
                }
            }
        }

        GridLayout {
            columns: 4
            columnSpacing: 10
            rowSpacing: 4
            enabled: !busy && task !== "check"
            Layout.fillWidth: true

            Label { text: Settings.label(table, "key", "Key"); color: ink; Layout.preferredWidth: labelWidth }
            RowLayout {
                spacing: 10
                Layout.columnSpan: 3
                Layout.fillWidth: true
                ComboBox {
                    id: keyBox
                    objectName: "keyBox"
                    model: Guidance.keyNames(found)
                    hoverEnabled: true
                    ToolTip.visible: hovered && ToolTip.text !== ""
                    ToolTip.delay: 700
                    ToolTip.text: Settings.tooltip(table, "key")
                    Layout.fillWidth: true
                    Layout.preferredWidth: 100
                }
                Label {
                    text: Settings.label(table, "style", "Style")
                    color: ink
                    opacity: styleBox.enabled ? 1 : 0.4
                }
                ComboBox {
                    id: styleBox
                    objectName: "styleBox"
                    model: Guidance.styles(table).map(Guidance.styleName)
                    enabled: task !== "check"
                    hoverEnabled: true
                    ToolTip.visible: hovered && ToolTip.text !== ""
                    ToolTip.delay: 700
                    ToolTip.text: Settings.tooltip(table, "style")
                    Layout.preferredWidth: 116
                }
            }

            Label {
                text: Settings.label(table, "phrases", "Phrases end in")
                color: ink
                opacity: phrasesField.enabled ? 1 : 0.4
                Layout.preferredWidth: labelWidth
            }
            TextField {
                id: phrasesField
                objectName: "phrasesField"
                placeholderText: Guidance.phrasesPlaceholder(found, table)
                enabled: Guidance.asksForPhrases(task)
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "phrases")
                selectByMouse: true
                Layout.columnSpan: 3
                Layout.fillWidth: true
            }

            Label { text: Settings.label(table, "model", "Model"); color: ink; Layout.preferredWidth: labelWidth }
            ComboBox {
                id: modelBox
                objectName: "modelBox"
                model: models.map(function (name) {
                    return name === "" ? "the usual one" : name;
                })
                Layout.columnSpan: 3
                Layout.fillWidth: true
            }

            Label { text: Settings.label(table, "temperature", "Temperature"); color: ink; Layout.preferredWidth: labelWidth }
            TextField {
                id: temperatureField
                objectName: "temperatureField"
                placeholderText: Settings.placeholder(table, "temperature")
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "temperature")
                selectByMouse: true
                Layout.fillWidth: true
                Layout.preferredWidth: 100
            }
            Label { text: Settings.label(table, "alternatives", "Versions"); color: ink }
            SpinBox {
                id: versionsBox
                objectName: "versionsBox"
                from: Settings.bound(table, "alternatives", "minimum")
                to: Settings.bound(table, "alternatives", "maximum")
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "alternatives")
                value: Request.DEFAULTS.alternatives
                editable: true
                Layout.preferredWidth: 120
            }

            Label { text: Settings.label(table, "seed", "Seed"); color: ink; Layout.preferredWidth: labelWidth }
            TextField {
                id: seedField
                objectName: "seedField"
                placeholderText: Settings.placeholder(table, "seed")
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "seed")
                selectByMouse: true
                Layout.fillWidth: true
                Layout.preferredWidth: 100
            }
            Label { text: Settings.label(table, "bars", "Measures"); color: ink; opacity: barsBox.enabled ? 1 : 0.4 }
            SpinBox {
                id: barsBox
                objectName: "barsBox"
                from: value === 0 ? 0 : Settings.bound(table, "bars", "minimum") // 0: not known yet
                to: Settings.bound(table, "bars", "maximum")
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "bars")
                value: Request.DEFAULTS.bars
                editable: true
                enabled: task === "continue"
                Layout.preferredWidth: 120
            }
        }

        RowLayout {
            enabled: !busy && task !== "check"
            spacing: 10
            Layout.fillWidth: true
            CheckBox {
                id: followBox
                objectName: "followBox"
                text: "Follow the chord symbols"
                checked: Request.DEFAULTS.followChords
                enabled: offer !== null && asksForChords(offer)
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "document_chords")
            }
            ComboBox {
                id: chordsBox
                objectName: "chordsBox"
                model: Harmony.FORM_NAMES
                hoverEnabled: true
                ToolTip.visible: hovered && ToolTip.text !== ""
                ToolTip.delay: 700
                ToolTip.text: Settings.tooltip(table, "write_chords")
                Layout.fillWidth: true
            }
        }

        RowLayout {
            enabled: !busy
            CheckBox {
                id: lyricsBox
                objectName: "lyricsBox"
                text: "Words under the new voices"
                checked: Request.DEFAULTS.lyrics
                enabled: task !== "check"
            }
            CheckBox {
                id: markBox
                objectName: "markBox"
                text: "Mark faults"
                checked: Request.DEFAULTS.mark
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Rectangle {
                width: 10
                height: 10
                radius: 5
                color: connected ? "#2e9e5b" : "#c0392b"
                Layout.alignment: Qt.AlignTop
                Layout.topMargin: 4
            }
            ScrollView { // long remarks must not push the buttons out of the window
                clip: true
                Layout.fillWidth: true
                Layout.preferredHeight: Math.min(statusArea.contentHeight, 6 * statusArea.font.pixelSize * 1.4)
                TextArea {
                    id: statusArea
                    objectName: "statusLabel"
                    text: statusText
                    color: ink
                    padding: 0
                    background: null
                    readOnly: true
                    selectByMouse: true
                    wrapMode: Text.Wrap
                    activeFocusOnTab: contentHeight > height
                }
            }
        }

        ProgressBar {
            id: progress
            objectName: "progressBar"
            opacity: busy ? 1 : 0
            Layout.fillWidth: true
        }

        RowLayout {
            Layout.fillWidth: true
            Button {
                objectName: "startButton"
                text: Choices.VERBS[task]
                highlighted: true
                enabled: !busy
                Layout.fillWidth: true
                Keys.onReturnPressed: clicked()
                onClicked: start()
            }
            Button {
                objectName: "cancelButton"
                text: busy ? "Cancel" : "Close"
                Keys.onReturnPressed: clicked()
                onClicked: busy ? session.cancel() : closeWindow()
            }
            Button {
                objectName: "previousButton"
                text: "Previous"
                enabled: !busy && versions > 1
                Keys.onReturnPressed: clicked()
                onClicked: session.turn(-1)
            }
            Button {
                objectName: "nextButton"
                text: "Next"
                enabled: !busy && versions > 1
                Keys.onReturnPressed: clicked()
                onClicked: session.turn(1)
            }
        }

        Flickable {
            visible: faults !== ""
            clip: true
            Layout.fillWidth: true
            Layout.fillHeight: true
            ScrollBar.vertical: ScrollBar {}
            TextArea.flickable: TextArea {
                objectName: "faultsArea"
                text: faults
                color: ink
                readOnly: true
                selectByMouse: true
                wrapMode: Text.Wrap
                activeFocusOnTab: true
            }
        }

        Item { visible: faults === ""; Layout.fillHeight: true }

        RowLayout {
            enabled: !busy
            spacing: 10
            Layout.fillWidth: true
            Label { text: "Server"; color: ink; Layout.preferredWidth: labelWidth }
            TextField {
                objectName: "serverField"
                text: root.server
                selectByMouse: true
                Layout.fillWidth: true
                onEditingFinished: {
                    root.server = text.replace(/\/+$/, "");
                    root.connected = false;
                    root.checkConnection();
                }
            }
        }
    }
}
