"""The messages that ripieno sends by OSC: the table of them, their encoding, and a whole reply as packets.

Only integers, floats and strings are sent, since Pure Data reads nothing else. The types come from the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pythonosc.osc_message_builder import OscMessageBuilder

from ripieno.harmony.symbol_text import chord_text
from ripieno.results import ChordLabel
from ripieno_bridges.api.replies import Failed
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.osc.arguments import MAX_ID, Arguments, arguments

MAX_TEXT = 400  # characters of a string
NO_ID = -1  # the id in an error that belongs to no request

PONG = "/ripieno/pong"
OK = "/ripieno/ok"
PROGRESS = "/ripieno/progress"
RESULT = "/ripieno/result"
UNDERSTOOD = "/ripieno/understood"
CHORD = "/ripieno/chord"
DIFFERENCE = "/ripieno/difference"
REMARK = "/ripieno/remark"
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
    UNDERSTOOD: arguments("id text"),
    CHORD: arguments("id alternative measure beat symbol numeral onset key"),
    DIFFERENCE: arguments("id alternative text"),
    REMARK: arguments("id text"),
    DONE: arguments("id notes milliseconds seed complete"),
    ERROR: arguments("id code text"),
    CANCELLED: arguments("id"),
    STATUS: arguments("id model queue version"),
    MODELS: arguments("id name*"),
}
FLOATS = {"fraction", "start", "duration", "beat", "onset"}
STRINGS = {"version", "code", "text", "model", "name", "measure", "symbol", "numeral", "key"}

Value = int | float | str


def encode(address: str, *values: Value) -> bytes:
    """Encode a message of the table as a packet."""
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
    """The text without control characters, cut to MAX_TEXT characters, so that every receiver can show it."""
    plain = "".join(c if c.isprintable() else " " for c in text[: MAX_TEXT + 1])
    return plain if len(plain) <= MAX_TEXT else f"{plain[: MAX_TEXT - 3]}..."


def encode_error(request_id: int, failed: Failed) -> bytes:
    """Encode an error message. request_id: NO_ID where it belongs to no request."""
    return encode(ERROR, request_id, failed.code, failed.text)


def result_packets(
    request_id: int, alternative: int, notes: Sequence[FlatNote], max_notes: int
) -> Iterator[bytes]:
    """Encode the notes of an alternative lazily, at most ``max_notes`` in a packet."""
    for first in range(0, len(notes), max_notes):
        numbers: list[Value] = []
        for voice, pitch, start, duration, velocity in notes[first : first + max_notes]:
            numbers += (voice, pitch, float(start), float(duration), velocity)
        yield encode(RESULT, request_id, alternative, *numbers)


def chord_packet(request_id: int, alternative: int, chord: ChordLabel) -> bytes:
    """Encode a chord of an alternative."""
    symbol, onset, key = chord_text(chord.symbol), float(chord.onset), str(chord.key)
    names = (chord.measure, chord.beat, symbol, chord.figure, onset, key)
    return encode(CHORD, request_id, alternative, *names)


@dataclass(frozen=True, slots=True)
class OscReply:
    """The final reply to a request.

    results: the notes of each alternative. understood: key and phrases in words. chords: of each alternative,
    where they are wanted. differences: of each alternative from the first, in words. remarks: sentences about
    the results. end: the last packet.
    """

    request_id: int
    end: bytes
    results: tuple[Sequence[FlatNote], ...] = ()
    remarks: tuple[str, ...] = ()
    understood: str = ""
    differences: tuple[str, ...] = ()
    chords: tuple[Sequence[ChordLabel], ...] = ()

    @property
    def notes(self) -> int:
        """How many notes all the results have together."""
        return sum(map(len, self.results))

    def packets(self, max_notes: int) -> Iterator[bytes]:
        """The whole reply, at most ``max_notes`` notes in a packet."""
        for alternative, notes in enumerate(self.results, 1):
            yield from result_packets(self.request_id, alternative, notes, max_notes)
        if self.understood:
            yield encode(UNDERSTOOD, self.request_id, self.understood)
        for alternative, chords in enumerate(self.chords, 1):
            yield from (chord_packet(self.request_id, alternative, chord) for chord in chords)
        for alternative, difference in enumerate(self.differences, 1):
            if difference:
                yield encode(DIFFERENCE, self.request_id, alternative, difference)
        yield from (encode(REMARK, self.request_id, remark) for remark in self.remarks)
        yield self.end
