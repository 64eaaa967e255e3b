import QtQuick

// Files that are only remembered: what a plugin may write in 4.7 lies under the temporary folder.
QtObject {
    id: file

    property string source
    property var remembered: ({})

    signal error(string message)

    function tempPath(): string {
        return "/tmp"
    }

    function homePath(): string {
        return "/home/musician"
    }

    function exists(): bool {
        return source in remembered
    }

    function read(): string {
        if (!exists())
            error("there is no " + source)
        return exists() ? remembered[source] : ""
    }

    function write(text: string): bool {
        if (!source.startsWith(tempPath() + "/")) {
            error("MuseScore does not let a plugin write there")
            return false
        }
        remembered[source] = text
        return true
    }

    function remove(): bool {
        return delete remembered[source]
    }
}
