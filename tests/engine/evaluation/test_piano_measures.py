"""Each measure of piano music on a few measures whose figure is counted by hand."""

from fractions import Fraction

import pytest

from piano_text import ON_C, ON_F, ON_G, SILENT, measures_of, music_of
from ripieno.corpus.corpus import transposed
from ripieno.evaluation.piano_measures import (
    MEASURES,
    an_empty_hand,
    bass_then_chord,
    changes_at_barlines,
    chord_changes,
    close_on_tonic,
    ends_on_tonic,
    groups_closed,
    has_cadence,
    measures_in_a_key,
    measures_that_return,
    no_right_hand,
    on_blues_scheme,
    other_groups_closed,
    periods_closed,
    phrases_that_return,
    similarity,
)
from ripieno.evaluation.piano_music import piano_music
from ripieno.evaluation.share import Share
from ripieno.grid import score_to_grid
from ripieno.text.notation import parse_score

CHORDS = {"C": ON_C, "F": ON_F, "G": ON_G, "-": SILENT}


def rag(letters: str):
    """A rag of one chord a measure."""
    return measures_of(*(CHORDS[letter] for letter in letters))


def test_shares_add_up_and_nothing_has_no_share():
    assert Share(1, 4) + Share(2, 2) == Share(3, 6)
    assert Share(3, 6).value == 0.5
    assert Share(0, 0).value is None


# -- hands -------------------------------------------------------------------------------------------------

TWO_HANDS = ("[2/4] C5:2 | r:2 | C5:2~ | C5:2 | r:2", "C3:2 C3:2 r:2 C3:2 r:2")


def test_a_hand_is_empty_where_none_of_its_notes_sounds():
    """Both; left alone; right alone; both, the right held; none."""
    music = music_of(*TWO_HANDS)
    assert no_right_hand(music) == Share(2, 5)
    assert an_empty_hand(music) == Share(3, 5)


def test_bass_then_chord_is_one_key_or_its_octave_and_then_two_tones_above_it():
    assert bass_then_chord(rag("CG")) == Share(4, 4)
    octave = music_of("[2/4] G5:2", "C3:8 E4 C3 E4", "C2:8 C4 C2 C4")
    assert bass_then_chord(octave) == Share(2, 2)


@pytest.mark.parametrize(
    "left",
    [
        ("C3:8 D3 E3 F3", "r:2"),  # a bass alone
        ("E4:8 C3 E4 C3", "C4:8 r C4 r"),  # the chord first
        ("C3:4 C3", "E3:4 E3"),  # chords on the beats
        ("C3:8. E4:16 C3:8. E4:16", "r:8. C4:16 r:8. C4:16"),  # too late
    ],
)
def test_other_left_hands_are_not_bass_then_chord(left):
    assert bass_then_chord(music_of("[2/4] G5:2", *left)) == Share(0, 2)


def test_beats_without_a_left_hand_do_not_count():
    assert bass_then_chord(music_of("[2/4] G5:2", "C3:8 E4 r:4", "r:8 C4 r:4")) == Share(1, 1)
    assert bass_then_chord(rag("C-C")) == Share(4, 4)


def test_a_rag_in_four_four_has_its_beats_twice_as_long():
    music = music_of("[4/4] G5:1", "C3:4 E4 G2 E4", "r:4 C4 r C4", "r:4 G3 r G3")
    assert bass_then_chord(music) == Share(2, 2)


# -- harmony -----------------------------------------------------------------------------------------------


def test_changes_of_chord_are_counted_a_measure_and_at_barlines():
    """C C | G G | G G | C G: at two barlines out of three changes."""
    last = ("C5:4 B4", "C3:8 E4 G2 G4", "r:8 C4 r D4", "r:8 G3 r B3")
    music = measures_of(ON_C, ON_G, ON_G, last)
    assert chord_changes(music) == Share(3, 4)
    assert changes_at_barlines(music) == Share(2, 3)


def test_after_silence_no_chord_has_changed():
    assert chord_changes(rag("C-G")) == Share(0, 3)


def test_a_key_lasts_as_long_as_its_run_of_measures():
    """Two measures in C, then four in G: each measure counts with the length of its key's run."""
    music = music_of(
        "[2/4] C5:2 | C5:2 | [key 1] D5:2 | D5:2 | B4:2 | D5:2",
        "G4:2 G4 B4 A4 G4 B4",
        "E4:2 E4 D4 F#4 D4 D4",
        "C3:2 C3 G2 D3 G2 G2",
    )
    assert measures_in_a_key(music) == Share(2 * 2 + 4 * 4, 6)
    assert measures_in_a_key(rag("C" * 20)) == Share(16 * 20, 20)


@pytest.mark.parametrize(
    ("letters", "tonic", "close"),
    [("CFGC", 1, 1), ("CGFC", 1, 1), ("GGCC", 1, 1), ("GCCC", 1, 0), ("CGCG", 0, 0), ("CGC-", 1, 1)],
)
def test_a_piece_ends_on_its_tonic_and_is_closed_by_a_cadence_just_before(letters, tonic, close):
    assert ends_on_tonic(rag(letters)) == Share(tonic, 1)
    assert close_on_tonic(rag(letters)) == Share(close, 1)


# -- form --------------------------------------------------------------------------------------------------


def test_a_cadence_is_the_tonic_after_a_dominant_or_a_dominant_on_a_downbeat():
    music = rag("CFGCCGGC")
    assert [has_cadence(music, measure) for measure in range(8)] == [
        *(False, False, True, True),
        *(False, True, False, True),
    ]


def test_periods_are_groups_of_eight_measures_that_end_with_a_cadence():
    assert periods_closed(rag("CFCFCFGC" + "CCFFCCFF")) == Share(1, 2)


def test_an_introduction_of_four_measures_is_left_out_where_more_periods_close():
    assert periods_closed(rag("CCCC" + "CFCFCFGC" + "CFCFCFGC")) == Share(2, 2)


def test_other_groups_begin_one_to_three_measures_later():
    """Cadences stand on measures 9, 10, 17, 18: at the ends of the groups from 2 and 3 on, not from 4."""
    music = rag("CCCFCFCFGC" + "CFCFCFGC")
    assert groups_closed(music, (1, 5)) == groups_closed(music, (2, 6)) == Share(2, 2)
    assert groups_closed(music, (3, 7)) == Share(0, 1)
    assert other_groups_closed(music) == Share(4, 5)
    assert periods_closed(music) == Share(0, 2)


BASIC = "CCCC FFCC GFCG"


def test_a_chorus_on_the_basic_scheme_is_on_it_in_every_measure():
    assert on_blues_scheme(rag(BASIC.replace(" ", ""))) == Share(12, 12)
    assert on_blues_scheme(rag("CCCCFFCCGFCC")) == Share(12, 12)  # the last measure may be the tonic


def test_a_chorus_that_stays_on_its_tonic_is_on_the_scheme_where_that_is():
    """The long dominant has I in eight of its measures: 1-4, 7, 8, 11, 12."""
    assert on_blues_scheme(rag("C" * 12)) == Share(8, 12)


def test_each_chorus_may_have_a_form_of_its_own():
    quick = "CFCCFFCCGFCG"
    assert on_blues_scheme(rag("CCCCFFCCGFCG" + quick)) == Share(24, 24)


def test_only_in_the_last_chorus_the_last_measure_may_be_the_tonic():
    turnaround_missing = rag("CCCCFFCCGFCF" + "CCCCFFCCGFCC")
    assert on_blues_scheme(turnaround_missing) == Share(23, 24)


# -- what comes back ---------------------------------------------------------------------------------------


def scale(*names: str) -> str:
    return " | ".join(f"{name}:8 {name} {name} {name}" for name in names)


def test_a_measure_returns_where_most_of_its_strikes_stood_in_one_before():
    """The third is the first, the fourth shares two of four strikes with it: .5, too few."""
    music = music_of(f"[2/4] {scale('C5', 'D5', 'C5')} | C5:8 C5 E5 E5")
    assert measures_that_return(music) == Share(1, 3)


def test_a_measure_that_stood_too_long_ago_does_not_return():
    names = ["C5", *(f"{letter}{octave}" for octave in (3, 4) for letter in "CDEFGAB"), "B5", "A5"]
    assert measures_that_return(music_of(f"[2/4] {scale(*names, 'C5')}")) == Share(0, 17)
    assert measures_that_return(music_of(f"[2/4] {scale(*names[:16], 'C5')}")) == Share(1, 16)


def test_a_phrase_returns_but_a_figure_that_goes_on_does_not():
    """Eight measures have one place for a phrase that comes back: measures 5 to 8."""
    assert phrases_that_return(music_of(f"[2/4] {scale(*['C5', 'D5', 'E5', 'F5'] * 2)}")) == Share(1, 1)
    assert phrases_that_return(music_of(f"[2/4] {scale(*['C5'] * 8)}")) == Share(0, 1)
    other = ["C5", "D5", "E5", "F5", "G5", "A5", "B5", "C5"]
    assert phrases_that_return(music_of(f"[2/4] {scale(*other)}")) == Share(0, 1)


START = (Fraction(0), 60)


def test_similarity_is_the_share_that_both_have():
    assert similarity(frozenset({START, (Fraction(1), 62)}), frozenset({START})) == pytest.approx(2 / 3)
    assert similarity(frozenset(), frozenset()) == 0


# -- all ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURES)
def test_no_measure_changes_when_the_music_is_transposed(name):
    grid = score_to_grid(
        parse_score(
            "[2/4] E5:4 C5 | D5:4 B4 | C5:4 E5 | C5:2\n"
            "C3:8 E4 G2 E4 G2:8 F4 D3 F4 C3:8 E4 G2 E4 C3:2\n"
            "r:8 C4 r C4 r:8 D4 r D4 r:8 C4 r C4 E4:2"
        )
    )
    assert MEASURES[name](piano_music(transposed(grid, 5), "x")) == MEASURES[name](piano_music(grid, "x"))


@pytest.mark.parametrize("name", MEASURES)
def test_silence_breaks_no_measure(name):
    assert MEASURES[name](measures_of(SILENT, SILENT)).count in (0, 2, 4)
