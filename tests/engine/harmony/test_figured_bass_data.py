"""Bach's figured chorale basses are read as printed: the figures agree with the voices that Bach wrote."""

from fractions import Fraction
from itertools import pairwise

import pytest

from figured_basses import FiguredChorale, figured_chorales
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno.score import LINE_OF_FIFTHS, STEP_SEMITONES, Note, Score

CHORALES = figured_chorales()
STEPS = "CDEFGAB"
# What a player adds to the numbers that are written (C. P. E. Bach, Versuch II); else a fifth and a third.
ADDED = {
    (6,): (3,),
    (6, 5): (3,),
    (4, 3): (6,),
    (6, 4): (),
    (6, 4, 3): (),
    (6, 4, 2): (),
    (4, 2): (6,),
    (2,): (6, 4),
    (4,): (5,),
    (5, 4): (),
    (5, 2): (),
    (5, 4, 2): (),
    (7, 4, 2): (),
    (9, 4): (5,),
    (7, 4): (5,),
}

every_chorale = pytest.mark.parametrize("chorale", CHORALES, ids=[c.name for c in CHORALES])


def note_at(score: Score, voice: str, time: Fraction) -> Note:
    """The note of a voice that sounds at a time."""
    return next(n for n in score.voice(voice).notes if n.onset <= time < n.end)


def tone(bass: Note, figure: Figure, fifths: int) -> int:
    """The pitch class of a figure over a bass note, in a key signature."""
    step = STEPS[(STEPS.index(bass.spelling.step) + (figure.number or 3) - 1) % 7]
    place = LINE_OF_FIFTHS.index(step)
    signature = 1 if place < fifths else -1 if 6 - place < -fifths else 0
    alter = signature if figure.alter is None else figure.alter
    return (STEP_SEMITONES[step] + alter + figure.raised) % 12


def tones(chorale: FiguredChorale, harmony: Harmony) -> set[int]:
    """The pitch classes that figures ask for with those that a player adds; under a line, those before it."""
    if harmony.figures == (Figure(held=True),):
        before = [h for h in chorale.figures if h.onset < harmony.onset]
        return tones(chorale, before[-1])
    bass = note_at(chorale.bach, "bass", harmony.onset)
    fifths = chorale.bach.measure_at(harmony.onset).key.fifths
    numbers = tuple(f.number or 3 for f in harmony.figures)
    added = [Figure(n) for n in ADDED.get(numbers, (5, 3)) if n not in numbers]
    return {bass.pitch % 12} | {tone(bass, figure, fifths) for figure in (*harmony.figures, *added)}


def moves_by_step(score: Score, voice: str, time: Fraction) -> bool:
    """Whether the note there comes or goes by step, as notes foreign to the chord do."""
    notes = score.voice(voice).notes
    here = notes.index(note_at(score, voice, time))
    around = [notes[i] for i in (here - 1, here + 1) if 0 <= i < len(notes)]
    return any(abs(other.pitch - notes[here].pitch) <= 2 for other in around)


def test_there_are_twenty_chorales_of_many_kinds():
    assert len(CHORALES) == 20
    meters = {str(c.score.measures[0].meter) for c in CHORALES}
    assert meters == {"3/4", "4/4"}
    assert {bool(c.score.anacrusis) for c in CHORALES} == {True, False}
    written = {tuple(f.number for f in h.figures) for c in CHORALES for h in c.figures}
    assert written >= {
        (6,),
        (6, 5),
        (6, 4, 3),
        (7,),
        (9,),
        (6, 4, 2),
        (4, 2),
        (6, 4),
        (None,),
        (5, 4),
        (7, None),
    }


@every_chorale
def test_soprano_and_bass_are_given_and_the_middle_is_empty(chorale):
    names = [v.name for v in chorale.score.voices]
    assert names == ["soprano", "alto", "tenor", "bass"]
    assert [bool(v.notes) for v in chorale.score.voices] == [True, False, False, True]
    assert all(v.notes for v in chorale.bach.voices)


@every_chorale
def test_figures_stand_in_order_each_within_one_bass_note(chorale):
    ends = [Fraction(0)]
    for harmony in chorale.figures:
        assert ends[-1] <= harmony.onset < harmony.end
        assert harmony.end <= note_at(chorale.score, "bass", harmony.onset).end
        ends.append(harmony.end)


@every_chorale
def test_numbers_are_from_two_to_nine_and_fall(chorale):
    for harmony in chorale.figures:
        numbers = [f.number or 3 for f in harmony.figures]
        assert all(2 <= n <= 9 for n in numbers)
        assert all(high > low for high, low in pairwise(numbers))


@every_chorale
def test_bachs_soprano_agrees_with_the_figures(chorale):
    agree = [
        note_at(chorale.bach, "soprano", h.onset).pitch % 12 in tones(chorale, h)
        or moves_by_step(chorale.bach, "soprano", h.onset)
        for h in chorale.figures
    ]
    assert sum(agree) >= 0.9 * len(agree)


@every_chorale
def test_bachs_voices_have_the_tones_of_the_figures(chorale):
    found = []
    for harmony in chorale.figures:
        bass = note_at(chorale.bach, "bass", harmony.onset)
        fifths = chorale.bach.measure_at(harmony.onset).key.fifths
        sounding = {
            note.pitch % 12
            for voice in chorale.bach.voices
            for note in voice.notes
            if note.onset < harmony.end and harmony.onset < note.end
        }
        found += [tone(bass, f, fifths) in sounding for f in harmony.figures if not f.held]
    assert sum(found) >= 0.9 * len(found)
