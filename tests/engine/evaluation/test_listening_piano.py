"""Listening tests at the piano: where excerpts stand, what is heard and counted, what a model plays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from piano_text import ON_C, ON_F, ON_G
from quick_models import quick
from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.evaluation.excerpts import ExcerptSpan, cut
from ripieno.evaluation.listening import draw_questions, music_played
from ripieno.evaluation.listening_pairs import PEOPLE, ListeningSettings
from ripieno.evaluation.listening_piano import PianoSource
from ripieno.evaluation.piano_excerpts import features, heard_notes, in_two_hands, is_syncopation
from ripieno.grid import Grid, column_notes, score_to_grid
from ripieno.models.generator import Generator
from ripieno.score import Key, Meter, Note
from ripieno.text.notation import parse_score

TWO_FOUR = Meter(2, 4)
PERIOD = (ON_C, ON_G, ON_C, ON_F, ON_C, ON_F, ON_G, ON_C)  # a cadence on the downbeat of its last measure
MODEL = quick("rbm-blues")


def grid_of(*lines: str) -> Grid:
    return score_to_grid(parse_score("\n".join(f"line{i}: {line}" for i, line in enumerate(lines))))


def rag(*measures: tuple[str, ...], pickup: str = "") -> Grid:
    """Measures of four lines, after a pickup of the first line."""
    first, *others = zip(*measures, strict=True)
    rest = f"r:{pickup.partition(':')[2]} " if pickup else ""
    begin = f"{pickup} | " if pickup else ""
    return grid_of(f"[2/4] {begin}{' | '.join(first)}", *(rest + " ".join(line) for line in others))


@pytest.fixture(scope="module")
def strain() -> PianoSource:
    """A pickup of an eighth, an introduction of four measures, a strain of sixteen, and eight more."""
    return PianoSource(Piece("a rag", rag(*[ON_G] * 3, ON_C, *PERIOD * 3, pickup="G4:8")))


def numbers(source: PianoSource, measures: int) -> list[tuple[str, str]]:
    return [(place.span.first, place.span.last) for place in source.places(measures)]


def test_excerpts_are_whole_periods_after_the_introduction(strain: PianoSource) -> None:
    assert numbers(strain, 8) == [("5", "12"), ("13", "20"), ("21", "28")]
    halves = [("5", "8"), ("9", "12"), ("13", "16"), ("17", "20"), ("21", "24"), ("25", "28")]
    assert numbers(strain, 4) == halves


def test_an_excerpt_begins_and_ends_on_barlines(strain: PianoSource) -> None:
    grid = strain.piece.grid
    for place in strain.places(4):
        assert grid.position[place.span.start] == 0
        assert grid.edges[place.span.stop] - grid.edges[place.span.start] == 4 * TWO_FOUR.length


def test_beside_a_period_stands_the_same_place_of_a_strain(strain: PianoSource) -> None:
    assert [place.into for place in strain.places(8)] == [0, 8, 0]


def test_no_excerpt_has_two_key_signatures() -> None:
    grid = rag(*PERIOD[:7], ("[key 1] D5:4 B4", *ON_G[1:]), *PERIOD)
    assert numbers(PianoSource(Piece("a rag", grid)), 8) == [("8", "15")]


# -- what is heard -----------------------------------------------------------------------------------------


def test_a_period_by_people_has_exactly_their_keys_at_their_times(strain: PianoSource) -> None:
    grid = strain.piece.grid
    (pair,) = (q.pair for q in draw_questions([strain.piece], [MODEL], settings(questions=1)))
    begin, end = grid.edges[pair.span.start], grid.edges[pair.span.stop]
    written = {
        (note.onset - begin, note.pitch)
        for voice in range(grid.cells.shape[1])
        for note in column_notes(grid, voice)
        if begin <= note.onset < end
    }
    assert {(onset, pitch) for onset, _, pitch, _ in pair.people.notes} == written


def test_both_sides_come_out_of_the_same_hands() -> None:
    """What has one rhythm a hand already keeps it: nothing tells the sides apart but their notes."""
    grid = rag(*PERIOD)
    once = in_two_hands(grid, TWO_FOUR, Key(0, "major"))
    again = in_two_hands(score_to_grid(once), TWO_FOUR, Key(0, "major"))
    assert heard_notes(once) == heard_notes(again)


def test_a_strike_over_a_stronger_moment_is_a_syncopation() -> None:
    def syncopated(onset: str, duration: str) -> bool:
        return is_syncopation(Note(Fraction(onset), Fraction(duration), 60), TWO_FOUR)

    assert syncopated("1/4", "1/2")
    assert syncopated("1/2", "1")
    assert syncopated("7/4", "1/2")  # over the barline
    assert not syncopated("1/4", "1/4")
    assert not syncopated("0", "2")
    assert not syncopated("1", "1")


def test_what_is_counted_is_what_stands_there() -> None:
    grid = grid_of(
        "[2/4] E5:16 G5:8 C5:16 C5:4 | B4:4 D6", "C3:8 E4 G2 E4 G2:8 D4 D3 D4", "r:8 C4 r C4 r:8 B3 r B3"
    )
    found = features(in_two_hands(grid, TWO_FOUR, Key(0, "major")))
    counts = {name: (share.count, share.of) for name, share in found.items()}
    assert counts == {
        "keys": (18, 4),
        "bass then chord": (4, 4),
        "root changes": (1, 2),
        "syncopations": (1, 6),
        "repeated keys": (1, 5),
        "wide leaps": (1, 5),
        "clashes": (0, 10),
        "foreign keys": (0, 18),
    }


def test_semitones_and_foreign_notes_are_counted() -> None:
    grid = grid_of("[2/4] F#5:4 G5", "C3:8 E4 C3 E4", "r:8 G4 r G4")
    found = features(in_two_hands(grid, TWO_FOUR, Key(0, "major")))
    assert (found["clashes"].count, found["clashes"].of) == (1, 4)  # F sharp and the G that follows it below
    assert found["foreign keys"].count == 1


# -- the questions -----------------------------------------------------------------------------------------


def settings(**changes) -> ListeningSettings:
    return replace(ListeningSettings(task="compose", seed=2), **changes)


def test_a_piece_gives_as_many_questions_as_it_has_periods_and_no_more(strain: PianoSource) -> None:
    found = list(draw_questions([strain.piece], [MODEL], settings(questions=3)))
    assert sorted(int(question.pair.span.first) for question in found) == [5, 13, 21]
    for question in found:
        assert sorted(excerpt.author for excerpt in question.excerpts) == [PEOPLE, "rbm-blues"]
        assert question.pair.quarters == 16
        assert all(onset + duration <= 16 for onset, duration, _, _ in question.pair.other.notes)
    with pytest.raises(RequestError) as caught:
        list(draw_questions([strain.piece], [MODEL], settings(questions=4)))
    assert str(caught.value) == (
        "3 excerpts of 4 to 8 measures that both sides have, but 4 questions; ask for 3, allow other "
        "--measures, or bring more pieces"
    )


def test_an_accompaniment_is_of_the_same_melody(strain: PianoSource) -> None:
    chance = np.random.default_rng(1)
    pair = strain.pair(MODEL, settings(task="harmonize", most=4), chance, [])
    assert pair is not None
    begin = pair.span.start
    top = column_notes(cut(strain.piece.grid, ExcerptSpan(begin, pair.span.stop)), 0)
    melody = {(note.onset, note.pitch) for note in top}
    assert melody <= {(onset, pitch) for onset, _, pitch, _ in pair.other.notes}
    assert {(onset, pitch) for onset, _, pitch, _ in pair.people.notes} != {
        (onset, pitch) for onset, _, pitch, _ in pair.other.notes
    }


def test_a_test_is_of_one_kind_of_music() -> None:
    models: list[Generator] = [quick("random"), MODEL]
    for both in (models, models[::-1]):
        with pytest.raises(RequestError) as caught:
            music_played(both)
        assert str(caught.value) == (
            "rbm-blues plays the piano and random writes for a choir, but a listening test is of one kind of "
            "music; name models of one kind"
        )
    assert [music_played([model]) for model in models] == ["choir", "piano"]
