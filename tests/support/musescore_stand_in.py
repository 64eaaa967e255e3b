"""A stand-in for ripieno's HTTP server, which speaks docs/protocol.md and can misbehave on demand.

It does what the real server does not: be slow, send garbage, close connections, or reply with given notes.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from ripieno.ensembles.read import ensemble_named, ensemble_names
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.api.settings_table import as_json
from ripieno_bridges.http_server.assign_lines import assign_lines
from ripieno_bridges.http_server.build_response import listed_ensemble

PATIENCE_SECONDS = 20.0  # a test that waits longer has failed
CHOIR = ("soprano", "alto", "tenor", "bass")
DRONES = {"soprano": 72, "alto": 65, "tenor": 57, "bass": 48}  # F4, A3 and C3 under a C5
SPELLED = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SEED = 11
Json = dict[str, Any]


@dataclass(frozen=True)
class ReceivedRequest:
    """A request that was received."""

    method: str
    path: str
    body: Json = field(default_factory=dict)


class StandIn:
    """The server, at ``port`` of this machine. While ``gate`` is cleared, tasks wait."""

    def __init__(self) -> None:
        self.received: queue.SimpleQueue[ReceivedRequest] = queue.SimpleQueue()
        self.gate = threading.Event()
        self.cancelled: set[str] = set()
        self.reset()
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def reset(self) -> None:
        """Behave as the real server from now on."""
        self.reply: Callable[[str, Json], Json] = drones
        self.raw: bytes | None = None  # where set: the reply to every task
        self.error: tuple[int, Json] | None = None
        self.hangs_up = False
        self.ignores_cancel = False  # where set: the reply comes although the request was cancelled
        self.gate.set()

    def forget(self) -> None:
        """Drop the requests of earlier tests."""
        while not self.received.empty():
            self.received.get()

    def close(self) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_task(self) -> ReceivedRequest:
        """The next POST; fails where none comes in time."""
        while True:
            request = self.received.get(timeout=PATIENCE_SECONDS)
            if request.method == "POST":
                return request

    def next_cancel(self) -> ReceivedRequest:
        while True:
            request = self.received.get(timeout=PATIENCE_SECONDS)
            if request.method == "DELETE":
                return request

    def hold(self) -> None:
        self.gate.clear()

    def release(self) -> None:
        with self._changed:
            self.gate.set()
            self._changed.notify_all()

    def cancel(self, name: str) -> None:
        with self._changed:
            if not self.ignores_cancel:
                self.cancelled.add(name)
            self._changed.notify_all()

    def wait(self, name: str) -> bool:
        """Wait until the gate is open (True) or the request is cancelled (False)."""
        with self._changed:
            self._changed.wait_for(lambda: self.gate.is_set() or name in self.cancelled, PATIENCE_SECONDS)
        return name not in self.cancelled


@contextmanager
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    try:
        yield server
    finally:
        server.close()


# -- replies -----------------------------------------------------------------------------------------------


def drones(_task: str, body: Json) -> Json:
    """A reply in which every missing voice holds one pitch, a half step higher in each alternative."""
    given = {line["voice"] for line in body.get("voices", []) if any("pitch" in e for e in line["events"])}
    given = set(body["given"]) if body.get("given") else given
    ensemble = ensemble_named(body.get("ensemble", "satb"))
    wanted = {
        voice.name: DRONES.get(voice.name, sum(voice.range) // 2)
        for voice in ensemble.voices
        if voice.name not in given
    }
    return reply_with(
        body,
        [
            {voice: held(body, pitch + number) for voice, pitch in wanted.items()}
            for number in range(body.get("alternatives", 1))
        ],
    )


def held(body: Json, pitch: int) -> list[Json]:
    """One pitch in every measure, in written values, struck again at each barline."""
    start, end = body.get("selection") or (0, body["measures"][-1]["tick"] + body["measures"][-1]["ticks"])
    events = []
    for measure in body["measures"]:
        if start <= measure["tick"] < end:
            values = written(Fraction(measure["ticks"], 4 * body.get("ticks_per_quarter", 480)))
            tick = measure["tick"]
            for number, value in enumerate(values):
                events.append(event(body, tick, value, pitch, tie=number + 1 < len(values)))
                tick += events[-1]["ticks"]
    return events


def written(length: Fraction) -> list[Fraction]:
    """The fewest note values, dotted ones included, that make up a length in whole notes."""
    values = []
    while length:
        base = Fraction(1)
        while base > length:
            base /= 2
        value = base * 3 / 2 if base * 3 / 2 <= length else base
        values.append(value)
        length -= value
    return values


def event(body: Json, tick: int, duration: Fraction, pitch: int | None, **more: Any) -> Json:
    """An event of a reply; its spelling is found from the pitch unless it is given."""
    ratio = Fraction(*reversed([int(part) for part in more.get("tuplet", "1/1").split("/")]))
    return {
        "tick": tick,
        "ticks": int(duration * ratio * 4 * body.get("ticks_per_quarter", 480)),
        "duration": f"{duration.numerator}/{duration.denominator}",
        "pitch": pitch,
        "spelling": None if pitch is None else f"{SPELLED[pitch % 12]}{pitch // 12 - 1}",
        "tie": False,
        "tuplet": None,
        "lyric": None,
        "syllabic": None,
        **more,
    }


def reply_with(body: Json, alternatives: Sequence[dict[str, list[Json]]]) -> Json:
    """A complete reply with these voices."""
    return {
        "id": body.get("id", "none"),
        "seed": SEED if body.get("seed") is None else body["seed"],
        "model": "stand-in",
        "weights": "0" * 64,
        "milliseconds": 5,
        "complete": True,
        "remarks": [],
        "measures": body.get("measures", []),
        "alternatives": [
            {
                "voices": [{"voice": voice, "events": events} for voice, events in voices.items()],
                "faults": [],
                "originality": None,
                "log_likelihood": -10.0 - number,
                "parallels": 0,
            }
            for number, voices in enumerate(alternatives)
        ],
    }


def error_of(code: str, fault: str, way_out: str) -> Json:
    place = {"file": None, "part": None, "measure": None, "beat": None}
    text = f"{fault}; {way_out}"
    return {"error": {"code": code, "place": place, "fault": fault, "way_out": way_out, "text": text}}


STATUS = {"version": "stand-in", "model": "stand-in", "queue": 0}
MODELS = {
    "models": [
        {
            "name": "stand-in",
            "performers": "choir",
            "tasks": ["harmonize", "continue", "infill", "vary", "compose"],
            "meter": None,
            "description": "one pitch a measure",
        }
    ]
}
SETTINGS = {
    "settings": [as_json(setting) for setting in settings_of("http").values()],
    "ensembles": [msgspec.to_builtins(listed_ensemble(name)) for name in ensemble_names()],
}


# -- HTTP --------------------------------------------------------------------------------------------------


def _handler(server: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client was ended
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            server.received.put(ReceivedRequest("GET", self.path))
            known: dict[str, Any] = {"/v1/status": STATUS, "/v1/models": MODELS, "/v1/settings": SETTINGS}
            if self.path in known:
                self._json(200, known[self.path])
            elif self.path.startswith("/v1/requests/"):
                self._json(200, {"id": self.path.rsplit("/", 1)[1], "state": "working", "fraction": 0.5})
            else:
                self._json(404, error_of("not_found", "there is no such route", "see docs/protocol.md"))

        def do_DELETE(self) -> None:
            name = self.path.rsplit("/", 1)[1]
            server.received.put(ReceivedRequest("DELETE", self.path))
            server.cancel(name)
            self._json(200, {"id": name})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(
                sent or b"{}"
            )  # Qt 5 repeats the request without a body where the server hung up
            if self.path == "/v1/lines":
                self._json(200, msgspec.to_builtins(assign_lines(sent)))
                return
            server.received.put(ReceivedRequest("POST", self.path, body))
            streamed = "text/event-stream" in self.headers.get("Accept", "")
            with suppress(ConnectionError):  # the client cancelled and hung up
                if streamed:
                    self._begin_stream(body)
                going = server.wait(body.get("id", ""))
                if server.hangs_up:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if server.raw is not None:
                    raw = b"event: done\ndata: %s\n\n" % server.raw if streamed else server.raw
                    self._send(200, raw, "application/json", begun=streamed)
                    return
                name, status, data = self._outcome(body, going=going)
                if streamed:
                    self._event(name, data)
                else:
                    self._json(status, data)

        def _outcome(self, body: Json, *, going: bool) -> tuple[str, int, Json]:
            if not going:
                error = error_of("cancelled", "the request was cancelled", "ask again")
                return "cancelled", 409, {"id": body["id"], **error}
            if server.error is not None:
                status, error = server.error
                return "error", status, error
            if self.path == "/v1/check":
                return "done", 200, {"faults": []}
            return "done", 200, server.reply(self.path.rsplit("/", 1)[1], body)

        def _begin_stream(self, body: Json) -> None:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self._event("started", {"id": body.get("id", "")})
            self._event("progress", {"fraction": 0.5})

        def _event(self, name: str, data: Json) -> None:
            self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
            self.wfile.flush()

        def _json(self, status: int, data: Json) -> None:
            self._send(status, json.dumps(data).encode(), "application/json")

        def _send(self, status: int, data: bytes, kind: str, *, begun: bool = False) -> None:
            if not begun:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

    return Handler
