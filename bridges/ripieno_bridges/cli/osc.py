"""The command osc: a request by OSC for programs that can run a command but have no sockets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from ripieno.errors import RequestError, RipienoError
from ripieno_bridges.cli.output import report_errors, say
from ripieno_bridges.cli.serve import LOOPBACK, OSC_PORT
from ripieno_bridges.file_errors import unreadable, unwritable


@click.command()
@click.argument("messages", type=click.Path(path_type=Path), required=False)
@click.option("--answer", type=click.Path(path_type=Path), help="Write the answer into this file.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Where `ripieno serve` runs.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=OSC_PORT, show_default=True, help="Its port for OSC."
)
@report_errors
def osc(messages: Path | None, answer: Path | None, host: str, port: int) -> None:
    """Send messages to `ripieno serve` by OSC, and print its answer.

    For programs that have no sockets of their own. A message a line, as in docs/protocol.md, without
    /ripieno/ and without the id, on standard input or in the file MESSAGES:

    \b
    seed 67 0 1 69 1 1 71 2 2
    set seed 3
    harmonize

    Whoever does not wait for the command to end reads the file of --answer as it grows; an error is its last
    line, too. Removing MESSAGES cancels the request.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from ripieno_bridges.osc.client import exchange

    if messages is not None and answer is not None and messages.resolve() == answer.resolve():
        raise RequestError("the answer would be written over the messages; name another file for --answer")

    def wanted() -> bool:
        return messages is None or messages.exists()

    try:
        with answer_lines(answer) as write_line:
            lines = sys.stdin if messages is None else read_lines(messages)
            for line in exchange(lines, host, port, wanted):
                write_line(line)
    finally:
        if answer is not None and not wanted():
            answer.unlink(missing_ok=True)


def read_lines(messages: Path) -> list[str]:
    """The lines of the file. Raises FileError where it cannot be read."""
    try:
        return messages.read_text("utf-8", "replace").splitlines()
    except OSError as exc:
        raise unreadable(messages, exc) from exc


@contextmanager
def answer_lines(answer: Path | None) -> Iterator[Callable[[str], None]]:
    """What writes a line of the answer: into this file, which is there at once, or on standard output."""
    if answer is None:
        yield say
        return
    try:
        file = answer.open(
            "w", encoding="utf-8", newline="\n", buffering=1
        )  # whole lines can be read at once
    except OSError as exc:
        raise unwritable(answer, exc) from exc
    with file:
        try:
            yield partial(click.echo, file=file)
        except RipienoError as exc:
            click.echo(f"ripieno: {exc}", file=file)
            raise
