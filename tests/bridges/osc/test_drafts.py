"""Notes and settings, message by message -> a request."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ripieno.errors import RequestError, RipienoError, WeightsError
from ripieno.harmony.progression_text import parse_progression
from ripieno.score import Key, Meter
from ripieno_bridges.api.checks import check_request
from ripieno_bridges.api.kinds import Argument
from ripieno_bridges.api.requests import Request, TaskName
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.formats.note_lists import MAX_NOTES, FlatNote
from ripieno_bridges.osc.drafts import Draft, build_request, build_respond_request, parse_note

MODELS = ("lstm-chorales", "dbn-ragtime")
MELODY = (0, 67, 0, 1, 80, 0, 69, 1, 1, 80, 0, 71, 2, 2, 80)


def asked(task: TaskName = "compose", *, notes: tuple = (), span=None, **settings: Any) -> Request:
    """The request of a draft."""
    return build_request(task, drafted(notes, **settings), models=MODELS, span=span).request


def drafted(notes: tuple = (), **settings) -> Draft:
    draft = Draft()
    draft.add(notes)
    for name, value in settings.items():
        draft.set(name, value)
    return draft


def float32(value: float) -> float:
    """What a number is after its way through an OSC float."""
    return struct.unpack(">f", struct.pack(">f", value))[0]


# -- settings ----------------------------------------------------------------------------------------------

GOOD = [
    ("model", "dbn-ragtime", "model", "dbn-ragtime"),
    ("bars", 12, "bars", 12),
    ("bars", 12.0, "bars", 12),
    ("bars", "12", "bars", 12),
    ("meter", "3/4", "meter", Meter(3, 4)),
    ("beats_per_bar", 5.0, "meter", Meter(5, 4)),
    ("pickup", 1, "anacrusis", Fraction(1)),
    ("pickup", float32(1 / 3), "anacrusis", Fraction(1, 3)),
    ("key", "Bb", "key", Key(-2, "major")),
    ("key", "f# minor", "key", Key(3, "minor")),
    ("chords", "F | C7 F/A", "chords", parse_progression("F | C7 F/A", "chords")),
    ("figures", 6.0, "figures", parse_progression("6", "figures")),
    ("figures", 65, "figures", parse_progression("65", "figures")),
    ("send_chords", 1.0, "analyse", True),
    ("given", "soprano,bass", "given", ("soprano", "bass")),
    ("given", "bass soprano", "given", ("soprano", "bass")),
    ("voices", " alto , tenor ", "voices", ("alto", "tenor")),
    ("amount", float32(0.3), "amount", 0.3),
    ("temperature", float32(0.7), "temperature", 0.7),
    ("temperature", 0, "temperature", 0),
    ("temperature", "1.25", "temperature", 1.25),
    ("top_p", float32(0.9), "top_p", 0.9),
    ("top_p", ".5", "top_p", 0.5),
    ("beam", 4, "beam", 4),
    ("alternatives", 3.0, "alternatives", 3),
    ("original", 0.5, "original", 0.5),
    ("seed", 0, "seed", 0),
    ("seed", 2**31 - 1, "seed", 2**31 - 1),
    ("seed", 16777216.0, "seed", 16777216),
    ("performers", "piano", "performers", "piano"),
    ("performers", "Choir", "performers", "choir"),
    ("deadline", 1500, "deadline_seconds", 1.5),
    ("stream", 1, "stream", True),
    ("stream", 0.0, "stream", False),
]


@pytest.mark.parametrize(("name", "value", "field", "expected"), GOOD)
def test_a_setting_may_come_as_hosts_send_it(
    name: str, value: Argument, field: str, expected: object
) -> None:
    settings: dict[str, Any] = {name: value}
    found = getattr(asked(**settings), field)
    assert found == expected
    assert type(found) is type(expected) or isinstance(expected, int | float)


BAD = [
    ("model", "x" * 101, f'model cannot be "{"x" * 30}...{"x" * 20}"; it takes name'),
    ("bars", 0, 'bars cannot be "0"; it takes 1-512'),
    ("bars", 513, 'bars cannot be "513"; it takes 1-512'),
    ("bars", 1.5, 'bars cannot be "1.5"; it takes 1-512'),
    ("bars", "many", 'bars cannot be "many"; it takes 1-512'),
    ("bars", "1_0", 'bars cannot be "1_0"; it takes 1-512'),
    ("bars", "nan", 'bars cannot be "nan"; it takes 1-512'),
    ("bars", "9" * 400, f'bars cannot be "{"9" * 30}...{"9" * 20}"; it takes 1-512'),
    ("length", 0, 'length cannot be "0"; it takes beats'),
    ("length", 5000, 'length cannot be "5000"; it takes beats'),
    ("meter", "4/5", '"4/5" is no time signature; write it like 3/4'),
    ("meter", 3, '"3" is no time signature; write it like 3/4'),
    ("beats_per_bar", 33, 'beats_per_bar cannot be "33"; it takes 1-32'),
    ("pickup", -1, 'pickup cannot be "-1"; it takes beats'),
    ("key", "H", '"H" is no key; write it like D, Bb, "f# minor" or g'),
    ("given", "cello", 'there is no voice "cello"; name soprano, alto, tenor, bass'),
    ("voices", "", '"": name some voices, such as alto, tenor, with commas between'),
    ("amount", 1.01, 'amount cannot be "1.01"; it takes 0-1'),
    ("temperature", 2.1, 'temperature cannot be "2.1"; it takes 0-2'),
    ("temperature", "hot\n", 'temperature cannot be "hot?"; it takes 0-2'),
    ("top_p", 0, 'top_p cannot be "0"; it takes 0-1'),
    ("beam", 17, 'beam cannot be "17"; it takes 1-16'),
    ("alternatives", 0, 'alternatives cannot be "0"; it takes 1-16'),
    ("original", -0.5, 'original cannot be "-0.5"; it takes 0-1'),
    ("seed", -1, 'seed cannot be "-1"; it takes 0-2147483647'),
    ("performers", "band", 'performers cannot be "band"; it takes choir or piano'),
    ("deadline", 0, 'deadline cannot be "0"; it takes milliseconds'),
    ("deadline", 1e7, 'deadline cannot be "10000000.0"; it takes milliseconds'),
    ("stream", 2, 'stream cannot be "2"; it takes 0 or 1'),
    ("replace", "yes", 'replace cannot be "yes"; it takes 0 or 1'),
    ("task", "compose", 'task cannot be "compose"; it takes continue or harmonize'),
]


@pytest.mark.parametrize(("name", "value", "text"), BAD)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: Argument, text: str) -> None:
    with pytest.raises(RequestError) as caught:
        Draft().set(name, value)
    assert str(caught.value) == text


def test_an_unknown_setting_is_named_with_those_that_there_are() -> None:
    with pytest.raises(
        RequestError, match='there is no setting "tempo"; there are model, bars, form, length,'
    ):
        Draft().set("tempo", 90)


def test_every_setting_has_its_field() -> None:
    fields = {field.name for field in structs.fields(Request)}
    of_the_draft = {"length", "replace", "task_of_respond"}
    assert {setting.fills for setting in settings_of("osc").values()} - fields == of_the_draft


def test_a_wrong_setting_is_told_again_when_it_is_started_all_the_same() -> None:
    draft = drafted(bars=2)
    with pytest.raises(RequestError):
        draft.set("bars", 0)
    with pytest.raises(RequestError, match='bars cannot be "0"'):
        build_request("compose", draft, models=MODELS)


def test_a_right_value_heals_a_wrong_one() -> None:
    draft = Draft()
    with pytest.raises(RequestError):
        draft.set("bars", 0)
    draft.set("bars", 3)
    assert build_request("compose", draft, models=MODELS).request.bars == 3


def test_wrong_settings_are_not_remembered_without_end() -> None:
    draft = Draft()
    for number in range(1000):
        with pytest.raises(RequestError):
            draft.set(f"name{number}", 1)
    assert len(draft.faults) == 1


@pytest.mark.parametrize("name", ["../../../etc/passwd", "weights/x", "lstm-chorales.safetensors", ""])
def test_a_model_is_one_of_those_that_there_are_and_never_a_path(name: str) -> None:
    with pytest.raises(
        WeightsError, match=r"there is no model .*; choose one of: lstm-chorales, dbn-ragtime"
    ):
        asked(model=name)


# -- notes -------------------------------------------------------------------------------------------------


def test_numbers_may_come_as_floats_or_as_text() -> None:
    note = FlatNote(1, 60, Fraction(3, 2), Fraction(1, 3), 80)
    assert parse_note(1, 60, 1.5, float32(1 / 3), 80) == note
    assert parse_note(1.0, 60.0, 1.5, float32(1 / 3), 79.6) == note
    assert [*drafted(("1", "60", "1.5", ".25", "80")).notes] == [(1, 60, 1.5, 0.25, 80)]


@given(
    st.integers(0, 3),
    st.integers(0, 127),
    st.integers(0, 4000 * 48).map(lambda n: Fraction(n, 48)),
    st.integers(1, 96 * 4).map(lambda n: Fraction(n, 48)),
    st.integers(1, 127),
)
def test_notes_survive_the_way_through_32_bits(
    voice: int, pitch: int, start: Fraction, duration: Fraction, velocity: int
) -> None:
    sent = [float32(float(value)) for value in (voice, pitch, start, duration, velocity)]
    assert parse_note(*sent) == FlatNote(voice, pitch, start, duration, velocity)


@pytest.mark.parametrize("wrong", [(0.5, 60, 0, 1, 80), (0, 60.5, 0, 1, 80), ("0", "6.5", 0, 1, 80)])
def test_what_is_no_note_is_shown(wrong: tuple) -> None:
    with pytest.raises(RequestError, match=r'"0.* 0 1 80" is no note; send voice and pitch as whole numbers'):
        asked("harmonize", notes=MELODY + wrong)


def test_a_note_of_text_is_refused_at_once_and_not_kept() -> None:
    draft = drafted(MELODY)
    for text in ("C4", "9" * 60_000):
        with pytest.raises(RequestError, match="a note is five numbers: voice, pitch, start, duration, vel"):
            draft.add((0, text, 0, 1, 80))
    assert not draft.notes
    with pytest.raises(RequestError, match="a note is five numbers"):
        build_request("harmonize", draft, models=MODELS)


def test_a_note_that_comes_twice_counts_once() -> None:
    draft = drafted(MELODY + MELODY)
    draft.add([float(value) for value in MELODY])
    assert len(draft.notes) == 3


def test_a_request_has_20000_notes_at_the_most() -> None:
    draft = drafted(tuple(x for n in range(MAX_NOTES) for x in (0, 60, n / 8, 0.125, 80)))
    draft.add((0, 60, 0.125, 0.125, 80))  # which is there
    with pytest.raises(RequestError, match="more than 20000 notes; send a section at a time"):
        draft.add((1, 60, 0, 1, 80))
    with pytest.raises(RequestError, match="more than 20000 notes"):
        build_request("harmonize", draft, models=MODELS)


def test_a_note_beyond_all_music_is_refused() -> None:
    with pytest.raises(RequestError, match="a note ends behind beat 4096; send a section at a time"):
        asked("harmonize", notes=(0, 60, 4096, 1, 80))


# -- requests ----------------------------------------------------------------------------------------------


def test_compose_has_eight_bars_unless_told() -> None:
    request = asked("compose")
    assert (request.task, request.bars, request.score, request.find_key) == ("compose", 8, None, True)
    assert asked("compose", bars=3, key="D").find_key is False


def test_continue_has_four_bars_unless_told() -> None:
    assert asked("continue", notes=MELODY).bars == 4


def test_compose_does_not_leave_out_notes_in_silence() -> None:
    with pytest.raises(RequestError, match="compose takes no notes; send them to harmonize or to continue"):
        asked("compose", notes=MELODY)


@pytest.mark.parametrize("task", ["harmonize", "continue", "infill", "vary"])
def test_the_other_tasks_need_notes(task: TaskName) -> None:
    with pytest.raises(RequestError, match=f"there are no notes to {task}; send them first"):
        asked(task, span=(0, 4))


def test_harmonize_has_the_notes_in_their_voices_and_measures() -> None:
    request = asked("harmonize", notes=(*MELODY, 3, 43, 0, 4, 80), meter="2/4", key="e", length=8)
    score = request.score
    assert [[note.pitch for note in voice.notes] for voice in score.voices] == [[67, 69, 71], [], [], [43]]
    assert [str(measure.meter) for measure in score.measures] == ["2/4"] * 4
    assert score.measures[0].key == Key(1, "minor")
    assert request.find_key is False
    check_request(request)


def test_a_pickup_is_the_first_measure() -> None:
    score = asked("harmonize", notes=MELODY, pickup=1).score
    assert [measure.duration for measure in score.measures] == [1, 4]


@pytest.mark.parametrize(
    ("start", "length", "measures"),
    [(0, 4, (0, 1)), (4, 4, (1, 2)), (3.5, 1, (0, 2)), (0, 16, (0, 4)), (8, 0.25, (2, 3)), (17, 1, (4, 5))],
)
def test_infill_opens_the_measures_that_its_beats_touch(start: float, length: float, measures: tuple) -> None:
    request = asked("infill", notes=MELODY, span=(start, length), length=16)
    assert request.selection == request.score.span(range(*measures))


@pytest.mark.parametrize("span", [(-1, 2), (0, 0), (4, -4), (4095, 2), (1, 1e-9)])
def test_infill_of_nothing_is_refused(span: tuple) -> None:
    with pytest.raises(RequestError, match="there is nothing to regenerate from beat"):
        asked("infill", notes=MELODY, span=span)


def test_infill_beyond_all_time_is_refused() -> None:
    with pytest.raises(RequestError, match="a time of 1e"):
        asked("infill", notes=MELODY, span=(1e30, 1))


def test_a_pianist_may_have_chords() -> None:
    chord = (0, 60, 0, 1, 80, 0, 64, 0, 1, 80)
    score = asked("continue", notes=chord, model="dbn-ragtime").score
    assert sum(len(voice.notes) for voice in score.voices) == 2
    assert asked("continue", notes=chord, performers="piano").score == score
    with pytest.raises(RipienoError, match="Soprano, measure 1, beat 1: C4 and E4 begin together"):
        asked("continue", notes=chord)


def test_no_time_is_lost_with_a_comparison_that_nobody_sees() -> None:
    assert asked("compose").compare is False


# -- live playing ------------------------------------------------------------------------------------------


def responded(time: float, **settings) -> tuple[Request, Fraction]:
    draft = drafted(**settings)
    for beat, pitch in enumerate((60, 62, 64)):
        draft.play(pitch, 90, 8.0 + beat)
        draft.play(pitch, 0, 8.9 + beat)
    copy, played = draft.take_phrase(time)
    return build_respond_request(copy, played=played, time=time, models=MODELS)


def test_what_was_played_is_continued_from_the_next_barline() -> None:
    request, shift = responded(11.5, bars=2)
    assert (request.task, request.bars, request.score.duration) == ("continue", 2, 4)
    assert [note.onset for note in request.score.voices[0].notes] == [0, 1, 2]
    assert shift == 8  # new notes start at 4 or later, which is beat 12 of the song


def test_what_was_played_is_harmonized_for_its_next_time() -> None:
    request, shift = responded(11.5, task="harmonize")
    assert request.task == "harmonize"
    assert shift == 12


def test_settings_stay_for_the_next_phrase_and_keys_do_not() -> None:
    draft = drafted(bars=1)
    draft.play(60, 90, 0.0)
    copy, played = draft.take_phrase(1.0)
    assert (copy.settings, len(played)) == ({"bars": 1}, 1)
    copy, played = draft.take_phrase(2.0)
    assert (copy.settings, len(played)) == ({"bars": 1}, 0)
