"""Messages as lines: `ripieno osc`, for programs that have no sockets, with a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from common import Background
from osc_support import LOCAL, MELODY, SOON, StandIn, flat
from ripieno_bridges.api.replies import Event
from ripieno_bridges.api.requests import Request
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


def osc(port: int, *options: str | Path, lines: Sequence[str] = (), exit_code: int = 0) -> Any:
    """Run the command with these lines on its standard input."""
    said = CliRunner().invoke(
        main,
        ["osc", "--port", str(port), *map(str, options)],
        input="".join(f"{line}\n" for line in lines),
    )
    assert said.exit_code == exit_code, said.output
    return said


def test_a_request_comes_back_as_lines_up_to_its_end(server: OscServer) -> None:
    said = osc(server.port, lines=[SEED, "", "set seed 3", "harmonize 3"]).stdout.splitlines()
    notes = " ".join(f"0 {pitch} {start} {duration} 80" for pitch, start, duration in MELODY)
    assert said == [f"result 1 {notes}", "done 3 3 7 1"]


def test_without_a_request_what_was_asked_is_told(server: OscServer) -> None:
    (line,) = osc(server.port, lines=["models"]).stdout.splitlines()
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
    assert osc(server.port, lines=lines, exit_code=1).stderr == f"ripieno: {told}\n"


def test_a_server_that_does_not_run_is_told(server: OscServer, loop: Background) -> None:
    port = server.port
    loop.do(server.stop())
    way_out = "type `ripieno serve` in a terminal and leave it running"
    told = f"ripieno: no ripieno answers at {LOCAL}, port {port}; {way_out}\n"
    assert osc(port, lines=["compose"], exit_code=1).stderr == told


def test_a_line_is_a_message_with_whole_numbers_numbers_and_words() -> None:
    (message,) = decode(encode(parse_line("set chords C . | G7 3 -0.5")))
    assert message == ("/ripieno/set", (1, "chords", "C", ".", "|", "G7", 3, -0.5))


def test_messages_come_from_a_file_and_the_answer_goes_into_one(server: OscServer, tmp_path: Path) -> None:
    messages, answer = tmp_path / "a song.txt", tmp_path / "its answer.txt"
    messages.write_text(f"{SEED}\nset seed 3\nharmonize 3\n", "utf-8")
    assert osc(server.port, messages, "--answer", answer).output == ""
    assert answer.read_bytes().endswith(b" 80\ndone 3 3 7 1\n")


def test_an_error_is_the_last_line_of_the_answer_too(server: OscServer, tmp_path: Path) -> None:
    messages, answer = tmp_path / "song.txt", tmp_path / "answer.txt"
    messages.write_text("hum 3\n", "utf-8")
    said = osc(server.port, messages, "--answer", answer, exit_code=1)
    assert answer.read_text("utf-8") == said.stderr
    assert said.stderr == 'ripieno: there is no message "hum"; docs/protocol.md has them all\n'


def test_files_that_cannot_be_read_or_written_are_told(tmp_path: Path) -> None:
    missing = tmp_path / "none.txt"
    fault = "there is no such file; check the name and the folder"
    assert osc(1, missing, exit_code=1).stderr == f"ripieno: {missing}: {fault}\n"
    assert osc(1, "--answer", tmp_path, exit_code=1).stderr.startswith(f"ripieno: {tmp_path}: ")


def test_the_answer_is_not_written_over_the_messages(tmp_path: Path) -> None:
    messages = tmp_path / "song.txt"
    messages.write_text("compose\n", "utf-8")
    told = "the answer would be written over the messages; name another file for --answer"
    same = messages.parent / ".." / messages.parent.name / messages.name
    assert osc(1, messages, "--answer", same, exit_code=1).stderr == f"ripieno: {told}\n"
    assert messages.read_text("utf-8") == "compose\n"


def test_removing_the_messages_cancels_the_request(loop: Background, tmp_path: Path) -> None:
    messages, answer = tmp_path / "song.txt", tmp_path / "answer.txt"
    messages.write_text(f"{SEED}\nharmonize 3\n", "utf-8")

    def remove_messages(_: Request) -> list[Event]:
        messages.unlink()
        return []

    engine = StandIn(remove_messages)
    running = OscServer(engine, port=0)
    loop.do(running.start())
    try:
        said = osc(running.port, messages, "--answer", answer)
        assert said.output == ""
        assert not answer.exists()
        loop.do(until_ended(engine))
    finally:
        loop.do(running.stop())


async def until_ended(engine: StandIn) -> None:
    async with asyncio.timeout(SOON):
        while not engine.tickets[0].ended:
            await asyncio.sleep(0)
