"""How a choir hears what is given: elsewhere, where it must; every given note comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from random_notes import RandomNotes
from ripieno.models.catalog import model_names
from ripieno.models.loading import load
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Note, Score, Voice, transpose_note
from ripieno.tasks.checks import check_ranges, given_ranges
from ripieno.tasks.choir import continue_, harmonize, infill, vary
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.hearing import Hearing, hear
from ripieno.text.notation import parse_score
from strategies import scores

MODEL = RandomNotes()


def choir(**lines: str) -> Score:
    """A choir score of short text, a line for each voice that is given."""
    score = parse_score("\n".join(f"{name}: {text}" for name, text in lines.items()))
    return as_choir(score)


def as_choir(score: Score) -> Score:
    there = {voice.name: voice for voice in score.voices}
    return replace(score, voices=tuple(there.get(name, Voice(name)) for name in VOICE_NAMES))


def heard(score: Score, *names: str) -> Hearing:
    return hear(score, MODEL, names or VOICE_NAMES)


def harmonized(hearing: Hearing) -> Result:
    (result,) = harmonize(hearing.heard, MODEL, settings=DraftSettings(1))
    return hearing.as_written(result)


def pitches(voice: Voice) -> list[int]:
    return [note.pitch for note in voice.notes]


# -- where it is heard --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "moves", "reason"),
    [
        ({"soprano": "C5:4 D5 E5 F5"}, (0, 0, 0, 0), None),
        (
            {"soprano": "C4:4 G3 C4 F3"},
            (12, 12, 12, 12),
            "G3 in measure 1, beat 2 lies below the soprano's range (A3 to A5), so the piece is heard "
            "an octave higher",
        ),
        (
            {"bass": "C1:4 D1 E1 F1"},
            (12, 12, 12, 12),
            "C1 in measure 1, beat 1 lies below the bass's range (C2 to G4), so the piece is heard an "
            "octave higher",
        ),
        (
            {"soprano": "C7:4 D7"},
            (-24, -24, -24, -24),
            "C7 in measure 1, beat 1 lies above the soprano's range (A3 to A5), so the piece is heard "
            "2 octaves lower",
        ),
        (  # no octave fits
            {"soprano": "[key 0] G3:4 C4 G4 E5"},
            (2, 2, 2, 2),
            "G3 in measure 1, beat 1 lies below the soprano's range (A3 to A5), so the piece is heard "
            "2 semitones "
            "higher",
        ),
        (  # a tenor in the treble clef, without its 8
            {"soprano": "E5:4 D5 C4:2", "tenor": "G4:4 A4 E5:2"},
            (0, 0, -12, 0),
            "E5 in measure 1, beat 3 lies above the tenor's range (A2 to C5), so the tenor is heard an "
            "octave lower",
        ),
        (  # too wide for anybody
            {"soprano": "C4:4 D4 E4 C7"},
            (0, 0, 0, 0),
            "C7 in measure 1, beat 4 lies above the soprano's range (A3 to A5), so 1 note is heard in "
            "another octave",
        ),
        (
            {"soprano": "C4:4 D4 C7 D7", "alto": "C4:2 C6:4 D4"},
            (0, 0, 0, 0),
            "C7 in measure 1, beat 3 lies above the soprano's range (A3 to A5), so 3 notes are heard "
            "in another octave",
        ),
    ],
)
def test_what_nobody_sings_is_heard_where_it_is_sung(lines, moves, reason):
    hearing = heard(choir(**lines))
    assert tuple(hearing.moves.of(v) for v in range(4)) == moves
    assert hearing.reasons == (
        () if reason is None else (f"{reason}; what is given stays where it is written",)
    )
    check_ranges(hearing.heard, given_ranges(MODEL))


def test_voices_that_are_replaced_do_not_count():
    score = choir(soprano="C5:4 D5", alto="C2:4 C2")
    assert heard(score, "soprano").heard == score
    assert heard(score).heard != score


def test_strict_ranges_are_heard_as_they_are_written():
    score = choir(soprano="C4:4 G3 C4 F3")
    assert hear(score, MODEL, VOICE_NAMES, strict_range=True).heard == score


def test_the_new_voices_stay_under_a_low_tune():
    high = choir(soprano="C5:4 D5 E5 F5 | G4 C5 E5 D5 | F4 G4 A4 B4 | C5 B4 C5:2")
    low = choir(soprano="C4:4 D4 E4 F4 | G3 C4 E4 D4 | F3 G3 A3 B3 | C4 B3 C4:2")
    usual, moved = harmonized(heard(high)), harmonized(heard(low))
    assert moved.score.voice("soprano") == low.voice("soprano")
    assert [[p + 12 for p in pitches(voice)] for voice in moved.new] == [pitches(v) for v in usual.new]


def test_what_no_choir_sings_is_told_with_the_key_that_suits_everybody():
    hearing = heard(choir(soprano="C4:4 D4 E4 F4 | G3 C4 E4 D4 | F3 G3 A3 B3 | C4 B3 C4:2"))
    low = Result(
        hearing.written,
        (Voice("soprano"), Voice("alto"), Voice("tenor"), choir(bass="E2:2 E1").voices[3]),
        0,
        0,
    )
    *_, told = hearing.remarks([low])
    assert told == (
        "new notes lie beyond a choir's voices, such as E1 in the bass; moved by +4 semitones, to E major, "
        "everybody could sing it (transpose +4, or auto)"
    )
    assert len(hearing.remarks([replace(low, new=choir(bass="E2:2 E2").voices)])) == 1


# -- what comes back ---------------------------------------------------------------------------------------


@st.composite
def odd_choirs(draw: st.DrawFn) -> Score:
    """Scores with some voices far from where anybody sings them."""
    score = as_choir(draw(scores(on_grid=False)))
    moves = draw(st.tuples(*[st.integers(-20, 25)] * 4))
    voices = (
        replace(voice, notes=tuple(transpose_note(note, move, 7 * move % 12) for note in voice.notes))
        for voice, move in zip(score.voices, moves, strict=True)
    )
    return replace(score, voices=tuple(voices))


def split(score: Score) -> set[tuple[str, Note]]:
    return {(voice.name, note) for voice in score.voices for note in voice.notes}


@given(odd_choirs())
def test_every_given_note_can_be_heard_and_comes_back(score):
    hearing = heard(score)
    for voice, was in zip(hearing.heard.voices, score.voices, strict=True):
        low, high = given_ranges(MODEL)[voice.name]
        assert all(low <= note.pitch <= high for note in voice.notes)
        assert [(n.onset, n.duration) for n in voice.notes] == [(n.onset, n.duration) for n in was.notes]
    if not split(score) or all(voice.notes for voice in score.voices):
        return
    settings = DraftSettings(1)
    for task in (
        lambda: harmonize(hearing.heard, MODEL, settings=settings),
        lambda: continue_(hearing.heard, MODEL, bars=1, settings=settings),
    ):
        result = hearing.as_written(task()[0])
        assert split(score) <= split(result.score)
        assert [m.key for m in result.score.measures[: len(score.measures)]] == [
            m.key for m in score.measures
        ]
        new = split(replace(score, voices=result.new))
        assert split(result.score) == split(score) | new


@given(odd_choirs(), st.sampled_from(VOICE_NAMES))
def test_a_regenerated_voice_leaves_the_others_where_they_stand(score, name):
    hearing = heard(score)
    if not score.voice(name).notes:
        return
    for results in (
        infill(
            hearing.heard,
            MODEL,
            selection=(Fraction(0), score.duration),
            voices=[name],
            settings=DraftSettings(1),
        ),
        vary(
            hearing.heard,
            MODEL,
            amount=1,
            given=[v for v in VOICE_NAMES if v != name],
            settings=DraftSettings(1),
        ),
    ):
        result = hearing.as_written(results[0])
        for voice in VOICE_NAMES:
            assert voice == name or result.score.voice(voice) == score.voice(voice)


@given(odd_choirs())
def test_notes_are_the_same_as_they_are_made_and_in_the_result(score):
    hearing = heard(score)
    if not split(score) or all(voice.notes for voice in score.voices):
        return
    made: list[tuple[int, Note]] = []
    settings = DraftSettings(1, first_draft=True)
    (result,) = harmonize(hearing.heard, MODEL, settings=settings, on_notes=made.extend)
    told = {(VOICE_NAMES[v], hearing.new_as_written(v, note)) for v, note in made}
    assert told == split(replace(score, voices=hearing.as_written(result).new))


@pytest.mark.parametrize("name", [name for name in model_names() if "chorales" in name])
def test_every_model_harmonizes_a_tune_that_lies_too_low(name):
    score = choir(soprano="C4:4 G3 E4 F3")
    model = load(name)
    hearing = hear(score, model, VOICE_NAMES)
    (result,) = harmonize(hearing.heard, model, settings=DraftSettings(1, beam=1, consensus=0.0))
    written = hearing.as_written(result)
    assert written.score.voice("soprano") == score.voice("soprano")
    assert all(voice.notes for voice in written.new[1:])
