"""Sockets with the options that all servers here need."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable
from typing import Any

BACKLOG = 512  # connections that wait to be accepted; asyncio also tries as many at once
NO_HANDLES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
SILENCE_SECONDS = 60.0  # between two lines about the same


def say_when_out_of_handles(say: Callable[[str], None]) -> None:
    """Let the loop say in a line, and not too often, where a connection cannot be accepted.

    asyncio itself tries again after a second, and each time prints a traceback for each attempt.
    """
    loop, said = asyncio.get_running_loop(), -SILENCE_SECONDS

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal said
        exc = context.get("exception")
        if "socket" not in context or not isinstance(exc, OSError) or exc.errno not in NO_HANDLES:
            loop.default_exception_handler(context)
        elif time.monotonic() - said > SILENCE_SECONDS:
            said = time.monotonic()
            say(
                f"a connection has to wait: {exc.strerror}; others have to end before, or `ulimit -n` to rise"
            )

    loop.set_exception_handler(handle)


def tcp_socket(family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    """A TCP socket for a server, not bound."""
    # With the protocol given, asyncio sets TCP_NODELAY; without, small responses would wait for one another.
    tcp = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where SO_REUSEADDR would share the port
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else a restart has to wait for a minute
    return tcp
