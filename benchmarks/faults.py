"""How often Bach and the hymns break each rule of the harmony class: the rates of `ripieno check`.

    python benchmarks/faults.py chorales.npz hymns.npz [--show "parallel fifths"]

Counts over the pieces for training of two corpora that `ripieno prepare` made. ``--show`` prints every find
of one rule with its piece, so that it can be looked up. Exits with 1 where the code says otherwise.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ripieno.corpus.corpus import load_corpus
from ripieno.theory.hearing import hear_grid
from ripieno.theory.ranges import consecutives
from ripieno.theory.rules import FAULT, HARMONY, MAX_FAULT_RATE, REMARK, RULES, hits
from ripieno.theory.texture import Texture


@dataclass
class Counts:
    """What was counted in a corpus. breaks: by rule. broken: the pieces that break a rule, by rule.

    boundaries, moves: places from a phrase to the next, and inside phrases; between, inside: the consecutive
    fifths and octaves there.
    """

    pieces: int = 0
    notes: int = 0
    breaks: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    boundaries: int = 0
    moves: int = 0
    between: int = 0
    inside: int = 0

    def per_100_notes(self, rule: str) -> float:
        """How often a rule is broken."""
        return round(100 * self.breaks[rule] / self.notes, 3)

    def count_phrases(self, texture: Texture) -> None:
        """Count the consecutives of a piece, between its phrases and inside them."""
        starts = texture.phrase_starts()
        self.boundaries += int(starts.sum())
        self.moves += len(starts) - 1 - int(starts.sum())
        rows = [row for row, _, _ in consecutives(texture.pitches)]
        self.between += int(starts[rows].sum())
        self.inside += int((~starts[rows]).sum())


def count(corpus: Path, shown: str | None) -> Counts:
    """The counts of the pieces for training of a corpus. shown: the rule whose finds are printed."""
    counts = Counts()
    for piece in load_corpus(corpus).train:
        hearing = hear_grid(piece.grid)
        found = list(hits(hearing))
        counts.pieces += 1
        counts.notes += sum(len(line) for line in hearing.texture.lines)
        counts.breaks.update(rule.name for rule, _ in found)
        counts.broken.update({rule.name for rule, _ in found})
        counts.count_phrases(hearing.texture)
        for rule, hit in found:
            if rule.name == shown:
                print(f"{piece.name}, quarter {float(hit.onset):g}: {hit.sentence}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chorales", type=Path)
    parser.add_argument("hymns", type=Path)
    parser.add_argument("--show", choices=[rule.name for rule in RULES], help="print every find of this rule")
    arguments = parser.parse_args()
    bach, hymns = (count(corpus, arguments.show) for corpus in (arguments.chorales, arguments.hymns))
    for name, counts in (("chorales", bach), ("hymns", hymns)):
        print(f"{counts.pieces} {name}, {counts.notes} notes")
    print(
        f"a fault is broken less than {MAX_FAULT_RATE} times per 100 notes: in harmony by both, else by Bach"
    )
    print(f"{'':38}{'per 100 notes':>30}{'in % of the pieces':>24}")
    print(f"{'rule':28}{'severity':10}{'Bach':>8}{'code':>7}{'hymns':>8}{'code':>7}{'Bach':>12}{'hymns':>12}")
    wrong = False
    for rule in RULES:
        rates = bach.per_100_notes(rule.name), hymns.per_100_notes(rule.name)
        wrong |= rates != (rule.bach, rule.hymns)
        if rule.severity in (FAULT, REMARK):
            judged = max(rates) if rule in HARMONY else rates[0]
            wrong |= (judged < MAX_FAULT_RATE) != (rule.severity == FAULT)
        shares = (100 * counts.broken[rule.name] / counts.pieces for counts in (bach, hymns))
        print(
            f"{rule.name:28}{rule.severity:10}{rates[0]:8.3f}{rule.bach:7.3f}{rates[1]:8.3f}{rule.hymns:7.3f}"
            + "".join(f"{share:12.1f}" for share in shares)
        )
    print(
        f"in Bach fifths and octaves from a phrase to the next: {bach.between} at {bach.boundaries} places, "
        f"{100 * bach.between / bach.boundaries:.2f} per 100; "
        f"inside phrases: {bach.inside} at {bach.moves} moves, {100 * bach.inside / bach.moves:.2f} per 100"
    )
    sys.exit(wrong)


if __name__ == "__main__":
    main()
