"""Where Live looks for devices, Pd for objects, Ardour and REAPER for scripts, and Sonic Pi's own folder."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from ripieno_bridges.plugins.musescore_folders import Machine, PluginFolder, data, documents, settings

USER_LIBRARY = "User Library"
DEVICES = Path("Presets", "MIDI Effects", "Max MIDI Effect")
ARDOURS = (7, 8)
UNVERSIONED = 0  # of a folder that belongs to no version of its program


def live_folders(machine: Machine) -> list[PluginFolder]:
    """The folder of MIDI effects in Live's User Library; none on Linux, where there is no Live."""
    if machine.system == "darwin":
        usual = machine.home / "Music" / "Ableton" / USER_LIBRARY
    elif machine.system == "win32":
        usual = documents(machine) / "Ableton" / USER_LIBRARY
    else:
        return []
    library = chosen_library(machine) or usual
    return [PluginFolder(UNVERSIONED, library / DEVICES, library.is_dir())]


def chosen_library(machine: Machine) -> Path | None:
    """The User Library that the preferences of the Live that ran last name; None where there is none."""
    if machine.system == "darwin":
        found = (machine.home / "Library" / "Preferences" / "Ableton").glob("Live */Library.cfg")
    else:
        found = (settings(machine) / "Ableton").glob("Live */Preferences/Library.cfg")
    for path in sorted(found, key=lambda file: file.stat().st_mtime, reverse=True):
        section = re.search(r"<UserLibrary>.*?</UserLibrary>", path.read_text("utf-8", "replace"), re.DOTALL)
        named = section and re.search(r'<ProjectPath Value="([^"]+)"', section[0])
        if named:
            folder = Path(unescape(named[1]))
            inside = folder / USER_LIBRARY  # Live writes the folder that the library is in
            return next((place for place in (inside, folder) if place.is_dir()), None)
    return None


def puredata_folders(machine: Machine) -> list[PluginFolder]:
    """The user's own folder of objects, which Pd searches whatever its preferences say."""
    folder = {
        "darwin": machine.home / "Library" / "Pd",
        "win32": settings(machine) / "Pd",
    }.get(machine.system, machine.home / ".local" / "lib" / "pd" / "extra")
    return [PluginFolder(UNVERSIONED, folder, True)]


def ardour_folders(machine: Machine) -> list[PluginFolder]:
    """The user's own folder of scripts of each Ardour."""
    parent, name = {
        "darwin": (machine.home / "Library" / "Preferences", "Ardour"),
        "win32": (data(machine), "ardour"),
    }.get(machine.system, (settings(machine), "ardour"))
    folders = [parent / f"{name}{version}" for version in ARDOURS]
    return [PluginFolder(UNVERSIONED, folder / "scripts", folder.is_dir()) for folder in folders]


def reaper_folders(machine: Machine) -> list[PluginFolder]:
    """The scripts in the folder in which REAPER keeps what belongs to its user."""
    parent = {
        "darwin": machine.home / "Library" / "Application Support",
        "win32": settings(machine),
    }.get(machine.system, machine.home / ".config")
    folder = parent / "REAPER"
    return [PluginFolder(UNVERSIONED, folder / "Scripts", folder.is_dir())]


def sonicpi_folders(machine: Machine) -> list[PluginFolder]:
    """The folder in which Sonic Pi keeps what belongs to its user; code is read from anywhere."""
    return [PluginFolder(UNVERSIONED, machine.home / ".sonic-pi", True)]
