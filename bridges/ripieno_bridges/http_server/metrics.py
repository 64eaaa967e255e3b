"""What the server measures, for Prometheus: requests, how long they took, workers, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

import ripieno
from ripieno_bridges.api.requests import task_of
from ripieno_bridges.service.protocols import Backend
from ripieno_bridges.service.service import STATES
from ripieno_bridges.service.tickets import Ticket

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60)  # the bounds between which requests are counted
NO_TASK = "read"  # documents that are read or checked


class Metrics:
    """The measurements of one server. The service says what ended, the HTTP server what it refused."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "ripieno_request_seconds",
            "How long requests took, with their wait, by task and by how they ended.",
            ["task", "end"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "ripieno_http_refused",
            "Requests that were refused before they were read, by the code of the error.",
            ["code"],
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def watch(self, service: Backend) -> None:
        """Tell of this service, too."""
        self._registry.register(ServiceCollector(service))

    def count_end(self, ticket: Ticket) -> None:
        """Count a request that has ended."""
        request = task_of(ticket.request)
        task, end = NO_TASK if request is None else request.task, type(ticket.final).__name__.lower()
        self._seconds.labels(task, end).observe(ticket.seconds)

    def count_refused(self, code: str) -> None:
        """Count a request that was refused. code: one of the errors of HTTP."""
        self._refused.labels(code).inc()

    def text(self, accept: str) -> tuple[bytes, str]:
        """(all of it, its media type), in the form that this Accept header asks for."""
        encoder, media_type = choose_encoder(accept)
        return encoder(self._registry), media_type


class ServiceCollector(Collector):
    """Tells the state of a service at the moment at which it is asked."""

    def __init__(self, service: Backend) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """The figures of now."""
        status = self._service.status()
        version = GaugeMetricFamily("ripieno_info", "The version that runs.", labels=["version"])
        version.add_metric([ripieno.__version__], 1)
        yield version
        yield GaugeMetricFamily("ripieno_requests_waiting", "Requests that wait.", status.waiting)
        yield GaugeMetricFamily("ripieno_requests_working", "Requests that are worked on.", status.working)
        yield CounterMetricFamily("ripieno_requests_received", "Requests that came.", status.received)
        yield CounterMetricFamily(
            "ripieno_worker_restarts", "Workers that were started again.", status.restarts
        )
        workers = GaugeMetricFamily("ripieno_workers", "Workers, by their state.", labels=["state"])
        for state in STATES:
            workers.add_metric([state], status.engines.count(state))
        yield workers
