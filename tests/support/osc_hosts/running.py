"""Shared by the tests with real hosts: ripieno's server, programs whose output is read, a UDP port."""

from __future__ import annotations

import asyncio
import queue
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from osc_support import FINALS, LOCAL, Received, packet, parse_message
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.service.service import Service

PATIENCE_SECONDS = 20.0  # a test that waits longer for one thing has failed


@contextmanager
def served(port: int = 0) -> Iterator[int]:
    """Run ripieno's OSC server with the real engine in a thread; yields its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[Service, OscServer]:
        service = Service()
        await service.start()
        server = OscServer(service, port=port)
        await server.start()
        return service, server

    async def stop(service: Service, server: OscServer) -> None:
        await server.stop()
        await service.stop()

    try:
        running = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE_SECONDS)
        try:
            yield running[1].port
        finally:
            asyncio.run_coroutine_threadsafe(stop(*running), loop).result(PATIENCE_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
        loop.close()


class Program:
    """A running program, and the lines that it prints."""

    def __init__(
        self, command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.lines: list[str] = []
        self._new: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait(5)
        self._reader.join(PATIENCE_SECONDS)

    def line(self, pattern: str, *, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for the next line in which the pattern is found; see ``line_or_none``. Fails without one."""
        line = self.line_or_none(pattern, seconds=seconds)
        assert line is not None, f"no line with {pattern!r} came, but:\n" + "\n".join(self.lines)
        return line

    def line_or_none(self, pattern: str, *, seconds: float) -> str | None:
        """The same, but None where no line comes for so long, or only other lines for three times as long."""
        deadline = time.monotonic() + 3 * seconds
        while time.monotonic() < deadline:
            try:
                line = self._new.get(timeout=seconds)
            except queue.Empty:
                return None
            if line is None:
                return None
            self.lines.append(line)
            if re.search(pattern, line):
                return line
        return None

    def ended(self) -> int:
        """Wait until it ends by itself; returns its exit code."""
        code = self._process.wait(PATIENCE_SECONDS)
        while (line := self._new.get(timeout=PATIENCE_SECONDS)) is not None:
            self.lines.append(line)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._new.put(line.rstrip("\n"))
        self._new.put(None)


class Port:
    """A UDP port of the test: a plain client of ripieno, or a stand-in for its server."""

    def __init__(self, other: int | None = None) -> None:
        """other: the port to send to; None for whoever sent last."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOCAL, 0))
        self._socket.settimeout(PATIENCE_SECONDS)
        self._other = (LOCAL, other)
        self.number: int = self._socket.getsockname()[1]

    def __enter__(self) -> Port:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, name: str, *values: Any) -> None:
        self._socket.sendto(packet(f"/ripieno/{name}", *values), self._other)

    def next(self) -> Received:
        data, self._other = self._socket.recvfrom(65_535)
        return parse_message(data)

    def final(self) -> list[Received]:
        """All messages up to a final reply."""
        deadline = time.monotonic() + 3 * PATIENCE_SECONDS
        messages = [self.next()]
        while messages[-1].address not in FINALS:
            assert time.monotonic() < deadline, "no final reply came"
            messages.append(self.next())
        return messages

    def request(self, task: str) -> list[Received]:
        """Answer pings until this message comes; returns all other messages up to it."""
        deadline = time.monotonic() + 3 * PATIENCE_SECONDS
        messages: list[Received] = []
        while not messages or messages[-1].address != f"/ripieno/{task}":
            assert time.monotonic() < deadline, f"/ripieno/{task} did not come"
            message = self.next()
            if message.address == "/ripieno/ping":
                self.send("pong", message.id, "stand-in")
            else:
                messages.append(message)
        return messages


def free_udp_port() -> int:
    """A port that is free at the moment, for a program that cannot choose one itself."""
    with Port() as port:
        return port.number
