"""The events of a line of a document: its notes, chords and rests in their written values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from lxml.etree import _Element

from ripieno.score import ELISION, Lyric, Spelling
from ripieno_bridges.formats.musicxml.line_content import NoteGroup
from ripieno_bridges.formats.musicxml.measure_time import (
    MAX_DOTS,
    TYPES,
    number_in,
    true_length,
    written_length,
)
from ripieno_bridges.formats.musicxml.plain_elements import plain_pitch
from ripieno_bridges.formats.notation.notation import GraceNotes, NotatedEvent, NotatedValue, NoteHead
from ripieno_bridges.formats.notation.places import LeftOut

WHOLE = Fraction(4)
GRACE_VALUE = NotatedValue(Fraction(1, 2))
PLAIN = (1, 1)
SMALLEST = Fraction(1, 256)  # of a quarter; what is shorter is no written music
# Signs at a note that the writers know, by their names in MusicXML.
SIGNS = {
    *("accent", "strong-accent", "staccato", "tenuto", "detached-legato", "staccatissimo"),
    *("breath-mark", "caesura", "trill-mark", "turn", "inverted-turn", "mordent", "inverted-mordent"),
    *("up-bow", "down-bow", "arpeggiate"),
}
SIGN_PARENTS = ("articulations", "ornaments", "technical")
NOT_SIGNS = ("tied", "slur", "tuplet", "fermata", *SIGN_PARENTS)


class NotatedLineReader:
    """Reads the events of one line, measure by measure. left_out: takes what no writer knows."""

    def __init__(self, left_out: LeftOut) -> None:
        self.left_out = left_out
        self.verses: dict[str, int] = {}  # number in the document -> ours

    def measure(
        self, groups: Sequence[NoteGroup], length: Fraction, divisions: Fraction, number: str
    ) -> tuple[NotatedEvent, ...]:
        """The events of a measure, from its start to its end; gaps are rests that are not printed.

        divisions: the finest of the part; a length may be rounded to one of them.
        """
        events: list[NotatedEvent] = []
        time = Fraction(0)
        for group in sorted(groups, key=lambda g: g.onset):
            graces = tuple(self.graces(group, number))
            chord = [n for n in group.notes if n.find("grace") is None]
            if not chord:
                if graces:
                    self.left_out.add("grace notes after the last note of a measure", number)
                continue
            gap = group.onset - time
            if gap > 1 / divisions / 2 and gap >= SMALLEST:
                events.append(NotatedEvent(time, one_value(gap), hidden=True))
                time = group.onset
            elif gap < -1 / divisions:
                self.left_out.add("notes that begin before the last one of their voice ends", number)
                continue
            duration = true_length(chord[0], group.duration, divisions) or Fraction(0)
            if not duration:
                self.left_out.add("notes without a length", number)
                continue
            found = self.event(chord, time, duration, length, number)
            if time + found.duration > length:
                self.left_out.add("notes that reach over the end of their measure", number)
                continue
            events.append(replace(found, graces=graces))
            time += found.duration
        if time < length:
            events.append(NotatedEvent(time, one_value(length - time), hidden=True))
        return tuple(events)

    def event(
        self, chord: Sequence[_Element], onset: Fraction, duration: Fraction, length: Fraction, number: str
    ) -> NotatedEvent:
        """A chord, a note or a rest. length: of the measure."""
        first = chord[0]
        hidden = first.get("print-object") == "no" or first.find("cue") is not None
        heads = () if hidden or first.find("rest") is not None else tuple(self.heads(chord, number))
        measure_rest = not heads and not onset and (duration == length or is_measure_rest(first))
        if measure_rest:
            return NotatedEvent(onset, one_value(length), full_measure=True, hidden=hidden)
        value = value_of(first, duration)
        return NotatedEvent(
            onset,
            value,
            heads,
            hidden=hidden or (first.find("rest") is None and not heads),
            continued=bool(heads) and any(tie.get("type") == "stop" for tie in first.findall("tie")),
            slurs=tuple(slurs_of(chord)),
            marks=tuple(self.marks(chord, number)),
            syllables=tuple(self.syllables(chord)),
            tuplet_ends=any(t.get("type") == "stop" for n in chord for t in n.findall("notations/tuplet")),
        )

    def heads(self, chord: Sequence[_Element], number: str) -> Iterator[NoteHead]:
        """The notes of a chord from low to high."""
        found = []
        for note in chord:
            pitch = note.find("pitch")
            if pitch is None:
                self.left_out.add("notes without a pitch, as for percussion", number)
                continue
            spelling = spelling_of_pitch(pitch)
            if spelling is None:
                self.left_out.add("notes between two semitones", number)
                continue
            tied = any(tie.get("type") == "start" for tie in note.findall("tie"))
            found.append(NoteHead(spelling, tied))
        yield from sorted(found, key=lambda head: head.spelling.pitch)

    def graces(self, group: NoteGroup, number: str) -> Iterator[GraceNotes]:
        """The grace notes before a note, those of one chord together."""
        chords: list[list[_Element]] = []
        for note in group.notes:
            if note.find("grace") is None:
                continue
            if note.find("chord") is not None and chords:
                chords[-1].append(note)
            else:
                chords.append([note])
        for chord in chords:
            heads = tuple(replace(head, tied=False) for head in self.heads(chord, number))
            if heads:
                grace = chord[0].find("grace")
                slashed = grace is not None and grace.get("slash") == "yes"
                quarters = TYPES.get((chord[0].findtext("type") or "").strip())
                value = NotatedValue(quarters) if quarters else GRACE_VALUE
                yield GraceNotes(value, heads, slashed)

    def marks(self, chord: Sequence[_Element], number: str) -> Iterator[str]:
        """The signs at a note."""
        for note in chord:
            for notations in note.findall("notations"):
                for fermata in notations.findall("fermata"):
                    yield "fermata-below" if fermata.get("type") == "inverted" else "fermata"
                for parent in (e for e in notations if e.tag in SIGN_PARENTS):
                    yield from self.known(parent, number)
                yield from self.known([e for e in notations if e.tag not in NOT_SIGNS], number)

    def known(self, signs: Sequence[_Element] | _Element, number: str) -> Iterator[str]:
        """Those that the writers know."""
        for sign in signs:
            if sign.tag in SIGNS:
                yield str(sign.tag)
            elif isinstance(sign.tag, str):
                self.left_out.add(f"signs at notes ({str(sign.tag).replace('-', ' ')})", number)

    def syllables(self, chord: Sequence[_Element]) -> Iterator[Lyric]:
        """The syllables under a note, one for each verse."""
        for lyric in (lyric for note in chord for lyric in note.findall("lyric[text]")):
            said = lyric.get("number", "1")
            verse = self.verses.setdefault(
                said, int(number_in(said)) if said.isdecimal() else len(self.verses) + 1
            )
            texts = [(e.text or "").strip() for e in lyric.findall("text")]
            kinds = [(e.text or "single").strip() for e in lyric.findall("syllabic")] or ["single"]
            text = ELISION.join(text for text in texts if text)
            if text:
                yield Lyric(text, joined_syllabic(kinds), verse, lyric.find("extend") is not None)


def joined_syllabic(kinds: Sequence[str]) -> str:
    """How the syllables under one note stand in their words: as the first begins and the last ends."""
    inside, goes_on = kinds[0] in ("middle", "end"), kinds[-1] in ("begin", "middle")
    return ("middle" if goes_on else "end") if inside else ("begin" if goes_on else "single")


def is_measure_rest(note: _Element) -> bool:
    """Whether a rest says that it stands for the whole measure."""
    rest = note.find("rest")
    return rest is not None and rest.get("measure") == "yes"


def slurs_of(chord: Sequence[_Element]) -> Iterator[tuple[str, str]]:
    """The slurs that end and begin at a note, those that end first."""
    slurs = [slur for note in chord for slur in note.findall("notations/slur")]
    for kind in ("stop", "start"):
        yield from ((kind, slur.get("number", "1")) for slur in slurs if slur.get("type") == kind)


def spelling_of_pitch(pitch: _Element) -> Spelling | None:
    """The spelling of a <pitch>; ``None`` for a quarter tone, or for more than two accidentals."""
    plain = plain_pitch(pitch)
    alter = float(plain.findtext("alter") or 0)
    step = plain.findtext("step") or ""
    if not alter.is_integer() or abs(alter) > 2 or step not in tuple("CDEFGAB"):
        return None
    return Spelling(step, int(alter), int(plain.findtext("octave") or 4))


def value_of(note: _Element, duration: Fraction) -> NotatedValue:
    """The written value of a note that lasts so long: what its type says, else what its length asks for."""
    if written_length(note) == duration:
        quarters = TYPES[(note.findtext("type") or "").strip()]
        tuplet = note.find("time-modification")
        ratio = PLAIN
        if tuplet is not None:
            actual, normal = (int(tuplet.findtext(tag) or 1) for tag in ("actual-notes", "normal-notes"))
            ratio = (actual, normal) if actual != normal else PLAIN
        return NotatedValue(quarters, len(note.findall("dot")), ratio)
    return one_value(duration)


def one_value(duration: Fraction) -> NotatedValue:
    """A single value of a length: with dots where that is enough, else so many of a plain one."""
    for quarters in sorted(TYPES.values(), reverse=True):
        for dots in range(MAX_DOTS):
            value = NotatedValue(quarters, dots)
            if value.duration == duration:
                return value
    part = duration / WHOLE
    is_plain = WHOLE / part.denominator in TYPES.values()
    return (
        NotatedValue(WHOLE / part.denominator, scale=Fraction(part.numerator))
        if is_plain
        else NotatedValue(WHOLE, scale=part)
    )
