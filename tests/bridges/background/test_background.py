"""`ripieno service`: what is shown, what is written, and what the systems make of it."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from common import host_or_skip
from ripieno.errors import RequestError
from ripieno_bridges.background.launchd import launchd_plan
from ripieno_bridges.background.systemd import systemd_plan
from ripieno_bridges.background.systems import SYSTEMS, plan_for
from ripieno_bridges.background.task_scheduler import NAMESPACE, task_plan
from ripieno_bridges.cli.main import main
from ripieno_bridges.plugins.musescore_folders import Machine

RIPIENO = Path(sys.executable).with_name("ripieno")
IN_MANAGER = Path(__file__).with_name("with_user_manager.sh")
WORDS = ("serve", "--model", "a b", "--name=50%n", "$HOME", "${HOME}", '"', "\\n", "'", "ü", "", ";", "-")


def machine(home: Path, system: str = "linux", **environment: str) -> Machine:
    return Machine(system, home, None, environment)


# -- systemd -----------------------------------------------------------------------------------------------


@pytest.mark.host
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    analyze = host_or_skip(shutil.which("systemd-analyze"), "systemd-analyze")
    plan = systemd_plan((str(RIPIENO), *WORDS), machine(tmp_path))
    unit = tmp_path / plan.path.name
    unit.write_bytes(plan.data)
    command = [analyze, "verify", "--user", "--man=no", str(unit)]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (0, "")
    assert [line for line in done.stderr.splitlines() if "ripieno" in line] == []
    unit.write_bytes(plan.data.replace(b"ExecStart=", b"ExecStart=/no/such"))  # it does look at the unit
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode != 0


def in_user_manager(folder: Path, script: str) -> str:
    """What a shell script prints that runs under a real `systemd --user`, whose home is empty."""
    host_or_skip(shutil.which("systemctl"), "systemctl")
    for name in ("home", "run"):
        (folder / name).mkdir(mode=0o700)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_"))
    }
    environment |= {"HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder / "run")}
    command = ["unshare", *([] if os.getuid() == 0 else ["-r"]), "--mount", "bash", str(IN_MANAGER), script]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=100, check=False
    )
    if done.returncode == 77 or done.stderr.startswith("unshare:"):  # a container may mount nothing
        pytest.skip(f"no user manager can be started here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.host
def test_systemd_hands_over_every_word_as_it_is(tmp_path):
    program = tmp_path / "a folder, 100 % $HOME" / "tell"
    program.parent.mkdir()
    told = tmp_path / "told.json"
    program.write_text(
        f"#!{sys.executable}\nimport json, pathlib, sys\n"
        f"pathlib.Path({str(told)!r}).write_text(json.dumps(sys.argv))\n"
    )
    program.chmod(0o755)
    plan = systemd_plan((str(program), *WORDS), machine(tmp_path / "home"))
    (tmp_path / "unit").write_bytes(plan.data.replace(b"[Service]", b"[Service]\nType=oneshot"))
    in_user_manager(
        tmp_path,
        f'mkdir -p "{plan.path.parent}" && cp unit "{plan.path}" && systemctl --user daemon-reload '
        "&& systemctl --user start ripieno.service",
    )
    assert json.loads(told.read_text()) == [str(program), *WORDS]


@pytest.mark.host
def test_the_service_runs_answers_comes_back_and_is_removed(tmp_path):
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    status = f"{sys.executable} {Path(__file__).with_name('ask_status.py')} {ports[1]}"
    said = in_user_manager(
        tmp_path,
        f"""
        set -e
        {RIPIENO} service install --yes -- --port {ports[0]} --http-port {ports[1]}
        echo "asked: $({status})"
        {RIPIENO} service status
        systemctl --user kill --signal=KILL ripieno.service
        echo "after a crash: $({status})"
        systemctl --user is-enabled ripieno.service
        {RIPIENO} service install --yes -- --port {ports[0]} --http-port {ports[1]} --workers 2
        echo "again: $({status})"
        systemctl --user show --property=ExecStart ripieno.service | grep -o -- '--workers 2'
        {RIPIENO} service remove --yes
        systemctl --user is-active ripieno.service || true
        {RIPIENO} service status || true
        """,
    )
    unit = tmp_path / "home" / ".config" / "systemd" / "user" / "ripieno.service"
    assert f"{unit}, a user unit of systemd:\n    # Written by" in said
    assert "asked: ripieno answers" in said
    assert "Active: active (running)" in said
    assert "after a crash: ripieno answers" in said
    assert "\nenabled\n" in said
    assert f"This user unit of systemd replaces {unit}:" in said
    assert "again: ripieno answers" in said
    assert "\n--workers 2\n" in said
    assert "ripieno serve runs no more in the background\ninactive\n" in said
    assert f"not installed: there is no {unit}; `ripieno service install` makes it" in said
    assert not unit.exists()


# -- macOS and Windows -------------------------------------------------------------------------------------


def test_launchd_gets_every_word_as_it_is(tmp_path):
    plan = launchd_plan(("/Users/anna/a b/ripieno", *WORDS), machine(tmp_path, "darwin"))
    assert plan.path == tmp_path / "Library" / "LaunchAgents" / "ripieno.serve.plist"
    agent = plistlib.loads(plan.data)
    assert agent["ProgramArguments"] == ["/Users/anna/a b/ripieno", *WORDS]
    assert (agent["Label"], agent["RunAtLoad"]) == (plan.path.stem, True)
    assert "<string>/Users/anna/a b/ripieno</string>" in plan.text


def test_windows_gets_a_task_of_this_user_in_utf_16(tmp_path):
    here = machine(tmp_path, "win32", APPDATA=str(tmp_path), USERNAME="änna", USERDOMAIN="SCHOOL")
    plan = task_plan(("C:\\a b\\ripieno.exe", "serve", "--model", 'my "own" model'), here)
    assert plan.data[:2] == b"\xff\xfe"
    root = ET.fromstring(plan.data)
    names = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in root]
    assert names == [
        "RegistrationInfo",
        "Triggers",
        "Principals",
        "Settings",
        "Actions",
    ]  # the schema's order
    run = {child.tag.removeprefix(f"{{{NAMESPACE}}}"): child.text for child in root.iter() if child.text}
    assert run["Command"] == "C:\\a b\\ripieno.exe"
    assert run["Arguments"] == r'serve --model "my \"own\" model"'
    assert run["UserId"] == "SCHOOL\\änna"
    assert plan.text.startswith('<?xml version="1.0" encoding="UTF-16"?>\n<Task')


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_plan_removes_what_it_installs(tmp_path, system):
    plan = plan_for(("ripieno", "serve"), machine(tmp_path, system, APPDATA=str(tmp_path)))
    assert plan.path.is_relative_to(tmp_path)
    programs = {words[0] for words in (*plan.install, *plan.stop, *plan.remove, plan.status, *plan.forget)}
    assert len(programs) == 1
    assert plan.install
    assert plan.stop or plan.remove


def test_a_system_that_is_not_known_is_told_so(tmp_path):
    with pytest.raises(RequestError) as caught:
        plan_for(("ripieno", "serve"), machine(tmp_path, "haiku"))
    assert str(caught.value) == (
        "haiku is not known here, only Linux with systemd, macOS and Windows; start `ripieno serve` at login"
    )


# -- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home folder on a system that has no programs."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    return tmp_path


def ran(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["service", *arguments])
    return done.exit_code, done.output


@pytest.mark.skipif(sys.platform != "linux", reason="the plan of Linux")
def test_nothing_is_done_before_it_was_shown_and_agreed_to(home):
    code, shown = ran("install", "--show")
    assert code == 0
    assert "ExecStart=" in shown
    assert "    systemctl --user enable ripieno.service\n" in shown
    code, asked = ran("install")
    assert code == 1
    assert (
        asked == f"{shown}ripieno: nobody can be asked here; say --yes to do it, or --show to see it only\n"
    )
    assert list(home.rglob("*.service")) == []
    code, said = ran("install", "--yes")
    assert code == 1
    assert said == (
        f"{shown}ripieno: there is no systemctl on this system; "
        "start `ripieno serve` with what starts programs here\n"
    )


def test_options_of_serve_are_checked_before_anything_is_done(home):
    code, said = ran("install", "--yes", "--", "--workers", "200")
    assert (code, "200 is not in the range" in said) == (2, True)
    code, said = ran("install", "--yes", "--", "--open")
    assert (code, said) == (1, "ripieno: --open is nothing for the background; leave it out\n")
    assert list(home.rglob("*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the plan of Linux")
def test_paths_become_whole(home, monkeypatch):
    (home / "key.pem").touch()
    monkeypatch.chdir(home)
    (home / "2").touch()  # no file of an option that takes one
    _, shown = ran("install", "--show", "--", "--key", "key.pem", "--certificate=key.pem", "--workers", "2")
    assert f'"--key" "{home}/key.pem" "--certificate={home}/key.pem" "--workers" "2"\n' in shown
    _, shown = ran("install", "--show", "--", "--token-file", "token", "--model", "lstm-chorales")
    assert f'"--token-file" "{home}/token" "--model" "lstm-chorales"\n' in shown


@pytest.mark.skipif(sys.platform != "linux", reason="the plan of Linux")
def test_what_cannot_be_stopped_is_not_said_to_be_removed(home, monkeypatch):
    systemctl = home / "systemctl"
    systemctl.write_text("#!/bin/sh\necho no bus >&2\nexit 1\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(home), prepend=None)
    unit = home / ".config" / "systemd" / "user" / "ripieno.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    code, said = ran("remove", "--yes")
    assert code == 1
    assert "\nripieno: `systemctl --user disable --now ripieno.service` failed (no bus); log in as" in said
    assert unit.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the plan of Linux")
def test_a_program_that_may_not_be_run_is_told_so(home, monkeypatch):
    (home / "systemctl").touch()
    monkeypatch.setenv("PATH", str(home), prepend=None)
    code, said = ran("install", "--yes")
    assert (code, said.splitlines()[-1]) == (
        1,
        "ripieno: systemctl cannot be run here (Permission denied); "
        "start `ripieno serve` with what starts programs here",
    )


def test_windows_ends_the_old_one_before_a_new_one_runs(tmp_path):
    plan = task_plan(("ripieno.exe", "serve"), machine(tmp_path, "win32", APPDATA=str(tmp_path)))
    assert plan.stop == (("schtasks", "/End", "/TN", "ripieno"),)
    assert plan.remove == (("schtasks", "/Delete", "/F", "/TN", "ripieno"),)
