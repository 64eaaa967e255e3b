"""Chords that are written into a document: asked ones as they were, elsewhere what sounds."""

from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from lxml import etree

from common import SCORES, is_inserted
from ripieno.errors import RequestError
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Key
from ripieno_bridges.api.checks import check_any_request
from ripieno_bridges.api.replies import DocumentReply
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.api.settings import read_setting, settings_of
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.service.documents import reply_to
from ripieno_bridges.service.model_runner import ModelRunner

TWINKLE = next(path for path in SCORES if path.stem == "twinkle")
CHORDS = "C | F C | F C | G C | C F | C G | C F | C G | Am | F C/E | Dm C/E | G7 C"
SYMBOLS = tuple(name for name, _ in groupby(CHORDS.replace("|", " ").split()))  # one a change
NUMERALS = "I . . . | IV I | IV I | V I | ? | I V | ? | I V | vi | IV I6 | ii I6 | V7 I"
runner = cache(ModelRunner)


def harmonized(write, **texts):
    fields = dict(read_setting(name, text, settings_of("cli")) for name, text in texts.items())
    request = DocumentRequest(
        file=File(TWINKLE.name, Path(TWINKLE).read_bytes()),
        request=Request(task="harmonize", seed=1, compare=False, **fields),
        write_chords=write,
    )
    reply = reply_to(runner(), request, progress=lambda _: None)
    assert isinstance(reply, DocumentReply)
    return reply.documents[0]


def test_the_chords_that_were_asked_for_are_written_as_they_were():
    data = harmonized("symbols", chords=CHORDS)
    assert is_inserted(Path(TWINKLE).read_bytes(), data)
    read = document_harmony(read_musicxml(data, "out.musicxml")).symbols
    written = [chord_text(one.chord) for one in read]
    assert written == [*SYMBOLS]


def test_numerals_stand_below_the_bass_with_the_cadences():
    root = etree.fromstring(harmonized("numerals", numerals=NUMERALS))
    words = [element.text.strip() for element in root.iter("words")]
    assert words[:4] == ["C major: I", "IV", "I", "PC"]
    assert words[-3:] == ["V⁷", "I", "PAC"] or words[-2:] == ["I", "PAC"]


def test_figures_stand_under_the_bass():
    root = etree.fromstring(harmonized("figures", chords=CHORDS))
    (part,) = (p for p in root.findall("part") if p.find(".//figured-bass") is not None)
    assert part is root.findall("part")[-1]
    sixths = [m.get("number") for m in part.findall("measure") if m.findtext(".//figure-number") == "6"]
    assert sixths == ["10", "11"]  # C/E


def test_a_new_piece_is_written_with_its_chords():
    chords = "C | F G | Am . Dm G7 | C"
    _, progression = read_setting("chords", chords, settings_of("cli"))
    request = Request(task="compose", bars=4, key=Key(0, "major"), seed=1, compare=False, chords=progression)
    reply = reply_to(
        runner(), DocumentRequest(file=None, request=request, write_chords="symbols"), progress=lambda _: None
    )
    assert isinstance(reply, DocumentReply)
    read = document_harmony(read_musicxml(reply.documents[0], "out.musicxml")).symbols
    assert {(h.onset, chord_text(h.chord)) for h in read} >= {
        (0, "C"), (4, "F"), (6, "G"), (8, "Am"), (10, "Dm"), (11, "G7"), (12, "C"),
    }  # fmt: skip


def test_chords_are_written_for_choirs_only():
    request = Request(task="compose", model="dbn-ragtime")
    with pytest.raises(RequestError) as caught:
        check_any_request(DocumentRequest(file=None, request=request, write_chords="symbols"))
    assert str(caught.value) == "write_chords is for choirs; leave it out, or let a choir perform"
