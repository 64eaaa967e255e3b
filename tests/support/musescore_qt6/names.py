"""The enumerations of a plugin's root object, such as Element.CHORD, which QML itself cannot declare.

They are properties of the root, as in the program, so that scripts find them in it.
"""

from __future__ import annotations

from PySide6.QtCore import Property
from PySide6.QtQml import qmlRegisterType
from PySide6.QtQuick import QQuickItem

ELEMENTS = {
    "INVALID": 0,
    "PART": 2,
    "STAFF": 3,
    "SCORE": 4,
    "STEM": 11,
    "BAR_LINE": 12,
    "CLEF": 13,
    "KEYSIG": 14,
    "TIMESIG": 16,
    "REST": 25,
    "NOTE": 27,
    "ARTICULATION": 28,
    "TIE": 34,
    "LYRICS": 40,
    "TEXT": 44,
    "TEMPO_TEXT": 45,
    "STAFF_TEXT": 46,
    "SYSTEM_TEXT": 47,
    "HARMONY": 52,
    "FERMATA": 63,
    "MEASURE": 87,
    "SEGMENT": 91,
    "CHORD": 93,
    "TUPLET": 95,
}
# What newElement takes for an extension, in MuseScore 4.7.0.
NUMBERS = {
    "TEXT": 5,
    "NOTE": 24,
    "REST": 29,
    "FERMATA": 40,
    "LYRICS": 45,
    "STAFF_TEXT": 53,
    "SYSTEM_TEXT": 54,
    "HARMONY": 65,
    "CHORD": 123,
}
SEGMENTS = {"HeaderClef": 2, "KeySig": 4, "TimeSig": 16, "ChordRest": 512, "EndBarLine": 8192}
SYLLABLES = {"SINGLE": 0, "BEGIN": 1, "END": 2, "MIDDLE": 3}
PLACES = {"ABOVE": 0, "BELOW": 1}
REWINDING = {"SCORE_START": 0, "SELECTION_START": 1, "SELECTION_END": 2}


def constant(values: dict[str, int]) -> Property:
    # PySide takes the names of types too, which its stubs leave out.
    return Property("QVariantMap", lambda _: values, constant=True)  # type: ignore[arg-type]


class Names(QQuickItem):
    """The base of MuseScore.qml."""

    Element = constant(ELEMENTS)
    Segment = constant(SEGMENTS)
    Lyrics = constant(SYLLABLES)
    Placement = constant(PLACES)
    Cursor = constant(REWINDING)


def register() -> None:
    qmlRegisterType(Names, "Program", 1, 0, "Names")  # type: ignore[call-overload] # a text is right
