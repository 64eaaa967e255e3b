"""The situations of the unofficial MusicXML test suite, which music21 ships: what becomes of each, and why.

data/situations.json has a row for each file: [] for harmonized without a remark, remarks on how the document
was understood, or one string, why it was refused.
"""

from __future__ import annotations

import json
from pathlib import Path

import music21
import pytest
from lxml import etree

from common import DATA, is_inserted, schema_faults, source_of, unfilled_measures
from random_notes import RandomNotes
from ripieno.errors import RipienoError
from ripieno.tasks.choir import harmonize
from ripieno_bridges.formats.files import Source
from ripieno_bridges.service.document_job import document_job, encode_result

SUITE = Path(music21.__file__).parent / "musicxml" / "lilypondTestSuite"
TABLE: dict[str, list[str] | str] = json.loads((DATA / "situations.json").read_text())
MODEL = RandomNotes()


def outcome(path: Path) -> list[str] | str:
    """The row of a file. A result that changes a given byte, is invalid or not full fails the test."""
    try:
        source = source_of(path.read_bytes(), path.name)
        job = document_job(source, MODEL)
        result = harmonize(job.choir.score, MODEL)[0]
        out, _ = encode_result(job, result, Path("out.musicxml"))
    except RipienoError as exc:
        return str(exc)
    assert source.document is not None
    before = source.document.xml.data
    assert is_inserted(before, out)
    assert {f.split(": ", 1)[1] for f in schema_faults(out)} <= {
        f.split(": ", 1)[1] for f in schema_faults(before)
    }
    old = {part.get("id") for part in etree.fromstring(before).findall("part")}
    for part in etree.fromstring(out).findall("part"):
        if part.get("id") not in old:
            assert unfilled_measures(part, result.score.measures) == []
    return remarks_of(source)


def remarks_of(source: Source) -> list[str]:
    """How the document was understood."""
    return [] if source.document is None else list(source.document.remarks)


def test_every_situation_has_a_row() -> None:
    assert {path.name for path in SUITE.glob("*.*ml")} | {"90a-Compressed-MusicXML.mxl"} == set(TABLE)


@pytest.mark.filterwarnings("ignore::music21.musicxml.xmlObjects.MusicXMLWarning")
@pytest.mark.parametrize("name", TABLE)
def test_a_situation_is_harmonized_or_refused_with_its_reason(name: str) -> None:
    assert outcome(SUITE / name) == TABLE[name]


if (
    __name__ == "__main__"
):  # where more is understood on purpose: write the table again, and read what differs
    rows = {path.name: outcome(path) for path in sorted(map(SUITE.joinpath, TABLE))}
    (DATA / "situations.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
