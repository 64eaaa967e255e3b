"""How fast a result is compared with the training pieces, and how much Bach himself has in common with them.

    python benchmarks/originality.py chorales.npz [--json FILE]

The corpus is one that ``ripieno prepare`` made. Its validation chorales give the yardstick: a result that
copies no more than they do is as original as Bach, who came back to his own settings at times.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ripieno.corpus import Piece, load_corpus
from ripieno.grid import Grid
from ripieno.originality import WINDOW, Copied, Library, Originality

WINDOWS = 10_000
RUNS = 15


def median_milliseconds(work: Callable[[], object]) -> float:
    """The median time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def opening(grid: Grid, steps: int) -> Grid:
    """The first steps of a grid."""
    assert grid.steps >= steps
    rows = ("cells", "position", "strength", "fermata", "tonic")
    return replace(
        grid, edges=grid.edges[: steps + 1], **{name: getattr(grid, name)[:steps] for name in rows}
    )


def pieces_with_windows(pieces: Sequence[Piece], windows: int) -> list[Piece]:
    """As many pieces from the start as have so many steps, each of which begins a window."""
    ends = np.cumsum([piece.grid.steps for piece in pieces])
    assert ends[-1] >= windows, "the corpus is too small"
    return list(pieces[: int(np.searchsorted(ends, windows)) + 1])


def speed(train: Sequence[Piece], valid: Sequence[Piece]) -> dict[str, float]:
    """Milliseconds of building and comparing."""
    small, library = Library(pieces_with_windows(train, WINDOWS)), Library(train)
    long = next(piece.grid for piece in valid if piece.grid.steps >= 256)
    four, sixteen = opening(long, WINDOW), opening(long, 256)
    return {
        f"build the library of {len(train)} pieces": median_milliseconds(lambda: Library(train)),
        f"4 measures, {small.steps.sum()} windows": median_milliseconds(lambda: small.compare(four)),
        f"4 measures, {library.steps.sum()} windows": median_milliseconds(lambda: library.compare(four)),
        f"16 measures, {library.steps.sum()} windows": median_milliseconds(lambda: library.compare(sixteen)),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, nine tenths and highest."""
    low, high = np.quantile(values, (0.5, 0.9))
    return {
        "median": round(float(low), 3),
        "90 %": round(float(high), 3),
        "highest": round(float(max(values)), 3),
    }


def yardstick(library: Library, pieces: Sequence[Piece], *, lower: bool) -> dict[str, dict[str, float]]:
    """What pieces have in common with the library; ``lower``: their alto, tenor and bass alone."""
    found = []
    for piece in pieces:
        new = np.ones(piece.grid.cells.shape, dtype=np.bool_)
        new[:, 0] = not lower
        found.append(library.compare(piece.grid, new=new))
    names = [piece.name for piece in pieces]
    print_highest(names, found)
    return {
        "share of the closest 4 measures": spread([r.closest.share if r.closest else 0.0 for r in found]),
        "notes of the longest run": spread([r.run.notes if r.run else 0 for r in found]),
        "quarters of the longest run": spread([float(r.run.quarters) if r.run else 0.0 for r in found]),
    }


def print_highest(names: Sequence[str], found: Sequence[Originality]) -> None:
    """The most copied piece of all, by share and by run."""

    def notes(copied: Copied | None) -> int:
        return copied.notes if copied else 0

    def share(copied: Copied | None) -> float:
        return copied.share if copied else 0.0

    by_share = max(range(len(found)), key=lambda i: share(found[i].closest))
    by_run = max(range(len(found)), key=lambda i: notes(found[i].run))
    print(f"highest share: {names[by_share]}. {found[by_share].sentence}")
    print(f"longest run: {names[by_run]}. {found[by_run].sentence}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    corpus = load_corpus(arguments.corpus)
    library = Library(corpus.train)

    times = speed(corpus.train, corpus.valid)
    for name, milliseconds in times.items():
        print(f"{name:40} {milliseconds:7.1f} ms")
    megabytes = (library.struck.nbytes + library.held.nbytes) / 1e6
    print(f"{'memory of the library':40} {megabytes:7.1f} MB")

    spreads = {}
    for lower, title in ((False, "all voices"), (True, "alto, tenor and bass")):
        print(f"\n{len(corpus.valid)} validation pieces against {len(corpus.train)} training pieces, {title}")
        spreads[title] = yardstick(library, corpus.valid, lower=lower)
        for name, figures in spreads[title].items():
            print(f"{name:40} " + "   ".join(f"{label} {value:g}" for label, value in figures.items()))
    if arguments.json:
        figures = {"milliseconds": {n: round(t, 1) for n, t in times.items()}, "bach": spreads}
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
