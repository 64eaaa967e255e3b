"""The command batch: one task on many files, or many new pieces."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from click.core import ParameterSource

from ripieno.errors import STOPPED, RequestError, count_text, printable
from ripieno_bridges.api.exports import check_program, export_kind
from ripieno_bridges.api.requests import TaskName, meter_of
from ripieno_bridges.batch.messages import FORMATS, LOOKING, PARQUET
from ripieno_bridges.cli.generate import document_request
from ripieno_bridges.cli.options import SETTINGS, all_options, pickup_length, pickup_option
from ripieno_bridges.cli.output import error_table, progress_bar, report_errors, say, time_in_words
from ripieno_bridges.cli.param_types import SCORE_FILE, MeasureSpan
from ripieno_bridges.formats.files import READABLE_KINDS

if TYPE_CHECKING:
    from ripieno_bridges.api.requests import DocumentRequest
    from ripieno_bridges.batch.run import BatchReport

MAKING: tuple[TaskName, ...] = get_args(TaskName)
MAX_PIECES = 10_000_000
MAX_NAMES = 10  # of files that are passed over
MAX_LISTED = 40  # errors that are printed; the file has all
OF_FILES = ("sources", "output", "file_format", "license_id", "force", "as_json")
OF_WORK = ("batch_task", "count", "workers", "ray")  # and these: of the batch; all others are the task's
GO_ON = "the same command goes on where it stopped"


@click.command()
@click.argument("sources", nargs=-1, type=SCORE_FILE, metavar="FOLDER|LIST|FILES...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder for the results."
)
@click.option(
    "--task",
    "batch_task",
    type=click.Choice([*MAKING, *LOOKING]),
    default="harmonize",
    show_default=True,
    help="What to do with each file; check and analyze as the command check does.",
)
@click.option("-n", "--count", type=click.IntRange(1, MAX_PIECES), help="How many pieces to compose.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(list(FORMATS)),
    help="Files of this kind; parquet: one data set. [default: as the files that come in; to check: json]",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="How many at once. [default: one for each processor]"
)
@click.option("--ray", metavar="ADDRESS|auto", help="Let the workers be on a Ray cluster.")
@click.option(
    "--license",
    "license_id",
    default="unknown",
    show_default=True,
    help="Of a data set, as data hubs name it, for its card: cc0-1.0, cc-by-4.0 ...",
)
@click.option("--measures", type=MeasureSpan(), help="To infill: which measures of each file, 5-8.")
@pickup_option("To compose: beats of upbeat before the first full measure, in the meter's unit.")
@all_options("tune")  # every tune of an ABC file is done
@click.option("--force", is_flag=True, help="Do all again, and write over what is in the folder.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@click.pass_context
@report_errors
def batch(ctx: click.Context, /, **options: Any) -> None:
    """Do one task on many scores, or compose many pieces, by several workers at once.

    The same command goes on where it was stopped; what is done is not done again. Each file has its own seed,
    which follows from --seed and its name. What cannot be done is told at the end, and in errors.csv.
    """
    task, sources = options.pop("batch_task"), options["sources"]
    given = given_options(ctx)
    check_options(task, sources, options, given)
    from ripieno_bridges.batch.run import BatchRequest, run_batch

    file_format: str | None = options["file_format"] or ("json" if task in LOOKING else None)
    request = BatchRequest(
        task=task,
        sources=sources,
        output=options["output"],
        request=item_request(task, options, with_rows=file_format == PARQUET),
        options={name: text for name, text in given.items() if name != "--seed"},
        file_format=file_format,
        count=options["count"] or 1,
        seed=options["seed"],
        workers=options["workers"],
        ray=options["ray"],
        license_id=options["license_id"],
        force=options["force"],
    )
    with progress_bar(f"batch: {task}", quiet=options["as_json"]) as progress:
        report = run_batch(request, progress)
    tell(report, options["output"], as_json=options["as_json"])
    if report.stopped:
        sys.exit(STOPPED)
    if report.fault or report.refused:
        sys.exit(1)


def given_options(ctx: click.Context) -> dict[str, str]:
    """The options of the task that were given, by their names, with their values in words."""
    return {
        parameter.opts[-1]: value_in_words(ctx.params[parameter.name])
        for parameter in ctx.command.params
        if parameter.name is not None
        and parameter.name not in OF_FILES + OF_WORK
        and ctx.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
    }


def value_in_words(value: Any) -> str:
    """An option's value, the same text for the same value."""
    if isinstance(value, tuple | list):
        return ",".join(map(value_in_words, value))
    if isinstance(value, Mapping):
        return ",".join(f"{name}={value_in_words(one)}" for name, one in value.items())
    return str(value)


def check_options(
    task: str, sources: Sequence[Path], options: Mapping[str, Any], given: Mapping[str, str]
) -> None:
    """Raise RequestError for options that the task does not know, before anything is read."""
    if task == "compose" and sources:
        raise RequestError("to compose needs no files; leave them out, or say --task harmonize")
    if task != "compose" and not sources:
        raise RequestError(f"there is nothing to {task}; name a folder, a list or files")
    if options["count"] is not None and task != "compose":
        raise RequestError("-n is for --task compose; leave it out")
    if (task in LOOKING) != (options["file_format"] == "json") and options["file_format"] not in (
        None,
        PARQUET,
    ):
        raise RequestError(f"--format {options['file_format']} is not for {task}; leave it out")
    if options["license_id"] != "unknown" and options["file_format"] != PARQUET:
        raise RequestError("--license is for a data set; leave it out, or say --format parquet")
    if (kind := export_kind(FORMATS.get(options["file_format"], ""))) is not None:
        check_program(kind)
    if task == "infill" and options["measures"] is None:
        raise RequestError("which measures are to be regenerated? Say --measures 5-8")
    known = {f"--{s.option or s.word}" for s in SETTINGS if task in s.tasks}
    known |= {"infill": {"--measures"}, "compose": {"--pickup"}}.get(task, set())
    for name in given:
        if name not in known:
            raise RequestError(f"{name} is not for {task}; leave it out")


def item_request(task: str, options: dict[str, Any], *, with_rows: bool) -> DocumentRequest:
    """The request that is made of every item, without its file and seed. with_rows: for a data set."""
    from msgspec import structs

    from ripieno_bridges.api.requests import File

    making: TaskName = next((name for name in MAKING if name == task), "vary")  # to check, nothing is made
    options = {**options, "seed": None}
    for setting in SETTINGS:
        if isinstance(setting.default, Mapping):
            value = options[setting.fills]
            options[setting.fills] = setting.default_for(making) if value is None else value
    if making == "compose":
        options["meter"] = options["meter"] or meter_of(options["model"])
        options["anacrusis"] = pickup_length(options["pickup"], options["meter"])
    file = None if making == "compose" else File("", b"")
    made = document_request(making, file, options, options["measures"])
    return structs.replace(
        made,
        file=None,
        request=structs.replace(made.request, analyse=with_rows, check=with_rows),
    )


def tell(report: BatchReport, folder: Path, *, as_json: bool) -> None:
    """Say what was done, what was not, and how to go on."""
    if as_json:
        click.echo(json.dumps(report_fields(report, folder)))
        return
    if report.refused:
        rows = [(error.key, error.place, error.fault, error.way_out) for error in report.refused]
        error_table(("file", "place", "fault", "way out"), rows[:MAX_LISTED])
        if len(rows) > MAX_LISTED:
            click.echo(f"... and {len(rows) - MAX_LISTED} more")
        click.echo(f"{count_text(len(rows), 'error')}: {folder / 'errors.csv'}")
    if others := report.passed_over:
        more = f" and {len(others) - MAX_NAMES} more" if len(others) > MAX_NAMES else ""
        names = ", ".join(printable(name) for name in others[:MAX_NAMES])
        click.echo(f"passed over, since ripieno reads {READABLE_KINDS}: {names}{more}")
    before = f", {count_text(report.unchanged, 'item')} done before" if report.unchanged else ""
    took = f" in {time_in_words(report.seconds)}" if report.made else ""
    items = count_text(report.items, "item")
    say(f"{folder}: {report.made} of {items} done{took}{before}; seed {report.seed}")
    if report.fault:
        click.echo(f"ripieno: {report.fault}", err=True)
    if report.stopped or report.fault:
        click.echo(f"ripieno: stopped; {GO_ON}", err=True)


def report_fields(report: BatchReport, folder: Path) -> dict[str, Any]:
    """The report for programs."""
    return {
        "folder": str(folder),
        "items": report.items,
        "done": report.made,
        "unchanged": report.unchanged,
        "seed": report.seed,
        "passed_over": report.passed_over,
        "seconds": round(report.seconds, 1),
        "stopped": report.stopped,
        "fault": report.fault,
        "errors": [
            {"file": error.key, "place": error.place, "fault": error.fault, "way_out": error.way_out}
            for error in report.refused
        ],
    }
