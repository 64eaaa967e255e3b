"""POST /v1/lines: the one rule that finds lines, for programs that read their score themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from http_support import bare, client
from ripieno.ensembles.read import ensemble_named

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


SAB = (line("Soprano", 1, TUNE), line("Alto", 2, []), line("Baritone", 3, LOW))


def test_a_choir_with_a_baritone_and_no_tenor_is_sab(http: httpx.Client) -> None:
    answer = http.post("/v1/lines", json={"lines": SAB}).json()
    assert [found["voice"] for found in answer["lines"]] == ["soprano", "alto", "baritone"]
    assert answer["ensemble"] == {
        "name": "sab",
        "title": "Sopranos, altos and men",
        "voices": ["soprano", "alto", "baritone"],
        "melody": "soprano",
        "sounds": {"soprano": "voice.soprano", "alto": "voice.alto", "baritone": "voice.baritone"},
    }


def test_a_baritone_beside_a_tenor_is_the_bass_of_a_mixed_choir(http: httpx.Client) -> None:
    lines = (*SAB, line("Tenor", 4, TUNE))
    answer = http.post("/v1/lines", json={"lines": lines}).json()
    assert [found["voice"] for found in answer["lines"]] == ["soprano", "alto", "bass", "tenor"]
    assert answer["ensemble"] is None


@pytest.mark.parametrize(
    ("parts", "ensemble", "assigned"),
    [
        (
            "Tenor I, Tenor II, Bass I, Bass II",
            "ttbb",
            ["tenor 1", "tenor 2", "bass 1", "bass 2"],
        ),
        ("Sopran 1, Sopran 2, Alt", "ssa", ["soprano 1", "soprano 2", "alto"]),
        (
            "Violine 1, Violine 2, Bratsche, Cello",
            "string-quartet",
            ["violin 1", "violin 2", "viola", "violoncello"],
        ),
        (
            "Soprano Sax, Alto Sax, Tenor Sax, Baritone Sax",
            "saxophone-quartet",
            ["soprano saxophone", "alto saxophone", "tenor saxophone", "baritone saxophone"],
        ),
    ],
)
def test_parts_that_are_named_as_an_ensemble_are_its_voices(
    http: httpx.Client, parts: str, ensemble: str, assigned: list[str]
) -> None:
    lines = [line(part, number, []) for number, part in enumerate(parts.split(", "), 1)]
    lines[1] = line(lines[1]["part"], 2, TUNE)
    answer = http.post("/v1/lines", json={"lines": lines}).json()
    assert [found["voice"] for found in answer["lines"]] == assigned
    assert answer["ensemble"]["name"] == ensemble
    assert answer["melody"] == 1  # the only one with notes


@pytest.mark.parametrize(
    ("parts", "ensemble"),
    [
        (("Tenor 1 Tenor 2", "Bass 1 Bass 2"), "ttbb"),
        (("Tenor", "Bass"), "ttbb"),
        (("Soprano Alto", "Baritone"), "sab"),
        (("Soprano Alto", "Tenor Bass 1 Bass 2"), "satbb"),
    ],
)
def test_the_voices_of_a_closed_score_are_found_on_its_two_staves(
    http: httpx.Client, parts: tuple[str, str], ensemble: str
) -> None:
    names = ensemble_named(ensemble).names
    staves = [1, 1, *[2] * (len(names) - 2)]
    lines = [line(parts[staff - 1], staff, TUNE) for staff in staves]
    answer = http.post("/v1/lines", json={"lines": lines}).json()
    assert [found["voice"] for found in answer["lines"]] == list(names)
    assert answer["ensemble"]["name"] == ensemble


def test_an_ensemble_that_is_named_counts_more_than_the_names_of_parts(http: httpx.Client) -> None:
    choir = [line(part, i, TUNE) for i, part in enumerate(("Soprano", "Alto", "Tenor", "Bass"), 1)]
    answer = http.post("/v1/lines", json={"lines": choir, "ensemble": "satbb"}).json()
    assert [found["voice"] for found in answer["lines"]] == ["soprano", "alto", "tenor", "bass 1"]
    assert answer["ensemble"]["voices"] == ["soprano", "alto", "tenor", "bass 1", "bass 2"]
    mixed = http.post("/v1/lines", json={"lines": choir, "ensemble": "satb"}).json()
    assert mixed["ensemble"]["name"] == "satb"


def test_a_barbershop_quartet_begins_with_its_lead(http: httpx.Client) -> None:
    names = ("Tenor", "Lead", "Baritone", "Bass")
    answer = http.post("/v1/lines", json={"lines": [line(n, i, TUNE) for i, n in enumerate(names, 1)]})
    assert (answer.json()["ensemble"]["name"], answer.json()["melody"]) == ("barbershop", 1)


def test_a_tune_without_a_name_is_the_melody_of_the_ensemble(http: httpx.Client) -> None:
    answer = http.post("/v1/lines", json={"lines": [line("Tune", 1, TUNE)], "ensemble": "barbershop"}).json()
    assert (answer["lines"][0]["voice"], answer["ensemble"]["melody"]) == ("lead", "lead")


def test_an_ensemble_that_nobody_knows_is_refused(http: httpx.Client) -> None:
    answer = http.post("/v1/lines", json={"lines": SAB, "ensemble": "octet"})
    assert answer.status_code == 422
    assert answer.json()["error"]["fault"] == 'there is no ensemble "octet"'


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
