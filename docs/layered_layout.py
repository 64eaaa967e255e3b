"""Where the boxes of a layered graph stand, so that its arrows run downwards and seldom cross.

The method of Sugiyama, Tagawa and Toda (1981): a long arrow is cut at every floor that it passes, each floor
is ordered by the mean place of its neighbours, and then the places are made even.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 100
STRAIGHT = (8, 2, 1)  # the pull of a piece of an arrow that touches no box, one, or two
Arrow = tuple[str, str]


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """places: (x, floor) of each box. ways: for each arrow the points that it passes, both ends included."""

    places: Mapping[str, tuple[float, int]]
    ways: Mapping[Arrow, Sequence[tuple[float, int]]]


def lay_out(
    floors: Sequence[Sequence[str]], arrows: Iterable[Arrow], widths: Mapping[str, float], *, gap: float
) -> GraphLayout:
    """Place the boxes. widths: of each box; a passing arrow is ``gap`` wide, and so is what lies between."""
    level = {box: i for i, floor in enumerate(floors) for box in floor}
    rows = [list(floor) for floor in floors]
    chains: dict[Arrow, list[str]] = {}
    for start, end in arrows:
        passed = [f"{start} -> {end} on {i}" for i in range(level[start] + 1, level[end])]
        for i, name in enumerate(passed, level[start] + 1):
            rows[i].append(name)
        chains[start, end] = [start, *passed, end]
    above: dict[str, list[str]] = {name: [] for row in rows for name in row}
    below: dict[str, list[str]] = {name: [] for row in rows for name in row}
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    rows = ordered(rows, above, below)
    x = spread(rows, above, below, widths, gap)
    height = {name: i for i, row in enumerate(rows) for name in row}
    return GraphLayout(
        {box: (x[box], level[box]) for box in level},
        {arrow: [(x[name], height[name]) for name in chain] for arrow, chain in chains.items()},
    )


def ordered(
    rows: list[list[str]], above: Mapping[str, list[str]], below: Mapping[str, list[str]]
) -> list[list[str]]:
    """Every row in the order that has the fewest crossings of all that the sweeps find."""
    best, fewest = rows, crossings(rows, below)
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        rows = [list(row) for row in rows]
        for i in range(len(rows)) if neighbours is above else reversed(range(len(rows))):
            place = {name: n / max(1, len(row) - 1) for row in rows for n, name in enumerate(row)}
            means = {name: mean([place[n] for n in neighbours[name]], place[name]) for name in rows[i]}
            rows[i].sort(key=lambda name: means[name])
        if (count := crossings(rows, below)) < fewest:
            best, fewest = rows, count
    return best


def crossings(rows: Sequence[Sequence[str]], below: Mapping[str, list[str]]) -> int:
    """How many arrows cross between neighbouring rows."""
    count = 0
    for upper, lower in pairwise(rows):
        place = {name: i for i, name in enumerate(lower)}
        ends = [place[end] for name in upper for end in sorted(below[name], key=lambda n: place[n])]
        count += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return count


def spread(
    rows: Sequence[Sequence[str]],
    above: Mapping[str, list[str]],
    below: Mapping[str, list[str]],
    widths: Mapping[str, float],
    gap: float,
) -> dict[str, float]:
    """The middle of everything, from side to side: near its neighbours, and no two over each other."""

    def pull(one: str, other: str) -> int:
        """How much an arrow wants to be upright: most where it passes two floors, with a box on neither."""
        return STRAIGHT[(one in widths) + (other in widths)]

    x: dict[str, float] = {}
    for row in rows:
        total = sum(widths.get(name, 0) + gap for name in row)
        left = -total / 2
        for name in row:
            width = widths.get(name, 0) + gap
            x[name] = left + width / 2
            left += width
    near = {name: [*above[name], *below[name]] for row in rows for name in row}
    weights = {name: sum(pull(name, n) for n in near[name]) or 1 for name in near}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else list(reversed(rows)):
            wanted = [
                sum(pull(name, n) * x[n] for n in near[name]) / weights[name] if near[name] else x[name]
                for name in row
            ]
            places = apart(row, wanted, [weights[name] for name in row], widths, gap)
            x.update(zip(row, places, strict=True))
    return x


def apart(
    row: Sequence[str],
    wanted: Sequence[float],
    weights: Sequence[float],
    widths: Mapping[str, float],
    gap: float,
) -> list[float]:
    """The places nearest to the wanted ones at which nothing overlaps, in the same order.

    Neighbours that would overlap become a group, which stands where its members want to be on average.
    """
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (widths.get(left, 0) + widths.get(right, 0)) / 2 + gap)
    groups: list[tuple[float, float, int]] = []  # (mean of wanted - offset, its weight, how many)
    for place, offset, weight in zip(wanted, offsets, weights, strict=True):
        value, heavy, many = place - offset, weight, 1
        while groups and groups[-1][0] > value:
            before, weight_before, count = groups.pop()
            value = (before * weight_before + value * heavy) / (weight_before + heavy)
            heavy, many = heavy + weight_before, many + count
        groups.append((value, heavy, many))
    starts = [value for value, _, many in groups for _ in range(many)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]


def mean(numbers: Sequence[float], otherwise: float) -> float:
    """Their mean; ``otherwise`` where there are none."""
    return sum(numbers) / len(numbers) if numbers else otherwise
