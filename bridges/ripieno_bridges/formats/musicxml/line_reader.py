"""One line of a staff: music21's notes and chords -> notes, and the faults that matter if it is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ripieno.errors import ScoreError
from ripieno.score import Key, Lyric, Measure, Note, Spelling


@dataclass(slots=True)
class TiedNotes:
    """Notes that follow each other; tied written ones become one."""

    notes: list[Note] = field(default_factory=list)
    tie_open: bool = False

    def add(self, note: Note, tie: str | None) -> None:
        """Add a note, or lengthen the one that it is tied to."""
        before = self.notes[-1] if self.notes else None
        joins = self.tie_open and tie in ("stop", "continue")
        if joins and before and before.pitch == note.pitch and before.end == note.onset:
            longer, fermata = before.duration + note.duration, before.fermata or note.fermata
            self.notes[-1] = replace(before, duration=longer, fermata=fermata)
        else:
            self.notes.append(note)
        self.tie_open = tie in ("start", "continue")


@dataclass(slots=True)
class LineReader:
    """Collects the notes of one line.

    highest, lowest: its notes, with the highest or the lowest of each chord. keys: all its notes, each pitch
    by itself, since a note of a chord may be tied to one that stands alone. chords: the index of the
    measure, for each chord. rests: the indices of the measures with a rest. unpitched, hidden: how many
    notes have no pitch, and how many are not printed. fault, chord_fault: the first of each kind.
    """

    file: str
    part: str
    highest: TiedNotes = field(default_factory=TiedNotes)
    lowest: TiedNotes = field(default_factory=TiedNotes)
    keys: dict[int, TiedNotes] = field(default_factory=dict)
    chords: list[int] = field(default_factory=list)
    rests: set[int] = field(default_factory=set)
    unpitched: int = 0
    hidden: int = 0
    fault: ScoreError | None = None
    chord_fault: ScoreError | None = None

    @property
    def every_note(self) -> tuple[Note, ...]:
        """All its notes, in time, the highest first."""
        found = (note for kept in self.keys.values() for note in kept.notes)
        return tuple(sorted(found, key=lambda note: (note.onset, -note.pitch)))

    @property
    def has_notes(self) -> bool:
        """Whether there is a note in it, of any kind."""
        return bool(self.highest.notes or self.unpitched or self.fault)

    def is_prepared(self, measures: int) -> bool:
        """Whether it has rests in each of so many measures, and nothing else: somebody prepared it."""
        return len(self.rests) == measures and not self.has_notes and not self.hidden

    @property
    def is_percussion(self) -> bool:
        """Whether it has notes, and none with a pitch."""
        return bool(self.unpitched) and not self.highest.notes and self.fault is None

    def add(self, element: Any, measure: Measure, index: int) -> None:
        """Add a note or a chord's outer notes; keep what cannot be sung as a fault. index: of the measure."""
        onset = measure.onset + Fraction(element.offset)
        if element.isRest:
            self.rests.add(index)
            self.highest.tie_open = self.lowest.tie_open = False
            return
        if not getattr(element, "pitches", ()):
            self.unpitched += 1
            return
        try:
            self.add_pitched(element, measure, onset, index)
        except ScoreError as exc:
            self.fault = self.fault or exc

    def add_pitched(self, element: Any, measure: Measure, onset: Fraction, index: int) -> None:
        """Add a note or chord with pitches. Raises ScoreError where it is none that a voice can sing."""
        pairs = list(chord_notes(element))
        if not pairs:
            self.hidden += 1
            return
        before = self.highest.notes[-1] if self.highest.notes else None
        spellings = [self.written_pitch(note.pitch, measure, onset) for note, _ in pairs]
        if before and onset < before.end:
            raise self.two_at_once(before.name, str(spellings[0]), measure, onset)
        if len(pairs) > 1:
            self.chords.append(index)
            names = [str(spelling) for spelling in reversed(spellings)]
            fault = self.two_at_once(", ".join(names[:-1]), names[-1], measure, onset)
            self.chord_fault = self.chord_fault or fault
        duration, fermata = Fraction(element.duration.quarterLength), has_fermata(element)
        lyrics = read_lyrics(element)
        notes = [Note(onset, duration, spelling.pitch, spelling, fermata, lyrics) for spelling in spellings]
        ties = [tie for _, tie in pairs]
        self.highest.add(notes[0], ties[0])
        self.lowest.add(notes[-1], ties[-1])
        for note, tie in zip(notes, ties, strict=True):
            self.keys.setdefault(note.pitch, TiedNotes()).add(note, tie)

    def written_pitch(self, pitch: Any, measure: Measure, onset: Fraction) -> Spelling:
        """A pitch as it is written; ScoreError where no key of a piano has it."""
        spelling = read_spelling(pitch)
        if spelling is None:
            fault = "a quarter tone cannot be sung by these voices; write the nearest semitone"
            raise self.fault_at(fault, measure, onset)
        return spelling

    def two_at_once(self, one: str, other: str, measure: Measure, onset: Fraction) -> ScoreError:
        """The error for a second note beside the first."""
        fault = f"{one} and {other} sound at once, but a voice is one line; move one of them to another voice"
        return self.fault_at(fault, measure, onset)

    def fault_at(self, text: str, measure: Measure, onset: Fraction) -> ScoreError:
        """An error with this line's place."""
        beat = f"{float(1 + (onset - measure.onset) / measure.meter.beat):.4g}"
        return ScoreError(self.file, self.part, measure.number, text, beat=beat)


def chord_notes(element: Any) -> Iterator[tuple[Any, str | None]]:
    """(note, its tie) for the pitched notes of a note or chord that are printed, the highest first."""
    notes = [n for n in element.notes if n.pitches] if element.isChord else [element]
    for note in sorted(notes, key=lambda n: -n.pitch.ps):
        if not is_hidden(note):
            yield note, tie_type(note)


def is_hidden(element: Any) -> bool:
    """Whether a note is not printed: it is there for playback, and nobody reads it."""
    return bool(element.hasStyleInformation and element.style.hideObjectOnPrint)


def has_fermata(element: Any) -> bool:
    """Whether a note or chord is under a fermata."""
    return any("Fermata" in e.classes for e in element.expressions)


def tie_type(note: Any) -> str | None:
    """start, stop or continue, where the note is tied."""
    return str(note.tie.type) if note.tie is not None else None


def read_spelling(pitch: Any) -> Spelling | None:
    """A pitch as it is written, None where it is not one of the twelve of an octave.

    Three sharps or flats, as a transposing part may sound in keys far away, are spelled with fewer.
    """
    alter = float(pitch.alter)
    if not alter.is_integer():
        return None
    if abs(alter) > 2:
        return Key().spell(int(pitch.midi))
    return Spelling(str(pitch.step), int(alter), int(pitch.implicitOctave))


def read_lyrics(element: Any) -> tuple[Lyric, ...]:
    """The syllables under a note."""
    return tuple(read_lyric(lyric) for lyric in element.lyrics)


def read_lyric(lyric: Any) -> Lyric:
    """One syllable; a single one where the file does not say whether its word has more.

    Of several with an elision, the first tells whether a word began before, the last whether one goes on.
    """
    syllabic = str(lyric.syllabic or "single")
    if lyric.isComposite:
        first, last = (str(lyric.components[i].syllabic or "single") for i in (0, -1))
        inside, on = first in ("middle", "end"), last in ("begin", "middle")
        syllabic = ("middle" if on else "end") if inside else ("begin" if on else "single")
    return Lyric(str(lyric.text), syllabic, int(lyric.number))
