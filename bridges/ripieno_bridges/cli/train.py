"""The commands for corpora and training: prepare and train."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import STOPPED, RequestError
from ripieno.score import STYLES
from ripieno.training import options
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.output import progress_bar, report_errors
from ripieno_bridges.cli.training_options import training_option

if TYPE_CHECKING:
    from ripieno.corpus.corpus import Piece
    from ripieno_bridges.corpora.build import Skipped

CORPUS = "corpus.npz"  # in a training's folder, where it learns from a folder of music
VOICINGS = 4  # left hands of a lead sheet
NOTHING_READ = "no piece was found: there is no MIDI, MusicXML or ABC in the folder that could be read"


@dataclass(frozen=True, slots=True)
class Music:
    """The pieces of a folder. remarks: the name of a file and what it lost when it was read."""

    pieces: list[Piece]
    skipped: list[Skipped]
    remarks: list[str]

    def report(self) -> None:
        """Print a line for each file that is left out or lost something."""
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
    help="Read piano and other music, any number of notes at once, for rbm, dbn and biaxial. "
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
@click.option(
    "--style",
    type=click.Choice(STYLES),
    help="Of the four-part scores of FOLDER, for networks that know styles.",
)
@click.option(
    "--add",
    type=click.Path(path_type=Path),
    metavar="CORPUS",
    help="Put the pieces of this corpus, which was prepared before, in front.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def prepare(
    folder: Path | None,
    output: Path | None,
    style: str | None,
    add: Path | None,
    any_voices: bool,
    voicings: int,
    twelve_bars: int,
    seed: int,
    force: bool,
    as_json: bool,
) -> None:
    """Make a corpus for training out of a FOLDER of four-part scores, or else of Bach's chorales.

    Chorales and hymns together: `ripieno prepare -o chorales.npz`, then `ripieno prepare hymns/ --style hymn
    --add chorales.npz -o choir.npz`.

    With --any-voices FOLDER may hold any MIDI and MusicXML, such as piano music.
    """
    from ripieno.corpus.corpus import load_pieces
    from ripieno_bridges.corpora.build import save_pieces
    from ripieno_bridges.formats.files import check_free

    if twelve_bars and not any_voices:
        raise RequestError("--twelve-bars makes piano music; add --any-voices")
    if any_voices and folder is None and not twelve_bars:
        raise RequestError("--any-voices needs music: name a FOLDER, or add --twelve-bars 100")
    if any_voices and style:
        raise RequestError("--style is of four-part scores; leave it or --any-voices out")
    earlier = load_pieces(add) if add else ()
    target = output or Path("music.npz" if any_voices else "chorales.npz")
    check_free(target, force=force)
    if any_voices:
        music = gather_music(folder, voicings=voicings, twelve_bars=twelve_bars, seed=seed, quiet=as_json)
    else:
        music = gather_choirs(folder, style=STYLES[0] if folder is None else style, quiet=as_json)
    if not music.pieces and not any_voices:
        raise RequestError("no four-part score among these files; see what ripieno needs in scores/README.md")
    if not as_json:
        music.report()
    if not music.pieces:
        raise RequestError(NOTHING_READ)
    music.pieces[:0] = earlier
    save_pieces(target, music.pieces, force=force)
    if not as_json:
        click.echo(f"{target}: {len(music.pieces)} pieces, {len(music.skipped)} files skipped")
        return
    left_out = [{"file": entry.file, "reason": entry.reason} for entry in music.skipped]
    fields = {"pieces": len(music.pieces), "skipped": left_out, "remarks": music.remarks}
    click.echo(json.dumps({"file": str(target), **fields}))


def gather_choirs(folder: Path | None, *, style: str | None, quiet: bool) -> Music:
    """The four-part pieces of a folder, or Bach's chorales, all of one style; other files are skipped."""
    from ripieno_bridges.corpora.build import Skipped, corpus_paths, read_pieces

    paths = corpus_paths(folder)
    music = Music([], [], [])
    with progress_bar("reading scores", quiet=quiet) as progress:
        for i, item in enumerate(read_pieces(paths), 1):
            if isinstance(item, Skipped):
                music.skipped.append(item)
            else:
                music.pieces.append(replace(item, style=style))
            progress(min(i / len(paths), 1))  # an ABC file may have many pieces
    return music


def gather_music(folder: Path | None, *, voicings: int, twelve_bars: int, seed: int, quiet: bool) -> Music:
    """The pieces of a folder, of any number of voices, then twelve-bar blues; other files are skipped."""
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
            progress(min(i / len(paths), 1))  # an ABC file may have many pieces
    with progress_bar("making up blues", quiet=quiet or not twelve_bars) as progress:
        for i, piece in enumerate(draw_blues(twelve_bars, seed=seed), 1):
            music.pieces.append(piece)
            progress(i / twelve_bars)
    return music


@click.command()
@training_option(options.FAMILY)
@training_option(replace(options.CORPUS, name="source"))
@training_option(options.OUTPUT)
@training_option(options.NAME)
@training_option(options.STEPS)
@training_option(options.SEED)
@training_option(options.START)
@training_option(options.PRESET)
@training_option(options.LABEL)
@training_option(options.CHANGES)
@report_errors
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
    """Train a network of a FAMILY (lstm, bachbot, rbm, dbn, biaxial or planner) on a SOURCE.

    SOURCE is a corpus that `ripieno prepare` made; for rbm, dbn and biaxial also a folder of MIDI, MusicXML
    or ABC.

    Ctrl-C stops it after the step that is being made; the same command goes on there.
    """
    load_torch()
    from ripieno.training.families.hyperparameters import parse_changes
    from ripieno.training.presets import named_changes
    from ripieno.training.trainer import TrainProgress, train_family

    parsed = {**named_changes(family, preset=preset, labels=labels), **parse_changes(family, changes)}
    corpus = corpus_from_folder(family, source, output, seed=seed) if source.is_dir() else source
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
                changes=parsed,
                start=start,
                report=report,
            )
        except KeyboardInterrupt:
            click.echo("ripieno: stopped; the same command goes on where it stopped", err=True)
            sys.exit(STOPPED)
    report_trained(stem)


def corpus_from_folder(family: str, source: Path, output: Path, *, seed: int) -> Path:
    """Make a folder of music a corpus in the training's own folder. Prints which files are left out."""
    from ripieno.training.families.registry import NOTE_STATE_FAMILIES
    from ripieno.training.trainer import make_folder
    from ripieno_bridges.corpora.build import save_pieces

    if family not in NOTE_STATE_FAMILIES:
        raise RequestError(
            f"{source}: a folder, but {family} learns from prepared scores; "
            f"run `ripieno prepare {source} -o mine.npz` and train on mine.npz"
        )
    make_folder(output)
    music = gather_music(source, voicings=VOICINGS, twelve_bars=0, seed=seed, quiet=False)
    music.report()
    if not music.pieces:
        raise RequestError(NOTHING_READ)
    save_pieces(output / CORPUS, music.pieces, force=True)
    return output / CORPUS


def report_trained(stem: Path) -> None:
    """Print the remarks of the card, and the paths of the results."""
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
