// Cursors of MuseScore, and moving them. `host` is the plugin's root object.

.pragma library

/** @param {any} host @param {{staff: number, voice: number}} line */
function cursorOn(host, line) {
    var cursor = host.curScore.newCursor();
    cursor.staffIdx = line.staff;
    cursor.voice = line.voice;
    cursor.rewind(0);
    return cursor;
}

/**
 * Moves a cursor to a tick at which something of the line begins. The staff is set each time: cursors of MuseScore 3.2
 * share one position for what is entered.
 *
 * @param {any} cursor @param {{staff: number, voice: number, name?: string}} line @param {number} tick
 * @throws {Error} where nothing begins there
 */
function moveTo(cursor, line, tick) {
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
