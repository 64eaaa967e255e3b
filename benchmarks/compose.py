"""What `compose` writes for a choir, beside people's chorales: does it move, and does it keep to its key?

    python benchmarks/compose.py chorales.npz [--pieces 12] [--model lstm-chorales]

Composes pieces of eight measures in keys of up to three accidentals, half of them in minor, and analyses
them as those of the corpus for validation are.
"""

import argparse
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from holes import full_score
from ripieno.corpus.corpus import load_corpus
from ripieno.models.loading import load
from ripieno.score import Key, Score
from ripieno.tasks.choir import compose
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.analysis import analyse
from ripieno.theory.home_key import find_home_key
from ripieno.theory.rules import faults

BARS = 8
FIGURES = (
    "begins on the key note",
    "time in the key",
    "changes of root a beat",
    "roots a piece",
    "faults per 100 notes",
    "notes a beat",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pieces", type=int, default=12, help="of each mode")
    parser.add_argument("--model", default="lstm-chorales")
    arguments = parser.parse_args()
    model = load(arguments.model)
    people = [full_score(piece.grid) for piece in load_corpus(arguments.corpus).valid]
    homes = [find_home_key(score) for score in people]
    table = Table("", "people, major", "composed", "people, minor", "composed")
    columns = []
    for mode in ("major", "minor"):
        settings = ((Key(seed % 7 - 3, mode), seed) for seed in range(arguments.pieces))
        composed = [
            (compose(model, bars=BARS, key=key, settings=DraftSettings(seed))[0].score, key)
            for key, seed in settings
        ]
        columns += [
            figures(
                (score, home.key) for score, home in zip(people, homes, strict=True) if home.mode == mode
            ),
            figures(composed),
        ]
    for name in FIGURES:
        table.add_row(name, *(f"{column[name]:.2f}" for column in columns))
    Console(width=100).print(table)


def figures(pieces: Iterable[tuple[Score, Key]]) -> dict[str, float]:
    """The mean figures of pieces with their keys, by name."""
    rows = [dict(zip(FIGURES, of_piece(*piece), strict=True)) for piece in pieces]
    return {name: sum(row[name] for row in rows) / len(rows) for name in FIGURES}


def of_piece(score: Score, key: Key) -> tuple[float, ...]:
    """The figures of a piece, in the order of their names."""
    chords = analyse(score).chords
    ends = [*(chord.onset for chord in chords[1:]), score.duration]
    at_home = sum(end - chord.onset for chord, end in zip(chords, ends, strict=True) if chord.key == key)
    beats = float(score.duration)
    changes = sum(one.root != other.root for one, other in pairwise(chords))
    notes = sum(len(voice.notes) for voice in score.voices)
    return (
        float(chords[0].root == chords[-1].root),
        float(at_home / score.duration),
        changes / beats,
        len({chord.root for chord in chords}),
        100 * len(faults(score)) / notes,
        notes / beats,
    )


if __name__ == "__main__":
    main()
