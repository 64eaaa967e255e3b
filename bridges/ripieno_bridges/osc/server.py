"""The OSC server: a UDP port and a TCP port of one number, with the door for OSC packets behind them."""

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
from ripieno_bridges.sockets import tcp_socket

HOST, PORT = "127.0.0.1", 7400
RECEIVE_BYTES = 4 << 20  # what may come at once, before it is looked at
ATTEMPTS = 20  # to find a number that is free on UDP and TCP
CLOSING_SECONDS = 1.0  # for the last answers


class OscServer:
    """Listens until it is stopped.

    host: where it listens. On a loopback address, which is the rule, it hears and answers this machine only.
    port: 0 for one that is free. live: who does what is about Ableton Live.
    """

    def __init__(
        self, service: Backend, *, host: str = HOST, port: int = PORT, live: LiveJobs | None = None
    ) -> None:
        self._host, self._port = host, port
        self._open = False  # to other machines
        self._door = OscDispatcher(service, self, live=live)
        self._connections = Connections(self._door)
        self._outbox = SendQueue(self._send, pause_seconds=PAUSE_SECONDS)
        self._transport: asyncio.DatagramTransport | None = None
        self._listener: asyncio.Server | None = None
        self._sender: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The number of both ports, once it listens."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises RipienoError where the port or the host cannot be had."""
        udp, tcp = bind_ports(self._host, self._port)
        address, self._port = udp.getsockname()[:2]
        self._open = not is_loopback(address)
        loop = asyncio.get_running_loop()
        endpoint = await loop.create_datagram_endpoint(lambda: DatagramReceiver(self.receive), sock=udp)
        self._transport, self._datagrams = endpoint
        self._listener = await asyncio.start_server(self._accept, sock=tcp)
        self._sender = asyncio.create_task(self._outbox.run())

    async def stop(self) -> None:
        """Tell every client whose request runs, and close the ports."""
        if self._listener is None or self._transport is None or self._sender is None:
            return
        self._listener.close()
        self._door.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._outbox.emptied(), CLOSING_SECONDS)
        await self._connections.close()
        self._sender.cancel()
        self._transport.close()
        await self._datagrams.closed.wait()
        await self._listener.wait_closed()
        self._listener = self._transport = self._sender = None

    def receive(self, packet: bytes, address: tuple[Any, ...]) -> None:
        """Do what a UDP packet says. It never raises, whatever came from wherever."""
        host, port = address[:2]
        if not self._may_talk_to(host) or (port == self._port and is_loopback(host)):
            return  # somebody else's machine, or an answer of our own that came back
        self._door.receive(Destination("udp", host, port), packet, most_bytes=MAX_UDP_BYTES)

    def now(self, place: Destination, packet: bytes) -> None:
        """Send ahead of everything that waits."""
        if place.network == "tcp":
            self._connections.now(place, packet)
        elif self._transport is not None and self._may_talk_to(place.host):
            self._transport.sendto(packet, (place.host, place.port))

    def later(self, place: Destination, packets: Iterable[bytes]) -> None:
        """Send in order, and at the pace of whoever reads. UDP drops what is too much, as it always does."""
        if place.network == "tcp":
            self._connections.later(place, packets)
        else:
            self._outbox.put(place, packets)

    async def _send(self, place: Destination, packet: bytes) -> None:
        self.now(place, packet)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("peername")[:2]
        if self._may_talk_to(host):
            await self._connections.serve(Destination("tcp", host, port), reader, writer)
        else:
            writer.transport.abort()

    def _may_talk_to(self, host: str) -> bool:
        return self._open or is_loopback(host)


class DatagramReceiver(asyncio.DatagramProtocol):
    """Hands on what comes. What could not be delivered is nobody's business: that client is gone."""

    def __init__(self, receive: Callable[[bytes, tuple[Any, ...]], None]) -> None:
        self._receive = receive
        self.closed = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._receive(data, addr)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.closed.set()


@functools.lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Is this an address of the machine for itself?"""
    return ipaddress.ip_address(host).is_loopback


def bind_ports(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """(a UDP socket, a TCP socket that listens), both on that port, or on one that is free.

    Raises RipienoError, which says what to do.
    """
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
                continue  # on TCP somebody has the number that was free on UDP
            raise RipienoError(port_error(host, port, exc)) from exc
        return udp, tcp
    raise RipienoError("no port is free on UDP and TCP alike; choose one with --port")


def make_sockets(host: str) -> tuple[socket.socket, socket.socket]:
    """(UDP, TCP), not bound. UDP's address is never shared: another program could take our packets."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)  # the system may give less
    return udp, tcp_socket(family)


def port_error(host: str, port: int, exc: OSError | OverflowError) -> str:
    """Why a port cannot be had, and what to do."""
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
    return f"{host} is no address of this machine; leave out --host to listen to this machine alone"
