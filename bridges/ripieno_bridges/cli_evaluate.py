"""The command that measures a model: `ripieno evaluate CORPUS`, `ripieno evaluate jsb16 FILE`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from ripieno.errors import RequestError
from ripieno.models import DEFAULT_MODEL
from ripieno_bridges.cli_report import progress_bar, told

if TYPE_CHECKING:
    from ripieno.evaluate import Benchmark, Report

BENCHMARK = "jsb16"


@click.command()
@click.argument("what", metavar="CORPUS | jsb16 FILE", nargs=-1, required=True)
@click.option(
    "--split",
    type=click.Choice(["valid", "test", "train"]),
    default="valid",
    show_default=True,
    help="Which pieces. Tune on valid; look at test once.",
)
@click.option(
    "--model",
    default=DEFAULT_MODEL,
    show_default=True,
    help="A shipped model, or the path of trained weights.",
)
@click.option("--temperature", type=click.FloatRange(0, 2), help="0 is strict, 1 is free.")
@click.option("--beam", type=click.IntRange(1, 64), help="Hypotheses side by side; 1 draws.")
@click.option("--consensus", type=click.FloatRange(0, 4), help="Weight of what is given alone.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the harmonizations.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the report as JSON, too.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@told
def evaluate(
    what: tuple[str, ...],
    split: str,
    model: str,
    temperature: float | None,
    beam: int | None,
    consensus: float | None,
    seed: int,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Measure a model on pieces that it did not learn from.

    CORPUS is what `ripieno prepare` made: likelihood, harmonizations of the sopranos beside the originals,
    originality. jsb16 FILE is the JSB Chorales on sixteenths: nats a note, as the field compares models.
    """
    from dataclasses import replace

    from ripieno.corpus import load_corpus
    from ripieno.drafts import Settings
    from ripieno.evaluate import benchmark
    from ripieno.evaluate import evaluate as measure
    from ripieno.models import load
    from ripieno_bridges.corpora import read_jsb16
    from ripieno_bridges.files import check_free, save

    if output is not None:
        check_free(output, force=force)
    network = load(model)
    report: Report | Benchmark
    if what[0] == BENCHMARK and len(what) == 2:
        grids = read_jsb16(Path(what[1]), split)
        with progress_bar("scoring", quiet=as_json) as progress:
            report = benchmark(network, grids, progress=progress)
    elif len(what) == 1 and what[0] != BENCHMARK:
        corpus = load_corpus(Path(what[0]))
        pieces = getattr(corpus, split)
        if not pieces:
            raise RequestError(f"there are no {split} pieces in {what[0]}")
        sampling = Settings().sampling
        if temperature is not None:
            sampling = replace(sampling, temperature=temperature)
        if beam is not None:
            sampling = replace(sampling, beam=beam)
        if consensus is not None:
            sampling = replace(sampling, consensus=consensus)
        settings = Settings(seed, sampling=sampling)
        with progress_bar("harmonizing", quiet=as_json) as progress:
            report = measure(network, pieces, corpus.train, settings=settings, progress=progress)
    else:
        raise RequestError("name one corpus, or `jsb16` and the benchmark's file")
    text = json.dumps({"model": model, "sha256": network.sha256, "split": split, **asdict(report)})
    if output is not None:
        save(output, text.encode() + b"\n", force=force)
    if as_json:
        click.echo(text)
    else:
        print_report(report, f"{model} on {report.pieces} {split} pieces")


def print_report(report: Report | Benchmark, title: str) -> None:
    """The figures as tables."""
    from ripieno.evaluate import Benchmark

    console = Console()
    console.print(title, highlight=False)
    if isinstance(report, Benchmark):
        console.print(f"nats a note, what sounds on every sixteenth: {report.nats_per_note}", highlight=False)
        for voice, value in report.by_voice.items():
            console.print(f"  {voice} {value}", highlight=False)
        if report.key_ahead:
            console.print("This model takes each piece's key from the whole of it: not comparable.")
        return
    console.print(figures(report))
    console.print(rules(report))
    made = report.harmonization
    for label, found in (("most like", made.most_copied), ("longest run copied", made.longest_run)):
        if found is not None:
            console.print(f"{label}: {found}", highlight=False)


def figures(report: Report) -> Table:
    """Likelihood, agreement, distances."""
    table = Table("measure", "soprano", "alto", "tenor", "bass", "all", box=None)
    nats, made = report.nats, report.harmonization
    for label, voices, mean in (
        ("nats a cell, nothing given", nats.nothing_given_by_voice, nats.nothing_given),
        ("nats a cell, soprano given", nats.soprano_given_by_voice, nats.soprano_given),
    ):
        table.add_row(
            label, *(cell(voices.get(v)) for v in ("soprano", "alto", "tenor", "bass")), f"{mean:.4f}"
        )
    mean = sum(made.agreement.values()) / len(made.agreement)
    shares = [f"{share:.3f}" for share in made.agreement.values()]
    table.add_row("cells as in the original, soprano given", "", *shares, f"{mean:.3f}")
    for name, distance in made.distances.items():
        table.add_row(f"distance to the originals: {name}", "", "", "", "", f"{distance:.3f}")
    return table


def cell(value: float | None) -> str:
    """A number for a table."""
    return "" if value is None else f"{value:.4f}"


def rules(report: Report) -> Table:
    """Faults per 100 notes beside those of the originals."""
    made = report.harmonization
    table = Table("per 100 notes", "made", "originals", box=None)
    table.add_row("parallel fifths and octaves", str(made.parallels), str(made.original_parallels))
    for rule, rate in made.faults.items():
        table.add_row(rule, str(rate), str(made.original_faults[rule]))
    return table
