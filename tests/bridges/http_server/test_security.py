"""Only this machine and ripieno's own page are answered, under this machine's names (threats.md, 6)."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from itertools import product

import pytest

from http_support import ServiceStandIn, answer_on, bare, code_of, head, post, raw, refused
from ripieno_bridges.http_server import security
from ripieno_bridges.http_server.security import HEADERS, MAX_BODY_BYTES, SecurityMiddleware
from ripieno_bridges.http_server.server import HOST, HttpServer

BODY = b"{}"


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with bare(ServiceStandIn(refused)) as (server, _):
        yield server


# Each value with whether it is allowed; PORT is the server's.
HOSTS = {
    "127.0.0.1:PORT": True,
    "localhost:PORT": True,
    "LocalHost:PORT": True,
    "[::1]:PORT": True,
    "127.0.0.1": False,
    "127.0.0.1:1": False,
    "evil.example:PORT": False,
    "127.0.0.1.evil.example:PORT": False,
    "evil.example": False,
    "": False,
}
ORIGINS = {
    None: True,
    "http://127.0.0.1:PORT": True,
    "http://localhost:PORT": True,
    "http://127.0.0.1:1": False,
    "https://127.0.0.1:PORT": False,
    "http://evil.example": False,
    "null": False,
    "": False,
}
SITES = {None: True, "same-origin": True, "none": True, "same-site": False, "cross-site": False, "": False}
METHODS = {"GET": "/v1/status", "POST": "/v1/compose", "DELETE": "/v1/requests/a", "OPTIONS": "/v1/compose"}
TYPES = {
    "application/json": True,
    "application/json;charset=UTF-8": True,
    "Application/JSON; charset=utf-8": True,
    "application/json; charset=latin-1": False,
    "text/plain": False,
    "text/plain; application/json": False,
    "application/x-www-form-urlencoded": False,
    "multipart/form-data": False,
    "application/jsonp": False,
    None: False,
}
FINE = {"GET": 200, "POST": 422, "DELETE": 404, "OPTIONS": 405}


@pytest.mark.parametrize("method", METHODS)
def test_a_foreign_page_is_refused_before_anything_else(server: HttpServer, method: str) -> None:
    table = product(HOSTS.items(), ORIGINS.items(), SITES.items())
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        for (host, named), (origin, own), (site, near) in table:
            headers = {
                "Host": host,
                "Origin": origin,
                "Sec-Fetch-Site": site,
                "Content-Length": str(len(BODY)),
            }
            headers = {k: v.replace("PORT", str(server.port)) for k, v in headers.items() if v is not None}
            kind = {"Content-Type": "application/json"} if method == "POST" else {}
            sent = head(method, METHODS[method], headers | kind) + BODY
            connection.sendall(sent)
            status, headers, body = answer_on(connection)
            if not (named and own and near):
                assert (status, code_of(body)) == (403, "forbidden"), sent
            else:
                assert status == FINE[method], sent
            assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(("kind", "fine"), TYPES.items())
def test_only_json_is_read(server: HttpServer, kind: str | None, fine: bool) -> None:
    headers = {"Host": f"{HOST}:{server.port}", "Content-Length": "2"}
    sent = head("POST", "/v1/compose", headers | ({"Content-Type": kind} if kind else {})) + BODY
    status, _, body = raw(server.port, sent)
    assert (status, code_of(body)) == ((422, "bad_request") if fine else (415, "bad_type"))


def test_a_compressed_body_is_refused(server: HttpServer) -> None:
    status, _, body = raw(server.port, post("/v1/compose", server.port, BODY, **{"Content-Encoding": "gzip"}))
    assert (status, code_of(body)) == (415, "bad_type")


@pytest.mark.parametrize("twice", ["Origin: http://evil.example", "Content-Type: text/plain"])
def test_a_header_that_comes_twice_cannot_hide(server: HttpServer, twice: str) -> None:
    own = f"Origin: http://{HOST}:{server.port}\r\n{twice}\r\nX: "
    sent = post("/v1/compose", server.port, BODY).replace(
        b"Content-Length", own.encode() + b"\r\nContent-Length"
    )
    status, _, body = raw(server.port, sent)
    assert (status, code_of(body)) in [(403, "forbidden"), (415, "bad_type")]


@pytest.mark.parametrize(
    ("path", "mode", "place", "status"),
    [
        ("/", "navigate", "document", 200),
        ("/", "navigate", "iframe", 403),
        ("/", "no-cors", "script", 403),
        ("/v1/status", "navigate", "document", 403),
        ("/page/index.html", "navigate", "document", 403),
    ],
)
def test_a_link_to_the_page_may_be_followed_and_nothing_else(
    server: HttpServer, path: str, mode: str, place: str, status: int
) -> None:
    headers = {
        "Host": f"{HOST}:{server.port}",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": mode,
        "Sec-Fetch-Dest": place,
    }
    found = raw(server.port, head("GET", path, headers))[0]
    assert found == status or (status == 200 and found == 503), "503 where the page's libraries are missing"


def test_an_old_request_without_a_host_is_refused(server: HttpServer) -> None:
    assert raw(server.port, b"GET /v1/status HTTP/1.0\r\n\r\n")[0] == 403


@pytest.mark.parametrize("path", ["/", "/v1/status", "/v1/nothing", "/page/nothing"])
def test_every_response_has_the_security_headers(server: HttpServer, path: str) -> None:
    for host in (f"{HOST}:{server.port}", "evil.example"):
        _, headers, _ = raw(server.port, head("GET", path, {"Host": host}))
        assert {name: headers[name] for name in HEADERS} == HEADERS
        assert headers["cache-control"] == ("no-store" if path.startswith("/v1/") else "no-cache")
    policy = HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy
    lax = ("'unsafe-eval'", "'unsafe-inline'", "*", "http:", "data:")
    assert not [word for word in lax if word in policy]


# -- how much is read --------------------------------------------------------------------------------------


def test_who_sends_a_body_that_is_too_large_all_the_same_gets_the_answer(server: HttpServer) -> None:
    sent = post("/v1/compose", server.port, b"", **{"Content-Length": str(MAX_BODY_BYTES + 1)})
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(sent)
        connection.sendall(bytes(MAX_BODY_BYTES + 1))
        status, _, body = answer_on(connection)
        assert (status, code_of(body)) == (413, "too_large")


def test_a_body_without_a_content_length_is_limited(server: HttpServer) -> None:
    headers = {
        "Host": f"{HOST}:{server.port}",
        "Content-Type": "application/json",
        "Transfer-Encoding": "chunked",
    }
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(head("POST", "/v1/compose", headers))
        for _ in range(MAX_BODY_BYTES // 0x100000 + 2):
            connection.sendall(chunk)
        connection.sendall(b"0\r\n\r\n")
        status, _, body = answer_on(connection)
        assert (status, code_of(body)) == (413, "too_large")
    assert raw(server.port, post("/v1/compose", server.port, BODY))[0] == 422


def test_all_bodies_together_are_limited_and_released(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "MAX_HELD_BYTES", 1000)
    with socket.create_connection((HOST, server.port), timeout=30) as first:
        first.sendall(post("/v1/compose", server.port, b"", **{"Content-Length": "900"}))
        # Once the first is known to be held, a second finds no room.
        while True:
            status, _, body = raw(server.port, post("/v1/compose", server.port, b" " * 200))
            if status == 503:
                break
        assert code_of(body) == "busy"
        first.sendall(b" " * 900)
        assert answer_on(first)[0] == 400
    assert raw(server.port, post("/v1/compose", server.port, b" " * 200))[0] == 400


def test_a_body_that_does_not_arrive_is_an_error(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BODY_SECONDS", 0.05)
    status, _, body = raw(server.port, post("/v1/compose", server.port, b"", **{"Content-Length": "900"}))
    assert (status, code_of(body)) == (400, "bad_message")
    assert "send it once more" in json.loads(body)["error"]["way_out"]


def test_a_get_with_a_body_changes_nothing(server: HttpServer) -> None:
    for method in ("GET", "DELETE"):
        headers = {"Host": f"{HOST}:{server.port}", "Content-Length": "100000"}
        sent = head(method, "/v1/requests/nothing", headers) + bytes(100_000)
        assert raw(server.port, sent)[0] == 404


def test_port_80_needs_no_number() -> None:
    def check(port: int, host: str) -> None:
        SecurityMiddleware(lambda *_: None, port=port).check("GET", "/", {"host": [host]})

    check(80, "127.0.0.1")
    check(80, "127.0.0.1:80")
    with pytest.raises(Exception, match="127"):
        check(81, "127.0.0.1")
