"""What the tests with real hosts run: ripieno's server, programs whose lines are read, a UDP port."""

from __future__ import annotations

import asyncio
import queue
import re
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from osc_support import FINALS, LOCAL, Received, packet, parse_message
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.service.service import Service

PATIENCE_SECONDS = 20.0  # a test that waits longer has failed


@contextmanager
def served(port: int = 0) -> Iterator[int]:
    """ripieno's OSC server with the real engine, in a thread of its own; its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
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
        thread.join()
        loop.close()


class Program:
    """A program that runs, and the lines that it writes."""

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
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    def line(self, pattern: str, *, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for the next line in which the pattern is found. Fails where it does not come in time."""
        line = self.line_or_none(pattern, seconds=seconds)
        assert line is not None, f"no line with {pattern!r} came, but:\n" + "\n".join(self.lines)
        return line

    def line_or_none(self, pattern: str, *, seconds: float) -> str | None:
        """The same, but None where it does not come."""
        while True:
            try:
                line = self._new.get(timeout=seconds)
            except queue.Empty:
                return None
            if line is None:
                return None
            self.lines.append(line)
            if re.search(pattern, line):
                return line

    def ended(self) -> int:
        """Wait until it ends by itself: its exit code."""
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join()
        while (line := self._new.get()) is not None:
            self.lines.append(line)
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._new.put(line.rstrip("\n"))
        self._new.put(None)


class Port:
    """A UDP port of the test: a plain client of ripieno, or a stand-in for it that does as the test says."""

    def __init__(self, other: int | None = None) -> None:
        """other: to which port it speaks; None is to whoever spoke last."""
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
        """All that comes up to a final answer."""
        messages = [self.next()]
        while messages[-1].address not in FINALS:
            messages.append(self.next())
        return messages

    def request(self, task: str) -> list[Received]:
        """Answer pings until this message comes: all other messages up to it."""
        messages: list[Received] = []
        while not messages or messages[-1].address != f"/ripieno/{task}":
            message = self.next()
            if message.address == "/ripieno/ping":
                self.send("pong", message.id, "stand-in")
            else:
                messages.append(message)
        return messages


def free_udp_port() -> int:
    """A port that nobody has at the moment, for a program that cannot choose one itself."""
    with Port() as port:
        return port.number
