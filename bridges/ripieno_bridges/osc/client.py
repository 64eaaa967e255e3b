"""A client of a running server, for programs without sockets that can run a command: messages as lines."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from pythonosc.osc_message_builder import OscMessageBuilder

from ripieno.errors import RequestError, short
from ripieno_bridges.api.kinds import Argument, number, whole
from ripieno_bridges.osc.handlers import ADDRESSES
from ripieno_bridges.osc.packets import MAX_TCP_BYTES, OscMessage, decode
from ripieno_bridges.osc.replies import CANCELLED, DONE, ERROR, PONG
from ripieno_bridges.osc.slip import Unframer, frame
from ripieno_bridges.service.service import AnswerError

PREFIX = "/ripieno/"
REQUEST_ID, LAST_ID = 1, 2  # of all messages of the lines, and of the ping after them
CONNECT_SECONDS = 5.0
LOOK_SECONDS = 0.25  # between two looks at whether the answer is still wanted
READ_BYTES = 1 << 16


def exchange(
    lines: Iterable[str], host: str, port: int, wanted: Callable[[], bool] = lambda: True
) -> Iterator[str]:
    """Send a request, a message a line, and yield what comes back as lines, up to its end.

    A line is an address without its prefix, and its arguments without the id: ``notes 0 67 0 1 80``. wanted:
    whether the answer still is; where it is not the connection ends, and so the server cancels the request.
    Raises RequestError where no server answers, and AnswerError where it answers with an error.
    """
    messages = [parse_line(line) for line in lines if line.strip()]
    if not messages:
        raise RequestError("there is nothing to send; write a message a line, such as: compose")
    started = any(ADDRESSES[message.address].starts for message in messages)
    ending = {DONE, ERROR, CANCELLED} if started else {PONG}
    messages.append(OscMessage(f"{PREFIX}ping", (LAST_ID,)))
    for message in converse(messages, host, port, wanted):
        request_id, *values = message.args
        if message.address == ERROR:
            raise AnswerError(str(values[0]), str(values[1]))
        if request_id == REQUEST_ID:
            yield " ".join([message.address.removeprefix(PREFIX), *map(str, values)])
        if message.address in ending and (started or request_id == LAST_ID):
            return
    if wanted():
        raise RequestError(f"the ripieno at {host}, port {port} ended before it answered; try again")


def parse_line(line: str) -> OscMessage:
    """The message of a line. Raises RequestError for an address that there is not."""
    name, *words = line.split()
    address = PREFIX + name
    if address not in ADDRESSES or "id" not in ADDRESSES[address].arguments.required:
        raise RequestError(f'there is no message "{short(name)}"; docs/protocol.md has them all')
    return OscMessage(address, (REQUEST_ID, *map(parse_word, words)))


def parse_word(word: str) -> Argument:
    """A whole number, a number, or else text."""
    for kind in (whole, number):
        with suppress(ValueError):
            return kind(word)
    return word


def converse(
    messages: Iterable[OscMessage], host: str, port: int, wanted: Callable[[], bool]
) -> Iterator[OscMessage]:
    """Send messages on TCP, and yield what comes back until the server hangs up or it is not wanted."""
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
            connection.sendall(b"".join(frame(encode(message)) for message in messages))
            connection.settimeout(LOOK_SECONDS)  # no deadline: the server has its own
            unframer = Unframer()
            while wanted():
                try:
                    data = connection.recv(READ_BYTES)
                except TimeoutError:
                    continue
                if not data:
                    break
                for packet in unframer.feed(data):
                    yield from decode(packet, max_bytes=MAX_TCP_BYTES)
    except OSError as exc:
        fault = f"no ripieno answers at {host}, port {port}"
        raise RequestError(f"{fault}; type `ripieno serve` in a terminal and leave it running") from exc


def encode(message: OscMessage) -> bytes:
    """The packet of a message."""
    builder = OscMessageBuilder(message.address)
    for value in message.args:
        builder.add_arg(value, {int: "i", float: "f", str: "s"}[type(value)])
    return builder.build().dgram
