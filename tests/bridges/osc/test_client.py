"""Messages as lines: `ripieno osc`, for programs that have no sockets, with a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from common import Background
from osc_support import LOCAL, MELODY, StandIn, flat
from ripieno_bridges.cli.main import main
from ripieno_bridges.osc.client import encode, parse_line
from ripieno_bridges.osc.packets import decode
from ripieno_bridges.osc.server import OscServer

SEED = "seed " + " ".join(f"{number:g}" for number in flat(MELODY))


@pytest.fixture(scope="module")
def loop() -> Iterator[Background]:
    with Background() as running:
        yield running


@pytest.fixture
def server(loop: Background) -> Iterator[OscServer]:
    running = OscServer(StandIn(), port=0)
    loop.do(running.start())
    yield running
    loop.do(running.stop())


def osc(port: int, *lines: str, exit_code: int = 0) -> Any:
    """Run the command with these lines on its standard input."""
    said = CliRunner().invoke(
        main, ["osc", "--port", str(port)], input="".join(f"{line}\n" for line in lines)
    )
    assert said.exit_code == exit_code, said.output
    return said


def test_a_request_comes_back_as_lines_up_to_its_end(server: OscServer) -> None:
    said = osc(server.port, SEED, "", "set seed 3", "harmonize 3").stdout.splitlines()
    notes = " ".join(f"0 {pitch} {start} {duration} 80" for pitch, start, duration in MELODY)
    assert said == [f"result 1 {notes}", "done 3 3 7 1"]


def test_without_a_request_what_was_asked_is_told(server: OscServer) -> None:
    (line,) = osc(server.port, "models").stdout.splitlines()
    assert line == "models lstm-chorales dbn-ragtime"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "there is nothing to send; write a message a line, such as: compose"),
        (["hum 3"], 'there is no message "hum"; docs/protocol.md has them all'),
        (["reply_to 7401"], 'there is no message "reply_to"; docs/protocol.md has them all'),
        (["set beam 99", "compose"], 'beam cannot be "99"; it takes 1-16'),
        (["harmonize"], "there are no notes to harmonize; send them first"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(server: OscServer, lines: list[str], told: str) -> None:
    assert osc(server.port, *lines, exit_code=1).stderr == f"ripieno: {told}\n"


def test_a_server_that_does_not_run_is_told(server: OscServer, loop: Background) -> None:
    port = server.port
    loop.do(server.stop())
    way_out = "type `ripieno serve` in a terminal and leave it running"
    told = f"ripieno: no ripieno answers at {LOCAL}, port {port}; {way_out}\n"
    assert osc(port, "compose", exit_code=1).stderr == told


def test_a_line_is_a_message_with_whole_numbers_numbers_and_words() -> None:
    (message,) = decode(encode(parse_line("set chords C . | G7 3 -0.5")))
    assert message == ("/ripieno/set", (1, "chords", "C", ".", "|", "G7", 3, -0.5))
