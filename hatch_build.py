"""The build hook: it fetches the page's libraries, and adds the scores and plugins to the wheel.

The library is Verovio, in the version and with the checksum of package-lock.json. It is fetched with npm
where it is not there yet. Without npm or network the build goes on; the page then says
what it lacks, and so does `ripieno doctor`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("bridges", "ripieno_bridges", "page", "vendor")
STAMP = "versions.json"
LIST, LOCK = "package.json", "package-lock.json"
# The files to take from npm packages, and their names here.
PACKAGE_FILES = {
    "verovio/dist/verovio-toolkit-wasm.js": "verovio-toolkit-wasm.js",
}
# What a wheel gets from the folders outside the packages: (folder, which files, where they go).
EXTRA_FILES = (
    ("scores", "*.musicxml", "ripieno_bridges/page/examples"),
    *(
        (f"plugin/{name}", "*", f"ripieno_bridges/plugins/{name}")
        for name in ("musescore", "maxforlive", "puredata", "sonicpi", "ardour", "reaper")
    ),
)
SCRIPTS = (".py", ".pyc")  # they build a plugin and are no part of it
# No script of a package runs; without network npm gives up after seconds, not minutes.
NPM_OPTIONS = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
)
MAX_SECONDS = 300


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before it packs; an editable installation is a build too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is missing. version: ``standard`` or ``editable``; an editable one needs no copies."""
        root = Path(self.root)
        fault = fetch(root / VENDOR)
        if fault:
            self.app.display_warning(f"ripieno is built without its browser page: {fault}")
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"].update(extra_files(root))


def extra_files(root: Path) -> dict[str, str]:
    """The files of EXTRA_FILES: the path of each, and its path in the wheel."""
    return {
        str(path): f"{target}/{path.relative_to(root / folder).as_posix()}"
        for folder, pattern, target in EXTRA_FILES
        for path in sorted((root / folder).rglob(pattern))
        if path.is_file() and not path.name.startswith(".") and path.suffix not in SCRIPTS
    }


def fetch(vendor: Path) -> str | None:
    """Fetch the libraries unless they are in ``vendor``. Returns None, or what went wrong and what to do."""
    wanted = json.loads((vendor / LIST).read_text("utf-8"))["dependencies"]
    if is_complete(vendor, wanted):
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "npm, which fetches Verovio, is not installed; install Node.js, then ripieno again"
    with tempfile.TemporaryDirectory() as temporary:
        for name in (LIST, LOCK):
            shutil.copy(vendor / name, temporary)
        fault = run_npm(npm, Path(temporary))
        if fault:
            return fault
        for source, name in PACKAGE_FILES.items():
            write_file(Path(temporary, "node_modules", source).read_bytes(), vendor / name)
    write_file(json.dumps(wanted, indent=2).encode() + b"\n", vendor / STAMP)
    return None


def is_complete(vendor: Path, wanted: dict[str, str]) -> bool:
    """Whether all files are there, in the wanted versions."""
    stamp = vendor / STAMP
    if not stamp.is_file() or not all((vendor / name).is_file() for name in PACKAGE_FILES.values()):
        return False
    try:
        return bool(json.loads(stamp.read_bytes()) == wanted)
    except ValueError:
        return False


def run_npm(npm: str, folder: Path) -> str | None:
    """Install what the folder's lock file names. Returns None, or what went wrong and what to do."""
    try:
        done = subprocess.run(  # noqa: S603 - npm as the user has it, on our own list
            [npm, *NPM_OPTIONS],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"npm did not fetch Verovio in {MAX_SECONDS} s; install ripieno again later"
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "npm error" in line), "no reason given")
        return f"npm could not fetch Verovio ({said}); install ripieno again with a network"
    return None


def write_file(data: bytes, path: Path) -> None:
    """Write a file whole or not at all, also where two builds run at once."""
    # The mechanism of ripieno.atomic_write once more: a build cannot import the package that it is building.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
