"""The commands for corpora and training: prepare and train."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import RequestError
from ripieno_bridges.cli.output import progress_bar, told

if TYPE_CHECKING:
    from ripieno.corpus.corpus import Piece
    from ripieno_bridges.corpora.build import Skipped

CORPUS = "corpus.npz"  # in a training's folder, where it learns from a folder of music
VOICINGS = 4  # left hands of a lead sheet
NOTHING_READ = "no piece was found: there is no MIDI or MusicXML in the folder that could be read"


@dataclass(frozen=True, slots=True)
class Music:
    """What was read. remarks: what a file lost when it was read, with its name."""

    pieces: list[Piece]
    skipped: list[Skipped]
    remarks: list[str]

    def tell(self) -> None:
        """A line for each file that is left out, or lost something."""
        for entry in self.skipped:
            click.echo(f"skipped {entry.file}: {entry.reason}")
        for remark in self.remarks:
            click.echo(remark)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Where to save the corpus; chorales.npz if not said, or music.npz with --any-voices.",
)
@click.option(
    "--any-voices",
    is_flag=True,
    help="Read piano and other music, any number of notes at once, for rbm and dbn. "
    "A lead sheet (a melody with chord symbols) gets a left hand.",
)
@click.option(
    "--voicings",
    type=click.IntRange(1, 100),
    default=4,
    show_default=True,
    help="With --any-voices: how many left hands each lead sheet gets, every one a piece.",
)
@click.option(
    "--twelve-bars",
    type=click.IntRange(0, 10_000),
    default=0,
    metavar="N",
    help="With --any-voices: add N twelve-bar blues that ripieno makes up; FOLDER may be left out then.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the left hands and the twelve-bar blues.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@told
def prepare(
    folder: Path | None,
    output: Path | None,
    any_voices: bool,
    voicings: int,
    twelve_bars: int,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Make a corpus for training out of a FOLDER of four-part scores, or else of Bach's chorales.

    With --any-voices FOLDER may hold any MIDI and MusicXML, such as piano music.
    """
    from ripieno_bridges.corpora.build import save_pieces
    from ripieno_bridges.formats.files import check_free

    if twelve_bars and not any_voices:
        raise RequestError("--twelve-bars makes piano music; add --any-voices")
    if any_voices and folder is None and not twelve_bars:
        raise RequestError("--any-voices needs music: name a FOLDER, or add --twelve-bars 100")
    target = output or Path("music.npz" if any_voices else "chorales.npz")
    check_free(target, force=force)
    if any_voices:
        music = gather_music(folder, voicings=voicings, twelve_bars=twelve_bars, seed=seed, quiet=as_json)
    else:
        music = gather_choirs(folder, quiet=as_json)
    if not music.pieces and not any_voices:
        raise RequestError("no four-part score among these files; see what ripieno needs in scores/README.md")
    if not as_json:
        music.tell()
    if not music.pieces:
        raise RequestError(NOTHING_READ)
    save_pieces(target, music.pieces, force=force)
    if not as_json:
        click.echo(f"{target}: {len(music.pieces)} pieces, {len(music.skipped)} files skipped")
        return
    left_out = [{"file": entry.file, "reason": entry.reason} for entry in music.skipped]
    fields = {"pieces": len(music.pieces), "skipped": left_out, "remarks": music.remarks}
    click.echo(json.dumps({"file": str(target), **fields}))


def gather_choirs(folder: Path | None, *, quiet: bool) -> Music:
    """The four-part pieces of a folder, or Bach's chorales, and what is none."""
    from ripieno_bridges.corpora.build import Skipped, corpus_paths, read_pieces

    paths = corpus_paths(folder)
    music = Music([], [], [])
    with progress_bar("reading scores", quiet=quiet) as progress:
        for i, item in enumerate(read_pieces(paths), 1):
            if isinstance(item, Skipped):
                music.skipped.append(item)
            else:
                music.pieces.append(item)
            progress(i / len(paths))
    return music


def gather_music(folder: Path | None, *, voicings: int, twelve_bars: int, seed: int, quiet: bool) -> Music:
    """The pieces of a folder whatever they are for, then twelve-bar blues; and the files that hold none."""
    from ripieno_bridges.corpora.build import Skipped, corpus_paths, draw_blues, read_music

    paths = [] if folder is None else corpus_paths(folder)
    music = Music([], [], [])
    with progress_bar("reading music", quiet=quiet) as progress:
        for i, item in enumerate(read_music(paths, voicings=voicings, seed=seed), 1):
            if isinstance(item, Skipped):
                music.skipped.append(item)
            else:
                music.pieces.extend(item.pieces)
                music.remarks.extend(f"{item.file}: {remark}" for remark in item.remarks)
            progress(i / len(paths))
    with progress_bar("making up blues", quiet=quiet or not twelve_bars) as progress:
        for i, piece in enumerate(draw_blues(twelve_bars, seed=seed), 1):
            music.pieces.append(piece)
            progress(i / twelve_bars)
    return music


@click.command()
@click.argument("family", type=click.Choice(["lstm", "bachbot", "rbm", "dbn"]))
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("training"),
    show_default=True,
    help="The folder for checkpoints, log, pictures and weights; a training that lies there goes on.",
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
    "--preset",
    type=click.Choice(["default", "blues"]),
    default="default",
    show_default=True,
    help="For rbm. blues: the blues composer's, windows of 15 sixteenths that do not overlap, 50 hidden "
    "units, all 88 keys, plain gradient descent for 200 epochs, results by one Gibbs step.",
)
@click.option(
    "--labels",
    type=click.Choice(["code", "random"]),
    default="code",
    show_default=True,
    help="For dbn. code: a summary of the music that the network finds itself. random: the inverted net, "
    "every window gets a random label of 64 bits and only the way from label to music is learned.",
)
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
    source: Path,
    output: Path,
    name: str | None,
    steps: int | None,
    seed: int,
    start: str | None,
    preset: str,
    labels: str,
    changes: tuple[str, ...],
) -> None:
    """Train a network of a FAMILY (lstm, bachbot, rbm or dbn) on a SOURCE.

    SOURCE is a corpus that `ripieno prepare` made; for rbm and dbn also a folder of any MIDI or MusicXML.

    Ctrl-C stops it; the same command goes on where it stopped.
    """
    from ripieno.training.families.hyperparameters import read_changes
    from ripieno.training.presets import named_changes
    from ripieno.training.trainer import TrainProgress, train_family

    wanted = {**named_changes(family, preset=preset, labels=labels), **read_changes(family, changes)}
    corpus = prepare_folder(family, source, output, seed=seed) if source.is_dir() else source
    with progress_bar("training", quiet=False) as progress:

        def report(now: TrainProgress) -> None:
            progress(now.step / now.steps)
            if now.valid is not None:
                figures = ", ".join(f"{key.replace('_', ' ')} {x:.4f}" for key, x in now.valid.items())
                click.echo(f"step {now.step}: {figures}", err=True)

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
    tell_trained(stem)


def prepare_folder(family: str, source: Path, output: Path, *, seed: int) -> Path:
    """A folder of music as a corpus in the training's own folder. Says which files are left out."""
    from ripieno.training.families.registry import OF_KEYS
    from ripieno.training.trainer import make_folder
    from ripieno_bridges.corpora.build import save_pieces

    if family not in OF_KEYS:
        raise RequestError(
            f"{source}: a folder, but {family} learns from prepared scores; "
            f"run `ripieno prepare {source} -o mine.npz` and train on mine.npz"
        )
    make_folder(output)
    music = gather_music(source, voicings=VOICINGS, twelve_bars=0, seed=seed, quiet=False)
    music.tell()
    if not music.pieces:
        raise RequestError(NOTHING_READ)
    save_pieces(output / CORPUS, music.pieces, force=True)
    return output / CORPUS


def tell_trained(stem: Path) -> None:
    """Where the result is, and what its card remarks."""
    from ripieno.models.weights import read_card, sibling_path
    from ripieno.training.log import LOG
    from ripieno.training.plots import FILTERS, PLOT

    card = read_card(sibling_path(stem, ".json"))
    for remark in card["remarks"]:
        click.echo(remark)
    click.echo(
        f"{stem}.safetensors, with the log in {stem.parent / LOG} and its plot in {stem.parent / PLOT}"
    )
    if (stem.parent / FILTERS).exists():
        click.echo(f"what the hidden units listen for: {stem.parent / FILTERS}")
