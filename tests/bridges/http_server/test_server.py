"""The HTTP server with the real engine behind it: tasks, streams, cancelling, many at once, and its end."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import ripieno
from common import DATA, SCORES, Background, assert_valid, is_inserted
from http_support import ServiceStandIn, answer_on, bare, client, code_of, engine, notes_body, post, refused
from ripieno.errors import RipienoError
from ripieno.score import VOICE_NAMES
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import OUR_FAULT, Cancelled, CheckReply, Done, Progress
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.api.settings_table import as_json
from ripieno_bridges.http_server.routes import ROUTES
from ripieno_bridges.http_server.server import HOST, HttpServer
from ripieno_bridges.http_server.static_files import Pages
from ripieno_bridges.service.service import Status

LONG = {"bars": 512, "seed": 1}
UNPITCHED = "<unpitched><display-step>E</display-step><display-octave>4</display-octave></unpitched>"
TWINKLE = next(path for path in SCORES if path.stem == "twinkle")
MANY = 300
TASKS = ("harmonize", "continue", "vary")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[HttpServer, Background]]:
    with engine() as running:
        yield running


@pytest.fixture(scope="module")
def server(running: tuple[HttpServer, Background]) -> HttpServer:
    return running[0]


@pytest.fixture
def http(server: HttpServer) -> Iterator[httpx.Client]:
    with client(server) as http:
        yield http
        assert http.get("/v1/status").json()["queue"] == 0, "a test left work behind"


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """(name, data) of the events of a stream, as they come."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def working(http: httpx.Client, name: str) -> None:
    """Wait until a request is worked on."""
    while http.get(f"/v1/requests/{name}").json().get("state") != "working":
        pass


# -- information -------------------------------------------------------------------------------------------


def test_the_status_and_the_models(http: httpx.Client) -> None:
    status = http.get("/v1/status").json()
    assert status == {
        "version": ripieno.__version__,
        "model": "lstm-chorales",
        "queue": 0,
        "state": "ready",
        "restarts": 0,
        "retry_seconds": None,
        "error": None,
    }
    models = http.get("/v1/models").json()["models"]
    assert models[0]["name"] == "lstm-chorales"
    assert {m["performers"] for m in models} == {"choir", "piano"}
    ragtime = next(m for m in models if m["name"] == "dbn-ragtime")
    assert (ragtime["family"], ragtime["meter"]) == ("dbn", "2/4")


def test_every_example_is_read(http: httpx.Client) -> None:
    examples = http.get("/v1/examples").json()["examples"]
    assert [example["name"] for example in examples] == [path.stem for path in SCORES]
    for example, path in zip(examples, SCORES, strict=True):
        document = http.get(f"/v1/examples/{example['name']}")
        assert document.content == path.read_bytes()
        found = http.post("/v1/musicxml/read", json={"document": document.text}).json()
        assert found["title"] == example["title"]
        assert found["voices"]


def test_reading_finds_the_key_and_the_phrases_that_a_task_finds_too(http: httpx.Client) -> None:
    document = TWINKLE.read_text()
    found = http.post("/v1/musicxml/read", json={"document": document}).json()
    assert found["key"] == "C major"
    assert found["phrases"] == [{"measure": str(measure), "beat": 3} for measure in range(2, 13, 2)]
    told = http.post("/v1/musicxml/harmonize", json={"document": document, "seed": 1}).json()
    assert (told["key"], told["phrases"]) == (found["key"], found["phrases"])


def test_reading_tells_with_which_notes_the_phrases_end_that_are_set(http: httpx.Client) -> None:
    body = {"document": TWINKLE.read_text(), "phrases": "4, 8.2"}
    found = http.post("/v1/musicxml/read", json=body).json()
    ends = [(end["measure"], end["beat"]) for end in found["phrases"]]
    assert ends == [("4", 3), ("8", 2), ("12", 3)]  # the last note always ends one
    refused = http.post("/v1/musicxml/read", json={**body, "phrases": "40"})
    assert refused.status_code == 422
    text = "phrases: there is no measure 40; the piece has measures 1 to 12"
    assert refused.json()["error"]["text"] == text


def test_the_chords_that_fit_hold_the_melody_and_the_likeliest_come_first(http: httpx.Client) -> None:
    document = TWINKLE.read_text()
    body = {"document": document, "selection": [2, 4], "given": ["soprano"]}  # the melody has G
    found = http.post("/v1/musicxml/chords", json=body).json()
    fitting = found["fitting"]
    assert 3 <= len(fitting) <= 8
    assert found["chord"] is None
    assert [one["share"] for one in fitting] == sorted((one["share"] for one in fitting), reverse=True)
    assert all(7 in {pitch % 12 for pitch in one["pitches"]} for one in fitting)
    last = http.post("/v1/musicxml/chords", json={**body, "selection": [46, 48]}).json()["fitting"]
    assert last[0]["symbol"] == "C"  # a tune in C closes on its key note


def test_which_chords_fit_hangs_on_the_chords_around(http: httpx.Client) -> None:
    body = {"document": TWINKLE.read_text(), "seed": 1, "beam": 1, "alternatives": 1, "temperature": 0}
    shares = []
    for chords in ("? | G | ?" + " | ?" * 9, "? | Em | ?" + " | ?" * 9):
        made = http.post("/v1/musicxml/harmonize", json={**body, "chords": chords}).json()
        asked = {"document": made["alternatives"][0]["document"], "selection": [2, 4], "given": ["soprano"]}
        fitting = http.post("/v1/musicxml/chords", json=asked).json()["fitting"]
        shares.append({one["symbol"]: one["share"] for one in fitting})
    assert shares[0] != shares[1]


def test_a_typed_chord_comes_back_as_it_is_written_or_with_what_is_wrong(http: httpx.Client) -> None:
    body = {"document": TWINKLE.read_text(), "selection": [0, 2]}
    found = http.post("/v1/musicxml/chords", json={**body, "chord": "DM7/F♯"}).json()
    assert found["chord"] == {"symbol": "Dmaj7/F#", "pitches": [54, 61, 62, 66, 69]}
    refused = http.post("/v1/musicxml/chords", json={**body, "chord": "Cfoo"})
    assert refused.status_code == 422
    expected = (
        '"Cfoo": "foo" is no kind of chord; write one such as F, Fm, F7, Fmaj7, Fm7b5, Fdim7, Fsus4, '
        "F6/9, Fadd9 or F7(b9,#11)"
    )
    assert refused.json()["error"]["text"] == expected


def test_chords_are_wanted_inside_of_the_piece(http: httpx.Client) -> None:
    refused = http.post("/v1/musicxml/chords", json={"document": TWINKLE.read_text(), "selection": [99, 100]})
    assert refused.status_code == 422
    text = "the piece is 48 quarters long; give a start and an end inside it"
    assert refused.json()["error"]["text"] == text


def test_where_nothing_is_sung_there_is_no_key_and_no_phrase(http: httpx.Client) -> None:
    drums = re.sub(r"<pitch>.*?</pitch>", UNPITCHED, TWINKLE.read_text(), flags=re.DOTALL)
    found = http.post("/v1/musicxml/read", json={"document": drums}).json()
    assert [line["voice"] for line in found["voices"]] == [None]
    assert (found["key"], found["phrases"]) == (None, None)


def test_the_settings_come_in_the_order_of_the_table(http: httpx.Client) -> None:
    answer = http.get("/v1/settings").json()["settings"]
    assert answer == json.loads(json.dumps([as_json(setting) for setting in settings_of("http").values()]))
    assert [setting["key"] for setting in answer][:2] == ["model", "bars"]


# -- tasks on notes ----------------------------------------------------------------------------------------


def test_an_answer_has_the_missing_voices_and_not_the_given_one(http: httpx.Client) -> None:
    body = notes_body(seed=1, alternatives=2, id="mine")
    answer = http.post("/v1/harmonize", json=body).json()
    assert (answer["id"], answer["seed"], answer["complete"]) == ("mine", 1, True)
    assert answer["measures"] == body["measures"]
    assert len(answer["alternatives"]) == 2
    for found in answer["alternatives"]:
        assert [line["voice"] for line in found["voices"]] == ["alto", "tenor", "bass"]
        for line in found["voices"]:
            assert sum(event["ticks"] for event in line["events"]) == 2 * 4 * 480
        assert found["originality"]["sentence"]
        assert found["log_likelihood"] < 0
    again = http.post("/v1/harmonize", json=body).json()
    assert [again["alternatives"], again["weights"]] == [answer["alternatives"], answer["weights"]]


def test_the_answers_of_compose_and_continue_have_their_measures(http: httpx.Client) -> None:
    body = {"bars": 2, "key": "f# minor", "meter": "3/4", "pickup": 1, "seed": 3}
    answer = http.post("/v1/compose", json=body).json()
    measures = [(m["number"], m["tick"], m["ticks"], m["meter"], m["fifths"]) for m in answer["measures"]]
    assert measures == [("0", 0, 480, "3/4", 3), ("1", 480, 1440, "3/4", 3), ("2", 1920, 1440, "3/4", 3)]
    assert [line["voice"] for line in answer["alternatives"][0]["voices"]] == list(VOICE_NAMES)
    answer = http.post("/v1/continue", json=notes_body(bars=1, seed=1)).json()
    assert [m["tick"] for m in answer["measures"]] == [0, 1920, 3840]
    (line,) = answer["alternatives"][0]["voices"]
    assert line["voice"] == "soprano"
    assert min(event["tick"] for event in line["events"]) == 3840


def test_infill_sends_nothing_outside_its_selection(http: httpx.Client) -> None:
    text = "S: C5:4 D5 E5 F5 | G5 F5 E5 D5 | C5:1\nA: E4:1 | G4:1 | E4:1"
    body = notes_body(text.replace("S:", "soprano:").replace("A:", "alto:"), seed=2)
    answer = http.post("/v1/infill", json=body | {"selection": [1920, 3840], "anew": ["alto"]}).json()
    (line,) = answer["alternatives"][0]["voices"]
    assert line["voice"] == "alto"
    assert [line["events"][0]["tick"], sum(event["ticks"] for event in line["events"])] == [1920, 1920]


def test_a_piano_plays_under_a_melody(http: httpx.Client) -> None:
    body = notes_body("[2/4] C5:8 D5 E5 F5 | G5:4 E5", model="dbn-ragtime", seed=1)
    voices = http.post("/v1/harmonize", json=body).json()["alternatives"][0]["voices"]
    assert {line["voice"] for line in voices} == {"right", "left"}


def test_faults_are_found(http: httpx.Client) -> None:
    body = notes_body("soprano: C5:2 D5\nalto: G4:2 G4\ntenor: E4:2 D4\nbass: C3:2 D3")
    (fault, *_) = http.post("/v1/check", json=body).json()["faults"]
    assert fault["rule"] == "parallel octaves"
    assert (fault["measure"], fault["beat"], fault["tick"]) == ("1", 3, 960)


@settings(max_examples=6)
@given(pitches=st.lists(st.integers(60, 79), min_size=1, max_size=8), task=st.sampled_from(TASKS))
def test_no_given_note_comes_back_or_is_covered(server: HttpServer, pitches: list[int], task: str) -> None:
    text = " ".join(f"{pitch}:4" for pitch in pitches) + " |"
    body = notes_body(text, seed=len(pitches), alternatives=2, ties="barlines", lyrics=True)
    body |= {"amount": 0.5} if task == "vary" else {}
    with client(server) as http:
        answer = http.post(f"/v1/{task}", json=body).json()
    for found in answer["alternatives"]:
        own = [line for line in found["voices"] if line["voice"] == "soprano"]
        if task == "harmonize":
            assert not own
        elif task == "continue":
            end = body["measures"][-1]["tick"] + body["measures"][-1]["ticks"]
            assert all(event["tick"] >= end for line in own for event in line["events"])
        else:
            assert all(line["voice"] == "soprano" for line in found["voices"])


@pytest.mark.parametrize(
    ("task", "changes", "status", "code", "text"),
    [
        ("harmonize", {"bars": 4}, 422, "bad_request", "bars is for compose and continue, not to harmonize"),
        ("harmonize", {"temperature": 3}, 422, "bad_request", "temperature 3 is impossible; give 0 to 2"),
        ("harmonize", {"model": "/etc/passwd"}, 422, "bad_model", 'there is no model "/etc/passwd"; choose'),
        ("harmonize", {"given": []}, 422, "bad_request", "given names no voice; name some, or leave it out"),
        ("infill", {}, 422, "bad_request", "the piece is 8 quarters long; give a start"),
        ("infill", {"selection": [5, 5]}, 422, "bad_request", "a selection from 5 to 5 holds nothing"),
        (
            "infill",
            {"selection": [0, 99999]},
            422,
            "bad_request",
            "the piece is 8 quarters long; give a start",
        ),
        ("harmonize", {"deadline": 0}, 422, "bad_request", "a deadline of 0 milliseconds is impossible"),
        (
            "harmonize",
            {**notes_body("C7:4 D7 E7 F7"), "strict_range": True},
            422,
            "bad_score",
            "Soprano, measure 1, beat 1: C7 lies above",
        ),
        ("harmonize", {"voices": []}, 422, "bad_score", "there is no note to harmonize"),
    ],
)
def test_an_impossible_request_is_an_error_with_a_way_out(
    http: httpx.Client, task: str, changes: dict[str, Any], status: int, code: str, text: str
) -> None:
    answer = http.post(f"/v1/{task}", json=notes_body() | changes)
    assert (answer.status_code, code_of(answer.content)) == (status, code)
    assert answer.json()["error"]["text"].startswith(text)
    assert answer.json()["error"]["way_out"]


def test_an_error_in_the_notes_has_its_place_in_fields(http: httpx.Client) -> None:
    body = notes_body()
    body["voices"][0]["events"][5]["pitch"] = 200
    error = http.post("/v1/harmonize", json=body).json()["error"]
    assert error["place"] == {"file": None, "part": "Soprano", "measure": "2", "beat": "2"}
    assert error["fault"] == "there is no pitch 200"
    assert error["way_out"] == "give a MIDI number, 0 to 127"
    assert error["text"].startswith("Soprano, measure 2, beat 2: there is no pitch 200; give")


# -- tasks on documents ------------------------------------------------------------------------------------


def test_a_document_comes_back_with_voices_in_it(http: httpx.Client) -> None:
    given = TWINKLE.read_bytes()
    answer = http.post("/v1/musicxml/harmonize", json={"document": given.decode(), "seed": 1}).json()
    (found,) = answer["alternatives"]
    written = found["document"].encode()
    assert_valid(written)
    assert is_inserted(given, written)
    assert [(line["voice"], line["staff"]) for line in found["voices"]] == [
        ("alto", 1),
        ("tenor", 2),
        ("bass", 3),
    ]
    assert found["voices"][0]["notes"][0]["onset"] == 0
    assert len(etree.fromstring(written).findall("part")) == 4


def test_each_alternative_has_its_chords_and_says_how_it_differs_from_the_first(http: httpx.Client) -> None:
    body = {"document": TWINKLE.read_text("utf-8"), "seed": 1, "beam": 1, "alternatives": 2}
    first, second = http.post("/v1/musicxml/harmonize", json=body).json()["alternatives"]
    assert first["difference"] == ""
    assert re.search(r" in measures? \d", second["difference"])
    assert first["chords"] != second["chords"]
    begin, end = first["chords"][0], first["cadences"][-1]
    assert begin == {"measure": "1", "beat": 1, "key": "C major", "figure": "I", "symbol": "C", "onset": 0}
    assert (end["measure"], end["key"]) == ("12", "C major")


def test_the_answer_about_a_document_says_what_each_line_is(http: httpx.Client) -> None:
    song = (DATA / "cases" / "03-song-with-piano.musicxml").read_text("utf-8")
    answer = http.post("/v1/musicxml/harmonize", json={"document": song, "seed": 1, "beam": 1}).json()
    assert answer["understood"] == 'melody: "Voice"; key: G major; 4 measures; written: alto, tenor, bass'
    assert (answer["key"], answer["phrases"][-1]) == ("G major", {"measure": "4", "beat": 3})
    assert answer["heard"].startswith("G major; phrases end in measures ")
    assert [(line["voice"], line["melody"], line["left"]) for line in answer["lines"]] == [
        ("soprano", "1", None),
        (None, "2", '"Voice" has the words'),
        (None, "2:2", '"Voice" has the words'),
    ]
    assert answer["lines"] == http.post("/v1/musicxml/read", json={"document": song}).json()["voices"]
    body = {"document": song, "seed": 1, "beam": 1, "melody": "2:2", "given": ["bass"]}
    chosen = http.post("/v1/musicxml/harmonize", json=body).json()
    assert [line["voice"] for line in chosen["lines"]] == [None, None, "bass"]
    error = http.post("/v1/musicxml/harmonize", json={**body, "melody": "Flute"}).json()["error"]
    assert (error["code"], error["way_out"]) == (
        "bad_request",
        'choose one by its number: 1 "Voice", 2 "Piano", staff 1, 2:2 "Piano", staff 2',
    )


def test_documents_are_composed_continued_varied_and_become_midi(http: httpx.Client) -> None:
    answer = http.post("/v1/musicxml/compose", json={"bars": 2, "layout": "closed", "seed": 1}).json()
    document = answer["alternatives"][0]["document"]
    assert_valid(document.encode())
    tasks: dict[str, dict[str, Any]] = {"continue": {"bars": 1}, "vary": {}, "infill": {"selection": [0, 4]}}
    for task, more in tasks.items():
        found = http.post(f"/v1/musicxml/{task}", json={"document": document, "seed": 1, **more}).json()
        assert_valid(found["alternatives"][0]["document"].encode())
    midi = http.post("/v1/musicxml/midi", json={"document": document}).json()["base64"]
    found = http.post("/v1/musicxml/read", json={"base64": midi, "name": "a.mid"}).json()
    assert len(found["voices"]) == 4
    assert_valid(found["document"].encode())


def test_a_document_becomes_a_file_of_each_kind_that_is_listed(http: httpx.Client) -> None:
    kinds = http.get("/v1/exports").json()["exports"]
    endings = [kind["ending"] for kind in kinds]
    assert endings == [".mid", ".ly", ".pdf", ".abc", ".dawproject"]
    begins = {"midi": b"MThd", "lilypond": b"\\version", "pdf": b"%PDF", "abc": b"%abc", "dawproject": b"PK"}
    for kind in (kind for kind in kinds if kind["available"]):
        body = {"document": TWINKLE.read_text(), "kind": kind["name"]}
        answer = http.post("/v1/musicxml/export", json=body).json()
        assert base64.b64decode(answer["base64"]).startswith(begins[kind["name"]])
        words = ["DAWproject files have no place for words; a MIDI file has"]
        assert answer["remarks"] == (words if kind["name"] == "dawproject" else [])
    answer = http.post("/v1/musicxml/export", json={"document": TWINKLE.read_text(), "kind": "docx"})
    assert answer.json()["error"]["text"] == (
        "kind cannot be 'docx'; it is midi or lilypond or pdf or abc or dawproject"
    )


@pytest.mark.parametrize(("setting", "value"), [("layout", "closed"), ("given", ["soprano"])])
def test_what_only_a_choir_has_is_refused_for_the_piano(http: httpx.Client, setting: str, value: Any) -> None:
    body = {"document": TWINKLE.read_text(), "model": "dbn-ragtime", setting: value}
    answer = http.post("/v1/musicxml/harmonize", json=body)
    fault = f"{setting} is for choirs; leave it out, or let a choir perform"
    assert (answer.status_code, answer.json()["error"]["text"]) == (422, fault)


# -- streams and cancelling --------------------------------------------------------------------------------


def test_a_stream_begins_moves_on_and_ends_once(http: httpx.Client) -> None:
    body = notes_body(seed=1, id="streamed")
    headers = {"Accept": "text/event-stream"}
    with http.stream("POST", "/v1/harmonize", json=body, headers=headers) as stream:
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        events = list(events_of(stream.iter_lines()))
    names = [name for name, _ in events]
    assert names[0] == "started"
    assert names[-1] == "done"
    assert set(names[1:-1]) == {"progress"}
    fractions = [data["fraction"] for name, data in events if name == "progress"]
    assert fractions == sorted(set(fractions))
    plain = http.post("/v1/harmonize", json=body).json()
    assert events[-1][1] | {"milliseconds": 0} == plain | {"milliseconds": 0}


def test_a_request_that_is_refused_at_once_gets_no_stream(http: httpx.Client) -> None:
    headers = {"Accept": "text/event-stream"}
    for changes in ({"temperature": 3}, {"ticks_per_quarter": 3}):
        answer = http.post("/v1/harmonize", json=notes_body() | changes, headers=headers)
        assert (answer.status_code, code_of(answer.content)) == (422, "bad_request")


def test_an_error_that_is_found_later_is_the_last_event(http: httpx.Client) -> None:
    headers = {"Accept": "text/event-stream"}
    with http.stream("POST", "/v1/harmonize", json=notes_body(voices=[]), headers=headers) as stream:
        events = list(events_of(stream.iter_lines()))
    assert (events[-1][0], events[-1][1]["error"]["code"]) == ("error", "bad_score")


@pytest.mark.parametrize("streamed", [True, False])
def test_a_request_is_cancelled_by_its_id(http: httpx.Client, server: HttpServer, streamed: bool) -> None:
    headers = {"Accept": "text/event-stream"} if streamed else {}
    with ThreadPoolExecutor(1) as pool, client(server) as other:
        sent = pool.submit(other.post, "/v1/compose", json=LONG | {"id": "long"}, headers=headers)
        working(http, "long")
        twice = http.post("/v1/compose", json={"id": "long"})
        assert (twice.status_code, code_of(twice.content)) == (422, "bad_request")
        stopped = http.delete("/v1/requests/long").json()
        assert (stopped["id"], stopped["state"]) == ("long", "cancelled")
        answer = sent.result(30)
    if streamed:
        assert list(events_of(iter(answer.text.splitlines())))[-1] == ("cancelled", {"id": "long"})
    else:
        assert (answer.status_code, code_of(answer.content)) == (409, "cancelled")
    assert http.get("/v1/requests/long").status_code == 404
    assert http.delete("/v1/requests/long").status_code == 404


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_a_disconnect_cancels_and_the_next_request_is_served(
    http: httpx.Client, server: HttpServer, accept: str
) -> None:
    body = json.dumps(LONG | {"id": "left"}).encode()
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(post("/v1/compose", server.port, body, Accept=accept))
        working(http, "left")
    while http.get("/v1/requests/left").status_code != 404:
        pass
    assert http.post("/v1/compose", json={"bars": 1}).status_code == 200


def test_of_many_at_once_each_has_one_answer(server: HttpServer, http: httpx.Client) -> None:
    async def ask_all() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=server.address, timeout=120, limits=limits, trust_env=False
        ) as many:
            return await asyncio.gather(*[many.post(*routes[i % 10], json=bodies[i]) for i in range(MANY)])

    routes = [("/v1/harmonize",), *[("/v1/check",)] * 9]
    bodies = [notes_body("C5:1", id=f"many-{i}") for i in range(MANY)]
    answers = asyncio.run(ask_all())
    assert {answer.status_code for answer in answers} <= {200, 503}
    for i, answer in enumerate(answers):
        if answer.status_code == 200:
            assert answer.json()["id"] == f"many-{i}"
        else:
            assert code_of(answer.content) == "busy"
    assert sum(answer.status_code == 200 for answer in answers) >= 2
    assert http.get("/v1/status").json()["queue"] == 0


# -- stopping, and errors ----------------------------------------------------------------------------------


def test_a_stopped_server_has_answered_every_request_and_freed_its_port() -> None:
    async def live() -> tuple[httpx.Response, str, int]:
        service = ServiceStandIn()
        server = HttpServer(service, port=0)
        await server.start()
        async with httpx.AsyncClient(base_url=server.address, timeout=30, trust_env=False) as http:
            plain = asyncio.create_task(http.post("/v1/compose", json={}))
            headers = {"Accept": "text/event-stream"}
            streamed = asyncio.create_task(http.post("/v1/compose", json={}, headers=headers))
            await service.wait(lambda: len(service.tickets) == 2)
            await server.stop()
            again = HttpServer(service, port=server.port)
            await again.start()
            await again.stop()
            return await plain, (await streamed).text, server.port

    answer, text, _ = asyncio.run(live())
    assert (answer.status_code, code_of(answer.content)) == (503, "stopping")
    name, data = list(events_of(iter(text.splitlines())))[-1]
    assert (name, data["error"]["code"]) == ("error", "stopping")


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with bare(ServiceStandIn(refused)) as (server, background):
        with pytest.raises(RipienoError) as caught:
            background.do(HttpServer(ServiceStandIn(), port=server.port).start())
        assert str(caught.value) == (
            f"port {server.port} is in use; another ripieno may be running: use that one, or stop it, or "
            "choose another port with --http-port"
        )
        with pytest.raises(RipienoError, match="there is no port 70000; choose one from 1024 to 65535"):
            background.do(HttpServer(ServiceStandIn(), port=70_000).start())


def test_progress_and_cancelling_of_a_request_that_waits() -> None:
    service = ServiceStandIn()
    with bare(service) as (server, background), client(server) as http, ThreadPoolExecutor(1) as pool:
        sent = pool.submit(httpx.post, f"{server.address}v1/compose", json={"id": "a"}, timeout=30)
        background.do(service.wait(lambda: bool(service.tickets)))
        answer = http.get("/v1/requests/a").json()
        assert answer == {"id": "a", "state": "waiting", "fraction": 0}
        background.loop.call_soon_threadsafe(service.tell, service.tickets[0], Progress(0.25))
        working(http, "a")
        assert http.get("/v1/requests/a").json()["fraction"] == 0.25
        background.loop.call_soon_threadsafe(service.tell, service.tickets[0], Cancelled())
        assert sent.result(30).status_code == 409


@pytest.mark.parametrize(
    "path",
    [
        *("/page/../serving.py", "/page/..%2fserving.py", "/page/%2e%2e/serving.py", "/page//etc/passwd"),
        *("/page/__init__.py", "/page/vendor", "/page/", "/page/index.html%00", "/page/.git/config"),
        *("/v1/examples/../twinkle", "/v1/examples/twinkle.musicxml", "/v1/status/", "/v2/status", "//"),
        *("/v1/requests/" + "a" * 5000, "/v1/examples/;touch x", "/page/index.html/"),
    ],
)
def test_unknown_addresses_are_not_found(server: HttpServer, path: str) -> None:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        target = path.replace(" ", "%20")
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}:{server.port}\r\n\r\n".encode())
        status, _, body = answer_on(connection)
    assert (status, code_of(body)) == (404, "not_found")


def test_another_method_is_refused_with_the_allowed_ones(http: httpx.Client) -> None:
    for method, path, allowed in [
        ("GET", "/v1/harmonize", "POST"),
        ("PUT", "/v1/requests/a", "GET, DELETE, HEAD"),
        ("TRACE", "/", "GET, HEAD"),
    ]:
        answer = http.request(method, path)
        assert (answer.status_code, code_of(answer.content)) == (405, "not_allowed")
        assert answer.headers["allow"] == allowed
    assert http.head("/v1/status").status_code == 200


def test_an_unexpected_exception_is_logged_once_and_the_connection_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(ServiceStandIn):
        def status(self) -> Status:
            raise ValueError("a bug")

    with bare(Broken()) as (server, _), client(server) as http:
        with caplog.at_level(logging.ERROR):
            answer = http.get("/v1/status")
        assert (answer.status_code, code_of(answer.content)) == (500, "failed")
        assert answer.json()["error"]["text"] == OUR_FAULT
        assert "connection" not in answer.headers
        assert http.get("/v1/models").status_code == 200
    assert [record.getMessage() for record in caplog.records] == ["GET /v1/status failed"]
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("streamed", [False, True])
def test_a_reply_to_another_kind_of_request_is_our_own_error(
    caplog: pytest.LogCaptureFixture, streamed: bool
) -> None:
    service = ServiceStandIn(lambda _request: Done(CheckReply(())))
    headers = {"Accept": "text/event-stream"} if streamed else {}
    with bare(service) as (server, _), client(server) as http, caplog.at_level(logging.ERROR):
        answer = http.post("/v1/compose", json={"id": "a"}, headers=headers)
    if streamed:
        name, error = list(events_of(iter(answer.text.splitlines())))[-1]
        assert (name, error["error"]["code"]) == ("error", "failed")
    else:
        assert (answer.status_code, code_of(answer.content)) == (500, "failed")
    assert [record.getMessage() for record in caplog.records] == ["the answer to a could not be built"]


def test_without_its_libraries_the_page_says_how_to_get_them() -> None:
    async def ask() -> httpx.Response:
        pages = Pages({}, {}, ("vendor/verovio-toolkit-wasm.js",))
        server = HttpServer(ServiceStandIn(), port=0, pages=pages)
        await server.start()
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(server.address)
        await server.stop()
        return answer

    answer = asyncio.run(ask())
    assert answer.status_code == 503
    assert "vendor/verovio-toolkit-wasm.js" in answer.text
    assert "install Node.js" in answer.text


def test_every_route_is_there(http: httpx.Client) -> None:
    for route in ROUTES:
        path = re.sub(r"{\w+}", "nothing", route.path)
        answer = http.request(route.method, path, content=b"?", headers={"Content-Type": "application/json"})
        if route.body is not None:
            assert (answer.status_code, code_of(answer.content)) == (400, "bad_message")
        elif "{" in route.path:
            assert code_of(answer.content) == "not_found"
        else:
            assert answer.status_code in (200, 503)


def test_a_score_without_a_word_is_still_a_score() -> None:
    assert notes_body(parse_score("C5:1"))["voices"][0]["events"][0]["lyric"] is None
