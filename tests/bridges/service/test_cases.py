"""The small inputs of data/cases that other tests do not name: harmonized, and the document stays."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from lxml import etree

from common import DATA, is_inserted, schema_faults, unfilled_measures
from random_notes import quick_runner
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.safe_xml import as_utf8
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.service.documents import reply_with_documents

CASES = DATA / "cases"
IN_C = 'melody: "Soprano"; key: C major; 4 measures; written: alto, tenor, bass'
TABLE = {
    "08-odd-figures-below": [
        'melody: "Cantus"; bass: "Continuo"; key: G major; 4 measures; written: alto, tenor',
        '"Continuo" is heard as the bass, since it lies low; melody or given choose otherwise',
        '"Continuo", measure 1, beat 1 (and 3 more): the figure "+4" is passed over; nothing is asked there; '
        "write figures from 2 to 13 with accidentals or a stroke",
    ],
    "13-chord-with-text-between": [
        IN_C,
        '"Soprano", measure 4: of a chord the highest note is read, the others stay',
    ],
    "17-measure-ends-in-forward": [IN_C],
    "18-negative-loudness": [IN_C],
    "19-scaling-16-digits": [IN_C],
    "20-chord-symbol-subtract": [
        'melody: "Song"; key: C major; 4 measures; written: alto, tenor, bass',
        "1 chord symbol is obeyed; document-chords ignored passes them over",
    ],
    "21-non-traditional-key": [IN_C, "measure 1: a key signature of single accidentals, read as none"],
    "22-copy-entity": [IN_C],
    "23-long-rests": ['melody: "Soprano"; key: C major; 120 measures; written: alto, tenor, bass'],
}
ELSEWHERE = {  # the numbers of those in test_document_lines.py and test_hearing.py
    "01", "02", "03", "04", "05", "06", "07", "09", "10", "11", "12", "14", "15", "16",
}  # fmt: skip


def without_places(faults: list[str]) -> list[str]:
    return [fault.split(": ", 1)[1] for fault in faults]


def test_every_case_is_tested():
    numbers = {path.name[:2] for path in CASES.glob("*.musicxml")}
    assert numbers == ELSEWHERE | {name[:2] for name in TABLE}


@pytest.mark.parametrize("name", TABLE)
def test_a_case_is_harmonized_and_stays_as_it_was(name):
    path = Path(CASES / f"{name}.musicxml")
    request = Request(task="harmonize", model=DEFAULT_MODEL, seed=1)
    started = time.perf_counter()
    reply = reply_with_documents(
        quick_runner(),
        DocumentRequest(file=File(path.name, path.read_bytes()), request=request),
        progress=lambda _: None,
    )
    assert time.perf_counter() - started < 20
    assert [reply.understood, *reply.remarks] == TABLE[name]
    xml, out = check_document(path.read_bytes(), path.name), reply.documents[0]
    before = as_utf8(xml.data, xml.encoding)
    assert is_inserted(before, out)
    assert without_places(schema_faults(out)) == without_places(schema_faults(before))
    given = {part.get("id") for part in xml.root.findall("part")}
    new = [part for part in etree.fromstring(out).findall("part") if part.get("id") not in given]
    assert len(new) == reply.understood.rpartition("written: ")[2].count(",") + 1
    for part in new:
        assert unfilled_measures(part, reply.reply.results[0].score.measures) == []
