"""Checks that every number that makes notes is in its range, and no note or measure absurdly long.

These are the numbers of time and pitch, and of parts and staves. Whatever else a document has numbers for
(loudness, layout, fingerings, figures, sounds) never reaches a reader, so it is nobody's business here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree

from ripieno.errors import ScoreError
from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno_bridges.formats.musicxml.measure_time import cursor_step
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN, excerpt

MAX_MEASURES = 1024

Place = tuple[str, str | None, str | None]  # file, part, measure


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The values that a number in a document may have, both bounds included.

    meaning: what the number is, for errors. fractions: whether it may have decimals other than .0.
    """

    low: int
    high: int
    meaning: str
    fractions: bool = False


BEATS = NumberRange(1, 64, "the upper number of the time signature")
BEAT_TYPE = NumberRange(1, 64, "the lower number of the time signature")
KEY = NumberRange(-11, 11, "the key signature")
OCTAVE_CHANGE = NumberRange(-4, 4, "the transposition")
TRANSPOSITION = NumberRange(-48, 48, "the transposition")

# By their paths in <attributes> and in <note>.
ATTRIBUTES = {
    "divisions": NumberRange(1, 65_536, "the divisions of a quarter"),
    "key/fifths": KEY,
    "time/beat-type": BEAT_TYPE,
    "staves": NumberRange(1, 8, "the number of staves"),
    "transpose/diatonic": TRANSPOSITION,
    "transpose/chromatic": TRANSPOSITION,
    "transpose/octave-change": OCTAVE_CHANGE,
}
NOTE = {
    "pitch/alter": NumberRange(-4, 4, "the accidental of a note", fractions=True),
    "pitch/octave": NumberRange(0, 9, "the octave of a note"),
}
WHOLE = r"[+-]?[0-9]{1,9}(\.0{0,9})?"
DECIMAL = r"[+-]?[0-9]{1,9}(\.[0-9]{0,12})?"


def check_numbers(root: etree._Element, file: str) -> None:
    """Raise ScoreError for a number outside its range, or a note or measure of an absurd length."""
    names: dict[str | None, str] = {}
    for entry in root.iterfind("part-list/score-part"):
        names[entry.get("id")] = excerpt(" ".join((entry.findtext("part-name") or "").split()))
    for index, part in enumerate(root.findall("part"), 1):
        name = names.get(part.get("id")) or f"part {index}"
        divisions = Fraction(1)
        for place, measure in enumerate(part.findall("measure"), 1):
            where = (file, name, excerpt(measure.get("number") or str(place)))
            divisions = check_measure(measure, divisions, where)


def check_measure(measure: etree._Element, divisions: Fraction, place: Place) -> Fraction:
    """Check a measure. divisions: those that hold at its start. Returns those that hold at its end."""
    time = Fraction(0)
    for element in measure:
        if element.tag == "attributes":
            check_children(element, ATTRIBUTES, place)
            for signature in element.findall("time"):
                check_time(signature, place)
            divisions = Fraction((element.findtext("divisions") or str(divisions)).strip())
        elif element.tag == "note":
            check_note(element, divisions, place)
        elif element.tag in ("backup", "forward"):
            check_duration(element, divisions, place)
        step = cursor_step(element, divisions)
        if not step:
            continue
        time = max(time + step, Fraction(0))
        if time > MAX_MEASURE_QUARTERS:
            fault = f"longer than {MAX_MEASURE_QUARTERS} quarters; divide it by barlines"
            raise ScoreError(*place, fault)
    return divisions


def check_children(element: etree._Element, ranges: dict[str, NumberRange], place: Place) -> None:
    """Check the numbers of an element's children. ranges: by their paths."""
    for path, number in ranges.items():
        for child in element.findall(path):
            check_number((child.text or "").strip(), number, place)


def check_number(text: str, number: NumberRange, place: Place) -> None:
    """Raise ScoreError unless the text is such a number."""
    if not re.fullmatch(DECIMAL if number.fractions else WHOLE, text):
        raise ScoreError(*place, f'"{excerpt(text)}" is no number for {number.meaning}; {EXPORT_AGAIN}')
    if not number.low <= float(text) <= number.high:
        limits = f"{number.low} to {number.high}"
        raise ScoreError(*place, f"{excerpt(text)} cannot be {number.meaning} ({limits}); {EXPORT_AGAIN}")


def check_time(time: etree._Element, place: Place) -> None:
    """Raise ScoreError for a time signature that cannot be written, or whose measures are absurdly long."""
    length = Fraction(0)
    for beats, beat_type in zip(time.findall("beats"), time.findall("beat-type"), strict=False):
        under = (beat_type.text or "").strip()
        if float(under) not in (1, 2, 4, 8, 16, 32, 64):
            raise ScoreError(
                *place, f"a time signature over {excerpt(under)} cannot be written; {EXPORT_AGAIN}"
            )
        for one in (beats.text or "").split("+"):
            check_number(one.strip(), BEATS, place)
            length += Fraction(4 * int(float(one)), int(float(under)))
    if length > MAX_MEASURE_QUARTERS:
        fault = f"its time signature is {length} quarters long, which is more than {MAX_MEASURE_QUARTERS}"
        raise ScoreError(*place, f"{fault}; write shorter measures")


def check_duration(element: etree._Element, divisions: Fraction, place: Place) -> None:
    """Raise ScoreError for an impossible <duration>."""
    text = (element.findtext("duration") or "").strip()
    if element.find("duration") is None:
        return
    if not re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?", text):
        raise ScoreError(*place, f'"{excerpt(text)}" is no length of a note; {EXPORT_AGAIN}')
    quarters = Fraction(text) / divisions
    if quarters < 0:
        raise ScoreError(*place, f"a length of {excerpt(text)} divisions is below 0; {EXPORT_AGAIN}")
    if quarters > MAX_MEASURE_QUARTERS and element.tag != "backup":
        fault = f"a length of {excerpt(text)} divisions is more than {MAX_MEASURE_QUARTERS} quarters"
        raise ScoreError(*place, f"{fault}; write shorter notes, and divide the measure by barlines")


def check_note(note: etree._Element, divisions: Fraction, place: Place) -> None:
    """Raise ScoreError for a note with an impossible length or pitch."""
    check_duration(note, divisions, place)
    if all(note.find(kind) is None for kind in ("pitch", "rest", "unpitched")):
        raise ScoreError(*place, f"a note without a pitch; {EXPORT_AGAIN}")
    pitch = note.find("pitch")
    if pitch is not None:
        if (pitch.findtext("step") or "").strip() not in tuple("ABCDEFG") or pitch.find("octave") is None:
            raise ScoreError(*place, f"a note without a proper pitch; {EXPORT_AGAIN}")
        check_children(note, NOTE, place)
