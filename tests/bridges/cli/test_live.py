"""The commands for Live: what they say, to people and to programs."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ableton_set import LiveSet
from ableton_stand_in import StandIn, free_port
from http_support import ServiceStandIn, bare
from live_support import Composer, melody_set
from ripieno.errors import STOPPED
from ripieno_bridges.api.replies import Done, Reply
from ripieno_bridges.api.requests import AnyRequest, Request
from ripieno_bridges.cli.live import live as live_commands


def run(live: StandIn, *arguments: str, exit_code: int = 0) -> Result:
    """Run a command against the stand-in, with a service of its own."""
    ports = ["--port", str(live.port), "--answer-port", str(live.answer_port)]
    ports += [] if "--serve-port" in arguments else ["--serve-port", "0"]
    result = CliRunner().invoke(live_commands, [*arguments, *ports])
    assert result.exit_code == exit_code, result.output
    return result


def clip_names(live_set: LiveSet) -> list[list[str]]:
    return [[slot.clip.name for slot in track.slots if slot.clip] for track in live_set.tracks]


def test_a_clip_is_harmonized_by_the_real_service():
    live_set = melody_set("C5:4 D5:4 E5:4 F5:4 | G5:2 E5:4 D5:4 | C5:1")
    with StandIn(live_set) as live:
        result = run(live, "harmonize", "--seed", "3", "--temperature", "0", "--json")
    report = json.loads(result.output)
    assert (report["seed"], report["model"]) == (3, "lstm-chorales")
    assert [(clip["part"], clip["track"], clip["slot"]) for clip in report["clips"]] == [
        ("Alto", 3, 1),
        ("Tenor", 4, 1),
        ("Bass", 5, 1),
    ]
    for clip in report["clips"]:
        written = live_set.clip(clip["track"] - 1, 0)
        assert (len(written.notes), written.length) == (clip["notes"], 12.0)
        assert clip["notes"] >= 8
    highest = max(note.pitch for note in live_set.clip(4, 0).notes)
    assert highest <= 64, "a bass"
    assert live_set.clip(0, 0).music()[-1] == (72, 8.0, 4.0)


class QuickService(Composer):
    """A service that needs no engine."""

    def __init__(self, models: tuple[str, ...]) -> None:
        super().__init__()

    async def __aenter__(self) -> QuickService:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


def test_people_are_told_what_stands_where(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ripieno_bridges.service.running.Service", QuickService)
    with StandIn(melody_set()) as live:
        output = run(live, "harmonize", "--alternatives", "2").output
    assert output.splitlines() == [
        "further versions: in scene 2, with a copy of your clip; launch a scene to hear one",
        "new tracks: Alto, Tenor, Bass; put an instrument on each, or they make no sound",
        'track 3, slot 1: wrote 6 notes, "Alto - rip Verse"',
        'track 4, slot 1: wrote 6 notes, "Tenor - rip Verse"',
        'track 5, slot 1: wrote 6 notes, "Bass - rip Verse"',
        'track 3, slot 2: wrote 6 notes, "Alto - rip Verse (2)"',
        'track 4, slot 2: wrote 6 notes, "Tenor - rip Verse (2)"',
        'track 5, slot 2: wrote 6 notes, "Bass - rip Verse (2)"',
        "seed 7, model lstm-chorales (the same seed gives the same notes)",
    ]


def test_the_engine_of_a_running_server_is_used_and_that_is_said():
    def answer(request: AnyRequest) -> Done:
        assert isinstance(request, Request)
        result = Composer().result(request, 0)
        return Done(Reply(results=(result,), seed=4, model=request.model, sha256="", milliseconds=0))

    with bare(ServiceStandIn(answer)) as (server, _), StandIn(melody_set()) as live:
        output = run(live, "harmonize", "--serve-port", str(server.port)).output
    assert output.splitlines()[-2:] == [
        f"using the engine of the running `ripieno serve` (port {server.port})",
        "seed 4, model lstm-chorales (the same seed gives the same notes)",
    ]
    assert clip_names(live.set)[2:] == [["Alto - rip Verse"], ["Tenor - rip Verse"], ["Bass - rip Verse"]]


def test_a_track_and_slot_are_counted_as_live_does():
    live_set = melody_set()
    live_set.put(0, 3, live_set.clip(0, 0))
    live_set.selected = (1, 0)
    with StandIn(live_set) as live:
        said = run(live, "harmonize", "--track", "9", "--slot", "1", exit_code=1).stderr
        assert said == "ripieno: there is no track 9, slot 1; the set has 2 tracks, with 8 slots each\n"
        said = run(live, "harmonize", "--slot", "4", exit_code=1).stderr
        assert said.startswith(
            "ripieno: there is no clip in track 2, slot 4; click on one in the Session View"
        )


def test_faults_are_told_to_programs_too():
    with StandIn(melody_set()) as live, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", live.answer_port))
        report = json.loads(run(live, "continue", "--json", exit_code=1).output)
    assert report["error"]["kind"] == "LiveError"
    assert report["error"]["text"].startswith(f"port {live.answer_port} is taken")


def test_a_model_that_there_is_not_is_told_before_watching():
    with StandIn(melody_set()) as live:
        said = run(live, "watch", "--model", "nobody", exit_code=1).stderr
    assert said.startswith('ripieno: there is no model "nobody"; choose one of: ')


@contextmanager
def started(live: StandIn, command: str) -> Iterator[subprocess.Popen[str]]:
    """A command against the stand-in as a process of its own, which is killed where it takes too long."""
    code = "from ripieno_bridges.cli.live import live; live()"
    ports = ["--port", str(live.port), "--answer-port", str(live.answer_port), "--serve-port", "0"]
    with subprocess.Popen(
        [sys.executable, "-c", code, command, *ports],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        last_resort = threading.Timer(60, process.kill)
        last_resort.start()
        try:
            yield process
        finally:
            last_resort.cancel()
            process.kill()


def test_watch_ends_cleanly_with_ctrl_c():
    answers = free_port()
    with StandIn(melody_set(), answer_port=answers) as live, started(live, "watch") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening to Live: rename a clip")
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "ended\n", "")


def test_ctrl_c_says_that_nothing_was_written():
    def open_a_menu(address: str, values: tuple[Any, ...]) -> None:
        if address == "/live/song/get/tempo":
            live.menu_open.set()

    with StandIn(melody_set(), before=open_a_menu) as live, started(live, "harmonize") as process:
        assert live.menu_open.wait(timeout=10)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=10)
    assert (process.returncode, out, errors) == (STOPPED, "", "ripieno: stopped; nothing was written\n")


def test_help_is_there_at_once():
    code = (
        "import sys; from ripieno_bridges.cli.live import live; "
        "live(['harmonize', '--help'], standalone_mode=False); "
        "print([m for m in ('torch', 'numpy', 'asyncio', 'pythonosc') if m in sys.modules])"
    )
    begun = time.monotonic()
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    assert time.monotonic() - begun < 3
    assert "Add the missing voices to the selected clip" in out
    assert out.splitlines()[-1] in ("[]", "['asyncio']")
