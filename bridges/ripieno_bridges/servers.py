"""Runs the service with the OSC and HTTP servers, from their start to a clean end."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import stat
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ripieno import __version__
from ripieno_bridges.ableton.job_queue import LiveJobQueue
from ripieno_bridges.http_server.access import Access
from ripieno_bridges.http_server.metrics import Metrics
from ripieno_bridges.http_server.page_server import PageServer
from ripieno_bridges.http_server.server import HttpServer
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.service.memory import set_large_blocks_apart
from ripieno_bridges.service.service import AnswerError, Service
from ripieno_bridges.sockets import say_when_out_of_handles

PARENT_POLL_SECONDS = 0.5  # how often to check that the parent process runs
Say = Callable[[str], None]


async def serve(
    *,
    osc_host: str,
    port: int,
    access: Access,
    http_port: int,
    workers: int = 1,
    models: tuple[str, ...] = (),
    open_page: bool = False,
    with_parent: bool = False,
    say: Say,
) -> None:
    """Serve until Ctrl-C, SIGTERM or, with ``with_parent``, the end of the parent process.

    port: for OSC, UDP and TCP. access: to HTTP. workers: processes, each of which does one request at a time.
    Port 0 takes a free one. Raises RipienoError for a port that is taken or a damaged model.
    """
    set_large_blocks_apart()
    say_when_out_of_handles(say)
    with stop_signals() as stopped:
        metrics = Metrics()
        service = Service(models, workers=workers, say=say, on_end=metrics.count_end)
        live = LiveJobQueue(service)
        osc = OscServer(service, host=osc_host, port=port, live=live)
        http = HttpServer(service, port=http_port, access=access, metrics=metrics)
        tasks: list[asyncio.Task[object]] = []
        try:
            await osc.start()  # first, so that a port that is taken is found at once
            await http.start()
            await service.start()
            say(f"ripieno {__version__}: OSC on {osc_host}, port {osc.port} (UDP and TCP)")
            say(f"HTTP on {access.host}, port {http.port}; open {http.address} in a browser")
            for line in about_access(access, http.address):
                say(line)
            if open_page:
                await asyncio.to_thread(webbrowser.open, with_token(http.address, access))
            loading = asyncio.create_task(announce_loaded(service, say))
            ending = asyncio.create_task(stopped.wait())
            tasks += [loading, ending]
            if with_parent:
                tasks.append(asyncio.create_task(stop_with_parent(stopped)))
            await asyncio.wait([loading, ending], return_when=asyncio.FIRST_COMPLETED)
            if loading.done():
                loading.result()
            gc.freeze()  # what is loaded by now stays, and scanning it at each collection would delay replies
            await ending
        finally:
            for task in tasks:
                task.cancel()
            await http.stop()
            await osc.stop()
            await live.stop()
            await service.stop()
    say("ripieno has stopped")


async def serve_page(html: str, *, http_port: int, open_page: bool, say: Say) -> None:
    """Serve one page until Ctrl-C or SIGTERM. Raises RipienoError for a port that is taken."""
    with stop_signals() as stopped:
        http = PageServer(html, port=http_port)
        try:
            await http.start()
            say(f"open {http.address} in a browser; stop with Ctrl-C")
            if open_page:
                await asyncio.to_thread(webbrowser.open, http.address)
            await stopped.wait()
        finally:
            await http.stop()


def about_access(access: Access, address: str) -> Iterator[str]:
    """What whoever starts a server has to know about the token, where one is needed."""
    if access.token is None:
        return
    if access.is_token_new:
        yield f"who gets this address may use it, until ripieno stops: {with_token(address, access)}"
    else:
        yield f"the page asks for the token, or takes it from its address: {address}#token=..."
    if access.is_open and access.tls is None and not access.proxies:
        yield "it is not encrypted: who listens in the network can read the token; see docs/deploy.md for TLS"


def with_token(address: str, access: Access) -> str:
    """The page's address with the token, which the page takes out of it; no server is sent what follows #."""
    return address if access.token is None else f"{address}#token={access.token}"


async def announce_loaded(service: Service, say: Say) -> None:
    """Print a line when the model is loaded, so that requests are answered at once.

    Raises AnswerError for a model that cannot be loaded. An engine that does not start is tried again.
    """
    try:
        await service.ready()
    except AnswerError as exc:
        if exc.code != "failed":
            raise
        return  # the service has said why, and says when it has started
    say(f"{service.status().model} is loaded; stop with Ctrl-C")


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set, where the loop supports it; elsewhere Ctrl-C ends the loop."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):
        for number in signals:
            loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        with suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)


async def stop_with_parent(stopped: asyncio.Event) -> None:
    """Set the event when the process that started this one has ended.

    Then the parent's process id changes. On Windows it does not, so the end of standard input counts too,
    where that is a pipe from the parent.
    """
    parent, loop = os.getppid(), asyncio.get_running_loop()
    if sys.stdin is not None and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        # A daemon thread, since only the end of the pipe can end a blocking read.
        threading.Thread(target=read_to_end, args=(loop, stopped), daemon=True).start()
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_POLL_SECONDS)
    stopped.set()


def read_to_end(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Read standard input to its end, and then set the event."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with suppress(RuntimeError):  # the loop may be closed already
        loop.call_soon_threadsafe(stopped.set)
