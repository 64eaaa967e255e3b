"""The key of each moment of a piece."""

from ripieno.score import Key
from ripieno.theory.keys import local_keys

ONE, IV, V, V7 = (frozenset(c) for c in ({0, 4, 7}, {5, 9, 0}, {7, 11, 2}, {7, 11, 2, 5}))  # in C
D7, G = frozenset({2, 6, 9, 0}), frozenset({7, 11, 2})
E7, A_MINOR, D_MINOR = frozenset({4, 8, 11, 2}), frozenset({9, 0, 4}), frozenset({2, 5, 9})


def test_a_piece_without_chromatic_notes_keeps_its_key():
    assert local_keys([ONE, IV, V, ONE, IV, V7, ONE], Key(0)) == [Key(0, "major")] * 7


def test_two_cadences_in_the_dominant_are_found_as_a_modulation_and_back():
    chords = [ONE, IV, V, ONE, D7, G, D7, G, D7, G, V7, ONE, IV, V7, ONE, IV, V7, ONE]
    keys = local_keys(chords, Key(0))
    assert keys[0] == keys[-1] == Key(0, "major")
    assert keys[6:9] == [Key(1, "major")] * 3


def test_minor_is_found_by_its_leading_note():
    assert local_keys([A_MINOR, E7, A_MINOR, D_MINOR, E7, A_MINOR], Key(0)) == [Key(0, "minor")] * 6


def test_a_close_on_the_tonic_is_in_the_home_key_where_its_notes_fit_another_too():
    chords = [A_MINOR, E7, A_MINOR, ONE, V, ONE, V, ONE, D_MINOR, A_MINOR]
    assert local_keys(chords, Key(0))[-3:] == [Key(0, "major")] * 3
    keys = local_keys(chords, Key(0), home=Key(0, "minor"))
    assert keys[3:8] == [Key(0, "major")] * 5
    assert keys[-2:] == [Key(0, "minor")] * 2


def test_a_piece_that_closes_elsewhere_is_not_heard_in_its_home_key_to_the_end():
    chords = [ONE, IV, V, ONE, D7, G, D7, G, D7, G]
    assert local_keys(chords, Key(0), home=Key(0, "major"))[-2:] == [Key(1, "major")] * 2


def test_no_chord_has_no_key():
    assert local_keys([], Key()) == []
