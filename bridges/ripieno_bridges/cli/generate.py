"""What every command that makes music does: options, reading, the work, saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ripieno.errors import RequestError
from ripieno.limits import MAX_ALTERNATIVES
from ripieno.score import Score
from ripieno_bridges.api.requests import (
    CHOIR,
    MAX_BEAM,
    PIANO,
    Performers,
    Request,
    TaskName,
    performers_of,
)
from ripieno_bridges.cli.options import MODEL, SEED
from ripieno_bridges.cli.output import Command, finish, numbered, progress_bar, told
from ripieno_bridges.cli.param_types import Transposition


def generating(command: Command) -> Command:
    """The options of every command that makes music."""
    options = [
        click.option(
            "-o", "--output", type=click.Path(path_type=Path), help="Where to save: .musicxml, .mxl or .mid."
        ),
        MODEL,
        click.option(
            "--for",
            "players",
            type=click.Choice([CHOIR, PIANO]),
            help="Who performs: four voices, or two hands. [default: what the model learned]",
        ),
        click.option(
            "--temperature",
            type=click.FloatRange(0, 2),
            help="0 is strict, 1 is free. [default: 0.3 to harmonize, else 0.5]",
        ),
        click.option(
            "--beam",
            type=click.IntRange(1, MAX_BEAM),
            help="How many versions of each alternative to compare on the way; 1 goes note by note. "
            "[default: 4 to harmonize in up to four alternatives, else 1]",
        ),
        click.option(
            "--top-p",
            type=click.FloatRange(0, 1, min_open=True),
            help="Choose only among the likeliest notes that make up this share. [default: all]",
        ),
        click.option(
            "--original",
            type=click.FloatRange(0, 1),
            help="The most of the new notes (0.5 is half) that may stand in four measures of one piece that "
            "the model learned from; what has more is made anew. [default: any]",
        ),
        click.option(
            "--threshold",
            type=click.FloatRange(0, 1, min_open=True),
            help="At the piano, the chance from which on a key is played. [default: so many as expected]",
        ),
        click.option(
            "--descent",
            multiple=True,
            metavar="NAME=VALUE",
            help="How a DBN looks for music that fits what is given: steps, restarts, rate, and the weights "
            "wanted (a given note missing), unwanted (a key that must be silent), near (a key within a whole "
            "step of a given one), agree (windows that differ) and prior; repeatable.",
        ),
        click.option(
            "--alternatives",
            type=click.IntRange(1, MAX_ALTERNATIVES),
            default=1,
            show_default=True,
            help="How many versions to save.",
        ),
        SEED,
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


@dataclass(frozen=True, slots=True)
class Task:
    """What a command does with a score.

    details: what its request says beside the score, once that is read. suffix: what the result's file is
    called, where no name is given. accompanies: at the piano, what is given is a melody, which stays in its
    own part and document.
    """

    name: TaskName
    suffix: str
    details: Callable[[Score], dict[str, Any]] = lambda _: {}
    accompanies: bool = False


def from_score(
    path: Path,
    task: Task,
    *,
    options: dict[str, Any],
    given: tuple[str, ...] | None = None,
    transposition: str | int | None = None,
    layout: str = "open",
) -> None:
    """Read a score, do the work, save the results."""
    target = options["output"] or path.with_name(f"{path.stem}-{task.suffix}{path.suffix}")
    check_targets(target, options)
    from ripieno_bridges.formats.files import load
    from ripieno_bridges.formats.polyphony import read_polyphony
    from ripieno_bridges.service.documents import play, sing
    from ripieno_bridges.service.model_runner import ModelRunner

    answerer, piano = ModelRunner(), performers(options) == PIANO
    if piano:
        refuse_choir_options(given, layout)
    source = read_polyphony(path) if piano and not task.accompanies else load(path)

    def ask(score: Score) -> Request:
        return asked(task.name, options, score=score, **{"given": given, **task.details(score)})

    title = "writing for the piano" if piano else "writing the voices"
    with progress_bar(title, quiet=options["as_json"]) as progress:
        same: dict[str, Any] = {"transposition": transposition, "progress": progress}
        if piano:
            done = play(answerer, source, ask, accompanies=task.accompanies, **same)
        else:
            done = sing(answerer, source, ask, model=options["model"], given=given, layout=layout, **same)
        encoded = [done.encode(result, p) for result, p in numbered(done.reply.results, target)]
    finish(done.reply, encoded, target, options, remarks=list(done.remarks))


def asked(task: TaskName, options: dict[str, Any], **details: Any) -> Request:
    """The request that the options of ``generating`` make."""
    same = ("model", "seed", "alternatives", "temperature", "top_p", "beam", "original", "threshold")
    return Request(
        task=task,
        **{name: options[name] for name in same},
        descent=dict(read_descent(text) for text in options["descent"]),
        performers=performers(options),
        **details,
    )


def refuse_choir_options(given: tuple[str, ...] | None, layout: str) -> None:
    """Raise RequestError for what makes no sense at the piano."""
    if given is not None or layout != "open":
        option = "--given" if given is not None else "--layout"
        raise RequestError(f"{option} is for choirs; leave it out, or add --for choir")


def check_targets(target: Path, options: dict[str, Any]) -> None:
    """Complain before the work, not after it, about a name that cannot be written."""
    from ripieno_bridges.formats.files import check_target, named

    for number in range(1, options["alternatives"] + 1):
        check_target(named(target, number), force=options["force"])


def performers(options: dict[str, Any]) -> Performers:
    """Who shall perform: as asked for, or as the model learned."""
    return performers_of(options["players"], options["model"])


def read_descent(text: str) -> tuple[str, float]:
    """("steps", 60.0) of "steps=60"."""
    name, _, word = text.partition("=")
    try:
        return name.strip(), float(word)
    except ValueError as exc:
        raise RequestError(f'--descent "{text}" is no name=number, such as steps=120') from exc
