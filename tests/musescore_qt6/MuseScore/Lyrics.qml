import QtQuick

QtObject {
    enum Type {
        SINGLE = 0,
        BEGIN = 1,
        END = 2,
        MIDDLE = 3
    }
}
