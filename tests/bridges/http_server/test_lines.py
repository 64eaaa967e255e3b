"""POST /v1/lines: the one rule that finds lines, for programs that read their score themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from http_support import bare, client

TUNE = [[67, 480], [69, 480], [71, 480], [72, 480]]
LOW = [[43, 960], [45, 960]]
Row = tuple[str | None, str | None]


class Unasked:
    """A service that is never asked: finding lines needs no engine."""

    models = ("lstm-chorales",)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with bare(Unasked()) as (server, _), client(server) as opened:
        yield opened


def line(part: str, number: int, notes: list[list[int]], **more: Any) -> dict[str, Any]:
    return {"part": part, "part_number": number, "staff": number - 1, "notes": notes, **more}


def voices(http: httpx.Client, *lines: dict[str, Any]) -> list[Row]:
    answer = http.post("/v1/lines", json={"lines": lines})
    assert answer.status_code == 200, answer.text
    return [(found["voice"], found["left"]) for found in answer.json()["lines"]]


def test_the_line_with_words_is_the_melody_above_a_piano(http: httpx.Client) -> None:
    piano = [line("Piano", 2, TUNE, chords=4), line("Piano", 2, LOW, staff=2)]
    assert voices(http, line("Singer", 1, TUNE, words=True), *piano) == [
        ("soprano", None),
        (None, '"Singer" has the words'),
        (None, '"Singer" has the words'),
    ]


def test_a_baritone_is_the_bass_of_a_choir_without_one(http: httpx.Client) -> None:
    sab = [line("Soprano", 1, TUNE), line("Alto", 2, []), line("Baritone", 3, LOW)]
    assert [voice for voice, _ in voices(http, *sab)] == ["soprano", "alto", "bass"]


def test_a_basson_is_no_bass_and_a_tenor_banjo_no_tenor(http: httpx.Client) -> None:
    band = [line("Voice", 1, TUNE), line("Tenor Banjo", 2, TUNE), line("Basson", 3, TUNE)]
    assert [voice for voice, _ in voices(http, *band)] == ["soprano", None, None]


def test_the_melody_is_the_highest_voice_that_there_is(http: httpx.Client) -> None:
    lines = [line("Piano", 1, TUNE, chords=4), line("Alto", 2, TUNE), line("Bass", 3, LOW)]
    answer = http.post("/v1/lines", json={"lines": lines}).json()
    assert answer["melody"] == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "0 lines cannot be read; send 1 to 256"),
        (
            [line("Voice", 1, [[200, 480]])],
            'the line "Voice" has a note that cannot be; a note is [pitch, ticks], 0 to 127 and 1 or more',
        ),
        (
            [line("Voice", 1, [[60, 0]])],
            'the line "Voice" has a note that cannot be; a note is [pitch, ticks], 0 to 127 and 1 or more',
        ),
    ],
)
def test_lines_that_no_score_has_are_refused(
    http: httpx.Client, lines: list[dict[str, Any]], message: str
) -> None:
    answer = http.post("/v1/lines", json={"lines": lines})
    assert (answer.status_code, answer.json()["error"]["text"]) == (422, message)
