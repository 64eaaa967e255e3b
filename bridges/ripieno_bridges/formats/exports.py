"""Documents as files of another kind, and the names that results may have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ripieno.errors import FileError, printable
from ripieno_bridges.api.exports import EXPORTS, ExportKind, check_program, export_kind
from ripieno_bridges.formats.files import MUSICXML, check_free
from ripieno_bridges.formats.musicxml.reader import Document

OTHERS = ", ".join(f"{kind.title} ({kind.endings[0]})" for kind in EXPORTS[:-1])
KINDS = f"MusicXML (.musicxml, .xml, .mxl), {OTHERS} or {EXPORTS[-1].title} ({EXPORTS[-1].endings[0]})"

ExportWriter = Callable[[Document], tuple[bytes, list[str]]]


def check_target(path: Path, *, force: bool) -> None:
    """Raise FileError, before any work, where a result could not be saved."""
    kind = export_kind(path.suffix)
    if kind is None and path.suffix.lower() not in MUSICXML:
        raise FileError(printable(path.name), f"ripieno writes {KINDS}; end the name with one of these")
    if kind is not None:
        check_program(kind, path.name)
    check_free(path, force=force)


def export(document: Document, kind: ExportKind) -> tuple[bytes, list[str]]:
    """(a document as a file of another kind, remarks on what is not in it)."""
    return writer_of(kind)(document)


def writer_of(kind: ExportKind) -> ExportWriter:
    """What writes a kind of files."""
    from ripieno_bridges.formats.abc.writer import write_abc
    from ripieno_bridges.formats.dawproject.writer import write_dawproject
    from ripieno_bridges.formats.document_midi import write_document_midi
    from ripieno_bridges.formats.lilypond.engrave import engrave_pdf
    from ripieno_bridges.formats.lilypond.writer import write_lilypond

    writers: dict[str, ExportWriter] = {
        "midi": write_document_midi,
        "lilypond": write_lilypond,
        "pdf": engrave_pdf,
        "abc": write_abc,
        "dawproject": write_dawproject,
    }
    return writers[kind.name]
