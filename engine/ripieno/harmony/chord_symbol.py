"""A chord symbol as in a lead sheet, ``F#m7b5/A``: its tones, and which of them say most about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ripieno.harmony.kinds import DISPENSABLE, FUNCTIONAL, IMPORTANCE, KINDS
from ripieno.score import ACCIDENTALS, LINE_OF_FIFTHS, STEP_SEMITONES, Key, Note

STEPS = "CDEFGAB"
MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)  # semitones of the degrees
FLATTEST, SHARPEST = -15, 19  # Fbb and B## on the line of fifths
ADDED_SEVENTH = 7  # the one degree that an added tone has minor where nothing is said
DegreeAction = Literal["add", "alter", "subtract"]


@dataclass(frozen=True, slots=True)
class Tone:
    """A note without an octave. step: A to G. alter: semitones, -2 to 2."""

    step: str
    alter: int = 0

    @property
    def pitch_class(self) -> int:
        """0 for C to 11 for B."""
        return (STEP_SEMITONES[self.step] + self.alter) % 12

    @property
    def fifths(self) -> int:
        """The position on the line of fifths: C 0, G 1, F -1."""
        return LINE_OF_FIFTHS.index(self.step) - 1 + 7 * self.alter

    def above(self, degree: int, alter: int) -> Tone:
        """The tone of a degree above this one, as degrees of the major scale count, altered by semitones.

        A tone of more than two accidentals is written as its neighbour that sounds alike.
        """
        semitones = MAJOR_SCALE[(degree - 1) % 7] + alter
        step = STEPS[(STEPS.index(self.step) + degree - 1) % 7]
        away = (self.pitch_class + semitones - STEP_SEMITONES[step] + 6) % 12 - 6
        return tone_at(Tone(step, away).fifths)

    def __str__(self) -> str:
        return f"{self.step}{ACCIDENTALS[self.alter]}"


def tone_at(fifths: int) -> Tone:
    """The tone at a position on the line of fifths, or where that has no name, one that sounds alike."""
    while fifths > SHARPEST:
        fifths -= 12
    while fifths < FLATTEST:
        fifths += 12
    alter, index = divmod(fifths + 1, 7)
    return Tone(LINE_OF_FIFTHS[index], alter)


def rank_of(degree: int) -> int:
    """The place of a degree among ``IMPORTANCE``; one that is not there has the last."""
    return IMPORTANCE.index(degree) if degree in IMPORTANCE else len(IMPORTANCE)


def tone_in(key: Key, pitch: int) -> Tone:
    """A pitch or pitch class without its octave, as a key has it."""
    spelling = key.spell(pitch)
    return Tone(spelling.step, spelling.alter)


def tone_of(note: Note, key: Key) -> Tone:
    """A note without its octave, as it is written, or else as a key has it."""
    spelling = note.spelling or key.spell(note.pitch)
    return Tone(spelling.step, spelling.alter)


@dataclass(frozen=True, slots=True)
class ChordDegree:
    """A tone added to a chord, altered in it or taken from it.

    value: 1 to 13. alter: semitones; of an altered tone from what the kind has there, of an added one from
    the major scale, but for the seventh, which is minor then.
    """

    value: int
    alter: int = 0
    action: DegreeAction = "add"


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """A chord. kind: a key of ``KINDS``, or "other". bass: None is the root, or the kind's own bass."""

    root: Tone
    kind: str = "major"
    bass: Tone | None = None
    degrees: tuple[ChordDegree, ...] = ()

    def moved(self, shift: int) -> ChordSymbol:
        """The chord so many places on the line of fifths higher: 2 makes D of C."""
        bass = None if self.bass is None else tone_at(self.bass.fifths + shift)
        return replace(self, root=tone_at(self.root.fifths + shift), bass=bass)

    @property
    def members(self) -> dict[int, Tone]:
        """The tones by their degrees above the root, in the order of the kind; without a foreign bass."""
        alters = dict(KINDS.get(self.kind, ((1, 0),)))
        for degree in self.degrees:
            if degree.action == "subtract":
                alters.pop(degree.value, None)
            elif degree.action == "alter" and degree.value in alters:
                alters[degree.value] += degree.alter
            else:
                usual = -1 if degree.value == ADDED_SEVENTH else 0
                alters[degree.value] = usual + degree.alter
        return {value: self.root.above(value, alter) for value, alter in alters.items()}

    @property
    def sounding_bass(self) -> Tone:
        """The lowest tone."""
        if self.bass is not None:
            return self.bass
        if self.kind in FUNCTIONAL:
            return next(iter(self.members.values()))
        return self.members.get(1, self.root)

    @property
    def tones(self) -> tuple[Tone, ...]:
        """All tones, the one that says most about the chord first; each pitch class once."""
        members = self.members
        least = DISPENSABLE.get(self.kind)
        order = sorted(members, key=lambda value: (value == least, rank_of(value)))
        by_class = {
            tone.pitch_class: tone for tone in (self.sounding_bass, *(members[v] for v in order[::-1]))
        }
        classes = dict.fromkeys([*(members[v].pitch_class for v in order), self.sounding_bass.pitch_class])
        return tuple(by_class[pitch_class] for pitch_class in classes)

    @property
    def pitch_classes(self) -> frozenset[int]:
        """Of all tones."""
        return frozenset(tone.pitch_class for tone in self.tones)
