"""SLIP, the framing of OSC 1.1 on TCP: an END byte before and after each message, and none in it."""

from __future__ import annotations

from collections.abc import Iterator

from ripieno_bridges.osc.packets import MAX_TCP_BYTES, PacketError

END, ESC = b"\xc0", b"\xdb"
ESCAPED_END, ESCAPED_ESC = b"\xdb\xdc", b"\xdb\xdd"


def frame(message: bytes) -> bytes:
    """The message as it goes over the wire."""
    return END + message.replace(ESC, ESCAPED_ESC).replace(END, ESCAPED_END) + END


def unescape(escaped: bytes) -> bytes:
    """The message between two END bytes. Raises PacketError."""
    if escaped.count(ESC) != escaped.count(ESCAPED_END) + escaped.count(ESCAPED_ESC):
        raise PacketError("damaged: SLIP's escape byte with nothing to escape")
    message = escaped.replace(ESCAPED_END, END).replace(ESCAPED_ESC, ESC)
    if len(message) > MAX_TCP_BYTES:
        raise PacketError(f"a message of more than {MAX_TCP_BYTES} bytes; send it in parts")
    return message


class Unframer:
    """Puts together the messages of one connection, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._pending = bytearray()  # escaped, of a message whose end has not come
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that this piece completes. After a PacketError the connection is of no more use."""
        if not self._begun and data:
            # A browser that is sent here by a web page begins with "POST", and gets no further.
            if not data.startswith(END):
                raise PacketError("no OSC 1.1: a connection begins with SLIP's END byte, 192")
            self._begun = True
        *ends, rest = data.split(END)
        for piece in ends:
            self._add(piece)
            if self._pending:
                yield unescape(bytes(self._pending))
                self._pending.clear()
        self._add(rest)

    def _add(self, piece: bytes) -> None:
        if len(self._pending) + len(piece) > 2 * MAX_TCP_BYTES:  # every byte may be escaped
            raise PacketError(f"a message of more than {MAX_TCP_BYTES} bytes; send it in parts")
        self._pending += piece
