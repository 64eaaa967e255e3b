"""New notes become events: no note is lost, no given one is sent, gaps are only where given notes are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from common import sounding
from ripieno.results import Result
from ripieno.score import Note, Score, Voice
from ripieno.text.notation import parse_score
from ripieno.theory.underlay import with_words
from ripieno_bridges.http_server.parse_score import score_of
from ripieno_bridges.http_server.request_models import CheckBody, GivenLine, MusicEvent
from ripieno_bridges.http_server.response_models import WrittenEvent, WrittenLine, WrittenSyllable
from ripieno_bridges.http_server.write_score import EventOptions, bars_of, remarks_of, written_lines
from strategies import scores

TICKS = 96 * 5


def result_of(score: Score, given: Score | None) -> Result:
    """The score as a result in which all that is not given is new."""
    new = []
    for voice in score.voices:
        kept = set() if given is None else set(given.voice(voice.name).notes)
        new.append(replace(voice, notes=tuple(note for note in voice.notes if note not in kept)))
    return Result(score, tuple(new), 0.0, 0)


def write(
    score: Score, given: Score | None = None, **options: bool
) -> tuple[tuple[WrittenLine, ...], list[str]]:
    lines, counts = written_lines(result_of(score, given), EventOptions(TICKS, given, **options))
    return lines, list(remarks_of([counts]))


def written(text: str, **options: bool) -> tuple[list[WrittenEvent], list[str]]:
    """(the events of the new voice of a short text, the remarks)"""
    score = parse_score(text)
    given = None
    if len(score.voices) > 1:
        given = replace(score, voices=(score.voices[0], replace(score.voices[1], notes=())))
    lines, remarks = write(score, given, **options)
    return list(lines[-1].events), remarks


def values(events: list[WrittenEvent]) -> str:
    """Events in short: ``C5 1/4~`` is tied, ``r`` is a rest."""
    return " ".join(f"{e.spelling or 'r'} {e.duration}{'~' if e.tie else ''}" for e in events)


def read_back(line: WrittenLine, score: Score, event_options: EventOptions) -> Voice:
    """The notes that a reader of the events finds."""
    events = tuple(
        MusicEvent(tick=e.tick, ticks=e.ticks, pitch=e.pitch, spelling=e.spelling, tie=e.tie)
        for e in line.events
    )
    voice = line.voice
    assert voice != "right"
    assert voice != "left"
    body = CheckBody(
        ticks_per_quarter=TICKS,
        measures=bars_of(score, event_options),
        voices=(GivenLine(voice=voice, events=events),),
    )
    return score_of(body).voice(voice)


@st.composite
def half_given(draw: st.DrawFn, *, on_grid: bool) -> tuple[Score, Score]:
    """(a whole score, the part of it that was given): some voices, and some notes of others."""
    score = draw(scores(on_grid=on_grid))
    kept = []
    for voice in score.voices:
        how = draw(st.sampled_from(("all", "none", "some")))
        if how == "some":
            notes = tuple(note for note in voice.notes if draw(st.booleans()))
        else:
            notes = voice.notes if how == "all" else ()
        kept.append(replace(voice, notes=notes))
    return score, replace(score, voices=tuple(kept))


@given(half_given(on_grid=True))
def test_all_new_notes_are_sent_and_no_given_one(pair: tuple[Score, Score]) -> None:
    check_lines(*pair)


@given(half_given(on_grid=False))
def test_triplets_too(pair: tuple[Score, Score]) -> None:
    check_lines(*pair)


def check_lines(score: Score, given: Score) -> None:
    event_options = EventOptions(TICKS, given)
    lines, _ = write(score, given)
    result = result_of(score, given)
    assert {line.voice for line in lines} >= {voice.name for voice in result.new if voice.notes}
    for line in lines:
        kept = given.voice(line.voice).notes
        check_places(line, kept, score)
        new = next(voice for voice in result.new if voice.name == line.voice)
        assert sounding(read_back(line, score, event_options)) == sounding(new)
        for event in line.events:
            check_value(event)


def check_places(line: WrittenLine, kept: tuple[Note, ...], score: Score) -> None:
    """Events and given notes together fill every measure that has events."""
    events = [(Fraction(e.tick, TICKS), Fraction(e.tick + e.ticks, TICKS)) for e in line.events]
    assert events == sorted(events)
    for measure in score.measures:
        inside = [(a, b) for a, b in events if measure.onset <= a < measure.end]
        if not inside:
            continue
        given = [
            (max(n.onset, measure.onset), min(n.end, measure.end))
            for n in kept
            if n.onset < measure.end and n.end > measure.onset
        ]
        spans = sorted([*inside, *given])
        assert spans[0][0] == measure.onset
        assert spans[-1][1] == measure.end
        assert all(a[1] == b[0] for a, b in pairwise(spans))


def check_value(event: WrittenEvent) -> None:
    """Its written value is as long as it sounds."""
    share = Fraction(2, 3) if event.tuplet == "3/2" else 1
    assert Fraction(event.duration) * 4 * share == Fraction(event.ticks, TICKS)


@given(half_given(on_grid=True))
def test_no_ties_are_written_inside_a_measure_for_clients_that_cannot(pair: tuple[Score, Score]) -> None:
    score, given = pair
    ends = {measure.end for measure in score.measures}
    plain, _ = write(score, given)
    lines, remarks = write(score, given, ties_over_barlines_only=True)
    split = 0
    for line, usual in zip(lines, plain, strict=True):
        check_places(line, given.voice(line.voice).notes, score)
        for event in line.events:
            check_value(event)
            assert not event.tie or Fraction(event.tick + event.ticks, TICKS) in ends
        # The same pitches sound at the same times.
        assert steps(line) == steps(usual)
        split += sum(
            a.pitch is not None and a.pitch == b.pitch and not a.tie for a, b in pairwise(line.events)
        )
    assert bool(remarks) <= bool(split)


def steps(line: WrittenLine) -> dict[int, int | None]:
    """(16th -> the pitch that sounds there)"""
    unit = TICKS // 4
    return {tick: e.pitch for e in line.events for tick in range(e.tick, e.tick + e.ticks, unit)}


@pytest.mark.parametrize(
    ("text", "anywhere", "barlines", "remarks"),
    [
        ("C5:2 D5 | E5:1", "C5 1/2 D5 1/2 E5 1/1", "C5 1/2 D5 1/2 E5 1/1", 0),
        ("C5:8 D5:2 E5:4.", "C5 1/8 D5 3/8~ D5 1/8 E5 3/8", "C5 1/8 D5 1/2 E5 3/8", 0),
        ("C5:2. D5:4~ | D5:2 E5:2", "C5 3/4 D5 1/4~ D5 1/2 E5 1/2", "C5 3/4 D5 1/4~ D5 1/2 E5 1/2", 0),
        ("C5:4~ C5:16 D5:8. E5:2", "C5 1/4~ C5 1/16 D5 3/16 E5 1/2", "C5 1/4 C5 1/16 D5 3/16 E5 1/2", 1),
    ],
)
def test_written_values(text: str, anywhere: str, barlines: str, remarks: int) -> None:
    assert values(written(text)[0]) == anywhere
    events, found = written(text, ties_over_barlines_only=True)
    assert values(events) == barlines
    assert len(found) == remarks


def test_a_note_in_two_pieces_is_remarked() -> None:
    _, remarks = written("C5:4~ C5:16 D5:8. E5:2", ties_over_barlines_only=True)
    assert remarks == ["1 note stands as two, since no tie can be made inside a measure"]


def test_triplets_have_their_ratio() -> None:
    thirds = tuple(Note(Fraction(i, 3), Fraction(1, 3), 72) for i in range(3))
    score = parse_score("C5:1")
    score = replace(score, voices=(replace(score.voices[0], notes=thirds),))
    (line,), _ = write(score)
    assert [(e.duration, e.tuplet, e.ticks) for e in line.events[:3]] == [("1/8", "3/2", TICKS // 3)] * 3


def test_a_measure_of_rest_is_one_rest() -> None:
    events, _ = written("C5:1 | r:1 | C5:1")
    assert values(events) == "C5 1/1 r 1/1 C5 1/1"


def test_a_given_voice_is_not_sent() -> None:
    score = parse_score("S: C5:1\nA: r:1")
    assert write(score, score)[0] == ()


def test_a_removed_note_leaves_a_new_rest() -> None:
    before = parse_score("C5:1 | D5:1 | E5:1")
    after = replace(before, voices=(replace(before.voices[0], notes=before.voices[0].notes[::2]),))
    result = Result(after, (replace(before.voices[0], notes=()),), 0.0, 0)
    lines, _ = written_lines(result, EventOptions(TICKS, before))
    assert [(line.voice, values(list(line.events))) for line in lines] == [("soprano", "r 1/1")]


def test_nothing_is_sent_after_the_deadline() -> None:
    score = parse_score("C5:1 | D5:1 | E5:1")
    first = replace(score.voices[0], notes=score.voices[0].notes[:1])
    result = Result(replace(score, voices=(first,)), (first,), 0.0, 0, until=Fraction(4))
    lines, _ = written_lines(result, EventOptions(TICKS))
    assert values(list(lines[0].events)) == "C5 1/1"


def test_given_quintuplets_do_not_prevent_new_notes_beside_them() -> None:
    frame = parse_score("C5:1")
    fifths = tuple(Note(Fraction(i, 5), Fraction(1, 5), 72) for i in range(5))
    new = Note(Fraction(2), Fraction(2), 74)
    score = replace(frame, voices=(replace(frame.voices[0], notes=(*fifths, new)),))
    given = replace(frame, voices=(replace(frame.voices[0], notes=fifths),))
    (line,), _ = write(score, given)
    assert values(list(line.events)) == "D5 1/2"


# -- words -------------------------------------------------------------------------------------------------


def words(text: str) -> list[WrittenEvent]:
    """The events of a new alto under a soprano with words."""
    score = parse_score(text)
    given = replace(score, voices=(score.voices[0], Voice("alto")))
    sung = with_words(result_of(score, given), given)
    lines, _ = written_lines(sung, EventOptions(TICKS, given))
    return list(lines[-1].events)


def test_words_stand_under_the_first_of_tied_values() -> None:
    events = words('soprano: C5:4."Al-" D5:8"-le" C5:2\nalto: E4:4. F4:8~ F4:2')
    assert [(e.lyric, e.syllabic, e.tie) for e in events] == [
        ("Al", "begin", False),
        ("le", "end", True),
        (None, None, False),
    ]


def test_a_melisma_tells_where_it_reaches_and_other_verses_stand_beside_the_first() -> None:
    first, second, third, last = words('soprano: C5:2"Lord/O" D5"hear/come"\nalto: E4:4 F4:8 G4 A4:2')
    assert (first.lyric, first.syllabic, first.extend) == ("Lord", "single", TICKS * 3 // 2)
    assert first.verses == (WrittenSyllable(verse=2, lyric="O", syllabic="single", extend=TICKS * 3 // 2),)
    assert (second.lyric, third.lyric, second.verses) == (None, None, UNSET)
    assert (last.lyric, last.extend) == ("hear", UNSET)


def test_given_words_are_not_sent_again() -> None:
    score = parse_score('soprano: C5:1"Lord"\nalto: E4:1')
    lines, _ = write(score, replace(score, voices=(score.voices[0], Voice("alto"))))
    assert [line.voice for line in lines] == ["alto"]
