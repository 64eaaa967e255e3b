"""Ardour without a window: real sessions by ardour7-lua, and what is in them by other readers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import mido
from lxml import etree

from common import ROOT
from osc_hosts.running import Port
from osc_support import flat, notes_in

ACTION = ROOT / "plugin" / "ardour" / "ripieno.lua"
COMMAND = 'local COMMAND = "ripieno osc"'
TICKS = 1920  # of a quarter, in Ardour
NAME = "song"
TUNE = [(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 1), (74, 4, 2), (67, 6, 2)]  # pitch, start, duration
VOICES = ("Soprano", "Alto", "Tenor", "Bass")

Numbers = tuple[float, ...]


class Session:
    """A session as it was saved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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


def new_session(home: Path) -> Session:
    """A new session with the tune on the track Melody."""
    folder = home / NAME
    run(home, "ardour_new_session.lua", folder, NAME)
    add_melody(folder)
    return Session(folder)


def action_file(home: Path, server: int) -> Path:
    """The action, in a file of its own, with the command of this ripieno. server: its port."""
    action = ACTION.read_text("utf-8")
    assert COMMAND in action
    start = "from ripieno_bridges.cli.start import main; main()"
    path = os.pathsep.join(map(str, sys.path))
    command = f'PYTHONPATH="{path}" "{sys.executable}" -c "{start}" osc --port {server}'
    (home / "ripieno.lua").write_text(action.replace(COMMAND, f"local COMMAND = [[{command}]]"), "utf-8")
    return home / "ripieno.lua"


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
