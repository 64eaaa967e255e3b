"""OSC on TCP: connections, their framing, and what becomes of clients that do not read or say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from ripieno_bridges.api.replies import Failed, failure_of
from ripieno_bridges.osc.dispatcher import OscDispatcher
from ripieno_bridges.osc.packets import MAX_TCP_BYTES, PacketError
from ripieno_bridges.osc.send_queue import Destination, SendQueue
from ripieno_bridges.osc.slip import Unframer, frame

MAX_CONNECTIONS = 64
FIRST_SECONDS = 10.0  # for the first message
IDLE_SECONDS = 3600.0  # between messages, while nothing is worked on for this client
MAX_BUFFERED = 1 << 20  # bytes that a client has not read
READ_BYTES = 1 << 16  # at a time
CLOSING_SECONDS = 1.0  # to send the last replies
PATIENCE_SECONDS = 10.0  # for a client that does not read

GIVES_WAY = Failed(
    "busy", "too many programs are connected, and this one was silent the longest; connect once more"
)
SILENT = Failed("busy", "nothing was said on this connection for too long; connect once more")


@dataclass(eq=False, slots=True)
class Connection:
    """A client's connection: its writer, the packets that wait for it, and the task that reads from it.

    used_at: when a message came or a reply was sent, at first when it began, on the loop's clock. spoken: a
    message has come.
    """

    writer: asyncio.StreamWriter
    send_queue: SendQueue
    task: asyncio.Task[None]
    used_at: float
    spoken: bool = False


class Connections:
    """The connections of all clients. patience_seconds: until a client that does not read is dropped."""

    def __init__(
        self,
        dispatcher: OscDispatcher,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        first_seconds: float = FIRST_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._dispatcher = dispatcher
        self._patience_seconds = patience_seconds
        self._first_seconds, self._idle_seconds = first_seconds, idle_seconds
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
        if connection is None:
            return
        connection.used_at = asyncio.get_running_loop().time()
        if not connection.send_queue.put(client, packets):
            connection.writer.transport.abort()

    async def serve(
        self, client: Destination, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a client until it disconnects, breaks the protocol or is silent for too long."""
        if len(self._connections) >= MAX_CONNECTIONS and not self._make_room():
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        send_queue = SendQueue(self._send)
        sender = asyncio.create_task(send_queue.run())
        now = asyncio.get_running_loop().time()
        connection = self._connections[client] = Connection(writer, send_queue, task, now)
        try:
            await self._receive(client, connection, reader)
        except PacketError as exc:
            self._dispatcher.send_error(client, failure_of(exc))
        except ConnectionError:
            pass  # the client is gone
        finally:
            sender.cancel()
            self._connections.pop(client, None)
            self._dispatcher.forget(client)
            writer.close()

    def _make_room(self) -> bool:
        """Drop the client that was silent the longest and waits for nothing. Returns whether there is one."""
        idle = [
            (found.used_at, client)
            for client, found in self._connections.items()
            if not self._dispatcher.is_busy(client)
        ]
        if not idle:
            return False
        _, client = min(idle)
        self._dispatcher.send_error(client, GIVES_WAY)
        self._connections.pop(client).writer.close()
        return True

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

    async def _receive(
        self, client: Destination, connection: Connection, reader: asyncio.StreamReader
    ) -> None:
        """Handle the packets that come. Raises PacketError where they are not framed as in OSC 1.1."""
        loop, unframer = asyncio.get_running_loop(), Unframer()
        while data := await self._read(client, connection, reader):
            for packet in unframer.feed(data):
                connection.used_at, connection.spoken = loop.time(), True
                self._dispatcher.receive(client, packet, max_bytes=MAX_TCP_BYTES)
                await asyncio.sleep(0)  # let other clients have their turn

    async def _read(self, client: Destination, connection: Connection, reader: asyncio.StreamReader) -> bytes:
        """The next bytes; none where the client has closed the connection, or was silent for too long."""
        loop = asyncio.get_running_loop()
        limit = self._idle_seconds if connection.spoken else self._first_seconds
        while True:
            try:
                async with asyncio.timeout_at(connection.used_at + limit):
                    return await reader.read(READ_BYTES)
            except TimeoutError:
                if self._dispatcher.is_busy(client):
                    connection.used_at = loop.time()
                elif loop.time() >= connection.used_at + limit:
                    self._dispatcher.send_error(client, SILENT)
                    return b""

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
