"""OSC on TCP: connections that come and go, and clients that do not read what they asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from ripieno_bridges.api.replies import failure_of
from ripieno_bridges.osc.dispatcher import OscDispatcher
from ripieno_bridges.osc.packets import MAX_TCP_BYTES, PacketError
from ripieno_bridges.osc.send_queue import Destination, SendQueue
from ripieno_bridges.osc.slip import Unframer, frame

MAX_CONNECTIONS = 64
MAX_BUFFERED = 1 << 20  # bytes that a client has not read
PIECE = 1 << 16  # bytes
CLOSING_SECONDS = 1.0  # for the last answers
PATIENCE_SECONDS = 10.0  # with a client that does not read


@dataclass(eq=False, slots=True)
class Connection:
    """A client: how it is written to, what waits for it, and the task that hears it."""

    writer: asyncio.StreamWriter
    outbox: SendQueue
    task: asyncio.Task[None]


class Connections:
    """All clients on TCP. patience_seconds: until one that does not read is dropped."""

    def __init__(self, door: OscDispatcher, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._door = door
        self._patience_seconds = patience_seconds
        self._connections: dict[Destination, Connection] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def now(self, place: Destination, packet: bytes) -> None:
        """Send ahead of everything that waits."""
        connection = self._connections.get(place)
        if connection is None:
            return
        connection.writer.write(frame(packet))
        if connection.writer.transport.get_write_buffer_size() > MAX_BUFFERED:
            connection.writer.transport.abort()

    def later(self, place: Destination, packets: Iterable[bytes]) -> None:
        """Send in order, as fast as the client reads."""
        connection = self._connections.get(place)
        if connection is not None and not connection.outbox.put(place, packets):
            connection.writer.transport.abort()

    async def serve(
        self, place: Destination, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Hear a client until it goes, or must go."""
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        outbox = SendQueue(self._send)
        sender = asyncio.create_task(outbox.run())
        self._connections[place] = Connection(writer, outbox, task)
        try:
            await self._hear(place, reader)
        except PacketError as exc:
            self._door.complain(place, failure_of(exc))
        except ConnectionError:
            pass  # it is gone, which is all that there is to know
        finally:
            sender.cancel()
            del self._connections[place]
            self._door.forget(place)
            writer.close()

    async def close(self) -> None:
        """Send what waits, but not to whoever does not read, and close all connections."""
        connections = list(self._connections.values())
        await asyncio.gather(*(self._close(connection) for connection in connections))
        await asyncio.gather(*(connection.task for connection in connections), return_exceptions=True)

    async def _close(self, connection: Connection) -> None:
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await connection.outbox.emptied()
                connection.writer.close()
                await connection.writer.wait_closed()
        connection.writer.transport.abort()
        connection.task.cancel()

    async def _hear(self, place: Destination, reader: asyncio.StreamReader) -> None:
        """Do what comes. Raises PacketError for what is no OSC 1.1."""
        unframer = Unframer()
        while piece := await reader.read(PIECE):
            for packet in unframer.feed(piece):
                self._door.receive(place, packet, most_bytes=MAX_TCP_BYTES)
                await asyncio.sleep(0)  # others want something, too

    async def _send(self, place: Destination, packet: bytes) -> None:
        """Send a packet and wait while the client has to catch up."""
        connection = self._connections.get(place)
        if connection is None:
            return
        connection.writer.write(frame(packet))
        try:
            async with asyncio.timeout(self._patience_seconds):
                await connection.writer.drain()
        except (TimeoutError, ConnectionError):
            connection.writer.transport.abort()
