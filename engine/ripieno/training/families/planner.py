"""The planner's training: on the chords that pieces in four voices have, with random voices given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.grid import OPEN, Grid, GridPlan
from ripieno.models.masks import Mask, whole_notes
from ripieno.models.planner.beat_features import PlanContext, beat_features
from ripieno.models.planner.chain import log_likelihood, marginals
from ripieno.models.planner.known_chords import allowed_states
from ripieno.models.planner.moves import move_kinds
from ripieno.models.planner.network import PlannerNetwork
from ripieno.score import STYLES
from ripieno.theory.phrases import phrase_ends
from ripieno.theory.plans import PLAN_KINDS, beat_steps
from ripieno.training.families.base import TrainConfig, device_of

PLANNER_TRAIN_CONFIG = TrainConfig(
    steps=900,
    learning_rate=2e-3,
    warmup=50,
    weight_decay=0.05,
    average=0.99,
    bfloat16=False,
)
PLANNED_MORE = {"chorale": 1.0, "hymn": 2.0}  # any style: the mean
TEXTURE_WEIGHT = 0.2  # what a suspension or motion weighs in the loss beside a chord


@dataclass(frozen=True, slots=True)
class PlannerBatches:
    """The batches: how large, and what the planner does not see of their pieces."""

    batch: int = 16  # pieces
    beats: int = 96  # a piece; longer ones are cut at random
    hide_phrases: float = 0.2
    hide_fermatas: float = 0.6
    hide_style: float = 0.2


class PlannedPiece(NamedTuple):
    """A piece as the planner learns from it. Its grid has a plan.

    allowed: (N, S) bool, the states that the chord of each beat may be. textures: (N, 2) 0 or 1, OPEN where
    it is not known.
    """

    grid: Grid
    context: PlanContext
    allowed: NDArray[np.bool_]
    textures: NDArray[np.int64]


class PlannerBatch(NamedTuple):
    """B pieces of N beats, padded at the end."""

    features: Tensor  # (B, N, F)
    moves: Tensor  # (B, N) int64
    lengths: list[int]
    allowed: Tensor  # (B, N, S) bool
    textures: Tensor  # (B, N, 2) int64
    counted: Tensor  # (B, N) bool

    def part(self, part: int, parts: int) -> PlannerBatch:
        """Every ``parts``-th piece, from number ``part``."""
        mine = slice(part, None, parts)
        return PlannerBatch(
            self.features[mine],
            self.moves[mine],
            self.lengths[mine],
            self.allowed[mine],
            self.textures[mine],
            self.counted[mine],
        )


class PlannerTraining:
    """See ``FamilyTraining``."""

    score_metrics = ("melody_given", "roots_wrong")
    held_out = True
    unused_pieces: tuple[str, ...] = ()

    def __init__(
        self,
        model: PlannerNetwork,
        corpus: Corpus,
        *,
        batches: PlannerBatches = PlannerBatches(),
        seed: int = 0,
    ) -> None:
        self.model, self.batches, self.seed = model, batches, seed
        self.train = [planned_piece(piece, model) for piece in corpus.train]
        self.valid = [planned_piece(piece, model) for piece in corpus.valid]

    @property
    def max_parts(self) -> int:
        """The pieces of a batch."""
        return self.batches.batch

    def loss(self, step: int, part: int, parts: int) -> tuple[Tensor, int]:
        """-log p of every chord of a part of the batch, in nats, and of the textures, weighted."""
        rng = np.random.default_rng((self.seed, step))
        rows = []
        for index in rng.integers(0, len(self.train), self.batches.batch):
            rows.append(self.draw(self.train[index], rng))
        batch = stack_beats(rows).part(part, parts)
        device = device_of(self.model)
        scores = self.model(batch.features.to(device), batch.moves.to(device), batch.lengths)
        found = log_likelihood(
            scores.chords, scores.moves, batch.allowed.to(device), batch.counted.to(device)
        )
        total = TEXTURE_WEIGHT * texture_loss(scores.textures, batch) - found.sum()
        return total, int(batch.counted.sum())

    def draw(self, piece: PlannedPiece, rng: np.random.Generator) -> BeatRow:
        """A piece with random voices given, and random things hidden."""
        context, grid, batches = piece.context, piece.grid, self.batches
        if rng.random() < batches.hide_phrases:
            context = replace(context, phrase_ends=None)
        if rng.random() < batches.hide_style:
            context = replace(context, style=None)
        if rng.random() < batches.hide_fermatas:
            grid = replace(grid, fermata=np.zeros_like(grid.fermata))
        row = beat_row(grid, planner_mask(grid, rng), context, piece.allowed, piece.textures)
        start = int(rng.integers(0, max(1, len(row.moves) - batches.beats + 1)))
        part = slice(start, start + batches.beats)
        return BeatRow(row.features[part], row.moves[part], row.allowed[part], row.textures[part])

    @torch.no_grad()
    def finish(self) -> None:
        """Set the thresholds so that as many beats are suspended, and moving, as in the held-out pieces.

        Of the suspensions ``PLANNED_MORE`` times as many are planned: not every one can be prepared, fewer of
        all where voices move together.
        """
        self.model.eval()
        for style in (*range(len(STYLES)), None):
            pieces = [piece for piece in self.valid if style in (None, piece.context.style)]
            if pieces:
                row = len(STYLES) if style is None else style
                more = np.mean(list(PLANNED_MORE.values())) if style is None else PLANNED_MORE[STYLES[style]]
                self.model.thresholds[row] = self.texture_levels(pieces, float(more))

    def texture_levels(self, pieces: Sequence[PlannedPiece], more: float) -> Tensor:
        """(2,) the logits above which as many beats lie as are suspended, and as are moving, in pieces.

        more: how many times as many of the suspended ones.
        """
        found, truth = [], []
        for piece in pieces:
            row = melody_row(piece)
            scores = self.model.score_piece(torch.from_numpy(row.features), torch.from_numpy(row.moves))
            known = (row.textures != OPEN).all(1) & (row.allowed.sum(1) == 1)
            state = row.allowed.argmax(1)
            found.append(scores.textures.numpy()[np.arange(len(state)), state][known])
            truth.append(row.textures[known])
        logits, share = np.concatenate(found), np.concatenate(truth).mean(0)
        share = np.minimum(share * (more, 1), 1)
        return torch.tensor([np.quantile(column, 1 - s) for column, s in zip(logits.T, share, strict=True)])

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """On held-out pieces, the highest voice given, phrases found and fermatas hidden.

        melody_given: nats a beat, each for itself. roots_wrong: the share of beats whose likeliest root, by
        its probability on the beat, is not the piece's own; strong_roots_wrong: of the strong beats.
        """
        self.model.eval()
        nats, beats, wrong = 0.0, 0, []
        strong: list[NDArray[np.bool_]] = []
        roots = self.model.vocabulary[:, 0]
        for piece in self.valid:
            row = melody_row(piece)
            features, moves = torch.from_numpy(row.features), torch.from_numpy(row.moves)
            scores = self.model.score_piece(features, moves)
            chances = marginals(scores.chords, scores.moves)
            allowed = torch.from_numpy(row.allowed)
            nats -= float((chances * allowed).sum(-1).log().sum())
            beats += len(features)
            by_root = torch.zeros(len(features), 12).index_add_(1, roots, chances)
            own = plan_roots(piece)
            known = own != OPEN
            wrong.append((by_root.argmax(-1).numpy() != own)[known])
            strong.append((row.moves != 0)[known])
        every, heavy = np.concatenate(wrong), np.concatenate(strong)
        return {
            "melody_given": nats / beats,
            "roots_wrong": float(every.mean()),
            "strong_roots_wrong": float(every[heavy].mean()),
        }


class BeatRow(NamedTuple):
    """One piece of a batch: features (N, F), moves (N,), allowed (N, S), textures (N, 2)."""

    features: NDArray[np.float32]
    moves: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    textures: NDArray[np.int64]


def beat_row(
    grid: Grid,
    fixed: Mask,
    context: PlanContext,
    allowed: NDArray[np.bool_],
    textures: NDArray[np.int64],
) -> BeatRow:
    """A piece as the planner sees it."""
    return BeatRow(beat_features(grid, fixed, context), move_kinds(grid, context), allowed, textures)


def melody_row(piece: PlannedPiece) -> BeatRow:
    """A piece of which the highest voice is given, and fermatas are hidden."""
    fixed = np.zeros(piece.grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    grid = replace(piece.grid, fermata=np.zeros_like(piece.grid.fermata))
    return beat_row(grid, fixed, piece.context, piece.allowed, piece.textures)


def planner_mask(grid: Grid, rng: np.random.Generator) -> Mask:
    """Draw a (T, 4) bool mask, True where given: mostly the soprano, else other voices, notes, nothing."""
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    draw = rng.random()
    if draw < 0.65:
        fixed[:, 0] = True
    elif draw < 0.75:
        fixed[:, 3] = True
    elif draw < 0.9:
        fixed[:, rng.permutation(4)[: rng.integers(1, 4)]] = True
    elif draw < 0.97:
        fixed = whole_notes(rng.random(fixed.shape) < rng.random(), grid.cells)
    return fixed


def plan_roots(piece: PlannedPiece) -> NDArray[np.int64]:
    """(N,) the degree of the root of each beat, ``OPEN`` where it is not known."""
    plan = plan_of(piece.grid)
    first = [steps.start for steps in beat_steps(piece.grid)]
    roots = plan.root[first].astype(np.int64)
    return np.where(roots == OPEN, OPEN, (roots - piece.context.home) % 12)


def plan_of(grid: Grid) -> GridPlan:
    """The plan of a training piece."""
    assert grid.plan is not None, "a training piece has a plan"
    return grid.plan


def planned_piece(piece: Piece, model: PlannerNetwork) -> PlannedPiece:
    """A piece with what the planner learns of it."""
    grid = piece.grid
    plan = plan_of(grid)
    home, minor = int(plan.home[0]), bool(plan.minor[0])
    style = None if piece.style is None else STYLES.index(piece.style)
    context = PlanContext(home, minor, style, phrase_ends(grid))
    first = [steps.start for steps in beat_steps(grid)]
    textures = np.stack([plan.suspended[first], plan.moving[first]], axis=1).astype(np.int64)
    chords = zip(plan.root[first], plan.kind[first], plan.bass[first], strict=True)
    vocabulary = model.vocabulary.numpy()
    allowed = np.stack(
        [allowed_states(int(root), int(kind), int(bass), home, vocabulary) for root, kind, bass in chords]
    )
    return PlannedPiece(grid, context, allowed, textures)


def usual_chords(pieces: Iterable[Piece], states: int) -> Tensor:
    """(S, 3) the chords that the pieces have most often: degree, kind, degree of the bass."""
    counts: Counter[tuple[int, int, int]] = Counter()
    for piece in pieces:
        plan = plan_of(piece.grid)
        for steps in beat_steps(piece.grid):
            root, kind, bass, home = (
                int(x[steps.start]) for x in (plan.root, plan.kind, plan.bass, plan.home)
            )
            if root != OPEN:
                counts[(root - home) % 12, kind, (bass - home) % 12] += 1
    found = [chord for chord, _ in counts.most_common(states)]
    every = ((r, k, (r + up) % 12) for k, ups in enumerate(PLAN_KINDS) for r in range(12) for up in (0, *ups))
    found += [chord for chord in every if chord not in found]
    return torch.tensor(found[:states])


def texture_loss(textures: Tensor, batch: PlannerBatch) -> Tensor:
    """Summed -log p of the known textures, where the chord is known too. textures: (B, N, S, 2) logits."""
    state = batch.allowed.float().argmax(-1)
    index = state[..., None, None].expand(-1, -1, 1, textures.shape[-1]).to(textures.device)
    logits = textures.gather(2, index).squeeze(2)
    truth = batch.textures.to(textures.device)
    known = (truth != OPEN) & (batch.counted & (batch.allowed.sum(-1) == 1)).unsqueeze(-1).to(textures.device)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, truth.clamp(min=0).float(), reduction="none"
    )
    return loss[known].sum()


def stack_beats(rows: Sequence[BeatRow]) -> PlannerBatch:
    """Pad the pieces of a batch to one length."""
    lengths = [len(row.moves) for row in rows]
    longest = max(lengths)

    def padded(columns: Sequence[NDArray[np.generic]]) -> Tensor:
        return torch.stack(
            [
                torch.from_numpy(np.pad(c, [(0, longest - len(c))] + [(0, 0)] * (c.ndim - 1), mode="edge"))
                for c in columns
            ]
        )

    counted = torch.arange(longest) < torch.tensor(lengths).unsqueeze(-1)
    return PlannerBatch(
        padded([row.features for row in rows]),
        padded([row.moves for row in rows]),
        lengths,
        padded([row.allowed for row in rows]),
        padded([row.textures for row in rows]),
        counted,
    )
