"""Who waits is served in turn: nobody keeps others waiting by sending much."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ripieno_bridges.service.tickets import Ticket, ignore_event
from ripieno_bridges.service.waiting import WaitingTickets
from service_support import SHORT

CLIENTS = st.lists(st.sampled_from("abcd"), max_size=12)


def waiting_of(clients: str | list[str]) -> tuple[WaitingTickets, list[Ticket]]:
    """Tickets of these clients, in this order; and the tickets."""
    tickets = [Ticket(i, SHORT, client, ignore_event) for i, client in enumerate(clients)]
    waiting = WaitingTickets()
    for ticket in tickets:
        waiting.add(ticket)
    return waiting, tickets


def taken(waiting: WaitingTickets) -> str:
    """The clients of all that wait, in the order of their turns, and their numbers."""
    return " ".join(f"{t.client}{t.number}" for t in (waiting.take() for _ in range(len(waiting))))


def test_one_of_each_client_and_then_one_of_each_again() -> None:
    assert taken(waiting_of("aaaab")[0]) == "a0 b4 a1 a2 a3"
    assert taken(waiting_of("aabbbc")[0]) == "a0 b2 c5 a1 b3 b4"


def test_where_each_has_sent_one_who_came_first_is_first() -> None:
    assert taken(waiting_of("dbca")[0]) == "d0 b1 c2 a3"


def test_who_comes_later_waits_for_one_of_each_at_most() -> None:
    waiting, _ = waiting_of("aaaabbbb")
    waiting.take()
    waiting.add(Ticket(8, SHORT, "c", ignore_event))
    assert taken(waiting) == "b4 a1 c8 b5 a2 b6 a3 b7"


@given(CLIENTS)
def test_nobody_gets_two_turns_while_another_who_waits_gets_none(clients: list[str]) -> None:
    waiting, tickets = waiting_of(clients)
    order = [waiting.take() for _ in clients]
    assert sorted(order, key=lambda ticket: ticket.number) == tickets
    for client in set(clients):
        own = [ticket.number for ticket in order if ticket.client == client]
        assert own == sorted(own), "of one client, the oldest is first"
    turns = [sum(t.client == ticket.client for t in order[:i]) for i, ticket in enumerate(order)]
    assert turns == sorted(turns), "all have had as many turns before anybody has one more"


@given(CLIENTS, st.data())
def test_who_had_a_turn_in_vain_is_the_next_and_who_leaves_changes_no_other_order(
    clients: list[str], data: st.DataObject
) -> None:
    waiting, _ = waiting_of(["x", *clients])
    first = waiting.take()
    waiting.put_back(first)
    assert next(iter(waiting)) is first
    gone = data.draw(st.sampled_from(list(waiting)))
    expected = [ticket for ticket in waiting if ticket is not gone]
    waiting.remove(gone)
    assert list(waiting) == expected
    assert gone not in waiting
    assert len(waiting) == len(clients)
