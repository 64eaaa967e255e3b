"""The commands ``ripieno serve`` and ``ripieno doctor``."""

from __future__ import annotations

import json
import sys

import click

from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.requests import offered
from ripieno_bridges.cli.output import report_errors, say

OSC_PORT, HTTP_PORT = 7400, 7411
LOOPBACK = "127.0.0.1"
HOST = click.option(
    "--host",
    default=LOOPBACK,
    show_default=True,
    help="The address to listen on. Any other than this lets whoever is in your network in.",
)
PORT = click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=OSC_PORT,
    show_default=True,
    help="For OSC, UDP and TCP; 0 takes a free one.",
)
HTTP = click.option(
    "--http-port",
    type=click.IntRange(0, 65_535),
    default=HTTP_PORT,
    show_default=True,
    help="For the page and for MuseScore, which only this computer can reach; 0 takes a free one.",
)


@click.command()
@HOST
@PORT
@HTTP
@click.option(
    "--model",
    "models",
    multiple=True,
    help="The model that is loaded at the start and used where a message names none: a shipped one, or the "
    f"path of trained weights. Again for more of them. [default: {DEFAULT_MODEL}]",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in your browser.")
@click.option("--with-parent", is_flag=True, help="Stop when the program that started this one has ended.")
@report_errors
def serve(
    host: str, port: int, http_port: int, models: tuple[str, ...], open_page: bool, with_parent: bool
) -> None:
    """Wait for Live, Max, Pure Data, MuseScore, the page or any other program, and answer with music."""
    import asyncio

    from ripieno_bridges import servers

    if host != LOOPBACK:
        click.echo(f"ripieno: listening on {host}, where other computers can reach it", err=True)
    work = servers.serve(
        host=host,
        port=port,
        http_port=http_port,
        models=offered(models),
        open_page=open_page,
        with_parent=with_parent,
        say=say,
    )
    asyncio.run(work)


SIGNS = {"good": "✓", "note": "·", "wrong": "✗"}


@click.command()
@HOST
@PORT
@HTTP
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def doctor(host: str, port: int, http_port: int, as_json: bool) -> None:
    """Say what runs, which ports and models there are, and how to mend what is wrong."""
    import asyncio

    from ripieno_bridges.diagnostics import WRONG, Finding, diagnose

    async def look() -> list[Finding]:
        found = []
        async for finding in diagnose(host=host, port=port, http_port=http_port):
            found.append(finding)
            if not as_json:
                say(f"{SIGNS[finding.grade]} {finding.what}")
                if finding.mend:
                    say(f"    {finding.mend}")
        return found

    found = asyncio.run(look())
    if as_json:
        click.echo(json.dumps([{"grade": f.grade, "what": f.what, "mend": f.mend} for f in found]))
    if any(finding.grade == WRONG for finding in found):
        sys.exit(1)
