"""A user's agent of launchd, as launchd.plist(5) and launchctl(1) describe it."""

from __future__ import annotations

import os
import plistlib
from collections.abc import Sequence

from ripieno_bridges.background.plan import ServicePlan
from ripieno_bridges.plugins.musescore_folders import Machine

LABEL = "ripieno.serve"


def launchd_plan(command: Sequence[str], machine: Machine) -> ServicePlan:
    """The plan for macOS."""
    path = machine.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    log = str(machine.home / "Library" / "Logs" / "ripieno.log")
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "WorkingDirectory": str(machine.home),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},  # started again where it fails, not where it is stopped
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    stop = ("launchctl", "bootout", f"{domain}/{LABEL}")
    return ServicePlan(
        "agent of launchd",
        path,
        plistlib.dumps(agent, sort_keys=False),
        stop=(stop,),
        install=(("launchctl", "bootstrap", domain, str(path)),),
        status=("launchctl", "print", f"{domain}/{LABEL}"),
        ask="log in at the computer itself as this user; Library/Logs/ripieno.log may say more",
    )
