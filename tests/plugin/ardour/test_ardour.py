"""The action for Ardour in a real session, run without a window, with ripieno's real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from lxml import etree

from common import host_or_skip
from osc_hosts.ardour import (
    NAME,
    TUNE,
    Session,
    action_file,
    answer,
    new_session,
    position_and_length,
    run,
)
from osc_hosts.running import served

pytestmark = pytest.mark.host
Told = dict[str, list[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    host_or_skip(shutil.which("ardour7-lua"), "Ardour")
    with served() as port:
        yield port


@pytest.fixture(scope="module")
def tried(server: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Told]:
    """A session after all that the bench tries, and what was told then."""
    home = tmp_path_factory.mktemp("ardour")
    session = new_session(home)
    told: Told = {}
    printed = home / "printed.txt"
    run(home, "ardour_bench.lua", session.folder, NAME, action_file(home, server), printed)
    for line in printed.read_text("utf-8").splitlines():
        if line.startswith("RUN "):
            told[line.removeprefix("RUN ")] = []
        elif told:
            told[[*told][-1]].append(line)
    return session, told


@pytest.fixture
def session(tried: tuple[Session, Told]) -> Session:
    return tried[0]


@pytest.fixture
def told(tried: tuple[Session, Told]) -> Told:
    return tried[1]


def test_a_melody_gets_the_voices_of_a_plain_client_on_tracks_of_their_own(
    session: Session, told: Told, server: int
) -> None:
    assert told["the melody"][-1].endswith(" 3 1")  # done, with seed 3, complete
    tracks = [route.get("name") for route in session.root.iter("Route")]
    assert tracks == ["Master", "Melody", "Alto", "Tenor", "Bass"]
    for name, notes in answer(server, TUNE, seed=3, key="G major").items():
        region = session.regions(name)[0]
        assert position_and_length(region) == (0, 8)
        assert session.notes(region) == [(*note, 90) for note in notes]


def test_the_melody_stays(session: Session) -> None:
    region = session.regions("Melody")[0]
    assert position_and_length(region) == (0, 8)
    assert session.notes(region) == [(*note, 90) for note in TUNE]


def test_the_notes_that_a_trimmed_region_shows_are_harmonized_where_they_stand(
    session: Session, server: int
) -> None:
    shown = [note for note in TUNE if note[1] >= 1]
    for name, notes in answer(server, shown, seed=4).items():
        region = session.regions(name)[1]
        assert position_and_length(region) == (8, 8)
        assert session.notes(region) == [(*note, 90) for note in notes]


def test_all_voices_are_placed_in_one_step_of_the_history(session: Session) -> None:
    history = etree.parse(session.folder / f"{NAME}.history").getroot()
    steps = [step for step in history if step.get("name") == "ripieno"]
    assert [[command.tag for command in step] for step in steps] == 2 * [3 * ["StatefulDiffCommand"]]
    assert all(len(step.findall(".//Add")) == 3 for step in steps)
    others = [step.get("name") for step in history if step not in steps]
    assert others == 2 * [f"ripieno: notes of the {voice}" for voice in ("alto", "tenor", "bass")]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("nothing selected", "Select a MIDI region with a melody first."),
        ("a wrong setting", 'beam cannot be "99"; it takes 1-16'),
        ("once more", "There is a region on the track Alto already; move it away first."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_changed(told: Told, what: str, text: str) -> None:
    assert [line for line in told[what] if line.startswith("TOLD")] == [f"TOLD {text}"]
