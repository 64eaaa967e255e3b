"""Hostile requests get a named error soon, and the server goes on (threats.md, 7, 9-12, 16)."""

from __future__ import annotations

import base64
import io
import json
import random
import socket
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from common import SCORES
from http_support import answer_on, client, code_of, engine, notes_body, post, raw
from ripieno_bridges.http_server.server import HOST, HttpServer

SOON = 2.0  # seconds, on a machine that has other things to do; each takes some milliseconds
TWINKLE = next(path for path in SCORES if path.stem == "twinkle").read_text("utf-8")
TASKS = ("harmonize", "compose", "continue", "infill", "vary", "check")


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with engine() as (server, _):
        yield server


@pytest.fixture
def http(server: HttpServer) -> Iterator[httpx.Client]:
    """A client; afterwards the server still works."""
    with client(server) as http:
        yield http
        assert http.get("/v1/status").json()["queue"] == 0
        assert http.post("/v1/check", json=notes_body()).status_code == 200


def refusal(http: httpx.Client, path: str, body: Any, *, soon: float = SOON) -> str:
    """The code of the error, which comes soon."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    begun = time.monotonic()
    answer = http.post(path, content=data, headers={"Content-Type": "application/json"})
    assert time.monotonic() - begun < soon
    assert 400 <= answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
    return code_of(answer.content)


# -- JSON --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        *(b"[" * 1_000_000, b'{"a":' * 1_000_000, b"[1" * 500_000, b"1" * 5_000_000, b'"' + b"a" * 5_000_000),
        *(b"NaN", b'{"seed": NaN}', b'{"seed": -Infinity}', b'{"seed": 1e400}', b'{"id": "\\ud800"}'),
        *(b'{"id": "\xff\xfe"}', b"\x00" * 1000, b'{"seed": ' + b"9" * 1_000_000 + b"}", b"null", b"true"),
        *(b'{"id": "a", ' * 1000, b'{"model": {"$ref": "#"}}', b'{"seed": "0x10"}', b'{"given": "soprano"}'),
    ],
)
def test_a_malformed_body_is_an_error_soon(http: httpx.Client, data: bytes) -> None:
    for task in TASKS:
        assert refusal(http, f"/v1/{task}", data) == "bad_message"


BIG = (10**9, 2**31, 2**63, 2**64, 10**30, -1, -(2**63))


@pytest.mark.parametrize("value", BIG)
@pytest.mark.parametrize("field", ["tick", "ticks", "pitch"])
def test_huge_numbers_in_an_event(http: httpx.Client, field: str, value: int) -> None:
    body = notes_body()
    body["voices"][0]["events"][2][field] = value
    assert refusal(http, "/v1/harmonize", body) == "bad_score"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (field, value)
        for field in ("tick", "ticks", "fifths")
        for value in BIG
        if (field, value) != ("fifths", -1)
    ],
)
def test_huge_numbers_in_a_measure(http: httpx.Client, field: str, value: int) -> None:
    body = notes_body()
    body["measures"][1][field] = value
    assert refusal(http, "/v1/harmonize", body) == "bad_score"


@pytest.mark.parametrize("value", [2**31, 2**63, 10**30, -5])
@pytest.mark.parametrize("name", ["seed", "alternatives", "beam", "bars", "temperature", "top_p", "pickup"])
def test_huge_settings(http: httpx.Client, name: str, value: int) -> None:
    assert refusal(http, "/v1/compose", {name: value}) == "bad_request"


def test_hostile_text_in_any_field_is_an_error(http: httpx.Client) -> None:
    for word in (
        "../../etc/passwd",
        ";touch x",
        "$(id)",
        "\u202e\u0000",
        "a" * 100_000,
        "http://evil.example/x",
    ):
        assert refusal(http, "/v1/compose", {"model": word}) == "bad_model"
        assert refusal(http, "/v1/compose", {"key": word}) == "bad_request"
        assert refusal(http, "/v1/compose", {"meter": word}) == "bad_request"
        assert refusal(http, "/v1/compose", {"id": word}) == "bad_message"
        body = notes_body()
        body["voices"][0]["events"][0]["spelling"] = word
        assert refusal(http, "/v1/harmonize", body) == "bad_score"
        body = {"document": TWINKLE, "name": word}
        assert refusal(http, "/v1/musicxml/read", body) in ("bad_file", "bad_request")


def test_endless_lists_are_an_error_soon(http: httpx.Client) -> None:
    events = [{"tick": i, "ticks": 1} for i in range(200_000)]
    body = notes_body() | {"voices": [{"voice": "alto", "events": events}]}
    assert refusal(http, "/v1/check", body) == "bad_message"
    measures = [{"number": "1", "tick": i, "ticks": 1} for i in range(100_000)]
    assert refusal(http, "/v1/check", notes_body() | {"measures": measures}) == "bad_request"
    body = notes_body() | {"voices": [{"voice": "alto"}] * 100_000}
    assert refusal(http, "/v1/check", body) == "bad_request"
    assert refusal(http, "/v1/harmonize", notes_body() | {"given": ["alto"] * 100_000}) == "bad_score"


# -- documents ---------------------------------------------------------------------------------------------


def zipped(name: str, data: bytes) -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            f'<container><rootfiles><rootfile full-path="{name}"/></rootfiles></container>',
        )
        archive.writestr(name, data)
    return base64.b64encode(out.getvalue()).decode()


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaa">'
    '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    "]><score-partwise><part-list/><part>&b;</part></score-partwise>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><score-partwise>&f;'
    "</score-partwise>"
)
DOCUMENTS: list[dict[str, Any]] = [
    {"document": ""},
    {"document": "\x00" * 1000},
    {"document": BOMB},
    {"document": OUTSIDE},
    {"document": "<a>" * 200_000},
    {"document": "<score-partwise/>" * 10},
    {"document": TWINKLE.replace("<duration>", "<duration>1000000000")},
    {"document": TWINKLE.replace("<beats>4", "<beats>9999999")},
    {"document": TWINKLE.replace("<divisions>", "<divisions>-")},
    {"document": TWINKLE, "name": "score.mid"},
    {"document": TWINKLE, "name": "score.mscz"},
    {"document": TWINKLE, "name": "score"},
    {"base64": "no base64 at all"},
    {"base64": base64.b64encode(b"MThd" + bytes(100)).decode(), "name": "a.mid"},
    {"base64": zipped("score.musicxml", b" " * 30_000_000), "name": "bomb.mxl"},
    {"base64": zipped("../../score.musicxml", TWINKLE.encode()), "name": "outside.mxl"},
    {"base64": base64.b64encode(b"PK\x03\x04" + bytes(1000)).decode(), "name": "broken.mxl"},
    {"base64": "A" * 4_000_000, "name": "zeros.musicxml"},
]


@pytest.mark.parametrize("document", range(len(DOCUMENTS)))
@pytest.mark.parametrize("route", ["read", "midi", "harmonize"])
def test_a_malformed_document_is_an_error_soon(http: httpx.Client, route: str, document: int) -> None:
    code = refusal(http, f"/v1/musicxml/{route}", DOCUMENTS[document])
    assert code in ("bad_file", "bad_score", "bad_request")


def midi_bytes(events: bytes) -> bytes:
    """A MIDI file of one track, 480 ticks a quarter."""
    body = events + bytes.fromhex("00ff2f00")
    return bytes.fromhex("4d546864000000060000000101e04d54726b") + len(body).to_bytes(4) + body


ONE_TICK_NOTES = bytes.fromhex("00903c40") + bytes.fromhex("013c00 003c40") * 16_000


@pytest.mark.parametrize("route", ["read", "midi", "harmonize", "continue", "vary"])
@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (b"", "a.mid: there is not a note in it; write a melody first"),
        (bytes.fromhex("0099244004892440"), "a.mid: there is only percussion in it; write a melody first"),
    ],
)
def test_midi_without_notes_is_an_error_that_says_so(
    http: httpx.Client, route: str, events: bytes, fault: str
) -> None:
    body = {"base64": base64.b64encode(midi_bytes(events)).decode(), "name": "a.mid"}
    answer = http.post(f"/v1/musicxml/{route}", json=body)
    assert (answer.status_code, answer.json()["error"]["text"]) == (422, fault)


@pytest.mark.parametrize("route", ["read", "harmonize"])
def test_sixteen_thousand_notes_of_a_tick_are_an_error_soon(http: httpx.Client, route: str) -> None:
    body = {"base64": base64.b64encode(midi_bytes(ONE_TICK_NOTES)).decode(), "name": "a.mid"}
    assert refusal(http, f"/v1/musicxml/{route}", body, soon=2 * SOON) == "bad_score"


def test_a_document_comes_as_either_text_or_base64(http: httpx.Client) -> None:
    for body in ({}, {"document": TWINKLE, "base64": base64.b64encode(TWINKLE.encode()).decode()}):
        assert refusal(http, "/v1/musicxml/read", body) == "bad_request"


def test_a_document_above_the_size_limit_is_an_error(http: httpx.Client) -> None:
    body = {"document": " " * (33 << 20)}
    assert refusal(http, "/v1/musicxml/read", body, soon=2 * SOON) == "bad_file"


# -- HTTP itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"\x00" * 100,
            b"nothing\r\n\r\n",
            b"GET\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET / HTTP/9.9\r\n\r\n",
        ),
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /v1/check HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n{}",
        b"POST /v1/check HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_malformed_http_is_refused(server: HttpServer, http: httpx.Client, data: bytes) -> None:
    with socket.create_connection((HOST, server.port), timeout=SOON) as connection:
        connection.sendall(data)
        assert 400 <= answer_on(connection)[0] < 500


def test_a_websocket_is_not_offered(server: HttpServer, http: httpx.Client) -> None:
    sent = (
        f"GET /v1/status HTTP/1.1\r\nHost: {HOST}:{server.port}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert raw(server.port, sent.encode())[0] == 200


def test_silent_and_half_sent_requests_keep_nobody_waiting(server: HttpServer, http: httpx.Client) -> None:
    half = post("/v1/check", server.port, b"{}")
    silent = [socket.create_connection((HOST, server.port), timeout=SOON) for _ in range(60)]
    try:
        for i, connection in enumerate(silent):
            connection.sendall(half[: i * len(half) // 60])
        assert http.post("/v1/check", json=notes_body()).status_code == 200
    finally:
        for connection in silent:
            connection.close()


def test_damaged_bodies_never_stop_the_server(server: HttpServer, http: httpx.Client) -> None:
    whole = json.dumps(notes_body(seed=1, deadline=20)).encode()
    chance = random.Random(1)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 3)] = bytes(
                chance.randrange(256) for _ in range(chance.randint(0, 2))
            )
        answer = http.post("/v1/check", content=bytes(data), headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 400, 422), answer.text
