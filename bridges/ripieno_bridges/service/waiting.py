"""The requests that wait, in the order of their turns: one of each client, then one of each again.

So a client that sends many at once keeps nobody waiting but itself; where each has sent one, who came first
is first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator

from ripieno_bridges.service.tickets import Ticket


class WaitingTickets:
    """The tickets that wait, by their clients; the client whose turn is next comes first."""

    def __init__(self) -> None:
        self._of: dict[Hashable, deque[Ticket]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def __iter__(self) -> Iterator[Ticket]:
        for tickets in self._of.values():
            yield from tickets

    def __contains__(self, ticket: Ticket) -> bool:
        return ticket in self.of(ticket.client)

    def of(self, client: Hashable) -> tuple[Ticket, ...]:
        """Those of one client, the oldest first."""
        return tuple(self._of.get(client, ()))

    def add(self, ticket: Ticket) -> None:
        """Let a ticket wait."""
        self._of.setdefault(ticket.client, deque()).append(ticket)

    def put_back(self, ticket: Ticket) -> None:
        """Let a ticket wait before all others, since it had its turn already."""
        own = self._of.pop(ticket.client, deque())
        own.appendleft(ticket)
        self._of = {ticket.client: own, **self._of}

    def remove(self, ticket: Ticket) -> None:
        """Let a ticket wait no longer."""
        own = self._of[ticket.client]
        own.remove(ticket)
        if not own:
            del self._of[ticket.client]

    def take(self) -> Ticket:
        """The next ticket, which no longer waits; its client's turn comes again after all others'."""
        client = next(iter(self._of))
        own = self._of.pop(client)
        ticket = own.popleft()
        if own:
            self._of[client] = own
        return ticket
