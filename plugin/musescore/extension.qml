// ripieno as an extension, whose description is manifest.json. The window is in RipienoWindow.qml, the rest in the
// scripts. As there, no name of the program may stand in this file.

import QtQuick 2.9
import QtQuick.Window 2.2
import "extension_host.js" as ExtensionHost

Item {
    id: root
    implicitWidth: form.implicitWidth
    implicitHeight: form.implicitHeight

    Component.onCompleted: {
        if (typeof api !== "undefined") { // not there while a list of plugins is made of all files
            form.begin(ExtensionHost.create(api.engraving));
        }
    }

    RipienoWindow {
        id: form
        anchors.fill: parent
        onClosed: root.Window.window.close() // extensions have no way of their own
    }
}
