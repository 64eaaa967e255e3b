"""Connections of HTTP that say nothing, or not all of it, or announce too much: nobody else has to wait."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from common import Background
from http_support import SOON, ServiceStandIn, answer_on, client, code_of, head, post, raw, refused
from ripieno_bridges.http_server import security
from ripieno_bridges.http_server.connections import ConnectionLimits
from ripieno_bridges.http_server.security import MAX_BODY_BYTES
from ripieno_bridges.http_server.server import HOST, HttpServer

HEAD_SECONDS = UNREAD_SECONDS = 0.3
MANY = 20


@contextmanager
def serving(*, head_seconds: float = HEAD_SECONDS) -> Iterator[HttpServer]:
    with Background() as background:
        limits = ConnectionLimits(head_seconds, unread_seconds=UNREAD_SECONDS, max_connections=MANY)
        server = HttpServer(ServiceStandIn(refused), port=0, limits=limits)
        background.do(server.start())
        try:
            yield server
        finally:
            background.do(server.stop())


def connect(server: HttpServer) -> socket.socket:
    return socket.create_connection((HOST, server.port), timeout=SOON)


def closed_after(connection: socket.socket) -> float:
    """Seconds until the server closes the connection, on which it says nothing."""
    begun = time.monotonic()
    assert connection.recv(1) == b""
    return time.monotonic() - begun


@pytest.mark.parametrize("begin", [b"", b"G", b"GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(begin: bytes) -> None:
    with serving() as server, connect(server) as connection:
        connection.sendall(begin)
        assert closed_after(connection) > HEAD_SECONDS / 2


def test_a_head_that_comes_letter_by_letter_ends_the_connection_too() -> None:
    def trickle(connection: socket.socket) -> None:
        for _ in range(1000):
            connection.sendall(b"X")
            time.sleep(HEAD_SECONDS / 10)

    with serving() as server, connect(server) as connection, pytest.raises(ConnectionError):
        trickle(connection)


def test_between_two_requests_the_same_time_is_given() -> None:
    with serving() as server, connect(server) as connection:
        sent = head("GET", "/v1/models", {"Host": f"{HOST}:{server.port}"})
        for _ in range(2):
            connection.sendall(sent)
            assert answer_on(connection)[0] == 200
        assert closed_after(connection) > HEAD_SECONDS / 2


def test_a_body_and_an_answer_may_take_longer_than_a_head() -> None:
    with serving() as server, connect(server) as connection:
        body = b'{"bars": 1}'
        sent = post("/v1/compose", server.port, body)
        connection.sendall(sent[:-5])
        time.sleep(2 * HEAD_SECONDS)
        connection.sendall(sent[-5:])
        assert answer_on(connection)[0] == 422


def test_many_that_say_nothing_lock_nobody_out() -> None:
    with serving(head_seconds=SOON) as server, ExitStack() as stack:
        silent = [stack.enter_context(connect(server)) for _ in range(2 * MANY)]
        with client(server) as http:
            assert http.get("/v1/status").status_code == 200
        assert silent[0].recv(1) == b"", "the one that has waited the longest made room"


def test_connections_that_are_at_work_are_not_closed_for_others() -> None:
    with serving(head_seconds=SOON) as server, ExitStack() as stack:
        sent = post("/v1/compose", server.port, b'{"bars": 1}')
        working = [stack.enter_context(connect(server)) for _ in range(MANY)]
        for connection in working:
            connection.sendall(sent[:-5])
        time.sleep(0.2)
        status, _, body = raw(server.port, sent)
        assert (status, body) == (503, b"Service Unavailable")
        for connection in working:
            connection.sendall(sent[-5:])
            assert answer_on(connection)[0] == 422


def ask_for_ever(connection: socket.socket, asked: bytes) -> None:
    """Send a request again and again, and read nothing."""
    while True:
        connection.sendall(asked)
        time.sleep(0.001)


def test_an_answer_that_is_not_read_ends_the_connection() -> None:
    with serving() as server, socket.socket() as connection:
        connection.settimeout(SOON)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((HOST, server.port))
        asked = head("GET", "/v1/openapi.json", {"Host": f"{HOST}:{server.port}"})
        with pytest.raises(ConnectionError):
            ask_for_ever(connection, asked)


def test_who_reads_slowly_gets_all_of_it() -> None:
    with serving() as server, socket.socket() as connection:
        connection.settimeout(SOON)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((HOST, server.port))
        connection.sendall(head("GET", "/v1/openapi.json", {"Host": f"{HOST}:{server.port}"}))
        status, headers, body = answer_on(connection)
        assert (status, len(body)) == (200, int(headers["content-length"]))


def test_a_body_that_is_announced_too_large_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "DRAIN_SECONDS", 0.5)
    with serving() as server, connect(server) as connection:
        begun = time.monotonic()
        length = {"Content-Length": str(MAX_BODY_BYTES + 1)}
        connection.sendall(post("/v1/compose", server.port, b"", **length))
        status, headers, body = answer_on(connection)
        assert (status, code_of(body), headers["connection"]) == (413, "too_large", "close")
        assert time.monotonic() - begun < 0.5, "it waited for the body"
        assert connection.recv(1) == b"", "nothing comes after it"


def test_who_waits_for_leave_to_send_too_much_is_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "DRAIN_SECONDS", 0.1)
    with serving() as server, connect(server) as connection:
        more = {"Content-Length": str(MAX_BODY_BYTES + 1), "Expect": "100-continue"}
        connection.sendall(post("/v1/compose", server.port, b"", **more))
        assert answer_on(connection)[0] == 413
