"""The comping piano: the asked tones sound at once, the bass below, smoothly, where pianists strike."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_documents import chords
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.harmony.symbol_text import parse_chord
from ripieno.piano.comping import ChordSpan, comping
from ripieno.score import Meter, Note, Score, Voice, lay_measures
from ripieno.text.notation import parse_score

FINGERS, OCTAVE = 3, 12


def score_of(bars: int, meter: Meter = Meter(), notes: tuple[Note, ...] = ()) -> Score:
    measures = lay_measures(meter.length * bars, ((Fraction(0), meter),))
    return Score((Voice("soprano", notes),), measures)


def played(text: str, meter: Meter = Meter()) -> list[tuple[str, list[str]]]:
    """(onset, names from low to high) of each strike under chords that last a measure each."""
    names = text.split()
    spans = [
        ChordSpan(meter.length * i, meter.length * (i + 1), parse_chord(name)) for i, name in enumerate(names)
    ]
    voices = comping(spans, score_of(len(names), meter))
    notes = sorted((note for voice in voices for note in voice.notes), key=lambda n: (n.onset, n.pitch))
    onsets = sorted({note.onset for note in notes})
    return [(str(onset), [n.name for n in notes if n.onset == onset]) for onset in onsets]


def test_tones_are_spelled_as_the_chord_is():
    assert [names for _, names in played("Fb", Meter(3, 4))] == [["Fb2", "Cb4", "Fb4", "Ab4"]]


@pytest.mark.parametrize(
    ("meter", "onsets"),
    [
        (Meter(4, 4), ["0", "2", "4", "6"]),
        (Meter(3, 4), ["0", "3"]),
        (Meter(6, 8), ["0", "3"]),
        (Meter(12, 8), ["0", "3", "6", "9"]),
    ],
)
def test_a_chord_is_struck_on_strong_beats(meter, onsets):
    assert [onset for onset, _ in played("C G", meter)] == onsets


def test_a_chord_change_between_strong_beats_is_struck():
    spans = [
        ChordSpan(Fraction(0), Fraction(1), parse_chord("C")),
        ChordSpan(Fraction(1), Fraction(4), parse_chord("F")),
    ]
    left = comping(spans, score_of(1))[-1]
    assert [(n.onset, n.end, n.name) for n in left.notes] == [(0, 1, "C3"), (1, 2, "F3"), (2, 4, "F3")]


def test_where_there_is_no_chord_the_piano_rests():
    spans = [ChordSpan(Fraction(0), Fraction(4), None), ChordSpan(Fraction(4), Fraction(8), parse_chord("C"))]
    assert {n.onset for voice in comping(spans, score_of(2)) for n in voice.notes} == {4, 6}


def test_the_piano_holds_with_the_melody():
    melody = parse_score("C5:2 C5:2^").voices[0].notes
    voices = comping([ChordSpan(Fraction(0), Fraction(4), parse_chord("C"))], score_of(1, notes=melody))
    assert [[n.fermata for n in voice.notes] for voice in voices] == [[False, True]] * 4


def test_common_tones_stay_and_the_others_step():
    assert [names[1:] for _, names in played("C Am F G7 C", Meter(3, 4))] == [
        ["G3", "C4", "E4"],
        ["A3", "C4", "E4"],
        ["A3", "C4", "F4"],
        ["B3", "D4", "F4"],
        ["C4", "E4", "G4"],
    ]


@given(st.lists(chords(), min_size=1, max_size=6))
def test_every_chord_sounds_with_its_bass_lowest_in_one_hand_each(progression: list[ChordSymbol]):
    spans = [ChordSpan(Fraction(4 * i), Fraction(4 * i + 4), chord) for i, chord in enumerate(progression)]
    *right, left = comping(spans, score_of(len(progression)))
    for span in spans:
        chord = span.chord
        assert chord is not None
        struck = [n for voice in right for n in voice.notes if n.onset == span.onset]
        (bass,) = (n for n in left.notes if n.onset == span.onset)
        sounding = {n.pitch % 12 for n in (*struck, bass)}
        wanted = [tone.pitch_class for tone in chord.tones]
        assert bass.pitch % 12 == chord.sounding_bass.pitch_class
        assert sounding <= set(wanted)
        assert sounding >= set(wanted[:2])
        assert len(struck) <= FINGERS
        assert max(n.pitch for n in struck) - min(n.pitch for n in struck) < OCTAVE
        assert bass.pitch < min(n.pitch for n in struck)


def test_a_chord_of_four_tones_sounds_whole():
    assert [names for _, names in played("G7", Meter(3, 4))] == [["G2", "B3", "D4", "F4"]]
