"""The command line. Heavy things are imported where they are needed, so that --help is there at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno import __version__
from ripieno.errors import RequestError
from ripieno.models import card
from ripieno.score import Key, Meter
from ripieno_bridges.cli_check import check
from ripieno_bridges.cli_evaluate import evaluate
from ripieno_bridges.cli_learning import prepare, train
from ripieno_bridges.cli_report import finish, numbered, progress_bar
from ripieno_bridges.cli_run import (
    PIANO,
    Task,
    check_targets,
    from_score,
    generating,
    make,
    of_a_score,
    performers,
    prepare_pianist,
    prepare_run,
    refuse_choir_options,
)
from ripieno_bridges.cli_search import search
from ripieno_bridges.cli_snippets import interpolate, snippets
from ripieno_bridges.cli_types import KeyName, MeasureSpan, MeterName, VoiceList

if TYPE_CHECKING:
    from ripieno.drafts import Result, Settings
    from ripieno.models.filling import Generator
    from ripieno.models.key_fill import KeyGenerator
    from ripieno.score import Score
    from ripieno_bridges.jobs import Job


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
    """Add the missing voices to a score, or a piano to a melody; the same document comes back with them."""
    from ripieno import pianist, tasks

    def sing(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        return tasks.harmonize(job.choir.score, model, given=given, settings=settings, progress=progress)

    def play(music: Score, model: KeyGenerator, settings: Settings, progress: Any) -> list[Result]:
        return pianist.harmonize(music, model, settings=settings, progress=progress)

    suffix = "piano" if performers(options) == PIANO else "satb"
    task = Task(sing, play, suffix, accompanies=True)
    from_score(score, task, given=given, transposition=transposition, layout=layout, options=options)


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
    from ripieno import pianist, tasks
    from ripieno_bridges.jobs import measure_range

    def sing(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        span = measure_range(job.choir.score, *measures)
        return tasks.infill(
            job.choir.score, model, measures=span, voices=voices, settings=settings, progress=progress
        )

    def play(music: Score, model: KeyGenerator, settings: Settings, progress: Any) -> list[Result]:
        if voices is not None:
            raise RequestError("--voices is for choirs; leave it out, or add --for choir")
        span = measure_range(music, *measures)
        return pianist.infill(music, model, measures=span, settings=settings, progress=progress)

    from_score(score, Task(sing, play, "infill"), transposition=transposition, options=options)


@main.command("continue")
@of_a_score
@click.option(
    "--bars", type=click.IntRange(1, 512), default=4, show_default=True, help="How many measures to add."
)
@generating
def continue_(score: Path, bars: int, transposition: str | int | None, **options: Any) -> None:
    """Go on after the end of a score."""
    from ripieno import pianist, tasks

    def sing(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        return tasks.continue_(job.choir.score, model, bars=bars, settings=settings, progress=progress)

    def play(music: Score, model: KeyGenerator, settings: Settings, progress: Any) -> list[Result]:
        return pianist.continue_(music, model, bars=bars, settings=settings, progress=progress)

    from_score(score, Task(sing, play, "continued"), transposition=transposition, options=options)


@main.command()
@of_a_score
@click.option(
    "--amount",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="How much may change: 0 is nothing, 1 is all.",
)
@generating
def vary(score: Path, amount: float, transposition: str | int | None, **options: Any) -> None:
    """Make a variation: the same music, changed a little or much."""
    from ripieno import pianist, tasks

    def sing(job: Job, model: Generator, settings: Settings, progress: Any) -> list[Result]:
        return tasks.vary(job.choir.score, model, amount=amount, settings=settings, progress=progress)

    def play(music: Score, model: KeyGenerator, settings: Settings, progress: Any) -> list[Result]:
        return pianist.vary(music, model, amount=amount, settings=settings, progress=progress)

    from_score(score, Task(sing, play, "varied"), transposition=transposition, options=options)


@main.command()
@click.option(
    "--bars", type=click.IntRange(1, 512), default=8, show_default=True, help="How many full measures."
)
@click.option("--key", type=KeyName(), help='Such as D, Bb, "f# minor" or g. [default: drawn from the seed]')
@click.option(
    "--meter", type=MeterName(), help="The time signature. [default: what the model knows best, or 4/4]"
)
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
def compose(
    bars: int, key: Key | None, meter: Meter | None, pickup: int, layout: str, **options: Any
) -> None:
    """Compose a four-part chorale, or a piece for the piano, out of nothing."""
    from ripieno import pianist, tasks
    from ripieno_bridges.jobs import encode_new

    players = performers(options)
    target = options["output"] or Path("piano.musicxml" if players == PIANO else "chorale.musicxml")
    meter = meter or Meter(*(int(n) for n in str(card(options["model"]).get("meter", "4/4")).split("/")))
    anacrusis = pickup * Fraction(4, meter.denominator)
    if anacrusis >= meter.length:
        raise RequestError(f"a pickup of {pickup} beats fills a whole measure of {meter}; make it shorter")
    check_targets(target, options)
    if players == PIANO:
        refuse_choir_options(None, layout)
        player, settings = prepare_pianist(options)
        model: Generator = player
    else:
        model, settings = prepare_run(options)
    with progress_bar("composing", quiet=options["as_json"]) as progress:

        def work(wanted: Settings) -> list[Result]:
            asked: Any = {"bars": bars, "meter": meter, "key": key, "anacrusis": anacrusis}
            if players == PIANO:
                return pianist.compose(player, **asked, settings=wanted, progress=progress)
            return tasks.compose(model, **asked, settings=wanted, progress=progress)

        results = make(work, settings, options)
    encoded = [encode_new(r.score, p, layout=layout) for r, p in numbered(results, target)]
    finish(results, encoded, target, model, settings, options)


for command in (interpolate, snippets, check, prepare, train, search, evaluate):
    main.add_command(command)
