"""What every command that makes music does: options, reading, the work, saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ripieno.errors import RequestError
from ripieno.score import Score
from ripieno_bridges.cli.options import MODEL, SEED
from ripieno_bridges.cli.report import Command, finish, numbered, progress_bar, told
from ripieno_bridges.cli.types import Transposition
from ripieno_bridges.requests import (
    CHOIR,
    MOST_ALTERNATIVES,
    MOST_BEAM,
    PIANO,
    Performers,
    Request,
    TaskName,
    performers_of,
)


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
            type=click.IntRange(1, MOST_BEAM),
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
            type=click.IntRange(1, MOST_ALTERNATIVES),
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
    if performers(options) == PIANO:
        refuse_choir_options(given, layout)
        play_from_score(path, target, task, options, transposition)
    else:
        sing_from_score(path, target, task, options, given, transposition, layout)


def sing_from_score(
    path: Path,
    target: Path,
    task: Task,
    options: dict[str, Any],
    given: tuple[str, ...] | None,
    transposition: str | int | None,
    layout: str,
) -> None:
    """For a choir: the document comes back with the voices in it."""
    from ripieno_bridges.answering import Answerer
    from ripieno_bridges.files import load
    from ripieno_bridges.jobs import encode_result, in_file, make_job

    source = load(path)
    with in_file(path.name):
        answerer = Answerer()
        job = make_job(source, answerer.model(options["model"]), given=given, transposition=transposition)
        score = job.choir.score
        request = asked(task.name, options, score=score, given=given, **task.details(score))
        with progress_bar("writing the voices", quiet=options["as_json"]) as progress:
            reply = answerer.answer(request, progress=progress)
        encoded = [encode_result(job, r, p, layout=layout) for r, p in numbered(reply.results, target)]
    finish(reply, encoded, target, options, remarks=[*source.remarks, *moved_remark(job.moved)])


def play_from_score(
    path: Path, target: Path, task: Task, options: dict[str, Any], transposition: str | int | None
) -> None:
    """At the piano: a melody's document with a piano part in it, or a new score for two hands."""
    from ripieno_bridges.answering import Answerer
    from ripieno_bridges.files import is_midi, load
    from ripieno_bridges.jobs import encode_accompanied, encode_new, in_file, transposed_source
    from ripieno_bridges.polyphony import read_polyphony

    source = load(path) if task.accompanies else read_polyphony(path)
    moved = transposition if isinstance(transposition, int) else 0  # a piano has every key
    if moved:
        source = transposed_source(source, moved)
    with in_file(path.name):
        request = asked(task.name, options, score=source.score, **task.details(source.score))
        with progress_bar("writing for the piano", quiet=options["as_json"]) as progress:
            reply = Answerer().answer(request, progress=progress)
        if task.accompanies:
            encoded = [encode_accompanied(source, r, p) for r, p in numbered(reply.results, target)]
        else:
            encoded = [encode_new(r.score, p) for r, p in numbered(reply.results, target)]
    remarks = [*source.remarks, *moved_remark(moved)]
    if not task.accompanies and not is_midi(path):
        remarks.append("piano music comes as a new score; words, dynamics and layout are not in it")
    finish(reply, encoded, target, options, remarks=remarks)


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


def moved_remark(semitones: int) -> list[str]:
    """What to say about a transposition."""
    return [f"the piece was moved by {semitones:+d} semitones"] if semitones else []


def refuse_choir_options(given: tuple[str, ...] | None, layout: str) -> None:
    """Raise RequestError for what makes no sense at the piano."""
    if given is not None or layout != "open":
        option = "--given" if given is not None else "--layout"
        raise RequestError(f"{option} is for choirs; leave it out, or add --for choir")


def check_targets(target: Path, options: dict[str, Any]) -> None:
    """Complain before the work, not after it, about a name that cannot be written."""
    from ripieno_bridges.files import check_target, named

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
