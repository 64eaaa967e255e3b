"""Modules as programs, ``python -m MODULE``, without the seconds that torch takes to be imported.

A server that has imported everything once is forked for each of them, so each is a process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import TextIO

SECONDS = 120.0


class ForkedModule:
    """A module that runs. stderr: what it says there; what it says on stdout is dropped."""

    def __init__(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], *, imports: Sequence[str]
    ) -> None:
        """environment: what is set besides this process's own. imports: what the module imports."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["__main__", *imports])
        self._reader, writer = context.Pipe(duplex=False)
        self._process = context.Process(target=run, args=(module, arguments, dict(environment), writer))
        self._process.start()
        writer.close()
        self.stderr: TextIO = os.fdopen(self._reader.fileno(), closefd=False)

    def kill(self) -> None:
        self._process.kill()

    def finish(self) -> tuple[int | None, str]:
        """Wait for its end: (exit status, what else it said on stderr)."""
        said = self.stderr.read()
        self._process.join(SECONDS)
        status = self._process.exitcode
        self.stderr.close()
        self._reader.close()
        self._process.close()
        return status, said


def run(module: str, arguments: Sequence[str], environment: Mapping[str, str], writer: Connection) -> None:
    """Run a module in this process."""
    os.environ.update(environment)
    os.dup2(writer.fileno(), sys.stderr.fileno())
    with open(os.devnull, "w") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    writer.close()
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
