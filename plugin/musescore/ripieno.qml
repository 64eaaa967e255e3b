// ripieno as a plugin, in MuseScore 3 and 4. The window is in RipienoWindow.qml, the rest in the scripts.

import QtQuick 2.9
import MuseScore 3.0
import FileIO 3.0
import "headless.js" as Headless

MuseScore {
    //4.4 title: "ripieno"
    //4.4 categoryCode: "composing-arranging-tools"
    id: root
    menuPath: "Plugins.ripieno"
    description: "Fills in the missing voices of a choir or a quartet. Needs `ripieno serve` beside it."
    version: "0.1"
    pluginType: "dialog"
    requiresScore: true
    width: form.implicitWidth
    height: form.implicitHeight

    property alias server: form.server
    readonly property bool hasWindow: Qt.application.arguments.indexOf("-p") < 0

    Component.onCompleted: {
        if (mscoreMajorVersion >= 4 && mscoreMinorVersion < 4) {
            root.title = "ripieno";
            root.categoryCode = "composing-arranging-tools";
        }
    }

    onRun: {
        if (hasWindow) {
            form.begin(root);
        } else {
            Headless.run(root, files);
        }
    }

    FileIO { id: file }

    function temporaryPath(name) { return file.tempPath() + "/" + name; }
    function readFile(path) { file.source = path; return file.read(); }

    QtObject {
        id: files
        function path(name) { return file.homePath() + "/ripieno-musescore/" + name; }
        function read(name) { file.source = path(name); return file.read(); }
        function write(name, text) { file.source = path(name); file.write(text); }
    }

    RipienoWindow {
        id: form
        anchors.fill: parent
        onClosed: {
            if (mscoreMajorVersion >= 4) {
                quit();
            } else {
                Qt.quit();
            }
        }
    }
}
