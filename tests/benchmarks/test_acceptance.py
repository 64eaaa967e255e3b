"""The acceptance run in small: our scores, some folk songs and chorales, through the real code path."""

from collections import Counter
from pathlib import Path

import pytest

import acceptance
from common import musescore_or_skip
from random_notes import RandomNotes
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES, Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from tiny_network import random_generator

FOUR = "C5:2 D5:2 | E5:1\nE4:2 F4:2 | G4:1\nG3:2 A3:2 | C4:1\nC3:2 D3:2 | C3:1"


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[acceptance.Case]:
    """Folk songs, which have many meters and keys, with a network, and the others without one."""
    folder = tmp_path_factory.mktemp("melodies")
    songs = {"essen": acceptance.essen_tunes(folder, 10)[0]}
    others = {"scores": acceptance.shipped_scores(), "chorales": acceptance.chorale_sopranos(folder, 5)}
    return [
        *acceptance.accept(songs, random_generator(), folder),
        *acceptance.accept(others, RandomNotes(), folder),
    ]


def faults(cases: list[acceptance.Case]) -> dict[str, list[str]]:
    return {case.path.name: case.faults for case in cases if case.faults}


def test_every_melody_is_harmonized_and_every_promise_kept(cases: list[acceptance.Case]) -> None:
    assert Counter(case.group for case in cases) == {"scores": 10, "essen": 10, "chorales": 5}
    assert faults(cases) == {}


@pytest.mark.host
def test_musescore_prints_results_with_the_same_notes(cases: list[acceptance.Case], tmp_path: Path) -> None:
    musescore_or_skip(tmp_path / "home")
    some = cases[::3]
    acceptance.check_with_musescore(some, tmp_path)
    assert faults(some) == {}


def faults_of(given: bytes, data: bytes, after: Score) -> list[str]:
    again = read_musicxml(data, "out.musicxml").score
    return list(acceptance.check_document(given, data, after, VOICE_NAMES, again))


def test_the_checks_see_what_is_broken() -> None:
    after = parse_score(FOUR)
    data = write_musicxml(after)
    given = data
    assert faults_of(given, data, after) == []
    changed = data.replace(b"<octave>5</octave>", b"<octave>4</octave>", 1)
    assert faults_of(given, changed, after) == [
        "bytes of the given document are missing",
        "the given part P1 changed",
        "reads back as other notes",
    ]
    lost = data[: data.rindex(b"<note>")] + data[data.rindex(b"</note>") + 7 :]
    broken = faults_of(given, lost, after)
    assert broken[:2] == ["bytes of the given document are missing", "the given part P4 changed"]


@pytest.mark.timeout(1800)  # hundreds of pieces; a minute or three where nothing else runs
@pytest.mark.long
@pytest.mark.host
def test_a_hundred_folk_songs_and_forty_chorales_with_the_shipped_network(tmp_path: Path) -> None:
    musescore_or_skip(tmp_path / "home")
    groups = {
        "scores": acceptance.shipped_scores(),
        "essen": acceptance.essen_tunes(tmp_path, 100)[0],
        "chorales": acceptance.chorale_sopranos(tmp_path, 40),
    }
    cases = acceptance.accept(groups, load(), tmp_path)
    acceptance.check_with_musescore(cases, tmp_path)
    assert len(cases) == 150
    assert faults(cases) == {}
