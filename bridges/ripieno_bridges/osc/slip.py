"""SLIP (RFC 1055), the framing of OSC 1.1 on TCP: an END byte before and after each message, none in it."""

from __future__ import annotations

from collections.abc import Iterator

from ripieno_bridges.osc.packets import MAX_TCP_BYTES, PacketError

END, ESC = b"\xc0", b"\xdb"
ESCAPED_END, ESCAPED_ESC = b"\xdb\xdc", b"\xdb\xdd"


def frame(message: bytes) -> bytes:
    """Escape a message and put END bytes around it."""
    return END + message.replace(ESC, ESCAPED_ESC).replace(END, ESCAPED_END) + END


def unescape(escaped: bytes) -> bytes:
    """Undo the escapes of a message, which came without its END bytes. Raises PacketError."""
    if escaped.count(ESC) != escaped.count(ESCAPED_END) + escaped.count(ESCAPED_ESC):
        raise PacketError("damaged: SLIP's escape byte with nothing to escape")
    message = escaped.replace(ESCAPED_END, END).replace(ESCAPED_ESC, ESC)
    if len(message) > MAX_TCP_BYTES:
        raise PacketError(f"a message of more than {MAX_TCP_BYTES} bytes; send it in parts")
    return message


class Unframer:
    """Splits the byte stream of one connection into messages."""

    def __init__(self) -> None:
        self._pending = bytearray()  # the escaped start of a message whose END has not come
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the messages that these bytes complete. After a PacketError the connection is unusable."""
        if not self._begun and data:
            # A web page can make a browser connect here; that begins with "POST" and is refused.
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
