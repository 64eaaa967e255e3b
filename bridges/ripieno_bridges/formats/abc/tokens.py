"""A line of music -> its tokens: notes, rests, bars, fields in brackets and all the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ripieno_bridges.formats.abc.errors import quoted, refuse

NOTE = r"(?:(?P<accidental>\^{1,2}|_{1,2}|=)(?P<micro>[0-9]*/[0-9]*)?)?(?P<letter>[A-Ga-g])(?P<octave>[,']*)"
LENGTH = r"(?P<length>[0-9]*(?:/[0-9]*)*)"
# The kinds of tokens; of those that fit the first is meant.
KINDS = {
    "space": r"[ \t\u00a0]+",
    "field": r"\[[A-Za-z]:[^\]]*\]",
    "ending": r"\[(?:(?P<pass>[0-9][0-9,\-]*)|\"(?P<ending_text>[^\"]*)\")",
    "bar": r"\.?(?::*(?:\[\||\|)[|\]]*:*|::+)(?P<passes>[0-9][0-9,\-]*)?",
    "note": NOTE + LENGTH,
    "rest": r"(?P<silence>[zxZX])(?P<rest_length>[0-9]*(?:/[0-9]*)*)",
    "spacer": r"y[0-9]*(?:/[0-9]*)*",
    "broken": r">+|<+",
    "tuplet": r"\((?P<notes>[1-9][0-9]?)(?::(?P<time>[0-9]*)(?::(?P<count>[0-9]*))?)?",
    "slur": r"\.?\(",
    "end_slur": r"\)",
    "tie": r"\.?-",
    "grace": r"\{/?",
    "end_grace": r"\}",
    "chord": r"\[",
    "end_chord": r"\](?P<chord_length>[0-9]*(?:/[0-9]*)*)",
    "quote": r"\"(?P<text>(?:[^\"\\]|\\.)*)\"",
    "decoration": r"!(?P<name>[^!\s|\[\]:\"]{1,40})!|\+(?P<old_name>[a-z0-9().<>]{1,20})\+",
    "short": r"[.~H-Wh-w]",
    "overlay": r"&",
    "stray": r"[',]+",
    "nothing": r"[`*$;?@#!\\]",
}
TOKENS = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS.items()))
# The named parts of each kind.
PARTS = {kind: re.findall(r"\?P<(\w+)>", pattern) for kind, pattern in KINDS.items()}
UNCLOSED = {
    '"': 'a text that never ends; put " behind it',
    "{": "grace notes that never end; put } behind them",
    "[": "a chord that never ends; put ] behind it",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token of music. column: where it begins, from 1. parts: its named parts that are there."""

    kind: str
    text: str
    column: int
    parts: dict[str, str]


def tokens(text: str, column: int = 1) -> Iterator[Token]:
    """The tokens of a line of music. column: of its first letter. Raises LineError for what is not ABC."""
    place = 0
    while place < len(text):
        found = TOKENS.match(text, place)
        if found is None or found.end() == place:
            letter = text[place]
            fault = f"{quoted(text[place : place + 12])} is not ABC; delete it, or put % before a remark"
            refuse(column + place, UNCLOSED.get(letter, fault))
        kind = found.lastgroup or ""  # the group that ends last, around all others
        parts = {name: found[name] for name in PARTS.get(kind, ()) if found[name]}
        yield Token(kind, found[0], column + place, parts)
        place = found.end()
