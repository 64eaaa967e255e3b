import QtQuick

QtObject {
    enum Type {
        SCORE_START = 0,
        SELECTION_START = 1,
        SELECTION_END = 2,
        INPUT_STATE_INDEPENDENT = 0,
        INPUT_STATE_SYNC_WITH_SCORE = 1
    }
}
