"""Do fermatas lead to cadences? Chords under them in harmonized validation sopranos, beside Bach's.

    python benchmarks/cadences.py chorales.npz [--model NAME]

A triad: major or minor, in root position. By a fifth: the bass falls a fifth (or rises a fourth) into it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ripieno.corpus.corpus import load_corpus
from ripieno.evaluation.melody import harmonized
from ripieno.grid import REST, Grid, sounding_pitches
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.loading import load
from ripieno.tasks.drafts import DraftSettings

TRIADS = ({0, 4, 7}, {0, 3, 7}, {0, 4}, {0, 3})


def at_fermatas(grids: Sequence[Grid]) -> np.ndarray:
    """(N, 2) bool, for each fermata: a triad in root position? the bass by a fifth?"""
    found = []
    for grid in grids:
        sounding = sounding_pitches(grid.cells).astype(int)
        for t in np.flatnonzero(grid.fermata[1:] & ~grid.fermata[:-1]) + 1:
            if REST in sounding[t] or REST in sounding[t - 1]:
                continue
            bass, before = min(sounding[t]), min(sounding[t - 1])
            chord = {int(pitch - bass) % 12 for pitch in sounding[t]}
            found.append((chord in TRIADS, (bass - before) % 12 == 5))
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    arguments = parser.parse_args()
    originals = [piece.grid for piece in load_corpus(arguments.corpus).valid]
    model = load(arguments.model)
    made = [harmonized(model, grid, DraftSettings()) for grid in originals]
    for name, grids in (("made", made), ("Bach", originals)):
        found = at_fermatas(grids)
        triads, fifths = found.mean(0)
        print(f"{name}: {len(found)} fermatas, {triads:.1%} on a triad, {fifths:.1%} by a fifth")


if __name__ == "__main__":
    main()
