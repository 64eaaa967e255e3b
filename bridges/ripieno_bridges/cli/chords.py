"""The command chords: a lead sheet of a melody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import count_text
from ripieno_bridges.api.requests import File
from ripieno_bridges.cli.generate import ENDINGS, SCORE, check_targets, document_request, with_output_options
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.options import COMMON, SETTINGS, Command, option_of
from ripieno_bridges.cli.output import finish, notes_written, numbered, progress_bar

if TYPE_CHECKING:
    from ripieno.results import Result

# Settings of harmonize that are about voices which nobody sees here.
LEFT_OUT = (
    "performers",
    "layout",
    "voices",
    "original",
    "threshold",
    "descent",
    "write_chords",
    "figures",
    "piano_reduction",
)
FORMS = ("symbols", "numerals")  # of chords; figures stand under a bass


def harmony_options(command: Command) -> Command:
    """The options of harmonize, without those that are about the voices."""
    for setting in reversed(SETTINGS):
        if "harmonize" in setting.tasks and setting.name not in LEFT_OUT:
            command = option_of(setting, None if setting in COMMON else "harmonize")(command)
    return command


def lead_sheet_options(command: Command) -> Command:
    """All options of the command."""
    return with_output_options(command, harmony_options, f".musicxml, .mxl, {ENDINGS}")


@click.command()
@SCORE
@click.option("--piano", is_flag=True, help="Also write a comping piano part below the melody.")
@click.option(
    "--write-chords",
    type=click.Choice(FORMS),
    default=FORMS[0],
    show_default=True,
    help="How to write the chords: as symbols, or as Roman numerals with cadences.",
)
@lead_sheet_options
def chords(score: Path, piano: bool, **options: Any) -> None:
    """Write the chords of a melody over it, as in a lead sheet; all else in the document stays."""
    from ripieno_bridges.formats.files import MUSICXML, read_score_bytes

    suffix = score.suffix if score.suffix.lower() in MUSICXML else MUSICXML[0]
    target = options["output"] or score.with_name(f"{score.stem}-chords{suffix}")
    file = File(str(score), read_score_bytes(score))
    check_targets(target, options)
    form = options.pop("write_chords")
    request = document_request("harmonize", file, {**options, "performers": "choir", "descent": ()})
    load_torch()
    from ripieno_bridges.service.lead_sheet import lead_sheets
    from ripieno_bridges.service.model_runner import ModelRunner

    with progress_bar("writing the chords", quiet=options["as_json"]) as progress:
        made = lead_sheets(ModelRunner(), request, form, piano=piano, progress=progress)
        encoded = [made.encode(result, path) for result, path in numbered(made.reply.results, target)]
    finish(
        made.reply,
        encoded,
        target,
        options,
        remarks=made.remarks,
        understood=made.understood,
        lines_read=made.lines,
        wrote=chords_written,
    )


def chords_written(result: Result) -> str:
    """How many chords a lead sheet has, and how many notes its piano."""
    assert result.analysis is not None, "a lead sheet"
    words = count_text(len(result.analysis.chords), "chord")
    return f"{words}; {notes_written(result)}" if result.new else words
