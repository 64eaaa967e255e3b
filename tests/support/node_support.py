"""Programs from npm that only tests need: Playwright, TypeScript, and MuseScore 4's core.

They are installed once, into node/node_modules, in the versions of node/package-lock.json.
A script finds them with ``require`` where NODE_PATH names that folder, as in ``NodeScript``; a module finds
them with ``createRequire(import.meta.url)``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import pytest
from filelock import FileLock

from common import host_or_skip

FOLDER = Path(__file__).parent / "node"
TYPESCRIPT = Path(__file__).parent / "typescript"  # its projects
MODULES = FOLDER / "node_modules"
LOCK = FOLDER / "package-lock.json"
MIN_NODE = 20


def tools() -> Path:
    """The folder of the programs; skip where they cannot be had, but fail where RIPIENO_HOSTS=required."""
    host_or_skip(shutil.which("node"), "Node")
    reason = why_not_installed()
    if reason and os.environ.get("RIPIENO_HOSTS") == "required":
        pytest.fail(f"{reason}, and RIPIENO_HOSTS=required asks for them")
    if reason:
        pytest.skip(reason)
    return MODULES


class NodeScript:
    """A script that uses the programs, and answers every line of JSON with one: ``with NodeScript(path)``.

    It is started once, for programs that take long to start. A script that ends early is a failed test.
    """

    def __init__(self, script: Path) -> None:
        self._script = script
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - open as long as this is
        self._process = subprocess.Popen(
            ["node", script],
            env=os.environ | {"NODE_PATH": str(tools())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)
        self._errors.close()

    def __call__(self, *arguments: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # its last words say more
            self._process.stdin.write(json.dumps([str(argument) for argument in arguments]) + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            self._process.wait(timeout=60)
            self._errors.seek(0)
            pytest.fail(f"{self._script.name}:\n{self._errors.read()}")
        return json.loads(answer)


@functools.cache
def why_not_installed() -> str | None:
    """Install the programs where they are missing. Returns None, or why they could not be installed."""
    with FileLock(FOLDER / "node_modules.lock"):  # several test processes start at once
        if is_installed():
            return None
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.strip("v\n").partition(".")[0]) < MIN_NODE:
            return f"the tools in tests/support/node need Node {MIN_NODE}, and this is {version.strip()}"
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
    """Whether the programs are there in the versions of the lock file."""
    try:
        installed = json.loads((MODULES / ".package-lock.json").read_bytes())["packages"]
    except FileNotFoundError:
        return False
    wanted = json.loads(LOCK.read_bytes())["packages"]
    return all(installed.get(name, {}).get("version") == wanted[name]["version"] for name in wanted if name)


def type_errors(project: Path) -> str:
    """The errors that TypeScript's checker finds in a project (a tsconfig file); empty: none."""
    done = subprocess.run(
        ["node", tools() / "typescript" / "bin" / "tsc", "--project", project, "--pretty", "false"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.stdout or done.returncode == 0, done.stderr
    return done.stdout
