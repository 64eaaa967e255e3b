"""Flat lists of notes, as OSC hosts, Live and MIDI keyboards have them, to scores and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from ripieno.errors import RequestError, ScoreError, number_text
from ripieno.piano.hands import LEFT, hand_of
from ripieno.piano.lines import lines
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Key, Meter, Note, Score, Voice, lay_measures
from ripieno_bridges.api.checks import check_pickup

MAX_NOTES = 20_000


class FlatNote(NamedTuple):
    """A note without its score. voice: 0 is the highest. start, duration: in quarters. velocity: 1 to 127."""

    voice: int
    pitch: int
    start: Fraction
    duration: Fraction
    velocity: int


def choir_score(
    notes: Iterable[FlatNote],
    *,
    meter: Meter = Meter(),
    key: Key | None = None,
    anacrusis: Fraction = Fraction(0),
    length: Fraction | None = None,
    names: Sequence[str] = VOICE_NAMES,
) -> Score:
    """The voices of an ensemble, empty ones where there are no notes.

    A note that sounds on when the next one of its voice begins ends there (a keyboard player's legato).
    length: in quarters, where the last notes do not say it; the last measure is full in any case. names: of
    the voices, highest first. Raises ScoreError for two notes of a voice that begin together, and
    RequestError for an impossible note.
    """
    by_voice = sorted_by_voice(notes, names)
    score = empty_measures(notes_end(by_voice, length), meter, key, anacrusis)
    voices = []
    for name, own in zip(names, by_voice, strict=True):
        for note, other in pairwise(own):
            if note.onset == other.onset:
                measure, beat = score.place(note.onset)
                fault = (
                    f"{note.name} and {other.name} begin together, but a voice is one line; "
                    "move one of them to another voice"
                )
                raise ScoreError(None, name.capitalize(), measure, fault, beat=beat)
        voices.append(Voice(name, tuple(end_at_next_onset(own))))
    return replace(score, voices=tuple(voices))


def parted(
    notes: Iterable[FlatNote], names: Sequence[str] = VOICE_NAMES
) -> tuple[list[FlatNote], tuple[Note, ...]]:
    """(the choir's notes, those that sound beside it, any number at once). Raises RequestError.

    names: of the choir's voices; the number after theirs is that of what sounds beside.
    """
    with_beside = (*names, "accompaniment")
    choir: list[FlatNote] = []
    beside: list[FlatNote] = []
    for note in notes:
        (beside if note.voice == len(names) else choir).append(note)
    for note in beside:
        check_note(note, with_beside)
    return choir, tuple(Note(note.start, note.duration, note.pitch) for note in beside)


def hands_score(
    notes: Iterable[FlatNote],
    *,
    meter: Meter = Meter(),
    key: Key | None = None,
    anacrusis: Fraction = Fraction(0),
    length: Fraction | None = None,
) -> Score:
    """A pianist's score in as many lines as the notes need; voices are ignored. See ``choir_score``."""
    together = [note for own in sorted_by_voice(notes, VOICE_NAMES) for note in own]
    score = empty_measures(notes_end([together], length), meter, key, anacrusis)
    return replace(score, voices=lines(together))


def flat_voices(voices: Iterable[Voice], *, velocity: int = 80) -> list[FlatNote]:
    """The notes of voices, in order of time; the first voice is 0."""
    found = [
        FlatNote(number, note.pitch, note.onset, note.duration, velocity)
        for number, voice in enumerate(voices)
        for note in voice.notes
    ]
    return sorted(found, key=lambda note: (note.start, note.voice))


def flat_notes(result: Result, *, velocity: int = 80) -> list[FlatNote]:
    """The new notes of a result. A pianist's lines are hands: 0 right, 1 left."""
    if not any(hand_of(voice.name) for voice in result.new):
        return flat_voices(result.new, velocity=velocity)
    notes: list[FlatNote] = []
    for voice in result.new:
        hand = int(hand_of(voice.name) == LEFT)
        notes += (note._replace(voice=hand) for note in flat_voices([voice], velocity=velocity))
    return sorted(notes, key=lambda note: (note.start, note.voice, -note.pitch))


def sorted_by_voice(notes: Iterable[FlatNote], names: Sequence[str]) -> list[list[Note]]:
    """Each voice's notes in order of time, doubles once. RequestError for an impossible note, or too many."""
    found: list[set[FlatNote]] = [set() for _ in names]
    count = 0
    for note in notes:
        check_note(note, names)
        count += 1
        found[note.voice].add(note._replace(velocity=0))
    if count > MAX_NOTES:
        raise RequestError(f"{count} notes are too many; send {MAX_NOTES} at the most, a section at a time")
    return [
        [
            Note(note.start, note.duration, note.pitch)
            for note in sorted(own, key=lambda n: (n.start, n.pitch))
        ]
        for own in found
    ]


def check_note(note: FlatNote, names: Sequence[str]) -> None:
    """Raise RequestError for an impossible voice, pitch, time or length."""
    if not 0 <= note.voice < len(names):
        there = ", ".join(f"{i} {name}" for i, name in enumerate(names))
        raise RequestError(f"there is no voice {note.voice}; the voices are {there}")
    if not 0 <= note.pitch <= 127:
        raise RequestError(f"there is no pitch {note.pitch}; pitches are MIDI numbers, 0 to 127")
    if note.start < 0:
        raise RequestError(f"a note starts at beat {number_text(float(note.start))}; the first beat is 0")
    if note.duration <= 0:
        raise RequestError(
            f"the note at beat {number_text(float(note.start))} has no length; give it one above 0"
        )


def notes_end(voices: Iterable[Iterable[Note]], length: Fraction | None) -> Fraction:
    """The length of the music in quarters: ``length`` where given, but at least to the last note's end."""
    notes = [note for own in voices for note in own]
    if length is None:
        return max((note.end for note in notes), default=Fraction(0))
    if length <= 0:
        raise RequestError(f"a length of {number_text(float(length))} beats is impossible; give more than 0")
    return max([length, *(note.end for note in notes)])


def empty_measures(length: Fraction, meter: Meter, key: Key | None, anacrusis: Fraction) -> Score:
    """A score of measures without voices; the last one is full."""
    check_pickup(anacrusis, meter)
    keys = ((Fraction(0), key or Key()),)
    return Score((), lay_measures(length, ((Fraction(0), meter),), keys, anacrusis))


def end_at_next_onset(notes: list[Note]) -> Iterable[Note]:
    """The notes, each ending where the next one begins at the latest. notes: in order of time."""
    for note, following in pairwise(notes):
        yield note if note.end <= following.onset else replace(note, duration=following.onset - note.onset)
    yield from notes[-1:]
