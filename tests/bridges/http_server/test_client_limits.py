"""One client may ask only so much, and is told when to come again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from hypothesis import given
from hypothesis import strategies as st

from common import Background
from http_support import BEARER, TOKEN, ServiceStandIn, answer_on, bare, code_of, head, post, raw, refused
from ripieno_bridges.api.replies import Failed
from ripieno_bridges.http_server.access import access_of
from ripieno_bridges.http_server.client_limits import ClientCounts, ClientLimits, TooManyError, client_of
from ripieno_bridges.http_server.server import HOST, HttpServer

COMPOSE = "/v1/compose"
BODY = b'{"bars": 2}'


@contextmanager
def limited(service: ServiceStandIn, *proxies: str, **limits: int) -> Iterator[tuple[HttpServer, Background]]:
    many = {"unanswered": 100, "per_minute": 100} | limits
    access = access_of("0.0.0.0", token=TOKEN, proxies=proxies, limits=ClientLimits(**many))
    with bare(service, access) as running:
        yield running


def test_too_many_in_a_minute_are_told_when_to_come_again() -> None:
    with limited(ServiceStandIn(refused), per_minute=3) as (server, _):
        sent = post(COMPOSE, server.port, BODY, **BEARER)
        answers = [raw(server.port, sent) for _ in range(5)]
        assert [status for status, _, _ in answers] == [422, 422, 422, 429, 429]
        _, headers, body = answers[-1]
        assert code_of(body) == "too_many"
        assert int(headers["retry-after"]) == 20
        assert b"more than 3 requests a minute came from your address; wait 20 seconds, and send it" in body
        status = head("GET", "/v1/status", {"Host": f"{HOST}:{server.port}", **BEARER})
        assert raw(server.port, status)[0] == 200, "only what makes work is counted"


def test_of_one_client_only_so_many_wait_at_once() -> None:
    service = ServiceStandIn()
    with limited(service, unanswered=2) as (server, background), ExitStack() as stack:
        sent = post(COMPOSE, server.port, BODY, **BEARER)
        waiting = [stack.enter_context(socket.create_connection((HOST, server.port), 30)) for _ in range(2)]
        waiting[0].sendall(sent)  # one after the other, so that it is known whose each ticket is
        background.do(service.wait(lambda: len(service.tickets) == 1))
        waiting[1].sendall(sent)
        background.do(service.wait(lambda: len(service.tickets) == 2))
        status, headers, body = raw(server.port, sent)
        assert (status, code_of(body), headers["retry-after"]) == (429, "too_many", "2")
        background.do(answered(service, 0))
        assert answer_on(waiting[0])[0] == 500
        with socket.create_connection((HOST, server.port), 30) as third:
            third.sendall(sent)
            background.do(service.wait(lambda: len(service.tickets) == 3))
            background.do(answered(service, 1))
            background.do(answered(service, 2))
            assert answer_on(third)[0] == 500


async def answered(service: ServiceStandIn, number: int) -> None:
    service.tell(service.tickets[number], Failed("failed", "enough"))


def test_behind_a_proxy_each_client_is_counted_for_itself_and_else_nobody_can_pretend() -> None:
    def statuses(server: HttpServer) -> list[int]:
        sent = [post(COMPOSE, server.port, BODY, **BEARER, **forwarded(f"203.0.113.{i}")) for i in (1, 1, 2)]
        return [raw(server.port, request)[0] for request in sent]

    with limited(ServiceStandIn(refused), HOST, per_minute=1) as (server, _):
        assert statuses(server) == [422, 429, 422]
    with limited(ServiceStandIn(refused), per_minute=1) as (server, _):
        assert statuses(server) == [422, 429, 429]


def forwarded(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 9))
def test_in_no_stretch_of_time_more_than_the_rate_and_one_minutes_worth_come_through(
    pauses: list[float], rate: int
) -> None:
    now = 0.0
    counts = ClientCounts(ClientLimits(per_minute=rate), lambda: now)
    passed: list[float] = []
    for pause in pauses:
        now += pause
        try:
            with counts.request_of("a"):
                passed.append(now)
        except TooManyError as exc:
            now += int((exc.headers or {})["retry-after"])  # who waits so long is let in
            with counts.request_of("a"):
                passed.append(now)
    for i, start in enumerate(passed):
        for j in range(i, len(passed)):
            assert j - i + 1 <= rate + (passed[j] - start) * rate / 60 + 1


def test_a_client_of_ipv6_is_its_network_and_of_ipv4_its_address() -> None:
    def client_at(address: str) -> str:
        return client_of({"type": "http", "client": (address, 1)})

    assert client_at("2001:db8:1:2:3:4:5:6") == client_at("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert client_at("2001:db8:1:3::1") != client_at("2001:db8:1:2::1")
    assert client_at("::ffff:192.0.2.7") == client_at("192.0.2.7") == "192.0.2.7"
