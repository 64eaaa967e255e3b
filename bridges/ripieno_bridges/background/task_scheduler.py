"""A task of Windows that starts when its user logs on, as the schema of the Task Scheduler describes it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ripieno_bridges.background.plan import ServicePlan
from ripieno_bridges.plugins.musescore_folders import Machine, settings

NAME = "ripieno"
NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
TASKS = "schtasks"
AS_OFTEN_AS_IT_FAILS = (("Interval", "PT1M"), ("Count", "10"))


def task_plan(command: Sequence[str], machine: Machine) -> ServicePlan:
    """The plan for Windows."""
    path = Path(settings(machine)) / "ripieno" / "task.xml"
    return ServicePlan(
        "task of Windows",
        path,
        task(command, machine),
        install=(
            (TASKS, "/Create", "/F", "/TN", NAME, "/XML", str(path)),
            (TASKS, "/Run", "/TN", NAME),
        ),
        stop=((TASKS, "/End", "/TN", NAME),),  # /Run starts none beside one that runs
        remove=((TASKS, "/Delete", "/F", "/TN", NAME),),
        status=(TASKS, "/Query", "/V", "/FO", "LIST", "/TN", NAME),
        ask="see the task ripieno in the program Task Scheduler",
    )


def task(command: Sequence[str], machine: Machine) -> bytes:
    """The task as XML, in the order and the encoding that Windows wants."""
    user = machine.environment.get("USERNAME", "")
    domain = machine.environment.get("USERDOMAIN", "")
    account = f"{domain}\\{user}" if domain else user
    root = Element("Task", version="1.2", xmlns=NAMESPACE)
    about = SubElement(root, "RegistrationInfo")
    add(about, Description="ripieno, which fills in the missing voices of a score")
    trigger = SubElement(SubElement(root, "Triggers"), "LogonTrigger")
    add(trigger, Enabled="true", UserId=account)
    principal = SubElement(SubElement(root, "Principals"), "Principal", id="user")
    add(principal, UserId=account, LogonType="InteractiveToken", RunLevel="LeastPrivilege")
    how = SubElement(root, "Settings")
    add(how, MultipleInstancesPolicy="IgnoreNew", DisallowStartIfOnBatteries="false")
    add(how, StopIfGoingOnBatteries="false", ExecutionTimeLimit="PT0S")  # no limit
    add(SubElement(how, "RestartOnFailure"), **dict(AS_OFTEN_AS_IT_FAILS))
    action = SubElement(SubElement(root, "Actions", Context="user"), "Exec")
    add(action, Command=command[0], Arguments=subprocess.list2cmdline(command[1:]))
    add(action, WorkingDirectory=str(machine.home))
    indent(root)
    return b"\xff\xfe" + (
        '<?xml version="1.0" encoding="UTF-16"?>\n' + tostring(root, encoding="unicode") + "\n"
    ).encode("utf-16-le")


def add(parent: Element, **children: str) -> None:
    """Put elements with a text each into another."""
    for name, text in children.items():
        SubElement(parent, name).text = text
