"""The landmarks of a piece: where its phrases begin, what is held, and the chords that are written in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Phrase, Score
from ripieno.theory.phrases import find_phrases
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import Document

NO_CHORD = "N.C."


@dataclass(frozen=True, slots=True)
class Landmark:
    """A word at a time, in quarters."""

    onset: Fraction
    text: str


def landmarks(score: Score, phrases: Sequence[Phrase] | None = None) -> tuple[Landmark, ...]:
    """A landmark for each phrase of a score, and for each fermata. phrases: ``None``: as they are found."""
    phrases = find_phrases(score) if phrases is None else phrases
    found = [Landmark(phrase.onset, f"Phrase {number}") for number, phrase in enumerate(phrases, 1)]
    held = {note.onset for voice in score.voices for note in voice.notes if note.fermata}
    found += [Landmark(onset, "Fermata") for onset in held]
    return tuple(sorted(found, key=lambda landmark: landmark.onset))


def chord_landmarks(document: Document) -> tuple[Landmark, ...]:
    """The chord symbols that stand in a document."""
    symbols = document_harmony(document).symbols
    return tuple(Landmark(h.onset, chord_word(h.chord)) for h in symbols if h.numeral is None)


def chord_word(chord: ChordSymbol | None) -> str:
    """A chord symbol, or its absence."""
    return NO_CHORD if chord is None else chord_text(chord)
