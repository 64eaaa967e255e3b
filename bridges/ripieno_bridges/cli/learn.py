"""The command learn: a folder of scores becomes a model of one's own, with a report card."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ripieno.errors import STOPPED
from ripieno_bridges.cli.completion import complete_model
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.output import progress_bar, report_errors, say

STOP = "ripieno: stopped; the same command goes on where it stopped"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What to call the model: --model NAME uses it.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The folder for the report card. [default: NAME-report]",
)
@click.option(
    "--from",
    "parent",
    metavar="MODEL",
    shell_complete=complete_model,
    help="The model to go on from. [default: lstm-chorales for four voices; for the piano the one whose "
    "music is most like yours]",
)
@click.option(
    "--for",
    "performers",
    type=click.Choice(["choir", "piano"]),
    help="Who performs the pieces. [default: what most of them are for]",
)
@click.option(
    "--steps", type=click.IntRange(1), help="The most steps; it stops by itself. [default: by the pieces]"
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all chances.")
@click.option("--force", is_flag=True, help="Replace a model of yours with this name, and its report card.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def learn(
    folder: Path,
    name: str,
    output: Path | None,
    parent: str | None,
    performers: str | None,
    steps: int | None,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Learn your own style from a FOLDER of scores: MusicXML, MIDI or ABC, for four voices or the piano.

    It takes minutes, stops by itself, and writes a report card. Ctrl-C stops it; the same command goes on.
    """
    load_torch()
    from ripieno_bridges.learning.run import LearnRequest, report_fields
    from ripieno_bridges.learning.run import learn as learn_from

    request = LearnRequest(
        folder,
        name,
        output or Path(f"{name}-report"),
        plays=performers,
        parent=parent,
        steps=steps,
        seed=seed,
        force=force,
    )
    try:
        learned = learn_from(
            request,
            lambda title: progress_bar(title, quiet=as_json),
            (lambda _: None) if as_json else say,
        )
    except KeyboardInterrupt:
        click.echo(STOP, err=True)
        sys.exit(STOPPED)
    if as_json:
        paths = {"model": str(learned.stem), "report": str(learned.page)}
        click.echo(json.dumps(report_fields(learned) | paths))
        return
    say(learned.card.judgement)
    say(f"the report card: {learned.page}")
    say(f"try it: ripieno compose --model {name}")
