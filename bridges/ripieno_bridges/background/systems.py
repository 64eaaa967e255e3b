"""The table of systems that can run `ripieno serve` in the background, and what is done with a plan."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from ripieno.atomic_write import replace_file
from ripieno.errors import RequestError
from ripieno_bridges.background.launchd import launchd_plan
from ripieno_bridges.background.plan import ServicePlan, Words
from ripieno_bridges.background.systemd import systemd_plan
from ripieno_bridges.background.task_scheduler import task_plan
from ripieno_bridges.file_errors import unwritable
from ripieno_bridges.plugins.musescore_folders import Machine

SYSTEMS: dict[str, Callable[[Sequence[str], Machine], ServicePlan]] = {
    "linux": systemd_plan,
    "darwin": launchd_plan,
    "win32": task_plan,
}
SECONDS = 60  # for a command of the system
WITHOUT = "start `ripieno serve` with what starts programs here"


def plan_for(command: Sequence[str], machine: Machine) -> ServicePlan:
    """The plan for this machine. Raises RequestError for a system that is not in the table."""
    make = SYSTEMS.get(machine.system)
    if make is None:
        known = "Linux with systemd, macOS and Windows"
        raise RequestError(
            f"{machine.system} is not known here, only {known}; start `ripieno serve` at login"
        )
    return make(command, machine)


def install(plan: ServicePlan) -> None:
    """Write the file and let the system start it, in place of an older one. Raises RipienoError."""
    if plan.path.exists():
        for words in plan.stop:
            call(words)
    try:
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(plan.path, plan.data)
    except OSError as exc:
        raise unwritable(plan.path, exc) from exc
    for words in plan.install:
        succeed(words, plan)


def remove(plan: ServicePlan) -> None:
    """Stop it and delete the file. Raises RipienoError."""
    for words in plan.stop:
        call(words)
    for words in plan.remove:
        succeed(words, plan)  # else it may run on, and its file is needed to try again
    try:
        plan.path.unlink(missing_ok=True)
    except OSError as exc:
        raise unwritable(plan.path, exc) from exc
    for words in plan.forget:
        call(words)


def succeed(words: Words, plan: ServicePlan) -> None:
    """Run a command that must succeed. Raises RequestError with what it says."""
    done = call(words)
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip() or "no reason given").split())
        raise RequestError(f"`{' '.join(words)}` failed ({said.rstrip('.')}); {plan.ask}")


def call(words: Words) -> subprocess.CompletedProcess[str]:
    """Run a command of the system. Raises RequestError where there is no such program, or no end."""
    try:
        return subprocess.run(  # noqa: S603 - the system's own program, with our words
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError as exc:
        raise RequestError(f"there is no {words[0]} on this system; {WITHOUT}") from exc
    except OSError as exc:
        raise RequestError(f"{words[0]} cannot be run here ({exc.strerror}); {WITHOUT}") from exc
    except subprocess.TimeoutExpired as exc:
        raise RequestError(f"`{' '.join(words)}` did not end in {SECONDS} s; try again later") from exc
