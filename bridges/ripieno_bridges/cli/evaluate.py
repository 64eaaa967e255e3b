"""The command that measures a model: `ripieno evaluate CORPUS`, `ripieno evaluate jsb16 FILE`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import RequestError, count_text
from ripieno.score import VOICE_NAMES
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.options import setting_option
from ripieno_bridges.cli.output import progress_bar, report_errors
from ripieno_bridges.cli.piano_tables import piano_tables
from ripieno_bridges.cli.tables import cell_of, print_tables, say, table_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from ripieno.corpus.corpus import Corpus, Piece
    from ripieno.evaluation.evaluate import Benchmark, Report
    from ripieno.evaluation.judge import Verdict
    from ripieno.evaluation.piano_report import PianoReport
    from ripieno.evaluation.settings_by_others import HarmonyReport
    from ripieno.models.generator import Generator
    from ripieno.tasks.drafts import DraftSettings

BENCHMARK = "jsb16"


@click.command()
@click.argument("sources", metavar="CORPUS | jsb16 FILE", nargs=-1, required=True)
@click.option(
    "--split",
    type=click.Choice(["valid", "test", "train"]),
    default="valid",
    show_default=True,
    help="Which pieces. Tune on valid; look at test once.",
)
@setting_option("model")
@click.option("--temperature", type=click.FloatRange(0, 2), help="0 is strict, 1 is free.")
@click.option("--beam", type=click.IntRange(1, 64), help="Hypotheses side by side; 1 draws.")
@click.option("--consensus", type=click.FloatRange(0, 4), help="Weight of what is given alone.")
@click.option(
    "--fermatas",
    type=click.Choice(["shown", "hidden"]),
    default="shown",
    show_default=True,
    help="Whether the model sees the pieces' fermatas; a hymn book has none.",
)
@click.option(
    "--only", type=click.Path(path_type=Path), help="A file with the names of the only pieces, one a line."
)
@click.option("--judge", is_flag=True, help="Train a judge, too, that tells harmonizations from originals.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of what is made.")
@click.option("--pieces", type=click.IntRange(1, 1000), help="How many a piano model composes.  [20]")
@click.option("--measures", type=click.IntRange(1, 512), help="How long these are.  [32, of a blues 24]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Save the report as JSON, too.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def evaluate(
    sources: tuple[str, ...],
    split: str,
    model: str,
    temperature: float | None,
    beam: int | None,
    consensus: float | None,
    fermatas: str,
    only: Path | None,
    judge: bool,
    seed: int,
    output: Path | None,
    force: bool,
    as_json: bool,
    **amounts: int | None,
) -> None:
    """Measure a model on pieces that it did not learn from.

    CORPUS is what `ripieno prepare` made. For a choir: likelihood; the sopranos harmonized as `ripieno
    harmonize` does it, beside the originals, chord by chord; originality. For a model that plays the piano:
    pieces that it composes beside the originals: hands, harmony, form, originality. jsb16 FILE is the JSB
    Chorales on sixteenths: nats a note, as the field compares models.
    """
    load_torch()
    from ripieno.models.loading import load
    from ripieno.tasks.drafts import DraftSettings
    from ripieno_bridges.formats.files import check_free, save

    on_benchmark = sources[0] == BENCHMARK
    if len(sources) != 1 + on_benchmark:
        raise RequestError("name one corpus, or `jsb16` and the benchmark's file")
    sampling = {"temperature": temperature, "beam": beam, "consensus": consensus}
    changes: dict[str, Any] = {name: value for name, value in sampling.items() if value is not None}
    counts = {name: value for name, value in amounts.items() if value is not None}
    switches = {"fermatas": fermatas == "hidden", "only": only is not None, "judge": judge}
    asked = [*changes, *(name for name, given in switches.items() if given), *counts]
    if on_benchmark and asked:
        raise RequestError(f"--{asked[0]} is for harmonizations, and the benchmark asks for none")
    if output is not None:
        check_free(output, force=force)
    network = load(model)
    report: Report | Benchmark | PianoReport
    if on_benchmark:
        report = run_benchmark(network, Path(sources[1]), split, quiet=as_json)
    else:
        check_options(network, asked)
        corpus, pieces = pieces_of(network, Path(sources[0]), split, only)
        settings = DraftSettings(seed, **changes)
        if network.plays == "piano":
            report = run_piano(network, corpus, pieces, settings, counts, quiet=as_json)
        else:
            report = run_choir(
                network,
                corpus,
                pieces,
                settings,
                fermatas=fermatas == "shown",
                judged=judge,
                quiet=as_json,
            )
    inputs = {"model": model, "sha256": network.sha256, "split": split, "seed": seed, **changes}
    if only is not None:
        inputs["only"] = str(only)
    text = json.dumps({**inputs, **asdict(report)})
    if output is not None:
        save(output, text.encode() + b"\n", force=force)
    if as_json:
        click.echo(text)
    else:
        say(f"{model} on {report.pieces} {split} {'piece' if report.pieces == 1 else 'pieces'}")
        print_report(report)


def check_options(network: Generator, asked: Sequence[str]) -> None:
    """Raise RequestError for an option that the network has no use for. asked: those that were given."""
    if network.plays == "piano":
        wrong = [name for name in asked if name in ("beam", "consensus", "fermatas", "judge")]
        why = f"harmonizations, and {network.name} plays the piano: it is measured on what it composes"
    else:
        wrong = [name for name in asked if name in ("pieces", "measures")]
        why = f"models that play the piano, and {network.name} is measured on harmonizations"
    if wrong:
        raise RequestError(f"--{wrong[0]} is for {why}; leave it out")


def run_choir(
    network: Generator,
    corpus: Corpus,
    pieces: Sequence[Piece],
    settings: DraftSettings,
    *,
    fermatas: bool,
    judged: bool,
    quiet: bool,
) -> Report:
    """Harmonize the pieces' sopranos, and measure that."""
    from ripieno.evaluation.evaluate import evaluate as measure

    with progress_bar("harmonizing", quiet=quiet) as progress:
        return measure(
            network,
            pieces,
            corpus.train,
            settings=settings,
            fermatas=fermatas,
            judged=judged,
            progress=progress,
        )


def run_piano(
    network: Generator,
    corpus: Corpus,
    pieces: Sequence[Piece],
    settings: DraftSettings,
    counts: dict[str, int],
    *,
    quiet: bool,
) -> PianoReport:
    """Let a piano network compose, and measure that. counts: how many pieces, of how many measures."""
    from ripieno.evaluation.piano_report import PIECES, evaluate_piano
    from ripieno_bridges.service.model_runner import piano_model

    with progress_bar("composing", quiet=quiet) as progress:
        return evaluate_piano(
            piano_model(network),
            pieces,
            corpus.train,
            count=counts.get("pieces", PIECES),
            measures=counts.get("measures"),
            settings=settings,
            progress=progress,
        )


def run_benchmark(network: Generator, file: Path, split: str, *, quiet: bool) -> Benchmark:
    """Run the benchmark on its file."""
    from ripieno.evaluation.evaluate import benchmark
    from ripieno_bridges.corpora.build import read_jsb16

    grids = read_jsb16(file, split)
    with progress_bar("scoring", quiet=quiet) as progress:
        return benchmark(network, grids, progress=progress)


def pieces_of(
    network: Generator, file: Path, split: str, only: Path | None
) -> tuple[Corpus, Sequence[Piece]]:
    """(a corpus, the pieces of one part of it that are to be measured). Raises RequestError for no piece."""
    from ripieno.corpus.corpus import check_choir, load_corpus
    from ripieno.models.note_states.key_generator import KeyGenerator

    corpus = load_corpus(file)
    if network.plays != "piano":
        if isinstance(network, KeyGenerator):
            check_four_voices(corpus.pieces)
        check_choir(corpus, model_name=network.name)
    pieces: Sequence[Piece] = getattr(corpus, split)
    if not pieces:
        raise RequestError(f"there are no {split} pieces in {file}")
    return corpus, pieces if only is None else named_pieces(pieces, only, split)


def named_pieces(pieces: Sequence[Piece], file: Path, split: str) -> list[Piece]:
    """The pieces that a file names, one a line; lines from # on are comments. Raises RequestError."""
    from ripieno_bridges.formats.files import read_bytes

    lines = read_bytes(file).decode("utf-8", "replace").splitlines()
    names = dict.fromkeys(name for line in lines if (name := line.partition("#")[0].strip()))
    by_name = {piece.name: piece for piece in pieces}
    if not names:
        raise RequestError(f"{file}: there is no name in it; write the names of pieces, one a line")
    unknown = next((name for name in names if name not in by_name), None)
    if unknown is not None:
        raise RequestError(
            f'{file}: no {split} piece is called "{unknown}"; choose another part with --split'
        )
    return [by_name[name] for name in names]


def check_four_voices(pieces: Sequence[Piece]) -> None:
    """Raise RequestError for pieces that cannot be measured, although an RBM or a DBN learns from them."""
    for piece in pieces:
        voices = piece.grid.cells.shape[1]
        if voices != len(VOICE_NAMES):
            has = count_text(voices, "voice")
            raise RequestError(
                f"{piece.name}: {has}, but evaluate harmonizes sopranos and compares, which takes four; the "
                "figures for other music are in the training's log and model card"
            )


def print_report(report: Report | Benchmark | PianoReport) -> None:
    """Print the figures as tables of at most 80 columns."""
    from ripieno.evaluation.evaluate import Benchmark
    from ripieno.evaluation.piano_report import PianoReport

    if isinstance(report, Benchmark):
        say(f"nats a note, what sounds on every sixteenth: {report.nats_per_note:.4f}")
        for voice, value in report.by_voice.items():
            say(f"  {voice:8} {value:.4f}")
        if report.key_ahead:
            say("This model takes each piece's key from the whole of it: not comparable.")
        return
    if isinstance(report, PianoReport):
        print_tables(piano_tables(report))
        return
    print_tables((figures(report), harmony(report.harmony), distances(report), rules(report)))
    if report.judge is not None:
        print_tables(judge_tables(report.judge))
    made = report.harmonization
    say("")
    for label, found in (("most like", made.most_copied), ("longest run copied", made.longest_run)):
        if found is not None:
            say(f"{label}: {found}")


def figures(report: Report) -> Table:
    """Likelihood and agreement by voice."""
    table = table_of("by voice", *VOICE_NAMES, "mean")
    nats, made = report.nats, report.harmonization
    rows: list[tuple[str, dict[str, float], float]] = []
    if nats is not None:
        rows.append(("nats a cell, nothing given", nats.nothing_given_by_voice, nats.nothing_given))
        rows.append(("nats a cell, soprano given", nats.soprano_given_by_voice, nats.soprano_given))
    mean_agreement = sum(made.agreement.values()) / len(made.agreement)
    for label, voices, mean in (
        *rows,
        ("share of cells as in the original", made.agreement, mean_agreement),
    ):
        cells = [f"{voices[name]:.4f}" if name in voices else "" for name in VOICE_NAMES]
        table.add_row(label, *cells, f"{mean:.4f}")
    return table


def harmony(report: HarmonyReport) -> Table:
    """How often the chords are those of the people who set these melodies, and the habits of both."""
    groups = [report.all, report.major, report.minor]
    table = table_of("harmony", "all", "people", "major", "people", "minor", "people", min_width=6)
    counts = [str(group.pieces) if group else "" for group in groups]
    table.add_row("pieces", *(cell for count in counts for cell in (count, "")))
    agreement, made, people = (
        [getattr(group, part) or {} if group else {} for group in groups]
        for part in ("agreement", "made", "people")
    )
    for name in agreement[0]:
        cells = [cell for figures in agreement for cell in (cell_of(figures.get(name)), "")]
        table.add_row(f"same {words(name)}", *cells)
    for name in made[0]:
        pairs = zip(made, people, strict=True)
        table.add_row(words(name), *(cell_of(figures.get(name)) for pair in pairs for figures in pair))
    return table


def distances(report: Report) -> Table:
    """How far the harmonizations are from the originals."""
    table = table_of("distance to the originals, 0 to 1", "made")
    for name, distance in report.harmonization.distances.items():
        table.add_row(name, f"{distance:.3f}")
    return table


def rules(report: Report) -> Table:
    """Faults per 100 notes beside those of the originals."""
    made = report.harmonization
    table = table_of("per 100 notes", "made", "originals")
    table.add_row("parallel fifths and octaves", f"{made.parallels:.3f}", f"{made.original_parallels:.3f}")
    for rule, rate in made.faults.items():
        table.add_row(rule, f"{rate:.3f}", f"{made.original_faults[rule]:.3f}")
    return table


def judge_tables(verdict: Verdict) -> Iterator[Table]:
    """How often the judge is right, and by what it tells harmonizations from originals."""
    table = table_of("a trained judge", "right", "95 of 100: from", "to")
    windows = f"{verdict.windows} windows of {verdict.pieces} pieces"
    table.add_row(windows, *(cell_of(x) for x in (verdict.right, verdict.low, verdict.high)))
    table.add_row("pieces", cell_of(verdict.pieces_right), "", "")
    for group, right in verdict.alone.items():
        table.add_row(f"windows, by {group} alone", cell_of(right), "", "")
    yield table
    table = table_of("what tells them", "made", "originals")
    for tell in verdict.tells:
        table.add_row(tell.feature, cell_of(tell.made), cell_of(tell.people))
    yield table
