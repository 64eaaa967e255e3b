"""OSC on TCP: connections, their framing, and back pressure for clients that do not read."""

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
READ_BYTES = 1 << 16  # at a time
CLOSING_SECONDS = 1.0  # to send the last replies
PATIENCE_SECONDS = 10.0  # for a client that does not read


@dataclass(eq=False, slots=True)
class Connection:
    """A client's connection: its writer, the packets that wait for it, and the task that reads from it."""

    writer: asyncio.StreamWriter
    send_queue: SendQueue
    task: asyncio.Task[None]


class Connections:
    """The connections of all clients. patience_seconds: until a client that does not read is dropped."""

    def __init__(self, dispatcher: OscDispatcher, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._dispatcher = dispatcher
        self._patience_seconds = patience_seconds
        self._connections: dict[Destination, Connection] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def send_now(self, client: Destination, packet: bytes) -> None:
        """Send ahead of everything that waits."""
        connection = self._connections.get(client)
        if connection is None:
            return
        connection.writer.write(frame(packet))
        if connection.writer.transport.get_write_buffer_size() > MAX_BUFFERED:
            connection.writer.transport.abort()

    def enqueue(self, client: Destination, packets: Iterable[bytes]) -> None:
        """Send in order, as fast as the client reads."""
        connection = self._connections.get(client)
        if connection is not None and not connection.send_queue.put(client, packets):
            connection.writer.transport.abort()

    async def serve(
        self, client: Destination, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a client until it disconnects or breaks the protocol."""
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        send_queue = SendQueue(self._send)
        sender = asyncio.create_task(send_queue.run())
        self._connections[client] = Connection(writer, send_queue, task)
        try:
            await self._receive(client, reader)
        except PacketError as exc:
            self._dispatcher.send_error(client, failure_of(exc))
        except ConnectionError:
            pass  # the client is gone
        finally:
            sender.cancel()
            del self._connections[client]
            self._dispatcher.forget(client)
            writer.close()

    async def close(self) -> None:
        """Send what waits, except to clients that do not read, and close all connections."""
        connections = list(self._connections.values())
        await asyncio.gather(*(self._close(connection) for connection in connections))
        await asyncio.gather(*(connection.task for connection in connections), return_exceptions=True)

    async def _close(self, connection: Connection) -> None:
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await connection.send_queue.join()
                connection.writer.close()
                await connection.writer.wait_closed()
        connection.writer.transport.abort()
        connection.task.cancel()

    async def _receive(self, client: Destination, reader: asyncio.StreamReader) -> None:
        """Handle the packets that come. Raises PacketError where they are not framed as in OSC 1.1."""
        unframer = Unframer()
        while data := await reader.read(READ_BYTES):
            for packet in unframer.feed(data):
                self._dispatcher.receive(client, packet, max_bytes=MAX_TCP_BYTES)
                await asyncio.sleep(0)  # let other clients have their turn

    async def _send(self, client: Destination, packet: bytes) -> None:
        """Send a packet, and wait while the client has to catch up."""
        connection = self._connections.get(client)
        if connection is None:
            return
        connection.writer.write(frame(packet))
        try:
            async with asyncio.timeout(self._patience_seconds):
                await connection.writer.drain()
        except (TimeoutError, ConnectionError):
            connection.writer.transport.abort()
