"""The command line. Heavy things are imported where they are needed, so that --help is there at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from ripieno import __version__
from ripieno.errors import RequestError
from ripieno.limits import MAX_BARS
from ripieno.score import Key, Meter, Score
from ripieno_bridges.api.requests import PIANO, meter_of
from ripieno_bridges.cli.check import check
from ripieno_bridges.cli.evaluate import evaluate
from ripieno_bridges.cli.generate import (
    Task,
    asked,
    check_targets,
    from_score,
    generating,
    of_a_score,
    performers,
    refuse_choir_options,
)
from ripieno_bridges.cli.install import install_plugin
from ripieno_bridges.cli.live import live
from ripieno_bridges.cli.midi import midi
from ripieno_bridges.cli.options import AMOUNT, BARS_TO_ADD
from ripieno_bridges.cli.output import finish, numbered, progress_bar
from ripieno_bridges.cli.param_types import KEY, METER, VOICES, MeasureSpan
from ripieno_bridges.cli.search import search
from ripieno_bridges.cli.serve import doctor, serve
from ripieno_bridges.cli.snippets import interpolate, snippets
from ripieno_bridges.cli.train import prepare, train


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
    type=VOICES,
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
    suffix = "piano" if performers(options) == PIANO else "satb"
    task = Task("harmonize", suffix, accompanies=True)
    from_score(score, task, given=given, transposition=transposition, layout=layout, options=options)


@main.command()
@of_a_score
@click.option(
    "--measures",
    type=MeasureSpan(),
    required=True,
    help="Which measures to write anew, by their printed numbers: 5-8.",
)
@click.option("--voices", type=VOICES, help="Which voices to write anew there. [default: those there are]")
@generating
def infill(
    score: Path,
    measures: tuple[str, str],
    voices: tuple[str, ...] | None,
    transposition: str | int | None,
    **options: Any,
) -> None:
    """Write some measures of some voices anew; everything else stays."""
    from ripieno_bridges.service.document_job import measure_range

    def details(score: Score) -> dict[str, Any]:
        return {"selection": score.span(measure_range(score, *measures)), "voices": voices}

    from_score(score, Task("infill", "infill", details), transposition=transposition, options=options)


@main.command("continue")
@of_a_score
@BARS_TO_ADD
@generating
def continue_(score: Path, bars: int, transposition: str | int | None, **options: Any) -> None:
    """Go on after the end of a score."""
    task = Task("continue", "continued", lambda _: {"bars": bars})
    from_score(score, task, transposition=transposition, options=options)


@main.command()
@of_a_score
@AMOUNT
@click.option("--given", type=VOICES, help="The voices that stay as they are. [default: none]")
@generating
def vary(
    score: Path,
    amount: float,
    given: tuple[str, ...] | None,
    transposition: str | int | None,
    **options: Any,
) -> None:
    """Make a variation: the same music, changed a little or much."""
    task = Task("vary", "varied", lambda _: {"amount": amount, "given": given})
    from_score(score, task, transposition=transposition, options=options)


@main.command()
@click.option(
    "--bars", type=click.IntRange(1, MAX_BARS), default=8, show_default=True, help="How many full measures."
)
@click.option("--key", type=KEY, help='Such as D, Bb, "f# minor" or g. [default: drawn from the seed]')
@click.option("--meter", type=METER, help="The time signature. [default: what the model knows best, or 4/4]")
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
    from ripieno_bridges.service.document_job import encode_new
    from ripieno_bridges.service.model_runner import ModelRunner

    piano = performers(options) == PIANO
    target = options["output"] or Path("piano.musicxml" if piano else "chorale.musicxml")
    meter = meter or meter_of(options["model"])
    anacrusis = pickup * Fraction(4, meter.denominator)
    if anacrusis >= meter.length:
        raise RequestError(f"a pickup of {pickup} beats fills a whole measure of {meter}; make it shorter")
    check_targets(target, options)
    if piano:
        refuse_choir_options(None, layout)
    request = asked("compose", options, bars=bars, key=key, meter=meter, anacrusis=anacrusis)
    with progress_bar("composing", quiet=options["as_json"]) as progress:
        reply = ModelRunner().answer(request, progress=progress)
    encoded = [encode_new(r.score, p, layout=layout) for r, p in numbered(reply.results, target)]
    finish(reply, encoded, target, options)


for command in (
    *(interpolate, snippets, check, serve, install_plugin, live, midi, doctor),
    *(prepare, train, search, evaluate),
):
    main.add_command(command)
