"""Settings beside those by people: tiny pieces whose figures a harmony class would give."""

import pytest

from ripieno.evaluation.setting import Home, read_setting
from ripieno.evaluation.settings_by_others import compare_settings
from ripieno.grid import Grid, score_to_grid
from ripieno.text.notation import parse_score
from ripieno.theory.chords import AUGMENTED, DIMINISHED, DOMINANT_SEVENTH, MAJOR, MINOR, Chord
from ripieno.theory.closes import CLOSES, close_kind
from ripieno.theory.false_relations import false_relations
from ripieno.theory.texture import grid_texture

C_MAJOR, A_MINOR = Home(0, "major"), Home(9, "minor")


def grid(text: str) -> Grid:
    return score_to_grid(parse_score(text))


# I | IV V I
AUTHENTIC = grid("""C5:2 C5:4 C5 | C5 B4 C5:2
G4:2 G4:4 G4 | A4 G4 G4:2
E4:2 E4:4 E4 | F4 D4 E4:2
C4:2 C4:4 C4 | F3 G3 C3:2""")
# The same melody: I | vi V6 I
IN_SIXTHS = grid("""C5:2 C5:4 C5 | C5 B4 C5:2
G4:2 G4:4 G4 | A4 G4 G4:2
E4:2 E4:4 E4 | E4 D4 E4:2
C4:2 C4:4 C4 | A3 B3 C4:2""")
# i | iv V i in A minor
IN_MINOR = grid("""A4:2 A4:4 A4 | A4 G#4 A4:2
E4:2 E4:4 E4 | F4 E4 E4:2
C4:2 C4:4 C4 | D4 B3 C4:2
A3:2 A3:4 A3 | D3 E3 A2:2""")


def test_a_setting_agrees_with_itself_in_everything():
    report = compare_settings([AUTHENTIC, IN_MINOR], [AUTHENTIC, IN_MINOR], [None, None])
    assert report.all.agreement == {
        "root": 1.0,
        "root_on_strong_beats": 1.0,
        "first_chord": 1.0,
        "chord_before_the_last": 1.0,
        "last_chord": 1.0,
        "root_at_phrase_ends": None,
    }
    assert report.all.made == report.all.people
    assert (report.all.pieces, report.major.pieces, report.minor.pieces) == (2, 1, 1)


def test_another_chord_on_one_beat_of_eight_is_told_where_it_is():
    figures = compare_settings([IN_SIXTHS], [AUTHENTIC], [None]).all
    assert figures.agreement["root"] == 7 / 8
    assert figures.agreement["root_on_strong_beats"] == 3 / 4
    assert figures.agreement["chord_before_the_last"] == 1
    assert (figures.made["inversions"], figures.people["inversions"]) == (1 / 8, 0)
    assert (figures.made["close_authentic_otherwise"], figures.people["close_authentic_otherwise"]) == (1, 0)
    assert figures.people["close_authentic_in_root_position"] == 1
    assert figures.people["chord_changes_a_beat"] == round(3 / 7, 4)


def test_figures_are_told_by_mode():
    report = compare_settings([AUTHENTIC, IN_SIXTHS, IN_MINOR], [None] * 3, [C_MAJOR, C_MAJOR, A_MINOR])
    assert report.all.agreement is report.all.people is None
    assert (report.major.pieces, report.minor.pieces) == (2, 1)
    assert report.major.made["close_authentic_in_root_position"] == 0.5
    assert report.minor.made["close_authentic_in_root_position"] == 1
    assert compare_settings([AUTHENTIC], [None], [C_MAJOR]).minor is None


TONIC, DOMINANT = Chord(0, MAJOR, 0), Chord(7, DOMINANT_SEVENTH, 7)


@pytest.mark.parametrize(
    ("chords", "kind"),
    [
        ([TONIC, DOMINANT, TONIC], "authentic_in_root_position"),
        ([DOMINANT, TONIC, None, TONIC], "authentic_in_root_position"),
        ([Chord(7, MAJOR, 11), TONIC], "authentic_otherwise"),
        ([DOMINANT, Chord(0, MAJOR, 4)], "authentic_otherwise"),
        ([Chord(11, DIMINISHED, 2), TONIC], "authentic_otherwise"),
        ([Chord(7, MINOR, 7), Chord(0, MINOR, 0)], "other"),  # no leading note
        ([Chord(5, MAJOR, 5), TONIC], "plagal"),
        ([Chord(5, MINOR, 8), TONIC], "plagal"),
        ([TONIC, DOMINANT], "half"),
        ([Chord(4, MAJOR, 4), TONIC], "other"),  # A7 - F
        ([Chord(4, MINOR, 7), TONIC], "authentic_in_root_position"),  # E G B over G
        ([Chord(3, AUGMENTED, 7), Chord(0, MINOR, 0)], "authentic_in_root_position"),
        ([Chord(4, MINOR, 4), TONIC], "other"),
        ([DOMINANT, Chord(9, MINOR, 9)], "other"),
        ([TONIC], "other"),
        ([None], "other"),
    ],
)
def test_a_close_has_the_kind_that_a_harmony_class_gives_it(chords, kind):
    assert close_kind(chords, 0) == kind
    assert kind in CLOSES


def test_a_dominant_of_half_a_beat_closes_too():
    """I64 takes the beat and its dominant the last eighth, as in "He leadeth me"."""
    setting = read_setting(
        grid("""E5:2 E5:4. D5:8 | C5:1
G4:2 C5:4. B4:8 | G4:1
E4:2 G4:4. F4:8 | E4:1
C4:2 G3:4. G3:8 | C3:1""")
    )
    assert setting.close == "authentic_in_root_position"


@pytest.mark.parametrize(
    ("last_bass", "home"),
    [("C3", C_MAJOR), ("A2", A_MINOR), ("D3", Home(2, "minor")), ("E3", A_MINOR), ("G2", Home(7, "major"))],
)
def test_the_last_chord_stands_on_the_key_note_or_phrygian_on_the_dominant(last_bass, home):
    triads = {"C3": "C5 G4 E4", "A2": "C5 A4 E4", "D3": "A4 F4 D4", "E3": "B4 G#4 E4", "G2": "B4 G4 D4"}
    lines = [f"{note}:1" for note in triads[last_bass].split()]
    assert read_setting(grid("\n".join([*lines, f"{last_bass}:1"]))).home == home


def test_a_suspension_is_a_prepared_dissonance_and_a_passing_note_is_none():
    suspended = grid("""C5:2 C5:4 B4 | C5:1
G4:2 D4:2 | E4:1
E4:2 G4:2 | G4:1
C4:2 G3:2 | C3:1""")
    figures = compare_settings([suspended], [None], [C_MAJOR]).all.made
    assert (figures["beats_with_a_prepared_dissonance"], figures["beats_on_a_dissonance"]) == (1 / 8, 1 / 8)
    assert figures["beats_with_other_foreign_notes"] == 0
    passing = grid("""C5:8 D5 E5:4 E5:2
G4:1
E4:1
C4:1""")
    figures = compare_settings([passing], [None], [C_MAJOR]).all.made
    assert (figures["beats_with_a_prepared_dissonance"], figures["beats_on_a_dissonance"]) == (0, 0)
    assert figures["beats_with_other_foreign_notes"] == 1 / 4


def relations(text: str) -> list[tuple[int, int, int]]:
    return list(false_relations(grid_texture(grid(text))))


def test_a_letter_that_is_altered_in_another_voice_is_a_false_relation():
    assert relations("E5:2 E5\nA4:2 G#4\nG4:2 E4\nC4:2 E3") == [(1, 2, 1)]  # G in the tenor, G sharp above


@pytest.mark.parametrize(
    "text",
    [
        "E5:2 E5\nG4:2 G#4\nE4:2 E4\nC4:2 E3",  # in its own voice
        "E5:2 E5\nG4:2 G#4\nG4:2 E4\nC4:2 E3",  # ... though another voice doubled it
        "E5:2 E5\nA4:2 G4\nC4:2 C4\nA3:2 C3",  # nothing altered
        "E5:2^ E5\nA4:2 G#4\nG4:2 E4\nC4:2 E3",  # from a phrase to the next
    ],
)
def test_what_sounds_right_is_no_false_relation(text):
    assert relations(text) == []


def test_false_relations_are_told_per_100_chords():
    figures = compare_settings([grid("E5:2 E5\nA4:2 G#4\nG4:2 E4\nC4:2 E3")], [None], [A_MINOR]).all.made
    assert figures["false_relations_per_100_chords"] == 25


def test_the_end_of_a_fermata_is_the_end_of_a_phrase_but_the_last():
    people = grid("""C5:4 B4:4^ C5 C5^
G4:4 G4 G4 G4
E4:4 D4 E4 E4
C4:4 G3 C4 C4""")
    assert read_setting(people).phrase_ends == (1,)
    assert compare_settings([people], [people], [None]).all.made["phrase_ends_on_i_or_v"] == 1
