"""Words under new voices, from the melody's document to MuseScore's reading of the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import hymn_words
from closed_hymn import HYMN
from common import SCORES, musescore_or_skip, schema_faults
from hymn_words import SungHymn, printed, words_of
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.documents import reply_with_documents
from ripieno_bridges.service.model_runner import ModelRunner
from tiny_network import random_weights

EVENTIDE = """
soprano: [key -3 major] G4:2"A-/Swift/Not/Come" G4:4"-bide/to/a/not" F4"with/its/brief/in" | \
Eb4:2"me;/close/glance/ter-" Bb4"fast/ebbs/I/-rors," | \
C5:4"falls/out/beg,/as" Bb4"the/life's/a/the" Bb4"ev-/lit-/pass-/King" Ab4"-en-/-tle/-ing/of" | \
G4:1"-tide;/day;/word;/kings,"
"""


@pytest.fixture(scope="module")
def runner() -> ModelRunner:
    return ModelRunner()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(random_weights(tmp_path_factory.mktemp("weights")))


def melodies() -> Iterator[tuple[str, Score]]:
    """Melodies with words: a hymn with four verses, one of two, and those that are shipped."""
    yield "eventide", parse_score(EVENTIDE)
    hymn = parse_score(HYMN)
    yield "early-spring", replace(hymn, voices=hymn.voices[:1])
    for path in SCORES:
        melody = hymn_words.melody_of(path)
        if melody is not None and path.stem in ("silent-night", "amazing-grace"):
            yield path.stem, melody


@pytest.mark.host
def test_musescore_reads_the_same_words_under_every_voice_of_a_choir(
    runner: ModelRunner, model: str, tmp_path: Path
) -> None:
    hymns: list[SungHymn] = []
    for name, melody in melodies():
        hymns += [
            hymn_words.harmonized(name, melody, runner, model, voices)
            for voices in ((), ("soprano", "alto", "bass"))
        ]
    assert len(hymns) == 8
    hymn_words.compare_with_musescore(hymns, musescore_or_skip(tmp_path / "home"), tmp_path)
    assert [hymn.faults for hymn in hymns] == [[]] * 8
    assert len(printed(hymns[0].setting)["Tenor"]) == 4
    assert set(printed(hymns[1].setting)) == {"Soprano", "Alto", "Bass"}
    assert all(hymn.counts["syllables under new voices"] for hymn in hymns)


def asked(runner: ModelRunner, data: bytes, request: Request, **document: Any) -> bytes:
    """The document that a request makes."""
    full = DocumentRequest(file=File("given.musicxml", data), request=request, **document)
    (made,) = reply_with_documents(runner, full, progress=lambda _: None).documents
    assert schema_faults(made) == []
    return made


def verses(data: bytes) -> dict[str, int]:
    """How many verses each part has."""
    return {name: len(found) for name, found in printed(data).items()}


def lyrics_of(data: bytes, place: int) -> list[bytes]:
    part = etree.fromstring(data).findall("part")[place]
    return [etree.tostring(lyric) for lyric in part.iter("lyric")]


def test_words_stand_under_the_melody_alone_where_that_is_wanted(runner: ModelRunner, model: str) -> None:
    data = write_musicxml(parse_score(EVENTIDE))
    made = asked(runner, data, Request(task="harmonize", model=model, seed=1, words="melody"))
    assert verses(made) == {"Soprano": 4, "Alto": 0, "Tenor": 0, "Bass": 0}


def test_in_a_closed_score_words_stand_under_the_melody_else_once_a_staff(
    runner: ModelRunner, model: str
) -> None:
    data = write_musicxml(parse_score(EVENTIDE))
    plain = asked(runner, data, Request(task="harmonize", model=model, seed=1), layout="closed")
    assert list(verses(plain).values()) == [4, 0]
    every = Request(task="harmonize", model=model, seed=1, words="all")
    made = asked(runner, data, every, layout="closed")
    assert list(verses(made).values()) == [4, 4]
    lower = etree.fromstring(made).findall("part")[1]
    assert {note.findtext("voice") for note in lower.iter("note") if note.find("lyric") is not None} == {"1"}


def test_voices_that_are_replaced_in_a_closed_score_get_no_words_beside_those_of_the_melody(
    runner: ModelRunner, model: str
) -> None:
    hymn = write_musicxml(parse_score(HYMN), layout="closed")
    made = asked(runner, hymn, Request(task="harmonize", model=model, seed=1, given=("soprano",)))
    assert list(verses(made).values()) == [2, 0]
    assert lyrics_of(made, 0) == lyrics_of(hymn, 0)


def test_a_stretch_that_is_regenerated_has_its_own_words_again(runner: ModelRunner, model: str) -> None:
    data = write_musicxml(parse_score(EVENTIDE))
    choir = asked(runner, data, Request(task="harmonize", model=model, seed=1))
    request = Request(task="infill", model=model, seed=5, voices=("alto",))
    made = asked(runner, choir, request, measures=("2", "3"))
    for before, after in zip(
        read_musicxml(choir, "x").score.voices, read_musicxml(made, "x").score.voices, strict=True
    ):
        for verse in range(1, 5):
            assert words_of(after.notes, verse) == words_of(before.notes, verse)
    others = [etree.tostring(part) for part in etree.fromstring(choir).findall("part")]
    assert [etree.tostring(part) for part in etree.fromstring(made).findall("part")][2:] == others[2:]
