"""What runs, which ports, which models, and how to mend what is wrong."""

from __future__ import annotations

import importlib.util
import json
import platform
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from http.client import HTTPConnection, HTTPException
from typing import Literal

from ripieno import __version__
from ripieno.errors import RipienoError
from ripieno.models.catalog import DEFAULT_MODEL, SHIPPED, model_names
from ripieno_bridges import page
from ripieno_bridges.ableton.client import AbletonOSC, LiveError, Patience, Ports
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.osc.packets import decode
from ripieno_bridges.service.service import Service
from ripieno_bridges.sockets import tcp_socket

PING_SECONDS = 0.5
LIVE_SECONDS = 1.0
BOTH = (socket.SOCK_DGRAM, socket.SOCK_STREAM)
HTTP_HOST = "127.0.0.1"
MAX_STATUS = 10_000  # bytes of an answer that is ours
Grade = Literal["good", "note", "wrong"]
GOOD: Grade = "good"
NOTE: Grade = "note"
WRONG: Grade = "wrong"
# What a computer may well do without: the module, what needs it, how to get it.
EXTRAS = (
    ("rtmidi", "`ripieno midi` needs python-rtmidi", 'pip install "ripieno[live]"'),
    ("optuna", "`ripieno search` needs optuna", 'pip install "ripieno[search]"'),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. what: what it is like. mend: what to do, where something can be done."""

    grade: Grade
    what: str
    mend: str = ""


async def examine(*, host: str, port: int, http_port: int) -> AsyncIterator[Finding]:
    """Look at everything that ripieno needs, one finding after the other."""
    yield Finding(GOOD, f"ripieno {__version__}, Python {platform.python_version()}, {platform.system()}")
    for finding in models():
        yield finding
    yield await engine()
    yield server(host, port)
    yield http(http_port)
    yield page_files()
    yield await live()
    for finding in extras():
        yield finding


def models() -> Iterator[Finding]:
    """Are the models there, and their cards?"""
    there = model_names()
    if DEFAULT_MODEL not in there:
        mend = f"install ripieno again; {SHIPPED} lacks it"
        yield Finding(WRONG, f"the model {DEFAULT_MODEL} is missing", mend)
    bare = [name for name in there if not (SHIPPED / f"{name}.json").is_file()]
    for name in bare:
        yield Finding(WRONG, f"the model {name} has no card", "install ripieno again")
    yield Finding(GOOD, f"models: {', '.join(name for name in there if name not in bare)}")


async def engine() -> Finding:
    """Does the engine harmonize a measure?"""
    melody = [FlatNote(0, pitch, Fraction(i), Fraction(1), 80) for i, pitch in enumerate((67, 69, 71, 72))]
    request = Request(task="harmonize", score=choir_score(melody), seed=1, compare=False)
    begun = time.monotonic()
    try:
        async with Service((DEFAULT_MODEL,)) as service:
            await service.ready()
            loaded = time.monotonic()
            await service.ask(request)
    except RipienoError as exc:
        return Finding(WRONG, f"the engine does not work: {exc}", "install ripieno again")
    took, load = time.monotonic() - loaded, loaded - begun
    return Finding(GOOD, f"the engine starts in {load:.1f} s and harmonizes a measure in {took:.2f} s")


def server(host: str, port: int) -> Finding:
    """Who is at the server's port?"""
    version = pinged(host, port)
    if version is not None:
        return Finding(GOOD, f"a server (ripieno {version}) answers on {host}, port {port}")
    if not is_free(host, port):
        mend = f"close that, or say `ripieno serve --port {port + 10}` and set the same port in your program"
        return Finding(WRONG, f"port {port} is used by another program", mend)
    return Finding(NOTE, f"no server runs on port {port}", "start it with `ripieno serve` where you need it")


def pinged(host: str, port: int) -> str | None:
    """The version of the ripieno that answers there, None where none does."""
    from pythonosc.osc_message_builder import build_msg

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ears:
        ears.settimeout(PING_SECONDS)
        try:
            ears.sendto(build_msg("/ripieno/ping", [1]).dgram, (host, port))
            for message in decode(ears.recv(65_535)):
                if message.address == "/ripieno/pong":
                    return str(message.args[-1])
        except (OSError, RipienoError):
            pass
    return None


def http(port: int) -> Finding:
    """Does ripieno answer HTTP on that port?"""
    version = http_version(port)
    if version is not None:
        return Finding(GOOD, f"ripieno {version} answers HTTP; its page is http://{HTTP_HOST}:{port}/")
    if not is_free(HTTP_HOST, port, kinds=(socket.SOCK_STREAM,)):
        mend = f"close that, or say `ripieno serve --http-port {port + 10}`"
        return Finding(WRONG, f"port {port}, for the page and MuseScore, is used by another program", mend)
    return Finding(NOTE, f"nothing answers HTTP on port {port}", "start it with `ripieno serve`")


def http_version(port: int) -> str | None:
    """The version of the ripieno that answers there, None where none does."""
    connection = HTTPConnection(HTTP_HOST, port, timeout=PING_SECONDS)
    try:
        connection.request("GET", "/v1/status")
        said = json.loads(connection.getresponse().read(MAX_STATUS))
        return str(said["version"])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def page_files() -> Finding:
    """Is all there that the page needs?"""
    lacks = page.missing()
    if lacks:
        return Finding(NOTE, f"the page lacks {', '.join(lacks)}", page.HOW_TO_GET_THEM)
    return Finding(GOOD, "the page has all that it needs")


def is_free(host: str, port: int, *, kinds: tuple[socket.SocketKind, ...] = BOTH) -> bool:
    """Can a server have this port, for UDP, for TCP, or for both?"""
    for kind in kinds:
        with tcp_socket() if kind == socket.SOCK_STREAM else socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind((host, port))
            except OSError:
                return False
    return True


async def live() -> Finding:
    """Is Ableton Live there, with AbletonOSC in it?"""
    ports = Ports()
    try:
        async with AbletonOSC(ports, patience=Patience(wait_seconds=(LIVE_SECONDS,))):
            return Finding(GOOD, f"Ableton Live answers (AbletonOSC, port {ports.questions})")
    except LiveError as exc:
        return Finding(NOTE, "Ableton Live does not answer, which `ripieno live` needs", str(exc))


def extras() -> Iterator[Finding]:
    """What may be added."""
    for module, needs, mend in EXTRAS:
        if importlib.util.find_spec(module) is None:
            yield Finding(NOTE, f"{needs}, which is not installed", mend)
