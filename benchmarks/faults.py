"""How often Bach breaks each rule of the harmony class: the rates that `ripieno check` compares with.

    python benchmarks/faults.py chorales.npz [--show "parallel fifths"]

Counts over the chorales for training of a corpus that `ripieno prepare` made. ``--show`` prints every find
of one rule with its chorale, so that it can be looked up. Exits with 1 where the code says otherwise.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from ripieno.corpus.corpus import load_corpus
from ripieno.theory.ranges import consecutives
from ripieno.theory.rules import FAULT, MAX_FAULT_RATE, REMARK, RULES
from ripieno.theory.texture import grid_texture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--show", choices=[rule.name for rule in RULES], help="print every find of this rule")
    arguments = parser.parse_args()
    pieces = load_corpus(arguments.corpus).train
    counts: Counter[str] = Counter()
    notes = boundaries = moves = between = inside = 0
    for piece in pieces:
        texture = grid_texture(piece.grid)
        notes += sum(len(line) for line in texture.lines)
        starts = texture.phrase_starts()
        boundaries, moves = boundaries + int(starts.sum()), moves + len(starts) - 1 - int(starts.sum())
        rows = [row for row, _, _ in consecutives(texture.pitches)]
        between, inside = between + int(starts[rows].sum()), inside + int((~starts[rows]).sum())
        for rule in RULES:
            hits = list(rule.find(texture))
            counts[rule.name] += len(hits)
            if rule.name == arguments.show:
                for hit in hits:
                    print(f"{piece.name}, quarter {float(hit.onset):g}: {hit.sentence}")
    print(
        f"{len(pieces)} chorales, {notes} notes; "
        f"a fault is broken less than {MAX_FAULT_RATE} times per 100 notes"
    )
    print(f"{'rule':28}{'severity':10}{'count':>6}{'per 100 notes':>15}{'in the code':>13}")
    wrong = False
    for rule in RULES:
        rate = round(100 * counts[rule.name] / notes, 3)
        wrong |= rate != rule.bach
        if rule.severity in (FAULT, REMARK):
            wrong |= (rate < MAX_FAULT_RATE) != (rule.severity == FAULT)
        print(f"{rule.name:28}{rule.severity:10}{counts[rule.name]:6}{rate:15.3f}{rule.bach:13.3f}")
    print(
        f"fifths and octaves from a phrase to the next: {between} at {boundaries} places, "
        f"{100 * between / boundaries:.2f} per 100; inside phrases: {inside} at {moves} moves, "
        f"{100 * inside / moves:.2f} per 100"
    )
    sys.exit(wrong)


if __name__ == "__main__":
    main()
