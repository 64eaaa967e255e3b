"""The commands for corpora and training: prepare, train, evaluate."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ripieno.errors import RequestError
from ripieno_bridges.cli_report import progress_bar, told


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("chorales.npz"),
    show_default=True,
    help="Where to save the corpus.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@told
def prepare(folder: Path | None, output: Path, force: bool, as_json: bool) -> None:
    """Make a corpus for training out of a FOLDER of four-part scores, or else of Bach's chorales."""
    from ripieno.corpus import Piece
    from ripieno_bridges.corpora import corpus_paths, read_pieces, save_pieces
    from ripieno_bridges.files import check_free

    check_free(output, force=force)
    paths = corpus_paths(folder)
    pieces: list[Piece] = []
    skipped: list[dict[str, str]] = []
    with progress_bar("reading scores", quiet=as_json) as progress:
        for i, item in enumerate(read_pieces(paths), 1):
            if isinstance(item, Piece):
                pieces.append(item)
            else:
                skipped.append({"file": item.file, "reason": item.reason})
            progress(i / len(paths))
    if not pieces:
        raise RequestError("no four-part score among these files; see what ripieno needs in scores/README.md")
    save_pieces(output, pieces, force=force)
    if as_json:
        click.echo(json.dumps({"file": str(output), "pieces": len(pieces), "skipped": skipped}))
        return
    for entry in skipped:
        click.echo(f"skipped {entry['file']}: {entry['reason']}")
    click.echo(f"{output}: {len(pieces)} pieces, {len(skipped)} files skipped")


@click.command()
@click.argument("family", type=click.Choice(["lstm", "bachbot"]))
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("training"),
    show_default=True,
    help="The folder for checkpoints, log, plot and weights; a training that lies there goes on.",
)
@click.option("--name", help="What to call the weights; `my-` and the family if not said.")
@click.option("--steps", type=click.IntRange(1), help="How many batches at the most.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the first weights and of all chances.",
)
@click.option("--from", "start", metavar="MODEL", help="Go on from a trained model instead of from nothing.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting of the network, its batches or its training, such as dropout=0.2; repeatable.",
)
@told
def train(
    family: str,
    corpus: Path,
    output: Path,
    name: str | None,
    steps: int | None,
    seed: int,
    start: str | None,
    changes: tuple[str, ...],
) -> None:
    """Train a network of a FAMILY on a CORPUS that `ripieno prepare` made.

    Ctrl-C stops it; the same command goes on where it stopped.
    """
    from ripieno.lessons.settings import read_changes
    from ripieno.train import TrainProgress, train_family
    from ripieno.train_log import LOG, PLOT

    wanted = read_changes(family, changes)
    with progress_bar("training", quiet=False) as progress:

        def report(now: TrainProgress) -> None:
            progress(now.step / now.steps)
            if now.valid is not None:
                losses = ", ".join(f"{task} {loss:.4f}" for task, loss in now.valid.items())
                click.echo(f"step {now.step}: {losses}", err=True)

        try:
            stem = train_family(
                family,
                corpus,
                output,
                name=name or f"my-{family}",
                seed=seed,
                steps=steps,
                changes=wanted,
                start=start,
                report=report,
            )
        except KeyboardInterrupt:
            click.echo("ripieno: stopped; the same command goes on from the last exam", err=True)
            sys.exit(1)
    click.echo(f"{stem}.safetensors, with the log in {output / LOG} and its plot in {output / PLOT}")
