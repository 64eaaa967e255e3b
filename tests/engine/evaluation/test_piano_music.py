"""Piano music as it is read: its hands, measures, chords and keys; the grammar of the blues knows its own."""

from fractions import Fraction

import numpy as np
import pytest

from piano_text import ON_C, ON_F, ON_G, SILENT, measures_of, music_of
from ripieno.errors import RequestError
from ripieno.evaluation.piano_music import piano_music
from ripieno.grid import REST, bare_grid, score_to_grid
from ripieno.piano.blues import draw_plan, plan_changes, twelve_bars
from ripieno.score import Key


def names(notes):
    return [note.name for note in notes]


def roots(chords):
    return [None if chord is None else chord.root for chord in chords]


def test_notes_are_divided_into_hands():
    music = measures_of(ON_C)
    assert names(music.right) == ["E5", "C5"]
    assert names(music.left) == ["C3", "G3", "C4", "E4", "G2", "G3", "C4", "E4"]


def test_a_pickup_is_no_measure_and_the_last_one_may_be_short():
    music = music_of("[2/4] G4:8 | C5:2 | D5:4 E5 | C5:4.")
    assert [(bar.onset, bar.end) for bar in music.measures] == [
        (Fraction(1, 2), Fraction(5, 2)),
        (Fraction(5, 2), Fraction(9, 2)),
        (Fraction(9, 2), Fraction(6)),
    ]
    assert [bar.middle - bar.onset for bar in music.measures] == [1, 1, 1]


def test_each_half_measure_has_the_chord_above_its_bass():
    music = measures_of(ON_C, ON_G, SILENT, ON_F)
    assert roots(music.half_chords) == [0, 0, 7, 7, None, None, 5, 5]
    assert roots(music.measure_chords) == [0, 7, None, 5]


def test_the_key_is_the_one_of_its_signature_on_whose_triad_it_stands():
    assert measures_of(ON_C, ON_G, ON_C).key == Key(0, "major")
    minor = music_of("[2/4] C5:2 | B4:2 | C5:2", "E4:2 E4:2 E4:2", "A3:2 G#3:2 A3:2", "A2:2 E2:2 A2:2")
    assert minor.key == Key(0, "minor")
    assert minor.tonic == 9


def test_a_piece_is_cut_into_sections_by_its_signatures():
    music = music_of(
        "[2/4] C5:2 | C5:2 | [key 1] D5:2 | D5:2", "C3:2 G2 G2 D3", "E4:2 D4 D4 F#4", "G4:2 G4 B4 A4"
    )
    assert music.sections == [range(2), range(2, 4)]
    assert [music.home_of(section) for section in music.sections] == [Key(0, "major"), Key(1, "major")]
    assert music.key == Key(1, "major")
    assert music.keys == [Key(0, "major")] * 2 + [Key(1, "major")] * 2


def test_without_a_meter_there_are_no_measures():
    with pytest.raises(RequestError) as caught:
        piano_music(bare_grid(np.array([[60], [REST]], dtype=np.int16)), "a roll")
    assert str(caught.value) == "a roll: it has no meter, which these measures need; leave it out"


def test_the_chords_are_those_that_the_grammar_of_the_blues_meant():
    """Of 480 measures 95 of 100, and the key note nearly always: from the notes alone."""
    right = measures = keys = 0
    for seed in range(30):
        plan = draw_plan(np.random.default_rng(seed))
        music = piano_music(score_to_grid(twelve_bars(np.random.default_rng(seed))), "blues")
        changes = plan_changes(plan)
        for bar, chord in zip(music.measures, music.measure_chords, strict=True):
            meant = {c.chord.root for c in changes if c.onset < bar.end and c.end > bar.onset}
            right += chord is not None and chord.root in meant
            measures += 1
        keys += music.tonic == plan.tonic
    assert right >= 0.93 * measures
    assert keys >= 28


def test_the_same_music_in_another_key_is_read_alike():
    text = "[2/4] [key {}] {}:2 | {}:2"
    low = music_of(text.format(0, "C5", "B4"), "E4:2 D4", "G3:2 G3", "C3:2 G2")
    high = music_of(text.format(2, "D5", "C#5"), "F#4:2 E4", "A3:2 A3", "D3:2 A2")
    assert [(r + 2) % 12 for r in roots(low.half_chords)] == roots(high.half_chords)
    assert high.key == Key(2, "major")
