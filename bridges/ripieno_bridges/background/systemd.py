"""A user's unit of systemd, as systemd.service(5) and systemd.syntax(7) describe it."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno_bridges.background.plan import ServicePlan
from ripieno_bridges.plugins.musescore_folders import Machine, settings

NAME = "ripieno.service"
UNIT = """\
# Written by `ripieno service install`; `ripieno service remove` deletes it.
[Unit]
Description=ripieno, which fills in the missing voices of a score
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
ExecStart={command}
WorkingDirectory=%h
Restart=on-failure
RestartSec=1
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""
SYSTEMCTL = ("systemctl", "--user")
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "%": "%%"})


def systemd_plan(command: Sequence[str], machine: Machine) -> ServicePlan:
    """The plan for Linux."""
    program, *arguments = command
    words = [quoted(program), *(quoted(word).replace("$", "$$") for word in arguments)]
    return ServicePlan(
        "user unit of systemd",
        settings(machine) / "systemd" / "user" / NAME,
        UNIT.format(command=" ".join(words)).encode(),
        install=(
            (*SYSTEMCTL, "daemon-reload"),
            (*SYSTEMCTL, "enable", NAME),
            (*SYSTEMCTL, "restart", NAME),
        ),
        remove=((*SYSTEMCTL, "disable", "--now", NAME),),
        forget=((*SYSTEMCTL, "daemon-reload"),),
        status=(*SYSTEMCTL, "status", "--no-pager", NAME),
        ask="log in as this user, at the computer or with ssh, and not with su or sudo; "
        "`journalctl --user -u ripieno` may say more",
    )


def quoted(word: str) -> str:
    """A word in quotes. In a program's path systemd looks for no variables, so $ is the caller's matter."""
    return f'"{word.translate(ESCAPES)}"'
