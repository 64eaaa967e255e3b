"""The action for Ardour in a real session, run without a window, with ripieno's real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import pytest
from lxml import etree

from common import ROOT, host_or_skip
from osc_hosts.running import Port, served
from osc_support import flat, notes_in

pytestmark = pytest.mark.host
ACTION = ROOT / "plugin" / "ardour" / "ripieno.lua"
COMMAND = 'local COMMAND = "ripieno osc"'
TICKS = 1920  # of a quarter, in Ardour
NAME = "song"
TUNE = [(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 1), (74, 4, 2), (67, 6, 2)]  # pitch, start, duration
VOICES = ("Soprano", "Alto", "Tenor", "Bass")

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Session:
    """A saved session. told: what the action said, by what was tried."""

    folder: Path
    told: dict[str, list[str]]

    @property
    def root(self) -> etree._Element:
        return etree.parse(self.folder / f"{NAME}.ardour").getroot()

    def regions(self, track: str) -> list[etree._Element]:
        """The regions on a track, in order."""
        (playlist,) = self.root.xpath(f'.//Playlist[@name="{track}"]')
        return sorted(playlist, key=lambda region: position_and_length(region))

    def notes(self, region: etree._Element) -> list[Numbers]:
        """The notes of a region, read from its file: pitch, start and duration in quarters, velocity."""
        (source,) = self.root.xpath(f'.//Source[@id="{region.get("source-0")}"]')
        file = mido.MidiFile(self.folder / "interchange" / NAME / "midifiles" / source.get("name"))
        return notes_of(file)


def position_and_length(region: etree._Element) -> tuple[float, float]:
    """In quarters."""
    length, position = re.fullmatch(r"b(\d+)@b(\d+)", region.get("length", "")).groups()
    return int(position) / TICKS, int(length) / TICKS


def notes_of(file: mido.MidiFile) -> list[Numbers]:
    notes, held, now = [], {}, 0
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            held[message.note] = (now, message.velocity)
        elif message.type in ("note_on", "note_off"):
            start, velocity = held.pop(message.note)
            notes.append(
                (
                    message.note,
                    start / file.ticks_per_beat,
                    (now - start) / file.ticks_per_beat,
                    velocity,
                )
            )
    return sorted(notes, key=lambda note: note[1])


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    host_or_skip(shutil.which("ardour7-lua"), "Ardour")
    with served() as port:
        yield port


@pytest.fixture(scope="module")
def session(server: int, tmp_path_factory: pytest.TempPathFactory) -> Session:
    home = tmp_path_factory.mktemp("ardour")
    folder = home / NAME
    run(home, "new_session.lua", folder, NAME)
    add_melody(folder)
    action = ACTION.read_text("utf-8")
    assert COMMAND in action
    start = "from ripieno_bridges.cli.start import main; main()"
    command = f'"{sys.executable}" -c "{start}" osc --port {server}'
    (home / "ripieno.lua").write_text(action.replace(COMMAND, f"local COMMAND = [[{command}]]"), "utf-8")
    told: dict[str, list[str]] = {}
    for line in run(home, "bench.lua", folder, NAME, home / "ripieno.lua").splitlines():
        if line.startswith("RUN "):
            told[line.removeprefix("RUN ")] = []
        elif told:
            told[[*told][-1]].append(line)
    return Session(folder, told)


def run(home: Path, script: str, *arguments: object) -> str:
    """Run a script in Ardour without a window; returns what was printed."""
    ran = subprocess.run(
        ["ardour7-lua", Path(__file__).with_name(script), *map(str, arguments)],
        env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Error" not in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    return ran.stdout


def add_melody(folder: Path) -> None:
    """Put a region with the tune on the track Melody. Ardour's Lua has nothing to make a first one."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    track = mido.MidiTrack()
    for pitch, _, duration in TUNE:
        track.append(mido.Message("note_on", note=pitch, velocity=90, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=64, time=duration * TICKS))
    file.tracks.append(track)
    file.save(folder / "interchange" / NAME / "midifiles" / "Melody-1.mid")
    path = folder / f"{NAME}.ardour"
    tree = etree.parse(path)
    source = {"name": "Melody-1.mid", "type": "midi", "flags": "Writable,CanRename", "id": "9001"}
    etree.SubElement(tree.find(".//Sources"), "Source", source)
    length = sum(duration for *_, duration in TUNE) * TICKS
    region = {"name": "Melody-1", "type": "midi", "id": "9002", "start": "b0", "length": f"b{length}@b0"}
    region |= {"ancestral-length": "b0@b0", "source-0": "9001", "master-source-0": "9001"}
    etree.SubElement(tree.xpath('.//Playlist[@name="Melody"]')[0], "Region", region)
    hints = tree.find("EngineHints")  # the window would tell that it has another engine than ardour7-lua
    hints.getparent().remove(hints)
    tree.write(path, encoding="UTF-8", xml_declaration=True)


def answer(server: int, notes: Sequence[Numbers], **settings: object) -> dict[str, list[Numbers]]:
    """What a plain client gets: by voice, pitch, start, duration."""
    with Port(server) as client:
        client.send("seed", 1, *flat(list(notes)))
        for name, value in settings.items():
            client.send("set", 1, name, value)
        client.send("harmonize", 1, len(notes))
        new = notes_in(client.final())
    return {VOICES[voice]: [note[1:4] for note in new if note[0] == voice] for voice in (1, 2, 3)}


def test_a_melody_gets_the_voices_of_a_plain_client_on_tracks_of_their_own(
    session: Session, server: int
) -> None:
    assert session.told["the melody"][-1].endswith(" 3 1")  # done, with seed 3, complete
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
    ("tried", "told"),
    [
        ("nothing selected", "Select a MIDI region with a melody first."),
        ("a wrong setting", 'beam cannot be "99"; it takes 1-16'),
        ("once more", "There is a region on the track Alto already; move it away first."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_changed(session: Session, tried: str, told: str) -> None:
    assert [line for line in session.told[tried] if line.startswith("TOLD")] == [f"TOLD {told}"]
