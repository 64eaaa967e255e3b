import QtQuick 2.9
import MuseScore 3.0
import FileIO 3.0

// Writes notes in every way that a plugin can in MuseScore 3.2, and reads them back. A test compares the result in
// MuseScore itself with that in the model.
MuseScore {
    id: root
    menuPath: "Plugins.Writing"
    version: "1"
    description: "For a test"
    pluginType: "dialog"
    requiresScore: true
    property string statusText: ""
    property bool busy: false
    property string server: ""

    FileIO {
        id: file
        source: "WRITTEN"
    }

    function at(staff, voice, tick) {
        var cursor = curScore.newCursor();
        cursor.staffIdx = staff;
        cursor.voice = 0;
        cursor.rewind(0);
        while (cursor.segment && cursor.tick < tick)
            cursor.next();
        cursor.voice = voice;
        return cursor;
    }

    function put(cursor, numerator, denominator, pitches) {
        cursor.setDuration(numerator, denominator);
        pitches.forEach(function (pitch) { cursor.addNote(pitch); });
        return cursor;
    }

    function write() {
        put(at(0, 0, 0), 5, 8, [61, 63]);           // no note value: cut
        put(at(0, 0, 1920), 3, 4, [66, 70]);        // the second goes over the barline
        put(at(0, 0, 4800), 1, 8, [60]);            // into a tied note
        put(at(0, 0, 5760), 7, 8, [62]);
        put(at(0, 0, 5760), 1, 16, [64]);           // over the beginning of a longer note
        put(at(0, 0, 7680), 1, 2, [65, 67, 69]);    // more than the score has room for
        var cursor = put(at(1, 0, 0), 1, 2, [55, 57, 59]);
        put(at(1, 1, 960), 1, 4, [50]);             // a second voice begins within a measure
        cursor = at(1, 0, 960);
        removeElement(cursor.element);
        cursor = at(1, 0, 0);
        cursor.element.notes[0].tpc1 = 17;
        var lyrics = newElement(Element.LYRICS);
        lyrics.text = "la";
        cursor.element.add(lyrics);                 // Cursor.add crashes MuseScore 3.2
    }

    function read() {
        var lines = [];
        for (var track = 0; track < curScore.ntracks; track += 1) {
            var cursor = curScore.newCursor();
            cursor.staffIdx = Math.floor(track / 4);
            cursor.voice = track % 4;
            cursor.rewind(0);
            for (; cursor.segment; cursor.next())
                if (cursor.element)
                    lines.push(word(track, cursor));
        }
        return lines.join("\n");
    }

    function word(track, cursor) {
        var element = cursor.element, notes = [];
        if (element.type === Element.CHORD)
            for (var index = 0; index < element.notes.length; index += 1) {
                var note = element.notes[index];
                notes.push(note.pitch + "/" + note.tpc1);
            }
        var sung = element.type === Element.CHORD && element.lyrics.length ? element.lyrics[0].text : "";
        return [track, cursor.tick, element.type === Element.REST ? "r" : notes.join("+"),
            element.duration.numerator, element.duration.denominator, cursor.keySignature, sung].join(" ");
    }

    onRun: {
        if (mscoreMajorVersion >= 4)
            curScore.startCmd();
        write();
        if (mscoreMajorVersion >= 4)
            curScore.endCmd();
        statusText = read() + "\nend " + curScore.lastSegment.tick + " " + curScore.nmeasures;
        file.write(statusText);
    }
}
