"""The harmony that a body asks for, by ticks: what is understood, what is refused, and that it sounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import httpx
import pytest

from common import Background
from http_support import TICKS, client, engine, notes_body
from ripieno.errors import RipienoError
from ripieno.harmony.figure_text import parse_figures
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.symbol_text import parse_chord
from ripieno_bridges.api.requests import Request
from ripieno_bridges.http_server.parse_request import parse_notes_task
from ripieno_bridges.http_server.request_models import BodyError
from ripieno_bridges.http_server.server import HttpServer

MODELS = ("lstm-chorales",)
TUNE = "soprano: C5:4 D5 E5 F5 | G5:2 C5:2"
BASS = "bass: C3:2 B2:2 | C3:1"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[HttpServer, Background]]:
    with engine() as running:
        yield running


@pytest.fixture
def http(running: tuple[HttpServer, Background]) -> Iterator[httpx.Client]:
    with client(running[0]) as http:
        yield http


def event(quarter: int, quarters: int, **way: str) -> dict[str, Any]:
    return {"tick": quarter * TICKS, "ticks": quarters * TICKS, **way}


def parsed(*harmony: dict[str, Any], task: Any = "harmonize", **fields: Any) -> Request:
    body = fields if task == "compose" else notes_body(TUNE, **fields)
    data = json.dumps({**body, "ticks_per_quarter": TICKS, "harmony": harmony}).encode()
    request = parse_notes_task(data, task, MODELS).request
    assert isinstance(request, Request)
    return request


def test_each_way_to_write_it_is_understood():
    found = parsed(
        event(0, 2, symbol="C"),
        event(2, 1, numeral="V65"),
        event(3, 1, figures="6"),
        event(4, 2),
    )
    two, three, four = Fraction(2), Fraction(3), Fraction(4)
    assert found.harmony == (
        Harmony(Fraction(0), two, chord=parse_chord("C")),
        Harmony(two, three, numeral="V65"),
        Harmony(three, four, figures=parse_figures("6")),
        Harmony(four, Fraction(6)),
    )


def test_a_new_piece_may_have_harmony_too():
    assert parsed(event(0, 4, symbol="F"), task="compose", bars=2).harmony[0].chord == parse_chord("F")


def test_without_it_nothing_is_asked():
    assert parsed().harmony == ()


WRONG = [
    (event(0, 2, symbol="H#"), 'measure 1, beat 1: "H#" is no chord'),
    (event(2, 2, numeral="VIII"), 'measure 1, beat 3: "VIII" is no'),
    (event(5, 2, figures="1"), 'measure 2, beat 2: "1" is no figured bass'),
    (
        event(0, 2, symbol="C", numeral="I"),
        "measure 1, beat 1: it has several of symbol, numeral and figures",
    ),
    (event(-1, 2, symbol="C"), f"harmony at tick -{TICKS}: times count from the first measure"),
    (event(0, 0, symbol="C"), "measure 1, beat 1: a length of 0 ticks is none; give one above 0"),
    (event(4095, 2, symbol="C"), f"harmony at tick {4095 * TICKS}: it ends after quarter 4096"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_what_makes_no_sense_is_refused_with_its_place(wrong: dict[str, Any], message: str):
    with pytest.raises(RipienoError) as caught:
        parsed(wrong)
    assert str(caught.value).startswith(message)


def test_without_measures_the_place_is_a_tick():
    with pytest.raises(RipienoError) as caught:
        parsed(event(2, 2, symbol="H#"), task="compose", bars=2)
    assert str(caught.value).startswith(f'harmony at tick {2 * TICKS}: "H#" is no chord')


def test_an_unknown_field_is_refused_with_the_one_that_is_near():
    with pytest.raises(BodyError, match=r'there is no field "simbol" in harmony\[0\]; is "symbol" meant\?'):
        parsed(event(0, 2, simbol="C"))


def sounding(alternative: dict[str, Any], voice: str, tick: int) -> int | None:
    """The pitch of a new voice at a tick."""
    (line,) = (line for line in alternative["voices"] if line["voice"] == voice)
    found = (e["pitch"] for e in line["events"] if e["tick"] <= tick < e["tick"] + e["ticks"])
    return next(found, None)


def test_the_chords_sound(http: httpx.Client):
    asked = [
        event(0, 2, symbol="C"),
        event(2, 2, symbol="F/A"),
        event(4, 2, numeral="V"),
        event(6, 2, symbol="Am"),
    ]
    body = notes_body(TUNE, seed=1, beam=1, harmony=asked)
    (alternative,) = http.post("/v1/harmonize", json=body).json()["alternatives"]
    basses = [sounding(alternative, "bass", quarter * TICKS) for quarter in (0, 2, 4, 6)]
    assert [bass % 12 for bass in basses if bass] == [0, 9, 7, 9]
    allowed = {0: {0, 4, 7}, 2: {5, 9, 0}, 4: {7, 11, 2}, 6: {9, 0, 4}}
    for quarter, tones in allowed.items():
        for voice in ("alto", "tenor"):
            pitch = sounding(alternative, voice, quarter * TICKS)
            assert pitch is not None
            assert pitch % 12 in tones


def test_two_chords_at_once_are_refused(http: httpx.Client):
    body = notes_body(TUNE, seed=1, harmony=[event(0, 4, symbol="C"), event(2, 2, symbol="F")])
    answer = http.post("/v1/harmonize", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["fault"] == "measure 1, beat 3: two chords are asked for at once"


def test_a_bass_is_figured(http: httpx.Client):
    asked = [event(0, 2, figures="0"), event(2, 2, figures="65"), event(4, 4, figures="0")]
    body = notes_body(BASS, seed=1, beam=1, harmony=asked)
    (alternative,) = http.post("/v1/harmonize", json=body).json()["alternatives"]
    above = {sounding(alternative, voice, 2 * TICKS) % 12 for voice in ("soprano", "alto", "tenor")}
    assert above == {2, 5, 7}
