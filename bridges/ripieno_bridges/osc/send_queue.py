"""Packets that wait to be sent: each client's in order, the clients in turn, no faster than they read."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Literal, NamedTuple

log = logging.getLogger(__name__)

BURST = 20  # packets; Pure Data loses some of what comes in larger ones ...
PAUSE_SECONDS = 0.002  # ... without such a pause
MAX_WAITING = 4096  # of a client, each of them a message or a whole answer


class Destination(NamedTuple):
    """Where answers go: a UDP port of a machine, or the other end of a TCP connection."""

    network: Literal["udp", "tcp"]
    host: str
    port: int


Send = Callable[[Destination, bytes], Awaitable[None]]


class SendQueue:
    """Sends what is put into it while ``run`` runs.

    send: sends one packet, and waits where the client has to catch up. pause_seconds: after each burst.
    """

    def __init__(self, send: Send, *, pause_seconds: float = 0.0) -> None:
        self._send = send
        self._pause_seconds = pause_seconds
        self._queues: dict[Destination, deque[Iterator[bytes]]] = {}
        self._filled, self._emptied = asyncio.Event(), asyncio.Event()
        self._emptied.set()

    def put(self, place: Destination, packets: Iterable[bytes]) -> bool:
        """Send these behind what waits for that place. False where too much waits there already.

        packets: taken one by one when their turn comes, so that an iterator may make them then.
        """
        queue = self._queues.setdefault(place, deque())
        if len(queue) >= MAX_WAITING:
            return False
        queue.append(iter(packets))
        self._filled.set()
        self._emptied.clear()
        return True

    async def emptied(self) -> None:
        """Wait until everything is sent."""
        await self._emptied.wait()

    async def run(self) -> None:
        """Send until cancelled."""
        sent = 0
        while True:
            await self._filled.wait()
            for place in list(self._queues):
                packet = self._next_for(place)
                if packet is None:
                    continue
                await self._send(place, packet)
                sent += 1
                # Making a packet takes a while; in between, the loop hears who else wants something.
                await asyncio.sleep(self._pause_seconds if sent % BURST == 0 else 0)
            if not self._queues:
                self._filled.clear()
                self._emptied.set()

    def _next_for(self, place: Destination) -> bytes | None:
        """The next packet for a place; None where there is none."""
        queue = self._queues.get(place)
        while queue:
            try:
                return next(queue[0])
            except StopIteration:
                queue.popleft()
            except Exception:
                log.exception("a message to %s could not be written", place)  # nor will the rest of it be
                queue.popleft()
        self._queues.pop(place, None)
        return None
