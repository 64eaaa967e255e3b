import QtQuick

QtObject {
    enum Type {
        ABOVE = 0,
        BELOW = 1
    }
}
