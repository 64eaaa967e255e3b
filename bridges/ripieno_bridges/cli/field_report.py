"""The field report of `ripieno doctor --report`: what a maintainer needs to know, and nothing of the user's.

It is made only of ripieno's own words, of versions, numbers and the names of programs: no sentence that may
quote music, a name or a path goes in.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import TYPE_CHECKING

from ripieno import __version__
from ripieno_bridges.cli.install import PROGRAMS, title_of, usual_folders
from ripieno_bridges.last_error import LastError, last_error
from ripieno_bridges.plugins.host_programs import HOSTS, FoundProgram, found_programs
from ripieno_bridges.plugins.install import installed
from ripieno_bridges.plugins.musescore_folders import Machine, this_machine

if TYPE_CHECKING:
    from ripieno_bridges.diagnostics import Finding

LIBRARIES = (
    "torch",
    "numpy",
    "music21",
    "lxml",
    "mido",
    "python-osc",
    "starlette",
    "uvicorn",
    "python-rtmidi",
)
INSTALLERS = (
    ("pipx", "with pipx"),
    ("uv/tools", "with uv tool"),
)  # a part of the environment's path, and its tool
NUMBERS = re.compile(r"[\d.]+")


def report_lines(
    findings: Iterable[Finding], *, signs: dict[str, str], port: int, http_port: int
) -> Iterator[str]:
    """The report, line by line. signs: for the grades of findings."""
    machine = this_machine()
    yield f"ripieno: {__version__}, {way_of_installation()}"
    yield f"Python: {platform.python_version()} ({platform.python_implementation()})"
    yield f"system: {system()}"
    yield f"libraries: {', '.join(library_versions())}"
    yield f"ports: OSC {port}, HTTP {http_port}"
    yield from program_lines(list(found_programs(machine)))
    yield f"plugins: {', '.join(installed_plugins(machine)) or 'none'}"
    yield "checks:"
    for finding in findings:
        yield f"  {signs[finding.grade]} {finding.in_report or finding.what}"
    yield from error_lines(last_error())


def way_of_installation() -> str:
    """How ripieno was installed, as far as its environment tells."""
    prefix = sys.prefix.replace("\\", "/")
    for part, tool in INSTALLERS:
        if f"/{part}/" in f"{prefix}/":
            return f"installed {tool}"
    return "in a virtual environment" if sys.prefix != sys.base_prefix else "without a virtual environment"


def system() -> str:
    """The system with its version and processor; of a Linux the distribution, too."""
    named = [platform.system(), *NUMBERS.findall(platform.release())[:1], platform.machine()]
    if sys.platform == "darwin":
        named[:2] = ["macOS", platform.mac_ver()[0]]
    elif sys.platform == "linux":
        try:
            known = platform.freedesktop_os_release()
        except OSError:
            known = {}
        named += filter(None, (known.get("ID"), known.get("VERSION_ID")))
    return " ".join(named)


def library_versions() -> Iterator[str]:
    """The libraries that matter most, as they are installed."""
    for name in LIBRARIES:
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue


def program_lines(found: list[FoundProgram]) -> Iterator[str]:
    """The programs that are there, and those that are not."""
    there = [f"{program.title} {program.version}".rstrip() for program in found]
    yield f"programs: {', '.join(there) or 'none found'}"
    lacking = [host.title for host in HOSTS if host.title not in {program.title for program in found}]
    if lacking:
        yield f"not found: {', '.join(lacking)}"


def installed_plugins(machine: Machine) -> Iterator[str]:
    """The programs whose plugin was put there by `ripieno install-plugin`."""
    for program in PROGRAMS.values():
        for place in usual_folders(program, (), machine):
            if installed(place.path / program.subfolder):
                yield title_of(program, place)


def error_lines(error: LastError | None) -> Iterator[str]:
    """The last error, or that there was none."""
    if error is None:
        yield "last error: none"
        return
    yield f"last error: {error.kind} in `{error.during}`, {error.day}, ripieno {error.version}"
    if error.words:
        yield f'  "{error.words}"'
    yield from (f"  {place}" for place in error.places)
