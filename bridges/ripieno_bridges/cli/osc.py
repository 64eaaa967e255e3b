"""The command osc: a request by OSC for programs that can run a command but have no sockets."""

from __future__ import annotations

import sys

import click

from ripieno_bridges.cli.output import report_errors
from ripieno_bridges.cli.serve import LOOPBACK, OSC_PORT


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Where `ripieno serve` runs.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=OSC_PORT, show_default=True, help="Its port for OSC."
)
@report_errors
def osc(host: str, port: int) -> None:
    """Send the messages on standard input to `ripieno serve` by OSC, and print its answer.

    For programs that have no sockets of their own. A message a line, as in docs/protocol.md, without
    /ripieno/ and without the id:

    \b
    seed 67 0 1 69 1 1 71 2 2
    set seed 3
    harmonize
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from ripieno_bridges.osc.client import exchange

    for line in exchange(sys.stdin, host, port):
        click.echo(line)
