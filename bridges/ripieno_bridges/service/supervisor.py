"""Keeps one worker process running: starts it, and starts it again when it has ended.

The worker may end by itself, be killed by the system, or be killed here because it does not stop a request.
The next one is started at once; where one after the other ends and none of them has finished a request,
after pauses that grow. It is never given up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

import msgspec

from ripieno_bridges.api.replies import Failed, Final
from ripieno_bridges.api.requests import from_bytes, to_bytes
from ripieno_bridges.service.worker import LENGTH, Order, Warm, WorkerMessage

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0  # before the worker is started once more
LARGE = 200_000  # bytes; a larger message is decoded in a thread
THREADS = "OMP_NUM_THREADS"  # of the environment; what the user says there goes before ours
COMMAND = (sys.executable, "-m", "ripieno_bridges.service.worker")
EngineState = Literal["loading", "ready", "restarting", "failed"]
Say = Callable[[str], None]


class WorkerOwner(Protocol):
    """Who gives the worker its work."""

    def worker_is_ready(self) -> None:
        """The worker takes work."""

    def worker_said(self, message: WorkerMessage) -> None:
        """The worker tells something about a request."""

    def worker_ended(self) -> None:
        """The worker is gone, and with it what it was working on; the next one is on its way."""

    def worker_does_not_start(self) -> None:
        """The worker ended before it was ready, and is started again after a pause; see ``refusal``."""


class Supervisor:
    """One worker process after the other.

    model: what each loads first. say: gets a line for the terminal when a worker was replaced.
    first_pause_seconds: doubled at each failure, up to ``MAX_PAUSE_SECONDS``. threads: that a worker computes
    with; None leaves it to the library.
    """

    def __init__(
        self,
        model: str,
        owner: WorkerOwner,
        *,
        say: Say = lambda _: None,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        threads: int | None = None,
    ) -> None:
        self._model, self._owner, self._say = model, owner, say
        self._environment = None if threads is None else {THREADS: str(threads), **os.environ}
        self._first_pause_seconds = first_pause_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready_since: float | None = None  # of this worker, monotonic; None: it does not take work yet
        self._was_ready = asyncio.Event()  # or has failed: the first start is over
        self._killed_because: str | None = None  # this worker was killed here; what it still says is ignored
        self._failures = 0  # workers that ended by themselves since a request was finished
        self._retry_at: float | None = None  # monotonic
        self.fault: Failed | None = None  # why there is no engine, or none with the first model
        self.loaded: str | None = None  # the model that was used last
        self.models: set[str] = set()  # that this worker has loaded
        self.restarts = 0

    # -- for the owner -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the first worker."""
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End the worker, and start no other one."""
        task, process = self._task, self._process
        self._task = None
        if task is None:
            return
        if process is not None:
            await end(process)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def started(self) -> None:
        """Wait until the first worker takes work, or has failed; then ``fault`` says why."""
        await self._was_ready.wait()

    @property
    def takes_work(self) -> bool:
        """Whether a request can be sent to the worker, as far as it does nothing else."""
        return self._ready_since is not None and self._killed_because is None

    @property
    def state(self) -> EngineState:
        """What the users are told."""
        if self.fault is not None:
            return "failed"
        if self.takes_work:
            return "ready"
        return "restarting" if self.restarts else "loading"

    @property
    def refusal(self) -> Failed | None:
        """What a request is told while there is no engine and nobody knows until when; else None."""
        if self.fault is None or self.takes_work:
            return None
        left = max(1, round(self.retry_seconds or 0))
        return Failed("failed", f"{self.fault.text}; it is tried again, so ask again in {seconds_text(left)}")

    @property
    def retry_seconds(self) -> float | None:
        """How long until a failed worker is started again; None where no pause is on."""
        return None if self._retry_at is None else max(0.0, self._retry_at - time.monotonic())

    def send(self, order: Order) -> None:
        """Send the worker an order; if it has just ended, the owner hears of that."""
        if self._process is None or self._process.stdin is None:
            return
        data = to_bytes(order)
        self._process.stdin.write(LENGTH.pack(len(data)) + data)

    def kill(self, because: str) -> None:
        """Kill a worker that does not react, and start another one. because: for the terminal."""
        if self._process is not None and not self._killed_because:
            self._killed_because = because
            with suppress(ProcessLookupError):
                self._process.kill()

    # -- one worker after the other ------------------------------------------------------------------------

    async def _keep_running(self) -> None:
        """Run workers until the task is cancelled."""
        while True:
            why = await self._run_worker()
            if self._task is None:
                return  # stopped
            self.loaded = None
            self.restarts += 1
            was_killed, ready_since = self._killed_because, self._ready_since
            self._ready_since = None
            pause = 0.0 if was_killed else self._next_pause(ready_since)
            self._retry_at = time.monotonic() + pause
            again = f"again in {seconds_text(pause)}" if pause else "again"
            if was_killed:
                self._say(f"{was_killed}; the engine is started {again}")
                self._owner.worker_ended()
            elif ready_since is not None:
                self._say(f"the engine ended: {why}; it is started {again}")
                self._owner.worker_ended()
            else:
                self._say(f"the engine does not start: {why}; it is tried {again}")
                self.fault = Failed("failed", f"the engine does not start: {why}")
                self._was_ready.set()
                self._owner.worker_does_not_start()
            await asyncio.sleep(pause)
            self._retry_at = None

    def _next_pause(self, ready_since: float | None) -> float:
        """Seconds until the next start, after a worker that ended by itself.

        ready_since: from when on it took work; None where it did not come so far.
        """
        if ready_since is not None and time.monotonic() - ready_since > MAX_PAUSE_SECONDS:
            self._failures = 0
        self._failures = self._failures + 1 if ready_since is not None else max(self._failures, 1) + 1
        if self._failures == 1:
            return 0.0  # one that has worked: at once
        return min(self._first_pause_seconds * 2.0 ** min(self._failures - 2, 30), MAX_PAUSE_SECONDS)

    async def _run_worker(self) -> str:
        """Run one worker to its end. Returns why it ended."""
        self._ready_since = self._killed_because = None
        self.models.clear()
        try:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=self._environment,
            )
        except (OSError, RuntimeError) as exc:  # file handles, processes or threads are used up
            return exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        try:
            self._process = process
            self.send(Warm(self._model))
            await self._listen(process)
            return ending(await process.wait())
        finally:
            self._process = None
            if process.returncode is None:  # this task was cancelled, or a message cannot be read
                await end(process, seconds=0)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Pass on the worker's messages until it ends, or sends what is no message."""
        assert process.stdout is not None
        loop = asyncio.get_running_loop()
        with suppress(asyncio.IncompleteReadError, msgspec.MsgspecError):
            while True:
                (size,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
                data = await process.stdout.readexactly(size)
                if size > LARGE:
                    message = await loop.run_in_executor(None, from_bytes, data, WorkerMessage)
                else:
                    message = from_bytes(data, WorkerMessage)
                if self._killed_because is None:
                    self._handle(message)
                del data, message  # a document may be in it, and the next message may be long in coming

    def _handle(self, message: WorkerMessage) -> None:
        """Pass on a message. Number 0 is about loading the first model."""
        if message.number:
            if isinstance(message.event, Final):
                self._failures = 0
                if message.model is not None:
                    self.loaded = message.model
                    self.models.add(message.model)
            self._owner.worker_said(message)
            return
        was_down = self.fault is not None
        self._ready_since = time.monotonic()
        self.fault = message.event if isinstance(message.event, Failed) else None
        if self.fault is None:
            self.loaded = message.model
            self.models.add(self._model)  # as requests call it, by its path perhaps
            if was_down:
                self._say("the engine has started")
        self._was_ready.set()
        self._owner.worker_is_ready()


def seconds_text(seconds: float) -> str:
    """A pause in words."""
    return "1 second" if seconds == 1 else f"{seconds:g} seconds"


def ending(returncode: int) -> str:
    """How a process ended."""
    if returncode >= 0:
        return f"it ended with status {returncode}"
    try:
        return f"it was ended by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"it was ended by signal {-returncode}"


async def end(process: asyncio.subprocess.Process, *, seconds: float = 2.0) -> None:
    """Close the input of a process, at which it ends; kill it if it does not within ``seconds``."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
