"""Sockets to listen on, as every server here wants them."""

from __future__ import annotations

import socket


def tcp_socket(family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    """A TCP socket for a server, not bound."""
    # Named, or asyncio does not know it for TCP and lets small answers wait for one another (TCP_NODELAY).
    tcp = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share the port
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or a restart waits for a minute
    return tcp
