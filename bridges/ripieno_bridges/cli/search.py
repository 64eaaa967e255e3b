"""The command that searches for good settings."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import STOPPED, RequestError
from ripieno.training import options
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.output import progress_bar, report_errors
from ripieno_bridges.cli.training_options import training_option

if TYPE_CHECKING:
    load_torch()
    from ripieno.training.search import SearchPlan, SearchProgress, TrialResult

FILE_WIDTH = 120  # columns of a table that goes to a file


@click.command()
@training_option(replace(options.FAMILY, choices=options.SEARCH_FAMILIES))
@training_option(options.CORPUS)
@training_option(
    replace(
        options.OUTPUT,
        default=Path("search"),
        help="The folder for trials, table and plot; a search that lies there goes on.",
    )
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="How many trainings, those of earlier runs included; a grid may have fewer points.",
)
@click.option(
    "--sampler",
    type=click.Choice(["tpe", "grid"]),
    help="tpe learns from the trials so far; grid tries every combination of lists, in a random order. "
    "[default: grid if all settings are lists, else tpe]",
)
@training_option(replace(options.STEPS, help="How many batches a trial at the most."))
@training_option(replace(options.SEED, help="Of the search and of every trial."))
@click.option(
    "--vary",
    multiple=True,
    metavar="NAME=VALUES",
    help="What to try: dropout=0.1..0.5 or layers=1,2,3; repeatable. [default: the family's usual settings]",
)
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def search(
    family: str,
    corpus: Path,
    output: Path,
    trials: int,
    sampler: str | None,
    steps: int | None,
    seed: int,
    vary: tuple[str, ...],
    as_json: bool,
) -> None:
    """Search for good settings of a FAMILY on a CORPUS: many trainings, the bad ones stopped early.

    Ctrl-C stops it and shows what there is so far; the same command goes on where it stopped. Run the same
    command several times at once, on machines that share the folder, and they divide the trials.
    """
    if importlib.util.find_spec("optuna") is None:
        raise RequestError('a search needs optuna; install it with: pip install "ripieno[search]"')
    from ripieno.training.search import SearchPlan, open_study, results_of
    from ripieno.training.search import search as run
    from ripieno.training.search_report import write_report
    from ripieno.training.search_space import ValueRange, parse_space

    space = parse_space(family, vary)
    if sampler is None:
        sampler = "tpe" if any(isinstance(choice, ValueRange) for choice in space.values()) else "grid"
    plan = SearchPlan(family, corpus, output, space, trials, sampler, steps, seed)
    study = open_study(plan)
    stopped = False
    with progress_bar(f"{plan.trial_count} trials", quiet=as_json) as progress:

        def report(now: SearchProgress) -> None:
            progress((now.done + now.part) / plan.trial_count)
            if now.ended is not None and not as_json:
                click.echo(f"{now.done} of {now.total}: {trial_line(now.ended)}", err=True)

        try:
            run(plan, study, report=report)
        except KeyboardInterrupt:
            stopped = True
    results = results_of(study)
    written = write_report(plan, results)
    if as_json:
        click.echo(json.dumps(written))
    else:
        print_results(plan, results)
    if stopped:
        click.echo("ripieno: stopped; the same command goes on where it stopped", err=True)
        sys.exit(STOPPED)


def trial_line(result: TrialResult) -> str:
    """A trial in one line."""
    from ripieno.training.search_report import value_text

    score = "no figure" if result.score is None else f"{result.score:.4f}"
    early = ", stopped early" if result.state == "pruned" else ""
    settings = ", ".join(f"{name} {value_text(value)}" for name, value in result.settings.items())
    return f"trial {result.number}: {score}{early} ({settings})"


def print_results(plan: SearchPlan, results: Sequence[TrialResult]) -> None:
    """Print the table, the best trial first, and the paths of the results."""
    from rich.console import Console
    from rich.table import Table

    from ripieno.training.search import trial_folder, weights_name
    from ripieno.training.search_report import PLOT, RESULTS, value_text

    table = Table(box=None, pad_edge=False, caption_justify="left")
    for name in ("trial", "best score", *plan.space):
        table.add_column(name.replace("_", " "), justify="right", overflow="fold")
    for result in results:
        score = "" if result.score is None else f"{result.score:.4f}"
        mark = {"complete": "", "pruned": "*", "running": "…"}[result.state]
        settings = [
            value_text(result.settings[name]) if name in result.settings else "" for name in plan.space
        ]
        style = None if result.state == "complete" else "dim"
        table.add_row(str(result.number), f"{score}{mark}", *settings, style=style)
    console = Console(width=None if sys.stdout.isatty() else FILE_WIDTH)
    console.print(table)
    states = {result.state for result in results}
    if "pruned" in states:
        click.echo("* stopped early: not among the better half at the same point")
    if "running" in states:
        click.echo("… not yet at its end")
    click.echo(f"nats, lower is better; {plan.folder / RESULTS}, {plan.folder / PLOT}")
    if results and results[0].state == "complete":
        best = results[0].number
        click.echo(
            f"the best network: {trial_folder(plan.folder, best) / weights_name(plan, best)}.safetensors"
        )
