"""Packets that wait to be sent: in order for each client, the clients in turn, no faster than they read."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Literal, NamedTuple

log = logging.getLogger(__name__)

BURST = 20  # packets; Pure Data loses some of what comes in larger bursts ...
PAUSE_SECONDS = 0.002  # ... or without this pause between them
MAX_WAITING = 4096  # entries for one client, each a message or a whole reply


class Destination(NamedTuple):
    """A client's address: a UDP port of a machine, or the other end of a TCP connection."""

    network: Literal["udp", "tcp"]
    host: str
    port: int


Send = Callable[[Destination, bytes], Awaitable[None]]


class SendQueue:
    """Sends the packets that are put into it while ``run`` runs.

    send: sends one packet, and waits where the client has to catch up. pause_seconds: after each burst.
    """

    def __init__(self, send: Send, *, pause_seconds: float = 0.0) -> None:
        self._send = send
        self._pause_seconds = pause_seconds
        self._queues: dict[Destination, deque[Iterator[bytes]]] = {}
        self._filled, self._emptied = asyncio.Event(), asyncio.Event()
        self._emptied.set()

    def put(self, client: Destination, packets: Iterable[bytes]) -> bool:
        """Append packets to a client's queue. Returns False where that is full.

        packets: taken one by one when their turn comes, so that an iterator can encode them lazily.
        """
        queue = self._queues.setdefault(client, deque())
        if len(queue) >= MAX_WAITING:
            return False
        queue.append(iter(packets))
        self._filled.set()
        self._emptied.clear()
        return True

    async def join(self) -> None:
        """Wait until everything is sent."""
        await self._emptied.wait()

    async def run(self) -> None:
        """Send until cancelled."""
        sent = 0
        while True:
            await self._filled.wait()
            for client in list(self._queues):
                packet = self._next_for(client)
                if packet is None:
                    continue
                await self._send(client, packet)
                sent += 1
                # Encoding a packet takes a while, so let other tasks of the loop run in between.
                await asyncio.sleep(self._pause_seconds if sent % BURST == 0 else 0)
            if not self._queues:
                self._filled.clear()
                self._emptied.set()

    def _next_for(self, client: Destination) -> bytes | None:
        """The next packet for a client; None where there is none."""
        queue = self._queues.get(client)
        while queue:
            try:
                return next(queue[0])
            except StopIteration:
                queue.popleft()
            except Exception:
                log.exception("a message to %s could not be encoded", client)  # drop the rest of it too
                queue.popleft()
        self._queues.pop(client, None)
        return None
