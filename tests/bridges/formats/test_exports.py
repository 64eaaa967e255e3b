"""A result as any kind of file that the table lists, at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from common import ROOT
from ripieno_bridges.api.exports import EXPORTS
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.exports import writer_of

TWINKLE = ROOT / "scores/twinkle.musicxml"
BEGINS = {".mid": b"MThd", ".ly": b"\\version", ".abc": b"%abc-2.1", ".dawproject": b"PK"}


@pytest.mark.parametrize("ending", BEGINS)
def test_a_score_is_saved_as_the_kind_that_its_name_says(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"twinkle{ending}"
    result = CliRunner().invoke(main, ["score", str(TWINKLE), "-o", str(target)])
    assert result.exit_code == 0, result.output
    assert target.read_bytes().startswith(BEGINS[ending])
    assert ("have no place for words" in result.output) == (ending == ".dawproject")


def test_pdf_needs_lilypond_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(main, ["score", str(TWINKLE), "-o", str(tmp_path / "twinkle.pdf")])
    assert result.output == (
        "ripieno: twinkle.pdf: PDF files are made by lilypond, which is not installed; install it, or "
        "take LilyPond's own files (.ly), to engrave them elsewhere\n"
    )


def test_every_kind_has_a_writer() -> None:
    assert all(callable(writer_of(kind)) for kind in EXPORTS)
