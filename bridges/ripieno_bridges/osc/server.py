"""The OSC server: a UDP port and a TCP port with the same number, and the dispatcher behind them."""

from __future__ import annotations

import asyncio
import errno
import functools
import ipaddress
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from ripieno.errors import RipienoError
from ripieno_bridges.osc.dispatcher import OscDispatcher
from ripieno_bridges.osc.handlers import LiveJobs
from ripieno_bridges.osc.packets import MAX_UDP_BYTES
from ripieno_bridges.osc.send_queue import PAUSE_SECONDS, Destination, SendQueue
from ripieno_bridges.osc.tcp import Connections
from ripieno_bridges.service.protocols import Backend
from ripieno_bridges.sockets import BACKLOG, tcp_socket

HOST, PORT = "127.0.0.1", 7400
RECEIVE_BYTES = 4 << 20  # of the UDP socket's receive buffer
ATTEMPTS = 20  # to find a number that is free for both UDP and TCP
CLOSING_SECONDS = 1.0  # to send the last replies


class OscServer:
    """Listens until it is stopped.

    host: the address to listen on. On a loopback address, which is the default, only this machine is served.
    port: 0 for a free one. live: takes the requests about Ableton Live.
    """

    def __init__(
        self, service: Backend, *, host: str = HOST, port: int = PORT, live: LiveJobs | None = None
    ) -> None:
        self._host, self._port = host, port
        self._serves_others = False  # other machines
        self._dispatcher = OscDispatcher(service, self, live=live)
        self._connections = Connections(self._dispatcher)
        self._send_queue = SendQueue(self._send, pause_seconds=PAUSE_SECONDS)
        self._transport: asyncio.DatagramTransport | None = None
        self._listener: asyncio.Server | None = None
        self._sender: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The number of both ports, once the server listens."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises RipienoError where the port or the host is not available."""
        udp, tcp = bind_ports(self._host, self._port)
        address, self._port = udp.getsockname()[:2]
        self._serves_others = not is_loopback(address)
        loop = asyncio.get_running_loop()
        endpoint = await loop.create_datagram_endpoint(lambda: DatagramReceiver(self.receive), sock=udp)
        self._transport, self._datagrams = endpoint
        self._listener = await asyncio.start_server(self._accept, sock=tcp, backlog=BACKLOG)
        self._sender = asyncio.create_task(self._send_queue.run())

    async def stop(self) -> None:
        """End every job with an error to its client, and close the ports."""
        if self._listener is None or self._transport is None or self._sender is None:
            return
        self._listener.close()
        self._dispatcher.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._send_queue.join(), CLOSING_SECONDS)
        await self._connections.close()
        self._sender.cancel()
        self._transport.close()
        await self._datagrams.closed.wait()
        await self._listener.wait_closed()
        self._listener = self._transport = self._sender = None

    def receive(self, packet: bytes, address: tuple[Any, ...]) -> None:
        """Handle a UDP packet. Never raises."""
        host, port = address[:2]
        if not self._is_allowed(host) or (port == self._port and is_loopback(host)):
            return  # another machine, or a packet of this server that came back
        self._dispatcher.receive(Destination("udp", host, port), packet, max_bytes=MAX_UDP_BYTES)

    def send_now(self, client: Destination, packet: bytes) -> None:
        """Send ahead of everything that waits."""
        if client.network == "tcp":
            self._connections.send_now(client, packet)
        elif self._transport is not None and self._is_allowed(client.host):
            self._transport.sendto(packet, (client.host, client.port))

    def enqueue(self, client: Destination, packets: Iterable[bytes]) -> None:
        """Send in order, as fast as the client reads. UDP packets beyond the queue's limit are dropped."""
        if client.network == "tcp":
            self._connections.enqueue(client, packets)
        else:
            self._send_queue.put(client, packets)

    async def _send(self, client: Destination, packet: bytes) -> None:
        self.send_now(client, packet)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("peername")[:2]
        if self._is_allowed(host):
            await self._connections.serve(Destination("tcp", host, port), reader, writer)
        else:
            writer.transport.abort()

    def _is_allowed(self, host: str) -> bool:
        return self._serves_others or is_loopback(host)


class DatagramReceiver(asyncio.DatagramProtocol):
    """Hands on each datagram. An error that a packet was not delivered is ignored: that client is gone."""

    def __init__(self, receive: Callable[[bytes, tuple[Any, ...]], None]) -> None:
        self._receive = receive
        self.closed = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._receive(data, addr)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set()


@functools.lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether this is an address of the machine for itself."""
    return ipaddress.ip_address(host).is_loopback


def bind_ports(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """(a UDP socket, a listening TCP socket), both on that port; 0 takes a free one. Raises RipienoError."""
    for _ in range(ATTEMPTS):
        udp, tcp = make_sockets(host)
        try:
            udp.bind((host, port))
            tcp.bind((host, udp.getsockname()[1]))
            tcp.listen()
        except (OSError, OverflowError) as exc:
            udp.close()
            tcp.close()
            if port == 0 and isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
                continue  # this number is free on UDP, but used on TCP
            raise RipienoError(port_error(host, port, exc)) from exc
        return udp, tcp
    raise RipienoError("no port is free on UDP and TCP alike; choose one with --port")


def make_sockets(host: str) -> tuple[socket.socket, socket.socket]:
    """(UDP, TCP), not bound. The UDP address is not reusable: another program could take our packets."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)  # the system may give less
    return udp, tcp_socket(family)


def port_error(host: str, port: int, exc: OSError | OverflowError) -> str:
    """The error text for a port that is not available."""
    number = exc.errno if isinstance(exc, OSError) else None
    if number == errno.EADDRINUSE:
        return (
            f"port {port} is in use; another ripieno may be running: use that one, or stop it, or choose "
            "another port with --port"
        )
    if number in (errno.EACCES, errno.EPERM):
        return f"port {port} is kept for the system; choose one from 1024 on with --port"
    if isinstance(exc, OverflowError):
        return f"there is no port {port}; choose one from 1024 to 65535 with --port"
    return f"{host} is no address of this machine; leave out --osc-host to listen to this machine alone"
