"""What changes where lines come to share a staff, or no longer do: stems, accidentals, numbers of slurs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml.etree import _Element

from ripieno.score import Key, Spelling
from ripieno_bridges.formats.musicxml.elements import ACCIDENTALS, UNKNOWN, add, key_accidentals
from ripieno_bridges.formats.musicxml.measure_time import number_in

AFTER_ACCIDENTAL = (
    *("time-modification", "stem", "notehead", "notehead-text", "staff"),
    *("beam", "notations", "lyric", "play", "listen"),
)
AFTER_STEM = AFTER_ACCIDENTAL[2:]
NUMBERED = ("slur", "wedge", "dashes", "bracket", "glissando", "slide", "wavy-line", "octave-shift")
OPENS = ("start", "up", "down", "crescendo", "diminuendo")
NO_STEM = ("whole", "breve", "long")


def insert_before_tags(note: _Element, element: _Element, tags: Sequence[str]) -> None:
    """Put an element into a <note> before the first of these children, else at its end."""
    place = next((i for i, child in enumerate(note) if child.tag in tags), len(note))
    note.insert(place, element)


def set_stem(note: _Element, stem: str | None) -> None:
    """Give a note a stem up or down, or leave that to the notation program."""
    old = note.find("stem")
    if old is not None and old.text != "none":
        note.remove(old)
        old = None
    if stem and old is None and note.find("pitch") is not None and note.findtext("type") not in NO_STEM:
        made = add(note, "stem", stem)
        note.remove(made)
        insert_before_tags(note, made, AFTER_STEM)
    for fermata in note.iter("fermata"):
        fermata.set("type", "inverted" if stem == "down" else "upright")


def spelling_in(note: _Element) -> Spelling | None:
    """The written pitch of a note; ``None`` for a rest and for a quarter tone."""
    pitch = note.find("pitch")
    if pitch is None:
        return None
    alter = number_in(pitch.findtext("alter"))
    octave = int(number_in(pitch.findtext("octave")))
    return None if alter % 1 else Spelling((pitch.findtext("step") or "C").strip(), int(alter), octave)


def show_accidentals(lines: Sequence[Sequence[_Element]], fifths: int) -> None:
    """Add the accidentals that a reader needs in one measure of a staff; those that are shown stay.

    lines: the <note>s of each line, in order. Where two of them alter a line or space differently, both show
    it at each note, as ``elements.note_elements`` does.
    """
    found = [{s for note in notes if (s := spelling_in(note)) is not None} for notes in lines]
    every = set[Spelling]().union(*found)
    for notes in lines:
        known = key_accidentals(Key(fifths))
        for note in notes:
            spelling = spelling_in(note)
            if spelling is None:
                continue
            place = f"{spelling.step}{spelling.octave}"
            if any((s.step, s.octave) == (spelling.step, spelling.octave) and s != spelling for s in every):
                known[place] = UNKNOWN
            tied = any(tie.get("type") == "stop" for tie in note.findall("tie"))
            if known.get(place, known[spelling.step]) == spelling.alter or tied:
                continue
            known[place] = spelling.alter
            if note.find("accidental") is None and spelling.alter in ACCIDENTALS:
                made = add(note, "accidental", ACCIDENTALS[spelling.alter])
                note.remove(made)
                insert_before_tags(note, made, AFTER_ACCIDENTAL)


class SpannerNumbers:
    """New numbers for the slurs, hairpins and so on of one part, so that no two that are open share one."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, int, str], int] = {}

    def renumber(self, elements: Iterable[_Element], line: int) -> None:
        """Number what begins, goes on or ends in these elements, the next ones of a line of the part."""
        for element in elements:
            for spanner in element.iter(*NUMBERED):
                key = (str(spanner.tag), line, spanner.get("number", "1"))
                kind = spanner.get("type", "")
                if kind in OPENS:
                    used = {n for (tag, *_), n in self.open.items() if tag == spanner.tag}
                    self.open[key] = next(n for n in range(1, 99) if n not in used)
                number = self.open.get(key, 1)
                if kind == "stop":
                    self.open.pop(key, None)
                if spanner.get("number") is not None or number > 1:
                    spanner.set("number", str(number))
