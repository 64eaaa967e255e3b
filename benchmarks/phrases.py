"""Ends of phrases, soprano alone: fits the weights of ``ripieno.theory.phrase_cues``, and measures them.

    python benchmarks/phrases.py chorales.npz [--hymns hymns/] [--folk essenFolksong/] [--fit]

The corpus is what `ripieno prepare` makes; its fermatas, hidden from what is measured, are the truth, in
pieces with three or more phrases. hymns: a folder of ABC files, whose lines of words are the truth
(``ends_of_lines``); folk: one whose lines of notes are, as in the Essen collection of music21's corpus.
``--fit`` fits a conditional random field over phrases, each state a phrase and the length of the one before
(Sarawagi and Cohen, NIPS 2004), to the chorales' training part, the hymns for training and folk tunes, and
prints the weights. The last note of a piece ends a phrase anyhow, and is not counted.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.corpus.corpus import hymn_split, load_corpus
from ripieno.errors import RipienoError
from ripieno.grid import Grid, score_to_grid
from ripieno.score import Score
from ripieno.theory.lines_of_words import ends_of_lines
from ripieno.theory.phrase_cues import (
    LENGTH_WEIGHTS,
    LONGEST,
    NOTE_WEIGHTS,
    SIMILARITY_WEIGHTS,
    Melody,
    length_cues,
    melody_of,
    note_cues,
    similarity_cues,
)
from ripieno.theory.phrases import phrase_ends, under_fermata
from ripieno_bridges.formats.abc.lines import Tune as AbcTune
from ripieno_bridges.formats.abc.lines import split_tunes
from ripieno_bridges.formats.abc.reader import read_tune
from ripieno_bridges.formats.files import load, source_of_tune

PENALTY = 0.5  # of the squared weights, beside the sum of the losses
FEW = 3  # phrases of a piece that is looked at
MANY_NOTES = 64  # of a piece that is learned from
LEARNED_CHORALES, LEARNED_TUNES, MEASURED_TUNES, EVERY_TUNE = 200, 100, 80, 40
TABLES = (NOTE_WEIGHTS, LENGTH_WEIGHTS, SIMILARITY_WEIGHTS)


@dataclass(frozen=True)
class PhraseExample:
    """A melody without fermatas, and whether each of its notes ends a phrase, (N,)."""

    melody: Melody
    ends: NDArray[np.bool_]


# -- truths ------------------------------------------------------------------------------------------------


def chorale_example(grid: Grid) -> PhraseExample | None:
    """The soprano of a chorale by its fermatas; None where it has few."""
    ends = under_fermata(melody_of(grid, 0))
    ends[-1] = True
    hidden = replace(grid, fermata=np.zeros_like(grid.fermata))
    return PhraseExample(melody_of(hidden, 0), ends) if ends.sum() >= FEW else None


def hymn_examples(folder: Path, part: str) -> Iterator[PhraseExample]:
    """The sopranos of a folder of hymns, by their lines of words. part: "train" or "valid"."""
    split = hymn_split()
    others = frozenset[str]().union(*split.values())
    for path in sorted(folder.glob("*.abc")):
        if path.stem not in split["valid"] if part == "valid" else path.stem in others:
            continue
        score = load(path).score
        ends = ends_of_lines(score.voices[0].notes)
        if ends.sum() >= FEW and (example := example_of(score, ends)):
            yield example


def folk_examples(folder: Path) -> Iterator[PhraseExample]:
    """The tunes of a folder of ABC files that write a phrase on a line, as the Essen collection does."""
    for path in sorted(folder.glob("*.abc")):
        for tune in split_tunes(path.read_bytes(), path.name).tunes[::EVERY_TUNE]:
            try:
                score = source_of_tune(path, read_tune(tune, path.name)).score
            except RipienoError:
                continue
            ends = ends_of_written_lines(tune, score)
            if ends.sum() >= FEW and len(ends) <= 100 and (example := example_of(score, ends)):
                yield example


def ends_of_written_lines(tune: AbcTune, score: Score) -> NDArray[np.bool_]:
    """(N,) the last notes of the lines of notes; all False where those are not the score's."""
    counts = [len(re.findall(r"[A-Ga-g]", line.text)) for line in tune.lines if line.name == ""]
    last = np.cumsum([count for count in counts if count]) - 1
    ends = np.zeros(len(score.voices[0].notes), dtype=np.bool_)
    if len(last) and last[-1] == len(ends) - 1:
        ends[last] = True
    return ends


def example_of(score: Score, ends: NDArray[np.bool_]) -> PhraseExample | None:
    """The highest voice of a score; None where two of its notes are one on the grid."""
    melody = melody_of(score_to_grid(Score(score.voices[:1], score.measures)), 0)
    return PhraseExample(melody, ends) if melody.count == len(ends) else None


# -- learning ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PhraseBatch:
    """The cues of B melodies, padded to N notes. counts: (B,) notes. truth: the sum of the true cues."""

    note: Tensor  # (B, N, cues)
    length: Tensor  # (B, N, LONGEST, cues)
    similarity: Tensor  # (B, N, LONGEST, LONGEST, cues), bool
    counts: Tensor
    truth: Tensor


def batch_of(examples: Sequence[PhraseExample]) -> PhraseBatch:
    """The cues of examples, all of whose phrases have at most LONGEST notes."""
    sizes = [len(table) for table in TABLES]
    shape = (len(examples), max(e.melody.count for e in examples))
    note, length = torch.zeros(*shape, sizes[0]), torch.zeros(*shape, LONGEST, sizes[1])
    similarity = torch.zeros(*shape, LONGEST, LONGEST, sizes[2], dtype=torch.bool)
    truth = torch.zeros(sum(sizes))
    for b, example in enumerate(examples):
        count = example.melody.count
        note[b, : count - 1] = torch.from_numpy(note_cues(example.melody))[:-1]
        length[b, :count] = torch.from_numpy(length_cues(example.melody))
        for n in range(count):
            similarity[b, n] = torch.from_numpy(similarity_cues(example.melody, n)).bool()
        before, previous = -1, None
        for n in np.flatnonzero(example.ends).tolist():
            size = n - before - 1
            pair = torch.zeros(sizes[2]) if previous is None else similarity[b, n, size, previous].float()
            truth += torch.cat([note[b, n], length[b, n, size], pair])
            before, previous = n, size
    return PhraseBatch(note, length, similarity, torch.tensor([e.melody.count for e in examples]), truth)


def log_sum(batch: PhraseBatch, weights: Tensor) -> Tensor:
    """(B,) the log of the sum over all divisions of the exponential of their points."""
    of_note, of_length, of_similarity = torch.split(weights, [len(table) for table in TABLES])
    alone = (batch.note @ of_note)[:, :, None] + batch.length @ of_length  # (B, N, LONGEST)
    many = alone.shape[1]
    alpha = [torch.full((len(alone), LONGEST), -1e9)] * LONGEST  # before the first note
    for n in range(many):
        pairs = batch.similarity[:, n].float() @ of_similarity
        before = torch.stack([alpha[LONGEST + n - size - 1] for size in range(LONGEST)], 1)
        reached = torch.logsumexp(before + pairs, 2)
        is_first = torch.arange(LONGEST) == n
        alpha.append(alone[:, n] + torch.where(is_first, torch.zeros(()), reached))
    last = torch.stack(alpha[LONGEST:], 1)[torch.arange(len(alone)), batch.counts - 1]
    return torch.logsumexp(last, 1)


def fit(examples: Sequence[PhraseExample]) -> None:
    """Set the weights to those that make the true divisions likeliest."""

    def longest(example: PhraseExample) -> int:
        return int(np.diff(np.flatnonzero(example.ends), prepend=-1).max())

    batch = batch_of([e for e in examples if longest(e) <= LONGEST and e.melody.count <= MANY_NOTES])
    weights = torch.zeros(len(batch.truth), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = log_sum(batch, weights).sum() - batch.truth @ weights + PENALTY * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = iter(weights.tolist())
    for table in TABLES:
        table.update({name: round(next(found), 2) for name in table})


# -- figures -----------------------------------------------------------------------------------------------


def figures(examples: Sequence[PhraseExample]) -> str:
    """Precision, recall and their F1, the last notes left out, as a text."""
    right = found = true = 0
    for example in examples:
        melody = example.melody
        ends = phrase_ends(melody.grid, melody.voice)[melody.onset][:-1]
        right += int((ends & example.ends[:-1]).sum())
        found += int(ends.sum())
        true += int(example.ends[:-1].sum())
    precision, recall = right / max(found, 1), right / max(true, 1)
    f1 = 2 * right / max(found + true, 1)
    return f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f} of {len(examples)} pieces"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--hymns", type=Path)
    parser.add_argument("--folk", type=Path)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    corpus = load_corpus(options.corpus)
    folk = [] if options.folk is None else list(folk_examples(options.folk))
    if options.fit:
        learned = [e for piece in corpus.train if (e := chorale_example(piece.grid))][:LEARNED_CHORALES]
        learned += [] if options.hymns is None else hymn_examples(options.hymns, "train")
        fit([*learned, *folk[::2][:LEARNED_TUNES]])
        for table in TABLES:
            print("\n".join(f'    "{name}": {weight},' for name, weight in table.items()))
    parts = {"chorales": [e for piece in corpus.valid if (e := chorale_example(piece.grid))]}
    if options.hymns is not None:
        parts["hymns"] = list(hymn_examples(options.hymns, "valid"))
    if folk:
        parts["folk tunes"] = folk[1::2][:MEASURED_TUNES]
    for name, examples in parts.items():
        print(f"{name}: {figures(examples)}")


if __name__ == "__main__":
    main()
