"""Requests and replies survive the way between processes, and what is out of bounds is named."""

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.errors import RequestError
from ripieno.results import CopiedPassage, Originality, Result
from ripieno.score import Key, Meter
from ripieno_bridges.api.checks import check_request
from ripieno_bridges.api.replies import Done, NewNotes, Reply
from ripieno_bridges.api.requests import (
    Request,
    from_bytes,
    meter_of,
    performers_of,
    to_bytes,
)
from ripieno_bridges.api.settings import bounded
from strategies import scores

LIMITS = {s.fills: (kind.low / kind.unit, kind.high / kind.unit) for s, kind in bounded()}
COPIED = CopiedPassage(0, 64, Fraction(16), ("1", "4"), 30, 40, "bwv269", 32, 3, -5)


@given(scores(), st.fractions(0, 8, max_denominator=48), st.integers(0, 2**31 - 1))
def test_a_request_comes_out_as_it_went_in(score, anacrusis, seed):
    request = Request(
        task="infill",
        score=score,
        voices=("alto",),
        selection=(Fraction(3, 2), Fraction(4)),
        key=Key(-3, "minor"),
        meter=Meter(6, 8),
        anacrusis=anacrusis,
        seed=seed,
        descent={"steps": 60.0},
    )
    assert from_bytes(to_bytes(request), Request) == request


@given(scores())
def test_a_reply_comes_out_as_it_went_in(score):
    result = Result(score, score.voices, -1.5, 2, Originality(COPIED, None), Fraction(7, 3))
    reply = Reply(results=(result,), seed=3, model="m", sha256="0", milliseconds=5, complete=False)
    assert from_bytes(to_bytes(Done(reply)), Done | NewNotes) == Done(reply)


def test_what_is_no_message_is_refused():
    for data in (b"", b"\x00", to_bytes({"task": "dance"}), to_bytes({"task": "vary", "bars": "x"})):
        with pytest.raises(msgspec.DecodeError):
            from_bytes(data, Request)


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_each_number_has_bounds_and_its_name_in_the_error(name):
    low, high = LIMITS[name]
    wrong: list[Any] = [low - 1, high + 1, float("nan"), float("inf")]
    for value in wrong:
        with pytest.raises(RequestError, match=f"^{name.removesuffix('_seconds').replace('_', '-')} "):
            check_request(Request(task="compose", **{name: value}))
    right: dict[str, Any] = {name: high}
    check_request(Request(task="compose", **right, stream=False))


def test_what_is_left_to_the_model_is_what_its_card_says():
    assert performers_of(None, "dbn-ragtime") == "piano"
    assert performers_of(None, "lstm-chorales") == "choir"
    assert performers_of("choir", "dbn-ragtime") == "choir"
    assert meter_of("dbn-ragtime") == Meter(2, 4)
    assert meter_of("lstm-chorales") == Meter(4, 4)
