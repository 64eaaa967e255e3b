"""The kinds of files that a document can be saved as, besides MusicXML: a row each.

``formats.exports`` has the writer of each.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Literal

from ripieno.errors import FileError, RequestError, printable

ExportName = Literal["midi", "lilypond", "pdf", "abc", "dawproject"]


@dataclass(frozen=True, slots=True)
class ExportKind:
    """A kind of file. name: as HTTP takes it. endings: of a file's name, the usual one first.

    about: whom it is for, in a few words. program: that writes it, where ripieno cannot do so alone.
    """

    name: ExportName
    title: str
    endings: tuple[str, ...]
    media_type: str
    about: str
    program: str | None = None

    @property
    def is_available(self) -> bool:
        """Whether the program that it needs is installed."""
        return self.program is None or shutil.which(self.program) is not None


EXPORTS = (
    ExportKind("midi", "MIDI", (".mid", ".midi"), "audio/midi", "for sequencers"),
    ExportKind("lilypond", "LilyPond", (".ly",), "text/x-lilypond", "a source to engrave and to include"),
    ExportKind("pdf", "PDF", (".pdf",), "application/pdf", "engraved by LilyPond", "lilypond"),
    ExportKind("abc", "ABC", (".abc",), "text/vnd.abc", "for tune books"),
    ExportKind(
        "dawproject",
        "DAWproject",
        (".dawproject",),
        "application/vnd.dawproject+zip",
        "for Bitwig Studio, Cubase, Studio One",
    ),
)


def export_kind(suffix: str) -> ExportKind | None:
    """The kind of files whose names end so, whatever the case."""
    return next((kind for kind in EXPORTS if suffix.lower() in kind.endings), None)


def check_program(kind: ExportKind, file: str | None = None) -> None:
    """Raise RequestError, or FileError for a file, where the program that a kind needs is not installed."""
    if kind.is_available:
        return
    missing = f"{kind.title} files are made by {kind.program}, which is not installed"
    fault = f"{missing}; install it, or take LilyPond's own files (.ly), to engrave them elsewhere"
    raise RequestError(fault) if file is None else FileError(printable(file), fault)
