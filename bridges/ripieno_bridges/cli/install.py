"""The command install-plugin, which puts ripieno's plugins where other programs look for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import FileError, RequestError, count_text, printable
from ripieno_bridges.background.plan import ripieno_program
from ripieno_bridges.cli.output import report_errors, say

if TYPE_CHECKING:
    from ripieno_bridges.plugins.musescore_folders import Machine, PluginFolder

PACKAGE = Path(__file__).parents[1]
REPOSITORY = PACKAGE.parents[1]
COMMAND = b'local COMMAND = "ripieno osc"'  # a line of scripts that run ripieno


@dataclass(frozen=True, slots=True)
class Program:
    """A program that has plugins. folder: of the plugin's files, in the repository and in the wheel.

    plugin: what its users call it. steps: what to click after the installation, by version, 0 for any.
    place: what its users call the folder of plugins. subfolder: of the plugin in it; empty where the program
    does not look into folders.
    """

    title: str
    folder: str
    plugin: str
    steps: dict[int, str]
    place: str = "the folder of its devices"
    subfolder: str = "ripieno"

    @property
    def source(self) -> Path:
        """Where the plugin's files are."""
        in_wheel = PACKAGE / "plugins" / self.folder
        return in_wheel if in_wheel.is_dir() else REPOSITORY / "plugin" / self.folder


MUSESCORE = "musescore"
PROGRAMS = {
    MUSESCORE: Program(
        "MuseScore",
        MUSESCORE,
        "plugin",
        {
            3: "Plugins > Plugin Manager, tick ripieno, OK; it is then in the menu Plugins",
            4: "Home > Plugins, click ripieno, Enable; it is then in the menu Plugins (where it is not "
            "listed, or its window stays empty, enable ripieno (extension) instead)",
        },
    ),
    "maxforlive": Program(
        "Live",
        "maxforlive",
        "device",
        {0: "in the browser, User Library > MIDI Effects > Max MIDI Effect, drag ripieno onto a MIDI track"},
    ),
    "puredata": Program(
        "Pure Data",
        "puredata",
        "object",
        {0: "put an object, type ripieno, right-click on it, Help: a patch to try everything"},
    ),
    "sonicpi": Program(
        "Sonic Pi",
        "sonicpi",
        "functions",
        {0: 'begin your code with eval_file "~/.sonic-pi/ripieno/ripieno.rb"'},
    ),
    "ardour": Program(
        "Ardour",
        "ardour",
        "action",
        {0: "Edit > Lua Scripts > Script Manager, an empty row, Add/Set, ripieno"},
        place="its folder of scripts",
        subfolder="",
    ),
    "reaper": Program(
        "REAPER",
        "reaper",
        "action",
        {0: "Actions > Show action list, New action, Load ReaScript, ripieno/ripieno.lua"},
        place="its folder of scripts",
    ),
}


@click.command("install-plugin")
@click.argument("program", type=click.Choice(sorted(PROGRAMS)))
@click.option(
    "--version",
    "versions",
    type=click.Choice(["3", "4"]),
    multiple=True,
    help="Which MuseScore; again for both.  [default: those that have run here]",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="The folder of plugins, where the program's preferences name another than usual.",
)
@click.option("--where", is_flag=True, help="Only say where the plugin belongs.")
@click.option("--remove", is_flag=True, help="Take the plugin away again.")
@click.option("--force", is_flag=True, help="Replace the plugin's files even if somebody changed them.")
@report_errors
def install_plugin(
    program: str, versions: tuple[str, ...], folder: Path | None, where: bool, remove: bool, force: bool
) -> None:
    """Put ripieno's plugin where a PROGRAM finds it, or bring it up to date.

    PROGRAM is musescore (the plugin, and for MuseScore 4 the extension, too), maxforlive (the device for Live
    and Max), puredata (the object for Pd), sonicpi (functions for live coding), ardour or reaper (an action
    for the selected region or MIDI item).
    """
    if where and remove:
        raise RequestError("--where only says where the plugin belongs; leave it out to remove the plugin")
    if folder is not None and versions:
        raise RequestError("--folder and --version name a place each; leave one of them out")
    if versions and program != MUSESCORE:
        raise RequestError("--version is for MuseScore; leave it out")
    chosen = PROGRAMS[program]
    if where:
        show_folders(chosen, chosen_folders(chosen, versions, folder, all_of_them=True))
    elif remove:
        remove_from(chosen, chosen_folders(chosen, versions, folder, all_of_them=True))
    else:
        install_into(chosen, chosen_folders(chosen, versions, folder), force=force)


def chosen_folders(
    program: Program, versions: Sequence[str], folder: Path | None, *, all_of_them: bool = False
) -> list[PluginFolder]:
    """The folders of plugins that the options choose.

    all_of_them: also those of a MuseScore that never ran here. Raises RequestError where there is none.
    """
    from ripieno_bridges.plugins.musescore_folders import PluginFolder, this_machine

    if folder is not None:
        if not folder.is_dir():
            raise FileError(printable(str(folder)), "there is no such folder; make it first")
        return [PluginFolder(0, folder.absolute(), True)]
    found = usual_folders(program, versions, this_machine())
    there = [place for place in found if place.has_run or versions or all_of_them]
    if not there:
        looked = " and ".join(str(place.path.parent) for place in found)
        way_out = "say which one with --version 3 or --version 4"
        if program.folder != MUSESCORE:
            way_out = f"name {program.place} with --folder"
        if not found:
            fault = f"{program.title} runs on macOS and Windows only"
            raise RequestError(f"{fault}; for a copy elsewhere {way_out}")
        fault = f"no {program.title} has run here yet (looked for {printable(looked)})"
        raise RequestError(f"{fault}; start it once, or {way_out}")
    return there


def usual_folders(program: Program, versions: Sequence[str], machine: Machine) -> list[PluginFolder]:
    """The folders in which the program looks on this machine, also where it has never run."""
    from ripieno_bridges.plugins.host_folders import (
        ardour_folders,
        live_folders,
        puredata_folders,
        reaper_folders,
        sonicpi_folders,
    )
    from ripieno_bridges.plugins.musescore_folders import VERSIONS, extension_folders, plugin_folders

    if program.folder == MUSESCORE:
        wanted = [int(version) for version in versions] or VERSIONS
        found = [place for version in wanted for place in plugin_folders(version, machine)]
        return found + (extension_folders(machine) if 4 in wanted else [])
    folders = {
        "maxforlive": live_folders,
        "puredata": puredata_folders,
        "sonicpi": sonicpi_folders,
        "ardour": ardour_folders,
        "reaper": reaper_folders,
    }
    return folders[program.folder](machine)


def show_folders(program: Program, found: list[PluginFolder]) -> None:
    """Print where the plugin belongs, and whether it is there."""
    from ripieno_bridges.plugins.install import installed

    for place in found:
        folder = place.path / program.subfolder
        state = "installed" if installed(folder) else "not installed"
        state = state if place.has_run else "this version has not run here yet"
        say(f"{title_of(program, place)}: {printable(str(folder))} ({state})")


def install_into(program: Program, found: list[PluginFolder], *, force: bool) -> None:
    """Install the plugin, and print what to click."""
    from ripieno_bridges.plugins.install import install_files, read_plugin

    files = {name: name_command(data) for name, data in read_plugin(program.source).items()}
    for place in found:
        folder = place.path / program.subfolder
        install_files(files, folder, force=force)
        say(f"{title_of(program, place)}: {count_text(len(files), 'file')} in {printable(str(folder))}")
    say(f"If {program.title} is running, close it and start it again. Then, once:")
    for version in sorted({place.version for place in found if place.version} or program.steps):
        title = f"{program.title} {version}" if version else program.title
        say(f"  {title}: {program.steps[version]}")
    say(f"The {program.plugin} asks ripieno for music: type `ripieno serve` in a terminal before you use it.")


def name_command(script: bytes) -> bytes:
    """The script with ripieno's whole path; a program that was started from a desktop needs it."""
    command = ripieno_program()
    if COMMAND not in script or command is None:
        return script
    return script.replace(COMMAND, f'local COMMAND = [["{command}" osc]]'.encode())


def remove_from(program: Program, found: list[PluginFolder]) -> None:
    """Remove the plugin's files, and print what stays."""
    from ripieno_bridges.plugins.install import installed, remove_files

    there = [place for place in found if installed(place.path / program.subfolder)]
    if not there:
        looked = ", ".join(printable(str(place.path / program.subfolder)) for place in found)
        say(f"nothing to remove: the {program.plugin} is not in {looked}")
    for place in there:
        folder = place.path / program.subfolder
        count, kept = remove_files(folder)
        say(f"{title_of(program, place)}: {count} files removed from {printable(str(folder))}")
        for name in kept:
            say(f"  {printable(name)} stays, because it was changed since")


def title_of(program: Program, place: PluginFolder) -> str:
    """The program's name, with the version where that is known, and whether it is for the extension."""
    title = f"{program.title} {place.version}" if place.version else program.title
    return f"{title}, extension" if place.is_for_extensions else title
