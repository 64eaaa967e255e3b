"""Runs program.py in a process of its own and sends it commands: a plugin or an extension in Qt 6."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from common import ROOT, host_or_skip

FOLDER = Path(__file__).parent
PLUGIN = ROOT / "plugin" / "musescore" / "ripieno.qml"
PATIENCE_SECONDS = 20.0  # a test that waits longer has failed
STAFF = 4  # tracks of a staff


def qt6_or_skip() -> None:
    found = importlib.util.find_spec("PySide6")
    host_or_skip(found.name if found else None, "PySide6 (Qt 6)")


class HostError(Exception):
    """A command that failed in program.py."""


class Plugin:
    """A plugin's dialog in Qt 6, over a model of a score."""

    def __init__(self, plugin: Path = PLUGIN) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}
        self._process = subprocess.Popen(
            [sys.executable, str(FOLDER / "program.py"), str(plugin)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._answers.put(line)
        self._answers.put(json.dumps({"error": f"Qt ended with {self._process.wait()}"}))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()

    def do(self, *command: Any) -> Any:
        """Call a method of Host. Raises HostError."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._answers.get(timeout=2 * PATIENCE_SECONDS))
        if "error" in answer:
            raise HostError(answer["error"])
        return answer["ok"]

    # -- the dialog

    def open(self, score: dict[str, Any] | None, port: int, **properties: Any) -> None:
        """Open a new score and start the plugin on it, with a server at that port."""
        self.do("open", score, {"server": f"http://127.0.0.1:{port}", **properties})

    def open_extension(self, score: dict[str, Any] | None) -> None:
        """Open a new score and the extension's form on it; its server is in its file."""
        self.do("open", score, {})

    def click(self, name: str) -> None:
        self.do("click", name)

    def wait(self, expression: str) -> None:
        """Wait until an expression of the plugin's is true."""
        if not self.do("wait", expression, PATIENCE_SECONDS):
            pytest.fail(f"{expression} was never true; the dialog says {self.status!r}")

    def evaluate(self, expression: str) -> Any:
        return self.do("evaluate", expression)

    @property
    def status(self) -> str:
        return str(self.evaluate("statusText"))

    def finish(self) -> str:
        """Wait until the plugin is idle. Returns the dialog's message."""
        self.wait("!busy")
        return self.status

    # -- the score

    def staff(self, number: int, voice: int = 0) -> str:
        """The notes of a staff as text; see score.mjs."""
        return str(self.evaluate(f"model.text({number * STAFF + voice})"))

    def staves(self) -> list[str]:
        return [self.staff(number) for number in range(self.evaluate("curScore.nstaves"))]

    def names(self) -> list[str]:
        return [
            str(name)
            for name in self.evaluate("curScore.parts.map(function (part) { return part.partName })")
        ]

    @property
    def commands(self) -> list[str]:
        """How each startCmd ended: "done" or "rolled back"."""
        assert self.evaluate("model.open === null"), "a startCmd was never ended"
        return [str(end) for end in self.evaluate("model.commands")]

    def undo(self) -> None:
        self.evaluate("model.undo()")

    def edit(self, staff: int, tick: int, pitch: int, numerator: int, denominator: int) -> None:
        """Write a note, as a musician would while the dialog is open."""
        write = f"model.write({staff * STAFF}, {tick}, {pitch}, [{numerator}, {denominator}])"
        self.evaluate(f"[model.startCommand(), {write}, model.endCommand(false)]")


@contextmanager
def running(plugin: Path = PLUGIN) -> Iterator[Plugin]:
    program = Plugin(plugin)
    try:
        yield program
    finally:
        program.close()
