"""Which programs that ripieno works with are installed on this machine, and in which version."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

from ripieno_bridges.plugins.musescore_folders import Machine

VERSION = re.compile(rb"\d+(?:\.\d+)+")
FOLDER_VERSION = re.compile(r"\d+(?:\.\d+)*")
SECONDS = 10
NO_WINDOW = {"QT_QPA_PLATFORM": "offscreen"}  # MuseScore wants a display even to say its version


@dataclass(frozen=True, slots=True)
class HostProgram:
    """A program and where it may be.

    commands: its names on the PATH, the newest first. option: prints the version; "" where it cannot be asked
    without opening a window. macos, windows: its folder among the applications, as a pattern. linux: a folder
    of a program that is not on the PATH.
    """

    title: str
    commands: tuple[str, ...] = ()
    option: str = ""
    macos: str = ""
    windows: str = ""
    linux: str = ""


@dataclass(frozen=True, slots=True)
class FoundProgram:
    """A program that is installed. version: "" where it does not say."""

    title: str
    version: str


MUSESCORES = ("musescore4", "mscore4", "mscore", "musescore", "musescore3", "mscore3")
HOSTS = (
    HostProgram("MuseScore", MUSESCORES, "--version", "MuseScore*.app", "MuseScore*"),
    HostProgram("Ableton Live", macos="Ableton Live*.app", windows="Ableton/Live*"),
    HostProgram("Pure Data", ("pd",), "-version", "Pd-*.app", "Pd*"),
    HostProgram("Sonic Pi", ("sonic-pi",), "", "Sonic Pi*.app", "Sonic Pi*", "/usr/lib/sonic-pi"),
    HostProgram("Ardour", ("ardour", "ardour8", "ardour7"), "--version", "Ardour*.app", "Ardour*"),
    HostProgram("REAPER", ("reaper",), "", "REAPER*.app", "REAPER*", "/opt/REAPER"),
    HostProgram("SuperCollider", ("sclang",), "-v", "SuperCollider*.app", "SuperCollider*"),
    HostProgram("LilyPond", ("lilypond",), "--version"),
    HostProgram("FluidSynth", ("fluidsynth",), "--version"),
)


def found_programs(machine: Machine) -> Iterator[FoundProgram]:
    """The programs of HOSTS that are installed, each once."""
    for host in HOSTS:
        found = find(host, machine)
        if found is not None:
            yield found


def find(host: HostProgram, machine: Machine) -> FoundProgram | None:
    """The program on the PATH, or else among the applications; None where it is in neither."""
    search_path = machine.environment.get("PATH", "")
    command = next(filter(None, (shutil.which(name, path=search_path) for name in host.commands)), None)
    if command is not None:
        return FoundProgram(host.title, version_said(command, host.option) if host.option else "")
    folder = next(application_folders(host, machine), None)
    return None if folder is None else FoundProgram(host.title, folder_version(folder))


def version_said(command: str, option: str) -> str:
    """The first number with a dot in what the program says of itself; "" where it says none."""
    try:
        done = subprocess.run(  # noqa: S603 - a program that the user installed
            [command, option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=os.environ | NO_WINDOW,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    number = VERSION.search(done.stdout) or VERSION.search(done.stderr)
    return number[0].decode() if number else ""


def application_folders(host: HostProgram, machine: Machine) -> Iterator[Path]:
    """The program's folders among the applications, the last by name first."""
    for parent, pattern in places_of(host, machine):
        if pattern:
            yield from sorted(parent.glob(pattern), reverse=True)


def places_of(host: HostProgram, machine: Machine) -> list[tuple[Path, str]]:
    """The folders of applications of this system, each with the program's pattern."""
    if machine.system == "darwin":
        return [(Path("/Applications"), host.macos), (machine.home / "Applications", host.macos)]
    if machine.system == "win32":
        names = ("ProgramFiles", "ProgramFiles(x86)", "ProgramData", "LOCALAPPDATA")
        there = (machine.environment.get(name) for name in names)
        return [(Path(folder), host.windows) for folder in there if folder]
    return [(Path("/"), host.linux.lstrip("/"))]


def folder_version(folder: Path) -> str:
    """The version of an application: of its list on macOS, else the number in its folder's name."""
    try:
        listed = plistlib.loads((folder / "Contents" / "Info.plist").read_bytes())
        said = str(listed.get("CFBundleShortVersionString", ""))
    except (OSError, ValueError, AttributeError, plistlib.InvalidFileException, ExpatError):
        said = folder.stem
    number = FOLDER_VERSION.search(said)
    return number[0] if number else ""
