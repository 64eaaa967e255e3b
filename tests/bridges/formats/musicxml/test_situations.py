"""The situations of the unofficial MusicXML test suite, which music21 ships: what becomes of each, and why.

data/situations.json has a row for each file: what was understood, and remarks; or one string, why it was
refused. Where more is understood on purpose: run this file as a program, which writes the table again, and
read what differs.
"""

from __future__ import annotations

import json
from pathlib import Path

import music21
import pytest
from lxml import etree

from common import DATA, is_inserted, schema_faults, unfilled_measures
from random_notes import quick_runner
from ripieno.errors import RipienoError
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.safe_xml import as_utf8
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.service.documents import reply_with_documents

SUITE = Path(music21.__file__).parent / "musicxml" / "lilypondTestSuite"
TABLE: dict[str, list[str] | str] = json.loads((DATA / "situations.json").read_text())


def outcome(path: Path) -> list[str] | str:
    """The row of a file. A result that changes a given byte, is invalid or not full fails the test."""
    data = path.read_bytes()
    request = Request(task="harmonize", model=DEFAULT_MODEL, seed=1)
    document = DocumentRequest(file=File(path.name, data), request=request)
    try:
        reply = reply_with_documents(quick_runner(), document, progress=lambda _: None)
    except RipienoError as exc:
        return str(exc)
    xml = check_document(data, path.name)
    before, out = as_utf8(xml.data, xml.encoding), reply.documents[0]
    assert is_inserted(before, out)
    assert kinds(schema_faults(out)) <= kinds(schema_faults(before))
    old = {part.get("id") for part in etree.fromstring(before).findall("part")}
    for part in etree.fromstring(out).findall("part"):
        if part.get("id") not in old:
            assert unfilled_measures(part, reply.reply.results[0].score.measures) == []
    return [reply.understood, *reply.remarks]


def kinds(faults: list[str]) -> set[str]:
    """Faults of a schema without their places."""
    return {fault.split(": ", 1)[1] for fault in faults}


def test_every_situation_has_a_row() -> None:
    assert {path.name for path in SUITE.glob("*.*ml")} | {"90a-Compressed-MusicXML.mxl"} == set(TABLE)


@pytest.mark.filterwarnings("ignore::music21.musicxml.xmlObjects.MusicXMLWarning")
@pytest.mark.parametrize("name", TABLE)
def test_a_situation_is_harmonized_or_refused_with_its_reason(name: str) -> None:
    assert outcome(SUITE / name) == TABLE[name]


if __name__ == "__main__":
    rows = {path.name: outcome(path) for path in sorted(map(SUITE.joinpath, TABLE))}
    (DATA / "situations.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
