import QtQuick

// Keeps files in memory. A plugin may write in the temporary folder only, as in 4.7.
QtObject {
    id: file

    property string source
    property var contents: ({})

    signal error(string message)

    function tempPath(): string {
        return "/tmp"
    }

    function homePath(): string {
        return "/home/musician"
    }

    function exists(): bool {
        return source in contents
    }

    function read(): string {
        if (!exists())
            error("there is no " + source)
        return exists() ? contents[source] : ""
    }

    function write(text: string): bool {
        if (!source.startsWith(tempPath() + "/")) {
            error("MuseScore does not let a plugin write there")
            return false
        }
        contents[source] = text
        return true
    }

    function remove(): bool {
        return delete contents[source]
    }
}
