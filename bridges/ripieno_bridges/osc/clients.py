"""The state kept for each client: reply ports, drafts, the last replies; all of it bounded.

A client is identified by the address to which its replies go. What is kept for a request is found by its key:
the client and the request's id.
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
from ripieno_bridges.osc.replies import OscReply
from ripieno_bridges.osc.send_queue import Destination

MAX_DRAFTS = 64  # of one client
MAX_CLIENTS = 1024
MAX_DRAFTS_OF_ALL = 2048
MAX_DRAFTED_NOTES = 100_000  # of all drafts together
MAX_REPLIES = 2048
MAX_REPLY_NOTES = 200_000  # of all replies together
DUPLICATE_SECONDS = 0.25  # the network delivers a duplicate at once; later it is a new request

Key = tuple[Destination, int]  # a client and the id of one of its requests
K = TypeVar("K")
V = TypeVar("V")


def rekey(table: MutableMapping[Key, V], old: Destination, new: Destination, request_id: int | None) -> None:
    """Give one client's entries, or that of one id, to another client; entries that it has already stay."""
    keys = [key for key in table if key[0] == old] if request_id is None else [(old, request_id)]
    for key in keys:
        if key in table and (new, key[1]) not in table:
            table[new, key[1]] = table.pop(key)


class LruDict(OrderedDict[K, V], Generic[K, V]):
    """A dictionary of at most ``max_size`` entries, which drops the least recently touched one."""

    def __init__(self, max_size: int) -> None:
        super().__init__()
        self._max_size = max_size

    def touch(self, key: K, value: V) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._max_size:
            self.popitem(last=False)


@dataclass(frozen=True, slots=True)
class EndedRequest:
    """A request that has its reply. start_hash: of its first message. ended_at: in monotonic seconds."""

    start_hash: int
    reply: OscReply
    ended_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class IdPort:
    """The port for replies to one id. registrar: the source that named it. answered: the id has its reply."""

    port: int
    registrar: Destination
    answered: bool = False


class Clients:
    """The state of all clients."""

    def __init__(self) -> None:
        self._reply_ports: LruDict[Destination, int] = LruDict(MAX_CLIENTS)  # by source
        self._id_ports: LruDict[tuple[str, int], IdPort] = LruDict(MAX_CLIENTS)  # by host and request id
        self._known: LruDict[Destination, None] = LruDict(
            MAX_CLIENTS
        )  # sources that sent requests themselves
        self._drafts: OrderedDict[Key, Draft] = OrderedDict()  # the least recently touched first
        self._drafted_notes = 0
        self._ended: OrderedDict[Key, EndedRequest] = OrderedDict()
        self._reply_notes = 0

    # -- where replies go ----------------------------------------------------------------------------------

    def reply_to(self, source: Destination, port: int, request_id: int | None) -> Destination:
        """Send replies to this source to another port from now on; with an id, only replies to that id."""
        if request_id is None:
            self._reply_ports.touch(source, port)
        else:
            self._id_ports.touch((source.host, request_id), IdPort(port, source))
        return source._replace(port=port)

    def client_of(self, source: Destination, request_id: int) -> Destination:
        """The client to which a message with this id from this source belongs.

        A source that named a reply port is the client at that port. A program that sends each message from a
        new port, such as oscsend, can be recognised only by its ids: so an id with a port of its own is taken
        to mean that port, until it is answered, when it comes from a source that is not known otherwise.
        """
        named = self._id_ports.get((source.host, request_id))
        if source.network == "tcp":
            return source
        if named is not None and named.registrar == source:
            return source._replace(port=named.port)
        if (port := self._reply_ports.get(source)) is not None:
            return source._replace(port=port)
        if named is not None and not named.answered and source not in self._known:
            return source._replace(port=named.port)
        return source

    def move(self, old: Destination, new: Destination, request_id: int | None) -> None:
        """Give what is kept for a client, or for one of its ids, to another client."""
        rekey(self._drafts, old, new, request_id)
        rekey(self._ended, old, new, request_id)

    # -- drafts --------------------------------------------------------------------------------------------

    def draft(self, key: Key) -> Draft:
        """The draft of this request, new where there is none. Raises RequestError for too many drafts."""
        draft = self._drafts.get(key)
        if draft is None:
            client, request_id = key
            if sum(other == client for other, _ in self._drafts) >= MAX_DRAFTS:
                raise RequestError(
                    f"{MAX_DRAFTS} requests were begun and none of them was started, so {request_id} cannot "
                    "be begun; start or clear one"
                )
            draft = self._drafts[key] = Draft()
            self._known.touch(client, None)
            if len(self._drafts) > MAX_DRAFTS_OF_ALL:
                self.drop_draft(next(iter(self._drafts)))
        self._drafts.move_to_end(key)
        return draft

    def find_draft(self, key: Key) -> Draft | None:
        return self._drafts.get(key)

    def add_notes(self, draft: Draft, numbers: Sequence[Argument]) -> None:
        """Add notes to a draft, whether it was taken or not; the oldest drafts lose theirs to make room.

        numbers: five for each note. Raises RequestError where there is no room, or for values that are not
        notes.
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
                self._drop_notes(draft, "too many notes wait already; send all of it again in a moment")
                raise RequestError(draft.faults["notes"])
            if oldest.notes:
                self._drop_notes(oldest, "its notes were forgotten, since it was not started; send all again")

    def _drop_notes(self, draft: Draft, reason: str) -> None:
        self._drafted_notes -= len(draft.notes)
        draft.drop_notes(reason)

    def take_draft(self, key: Key) -> Draft:
        """Remove and return the draft of this request; call ``release_notes`` once it was read."""
        self._known.touch(key[0], None)
        return self._drafts.pop(key, None) or Draft()

    def take_phrase(self, key: Key, time: float) -> tuple[Draft, list[FlatNote]]:
        """(a copy of the settings, the notes played up to ``time``); the draft stays for the next phrase."""
        self._known.touch(key[0], None)
        phrase = self._drafts.get(key, Draft()).take_phrase(time)
        self.end_draft(key)
        return phrase

    def release_notes(self, draft: Draft) -> None:
        """Free the notes of a draft that was taken."""
        self._drafted_notes -= len(draft.notes)
        draft.notes = {}

    def end_draft(self, key: Key) -> None:
        """Drop the draft of a request that was answered, unless keys are played into it."""
        if key in self._drafts and self._drafts[key].keyboard is None:
            self.drop_draft(key)

    def drop_draft(self, key: Key) -> None:
        """Drop the draft of this request."""
        if key in self._drafts:
            self.release_notes(self._drafts.pop(key))

    # -- replies -------------------------------------------------------------------------------------------

    def keep_reply(self, key: Key, start: OscMessage, reply: OscReply) -> None:
        """Keep a final reply, as long as there is room, for a client that lost a part of it."""
        client, request_id = key
        named = self._id_ports.get((client.host, request_id))
        if named is not None and named.port == client.port:
            self._id_ports[client.host, request_id] = replace(named, answered=True)
        self._drop_reply(key)
        self._ended[key] = EndedRequest(hash(start), reply)
        self._reply_notes += reply.notes
        while len(self._ended) > MAX_REPLIES or self._reply_notes > MAX_REPLY_NOTES:
            self._drop_reply(next(iter(self._ended)))

    def last_reply(self, key: Key) -> OscReply | None:
        """The last final reply to this id."""
        ended = self._ended.get(key)
        return None if ended is None else ended.reply

    def is_duplicate(self, key: Key, start: OscMessage) -> bool:
        """Whether this repeats the start of the request that has just ended, with nothing new since then."""
        ended, draft = self._ended.get(key), self._drafts.get(key)
        if ended is None or ended.start_hash != hash(start) or (draft is not None and draft.changed):
            return False
        return time.monotonic() - ended.ended_at < DUPLICATE_SECONDS

    def _drop_reply(self, key: Key) -> None:
        ended = self._ended.pop(key, None)
        if ended is not None:
            self._reply_notes -= ended.reply.notes

    def forget(self, client: Destination) -> None:
        """Drop everything that is kept for a client that is gone."""
        for key in [key for key in self._drafts if key[0] == client]:
            self.drop_draft(key)
        for key in [key for key in self._ended if key[0] == client]:
            self._drop_reply(key)
        self._known.pop(client, None)
