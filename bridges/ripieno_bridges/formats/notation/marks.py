"""The marks of a staff of a document: tempos, dynamics, words, rehearsal marks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lxml.etree import _Element

from ripieno_bridges.formats.musicxml.measure_time import TYPES
from ripieno_bridges.formats.musicxml.plain_elements import is_tempo
from ripieno_bridges.formats.notation.notation import MarkKind, NotatedMark, NotatedValue
from ripieno_bridges.formats.notation.places import LeftOut

PLAIN_KINDS: dict[str, MarkKind] = {"rehearsal": "rehearsal", "segno": "segno", "coda": "coda"}
KNOWN = (*PLAIN_KINDS, "words", "metronome", "dynamics", "wedge")
DYNAMICS = {
    *("pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff"),
    *("fp", "sf", "sff", "sp", "spp", "sfz", "rfz", "fz", "sfp"),
}
WEDGES = ("crescendo", "diminuendo", "stop")


def marks_of(element: _Element, onset: Fraction, left_out: LeftOut, number: str) -> Iterator[NotatedMark]:
    """The marks that a <direction> or <sound> makes."""
    sound = element if element.tag == "sound" else element.find("sound")
    said = None if sound is None else sound.get("tempo")
    played = float(said) if said is not None and is_tempo(said.strip()) else None
    if element.tag == "sound":
        if played is not None:
            yield NotatedMark(onset, "tempo", qpm=played)
        return
    below = element.get("placement") == "below"
    kinds = [child for kind in element.findall("direction-type") for child in kind]
    words = " ".join(" ".join((e.text or "").split()) for e in kinds if e.tag == "words").strip()
    metronome = next((e for e in kinds if e.tag == "metronome"), None)
    beat = None if metronome is None else beat_of(metronome)
    count = "" if metronome is None else (metronome.findtext("per-minute") or "").strip()
    if metronome is not None and (beat is None or not is_tempo(count)):
        left_out.add("metronome marks without a number", number)
        beat = None
    if beat is not None or played is not None:
        qpm = played if beat is None else float(count) * float(beat.duration)
        yield NotatedMark(onset, "tempo", words, qpm=qpm, beat=beat, count=count if beat else "")
    elif words:
        italic = any(e.get("font-style") == "italic" for e in kinds[:1])
        yield NotatedMark(onset, "words", words, below, italic)
    for child in kinds:
        tag = str(child.tag)
        if tag in PLAIN_KINDS:
            yield NotatedMark(onset, PLAIN_KINDS[tag], (child.text or "").strip())
        elif tag == "dynamics":
            yield from (
                NotatedMark(onset, "dynamic", str(sign.tag), below) for sign in child if sign.tag in DYNAMICS
            )
        elif tag == "wedge" and child.get("type") in WEDGES:
            yield NotatedMark(onset, "wedge", child.get("type", ""), below)
        elif tag not in KNOWN:
            left_out.add(f"marks over the staff ({tag.replace('-', ' ')})", number)


def beat_of(metronome: _Element) -> NotatedValue | None:
    """The value that a metronome mark counts; ``None`` where it compares two values."""
    units = metronome.findall("beat-unit")
    if len(units) != 1 or (units[0].text or "").strip() not in TYPES:
        return None
    return NotatedValue(TYPES[(units[0].text or "").strip()], len(metronome.findall("beat-unit-dot")))
