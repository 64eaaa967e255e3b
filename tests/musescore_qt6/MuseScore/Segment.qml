import QtQuick

QtObject {
    enum Type {
        HeaderClef = 2,
        KeySig = 4,
        TimeSig = 16,
        ChordRest = 512,
        EndBarLine = 8192
    }
}
