"""The command ``ripieno doctor``: what runs, and a report of it for those who mend ripieno."""

from __future__ import annotations

import json
import sys

import click

from ripieno.errors import RequestError
from ripieno_bridges.cli.output import report_errors, say
from ripieno_bridges.cli.serve import HTTP, OSC_HOST, PORT

SIGNS = {"good": "✓", "note": "·", "wrong": "✗"}


@click.command()
@OSC_HOST
@PORT
@HTTP
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@click.option(
    "--report",
    is_flag=True,
    help="Print versions, programs, ports and the last error as a text to paste into an issue. It has no "
    "music, no name and no path of yours.",
)
@report_errors
def doctor(osc_host: str, port: int, http_port: int, as_json: bool, report: bool) -> None:
    """Say what runs, which ports and models there are, and how to mend what is wrong."""
    import asyncio

    from ripieno_bridges.diagnostics import WRONG, Finding, diagnose

    if as_json and report:
        raise RequestError("--report is for people and --json for programs; leave one of them out")

    async def look() -> list[Finding]:
        found = []
        async for finding in diagnose(host=osc_host, port=port, http_port=http_port):
            found.append(finding)
            if not as_json and not report:
                say(f"{SIGNS[finding.grade]} {finding.what}")
                if finding.mend:
                    say(f"    {finding.mend}")
        return found

    found = asyncio.run(look())
    if as_json:
        click.echo(json.dumps([{"grade": f.grade, "what": f.what, "mend": f.mend} for f in found]))
    if report:
        from ripieno_bridges.cli.field_report import report_lines

        for line in report_lines(found, signs=SIGNS, port=port, http_port=http_port):
            say(line)
    if any(finding.grade == WRONG for finding in found):
        sys.exit(1)
