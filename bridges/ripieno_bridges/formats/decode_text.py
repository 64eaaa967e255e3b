"""The bytes of a text file -> its text, in the encodings that people's files are in."""

from __future__ import annotations

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def decode_text(data: bytes) -> str:
    """UTF-8 or, with its mark, UTF-16; else Latin-1, which older files are in. Letters may be wrong then."""
    if data[:2] in UTF_16_MARKS:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
