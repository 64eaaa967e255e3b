import QtQuick

QtObject {
    enum Type {
        INVALID = 0,
        PART = 2,
        STAFF = 3,
        SCORE = 4,
        STEM = 11,
        BAR_LINE = 12,
        CLEF = 13,
        KEYSIG = 14,
        TIMESIG = 16,
        REST = 25,
        NOTE = 27,
        ARTICULATION = 28,
        TIE = 34,
        LYRICS = 40,
        TEXT = 44,
        TEMPO_TEXT = 45,
        STAFF_TEXT = 46,
        SYSTEM_TEXT = 47,
        HARMONY = 52,
        FERMATA = 63,
        MEASURE = 87,
        SEGMENT = 91,
        CHORD = 93,
        TUPLET = 95
    }
}
