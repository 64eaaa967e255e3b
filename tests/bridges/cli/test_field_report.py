"""`ripieno doctor --report`: it tells what is needed to find a fault, and nothing of the user's."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given
from hypothesis import strategies as st

from common import ROOT, host_or_skip
from ripieno import __version__
from ripieno.errors import FileError, RequestError, ScoreError
from ripieno.models.catalog import SHIPPED
from ripieno_bridges import diagnostics
from ripieno_bridges.cli.doctor import SIGNS
from ripieno_bridges.cli.field_report import report_lines
from ripieno_bridges.cli.main import main
from ripieno_bridges.diagnostics import check_http, check_models
from ripieno_bridges.last_error import described, last_error, remember
from ripieno_bridges.plugins.host_programs import HOSTS, find, found_programs
from ripieno_bridges.plugins.musescore_folders import Machine

RIPIENO = Path(sys.executable).with_name("ripieno")
TWINKLE = ROOT / "scores" / "twinkle.musicxml"
FEW: dict[str, str] = {}
HOST = {host.title: host for host in HOSTS}
# What users call people, choirs, songs and folders, in many scripts; and models, which have plain names.
NAMES = st.text("ЖØßñ猫qzxvk'-_ 7", min_size=5, max_size=14).filter(lambda name: name == name.strip(" "))
MODELS = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_-]{6,20}", fullmatch=True)


def report(*, http_port: int = 0) -> str:
    """The report on the checks that quote something of the user's."""
    findings = [*check_models(), check_http(http_port)] if http_port else [*check_models()]
    return "\n".join(report_lines(findings, signs=SIGNS, port=7400, http_port=7411))


# -- nothing of the user's ---------------------------------------------------------------------------------


def missing_file(folder: Path, name: str) -> list[str]:
    return ["harmonize", str(folder / f"{name}.musicxml")]


def no_music(folder: Path, name: str) -> list[str]:
    (folder / f"{name}.musicxml").write_text(name, "utf-8")
    return ["harmonize", str(folder / f"{name}.musicxml")]


def part_with_a_quarter_tone(folder: Path, name: str) -> list[str]:
    music = TWINKLE.read_text("utf-8").replace("</step>", "</step><alter>0.5</alter>", 1)
    music = re.sub("<part-name>.*?</part-name>", f"<part-name>{name}</part-name>", music)
    (folder / f"{name}.musicxml").write_text(music, "utf-8")
    return ["harmonize", str(folder / f"{name}.musicxml"), "-o", str(folder / "out.musicxml")]


def unknown_melody(_folder: Path, name: str) -> list[str]:
    return ["harmonize", str(TWINKLE), f"--melody=P{name}"]


def unknown_model(folder: Path, name: str) -> list[str]:
    return ["harmonize", str(TWINKLE), f"--model=M{name}", "-o", str(folder / "out.musicxml")]


def faulty_abc(folder: Path, name: str) -> list[str]:
    (folder / f"{name}.abc").write_text(f"X:1\nT:{name}\nK:C\nCDEF|^^^^{name}|", "utf-8")
    return ["harmonize", str(folder / f"{name}.abc"), "-o", str(folder / "out.musicxml")]


FAULTS = (missing_file, no_music, part_with_a_quarter_tone, unknown_melody, unknown_model, faulty_abc)


@pytest.mark.parametrize("fault", FAULTS)
@given(name=NAMES)
def test_no_name_no_path_and_no_music_is_in_a_report(fault, tmp_path_factory, name):
    home = tmp_path_factory.mktemp("home") / f"user {name}"
    home.mkdir()
    empty = {"HOME": str(home), "USERPROFILE": str(home), "PATH": "", "XDG_DATA_HOME": str(home / "data")}
    with mock.patch.dict(os.environ, empty):
        os.environ.pop("RIPIENO_LAST_ERROR", None)
        assert name not in (before := report())
        assert "last error: none" in before
        done = CliRunner().invoke(main, fault(home, name))
        said = report()
    assert done.exit_code == 1, done.output
    assert name in done.output or fault is faulty_abc  # the error quotes it; of ABC only the sign
    assert "last error: none" not in said
    assert name not in said
    assert str(home) not in said
    assert home.name not in said


@given(model=MODELS)
@example(model="lstm-chorales-Anna")
def test_models_of_the_users_own_are_counted_and_not_named(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("models")
    (folder / model).mkdir()
    for suffix in ("safetensors", "json"):
        shutil.copy(SHIPPED / f"rbm-chorales.{suffix}", folder / model / f"{model}.{suffix}")
    with mock.patch.dict(os.environ, {"PATH": ""}):
        assume(model not in report())
        os.environ["RIPIENO_MODELS"] = str(folder)
        (found,) = check_models()
        said = report()
    assert model in found.what
    assert model not in said
    assert "1 model of the user's own" in said


class Evil(BaseHTTPRequestHandler):
    """A server that says what nobody should paste."""

    said = b""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_):
        pass


def test_what_another_program_says_is_not_in_a_report(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with HTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for said in (
            b'{"version": "/home/anna/Motet.mxl"}',
            b'{"version": "1.0", "state": "failed", "error": {"fault": "anna\'s model is damaged"}}',
            b'{"version": "1.0 of anna", "state": "loading"}',
        ):
            Evil.said = said
            text = report(http_port=server.server_port)
            assert "anna" not in text
            assert f"answers HTTP on port {server.server_port}" in text
        server.shutdown()


def test_the_engines_fault_is_named_by_its_kind_alone(monkeypatch):
    def broken(*_args, **_kwargs):
        raise RequestError("/home/anna/weights are damaged")

    monkeypatch.setattr(diagnostics, "Service", broken)
    found = asyncio.run(diagnostics.check_engine())
    assert "anna" in found.what
    assert found.in_report == "the engine does not work (RequestError)"


# -- what it tells -----------------------------------------------------------------------------------------


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as exc:
        return exc


def test_the_sentence_of_an_error_is_told_with_gaps(tmp_path, monkeypatch):
    monkeypatch.setenv("RIPIENO_LAST_ERROR", str(tmp_path / "last.json"))
    done = CliRunner().invoke(main, ["doctor", "--json", "--report"])
    assert done.exit_code == 1
    found = last_error()
    assert found.during == "ripieno doctor"
    assert found.kind == "RequestError"
    assert found.words == "--report is for people and --json for programs; leave one of them out"
    assert re.fullmatch(r"ripieno_bridges\.cli\.doctor:\d+ doctor", found.places[-1])


def test_an_error_that_was_given_a_files_name_later_is_told_where_it_began():
    first = raised(ScoreError(None, "Tenor", 12, "a fault"))
    found = described(raised(FileError("my.mxl", "a fault"), first), "ripieno check")
    assert found.kind == "ScoreError"


def test_a_fault_of_ripienos_own_is_kept_without_its_text(tmp_path, monkeypatch):
    monkeypatch.setenv("RIPIENO_LAST_ERROR", str(tmp_path / "last.json"))
    monkeypatch.setattr("ripieno_bridges.cli.doctor.say", lambda line: FEW[f"Anna's {line}"])
    done = CliRunner().invoke(main, ["doctor", "--port", "0", "--http-port", "0"])
    assert isinstance(done.exception, KeyError)
    found = last_error()
    assert (found.kind, found.words, found.during) == ("KeyError", "", "ripieno doctor")
    assert "Anna" not in (tmp_path / "last.json").read_text("utf-8")


def test_a_folder_that_takes_no_file_hides_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("RIPIENO_LAST_ERROR", str(tmp_path / "file" / "last.json"))
    remember(RequestError("a fault"), "ripieno check")
    assert last_error() is None


def test_a_user_without_a_home_is_told_of_errors_all_the_same(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")  # pathlib's, as in some containers

    monkeypatch.delenv("RIPIENO_LAST_ERROR")
    monkeypatch.setattr(Path, "home", homeless)
    remember(RequestError("a fault"), "ripieno check")
    assert last_error() is None


@pytest.mark.parametrize("kept", ["", "{}", '{"version": 1}', "\x00"])
def test_a_damaged_file_is_no_error(tmp_path, monkeypatch, kept):
    monkeypatch.setenv("RIPIENO_LAST_ERROR", str(tmp_path / "last.json"))
    (tmp_path / "last.json").write_text(kept)
    assert last_error() is None


def test_the_report_of_the_real_program_has_versions_ports_and_checks():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [str(RIPIENO), "doctor", "--report", "--port", port, "--http-port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"ripieno: {__version__}, ")
    assert f"ports: OSC {port}, HTTP {port}" in lines
    assert any(re.fullmatch(r"  ✓ the engine starts in [\d.]+ s and harmonizes .*", line) for line in lines)
    assert [line.partition(":")[0] for line in lines if not line.startswith(" ")][:5] == [
        *("ripieno", "Python", "system", "libraries", "ports"),
    ]
    assert lines[-1] == "last error: none"


# -- the programs ------------------------------------------------------------------------------------------


def machine(system: str, home: Path, **environment: str) -> Machine:
    return Machine(system, home, None, environment)


@pytest.mark.host
@pytest.mark.parametrize(
    ("title", "command", "version"),
    [("Pure Data", "pd", "0."), ("LilyPond", "lilypond", "2."), ("MuseScore", "mscore3", "3.")],
)
def test_installed_programs_say_their_version(title, command, version, tmp_path):
    host_or_skip(shutil.which(command), title)
    found = find(HOST[title], machine("linux", tmp_path, PATH=os.environ["PATH"]))
    assert found is not None
    assert found.version.startswith(version)


def test_a_program_that_says_no_version_is_found_all_the_same(tmp_path):
    (tmp_path / "pd").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "pd").chmod(0o755)
    (tmp_path / "lilypond").write_text("no program")
    (tmp_path / "lilypond").chmod(0o755)
    found = {p.title: p.version for p in found_programs(machine("linux", tmp_path, PATH=str(tmp_path)))}
    assert (found["Pure Data"], found["LilyPond"]) == ("", "")


def test_applications_of_macos_are_found_by_their_folder_and_named_by_us(tmp_path):
    app = tmp_path / "Applications" / "MuseScore of Anna.app"
    (app / "Contents").mkdir(parents=True)
    (app / "Contents" / "Info.plist").write_bytes(
        b'<plist version="1.0"><dict><key>CFBundleShortVersionString</key><string>4.4.2</string>'
        b"</dict></plist>"
    )
    (tmp_path / "Applications" / "Ableton Live 12 Suite.app").mkdir()
    found = list(found_programs(machine("darwin", tmp_path)))
    assert [(p.title, p.version) for p in found] == [("MuseScore", "4.4.2"), ("Ableton Live", "12")]


def test_programs_of_windows_are_found_by_their_folder(tmp_path):
    for folder in ("MuseScore 4", "Ableton/Live 11 Suite", "Pd"):
        (tmp_path / folder).mkdir(parents=True)
    found = list(found_programs(machine("win32", tmp_path, ProgramFiles=str(tmp_path))))
    assert [(p.title, p.version) for p in found] == [
        *(("MuseScore", "4"), ("Ableton Live", "11"), ("Pure Data", "")),
    ]
