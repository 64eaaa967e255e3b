"""Checks that every number in a document is in its range, and no note or measure absurdly long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree

from ripieno.errors import ScoreError
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN, excerpt

MAX_MEASURES = 1024
MAX_DOTS = 4
MAX_QUARTERS = 256  # a note or a measure

Place = tuple[str, str | None, str | None]  # file, part, measure


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The values that a number in a document may have, both bounds included.

    meaning: what the number is, for errors. fractions: whether it may have decimals.
    text: whether words may stand in its place, as in "c. 108".
    """

    low: int
    high: int
    meaning: str
    fractions: bool = False
    text: bool = False


TUPLET = NumberRange(1, 64, "the notes of a tuplet")
ACCIDENTAL = NumberRange(-4, 4, "the accidental of a note", fractions=True)
CHROMATIC = NumberRange(-4, 4, "the accidental of a chord symbol")
TRANSPOSITION = NumberRange(-48, 48, "the transposition")
LAYOUT = NumberRange(-100_000, 100_000, "a measure of the page", fractions=True)
LOUDNESS = NumberRange(0, 10_000, "the loudness", fractions=True)
SHARE = NumberRange(0, 100, "the time that a grace note takes")
COUNTED = NumberRange(1, 16, "the number of a line or bracket")
STAFF = NumberRange(1, 8, "the staff of a note")
TEMPO = NumberRange(0, 2000, "the tempo", fractions=True)

NUMBERS: dict[str, NumberRange] = {
    "divisions": NumberRange(1, 65_536, "the divisions of a quarter", fractions=True),
    "beats": NumberRange(1, 64, "the upper number of the time signature"),
    "beat-type": NumberRange(1, 64, "the lower number of the time signature"),
    "fifths": NumberRange(-7, 7, "the key signature"),
    "key-alter": NumberRange(-4, 4, "the key signature", fractions=True),
    "key-octave": NumberRange(0, 9, "the key signature"),
    "cancel": NumberRange(-7, 7, "the key signature"),
    "octave": NumberRange(0, 9, "the octave of a note"),
    "display-octave": NumberRange(0, 9, "the height of a rest"),
    "alter": ACCIDENTAL,
    "actual-notes": TUPLET,
    "normal-notes": TUPLET,
    "tuplet-number": TUPLET,
    "staves": NumberRange(1, 8, "the number of staves"),
    "staff": STAFF,
    "chromatic": TRANSPOSITION,
    "diatonic": TRANSPOSITION,
    "octave-change": NumberRange(-4, 4, "the transposition"),
    "clef-octave-change": NumberRange(-4, 4, "the clef's octave"),
    "line": NumberRange(1, 5, "the line of a clef"),
    "multiple-rest": NumberRange(1, MAX_MEASURES, "the length of a multiple rest"),
    "measure-repeat": NumberRange(1, MAX_MEASURES, "the measures to repeat", text=True),
    "per-minute": NumberRange(1, 2000, "the tempo", fractions=True, text=True),
    "staff-lines": NumberRange(0, 16, "the lines of a staff"),
    "staff-size": LAYOUT,
    "tuning-octave": NumberRange(0, 9, "the tuning of a string"),
    "tuning-alter": ACCIDENTAL,
    "capo": NumberRange(0, 24, "the capo"),
    "string": NumberRange(1, 100, "the string"),
    "fret": NumberRange(0, 100, "the fret"),
    "bend-alter": NumberRange(-48, 48, "the bend of a string", fractions=True),
    "tremolo": NumberRange(0, 8, "the strokes of a tremolo"),
    "root-alter": CHROMATIC,
    "bass-alter": CHROMATIC,
    "numeral-alter": ACCIDENTAL,
    "numeral-root": NumberRange(1, 7, "the degree of a chord"),
    "numeral-fifths": NumberRange(-7, 7, "the key signature"),
    "inversion": NumberRange(0, 9, "the inversion of a chord"),
    "degree-value": NumberRange(1, 99, "the degree of a chord"),
    "degree-alter": CHROMATIC,
    "first-fret": NumberRange(1, 100, "the fret"),
    "frame-strings": NumberRange(1, 100, "the strings of a chord diagram"),
    "frame-frets": NumberRange(1, 100, "the frets of a chord diagram"),
    "figure-number": NumberRange(0, 99, "the figure of a bass", text=True),
    "midi-channel": NumberRange(1, 16, "the MIDI channel"),
    "midi-program": NumberRange(1, 128, "the MIDI sound"),
    "midi-bank": NumberRange(1, 16_384, "the MIDI sound"),
    "midi-unpitched": NumberRange(1, 128, "the MIDI note of a drum"),
    "volume": NumberRange(0, 100, "the loudness", fractions=True),
    "pan": NumberRange(-180, 180, "the place in the room", fractions=True),
    "elevation": NumberRange(-180, 180, "the place in the room", fractions=True),
}
NUMBERS |= dict.fromkeys(("millimeters", "tenths", "page-height", "page-width"), LAYOUT)
NUMBERS |= dict.fromkeys(("left-margin", "right-margin", "top-margin", "bottom-margin"), LAYOUT)
NUMBERS |= dict.fromkeys(("system-distance", "top-system-distance", "staff-distance"), LAYOUT)
NUMBERS |= dict.fromkeys(("measure-distance", "distance", "line-width", "note-size"), LAYOUT)
POSITIONS = {"default-x", "default-y", "relative-x", "relative-y"}  # of any element
ATTRIBUTES: dict[str, dict[str, NumberRange]] = {
    "sound": {"tempo": TEMPO, "dynamics": LOUDNESS},
    "note": {"dynamics": LOUDNESS, "end-dynamics": LOUDNESS},
    "repeat": {"times": NumberRange(0, 100, "the repeats")},
    "measure": {"width": LAYOUT},
    "grace": {"steal-time-previous": SHARE, "steal-time-following": SHARE},
    "octave-shift": {"size": NumberRange(0, 22, "the size of an octave line"), "number": COUNTED},
    "tuplet": {"number": NumberRange(1, 7, "the number of a tuplet")},
    "lyric": {"number": NumberRange(0, 99, "the verse", text=True)},
    "ending": {"number": NumberRange(1, 99, "the number of an ending", text=True)},
    "measure-repeat": {"slashes": NumberRange(1, 16, "the slashes of a repeat")},
    "beat-repeat": {"slashes": NumberRange(1, 16, "the slashes of a repeat")},
    "bracket": {
        "number": COUNTED,
        "end-length": NumberRange(0, 100_000, "the hook of a bracket", fractions=True),
    },
    "part-group": {"number": NumberRange(0, 999, "the number of a group of parts")},
}
for spanner in ("slur", "tied", "wedge", "dashes", "glissando", "slide", "pedal", "wavy-line", "beam"):
    ATTRIBUTES[spanner] = {"number": COUNTED}
for frame in ("clef", "time", "key", "transpose", "staff-details", "staff-layout", "measure-style"):
    ATTRIBUTES[frame] = {"number": STAFF}


def check_numbers(root: etree._Element, file: str) -> None:
    """Raise ScoreError for a number outside its range, or a note or measure of an absurd length."""
    names: dict[str | None, str] = {}
    for entry in root.iterfind("part-list/score-part"):
        names[entry.get("id")] = excerpt(" ".join((entry.findtext("part-name") or "").split()))
    for child in root:
        if child.tag == "part":
            continue
        for element in child.iter():
            check_element(element, (file, None, None))
    for index, part in enumerate(root.findall("part"), 1):
        name = names.get(part.get("id")) or f"part {index}"
        divisions = Fraction(1)
        for place, measure in enumerate(part.findall("measure"), 1):
            where = (file, name, excerpt(measure.get("number") or str(place)))
            divisions = check_measure(measure, divisions, where)


def check_measure(measure: etree._Element, divisions: Fraction, place: Place) -> Fraction:
    """Check a measure. divisions: those that hold at its start. Returns those that hold at its end."""
    time = Fraction(0)
    for element in measure.iter():
        tag = element.tag
        check_element(element, place)
        if tag == "divisions":
            divisions = Fraction((element.text or "").strip())
        elif tag == "duration":
            time += cursor_step(element, check_duration(element, divisions, place))
        elif tag == "offset":
            check_offset(element, divisions, place)
        elif tag == "pitch":
            check_pitch(element, place)
        elif tag == "note":
            check_note(element, place)
        if not -MAX_QUARTERS <= time <= MAX_QUARTERS:
            raise ScoreError(*place, f"longer than {MAX_QUARTERS} quarters; {EXPORT_AGAIN}")
    return divisions


def check_element(element: etree._Element, place: Place) -> None:
    """Check the number in an element, and those in its attributes."""
    tag = str(element.tag)
    if tag in NUMBERS:
        check_number(tag, (element.text or "").strip(), NUMBERS[tag], place)
    numbers = ATTRIBUTES.get(tag, {})
    for attribute, text in element.items():
        number = LAYOUT if attribute in POSITIONS else numbers.get(attribute)
        if number is not None:
            check_number(f"{tag} {attribute}", text.strip(), number, place)


def check_number(name: str, text: str, number: NumberRange, place: Place) -> None:
    """Raise ScoreError unless the text is such a number. name: of the element, or element and attribute."""
    if number.text:
        if text and has_large_number(text, number):
            raise ScoreError(*place, f'"{excerpt(text)}" cannot be {number.meaning}; {EXPORT_AGAIN}')
        return
    shape = r"[+-]?[0-9]{1,9}(\.[0-9]{0,12})?" if number.fractions else r"[+-]?[0-9]{1,9}"
    for one in text.split("+") if name == "beats" else [text]:
        if not re.fullmatch(shape, one.strip()):
            raise ScoreError(*place, f'"{excerpt(text)}" is no number for {number.meaning}; {EXPORT_AGAIN}')
        if not number.low <= float(one) <= number.high:
            limits = f"{number.low} to {number.high}"
            raise ScoreError(*place, f"{excerpt(one)} cannot be {number.meaning} ({limits}); {EXPORT_AGAIN}")
    if name == "beat-type" and int(text) not in (1, 2, 4, 8, 16, 32, 64):
        raise ScoreError(*place, f"a time signature over {text} cannot be written; {EXPORT_AGAIN}")
    if name == "divisions" and float(text) != int(float(text)):
        raise ScoreError(*place, f"{excerpt(text)} cannot be {number.meaning}; {EXPORT_AGAIN}")


def has_large_number(words: str, number: NumberRange) -> bool:
    """Whether a text has a number beyond the range in it, or is one as Python writes it, such as 1e9."""
    try:
        return not number.low <= float(words) <= number.high
    except ValueError:
        return any(len(digits) > 9 or int(digits) > number.high for digits in re.findall(r"\d+", words))


def check_duration(element: etree._Element, divisions: Fraction, place: Place) -> Fraction:
    """A <duration> in quarters. Raises ScoreError for an impossible one, and for a note of no length."""
    text = (element.text or "").strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?", text):
        raise ScoreError(*place, f'"{excerpt(text)}" is no length of a note; {EXPORT_AGAIN}')
    quarters = Fraction(text) / divisions
    if quarters < 0 or quarters > MAX_QUARTERS:
        raise ScoreError(*place, f"a length of {excerpt(text)} divisions cannot be written; {EXPORT_AGAIN}")
    parent = element.getparent()
    if quarters == 0 and parent is not None and parent.tag == "note":
        raise ScoreError(*place, f"a note of no length; {EXPORT_AGAIN}")
    return quarters


def cursor_step(element: etree._Element, quarters: Fraction) -> Fraction:
    """How far a <duration> moves the time at which the next note starts, in quarters."""
    parent = element.getparent()
    tag = None if parent is None else parent.tag
    if tag == "backup":
        return -quarters
    moves = tag == "forward" or (tag == "note" and parent is not None and parent.find("chord") is None)
    return quarters if moves else Fraction(0)


def check_offset(element: etree._Element, divisions: Fraction, place: Place) -> None:
    """Raise ScoreError for an <offset> that is not a number, or is absurdly large."""
    text = (element.text or "").strip()
    plain = re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?", text)
    if not plain or abs(Fraction(text)) > MAX_QUARTERS * divisions:
        raise ScoreError(*place, f'"{excerpt(text)}" cannot be the offset of a mark; {EXPORT_AGAIN}')


def check_note(element: etree._Element, place: Place) -> None:
    """Raise ScoreError for a note without a pitch, without a length (unless grace), or with many dots."""
    if element.find("duration") is None and element.find("grace") is None:
        raise ScoreError(*place, f"a note without a length; {EXPORT_AGAIN}")
    if all(element.find(kind) is None for kind in ("pitch", "rest", "unpitched")):
        raise ScoreError(*place, f"a note without a pitch; {EXPORT_AGAIN}")
    if len(element.findall("dot")) > MAX_DOTS:
        raise ScoreError(*place, f"a note with more than {MAX_DOTS} dots; {EXPORT_AGAIN}")


def check_pitch(element: etree._Element, place: Place) -> None:
    """Raise ScoreError for a pitch without a step or without an octave."""
    if (element.findtext("step") or "").strip() not in tuple("ABCDEFG") or element.find("octave") is None:
        raise ScoreError(*place, f"a note without a proper pitch; {EXPORT_AGAIN}")
