"""A LilyPond file as PDF, by the program lilypond."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ripieno.errors import RequestError, printable, short
from ripieno_bridges.formats.lilypond.writer import write_lilypond
from ripieno_bridges.formats.musicxml.reader import Document

PROGRAM = "lilypond"
TIMEOUT_SECONDS = 300
OPTIONS = ("-s", "-dno-point-and-click", "--pdf")  # silent; links to the source would lead nowhere
INSTEAD = "save it as .ly, and engrave that elsewhere"


def engrave_pdf(document: Document) -> tuple[bytes, list[str]]:
    """(a document as PDF, remarks). Raises RequestError where LilyPond is not installed, or fails."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise RequestError(f"PDF is engraved by LilyPond, which is not installed; install it, or {INSTEAD}")
    text, remarks = write_lilypond(document)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "score.ly").write_bytes(text)
        try:
            done = subprocess.run(  # noqa: S603 (no shell, and a program that the user installed)
                [program, *OPTIONS, "score.ly"], capture_output=True, cwd=folder, timeout=TIMEOUT_SECONDS
            )
            pdf = Path(folder, "score.pdf")
            if done.returncode or not pdf.is_file():
                said = done.stderr.decode(errors="replace").strip().splitlines()
                raise RequestError(
                    f"LilyPond failed ({short(printable(said[-1] if said else ''))}); {INSTEAD}"
                )
            return pdf.read_bytes(), remarks
        except subprocess.TimeoutExpired as exc:
            raise RequestError(f"LilyPond took more than five minutes; {INSTEAD}") from exc
        except OSError as exc:
            raise RequestError(f"LilyPond failed ({exc.strerror}); {INSTEAD}") from exc
