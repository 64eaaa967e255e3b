"""What ripieno sends by OSC: the table of its messages, their bytes, and a whole answer as messages.

Only integers, floats and strings are sent, since Pure Data takes nothing else. The types come from the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pythonosc.osc_message_builder import OscMessageBuilder

from ripieno_bridges.api.replies import Failed
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.osc.arguments import MAX_ID, Arguments, arguments

MAX_TEXT = 400  # characters of a text
NO_ID = -1

PONG = "/ripieno/pong"
OK = "/ripieno/ok"
PROGRESS = "/ripieno/progress"
RESULT = "/ripieno/result"
DONE = "/ripieno/done"
ERROR = "/ripieno/error"
CANCELLED = "/ripieno/cancelled"
STATUS = "/ripieno/status"
MODELS = "/ripieno/models"

REPLIES: dict[str, Arguments] = {
    PONG: arguments("id version"),
    OK: arguments("port"),
    PROGRESS: arguments("id fraction"),
    RESULT: arguments("id alternative (voice pitch start duration velocity)*"),
    DONE: arguments("id notes milliseconds seed complete"),
    ERROR: arguments("id code text"),
    CANCELLED: arguments("id"),
    STATUS: arguments("id model queue version"),
    MODELS: arguments("id name*"),
}
FLOATS = {"fraction", "start", "duration"}
STRINGS = {"version", "code", "text", "model", "name"}

Value = int | float | str


def encode(address: str, *values: Value) -> bytes:
    """The packet of one of the messages that the table has."""
    builder = OscMessageBuilder(address)
    for name, value in zip(REPLIES[address].names(len(values)), values, strict=True):
        if name in STRINGS:
            builder.add_arg(one_line(str(value)), builder.ARG_TYPE_STRING)
        elif name in FLOATS:
            builder.add_arg(float(value), builder.ARG_TYPE_FLOAT)
        else:
            builder.add_arg(min(int(value), MAX_ID), builder.ARG_TYPE_INT)
    return builder.build().dgram


def one_line(text: str) -> str:
    """What every receiver can show."""
    plain = "".join(c if c.isprintable() else " " for c in text[: MAX_TEXT + 1])
    return plain if len(plain) <= MAX_TEXT else f"{plain[: MAX_TEXT - 3]}..."


def encode_error(number: int, failed: Failed) -> bytes:
    """The packet that tells an error. number: the request's id, or NO_ID."""
    return encode(ERROR, number, failed.code, failed.text)


def result_packets(number: int, alternative: int, notes: Sequence[FlatNote], most: int) -> Iterator[bytes]:
    """The notes of an alternative, at most ``most`` a packet; each is made when it is asked for."""
    for first in range(0, len(notes), most):
        numbers: list[Value] = []
        for voice, pitch, start, duration, velocity in notes[first : first + most]:
            numbers += (voice, pitch, float(start), float(duration), velocity)
        yield encode(RESULT, number, alternative, *numbers)


@dataclass(frozen=True, slots=True)
class OscReply:
    """All that ends a request. results: the notes of each alternative. end: the last packet."""

    number: int
    end: bytes
    results: tuple[Sequence[FlatNote], ...] = ()

    @property
    def notes(self) -> int:
        """How many notes all the results have together."""
        return sum(map(len, self.results))

    def packets(self, most: int) -> Iterator[bytes]:
        """All of it, at most ``most`` notes a packet."""
        for alternative, notes in enumerate(self.results, 1):
            yield from result_packets(self.number, alternative, notes, most)
        yield self.end
