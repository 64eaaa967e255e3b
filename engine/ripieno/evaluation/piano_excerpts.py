"""Excerpts of piano music for a listening test: two hands with one rhythm each, and what is counted in them.

A piece by people and one by a network take the same way through this file, so that only the notes tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby, pairwise

from ripieno.evaluation.excerpts import SoundedNote
from ripieno.evaluation.piano_measures import bass_then_chord, chord_changes
from ripieno.evaluation.piano_music import PianoMeasure, PianoMusic, signature
from ripieno.evaluation.share import Share, share_of
from ripieno.grid import Grid, grid_to_states, metrical_strength, network_meter, states_to_notes
from ripieno.models.note_states.keyboard import PITCHES
from ripieno.piano.hands import LEFT, MELODY, RIGHT, hand_of, hands
from ripieno.score import SIXTEENTH, Key, Meter, Note, Score, Voice, lay_measures
from ripieno.theory.keys import tonic_of

HANDS = (RIGHT, LEFT)
SEMITONES = {1, 11}  # and its octaves, up or down
OCTAVE = 12


def in_two_hands(excerpt: Grid, meter: Meter, key: Key) -> Score:
    """An excerpt that begins with a measure, for two hands as ``hands`` gives them one rhythm each."""
    notes = states_to_notes(grid_to_states(excerpt, 0, PITCHES), excerpt.edges)
    frame = Score((), lay_measures(excerpt.edges[-1], ((Fraction(0), meter),), ((Fraction(0), key),)))
    return Score(hands(notes, frame), frame.measures)


def heard_notes(played: Score) -> list[SoundedNote]:
    """(onset, duration, pitch, hand) of each note, in quarters, in the order of time; 0 is the right hand."""
    return sorted(
        (note.onset, note.duration, note.pitch, number)
        for number, hand in enumerate(HANDS)
        for note in notes_of(played, hand)
    )


def notes_of(played: Score, hand: str) -> tuple[Note, ...]:
    """The notes of a hand, by onset and then from low to high."""
    notes = (note for voice in played.voices if hand_of(voice.name) == hand for note in voice.notes)
    return tuple(sorted(notes, key=lambda note: (note.onset, note.pitch)))


def melody_of(played: Score) -> Score:
    """The highest line of the right hand alone."""
    (top,) = (voice for voice in played.voices if voice.name == RIGHT)
    return Score((Voice(MELODY, top.notes),), played.measures)


# -- what is counted ---------------------------------------------------------------------------------------


def features(played: Score) -> Mapping[str, Share]:
    """What may give an excerpt away, counted."""
    music = music_of(played)
    meter = played.measures[0].meter
    return {
        "keys": Share(len(music.notes), round(played.duration)),
        "bass then chord": bass_then_chord(music),
        "root changes": chord_changes(music),
        "syncopations": share_of(is_syncopation(note, meter) for note in top_notes(music.right)),
        "repeated keys": share_of(a.pitch == b.pitch for a, b in pairwise(top_notes(music.right))),
        "wide leaps": share_of(abs(a.pitch - b.pitch) > OCTAVE for a, b in pairwise(top_notes(music.right))),
        "clashes": clashes(music.notes),
        "foreign keys": foreign_keys(music),
    }


def music_of(played: Score) -> PianoMusic:
    """The excerpt as the measures of quality read it."""
    sharps = signature(tonic_of(Key(played.measures[0].key.fifths)))
    bars = tuple(
        PianoMeasure(bar.onset, bar.onset + bar.duration / 2, bar.end, sharps) for bar in played.measures
    )
    return PianoMusic(notes_of(played, RIGHT), notes_of(played, LEFT), bars)


def top_notes(notes: Sequence[Note]) -> list[Note]:
    """The highest of the notes that begin together. notes: by onset and then from low to high."""
    return [list(chord)[-1] for _, chord in groupby(notes, key=lambda note: note.onset)]


def is_syncopation(note: Note, meter: Meter) -> bool:
    """Whether a note sounds over a moment that is stronger than that on which it begins."""
    unit, seen = network_meter(meter)
    strengths = [
        metrical_strength(time / unit * SIXTEENTH, seen) for time in steps_between(note.onset, note.end, unit)
    ]
    return max(strengths[1:], default=0) > strengths[0]


def steps_between(onset: Fraction, end: Fraction, unit: Fraction) -> list[Fraction]:
    """The onset, and the multiples of a unit after it and before the end."""
    first = int(onset // unit) + 1
    return [onset, *(unit * i for i in range(first, int(-(-end // unit))))]


def clashes(notes: Sequence[Note]) -> Share:
    """Moments at which a key is struck a semitone, or its octaves, beside one that sounds.

    Of all moments at which a key is struck. notes: by onset.
    """
    hits: list[bool] = []
    sounding: list[Note] = []
    for onset, chord in groupby(notes, key=lambda note: note.onset):
        struck = list(chord)
        sounding = [*(note for note in sounding if note.end > onset), *struck]
        hits.append(
            any((one.pitch - other.pitch) % OCTAVE in SEMITONES for one in struck for other in sounding)
        )
    return share_of(hits)


def foreign_keys(music: PianoMusic) -> Share:
    """Struck keys that the chord of their half measure does not hold."""
    halves = [time for bar in music.measures for time in (bar.onset, bar.middle)]
    ends = [*halves[1:], music.measures[-1].end]
    hits = [
        note.pitch % OCTAVE not in chord.pitch_classes
        for start, end, chord in zip(halves, ends, music.half_chords, strict=True)
        if chord is not None
        for note in music.notes
        if start <= note.onset < end
    ]
    return share_of(hits)
