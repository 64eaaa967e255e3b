"""Sonic Pi's server without a window: a sound card that is none, and the test in place of the editor."""

from __future__ import annotations

import html
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from common import ROOT
from osc_hosts.running import PATIENCE_SECONDS, Program, free_udp_port
from osc_support import LOCAL, Received, packet, parse_message

PLUGIN = ROOT / "plugin" / "sonicpi" / "ripieno.rb"
SERVER = Path("/usr/lib/sonic-pi/app/server/ruby/bin/sonic-pi-server.rb")
EDITOR = 1  # the id of an editor, which every message to the server begins with
COUNT = 7  # of the ports between its programs, beside the editor's
LOG_BYTES = 2**20  # of the log that wait for the test, as far as the system allows
READY_SECONDS, ATTEMPTS = 0.2, 100


class Played(NamedTuple):
    """A line of the log about a sound: virtual seconds since Run, the thread, what was said."""

    seconds: float
    thread: str
    text: str


class SonicPi:
    """Runs code as the button Run does, and reads the log of the last run."""

    def __init__(self, port: int, editor: socket.socket) -> None:
        """port: of the server. editor: the socket to which it writes its log."""
        self.played: list[Played] = []
        self.error: str | None = None
        self.run = -1  # its number
        self._port, self._editor = port, editor

    def start(self, code: str, server: int) -> None:
        """End what runs, and run code after the plugin was read. server: the port of ripieno."""
        self.stop()
        self.run += 1
        self.played, self.error = [], None
        self.send("/run-code", f'eval_file "{PLUGIN}"\nrip_connect {server}\n{code}')

    def stop(self) -> None:
        """End what runs, as the button Stop does."""
        self.send("/stop-all-jobs")

    def wait_until(self, seen: Callable[[], bool]) -> None:
        """Read the log until this holds. Fails where the code ends in an error before."""
        self._read_until(seen)
        assert seen(), self.error

    def wait_for_error(self) -> str:
        """The text of the error that the code ends with."""
        self._read_until(lambda: False)
        assert self.error is not None
        return self.error

    def until(self, word: str, count: int = 1) -> list[Played]:
        """Wait for so many lines that begin with a word in quotes; returns them."""

        def told() -> list[Played]:
            return [line for line in self.played if line.text.startswith(f'"{word}"')]

        self.wait_until(lambda: len(told()) >= count)
        return told()

    def _read_until(self, seen: Callable[[], bool]) -> None:
        """Read the log of this run until this holds, or the code has ended in an error."""
        deadline = time.monotonic() + 3 * PATIENCE_SECONDS
        while self.error is None and not seen():
            assert time.monotonic() < deadline, "it did not come, but:\n" + "\n".join(map(str, self.played))
            message = self._next()
            if message.values[:1] != (self.run,):
                continue
            if message.address == "/log/multi_message":
                self.played += logged(message)
            elif message.address in ("/error", "/syntax_error"):
                self.error = html.unescape(str(message.values[1]))

    def let_cues_in(self, port: int) -> None:
        """Let OSC in at this port, as the editor does, and wait until a cue has come through Erlang."""
        self._editor.settimeout(READY_SECONDS)
        for _ in range(ATTEMPTS):
            self.send("/cue-port-start")
            self._editor.sendto(packet("/ready", 1), (LOCAL, port))
            with suppress(TimeoutError):
                while self._next().address != "/incoming/osc":
                    pass
                break
        else:
            raise AssertionError("Sonic Pi's Erlang does not answer")
        self._editor.settimeout(PATIENCE_SECONDS)

    def send(self, address: str, *values: Any) -> None:
        self._editor.sendto(packet(address, EDITOR, *values), (LOCAL, self._port))

    def _next(self) -> Received:
        return parse_message(self._editor.recv(65_535))


def logged(message: Received) -> list[Played]:
    """The lines of one entry of the log: job, thread, seconds, how many, then a colour and a text of each."""
    _, thread, seconds, count, *rest = message.values
    texts = rest[1::2]
    assert len(texts) == count
    return [Played(float(seconds), str(thread).strip('"'), str(text)) for text in texts]


@contextmanager
def sonic_pi(ruby: str, jackd: str, folder: Path) -> Iterator[SonicPi]:
    """Start jackd with no sound card, and Sonic Pi's server, which starts SuperCollider and Erlang."""
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "SONIC_PI_HOME": str(folder),
        "TMPDIR": str(folder),
        "JACK_DEFAULT_SERVER": f"ripieno-{os.getpid()}",
        "JACK_NO_AUDIO_RESERVATION": "1",
    }
    jack = [jackd, "-r", "-n", environment["JACK_DEFAULT_SERVER"], "-d", "dummy", "-r", "44100", "-p", "1024"]
    listen, synth, cues, router, *others = (free_udp_port() for _ in range(COUNT))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as editor:
        editor.bind((LOCAL, 0))
        editor.settimeout(PATIENCE_SECONDS)
        editor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LOG_BYTES)
        ports = (listen, editor.getsockname()[1], synth, synth, cues, router, *others)
        command = [ruby, str(SERVER), "-u", *map(str, ports)]
        with (
            Program(jack, folder=folder, environment=environment),
            Program(command, folder=folder, environment=environment) as server,
        ):
            server.line("successfully booted")
            running = SonicPi(listen, editor)
            try:
                running.let_cues_in(cues)
                yield running
            finally:
                running.send("/exit")
                server.line_or_none("Goodbye", seconds=PATIENCE_SECONDS)
                clear = [ruby, str(SERVER.with_name("task-clear.rb"))]  # ends what the server may have left
                subprocess.run(clear, env=environment, check=False, capture_output=True, timeout=30)
