"""How fast a result is compared with the training pieces, and how much Bach himself has in common with them.

    python benchmarks/originality.py [chorales.npz] [--json FILE]

The corpus is one that ``ripieno prepare`` made. Its validation chorales give the yardstick: a result that
copies no more than they do is as original as Bach, who came back to his own settings at times. Without one,
only the speed on invented piano music is measured. All of it runs in one thread.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from ripieno.corpus.corpus import Piece, load_corpus
from ripieno.corpus.originality import WINDOW, Library
from ripieno.grid import HOLD, REST, Cells, Grid, empty_grid
from ripieno.results import CopiedPassage, Originality
from ripieno.score import Measure, Meter

WINDOWS = 10_000
RUNS = 15
MEASURE = 16  # steps
PIANO_VOICES = 12
PIANO_MEASURES = 50  # of a piece
STRIKES = (0.3, 0.2, 0.25, 0.2)  # how likely a free voice strikes on each sixteenth of a quarter
SCALE = (0, 2, 4, 5, 7, 9, 11)


def milliseconds(work: Callable[[], object]) -> float:
    """The time of one run."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def median_milliseconds(work: Callable[[], object]) -> float:
    """The median time of several runs, after one that is not counted."""
    work()
    return statistics.median(milliseconds(work) for _ in range(RUNS))


def print_library(library: Library) -> None:
    """Print the size of the library."""
    rolls = (library.struck, library.held, library.struck_bits, library.held_bits)
    print(f"{'memory of the library':50} {sum(roll.nbytes for roll in rolls) / 1e6:9.1f} MB")


def print_times(times: dict[str, float]) -> None:
    """Print a line for each."""
    for name, taken in times.items():
        print(f"{name:50} {taken:9.1f} ms")


def rounded(times: dict[str, float]) -> dict[str, float]:
    return {name: round(taken, 1) for name, taken in times.items()}


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


# -- piano -------------------------------------------------------------------------------------------------


def piano_cells(steps: int, *, repeats: bool, generator: np.random.Generator) -> Cells:
    """Some two notes a step, in twelve voices and one key. repeats: most measures are the one before."""
    cells = np.full((steps, PIANO_VOICES), REST, dtype=np.int16)
    tonic = generator.integers(12)
    keys = np.array([pitch for pitch in range(28, 97) if (pitch - tonic) % 12 in SCALE])
    for voice, centre in enumerate(np.linspace(34, 88, PIANO_VOICES)):
        near = keys[np.abs(keys - centre) <= 9]
        step = 0
        while step < steps:
            length = 1
            if generator.random() < STRIKES[step % 4]:
                length = int(generator.choice((1, 2, 2, 4, 4, 6)))
                cells[step : step + length, voice] = HOLD
                cells[step, voice] = generator.choice(near)
            step += length
    for barline in range(MEASURE, steps, MEASURE) if repeats else ():
        if generator.random() < 0.8:
            cells[barline : barline + MEASURE] = cells[barline - MEASURE : barline]
    return cells


def piano_pieces(count: int, measures: int, *, repeats: bool, generator: np.random.Generator) -> list[Piece]:
    """Invented pieces of so many measures each."""
    frame = tuple(Measure(str(n + 1), Fraction(4 * n), Fraction(4), Meter(4, 4)) for n in range(measures))
    grid = empty_grid(frame, PIANO_VOICES)
    return [
        Piece(f"piano {n}", grid.with_cells(piano_cells(grid.steps, repeats=repeats, generator=generator)))
        for n in range(count)
    ]


def piano_speed(*, repeats: bool) -> dict[str, float]:
    """Milliseconds of comparing four measures of piano music, and four measures a thousand times.

    10 000 windows are 160 000 steps here, one window for each measure of the library.
    """
    generator = np.random.default_rng(1)
    pieces = piano_pieces(WINDOWS // PIANO_MEASURES, PIANO_MEASURES, repeats=repeats, generator=generator)
    results = [p.grid for p in piano_pieces(1000, WINDOW // MEASURE, repeats=repeats, generator=generator)]
    copy = opening(pieces[len(pieces) // 2].grid, WINDOW)
    large, small = Library(pieces), Library(pieces[: len(pieces) // 8])
    print_library(large)
    counts = [int((grid.cells < HOLD).sum()) for grid in results]
    print(f"{'notes in 4 measures':50} {np.median(counts):9g}    {min(counts)} to {max(counts)}")
    one, many = f"4 measures, {large.steps.sum()} steps", f"1000 times 4 measures, {small.steps.sum()} steps"
    return {
        one: median_milliseconds(lambda: large.compare(results[0])),
        f"{one}, a copy": median_milliseconds(lambda: large.compare(copy)),
        many: milliseconds(lambda: [small.compare(grid) for grid in results]),
        f"{many}, shares": milliseconds(lambda: small.shares(results)),
    }


# -- Bach --------------------------------------------------------------------------------------------------


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

    def notes(copied: CopiedPassage | None) -> int:
        return copied.notes if copied else 0

    def share(copied: CopiedPassage | None) -> float:
        return copied.share if copied else 0.0

    by_share = max(range(len(found)), key=lambda i: share(found[i].closest))
    by_run = max(range(len(found)), key=lambda i: notes(found[i].run))
    print(f"highest share: {names[by_share]}. {found[by_share].sentence}")
    print(f"longest run: {names[by_run]}. {found[by_run].sentence}")


def against_bach(path: Path) -> dict[str, object]:
    """Speed and yardstick on a corpus of chorales."""
    corpus = load_corpus(path)
    library = Library(corpus.train)
    times = speed(corpus.train, corpus.valid)
    print_times(times)
    print_library(library)

    spreads = {}
    for lower, title in ((False, "all voices"), (True, "alto, tenor and bass")):
        print(f"\n{len(corpus.valid)} validation pieces against {len(corpus.train)} training pieces, {title}")
        spreads[title] = yardstick(library, corpus.valid, lower=lower)
        for name, figures in spreads[title].items():
            print(f"{name:50} " + "   ".join(f"{label} {value:g}" for label, value in figures.items()))
    return {"milliseconds": rounded(times), "bach": spreads}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", help="chorales; without them, invented music alone")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    figures = {} if arguments.corpus is None else against_bach(arguments.corpus)
    for repeats, title in (
        (False, "invented piano music"),
        (True, "invented piano music that repeats itself"),
    ):
        print(f"\n{title}")
        times = piano_speed(repeats=repeats)
        print_times(times)
        figures[title] = rounded(times)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
