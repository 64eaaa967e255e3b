"""Block chords get the names that musicians give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.from_notes import chord_of_notes
from ripieno.harmony.kinds import FUNCTIONAL, KINDS
from ripieno.score import Key


@pytest.mark.parametrize(
    ("pitches", "root", "kind", "bass"),
    [
        ((60, 64, 67), "C", "major", None),
        ((64, 67, 72), "C", "major", "E"),
        ((57, 60, 64), "A", "minor", None),
        ((57, 60, 64, 67), "A", "minor-seventh", None),
        ((60, 64, 67, 69), "C", "major-sixth", None),
        ((55, 59, 65), "G", "dominant", None),  # without its fifth
        ((65, 67, 71, 74), "G", "dominant", "F"),
        ((60, 65, 67), "C", "suspended-fourth", None),
        ((59, 62, 65, 69), "B", "half-diminished", None),
        ((60, 63, 66, 69), "C", "diminished-seventh", None),
        ((60, 64, 70, 74), "C", "dominant-ninth", None),
        ((48, 65, 69, 72, 76), "F", "major-seventh", "C"),
        ((48, 52, 57), "A", "minor", "C"),  # no sixth without its fifth
        ((51, 54, 60), "C", "diminished", "Eb"),
        ((54, 60, 63), "C", "diminished", "F#"),
    ],
)
def test_a_block_chord_is_named(pitches, root, kind, bass):
    found = chord_of_notes(pitches)
    assert found is not None
    named = (str(found.root), found.kind, None if found.bass is None else str(found.bass))
    assert named == (root, kind, bass)


def test_notes_are_spelled_for_the_key():
    assert str(chord_of_notes((58, 62, 65), Key(-2)).root) == "Bb"
    assert str(chord_of_notes((58, 62, 65), Key(5)).root) == "A#"


def test_nothing_and_a_cluster_have_no_name():
    assert chord_of_notes(()) is None
    assert chord_of_notes((60, 61, 62, 63)) is None


@given(
    st.sampled_from("CDEFGAB"),
    st.sampled_from([k for k in KINDS if k not in FUNCTIONAL and k not in ("pedal", "Tristan")]),
)
def test_a_chord_in_root_position_keeps_its_tones(step, kind):
    chord = ChordSymbol(Tone(step), kind)
    root = chord.root.pitch_class
    pitches = {36 + root} | {48 + pitch_class for pitch_class in chord.pitch_classes}
    found = chord_of_notes(pitches)
    assert found is not None
    assert found.pitch_classes == chord.pitch_classes
    assert found.sounding_bass.pitch_class == root


@given(
    st.sampled_from("CDEFGAB"),
    st.sampled_from([k for k in KINDS if k not in FUNCTIONAL and len(KINDS[k]) in (3, 4) and k != "Tristan"]),
    st.integers(0, 3),
)
def test_an_inverted_chord_keeps_its_tones(step, kind, inversion):
    pitches = sorted(48 + pitch_class for pitch_class in ChordSymbol(Tone(step), kind).pitch_classes)
    bass = pitches[inversion % len(pitches)]
    found = chord_of_notes({bass, *(pitch + 12 for pitch in pitches)})
    assert found is not None
    assert found.pitch_classes == {pitch % 12 for pitch in pitches}
    assert found.sounding_bass.pitch_class == bass % 12
