"""How much one client may ask for: so many requests that are not answered yet, and so many in a minute."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import Scope

from ripieno_bridges.http_server.errors import HttpError

MINUTE = 60.0
MAX_REMEMBERED = 10_000  # clients; beyond, those that are below their rate are forgotten
ONE_IS_ANSWERED_SECONDS = 2  # a guess at when one of a client's requests will be
CLIENT_BITS = 64  # of an address of IPv6 belong to the network; the rest, one client can choose


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """unanswered: requests at once. per_minute: the same over time; as many may come together."""

    unanswered: int = 8
    per_minute: int = 60


class TooManyError(HttpError):
    """A client asks too much. retry_seconds: until it may ask again."""

    def __init__(self, text: str, retry_seconds: float) -> None:
        seconds = max(1, math.ceil(retry_seconds))
        wait = "a second" if seconds == 1 else f"{seconds} seconds"
        super().__init__(
            "too_many", f"{text}; wait {wait}, and send it once more", {"retry-after": str(seconds)}
        )


class ClientCounts:
    """Counts what each client asks.

    The rate is the generic cell rate algorithm's: each request is due an interval after the one before it,
    and may come up to a minute before it is due.
    """

    def __init__(self, limits: ClientLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._unanswered: Counter[str] = Counter()
        self._due: dict[str, float] = {}  # when the next request of a client would be due

    @contextmanager
    def request_of(self, client: str) -> Iterator[None]:
        """A request, from its beginning to its answer. Raises TooManyError."""
        if self._unanswered[client] >= self._limits.unanswered:
            text = f"{self._limits.unanswered} requests from your address are not answered yet"
            raise TooManyError(text, ONE_IS_ANSWERED_SECONDS)
        self._count(client)
        self._unanswered[client] += 1
        try:
            yield
        finally:
            self._unanswered[client] -= 1
            if not self._unanswered[client]:
                del self._unanswered[client]

    def _count(self, client: str) -> None:
        """Count a request for the rate. Raises TooManyError."""
        now, interval = self._clock(), MINUTE / self._limits.per_minute
        due = max(now, self._due.get(client, now)) + interval
        if due - now > MINUTE + interval / 2:  # a half, against rounding
            text = f"more than {self._limits.per_minute} requests a minute came from your address"
            raise TooManyError(text, due - now - MINUTE)
        self._due[client] = due
        if len(self._due) > MAX_REMEMBERED:
            self._due = {name: due for name, due in self._due.items() if due > now}


def client_of(scope: Scope) -> str:
    """Who sent a request: its address, of IPv6 the network in it."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 4 or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", None) or address)
    return str(ipaddress.ip_network((address, CLIENT_BITS), strict=False))
