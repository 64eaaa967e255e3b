"""Played times -> times that notation can write."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.score import Measure, Meter, Note, Score, Voice, lay_measures
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.quantize import quantized, quantized_onsets, time_frame
from strategies import scores


def writable(time: Fraction, score: Score) -> bool:
    """Whether it is a whole number of 32nds or of triplet eighths after its barline, or the end."""
    into = time - score.measure_at(time).onset
    return time == score.duration or any((into * n).denominator == 1 for n in (8, 3))


def played(text: str) -> Score:
    """One voice in 4/4 from "onset-end" in quarters; pitches go up from C4."""
    spans = [tuple(Fraction(time) for time in word.split("-")) for word in text.split()]
    notes = tuple(Note(onset, end - onset, 60 + i) for i, (onset, end) in enumerate(spans))
    return Score((Voice("soprano", notes),), lay_measures(Fraction(8)))


def written(score: Score) -> str:
    return " ".join(f"{note.onset}-{note.end}" for note in score.voices[0].notes)


@pytest.mark.parametrize(
    ("claim", "before", "after", "moved"),
    [
        ("quarters, early and late", "0.02-0.95 0.96-1.9 2.05-2.98", "0-1 1-2 2-3", 3),
        ("16ths", "0.01-0.2 0.26-0.49 0.52-0.73 0.74-1", "0-1/4 1/4-1/2 1/2-3/4 3/4-1", 4),
        ("a triplet", "0.02-0.3 0.32-0.66 0.68-0.98", "0-1/3 1/3-2/3 2/3-1", 3),
        (
            "a triplet and 16ths",
            "0-0.33 0.33-0.66 0.67-1 1.26-1.49 1.76-2",
            "0-1/3 1/3-2/3 2/3-1 5/4-3/2 7/4-2",
            5,
        ),
        ("a tick of silence is legato", "0-479/480 1-719/480 3/2-959/480", "0-1 1-3/2 3/2-2", 3),
        ("32nds that end a tick early", "0-59/480 1/8-119/480 1/4-1", "0-1/8 1/8-1/4 1/4-1", 2),
        ("what was joined stays joined", "0-0.9 0.9-2", "0-1 1-2", 2),
        ("a rest stays a rest", "0-0.52 1-1.74", "0-1/2 1-7/4", 2),
        ("a staccato keeps a 32nd", "0-0.02 1-1.01", "0-1/8 1-9/8", 2),
        ("a short note on a triplet", "0-1/3 1/3-0.34 2/3-1", "0-1/3 1/3-2/3 2/3-1", 1),
        ("an ornament before the beat", "0-0.95 0.95-1 1-2", "0-7/8 7/8-1 1-2", 2),
        ("two on one 16th go to 32nds", "0.24-0.3 0.3-0.5", "1/4-3/8 3/8-1/2", 2),
        ("a run of 32nds", "0.01-0.12 0.13-0.24 0.24-0.37 0.38-0.5", "0-1/8 1/8-1/4 1/4-3/8 3/8-1/2", 4),
        ("an end chooses the grid where nothing starts", "0-1.34", "0-4/3", 1),
        (
            "what can be written stays",
            "0-0.26 0.26-1/3 1/3-0.5 0.5-0.76",
            "0-1/4 1/4-1/3 1/3-1/2 1/2-3/4",
            3,
        ),
        ("an end goes with an onset set apart", "0-0.45 0.46-0.48 0.49-1", "0-3/8 3/8-1/2 1/2-1", 3),
        ("so does an early one", "0-0.36 0.46-0.48 0.49-1", "0-3/8 3/8-1/2 1/2-1", 3),
        ("an end a tick before a 32nd", "0-179/480 3/8-1/2", "0-3/8 3/8-1/2", 1),
        (
            "joined notes that are set apart stay joined",
            "0-0.32 0.32-0.345 0.345-0.66 0.66-1",
            "0-1/4 1/4-3/8 3/8-2/3 2/3-1",
            4,
        ),
        ("nothing starts at the end", "7.99-8", "31/4-8", 1),
        ("a crowd stays as it was", "0-1 " + " ".join(f"1.0{i}-1.0{i + 1}" for i in range(1, 6)), "", 0),
    ],
)
def test_notes_go_to_the_nearest_time_that_can_be_written(
    claim: str, before: str, after: str, moved: int
) -> None:
    score = played(before)
    result, count = quantized(score)
    assert written(result) == (after or written(score)), claim
    assert count == moved, claim


def test_each_voice_has_its_own_grid() -> None:
    upper = played("0.01-0.33 0.34-0.66 0.67-1").voices[0]
    lower = played("0.01-0.49 0.51-0.74 0.74-1").voices[0]
    score, _ = quantized(Score((upper, lower), lay_measures(Fraction(4))))
    assert [str(n.onset) for n in score.voices[0].notes] == ["0", "1/3", "2/3"]
    assert [str(n.onset) for n in score.voices[1].notes] == ["0", "1/2", "3/4"]


def test_times_are_counted_from_the_barline() -> None:
    pickup = Measure("0", Fraction(0), Fraction(2, 3))
    score = Score(
        (
            Voice(
                "soprano",
                (Note(Fraction(1, 3), Fraction(1, 3), 60), Note(Fraction(2, 3), Fraction(1, 4), 60)),
            ),
        ),
        (pickup, Measure("1", Fraction(2, 3), Fraction(4))),
    )
    assert quantized(score) == (score, 0)
    late = tuple(replace(n, onset=n.onset + Fraction(1, 100)) for n in score.voices[0].notes)
    assert quantized(replace(score, voices=(Voice("soprano", late),))) == (score, 2)


def test_a_short_beat_ends_at_its_barline() -> None:
    times = [Fraction(n, 100) for n in (26, 49, 65, 90)]
    notes = tuple(Note(a, b - a, 60) for a, b in pairwise(times))
    pickup = Measure("0", Fraction(0), Fraction(2, 3))
    score = Score((Voice("soprano", notes),), (pickup, Measure("1", Fraction(2, 3), Fraction(4))))
    assert written(quantized(score)[0]) == "1/4-1/2 1/2-2/3 2/3-11/12"


def test_a_short_note_ends_with_the_piece() -> None:
    last = Note(Fraction(2, 3), Fraction(1, 30), 60)  # the nearest time for its end is its onset
    measure = Measure("1", Fraction(0), Fraction(3, 4), Meter(3, 16))
    score = Score((Voice("soprano", (last,)),), (measure,))
    assert quantized(score)[0].voices[0].notes == (replace(last, duration=Fraction(1, 12)),)


def test_notes_set_apart_stay_before_a_cluster_that_keeps_its_times() -> None:
    onsets = [Fraction(n, 100) for n in (45, 46, 47, 49, 60, 61, 62, 63, 64)]
    thirds = [Fraction(n, 3) for n in range(4)]
    frame = time_frame(Score((), lay_measures(Fraction(4))), onsets)
    beat = frame.time(Fraction(0)), frame.time(Fraction(1))
    result = quantized_onsets([frame.time(t) for t in onsets], {beat: [frame.time(t) for t in thirds]}, frame)
    expected = [*(Fraction(n, 8) for n in (1, 2, 3, 4)), *onsets[4:]]
    assert result == [frame.time(time) for time in expected]


@pytest.mark.no_cover  # it measures time
def test_a_performance_of_ten_thousand_notes_takes_a_second_at_most() -> None:
    notes = tuple(Note(Fraction(481 * i, 960), Fraction(477, 960), 60 + i % 12) for i in range(10_000))
    score = Score((Voice("soprano", notes),), lay_measures(notes[-1].end))
    started = time.process_time()
    _, moved = quantized(score)
    assert time.process_time() - started < 1
    assert moved > 9_000


def test_times_with_a_thousand_denominators_are_quantized_as_well() -> None:
    slips = [Fraction(1, 2000 + i) for i in range(1000)]  # their common denominator has hundreds of digits
    notes = tuple(Note(i + slip, Fraction(1, 2), 60) for i, slip in enumerate(slips))
    result, moved = quantized(Score((Voice("soprano", notes),), lay_measures(Fraction(1001))))
    assert [note.onset for note in result.voices[0].notes] == list(range(1000))
    assert moved == 1000


def test_a_repeated_note_stays_two_notes() -> None:
    notes = (Note(Fraction(0), Fraction(99, 100), 60), Note(Fraction(99, 100), Fraction(1), 60))
    score, _ = quantized(Score((Voice("soprano", notes),), lay_measures(Fraction(4))))
    assert [(n.onset, n.end) for n in score.voices[0].notes] == [(0, 1), (1, 2)]


@given(scores())
def test_what_can_be_written_is_returned_unchanged(score: Score) -> None:
    assert quantized(score) == (score, 0)


def test_32nds_and_triplets_are_returned_unchanged() -> None:
    score = parse_score(
        "soprano: [3/4] C4:32 D4 E4:16 F4:8 C4:12 D4 E4 C4:4 | [6/8] C4:8 D4:16. E4:32 C4:4 r:8 D4"
    )
    assert quantized(score) == (score, 0)


@st.composite
def performances(draw: st.DrawFn) -> tuple[Score, Score]:
    """(a score, the same with every onset and end up to a 40th of a quarter too early or too late)"""
    score = draw(scores())
    slip = st.fractions(Fraction(-1, 40), Fraction(1, 40), max_denominator=480)
    voices = []
    for voice in score.voices:
        notes: list[Note] = []
        limit = score.duration
        for note in reversed(voice.notes):
            end = min(note.end + draw(slip), limit)
            limit = max(note.onset + draw(slip), Fraction(0))
            notes.insert(0, replace(note, onset=limit, duration=end - limit))
        voices.append(replace(voice, notes=tuple(notes)))
    return score, replace(score, voices=tuple(voices))


@given(performances())
def test_a_performance_becomes_what_was_written(both: tuple[Score, Score]) -> None:
    score, performance = both
    result, moved = quantized(performance)
    assert result == score
    pairs = zip(score.voices, performance.voices, strict=True)
    assert moved == sum(a != b for v, w in pairs for a, b in zip(v.notes, w.notes, strict=True))


@st.composite
def chaos(draw: st.DrawFn) -> Score:
    """Notes at any ticks at all, in measures of any length."""
    score = draw(scores(on_grid=False, max_voices=1))
    tick = st.integers(0, int(480 * score.duration))
    ticks = sorted(draw(st.lists(tick, unique=True, max_size=24)))
    spans = [span for span in pairwise(ticks) if draw(st.integers(0, 3))]
    notes = tuple(Note(Fraction(a, 480), Fraction(b - a, 480), 60 + i) for i, (a, b) in enumerate(spans))
    return replace(score, voices=(Voice("soprano", notes),))


@given(chaos())
def test_no_note_is_lost_joined_or_overlapped(score: Score) -> None:
    result, moved = quantized(score)  # a Voice itself refuses overlaps and notes without length
    assert result.measures == score.measures
    before, after = score.voices[0].notes, result.voices[0].notes
    assert [n.pitch for n in after] == [n.pitch for n in before]
    assert moved == sum(a != b for a, b in zip(before, after, strict=True))
    assert all(abs(a.onset - b.onset) <= Fraction(2, 3) for a, b in zip(before, after, strict=True))
    assert all(n.end <= score.duration for n in after)
    stuck = [n for n in after if not writable(n.onset, score)]
    assert all(n.onset in {m.onset for m in before} for n in stuck)  # a crowd stays exactly as it was
    if not stuck and all(writable(n.end, score) for n in after):
        assert quantized(result) == (result, 0)


@given(st.lists(st.fractions(0, 1, max_denominator=480), min_size=8, max_size=8))
def test_notes_with_room_around_them_can_all_be_written(played_late: list[Fraction]) -> None:
    half = Fraction(1, 2)
    notes = tuple(Note(i + late / 2, half - late / 4, 60) for i, late in enumerate(played_late))
    score = Score((Voice("soprano", notes),), lay_measures(Fraction(8)))
    result, _ = quantized(score)
    assert all(writable(time, score) for n in result.voices[0].notes for time in (n.onset, n.end))
