"""Who is who, and what is kept for whom."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ripieno.errors import RequestError
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.osc import clients as osc_clients
from ripieno_bridges.osc.clients import Clients
from ripieno_bridges.osc.packets import OscMessage
from ripieno_bridges.osc.replies import OscReply
from ripieno_bridges.osc.send_queue import Destination

START = OscMessage("/ripieno/harmonize", (5,))
NOTE = FlatNote(0, 60, Fraction(0), Fraction(1), 80)


def udp(port: int) -> Destination:
    return Destination("udp", "127.0.0.1", port)


def numbers(count: int, first: int = 0) -> list[float]:
    return [x for n in range(first, first + count) for x in (0, 60, n, 1, 80)]


# -- where answers go --------------------------------------------------------------------------------------


def test_a_source_is_a_client_of_its_own() -> None:
    assert Clients().client_of(udp(1), 5) == udp(1)


def test_a_source_with_a_reply_port_is_the_client_there() -> None:
    clients = Clients()
    assert clients.reply_to(udp(1), 9, None) == udp(9)
    assert clients.client_of(udp(1), 5) == udp(9)
    assert clients.client_of(udp(2), 5) == udp(2)


def test_an_id_with_a_port_finds_its_client_from_every_new_source() -> None:
    clients = Clients()
    assert clients.reply_to(udp(1), 9, 5) == udp(9)
    assert [clients.client_of(udp(port), 5) for port in (1, 2, 3)] == [udp(9)] * 3
    assert clients.client_of(udp(2), 6) == udp(2)


def test_an_id_with_a_port_does_not_take_requests_away_from_others() -> None:
    clients = Clients()
    clients.draft((udp(2), 4))
    clients.reply_to(udp(3), 8, None)
    clients.reply_to(udp(1), 9, 5)
    assert clients.client_of(udp(2), 5) == udp(2)  # which has sent requests of its own
    assert clients.client_of(udp(3), 5) == udp(8)  # which has a port of its own


def test_an_id_that_is_answered_takes_no_more_requests_from_new_sources() -> None:
    clients = Clients()
    clients.reply_to(udp(1), 9, 5)
    clients.keep_reply((udp(9), 5), START, OscReply(5, b""))
    assert clients.client_of(udp(2), 5) == udp(2)
    assert clients.client_of(udp(1), 5) == udp(9)  # who named the port may go on
    clients.reply_to(udp(3), 9, 5)
    assert clients.client_of(udp(4), 5) == udp(9)


def test_an_id_with_a_port_of_one_machine_is_nothing_to_another() -> None:
    clients = Clients()
    clients.reply_to(udp(1), 9, 5)
    other = Destination("udp", "10.0.0.2", 1)
    assert clients.client_of(other, 5) == other


def test_who_named_the_port_of_an_id_means_it() -> None:
    clients = Clients()
    clients.draft((udp(1), 4))
    clients.reply_to(udp(1), 8, None)
    clients.reply_to(udp(1), 9, 5)
    assert clients.client_of(udp(1), 5) == udp(9)
    assert clients.client_of(udp(1), 6) == udp(8)


def test_a_connection_is_answered_on_the_connection() -> None:
    clients = Clients()
    clients.reply_to(udp(1), 9, 5)
    connection = Destination("tcp", "127.0.0.1", 1)
    assert clients.client_of(connection, 5) == connection


def test_reply_ports_are_forgotten_when_there_are_too_many() -> None:
    clients = Clients()
    for port in range(osc_clients.MAX_CLIENTS + 1):
        clients.reply_to(udp(port), 9, None)
        clients.reply_to(udp(port), 8, port)
    assert clients.client_of(udp(0), 70_000) == udp(0)
    assert clients.client_of(udp(1), 70_000) == udp(9)


def test_what_was_begun_moves_to_a_new_port_but_not_over_what_is_there() -> None:
    clients = Clients()
    for number in (4, 5, 6):
        clients.draft((udp(1), number)).set("bars", number)
    clients.keep_reply((udp(1), 5), START, OscReply(5, b"an answer"))
    clients.draft((udp(9), 6)).set("bars", 60)
    clients.move(udp(1), udp(8), 4)
    assert clients.find_draft((udp(8), 4)) is not None
    clients.move(udp(1), udp(9), None)
    assert clients.find_draft((udp(9), 5)).settings == {"bars": 5}
    assert clients.find_draft((udp(9), 6)).settings == {"bars": 60}
    assert clients.last_reply((udp(9), 5)) == OscReply(5, b"an answer")


# -- drafts ------------------------------------------------------------------------------------------------


def test_an_id_is_another_one_for_another_client() -> None:
    clients = Clients()
    clients.draft((udp(1), 5)).set("bars", 2)
    assert clients.find_draft((udp(2), 5)) is None
    assert clients.draft((udp(1), 5)).settings == {"bars": 2}


def test_what_was_started_is_no_draft_any_more() -> None:
    clients = Clients()
    draft = clients.draft((udp(1), 5))
    assert clients.take_draft((udp(1), 5)) is draft
    assert clients.find_draft((udp(1), 5)) is None


def test_a_client_prepares_64_requests_at_the_most() -> None:
    clients = Clients()
    for number in range(osc_clients.MAX_DRAFTS):
        clients.draft((udp(1), number))
    with pytest.raises(RequestError, match="64 requests were begun and none of them was started, so 99 cann"):
        clients.draft((udp(1), 99))
    clients.draft((udp(2), 99))
    clients.drop_draft((udp(1), 0))
    clients.draft((udp(1), 99))


def test_drafts_that_nobody_touches_are_forgotten_when_there_are_too_many() -> None:
    clients = Clients()
    for number in range(osc_clients.MAX_DRAFTS_OF_ALL):
        clients.draft((udp(number), 1))
    clients.draft((udp(0), 1))
    clients.draft((udp(70_000), 1))
    assert clients.find_draft((udp(0), 1)) is not None
    assert clients.find_draft((udp(1), 1)) is None


def test_a_draft_that_lost_its_notes_says_so() -> None:
    clients = Clients()
    first, *others = [clients.draft((udp(1), number)) for number in range(7)]
    clients.add_notes(first, numbers(20_000))
    for draft in others:
        clients.add_notes(draft, numbers(16_000))
    assert first.faults == {"notes": "its notes were forgotten, since it was not started; send all again"}
    assert [len(draft.notes) for draft in (first, *others)] == [0] + [16_000] * 6


def test_notes_of_requests_that_run_count_too() -> None:
    clients = Clients()
    taken = []
    for number in range(5):
        clients.add_notes(clients.draft((udp(1), number)), numbers(20_000))
        taken.append(clients.take_draft((udp(1), number)))
    draft = clients.draft((udp(1), 5))
    with pytest.raises(RequestError, match="too many notes wait already; send all of it again in a moment"):
        clients.add_notes(draft, numbers(1))
    assert not draft.notes
    clients.release_notes(taken[0])
    clients.add_notes(draft, numbers(1))
    assert len(draft.notes) == 1


def test_notes_that_are_gone_leave_room() -> None:
    clients = Clients()
    kept = clients.draft((udp(9), 9))
    clients.add_notes(kept, numbers(10))
    for number in range(30):
        key = (udp(1), number)
        clients.add_notes(clients.draft(key), numbers(19_000))
        clients.add_notes(clients.draft(key), numbers(19_000))  # which are there
        if number % 3 == 0:
            clients.drop_draft(key)
        elif number % 3 == 1:
            clients.release_notes(clients.take_draft(key))
        else:
            with pytest.raises(RequestError):
                clients.add_notes(clients.draft(key), numbers(19_000, 19_000))
            clients.drop_draft(key)
    assert len(kept.notes) == 10


def test_a_draft_that_is_played_on_stays_when_it_was_answered() -> None:
    clients = Clients()
    key = (udp(1), 5)
    clients.draft(key).play(60, 90, 0.0)
    clients.take_phrase(key, 1.0)
    clients.end_draft(key)
    assert clients.find_draft(key) is not None
    clients.drop_draft(key)
    assert clients.find_draft(key) is None


# -- answers -----------------------------------------------------------------------------------------------


def test_the_last_answer_is_kept() -> None:
    clients = Clients()
    for end in (b"1", b"2"):
        clients.keep_reply((udp(1), 5), START, OscReply(5, end))
    assert clients.last_reply((udp(1), 5)) == OscReply(5, b"2")
    assert clients.last_reply((udp(2), 5)) is None


def test_old_answers_are_forgotten_when_there_are_too_many() -> None:
    clients = Clients()
    for number in range(osc_clients.MAX_REPLIES + 1):
        clients.keep_reply((udp(1), number), START, OscReply(number, b""))
    assert clients.last_reply((udp(1), 0)) is None
    assert clients.last_reply((udp(1), 1)) is not None


def test_old_answers_are_forgotten_when_they_have_too_many_notes() -> None:
    clients = Clients()
    half = [NOTE] * (osc_clients.MAX_REPLY_NOTES // 2)
    for number in range(3):
        clients.keep_reply((udp(1), number), START, OscReply(number, b"", (half,)))
        clients.keep_reply(
            (udp(1), number), START, OscReply(number, b"", (half,))
        )  # in the place of the first
    assert [clients.last_reply((udp(1), number)) is not None for number in range(3)] == [False, True, True]


def test_a_start_that_comes_twice_is_known_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    clients, key = Clients(), (udp(1), 5)
    assert not clients.is_duplicate(key, START)
    clients.keep_reply(key, START, OscReply(5, b""))
    assert clients.is_duplicate(key, START)
    assert not clients.is_duplicate(key, OscMessage("/ripieno/vary", (5,)))
    assert not clients.is_duplicate((udp(1), 6), START)
    monkeypatch.setattr(osc_clients, "DUPLICATE_SECONDS", 0.0)
    assert not clients.is_duplicate(key, START)


def test_a_start_after_new_notes_is_a_new_one() -> None:
    clients, key = Clients(), (udp(1), 5)
    clients.keep_reply(key, START, OscReply(5, b""))
    clients.add_notes(clients.draft(key), numbers(1))
    assert not clients.is_duplicate(key, START)


def test_a_client_that_is_gone_leaves_nothing() -> None:
    clients, key = Clients(), (udp(1), 5)
    clients.draft(key)
    clients.keep_reply((udp(1), 6), START, OscReply(6, b""))
    clients.forget(udp(1))
    assert clients.find_draft(key) is None
    assert clients.last_reply((udp(1), 6)) is None
