"""The commands that make music: harmonize, infill, continue, vary, compose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import RequestError
from ripieno_bridges.api.checks import check_any_request
from ripieno_bridges.api.exports import EXPORTS
from ripieno_bridges.api.requests import (
    PIANO,
    DocumentRequest,
    File,
    Performers,
    Request,
    TaskName,
    meter_of,
    performers_of,
)
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.options import (
    SETTINGS,
    Command,
    common_options,
    options_of,
    pickup_length,
    pickup_option,
)
from ripieno_bridges.cli.output import finish, progress_bar, report_errors
from ripieno_bridges.cli.param_types import SCORE_FILE, MeasureSpan
from ripieno_bridges.cli.running_server import reply_of_server, server_options

if TYPE_CHECKING:
    from ripieno_bridges.api.replies import FilesReply

ENDINGS = ", ".join(kind.endings[0] for kind in EXPORTS)
IN_MEASURES = "write them in a grid, or measure by measure"


def music_options(command: Command) -> Command:
    """The options of every command that makes music."""
    return with_output_options(command, common_options, f".musicxml, .mxl, {ENDINGS}")


def task_options(command: Command) -> Command:
    """The same for those that a running server can do."""
    return music_options(server_options(command))


def with_output_options(command: Command, others: Callable[[Command], Command], kinds: str) -> Command:
    """The options that say where to save and how to report, around others. kinds: of files."""
    own: list[Callable[[Command], Command]] = [
        click.option("-o", "--output", type=click.Path(path_type=Path), help=f"Where to save: {kinds}."),
        others,
        click.option("--force", is_flag=True, help="Replace a file that is there already."),
        click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs."),
    ]
    for option in reversed(own):
        command = option(command)
    return report_errors(command)


SCORE = click.argument("score", type=SCORE_FILE)


# -- the commands ------------------------------------------------------------------------------------------


@click.command()
@SCORE
@options_of("harmonize")
@task_options
def harmonize(score: Path, **options: Any) -> None:
    """Add the missing voices to a score, or a piano to a melody; the same document comes back with them."""
    run("harmonize", score, options, suffix="piano" if performers(options) == PIANO else "satb")


@click.command()
@SCORE
@click.option(
    "--measures",
    type=MeasureSpan(),
    required=True,
    help="Which measures to regenerate, by their printed numbers: 5-8.",
)
@options_of("infill")
@task_options
def infill(score: Path, measures: tuple[str, str], **options: Any) -> None:
    """Regenerate some measures of some voices; everything else stays."""
    run("infill", score, options, suffix="infill", measures=measures)


@click.command("continue")
@SCORE
@options_of("continue")
@task_options
def continue_(score: Path, **options: Any) -> None:
    """Go on after the end of a score."""
    run("continue", score, options, suffix="continued")


@click.command()
@SCORE
@options_of("vary")
@task_options
def vary(score: Path, **options: Any) -> None:
    """Make a variation: the same music, changed a little or much."""
    run("vary", score, options, suffix="varied")


@click.command()
@options_of("compose")
@pickup_option("Beats of upbeat before the first full measure, in the meter's unit.")
@task_options
def compose(pickup: int, **options: Any) -> None:
    """Compose a four-part chorale, or a piece for the piano, out of nothing."""
    options["meter"] = options["meter"] or meter_of(options["model"])
    options["anacrusis"] = pickup_length(pickup, options["meter"])
    run("compose", None, options)


# -- what they share ---------------------------------------------------------------------------------------


def run(
    task: TaskName,
    path: Path | None,
    options: dict[str, Any],
    *,
    suffix: str = "",
    measures: tuple[str, str] | None = None,
) -> None:
    """Do a task on the score in a file, or compose one, and save the results.

    suffix: ends the name of the result, where none is given. measures: to regenerate, by printed numbers.
    """
    from ripieno_bridges.formats.files import read_score_bytes, result_suffix

    piano = performers(options) == PIANO
    if path is None:
        target = options["output"] or Path("piano.musicxml" if piano else "chorale.musicxml")
    else:
        target = options["output"] or path.with_name(f"{path.stem}-{suffix}{result_suffix(path)}")
    file = None if path is None else File(str(path), read_score_bytes(path))
    check_targets(target, options)
    names = [path.name for path in target_paths(target, options)]
    request = document_request(task, file, options, measures, names)
    title = "composing" if path is None else "writing for the piano" if piano else "writing the voices"
    with progress_bar(title, quiet=options["as_json"]) as progress:
        done = reply_of_server(request, options, progress=progress) or own_reply(request, progress=progress)
    finish(
        done.reply,
        [(file.data, list(file.remarks)) for file in done.files],
        target,
        options,
        remarks=done.remarks,
        understood=done.understood,
        lines_read=done.lines,
    )


def own_reply(request: DocumentRequest, *, progress: Callable[[float], None]) -> FilesReply:
    """The reply to a request, made in this process. Raises RipienoError."""
    load_torch()
    from ripieno_bridges.service.documents import reply_with_files
    from ripieno_bridges.service.model_runner import ModelRunner

    return reply_with_files(ModelRunner(), request, progress=progress)


def document_request(
    task: TaskName,
    file: File | None,
    options: dict[str, Any],
    measures: tuple[str, str] | None = None,
    names: Sequence[str] = (),
) -> DocumentRequest:
    """The checked request that the options of a command make of a file. Raises RipienoError.

    names: of the files to write.
    """
    sheet = options["chords"] if isinstance(options["chords"], File) else None
    if sheet is not None:
        options = {**options, "chords": None}
    request = DocumentRequest(
        file=file,
        request=request_from(task, options),
        measures=measures,
        chord_sheet=sheet,
        names=tuple(names),
        **{s.fills: options[s.fills] for s in SETTINGS if s.of_document and s.fills in options},
    )
    check_any_request(request)
    return request


def request_from(task: TaskName, options: dict[str, Any]) -> Request:
    """The request that the options of a command make; its score is not known yet."""
    fields = {name: value for name, value in options.items() if name in Request.__struct_fields__}
    if isinstance(fields["chords"], File):
        raise RequestError(
            f"{fields['chords'].name}: its chords stand over the words of a song; {IN_MEASURES}"
        )
    fields["descent"] = dict(read_descent(text) for text in options["descent"])
    fields["performers"] = performers(options)
    return Request(task=task, analyse=True, **fields)


def check_targets(target: Path, options: dict[str, Any]) -> None:
    """Complain before the work, not after it, about a name that cannot be written."""
    from ripieno_bridges.formats.exports import check_target

    for path in target_paths(target, options):
        check_target(path, force=options["force"])


def target_paths(target: Path, options: dict[str, Any]) -> list[Path]:
    """Where the alternatives are saved."""
    from ripieno_bridges.formats.files import alternative_path

    return [alternative_path(target, number) for number in range(1, options["alternatives"] + 1)]


def performers(options: dict[str, Any]) -> Performers:
    """Who performs: as asked for, or as the model learned."""
    return performers_of(options["performers"], options["model"])


def read_descent(text: str) -> tuple[str, float]:
    """("steps", 60.0) of "steps=60". Raises RequestError."""
    name, _, word = text.partition("=")
    try:
        return name.strip(), float(word)
    except ValueError as exc:
        raise RequestError(f'--descent "{text}" is no name=number, such as steps=120') from exc
