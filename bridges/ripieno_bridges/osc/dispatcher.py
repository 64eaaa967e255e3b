"""The dispatcher: decodes OSC packets, calls the handler of each message's address, and sends errors."""

from __future__ import annotations

import difflib
import logging
import time

from ripieno.errors import RipienoError, short
from ripieno_bridges.api.kinds import argument_text
from ripieno_bridges.api.music_text import usual_spelling
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

MAX_ERRORS_PER_SENDER = 5  # without an id, in a second ...
MAX_ERRORS_PER_SECOND = 100  # ... and to all senders together


class OscDispatcher:
    """Hands the messages of packets to their handlers."""

    def __init__(self, service: Backend, sender: PacketSender, *, live: LiveJobs | None = None) -> None:
        self._sender = sender
        self._handlers = OscHandlers(service, sender, live=live)
        self._clients, self._jobs = self._handlers.clients, self._handlers.jobs
        self._rate_limit = ErrorRateLimit()

    def receive(self, source: Destination, packet: bytes, *, max_bytes: int) -> None:
        """Handle the messages of a packet. Never raises."""
        try:
            messages = decode(packet, max_bytes=max_bytes)
        except PacketError as exc:
            self.send_error(source, failure_of(exc))
            return
        for message in messages:
            self._handle(source, message)

    def send_error(self, destination: Destination, failed: Failed) -> None:
        """Send an error that belongs to no request, unless too many were sent in this second."""
        if self._rate_limit.allows(destination):
            self._sender.send_now(destination, encode_error(NO_ID, failed))

    def is_busy(self, client: Destination) -> bool:
        """Whether a client waits for a reply."""
        return self._jobs.has_any(client)

    def forget(self, client: Destination) -> None:
        """Cancel the jobs of a client that is gone, and drop what is kept for it."""
        self._jobs.forget(client)
        self._clients.forget(client)

    def stop(self) -> None:
        """End all jobs."""
        self._jobs.stop()

    # -- from a message to its handler ---------------------------------------------------------------------

    def _handle(self, source: Destination, message: OscMessage) -> None:
        """Call the handler of a message, and send an error where it fails."""
        address = ADDRESSES.get(usual_spelling(message.address))
        if address is None:
            self._handle_unknown(source, message.address)
            return
        if address.joins_words:
            message = join_last_words(message, len(address.arguments.required))
        key, values = (source, NO_ID), message.args
        try:
            if address.arguments.required[0] == "id":
                request_id, values = parse_id(message), values[1:]
                key = (self._clients.client_of(source, request_id), request_id)
            if address.starts and (key in self._jobs or self._clients.is_duplicate(key, message)):
                return
            address.arguments.check(message)
            address.handler(self._handlers, OscCall(source, key, values, message))
        except RipienoError as exc:
            self._handle_failure(key, failure_of(exc), address, message)
        except Exception:
            log.exception("%s failed", message.address)
            self._handle_failure(key, Failed("failed", OUR_FAULT), address, message)

    def _handle_unknown(self, source: Destination, address: str) -> None:
        """Send an error, but not for a reply: two servers must not answer each other for ever."""
        if address in REPLIES or not self._rate_limit.allows(source):
            return  # before the search for a close match, which takes long
        near = difflib.get_close_matches(address, ADDRESSES, n=1)
        hint = f"; is {near[0]} meant?" if near else "; docs/protocol.md lists those that there are"
        failed = Failed("bad_message", f'there is no address "{short(address)}"{hint}')
        self._sender.send_now(source, encode_error(NO_ID, failed))

    def _handle_failure(self, key: Key, failed: Failed, address: Address, message: OscMessage) -> None:
        """Send an error: as the final reply to its request, but without an id where a job goes on."""
        client, request_id = key
        draft = self._jobs.collecting_draft(key)
        if draft is not None and draft.faults:
            self._jobs.draft_changed(key)  # the job ends with this fault
        elif request_id == NO_ID or key in self._jobs:
            self.send_error(client, failed)
        else:
            reply = OscReply(request_id, encode_error(request_id, failed))
            self._sender.send_now(client, reply.end)
            if address.starts:
                self._clients.end_draft(key)
                self._clients.keep_reply(key, message, reply)


def parse_id(message: OscMessage) -> int:
    """Read the id with which a message begins. Raises PacketError."""
    if not message.args:
        raise PacketError(f"{message.address} came without an id, which is its first argument")
    return parse_whole(f"the id of {message.address}", message.args[0])


def join_last_words(message: OscMessage, count: int) -> OscMessage:
    """The message with at most ``count`` arguments: Pure Data sends "f# minor" as two, "6 | 7" as three."""
    kept, rest = message.args[: count - 1], message.args[count - 1 :]
    if len(rest) < 2:
        return message
    return OscMessage(message.address, (*kept, " ".join(map(argument_text, rest))))


class ErrorRateLimit:
    """Limits the errors without an id in each second, so that nobody is flooded with them."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: dict[Destination, int] = {}  # in this second

    def allows(self, destination: Destination) -> bool:
        """Whether another error may be sent, which then counts."""
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._counts.clear()
        count = self._counts.get(destination, 0)
        if count >= MAX_ERRORS_PER_SENDER or sum(self._counts.values()) >= MAX_ERRORS_PER_SECOND:
            return False
        self._counts[destination] = count + 1
        return True
