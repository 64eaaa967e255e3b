"""The test of the trained judge: can it tell Bach from Bach? It must not.

    python benchmarks/judge.py chorales.npz [--times 20]

The chorales for validation are halved at random, again and again, and the judge of `ripieno evaluate --judge`
learns one half from the other as if one were made. Prints the share of windows and of pieces that it tells
rightly, the lowest and the highest, and how many of its intervals hold one half.
"""

import argparse
from pathlib import Path
from statistics import mean

import numpy as np

from ripieno.corpus.corpus import load_corpus
from ripieno.evaluation.judge import judge_features
from ripieno.evaluation.window_features import window_features


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--times", type=int, default=20, help="how many halvings")
    arguments = parser.parse_args()
    pieces = [window_features(piece.grid) for piece in load_corpus(arguments.corpus).valid]
    half = len(pieces) // 2
    verdicts = []
    for seed in range(arguments.times):
        order = np.random.default_rng(seed).permutation(len(pieces))
        one, other = ([pieces[i] for i in part] for part in (order[:half], order[half : 2 * half]))
        verdicts.append(judge_features(one, other, seed=seed))
    rights = [verdict.right for verdict in verdicts]
    held = sum(verdict.low <= 0.5 <= verdict.high for verdict in verdicts)
    print(f"windows told rightly: {mean(rights):.3f} ({min(rights):.3f} to {max(rights):.3f})")
    print(f"pieces told rightly: {mean(verdict.pieces_right for verdict in verdicts):.3f}")
    print(f"intervals that hold one half: {held} of {len(verdicts)}")


if __name__ == "__main__":
    main()
