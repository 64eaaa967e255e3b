"""The door for OSC packets: what is in them is looked up and done, and whatever is wrong is told."""

from __future__ import annotations

import difflib
import logging
import time

from ripieno.errors import RipienoError, short
from ripieno_bridges.api.replies import OUR_FAULT, Failed, failure_of
from ripieno_bridges.osc.arguments import parse_whole
from ripieno_bridges.osc.clients import Key
from ripieno_bridges.osc.handlers import ADDRESSES, Address, LiveJobs, OscCall, OscHandlers
from ripieno_bridges.osc.jobs import PacketSender
from ripieno_bridges.osc.packets import OscMessage, PacketError, decode
from ripieno_bridges.osc.replies import NO_ID, REPLIES, OscReply, encode_error
from ripieno_bridges.osc.send_queue import Destination
from ripieno_bridges.service.protocols import Backend

log = logging.getLogger(__name__)

MAX_ERRORS_PER_SENDER = 5  # a second to one sender, of what has no id ...
MAX_ERRORS_PER_SECOND = 100  # ... and to all together


class OscDispatcher:
    """Takes packets, does what they say, and posts the answers."""

    def __init__(self, service: Backend, post: PacketSender, *, live: LiveJobs | None = None) -> None:
        self._post = post
        self._deeds = OscHandlers(service, post, live=live)
        self._clients, self._runs = self._deeds.clients, self._deeds.runs
        self._complaints = ErrorRateLimit()

    def receive(self, source: Destination, packet: bytes, *, most_bytes: int) -> None:
        """Do what a packet says. Never raises."""
        try:
            messages = decode(packet, most_bytes=most_bytes)
        except PacketError as exc:
            self.complain(source, failure_of(exc))
            return
        for message in messages:
            self._handle(source, message)

    def complain(self, source: Destination, fault: Failed) -> None:
        """Tell a sender what is wrong where no id is known, but not without end."""
        if self._complaints.may(source):
            self._post.now(source, encode_error(NO_ID, fault))

    def forget(self, place: Destination) -> None:
        """A client is gone."""
        self._runs.forget(place)
        self._clients.forget(place)

    def stop(self) -> None:
        """End all requests."""
        self._runs.stop()

    # -- from a message to a deed --------------------------------------------------------------------------

    def _handle(self, source: Destination, message: OscMessage) -> None:
        """Do what a message says, or tell what is wrong with it."""
        entry = ADDRESSES.get(message.address)
        if entry is None:
            self._handle_unknown(source, message.address)
            return
        if entry.words:
            message = join_last_words(message, len(entry.arguments.required))
        key, values = (source, NO_ID), message.args
        try:
            if entry.arguments.required[0] == "id":
                number, values = parse_id(message), values[1:]
                key = (self._clients.client_of(source, number), number)
            if entry.starts and (key in self._runs or self._clients.is_doubled(key, message)):
                return
            entry.arguments.check(message)
            entry.act(self._deeds, OscCall(source, key, values, message))
        except RipienoError as exc:
            self._refuse(key, failure_of(exc), entry, message)
        except Exception:
            log.exception("%s failed", message.address)
            self._refuse(key, Failed("failed", OUR_FAULT), entry, message)

    def _handle_unknown(self, source: Destination, address: str) -> None:
        """Say so, unless it is an answer: two servers must not answer each other without end."""
        if address in REPLIES or not self._complaints.may(source):
            return
        near = difflib.get_close_matches(address, ADDRESSES, n=1)
        hint = f"; is {near[0]} meant?" if near else "; docs/protocol.md lists those that there are"
        fault = Failed("bad_message", f'there is no address "{short(address)}"{hint}')
        self._post.now(source, encode_error(NO_ID, fault))

    def _refuse(self, key: Key, fault: Failed, entry: Address, message: OscMessage) -> None:
        """Tell a fault. Where the request runs it is not the end of it, and so it is told without the id."""
        place, number = key
        gathering = self._runs.gathering(key)
        if gathering is not None and gathering.faults:
            self._runs.arrived(key)  # it ends with this fault
        elif number == NO_ID or key in self._runs:
            self.complain(place, fault)
        else:
            answer = OscReply(number, encode_error(number, fault))
            self._post.now(place, answer.end)
            if entry.starts:
                self._clients.end_draft(key)
                self._clients.keep(key, message, answer)


def parse_id(message: OscMessage) -> int:
    """The id that a message begins with. Raises PacketError."""
    if not message.args:
        raise PacketError(f"{message.address} came without an id, which is its first argument")
    return parse_whole(f"the id of {message.address}", message.args[0])


def join_last_words(message: OscMessage, most: int) -> OscMessage:
    """The message with at most so many arguments: Pure Data sends "f# minor" as two."""
    kept, rest = message.args[: most - 1], message.args[most - 1 :]
    return message if len(rest) < 2 else OscMessage(message.address, (*kept, " ".join(map(str, rest))))


class ErrorRateLimit:
    """Counts what was told without an id, so that nobody is flooded with it."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: dict[Destination, int] = {}  # in this second

    def may(self, place: Destination) -> bool:
        """May another one be told?"""
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._counts.clear()
        count = self._counts.get(place, 0)
        if count >= MAX_ERRORS_PER_SENDER or sum(self._counts.values()) >= MAX_ERRORS_PER_SECOND:
            return False
        self._counts[place] = count + 1
        return True
