"""Who is who, and what is kept for whom: reply ports, drafts, last answers; all of it bounded.

A client is where its answers go. Whatever is kept is found by its key: the client and the id.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from ripieno.errors import RequestError
from ripieno_bridges.api.kinds import Argument
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.osc.drafts import Draft
from ripieno_bridges.osc.packets import OscMessage
from ripieno_bridges.osc.replies import Answer
from ripieno_bridges.osc.send_queue import Destination

MAX_DRAFTS = 64  # of one client
MAX_CLIENTS = 1024
MAX_DRAFTS_OF_ALL = 2048
MAX_DRAFTED_NOTES = 100_000  # of all drafts together
MAX_ANSWERS = 2048
MAX_ANSWERED_NOTES = 200_000
DOUBLED_SECONDS = 0.25  # a packet that comes twice does so at once

Key = tuple[Destination, int]  # a client and one of its ids
K = TypeVar("K")
V = TypeVar("V")


def rekey(table: MutableMapping[Key, V], old: Destination, new: Destination, number: int | None) -> None:
    """Give one client's entries, or that of one id, to another client, unless that has its own."""
    keys = [key for key in table if key[0] == old] if number is None else [(old, number)]
    for key in keys:
        if key in table and (new, key[1]) not in table:
            table[new, key[1]] = table.pop(key)


class Latest(OrderedDict[K, V], Generic[K, V]):
    """A dictionary that forgets what was touched longest ago when it holds more than ``most``."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def touch(self, key: K, value: V) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that has its answer. start: the hash of what started it. at: when it ended, monotonic."""

    start: int
    answer: Answer
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class IdPort:
    """Where answers to an id go. registrar: who said so. answered: the id has its answer."""

    port: int
    registrar: Destination
    answered: bool = False


class Clients:
    """What is known of all clients."""

    def __init__(self) -> None:
        self._reply_ports: Latest[Destination, int] = Latest(MAX_CLIENTS)  # by the source
        self._id_ports: Latest[tuple[str, int], IdPort] = Latest(MAX_CLIENTS)  # by host and id
        self._known: Latest[Destination, None] = Latest(MAX_CLIENTS)  # who has sent a request of its own
        self._drafts: OrderedDict[Key, Draft] = OrderedDict()  # those touched longest ago first
        self._drafted_notes = 0
        self._ended: OrderedDict[Key, Ended] = OrderedDict()
        self._answered_notes = 0

    # -- where answers go ----------------------------------------------------------------------------------

    def reply_to(self, source: Destination, port: int, number: int | None) -> Destination:
        """From now on, answers to this source go to that port; with an id, answers to that id do."""
        if number is None:
            self._reply_ports.touch(source, port)
        else:
            self._id_ports.touch((source.host, number), IdPort(port, source))
        return source._replace(port=port)

    def client_of(self, source: Destination, number: int) -> Destination:
        """The client that means this id when it sends from there.

        Whoever named a port of its own is the client at that port. A program that sends each message from
        another port, such as oscsend, is known by its ids alone: so an id that has a port belongs, until it
        is answered, to whoever is not known otherwise.
        """
        named = self._id_ports.get((source.host, number))
        if source.network == "tcp":
            return source
        if named is not None and named.registrar == source:
            return source._replace(port=named.port)
        if (port := self._reply_ports.get(source)) is not None:
            return source._replace(port=port)
        if named is not None and not named.answered and source not in self._known:
            return source._replace(port=named.port)
        return source

    def move(self, old: Destination, new: Destination, number: int | None) -> None:
        """What is kept for a client, or for one of its ids, is the other's."""
        rekey(self._drafts, old, new, number)
        rekey(self._ended, old, new, number)

    # -- drafts --------------------------------------------------------------------------------------------

    def draft(self, key: Key) -> Draft:
        """What this id has so far, begun where there is nothing. Raises RequestError where it is too much."""
        draft = self._drafts.get(key)
        if draft is None:
            place, number = key
            if sum(client == place for client, _ in self._drafts) >= MAX_DRAFTS:
                raise RequestError(
                    f"{MAX_DRAFTS} requests were begun and none of them was started, so {number} cannot "
                    "be begun; start or clear one"
                )
            draft = self._drafts[key] = Draft()
            self._known.touch(place, None)
            if len(self._drafts) > MAX_DRAFTS_OF_ALL:
                self.drop_draft(next(iter(self._drafts)))
        self._drafts.move_to_end(key)
        return draft

    def find_draft(self, key: Key) -> Draft | None:
        return self._drafts.get(key)

    def add_notes(self, draft: Draft, numbers: Sequence[Argument]) -> None:
        """Add notes to a draft, taken or not; where all together have too many, the oldest lose theirs.

        Raises RequestError where that is not enough, or for notes that are none.
        """
        before = len(draft.notes)
        try:
            draft.add(numbers)
        finally:
            self._drafted_notes += len(draft.notes) - before
        others = (other for other in self._drafts.values() if other is not draft)
        while self._drafted_notes > MAX_DRAFTED_NOTES:
            oldest = next(others, None)
            if oldest is None:
                self._lose_notes(draft, "too many notes wait already; send all of it again in a moment")
                raise RequestError(draft.faults["notes"])
            if oldest.notes:
                self._lose_notes(oldest, "its notes were forgotten, since it was not started; send all again")

    def _lose_notes(self, draft: Draft, why: str) -> None:
        self._drafted_notes -= len(draft.notes)
        draft.lose_notes(why)

    def take_draft(self, key: Key) -> Draft:
        """What this id has, which is then no draft any more; ``release_notes`` when it was read."""
        self._known.touch(key[0], None)
        return self._drafts.pop(key, None) or Draft()

    def played_draft(self, key: Key, time: float) -> tuple[Draft, list[FlatNote]]:
        """(the settings of now, what was played up to ``time``); it can be played on."""
        self._known.touch(key[0], None)
        phrase = self._drafts.get(key, Draft()).take_phrase(time)
        self.end_draft(key)
        return phrase

    def release_notes(self, draft: Draft) -> None:
        """The notes of a draft that was taken are not needed any more."""
        self._drafted_notes -= len(draft.notes)
        draft.notes = {}

    def end_draft(self, key: Key) -> None:
        """Forget what this id has, since it was answered, unless it is played on."""
        if key in self._drafts and self._drafts[key].keyboard is None:
            self.drop_draft(key)

    def drop_draft(self, key: Key) -> None:
        """Forget what this id has."""
        if key in self._drafts:
            self.release_notes(self._drafts.pop(key))

    # -- answers -------------------------------------------------------------------------------------------

    def keep(self, key: Key, start: OscMessage, answer: Answer) -> None:
        """Keep an answer for whoever lost a part of it, as long as there is room."""
        place, number = key
        named = self._id_ports.get((place.host, number))
        if named is not None and named.port == place.port:
            self._id_ports[place.host, number] = replace(named, answered=True)
        self._drop_answer(key)
        self._ended[key] = Ended(hash(start), answer)
        self._answered_notes += answer.notes
        while len(self._ended) > MAX_ANSWERS or self._answered_notes > MAX_ANSWERED_NOTES:
            self._drop_answer(next(iter(self._ended)))

    def kept(self, key: Key) -> Answer | None:
        """The last answer to this id."""
        ended = self._ended.get(key)
        return None if ended is None else ended.answer

    def is_doubled(self, key: Key, start: OscMessage) -> bool:
        """Is this the start of the request that has just ended once more, with nothing new before it?"""
        ended, draft = self._ended.get(key), self._drafts.get(key)
        if ended is None or ended.start != hash(start) or (draft is not None and draft.changed):
            return False
        return time.monotonic() - ended.at < DOUBLED_SECONDS

    def _drop_answer(self, key: Key) -> None:
        ended = self._ended.pop(key, None)
        if ended is not None:
            self._answered_notes -= ended.answer.notes

    def forget(self, place: Destination) -> None:
        """Forget a client that is gone."""
        for key in [key for key in self._drafts if key[0] == place]:
            self.drop_draft(key)
        for key in [key for key in self._ended if key[0] == place]:
            self._drop_answer(key)
        self._known.pop(place, None)
