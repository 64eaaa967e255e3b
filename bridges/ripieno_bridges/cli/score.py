"""The command score: an existing score set out otherwise, for the rehearsal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import RequestError, printable
from ripieno_bridges.api.exports import export_kind
from ripieno_bridges.cli.generate import ENDINGS
from ripieno_bridges.cli.output import report_errors
from ripieno_bridges.cli.param_types import SCORE_FILE

if TYPE_CHECKING:
    from ripieno_bridges.formats.files import Source


LAYOUTS = ("open", "closed")


@click.command()
@click.argument("score", type=SCORE_FILE)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help=f"Where to save: .musicxml, .mxl, {ENDINGS}."
)
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    help="A staff for each voice, or all voices on two, as in a hymnal.",
)
@click.option("--piano-reduction", is_flag=True, help="Put a piano for the rehearsal under the voices.")
@click.option("--tune", help="Which tune of an ABC file with several: its number (X:) or its title.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def score(
    score: Path,
    output: Path | None,
    layout: str | None,
    tune: str | None,
    *,
    piano_reduction: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Set out a score of two voices or more otherwise: open, closed, with a piano reduction under it.

    With -o it is also saved as a file of another kind, such as .ly, then in its own layout if none is named.
    """
    from ripieno_bridges.formats.exports import check_target
    from ripieno_bridges.formats.files import read_score_bytes, read_source, save, with_one_tune

    if not piano_reduction and layout is None and (output is None or export_kind(output.suffix) is None):
        raise RequestError("say what to make of the score: --layout open, --layout closed, --piano-reduction")
    target = output or score.with_name(f"{score.stem}-{layout or 'piano'}{suffix_of(score)}")
    check_target(target, force=force)
    source = read_source(score, with_one_tune(score, read_score_bytes(score), tune))
    data, remarks = made_of(source, target, layout, piano_reduction=piano_reduction)
    save(target, data, force=force)
    remarks = [*source.remarks, *remarks]
    if as_json:
        click.echo(json.dumps({"file": str(target), "remarks": remarks}))
        return
    for remark in remarks:
        click.echo(remark)
    click.echo(f"saved as {printable(str(target))}")


def suffix_of(path: Path) -> str:
    """How a result's name ends: as the score's where that is MusicXML."""
    from ripieno_bridges.formats.files import MUSICXML

    return path.suffix if path.suffix.lower() in MUSICXML else MUSICXML[0]


def made_of(
    source: Source, target: Path, layout: str | None, *, piano_reduction: bool
) -> tuple[bytes, list[str]]:
    """(the bytes to save under the target, remarks)."""
    from ripieno_bridges.formats.exports import export
    from ripieno_bridges.formats.files import read_musicxml_source
    from ripieno_bridges.formats.musicxml.reader import read_musicxml
    from ripieno_bridges.formats.piano_reduction import with_piano_reduction
    from ripieno_bridges.formats.score_layout import with_layout

    source, remarks = as_document(source)
    assert source.document is not None
    data = source.document.xml.archive or source.document.xml.data
    if layout is not None:
        data, more = with_layout(source, layout)
        source = read_musicxml_source(source.path, data)
        remarks += more
    if piano_reduction:
        data, more = with_piano_reduction(source)
        remarks += more
    kind = export_kind(target.suffix)
    if kind is None:
        return as_packed(source, data, target), remarks
    data, more = export(read_musicxml(data, source.path.name), kind)
    return data, [*remarks, *more]


def as_document(source: Source) -> tuple[Source, list[str]]:
    """(the source as MusicXML, remarks); a MIDI file becomes a new document."""
    from ripieno_bridges.formats.files import read_musicxml_source
    from ripieno_bridges.service.document_job import encode_new

    if source.document is not None:
        return source, []
    path = source.path.with_suffix(".musicxml")
    data, remarks = encode_new(source.score, path)
    return read_musicxml_source(path, data), remarks


def as_packed(source: Source, data: bytes, target: Path) -> bytes:
    """A document's bytes as an archive or not, as the target's name says. data: packed as the source was."""
    from ripieno_bridges.formats.musicxml.mxl import unpack
    from ripieno_bridges.formats.musicxml.writer import pack_mxl

    assert source.document is not None
    packed, wanted = source.document.xml.archive is not None, target.suffix.lower() == ".mxl"
    if packed == wanted:
        return data
    return pack_mxl(data) if wanted else unpack(data, source.path.name)[0]
