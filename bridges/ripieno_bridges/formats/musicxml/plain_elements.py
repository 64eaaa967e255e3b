"""Elements of a document as plain ones: no more than a reader of notes wants to know, in one way each."""

from __future__ import annotations

import re
from copy import deepcopy
from fractions import Fraction
from math import floor, lcm

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.score import Meter
from ripieno_bridges.formats.musicxml.elements import add, time_element
from ripieno_bridges.formats.musicxml.remarks import Remarks
from ripieno_bridges.formats.musicxml.transposition import read_transposition

MAX_FIFTHS = 7
CLEFS = {"G": 2, "F": 4, "C": 3, "percussion": 3, "TAB": 5}  # signs, and the lines where they usually stand
MAX_TEMPO = 2000  # quarters a minute


def bare(element: _Element) -> _Element:
    """A copy without what follows the element."""
    copy = deepcopy(element)
    copy.tail = None
    return copy


def plain_transposition(transpose: _Element) -> _Element:
    """A copy of a <transpose> that says the steps, too, so that there is one way to spell what sounds."""
    copy = bare(transpose)
    if copy.find("diatonic") is None:
        steps = etree.Element("diatonic")
        steps.text = str(read_transposition(transpose).diatonic)
        copy.insert(0, steps)
    return copy


def part_titles(root: _Element) -> list[str]:
    """The name of each part, "" for one without."""
    entries = {e.get("id", ""): e.findtext("part-name") or "" for e in root.findall("part-list/score-part")}
    return [entries.get(part.get("id", ""), "").strip() for part in root.findall("part")]


def printed_number(number: str, index: int) -> str:
    """A measure's number if it is a usual one, else its place."""
    return number if re.fullmatch("X?[0-9]{1,6}[A-Za-z]{0,3}", number) else str(index + 1)


def staff_count(part: _Element) -> int:
    """How many staves a part has."""
    return max((int(float(e.text or 1)) for e in part.iterfind("measure/attributes/staves")), default=1)


def plain_note(note: _Element, duration: int, voice: str, staff: int) -> _Element:
    """A <note> with what a reader of lines wants to know; a rest for a cue note and for an empty <note>."""
    plain = etree.Element("note")
    if note.get("print-object") is not None:
        plain.set("print-object", note.get("print-object", ""))
    pitch, silent = note.find("pitch"), note.find("cue") is not None
    if silent or (pitch is None and note.find("unpitched") is None):
        SubElement(plain, "rest")
    elif pitch is None:
        SubElement(plain, "unpitched")
    else:
        plain.append(plain_pitch(pitch))
    add(plain, "duration", duration)
    ties = (
        [] if silent else [e.get("type") for e in note.findall("tie") if e.get("type") in ("start", "stop")]
    )
    for kind in ties:
        SubElement(plain, "tie", type=kind or "")
    add(plain, "voice", voice)
    add(plain, "staff", staff)
    if not silent:
        notations = etree.Element("notations")
        for tied in note.findall("notations/tied"):
            if tied.get("type") in ("start", "stop"):
                SubElement(notations, "tied", type=tied.get("type", ""))
        if note.find("notations/fermata") is not None:
            SubElement(notations, "fermata")
        if len(notations):
            plain.append(notations)
        # one without a text ends the line of a syllable before it
        plain.extend(plain_lyric(lyric) for lyric in note.findall("lyric[text]"))
    return plain


def plain_pitch(pitch: _Element) -> _Element:
    """A <pitch>; one between two semitones becomes a quarter tone."""
    plain = etree.Element("pitch")
    add(plain, "step", (pitch.findtext("step") or "").strip())
    alter = float(pitch.findtext("alter") or 0)
    if alter:
        add(plain, "alter", int(alter) if alter.is_integer() else floor(alter) + 0.5)
    add(plain, "octave", int(float(pitch.findtext("octave") or 4)))
    return plain


def plain_lyric(lyric: _Element) -> _Element:
    """A <lyric> with its verse and syllables."""
    plain = etree.Element("lyric")
    number = lyric.get("number", "")
    if len(number) <= 40 and not re.fullmatch("0|[0-9]{3,}", number) and number:
        plain.set("number", number)
    for child in lyric:
        if child.tag in ("syllabic", "text", "elision"):
            add(plain, child.tag, child.text or "")
    return plain


def plain_time(time: _Element) -> _Element | None:
    """A <time> as one number over another, ``None`` where there is no meter."""
    meter = read_meter(time)
    if meter is None:
        return None
    plain = time_element(meter)
    if staff := plain_staff(time):
        plain.set("number", staff)
    return plain


def plain_clef(clef: _Element) -> _Element | None:
    """A <clef>, which tells percussion and tablature from notes; ``None`` for an unknown one."""
    sign, line = ((clef.findtext(tag) or "").strip() for tag in ("sign", "line"))
    if sign not in CLEFS:
        return None
    plain = etree.Element("clef")
    if staff := plain_staff(clef):
        plain.set("number", staff)
    add(plain, "sign", sign)
    add(plain, "line", line if re.fullmatch("[1-5]", line) else CLEFS[sign])
    return plain


def plain_staff(element: _Element) -> str | None:
    """The staff that a key or time signature is for, ``None`` for all."""
    staff = (element.get("number") or "").strip()
    return staff if re.fullmatch("[1-8]", staff) else None


def read_meter(time: _Element) -> Meter | None:
    """A time signature; 3+2 over 8 and 3/8 + 2/4 are their sums. ``None`` for one without meter."""
    pairs = list(zip(time.findall("beats"), time.findall("beat-type"), strict=False))
    if not pairs:
        return None
    under = lcm(*(int(float(low.text or 0)) for _, low in pairs))
    over = 0
    for high, low in pairs:
        beats = sum(int(float(number)) for number in (high.text or "").split("+"))
        over += beats * under // int(float(low.text or 0))
    return Meter(over, under)


def meter_length(time: _Element) -> Fraction | None:
    """The length of a measure in quarters, ``None`` without meter."""
    meter = read_meter(time)
    return None if meter is None else meter.length


def plain_key(key: _Element, number: str, remarks: Remarks) -> _Element:
    """A <key> of at most seven accidentals: its enharmonic where there are more, none for single ones."""
    plain = etree.Element("key")
    if staff := plain_staff(key):
        plain.set("number", staff)
    text = (key.findtext("fifths") or "").strip()
    fifths = int(float(text or 0))
    if not text and key.find("key-step") is not None:
        remarks.note("no key", number)
    if abs(fifths) > MAX_FIFTHS:
        other = fifths - 12 if fifths > 0 else fifths + 12
        remarks.enharmonic(fifths, other, number)
        fifths = other
    add(plain, "fifths", fifths)
    mode = (key.findtext("mode") or "").strip()
    if mode in ("major", "minor"):
        add(plain, "mode", mode)
    return plain


def tempo_mark(element: _Element) -> _Element | None:
    """A <direction> with nothing but its tempo, ``None`` where it gives no number for one."""
    sound = element if element.tag == "sound" else element.find("sound")
    played = None if sound is None else sound.get("tempo")
    metronome = element.find("direction-type/metronome")
    direction = etree.Element("direction")
    kind = SubElement(direction, "direction-type")
    if metronome is not None and is_tempo(metronome.findtext("per-minute")):
        mark = SubElement(kind, "metronome")
        for child in metronome:
            if child.tag in ("beat-unit", "beat-unit-dot", "per-minute"):
                add(mark, child.tag, (child.text or "").strip())
    else:
        SubElement(kind, "words")
    if is_tempo(played):
        SubElement(direction, "sound", tempo=(played or "").strip())
    return direction if len(kind[0]) or is_tempo(played) else None


def is_tempo(text: str | None) -> bool:
    """Whether a text is a tempo that can be played."""
    plain = (text or "").strip()
    return bool(re.fullmatch(r"[0-9]{1,4}(\.[0-9]{0,12})?", plain)) and 1 <= float(plain) <= MAX_TEMPO
