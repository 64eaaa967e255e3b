"""docs/protocol.md says what the code does: its tables against those of OSC and of HTTP."""

from __future__ import annotations

import re
from typing import Any

import limits_table
import pytest
from update_tables import LIMITS

from common import ROOT
from ripieno_bridges.api.settings import Interface, settings_of
from ripieno_bridges.api.settings_table import markdown_table
from ripieno_bridges.http_server import request_models, response_models
from ripieno_bridges.http_server import server as http_server
from ripieno_bridges.http_server.errors import STATUS
from ripieno_bridges.http_server.routes import ROUTES
from ripieno_bridges.http_server.setting_fields import key_of
from ripieno_bridges.http_server.sse import EVENTS
from ripieno_bridges.osc import jobs as osc_jobs
from ripieno_bridges.osc import send_queue as osc_send_queue
from ripieno_bridges.osc import server as osc_server
from ripieno_bridges.osc.handlers import ADDRESSES
from ripieno_bridges.osc.replies import REPLIES

TEXT = (ROOT / "docs" / "protocol.md").read_text("utf-8")


def section(heading: str) -> str:
    """What stands under a heading."""
    return re.split(r"\n##? ", TEXT.split(f"\n## {heading}\n")[1])[0]


def table(heading: str) -> dict[str, str]:
    """The first two columns of the table under a heading, without backticks."""
    lines = section(heading).splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")][2:]
    cells = [[cell.strip().replace("`", "") for cell in row] for row in rows]
    return {row[0]: row[1] for row in cells}


def test_every_address_and_its_arguments_are_in_the_table() -> None:
    assert table("To ripieno") == {name: address.arguments.text for name, address in ADDRESSES.items()}


def test_every_answer_and_its_arguments_are_in_the_table() -> None:
    assert table("From ripieno") == {name: found.text for name, found in REPLIES.items()}


@pytest.mark.parametrize(("heading", "interface"), [("Settings", "osc"), ("Settings in a body", "http")])
def test_the_table_of_settings_is_what_the_code_says(heading: str, interface: Interface) -> None:
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    assert "\n".join(lines) + "\n" == markdown_table(interface), "run: python docs/update_tables.py"


def test_every_error_code_is_in_the_table() -> None:
    files = [*(ROOT / "bridges").rglob("*.py"), ROOT / "engine" / "ripieno" / "errors.py"]
    sources = [path.read_text("utf-8") for path in files if path.parent.name != "http_server"]
    used = {code for text in sources for code in re.findall(r'(?:Failed|AnswerError)\(\s*"(\w+)"', text)}
    used |= {code for text in sources for code in re.findall(r'^    code = "(\w+)"', text, re.MULTILINE)}
    used -= {"cancelled", "bad_file"}  # OSC tells the one by a message of its own, and knows no documents
    assert used == set(table("Error codes"))


@pytest.mark.parametrize(
    "limit",
    [
        f"127.0.0.1: UDP port {osc_server.PORT}, and TCP port {osc_server.PORT}",
        f"At most {osc_jobs.NOTES_PER_PACKET['udp']} notes go into a UDP message",
        f"at most {osc_jobs.NOTES_PER_PACKET['tcp']} into a TCP message",
        f"HTTP on {http_server.HOST}, port {http_server.PORT}:",
        f"up to {request_models.MAX_ID} letters, digits",
    ],
)
def test_every_number_in_the_text_is_that_of_the_code(limit: str) -> None:
    assert limit in " ".join(TEXT.split())


@pytest.mark.parametrize("heading", LIMITS)
def test_the_table_of_limits_is_what_the_code_says(heading: str) -> None:
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    assert "\n".join(lines) + "\n" == limits_table.markdown(LIMITS[heading]()), "run: docs/update_tables.py"


def test_the_limits_are_written_as_people_say_them() -> None:
    spans = [limits_table.span(seconds) for seconds in (1.0, 10.0, 0.25, 60.0, 3600.0, 7200.0, 90.0)]
    assert spans == ["1 second", "10 seconds", "0.25 seconds", "1 minute", "1 hour", "2 hours", "90 seconds"]
    assert limits_table.count(200_000) == "200 000"


def test_the_pace_is_what_pure_data_can_take() -> None:
    assert (osc_send_queue.BURST, osc_send_queue.PAUSE_SECONDS) == (20, 0.002)


# -- HTTP --------------------------------------------------------------------------------------------------


def kind_of(body: type | None) -> str:
    """What the table of routes calls a body."""
    if body in (request_models.DocumentBody, request_models.ComposeDocumentBody):
        return "document"
    if body is not None and issubclass(body, request_models.ReadBody):
        return "document"
    if body is request_models.PackedBody:
        return "packed"
    if body is request_models.LinesBody:
        return "lines"
    return "" if body is None else "notes"


def test_every_route_and_its_body_are_in_the_table() -> None:
    assert table("Routes") == {route.name: kind_of(route.body) for route in ROUTES}


def test_every_body_has_the_settings_of_the_table() -> None:
    request = {key_of(setting) for setting in settings_of("http").values() if setting.of_request}
    of_documents = {"layout", "write_chords", "piano_reduction"}
    of_scores = of_documents | {"transpose", "melody", "tune", "document_chords"}
    assert request | of_scores == {key_of(s) for s in settings_of("http").values()}
    bodies: list[Any] = [request_models.ComposeBody, request_models.NotesBody]
    for body in bodies:
        assert request == set(body.__struct_fields__) - set(body.__base__.__struct_fields__)
    documents: list[tuple[Any, set[str]]] = [
        (request_models.ComposeDocumentBody, of_documents),
        (request_models.DocumentBody, of_scores),
    ]
    for body, extra in documents:
        assert request | extra == set(body.__struct_fields__) - set(body.__base__.__struct_fields__)


def test_every_field_of_notes_is_told() -> None:
    told = section("Notes in a body")
    own = set(request_models.NotesFields.__struct_fields__)
    for kind in (
        request_models.Bar,
        request_models.MusicEvent,
        request_models.GivenLine,
        response_models.WrittenEvent,
        response_models.TickFault,
    ):
        own |= set(kind.__struct_fields__)
    own |= set(response_models.Alternative.__struct_fields__) | set(
        response_models.NotesAnswer.__struct_fields__
    )
    own |= set(response_models.OriginalityAnswer.__struct_fields__)
    assert [name for name in sorted(own) if f"`{name}`" not in told] == []


def test_every_field_of_documents_is_told() -> None:
    told = section("Documents in a body") + section("Notes in a body")
    own = set(request_models.ReadTuneBody.__struct_fields__) | set(
        request_models.MoveNoteBody.__struct_fields__
    )
    own |= set(request_models.ChordsFields.__struct_fields__)
    for kind in (
        response_models.ReadAnswer,
        response_models.ReadMeasure,
        response_models.ReadLine,
        response_models.OnsetFault,
        response_models.ChordsAnswer,
        response_models.FittingAnswer,
    ):
        own |= set(kind.__struct_fields__)
    for answer in (
        response_models.DocumentAnswer,
        response_models.DocumentAlternative,
        response_models.SungLine,
        response_models.NewNote,
    ):
        own |= set(answer.__struct_fields__)
    assert [name for name in sorted(own) if f"`{name}`" not in told] == []


def test_every_field_of_an_error_is_told() -> None:
    told = section("Errors")
    own = (*response_models.ErrorFields.__struct_fields__, *response_models.ErrorPlace.__struct_fields__)
    assert [name for name in own if f"`{name}`" not in told] == []


def test_every_event_of_a_stream_is_in_the_table() -> None:
    assert tuple(table("Events of a stream")) == EVENTS


def test_every_error_of_http_and_its_number_are_in_the_table() -> None:
    assert table("Errors") == {code: str(number) for code, number in STATUS.items()}


def test_every_code_that_the_engine_has_is_known_to_http() -> None:
    osc_only = {"incomplete", "live"}
    assert set(table("Error codes")) - osc_only <= set(STATUS)
