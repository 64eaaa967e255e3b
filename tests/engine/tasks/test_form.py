"""Pieces in a form: what comes back, what is repeated, and how that is written."""

from dataclasses import replace
from fractions import Fraction

import pytest

from quick_models import quick
from random_notes import RandomNotes
from ripieno.form import form_named
from ripieno.models.generator import StopEarly
from ripieno.results import Result
from ripieno.score import Meter, Note, Score
from ripieno.tasks import choir, piano
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.form import compose_in_form
from ripieno.tasks.repeats import folded

BARS = 2
METER = Meter(3, 4)
LENGTH = BARS * METER.length


def composed(form: str, anacrusis: Fraction = Fraction(0), **settings) -> list[Result]:
    return compose_in_form(
        choir,
        RandomNotes(),
        form_named(form),
        bars=BARS,
        meter=METER,
        anacrusis=anacrusis,
        settings=DraftSettings(**{"seed": 5, **settings}),
        progress=choir.ignore_progress,
    )


def section(score: Score, index: int) -> list[list[Note]]:
    """The notes of a section, as if it began at 0; the pickup to the next one is left out."""
    start = score.anacrusis + index * LENGTH
    until = start + LENGTH - score.anacrusis
    return [
        [
            replace(n, onset=n.onset - start, duration=min(n.end, until) - n.onset)
            for n in voice.between(start, until)
        ]
        for voice in score.voices
    ]


def differing(one: list[list[Note]], other: list[list[Note]]) -> int:
    pairs = zip(one, other, strict=True)
    return sum(len(set(a) ^ set(b)) for a, b in pairs)


@pytest.mark.parametrize("anacrusis", [Fraction(0), Fraction(1)])
def test_a_section_that_follows_itself_is_the_same_and_one_that_returns_nearly_so(anacrusis):
    (result,) = composed("AABA", anacrusis)
    first, second, other, last = (section(result.score, i) for i in range(4))
    assert differing(first, second) == 0
    assert differing(first, other) > 10
    assert 0 < differing(first, last) < differing(first, other)


def test_a_form_is_as_long_as_its_sections_and_nothing_sounds_over_their_ends():
    (result,) = composed("ABA'C", Fraction(1))
    assert result.score.duration == 4 * LENGTH + 1
    assert [m.number for m in result.score.measures] == [str(i) for i in range(9)]
    for k in range(1, 4):
        begun = [n for v in result.score.voices for n in v.notes if n.onset < k * LENGTH < n.end]
        # In a section that goes on without a pickup the notes before it are held until its barline.
        assert all(n.end <= k * LENGTH + 1 for n in begun)


def test_alternatives_differ_and_a_seed_gives_the_same_piece_again():
    one, two = composed("AB", alternatives=2)
    assert one.score != two.score
    assert composed("AB", alternatives=2)[0].score == one.score


def test_repeats_are_written_once_and_played_twice():
    (result,) = composed("AABBA")
    assert [m.number for m in result.score.measures] == ["1", "2", "1", "2", "3", "4", "3", "4", "5", "6"]
    written = folded(result)
    assert [m.number for m in written.score.measures] == ["1", "2", "3", "4", "5", "6"]
    assert written.score.repeats == (range(2), range(2, 4))
    played = [section(written.score, i) for i in (0, 0, 1, 1, 2)]
    assert played == [section(result.score, i) for i in range(5)]
    assert folded(written) == written


def test_a_form_with_a_pickup_is_written_out():
    (result,) = composed("AAB", Fraction(1))
    assert not result.repeats
    assert folded(result) is result


def test_when_the_time_is_over_the_sections_that_are_there_are_whole():
    def progress(fraction: float) -> None:
        if fraction > 0.6:
            raise StopEarly

    (result,) = compose_in_form(
        choir,
        RandomNotes(),
        form_named("ABAC"),
        bars=BARS,
        settings=DraftSettings(seed=5),
        progress=progress,
    )
    assert result.until == result.score.duration == 2 * BARS * 4
    assert result.score.voices == result.new


def test_two_hands_play_a_form():
    (result,) = compose_in_form(
        piano,
        quick("rbm-blues"),
        form_named("AAB"),
        bars=BARS,
        settings=DraftSettings(seed=5),
        progress=choir.ignore_progress,
    )
    names = [voice.name for voice in result.score.voices]
    rights = [name for name in names if name.startswith("right")]
    assert names == [*sorted(rights, key=len), *sorted(set(names) - set(rights), key=len)]
    assert len(folded(result).score.measures) == 2 * BARS
