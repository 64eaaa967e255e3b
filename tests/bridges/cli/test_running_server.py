"""A command that asks a running server: the same bytes, quickly, and nobody else is taken for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec import structs

from canned_replies import parallel
from http_support import MELODY, ServiceStandIn, bare, engine
from ripieno.models.catalog import DEFAULT_MODEL, model_card
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import Done, EncodedFile, Failed, FilesReply
from ripieno_bridges.api.requests import AnyRequest, DocumentRequest, File, Request
from ripieno_bridges.cli.main import main
from ripieno_bridges.cli.running_server import reply_of_server
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.http_server.server import HttpServer

HEAVY = ("torch", "numpy", "music21")
PROGRAM = f"""
import sys
from ripieno_bridges.cli.start import main
try:
    main()
finally:
    loaded = [name for name in {HEAVY} if name in sys.modules]
    print("loaded:", loaded, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def real() -> Iterator[HttpServer]:
    with engine() as (server, _):
        yield server


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("harmonize melody.musicxml --seed 5 --alternatives 2", "musicxml"),
        ("compose --bars 2 --seed 3 --json", "mid"),
    ],
)
def test_a_running_server_makes_the_same_bytes_and_nothing_heavy_is_loaded(
    real: HttpServer, command: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    words = command.split()
    monkeypatch.setenv("RIPIENO_NO_SERVER", "")
    folders = [tmp_path / "server", tmp_path / "own"]
    for folder in folders:
        folder.mkdir()
        (folder / "melody.musicxml").write_bytes(write_musicxml(parse_score(MELODY)))
    asking = [*words, "--serve-port", str(real.port), "-o", f"a.{ending}"]
    asked = subprocess.run(
        [sys.executable, "-c", PROGRAM, *asking], cwd=folders[0], capture_output=True, text=True, check=True
    )
    assert asked.stderr.endswith("loaded: []\n")
    monkeypatch.chdir(folders[1])
    own = CliRunner().invoke(main, [*words, "--no-server", "-o", f"a.{ending}"])
    assert asked.stdout == own.stdout
    theirs, ours = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert theirs == ours
    assert len(theirs) > 1


# -- when a server is asked ----------------------------------------------------------------------------------


def request() -> DocumentRequest:
    return DocumentRequest(
        file=File("a.musicxml", b""), request=Request(task="harmonize"), names=("b.musicxml",)
    )


def done(sha256: str) -> Done:
    """A reply by weights of that hash."""
    notes = choir_score([FlatNote(0, 72, Fraction(0), Fraction(1), 80)])
    reply = parallel(Request(task="harmonize", score=notes))
    return Done(FilesReply(structs.replace(reply, sha256=sha256), (EncodedFile(b"music", ()),), (), (), ""))


def reply(service: ServiceStandIn, **options: Any) -> FilesReply | None:
    """What a command gets of a server with this service."""
    with bare(service) as (server, _):
        told = {"no_server": False, "serve_port": server.port, **options}
        return reply_of_server(request(), told, progress=lambda _: None)


def weights() -> str:
    return str(model_card(DEFAULT_MODEL)["sha256"])


def test_a_server_with_the_same_weights_is_asked():
    found = reply(ServiceStandIn(lambda _: done(weights())))
    assert found is not None
    assert found.files == (EncodedFile(b"music", ()),)


def test_a_server_with_other_weights_of_that_name_makes_nothing():
    assert reply(ServiceStandIn(lambda _: done("0" * 64))) is None


@pytest.mark.parametrize("options", [{"no_server": True}, {"serve_port": 0}])
def test_no_server_is_asked_where_none_is_wanted(options: dict[str, Any]):
    service = ServiceStandIn(lambda _: done(weights()))
    assert reply(service, **options) is None
    assert service.requests == []


def test_what_a_server_refuses_the_command_finds_out_itself():
    assert reply(ServiceStandIn(lambda _: Failed("bad_score", "measure 1 is odd; mend it"))) is None


def test_a_server_that_works_for_somebody_else_is_left_alone():
    service = ServiceStandIn()
    with bare(service) as (server, background):

        async def somebody(request: AnyRequest) -> None:
            service.submit(request, client="else", on_event=lambda _: None)

        background.do(somebody(Request(task="compose")))
        told = {"no_server": False, "serve_port": server.port}
        assert reply_of_server(request(), told, progress=lambda _: None) is None
    assert len(service.requests) == 1


def test_where_nothing_listens_there_is_no_reply():
    with bare(ServiceStandIn()) as (server, _):
        port = server.port
    told = {"no_server": False, "serve_port": port}
    assert reply_of_server(request(), told, progress=lambda _: None) is None
