"""The checks of `ripieno doctor`: models, engine, servers, page and Live, with a way to fix what is wrong."""

from __future__ import annotations

import importlib.util
import json
import platform
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Literal

from ripieno import __version__
from ripieno.errors import RipienoError, count_text
from ripieno.models.catalog import DEFAULT_MODEL, SHIPPED, model_names, shipped_model_names
from ripieno_bridges import page
from ripieno_bridges.ableton.client import AbletonOSC, Patience, Ports
from ripieno_bridges.ableton.questions import LiveError
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.note_lists import FlatNote, choir_score
from ripieno_bridges.osc.packets import decode
from ripieno_bridges.service.service import Service
from ripieno_bridges.sockets import tcp_socket

PING_SECONDS = 0.5
LIVE_SECONDS = 1.0
UDP_AND_TCP = (socket.SOCK_DGRAM, socket.SOCK_STREAM)
HTTP_HOST = "127.0.0.1"
VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){1,3}")
MAX_STATUS = 10_000  # bytes of a response to /v1/status
SEE_TERMINAL = "the terminal where it runs says more; stop it there, and start it again"
Grade = Literal["good", "note", "wrong"]
GOOD: Grade = "good"
NOTE: Grade = "note"
WRONG: Grade = "wrong"
# Optional packages: the module, what needs it, how to install it.
EXTRAS = (
    ("rtmidi", "`ripieno midi` needs python-rtmidi", 'pip install "ripieno[live]"'),
    ("optuna", "`ripieno search` needs optuna", 'pip install "ripieno[search]"'),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check. what: in a sentence. mend: what to do, where there is something to do.

    in_report: the sentence for a field report, where ``what`` may quote something of the user's.
    """

    grade: Grade
    what: str
    mend: str = ""
    in_report: str = ""


async def diagnose(*, host: str, port: int, http_port: int) -> AsyncIterator[Finding]:
    """Check everything that ripieno needs; yield the findings as they come."""
    yield Finding(GOOD, f"ripieno {__version__}, Python {platform.python_version()}, {platform.system()}")
    for finding in check_models():
        yield finding
    yield await check_engine()
    yield check_server(host, port)
    yield check_http(http_port)
    yield check_page()
    yield await check_live()
    for finding in check_extras():
        yield finding


def check_models() -> Iterator[Finding]:
    """Check that the shipped models are there, with their cards; the user's own are listed with them."""
    there = shipped_model_names()
    if DEFAULT_MODEL not in there:
        mend = f"install ripieno again; {SHIPPED} lacks it"
        yield Finding(WRONG, f"the model {DEFAULT_MODEL} is missing", mend)
    bare = [name for name in there if not (SHIPPED / f"{name}.json").is_file()]
    for name in bare:
        yield Finding(WRONG, f"the model {name} has no card", "install ripieno again")
    names = [name for name in model_names() if name not in bare]
    shipped = [name for name in names if name in there]
    own = count_text(len(names) - len(shipped), "model")
    listed = f"models: {', '.join(shipped)}; {own} of the user's own"
    yield Finding(GOOD, f"models: {', '.join(names)}", in_report=listed)


async def check_engine() -> Finding:
    """Check that the engine harmonizes a measure."""
    melody = [FlatNote(0, pitch, Fraction(i), Fraction(1), 80) for i, pitch in enumerate((67, 69, 71, 72))]
    request = Request(task="harmonize", score=choir_score(melody), seed=1, compare=False)
    begun = time.monotonic()
    try:
        async with Service((DEFAULT_MODEL,)) as service:
            await service.ready()
            loaded = time.monotonic()
            await service.ask(request)
    except RipienoError as exc:
        fault = "the engine does not work"
        return Finding(WRONG, f"{fault}: {exc}", "install ripieno again", f"{fault} ({type(exc).__name__})")
    took, load = time.monotonic() - loaded, loaded - begun
    return Finding(GOOD, f"the engine starts in {load:.1f} s and harmonizes a measure in {took:.2f} s")


def check_server(host: str, port: int) -> Finding:
    """Check whether ripieno, or another program, listens on the OSC server's port."""
    version = osc_version(host, port)
    if version is not None:
        what = f"a server (ripieno {version}) answers on {host}, port {port}"
        return Finding(GOOD, what, in_report=f"a server (ripieno {public(version)}) answers on port {port}")
    if not is_free(host, port):
        mend = f"close that, or say `ripieno serve --port {port + 10}` and set the same port in your program"
        return Finding(WRONG, f"port {port} is used by another program", mend)
    return Finding(NOTE, f"no server runs on port {port}", "start it with `ripieno serve` where you need it")


def osc_version(host: str, port: int) -> str | None:
    """The version of the ripieno that answers OSC pings there, ``None`` where none does."""
    from pythonosc.osc_message_builder import build_msg

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PING_SECONDS)
        try:
            client.sendto(build_msg("/ripieno/ping", [1]).dgram, (host, port))
            for message in decode(client.recv(65_535)):
                if message.address == "/ripieno/pong":
                    return str(message.args[-1])
        except (OSError, RipienoError):
            pass
    return None


def check_http(port: int) -> Finding:
    """Check whether ripieno, or another program, answers HTTP on a port; and how its engine is."""
    plain = http_status(HTTPConnection(HTTP_HOST, port, timeout=PING_SECONDS))
    status = plain or http_status(https_connection(HTTP_HOST, port, timeout=PING_SECONDS))
    if status is not None and is_locked(status):
        return Finding(GOOD, f"ripieno answers HTTP on port {port}, to those who have its token")
    if status is not None:
        what = f"ripieno {status['version']} answers HTTP; its page is http{'' if plain else 's'}://{HTTP_HOST}:{port}/"
        public_part = f"ripieno {public(status['version'])} answers HTTP on port {port}"
        match status.get("state"):
            case "failed":
                fault = f"{what}, but {status['error']['fault']}"
                return Finding(WRONG, fault, SEE_TERMINAL, f"{public_part}; its engine does not start")
            case "loading" | "restarting" as state:
                engine = f"; its engine is {state}"
                return Finding(
                    NOTE, f"{what}{engine}", "wait a moment, and ask again", f"{public_part}{engine}"
                )
        return Finding(GOOD, what, in_report=public_part)
    if not is_free(HTTP_HOST, port, kinds=(socket.SOCK_STREAM,)):
        mend = f"close that, or say `ripieno serve --http-port {port + 10}`"
        return Finding(WRONG, f"port {port}, for the page and MuseScore, is used by another program", mend)
    return Finding(NOTE, f"nothing answers HTTP on port {port}", "start it with `ripieno serve`")


def public(version: object) -> str:
    """A version that another program says, for a field report: anything but a version is left out."""
    said = str(version)
    return said if VERSION.fullmatch(said) else "of an unknown version"


def https_connection(host: str, port: int, *, timeout: float) -> HTTPConnection:
    """A connection over TLS to this machine, whose certificate is another name's."""
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    return HTTPSConnection(host, port, timeout=timeout, context=unverified)


def http_status(connection: HTTPConnection) -> dict[str, Any] | None:
    """What the ripieno that answers HTTP there says of itself, ``None`` where none does.

    Without its token it says no more than that it needs one: ``error``.
    """
    try:
        connection.request("GET", "/v1/status")
        said = json.loads(connection.getresponse().read(MAX_STATUS))
        return said if isinstance(said, dict) and ("version" in said or is_locked(said)) else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()


def is_locked(said: dict[str, Any]) -> bool:
    """Whether this is the answer of a ripieno that needs a token."""
    error = said.get("error")
    return isinstance(error, dict) and error.get("code") == "no_token"


def check_page() -> Finding:
    """Check that the page has its libraries."""
    lacks = page.missing()
    if lacks:
        return Finding(NOTE, f"the page lacks {', '.join(lacks)}", page.HOW_TO_GET_THEM)
    return Finding(GOOD, "the page has all that it needs")


def is_free(host: str, port: int, *, kinds: tuple[socket.SocketKind, ...] = UDP_AND_TCP) -> bool:
    """Whether a server can bind this port, for UDP, for TCP, or for both."""
    for kind in kinds:
        with tcp_socket() if kind == socket.SOCK_STREAM else socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind((host, port))
            except OSError:
                return False
    return True


async def check_live() -> Finding:
    """Check whether Ableton Live answers, with AbletonOSC in it."""
    ports = Ports()
    try:
        async with AbletonOSC(ports, patience=Patience(wait_seconds=(LIVE_SECONDS,))):
            return Finding(GOOD, f"Ableton Live answers (AbletonOSC, port {ports.questions})")
    except LiveError as exc:
        return Finding(NOTE, "Ableton Live does not answer, which `ripieno live` needs", str(exc))


def check_extras() -> Iterator[Finding]:
    """A finding for each optional package that is not installed."""
    for module, needs, mend in EXTRAS:
        if importlib.util.find_spec(module) is None:
            yield Finding(NOTE, f"{needs}, which is not installed", mend)
