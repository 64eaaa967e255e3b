"""The command line. Heavy things are imported where they are needed, so that --help is there at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno import __version__
from ripieno.errors import RequestError
from ripieno.models import DEFAULT_MODEL
from ripieno.score import Key, Meter
from ripieno_bridges.cli_check import check
from ripieno_bridges.cli_evaluate import evaluate
from ripieno_bridges.cli_learning import prepare, train
from ripieno_bridges.cli_report import Command, finish, numbered, progress_bar, told
from ripieno_bridges.cli_search import search
from ripieno_bridges.cli_types import KeyName, MeasureSpan, MeterName, Transposition, VoiceList

if TYPE_CHECKING:
    from ripieno.drafts import Result, Settings
    from ripieno.models.filling import Generator
    from ripieno_bridges.jobs import Job

SEEDS = 2**31


# -- options that several commands share -------------------------------------------------------------------


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
            help="0 is strict, 1 is free. [default: 0.3 to harmonize, else 0.5]",
        ),
        click.option(
            "--beam",
            type=click.IntRange(1, 16),
            help="How many versions of each alternative to compare on the way; 1 goes note by note. "
            "[default: 4 to harmonize in up to four alternatives, else 1]",
        ),
        click.option(
            "--top-p",
            type=click.FloatRange(0, 1, min_open=True),
            help="Choose only among the likeliest notes that make up this share. [default: all]",
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
    "--voices", type=VoiceList(), help="Which voices to write anew there. [default: those there are]"
)
@generating
def infill(
    score: Path,
    measures: tuple[str, str],
    voices: tuple[str, ...] | None,
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
    check_targets(target, options)
    model, settings = prepare_run(options)
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
        model, settings = prepare_run(options)
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


def prepare_run(options: dict[str, Any]) -> tuple[Generator, Settings]:
    """The model and the settings that the options ask for."""
    from ripieno.drafts import Settings
    from ripieno.models import load

    seed = options["seed"]
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    asked = {name: options[name] for name in ("temperature", "top_p", "beam")}
    return load(options["model"]), Settings(seed, options["alternatives"], **asked)


for command in (check, prepare, train, search, evaluate):
    main.add_command(command)
