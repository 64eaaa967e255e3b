"""The command score: an existing score set out otherwise, for the rehearsal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import FileError, RequestError, printable
from ripieno_bridges.cli.output import report_errors

if TYPE_CHECKING:
    from ripieno_bridges.formats.files import Source


LAYOUTS = ("open", "closed")


@click.command()
@click.argument("score", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to save: .musicxml or .mxl.")
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
    """Set out a score of two voices or more otherwise: open, closed, with a piano reduction under it."""
    from ripieno_bridges.formats.files import check_free, read_score_bytes, read_source, save, with_one_tune

    if not piano_reduction and layout is None:
        raise RequestError("say what to make of the score: --layout open, --layout closed, --piano-reduction")
    target = output or score.with_name(f"{score.stem}-{layout or 'piano'}{suffix_of(score)}")
    check_is_document(target)
    check_free(target, force=force)
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


def check_is_document(path: Path) -> None:
    """Raise FileError for a result that is not to be MusicXML."""
    from ripieno_bridges.formats.files import MUSICXML

    if path.suffix.lower() not in MUSICXML:
        fault = "a score with staves is MusicXML; end the name with .musicxml or .mxl"
        raise FileError(printable(path.name), fault)


def made_of(
    source: Source, target: Path, layout: str | None, *, piano_reduction: bool
) -> tuple[bytes, list[str]]:
    """(the bytes to save under the target, remarks)."""
    from ripieno_bridges.formats.files import read_musicxml_source
    from ripieno_bridges.formats.piano_reduction import with_piano_reduction
    from ripieno_bridges.formats.score_layout import with_layout

    source, remarks = as_document(source)
    if layout is not None:
        data, more = with_layout(source, layout)
        source = read_musicxml_source(source.path, data)
        remarks += more
    if piano_reduction:
        data, more = with_piano_reduction(source)
        remarks += more
    return as_packed(source, data, target), remarks


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
