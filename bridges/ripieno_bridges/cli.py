"""The command line. Heavy things are imported where they are needed, so that --help is there at once."""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno import __version__
from ripieno.errors import RequestError, RipienoError, ScoreError
from ripieno.score import VOICE_NAMES, Key, Meter

if TYPE_CHECKING:
    from ripieno.drafts import Result, Settings
    from ripieno.models.filling import Generator
    from ripieno_bridges.jobs import Job

DEFAULT_MODEL = "lstm-chorales"
SEEDS = 2**31


class VoiceList(click.ParamType[tuple[str, ...]]):
    """Voices with commas between: soprano,bass."""

    name = "voices"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The voices, highest first, each once."""
        if isinstance(value, tuple):
            return value
        names = {part.strip().lower() for part in str(value).split(",") if part.strip()}
        unknown = sorted(names - set(VOICE_NAMES))
        if unknown or not names:
            self.fail(f'"{value}": name some of {", ".join(VOICE_NAMES)}, with commas between', param, ctx)
        return tuple(name for name in VOICE_NAMES if name in names)


class KeyName(click.ParamType[Key]):
    """A key as musicians write it: D, Eb, f# minor, g."""

    name = "key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Key:
        """The key; a small letter alone means minor."""
        if isinstance(value, Key):
            return value
        match = re.fullmatch(r"([A-Ga-g])\s*(#|b|♯|♭)?\s*(major|minor|maj|min|m)?", str(value).strip())
        if match:
            letter, accidental, mode = match.groups()
            minor = mode in ("minor", "min", "m") or (mode is None and letter.islower())
            fifths = "FCGDAEB".index(letter.upper()) - 1 - 3 * minor
            fifths += {None: 0, "#": 7, "♯": 7, "b": -7, "♭": -7}[accidental]
            if abs(fifths) <= 7:
                return Key(fifths, "minor" if minor else "major")
        self.fail(f'"{value}" is no key; write it like D, Bb, "f# minor" or g', param, ctx)
        raise AssertionError


class MeterName(click.ParamType[Meter]):
    """A time signature: 3/4."""

    name = "meter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Meter:
        """The meter."""
        if isinstance(value, Meter):
            return value
        match = re.fullmatch(r"(\d{1,2})/(1|2|4|8|16|32)", str(value).strip())
        if not match or int(match[1]) == 0:
            self.fail(f'"{value}" is no time signature; write it like 3/4', param, ctx)
        return Meter(int(match[1]), int(match[2]))


class MeasureSpan(click.ParamType[tuple[str, str]]):
    """Measures by their printed numbers: 5-8, or 5."""

    name = "measures"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """(first, last)"""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*([^\s-]+)\s*(?:-\s*([^\s-]+)\s*)?", str(value))
        if not match:
            self.fail(f'"{value}": write the measures like 5-8', param, ctx)
        return match[1], match[2] or match[1]


class Transposition(click.ParamType[str | int]):
    """Semitones, or "auto"."""

    name = "semitones|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Semitones as an int, or "auto"."""
        if value == "auto":
            return "auto"
        try:
            semitones = int(value)
        except ValueError:
            semitones = 99
        if abs(semitones) > 24:
            self.fail(f'"{value}": say auto, or semitones from -24 to 24', param, ctx)
        return semitones


# -- options that several commands share -------------------------------------------------------------------

Command = Callable[..., Any]


def generating(command: Command) -> Command:
    """The options of every command that makes music."""
    options = [
        click.option(
            "-o", "--output", type=click.Path(path_type=Path), help="Where to save: .musicxml, .mxl or .mid."
        ),
        click.option(
            "--model",
            default=DEFAULT_MODEL,
            show_default=True,
            help="A shipped model, or the path of trained weights.",
        ),
        click.option(
            "--temperature",
            type=click.FloatRange(0, 2),
            default=0.5,
            show_default=True,
            help="0 is strict, 1 is free.",
        ),
        click.option(
            "--top-p",
            type=click.FloatRange(0, 1, min_open=True),
            default=1.0,
            show_default=True,
            help="Choose only among the likeliest notes that make up this share.",
        ),
        click.option(
            "--alternatives",
            type=click.IntRange(1, 16),
            default=1,
            show_default=True,
            help="How many versions to save.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, SEEDS - 1),
            help="The same seed gives the same notes. [default: a new one]",
        ),
        click.option("--force", is_flag=True, help="Replace a file that is there already."),
        click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs."),
    ]
    for option in reversed(options):
        command = option(command)
    return told(command)


def of_a_score(command: Command) -> Command:
    """The options of every command that starts from a score."""
    command = click.option(
        "--transpose",
        "transposition",
        type=Transposition(),
        help="Move the piece first; auto finds the smallest move into the voices' ranges.",
    )(command)
    return click.argument("score", type=click.Path(path_type=Path))(command)


def told(command: Command) -> Command:
    """Tell a musician's error in one line and leave with 1; with --json, as an object."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except RipienoError as exc:
            if kwargs.get("as_json"):
                click.echo(json.dumps({"error": error_fields(exc)}))
            else:
                click.echo(f"ripieno: {exc}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("ripieno: stopped; nothing was written", err=True)
            sys.exit(1)

    return wrapper


def error_fields(exc: RipienoError) -> dict[str, Any]:
    """An error for programs: its kind, its text, and its place as far as it is known."""
    fields: dict[str, Any] = {"kind": type(exc).__name__, "text": str(exc)}
    if isinstance(exc, ScoreError):
        fields |= {
            "file": exc.file,
            "part": exc.part,
            "measure": exc.measure,
            "beat": exc.beat,
            "fault": exc.fault,
        }
    return fields


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ripieno")
def main() -> None:
    """Fill in the missing voices of a piece of music, and never touch what is given.

    \b
    ripieno harmonize melody.musicxml -o satb.musicxml
    ripieno compose --bars 8 --key "g minor" -o chorale.musicxml
    """  # noqa: D301 - click reads the backspace as "keep these lines"


# -- the tasks ---------------------------------------------------------------------------------------------


@main.command()
@of_a_score
@click.option(
    "--given",
    type=VoiceList(),
    help="The voices to keep, such as soprano,bass; the others are written. [default: every note]",
)
@click.option(
    "--layout",
    type=click.Choice(["open", "closed"]),
    default="open",
    show_default=True,
    help="Four staves or two, where a new score is written.",
)
@generating
def harmonize(
    score: Path, given: tuple[str, ...] | None, layout: str, transposition: str | int | None, **options: Any
) -> None:
    """Add the missing voices to a score: the same document comes back with them in it."""
    from ripieno import tasks

    def work(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        return tasks.harmonize(job.choir.score, model, given=given, settings=settings, progress=progress)

    from_score(
        score, work, suffix="satb", given=given, transposition=transposition, layout=layout, options=options
    )


@main.command()
@of_a_score
@click.option(
    "--measures",
    type=MeasureSpan(),
    required=True,
    help="Which measures to write anew, by their printed numbers: 5-8.",
)
@click.option(
    "--voices", type=VoiceList(), default=VOICE_NAMES, help="Which voices to write anew there. [default: all]"
)
@generating
def infill(
    score: Path,
    measures: tuple[str, str],
    voices: tuple[str, ...],
    transposition: str | int | None,
    **options: Any,
) -> None:
    """Write some measures of some voices anew; everything else stays."""
    from ripieno import tasks
    from ripieno_bridges.jobs import measure_range

    def work(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        span = measure_range(job.choir.score, *measures)
        return tasks.infill(
            job.choir.score, model, measures=span, voices=voices, settings=settings, progress=progress
        )

    from_score(score, work, suffix="infill", transposition=transposition, options=options)


@main.command("continue")
@of_a_score
@click.option(
    "--bars", type=click.IntRange(1, 512), default=4, show_default=True, help="How many measures to add."
)
@generating
def continue_(score: Path, bars: int, transposition: str | int | None, **options: Any) -> None:
    """Go on after the end of a score."""
    from ripieno import tasks

    def work(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        return tasks.continue_(job.choir.score, model, bars=bars, settings=settings, progress=progress)

    from_score(score, work, suffix="continued", transposition=transposition, options=options)


@main.command()
@click.option(
    "--bars", type=click.IntRange(1, 512), default=8, show_default=True, help="How many full measures."
)
@click.option("--key", type=KeyName(), help='Such as D, Bb, "f# minor" or g. [default: drawn from the seed]')
@click.option("--meter", type=MeterName(), default="4/4", show_default=True, help="The time signature.")
@click.option(
    "--pickup",
    type=click.IntRange(0, 64),
    default=0,
    show_default=True,
    help="Beats of upbeat before the first full measure, in the meter's unit.",
)
@click.option(
    "--layout",
    type=click.Choice(["open", "closed"]),
    default="open",
    show_default=True,
    help="Four staves, or two.",
)
@generating
def compose(bars: int, key: Key | None, meter: Meter, pickup: int, layout: str, **options: Any) -> None:
    """Compose a four-part chorale out of nothing."""
    from ripieno import tasks
    from ripieno_bridges.jobs import encode_new

    target = options["output"] or Path("chorale.musicxml")
    anacrusis = pickup * Fraction(4, meter.denominator)
    if anacrusis >= meter.length:
        raise RequestError(f"a pickup of {pickup} beats fills a whole measure of {meter}; make it shorter")
    model, settings = prepare_run(target, options)
    with progress_bar("composing", quiet=options["as_json"]) as progress:
        results = tasks.compose(
            model, bars=bars, meter=meter, key=key, anacrusis=anacrusis, settings=settings, progress=progress
        )
    encoded = [encode_new(r.score, p, layout=layout) for r, p in numbered(results, target)]
    finish(results, encoded, target, model, settings, options)


Work = Callable[["Job", "Generator", "Settings", Any], "list[Result]"]


def from_score(
    path: Path,
    work: Work,
    *,
    suffix: str,
    options: dict[str, Any],
    given: tuple[str, ...] | None = None,
    transposition: str | int | None = None,
    layout: str = "open",
) -> None:
    """Read a score, do the work, save the results."""
    from ripieno_bridges.files import load
    from ripieno_bridges.jobs import encode_result, in_file, make_job

    target = options["output"] or path.with_name(f"{path.stem}-{suffix}{path.suffix}")
    check_targets(target, options)
    source = load(path)
    with in_file(path.name):
        model, settings = prepare_run(target, options)
        job = make_job(source, model, given=given, transposition=transposition)
        with progress_bar("writing the voices", quiet=options["as_json"]) as progress:
            results = work(job, model, settings, progress)
        encoded = [encode_result(job, r, p, layout=layout) for r, p in numbered(results, target)]
    remarks = list(source.remarks)
    if job.moved:
        remarks.append(f"the piece was moved by {job.moved:+d} semitones")
    finish(results, encoded, target, model, settings, options, remarks=remarks)


def check_targets(target: Path, options: dict[str, Any]) -> None:
    """Complain before the work, not after it, about a name that cannot be written."""
    from ripieno_bridges.files import check_target, named

    for number in range(1, options["alternatives"] + 1):
        check_target(named(target, number), force=options["force"])


def prepare_run(target: Path, options: dict[str, Any]) -> tuple[Generator, Settings]:
    """The model and the settings that the options ask for."""
    check_targets(target, options)
    from ripieno.drafts import Settings
    from ripieno.models import load
    from ripieno.models.sampling import Sampling

    seed = options["seed"]
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    sampling = Sampling(temperature=options["temperature"], top_p=options["top_p"])
    return load(options["model"]), Settings(seed, options["alternatives"], sampling)


def numbered(results: list[Result], target: Path) -> Iterator[tuple[Result, Path]]:
    """Each result with the file that it goes to."""
    from ripieno_bridges.files import named

    return ((result, named(target, i)) for i, result in enumerate(results, 1))


def finish(
    results: list[Result],
    encoded: list[tuple[bytes, list[str]]],
    target: Path,
    model: Generator,
    settings: Settings,
    options: dict[str, Any],
    *,
    remarks: list[str] | None = None,
) -> None:
    """Save every alternative and say what was done."""
    from ripieno_bridges.files import save

    remarks = list(remarks or ())
    entries: list[dict[str, Any]] = []
    lines: list[str] = []
    for (result, path), (data, more) in zip(numbered(results, target), encoded, strict=True):
        save(path, data, force=options["force"])
        remarks += [remark for remark in more if remark not in remarks]
        notes = {voice.name: len(voice.notes) for voice in result.new if voice.notes}
        likelihood = round(result.log_likelihood, 3)
        entries.append(
            {"file": str(path), "notes": notes, "log_likelihood": likelihood, "parallels": result.parallels}
        )
        written = ", ".join(f"{name} {count}" for name, count in notes.items())
        lines.append(f"{path}: wrote {written or 'no'} notes")
    if options["as_json"]:
        report = {"seed": settings.seed, "model": model.name, "weights": model.sha256}
        click.echo(json.dumps({**report, "remarks": remarks, "alternatives": entries}))
        return
    for line in (*remarks, *lines):
        click.echo(line)
    click.echo(f"seed {settings.seed}, model {model.name} (the same seed gives the same notes)")


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar on the terminal; nothing where the output goes to a program or a file."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


# -- learning ----------------------------------------------------------------------------------------------


@main.command()
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
    from ripieno_bridges.files import check_free, corpus_paths, read_pieces, save_pieces

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


@main.command()
@click.argument("family", type=click.Choice(["lstm"]))
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("training"),
    show_default=True,
    help="The folder for checkpoints, log, plot and weights; a training that lies there goes on.",
)
@click.option("--name", default="my-lstm", show_default=True, help="What to call the weights.")
@click.option("--steps", type=click.IntRange(1), help="How many batches at the most.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the first weights and of all chances.",
)
@told
def train(family: str, corpus: Path, output: Path, name: str, steps: int | None, seed: int) -> None:
    """Train a network of a FAMILY on a CORPUS that `ripieno prepare` made.

    Ctrl-C stops it; the same command goes on where it stopped.
    """
    from ripieno.corpus import load_corpus
    from ripieno.models.weights import save_weights
    from ripieno.train import LOG, PLOT, TrainConfig, TrainProgress, training_card
    from ripieno.train import train as run_training

    assert family == "lstm"
    pieces = load_corpus(corpus)
    config = TrainConfig(seed=seed) if steps is None else TrainConfig(seed=seed, steps=steps)
    with progress_bar("training", quiet=False) as progress:

        def report(now: TrainProgress) -> None:
            progress(now.step / now.steps)
            if now.valid is not None:
                losses = ", ".join(f"{task} {loss:.4f}" for task, loss in now.valid.items())
                click.echo(f"step {now.step}: {losses}", err=True)

        model = run_training(pieces, output, config=config, report=report)
    save_weights(output / name, model, training_card(pieces, config, output))
    click.echo(f"{output / name}.safetensors, with the log in {output / LOG} and its plot in {output / PLOT}")


@main.command()
@click.argument("corpus", type=click.Path(path_type=Path))
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
@click.option(
    "--temperature",
    type=click.FloatRange(0, 2),
    default=0.5,
    show_default=True,
    help="0 is strict, 1 is free.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the harmonizations.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@told
def evaluate(corpus: Path, split: str, model: str, temperature: float, seed: int, as_json: bool) -> None:
    """Measure a model on the pieces of a CORPUS that it did not learn from."""
    from dataclasses import asdict

    from ripieno.corpus import load_corpus
    from ripieno.drafts import Settings
    from ripieno.evaluate import evaluate as measure
    from ripieno.models import load
    from ripieno.models.sampling import Sampling

    pieces = getattr(load_corpus(corpus), split)
    if not pieces:
        raise RequestError(f"there are no {split} pieces in {corpus}")
    settings = Settings(seed, 1, Sampling(temperature))
    with progress_bar("harmonizing", quiet=as_json) as progress:
        report = measure(load(model), pieces, settings=settings, progress=progress)
    if as_json:
        click.echo(json.dumps({"model": model, "split": split, **asdict(report)}))
        return
    click.echo(f"{model} on {report.pieces} {split} pieces")
    for task, value in report.nats.items():
        click.echo(f"  nats a cell, {task.replace('_', ' ')}: {value}")
    for voice, share in report.agreement.items():
        click.echo(f"  {voice} cells as in the original: {share:.1%}")
    click.echo(f"  parallels per 100 notes: {report.parallels} (originals {report.original_parallels})")
