"""README.md and CONTRIBUTING.md name what the code has: ranges, and the files that a change takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ripieno.score import Key
from ripieno.theory.ranges import CHOIR_RANGES
from ripieno.theory.rules import RULES

ROOT = Path(__file__).parents[2]
README, CONTRIBUTING = ((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))


def named(pitch: int) -> str:
    """A white key's name, such as C4."""
    return str(Key(0).spell(pitch))


def test_the_ranges_are_those_of_the_code():
    ranges = {voice: (named(low), named(high)) for voice, (low, high) in CHOIR_RANGES.items()}
    assert ", ".join(f"{voice} {low}–{high}" for voice, (low, high) in ranges.items()) in README  # noqa: RUF001
    (rule,) = [rule for rule in RULES if rule.name == "range"]
    assert ", ".join(f"{low}-{high}" for low, high in ranges.values()) in rule.meaning


def changes() -> dict[str, list[str]]:
    """The table of changes: each with the cells begin, files and number."""
    section = CONTRIBUTING.split("\n## Where a change belongs\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line
    ]
    return {change: cells for change, *cells in rows[2:]}


@pytest.mark.parametrize(("change", "cells"), changes().items(), ids=changes())
def test_a_change_begins_in_one_of_its_files_and_they_are_counted(change, cells):
    begin, files, number = cells
    paths = re.findall(r"`([^`]+)`", files)
    assert begin.strip("`") in paths
    assert int(number.split()[0]) == len(paths)
