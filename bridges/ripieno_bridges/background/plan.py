"""What is to be done so that a system runs `ripieno serve` in the background: a file, and commands."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

Words = tuple[str, ...]  # a program and its arguments


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The file that tells a system of ripieno, and the commands that make it read it.

    title: what the system calls such a thing. path, data: the file. stop: the commands that end what may
    run, before it is replaced or removed; they fail where nothing runs. install: those after it is written.
    remove: those before it is deleted. forget: those after that. status: tells how it is. ask: what to try
    where a command fails.
    """

    title: str
    path: Path
    data: bytes
    install: tuple[Words, ...]
    status: Words
    ask: str
    stop: tuple[Words, ...] = ()
    remove: tuple[Words, ...] = ()
    forget: tuple[Words, ...] = ()

    @property
    def text(self) -> str:
        """The file, as it is shown."""
        return self.data.decode("utf-16" if self.data.startswith(b"\xff\xfe") else "utf-8")


def ripieno_program() -> Path | None:
    """The whole path of the program `ripieno` that runs; None where it was started in another way."""
    suffix = ".exe" if sys.platform == "win32" else ""
    program = Path(sys.executable).with_name(f"ripieno{suffix}")
    return program if program.is_file() else None
