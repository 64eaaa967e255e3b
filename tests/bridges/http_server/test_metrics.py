"""What the server measures: Prometheus's own parser reads it, and whoever watches is told the state."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from common import Background
from http_support import BEARER, TOKEN, ServiceStandIn, bare, client, refused
from ripieno_bridges.api.replies import Failed
from ripieno_bridges.api.requests import Request
from ripieno_bridges.http_server.access import access_of
from ripieno_bridges.http_server.metrics import Metrics
from ripieno_bridges.http_server.server import HOST, HttpServer
from ripieno_bridges.service.service import Status
from ripieno_bridges.service.tickets import Ticket, ignore_event


def test_prometheus_reads_what_was_done_and_refused() -> None:
    metrics = Metrics()
    for seconds, failed in ((0.2, False), (3.0, False), (0.01, True)):
        ticket = Ticket(1, Request(task="compose"), "a", ignore_event)
        ticket.final, ticket.seconds = Failed("late", "") if failed else refused(None), seconds
        metrics.count_end(ticket)
    with Background() as background:
        service = ServiceStandIn(refused)
        server = HttpServer(service, port=0, access=access_of(token=TOKEN), metrics=metrics)
        background.do(server.start())
        try:
            with client(server) as http:
                assert http.get("/v1/status").status_code == 401
                answer = http.get("/v1/metrics", headers=BEARER)
        finally:
            background.do(server.stop())
    assert answer.headers["content-type"].startswith("text/plain")
    samples = {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["ripieno_request_seconds_count", "failed", "compose"] == 3
    assert samples["ripieno_request_seconds_bucket", "failed", "0.25", "compose"] == 2
    assert samples["ripieno_request_seconds_sum", "failed", "compose"] == pytest.approx(3.21)
    assert samples["ripieno_http_refused_total", "no_token"] == 1
    assert samples["ripieno_requests_received_total",] == 0
    assert samples["process_resident_memory_bytes",] > 1e6


def test_who_watches_is_told_whether_the_server_takes_work() -> None:
    class Loading(ServiceStandIn):
        def status(self) -> Status:
            return Status("loading", 0, 0, 0, 0, 0, 0, state="loading")

    for service, expected in ((ServiceStandIn(), (200, "ready")), (Loading(), (503, "loading"))):
        with bare(service, access_of(names=("x",), token=TOKEN)) as (server, _), client(server) as http:
            answer = http.get(f"http://{HOST}:{server.port}/v1/health")
            assert (answer.status_code, answer.json()["state"]) == expected
