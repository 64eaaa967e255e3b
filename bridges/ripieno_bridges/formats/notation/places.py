"""What is left out of a file in another notation, and in which measures."""

from __future__ import annotations

from dataclasses import dataclass, field

from ripieno.errors import printable

MAX_NAMED = 6  # measures in a sentence


@dataclass(slots=True)
class LeftOut:
    """Collects what is left out, each thing once, with its measures."""

    found: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, what: str, number: str) -> None:
        """Something in a measure. what: in the plural, as it begins a sentence in the middle."""
        self.found.setdefault(what, {})[number] = None

    def sentences(self) -> tuple[str, ...]:
        """A sentence for each thing."""
        return tuple(f"left out: {what} ({places(list(numbers))})" for what, numbers in self.found.items())


def places(numbers: list[str]) -> str:
    """Measures in words: "measure 3", "measures 3, 5 and 4 more"."""
    shown = [printable(number) for number in numbers]
    if len(shown) == 1:
        return f"measure {shown[0]}"
    more = len(shown) - MAX_NAMED
    return f"measures {', '.join(shown[:MAX_NAMED])}" + (f" and {more} more" if more > 0 else "")
