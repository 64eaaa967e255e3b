// Cursors of MuseScore: where they stand, and where they shall. `host` is the plugin's root object.

.pragma library

function cursorOn(host, line) {
    var cursor = host.curScore.newCursor();
    cursor.staffIdx = line.staff;
    cursor.voice = line.voice;
    cursor.rewind(0);
    return cursor;
}

// Ahead to a tick, where something of this line must begin. The staff is said anew: cursors of MuseScore 3.2 share
// one position for what is entered.
function move(cursor, line, tick) {
    cursor.staffIdx = line.staff;
    cursor.voice = line.voice;
    if (!cursor.segment || cursor.tick > tick) {
        cursor.rewind(0);
    }
    while (cursor.segment && cursor.tick < tick) {
        cursor.next();
    }
    if (!cursor.segment || cursor.tick !== tick) {
        throw new Error("MuseScore has no place for a note of " + line.name + " at tick " + tick + ".");
    }
}
