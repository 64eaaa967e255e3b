import Program
import "api.mjs" as Api
import "elements.mjs" as Elements
import "strict.mjs" as Strict

// The base of every plugin, as far as MuseScore 4 has it. What only 3 does raises an error here.
Names {
    id: host

    property string menuPath
    property string title
    property string version
    property string description
    property string pluginType
    property string dockArea
    property bool requiresScore: true
    property string thumbnailName
    property string categoryCode
    readonly property int division: 480
    readonly property int mscoreVersion: 40400
    readonly property int mscoreMajorVersion: 4
    readonly property int mscoreMinorVersion: 4
    readonly property int mscoreUpdateVersion: 0
    readonly property real mscoreDPI: 360
    readonly property var curScore: model === null ? null : Api.scoreApi(model)

    // for tests only
    property var model: null
    property var refused: []
    property bool closed: false

    signal run
    signal scoreStateChanged(var state)
    signal closeRequested

    onCloseRequested: closed = true

    function open(description: string): void {
        Api.setNames(host.Element, host.Segment)
        model = Api.makeScore(JSON.parse(description))
    }

    function newElement(type: int): var {
        return Elements.newElement(type)
    }

    function removeElement(element: var): void {
        Api.removeElement(element)
    }

    function fraction(numerator: int, denominator: int): var {
        return Strict.fraction(numerator, denominator)
    }

    function cmd(action: string): void {
        refused = refused.concat([action])  // 4 runs no actions while a dialog is open
    }

    function quit(): void {
        closeRequested()
    }

    function log(_text: string): void {
    }

    function logn(_text: string): void {
    }

    function readScore(_path: string): var {
        throw new Error("readScore does nothing in MuseScore 4")
    }

    function writeScore(_score: var, _path: string, _kind: string): bool {
        throw new Error("writeScore does nothing in MuseScore 4")
    }
}
