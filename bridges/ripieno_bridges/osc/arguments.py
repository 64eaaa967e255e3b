"""The notation for a message's arguments: ``id start [count]``, ``id (pitch start duration)*``.

``docs/protocol.md`` and error messages show this text, and the number of arguments is checked against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ripieno.errors import count_text, short
from ripieno_bridges.api.kinds import Argument, number, whole
from ripieno_bridges.osc.packets import OscMessage, PacketError

PARTS = re.compile(r"([^\[(]*)(?:\[([^\]]*)\])?(?:\(([^)]*)\)\*)?")
MAX_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Arguments:
    """The names of a message's arguments. optional: all or none of them. repeated: any number of times."""

    text: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    repeated: tuple[str, ...]

    def names(self, count: int) -> list[str]:
        """The name of each of ``count`` arguments. Raises ValueError where that number is not allowed."""
        names = [*self.required]
        if self.optional and count > len(names):
            names += self.optional
        if self.repeated and count > len(names) and (count - len(names)) % len(self.repeated) == 0:
            names += self.repeated * ((count - len(names)) // len(self.repeated))
        if count != len(names):
            raise ValueError(count)
        return names

    def check(self, message: OscMessage) -> None:
        """Raise PacketError where a message has too few or too many arguments."""
        try:
            self.names(len(message.args))
        except ValueError as exc:
            count = len(message.args)
            came = count_text(count, "argument")
            raise PacketError(f"{message.address} takes {self.text}, and {came} came") from exc


def arguments(text: str) -> Arguments:
    """The arguments that this notation describes; ``name*`` is short for ``(name)*``."""
    match = PARTS.fullmatch(re.sub(r"(\w+)\*$", r"(\1)*", text))
    assert match is not None, text
    required, optional, repeated = (tuple((part or "").split()) for part in match.groups())
    return Arguments(text, required, optional, repeated)


def parse_whole(name: str, value: Argument, low: int = 0, high: int = MAX_ID) -> int:
    """Read an argument that is a whole number from low to high. Raises PacketError."""
    try:
        found = whole(value)
    except ValueError:
        found = low - 1
    if not low <= found <= high:
        raise PacketError(f"{name} is a whole number from {low} to {high}")
    return found


def parse_number(name: str, value: Argument) -> float:
    """Read an argument that is a number. Raises PacketError."""
    try:
        return number(value)
    except ValueError as exc:
        raise PacketError(f'{name} is a number, not "{short(str(value))}"') from exc
