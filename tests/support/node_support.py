"""Tools that only tests need and npm has: a browser's remote control, and MuseScore 4's core.

They are installed once, into node/node_modules, in the versions of node/package-lock.json.
A script finds them with require where NODE_PATH names that folder, as in ``run_node``; a module with
``createRequire(import.meta.url)``.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from common import host_or_skip

FOLDER = Path(__file__).parent / "node"
MODULES = FOLDER / "node_modules"
LOCK = FOLDER / "package-lock.json"
OLDEST_NODE = 20


def tools() -> Path:
    """The folder of the tools; skip where they cannot be had, but fail where RIPIENO_HOSTS=required."""
    host_or_skip(shutil.which("node"), "Node")
    fault = why_not_installed()
    if fault and os.environ.get("RIPIENO_HOSTS") == "required":
        pytest.fail(f"{fault}, and RIPIENO_HOSTS=required asks for them")
    if fault:
        pytest.skip(fault)
    return MODULES


def run_node(script: Path, *arguments: object, timeout_seconds: float = 60) -> str:
    """What a script that uses the tools prints. A script that fails is a failed test."""
    done = subprocess.run(
        ["node", script, *map(str, arguments)],
        env=os.environ | {"NODE_PATH": str(tools())},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout_seconds,
        check=False,
    )
    assert done.returncode == 0, f"{script.name}:\n{done.stdout}{done.stderr}"
    return done.stdout


@functools.cache
def why_not_installed() -> str | None:
    """Install the tools where they are missing; None, or why they are still not there."""
    with FileLock(FOLDER / "node_modules.lock"):  # several processes of tests start at once
        if is_installed():
            return None
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.strip("v\n").partition(".")[0]) < OLDEST_NODE:
            return f"the tools in tests/support/node need Node {OLDEST_NODE}, and this is {version.strip()}"
        npm = shutil.which("npm")
        if npm is None:
            return "npm, which installs the tools in tests/support/node, is not installed"
        options = ("--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(
            [npm, "ci", *options], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False
        )
        return (
            None
            if done.returncode == 0
            else f"npm could not install the tools in tests/support/node: {done.stderr}"
        )


def is_installed() -> bool:
    """Whether the tools are there in the versions of the lock file."""
    try:
        there = json.loads((MODULES / ".package-lock.json").read_bytes())["packages"]
    except FileNotFoundError:
        return False
    wanted = json.loads(LOCK.read_bytes())["packages"]
    return all(there.get(name, {}).get("version") == wanted[name]["version"] for name in wanted if name)
