"""How much easier new voices are with the setting easy, and what that costs in faults.

    python benchmarks/easy.py choir.npz [--tunes 10] [--seed 1] [-o figures.json]

The tunes are hymns of the corpus's part for validation, harmonized with and without easy; the first
alternative is counted. The composers' own lower voices stand beside them.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs
from rich.console import Console
from rich.table import Table

from ensembles import validation_hymns
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.evaluation.melody import measures_of, melody_score
from ripieno.grid import Grid, column_notes
from ripieno.results import Fault
from ripieno.score import VOICE_NAMES, Score, Voice
from ripieno.theory.difficulty import difficulties
from ripieno.theory.rules import FAULT, faults
from ripieno_bridges.api.requests import Request
from ripieno_bridges.service.model_runner import ModelRunner


@dataclass(slots=True)
class EasyCounts:
    """What is counted, over the lower voices of all tunes."""

    notes: int = 0
    voices: int = 0
    points: float = 0.0
    wide: int = 0
    awkward: int = 0
    chromatic: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    faults: int = 0

    def add(self, score: Score, found: Sequence[Fault]) -> None:
        """Count a choir's score. found: its faults."""
        for part in difficulties(score, MIXED_CHOIR.comfortable_ranges)[1:]:
            self.voices += 1
            self.notes += part.burdens.notes
            self.points += part.points
            self.wide += part.burdens.wide_leaps
            self.awkward += part.burdens.awkward_leaps
            self.chromatic += part.burdens.chromatic
            self.levels[part.level] += 1
        self.faults += sum(fault.severity == FAULT for fault in found)

    def rates(self) -> dict[str, float]:
        """The figures of the table."""
        return {
            "points a voice": self.points / self.voices,
            **{f"{level} voices, %": 100 * self.levels[level] / self.voices for level in ("easy", "hard")},
            "wide leaps / 100 notes": 100 * self.wide / self.notes,
            "awkward / 100 notes": 100 * self.awkward / self.notes,
            "chromatic / 100 notes": 100 * self.chromatic / self.notes,
            "faults / 100 notes": 100 * self.faults / self.notes,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="lstm-chorales")
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, help="the figures as JSON")
    arguments = parser.parse_args()
    chosen = validation_hymns(arguments.corpus, arguments.tunes)
    runner, found = ModelRunner(), {name: EasyCounts() for name in ("as composed", "usual", "easy")}
    for piece in chosen:
        composed = choir_score(piece.grid)
        found["as composed"].add(composed, faults(composed))
        request = Request(
            task="harmonize",
            model=arguments.model,
            score=melody_score(piece.grid, fermatas=False),
            seed=arguments.seed,
            check=True,
            compare=False,
        )
        for name in ("usual", "easy"):
            reply = runner.answer(structs.replace(request, easy=name == "easy"))
            found[name].add(reply.results[0].score, reply.results[0].faults or ())
    table = Table(title=f"{arguments.model}, {len(chosen)} tunes, the voices below the melody")
    rows = {name: counts.rates() for name, counts in found.items()}
    for title in ("", *rows["easy"]):
        table.add_column(title)
    for name, rates in rows.items():
        table.add_row(name, *(f"{rate:.2f}" for rate in rates.values()))
    Console(width=130).print(table)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1))


def choir_score(grid: Grid) -> Score:
    """A grid of four voices as a score."""
    voices = tuple(Voice(name, column_notes(grid, v)) for v, name in enumerate(VOICE_NAMES))
    return Score(voices, tuple(measures_of(grid)))


if __name__ == "__main__":
    main()
