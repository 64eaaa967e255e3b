"""The planner: bidirectional LSTMs over beats, and a chain of chords on top of them.

They read the given notes of a piece both ways and score, for each beat, every chord as degree, kind and bass,
and whether the chord stays; the chain scores which chord follows which. Two more outputs say how likely a
suspension is at a beat, and motion of the lower voices inside it.

HARMONET (Hild, Feulner, Menzel, NIPS 1991) planned chords before notes; the chain is that of Huang, Xu, Yu,
"Bidirectional LSTM-CRF models for sequence tagging", 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ripieno.models.initial_weights import normal
from ripieno.models.planner.chain import ChordMoves
from ripieno.score import STYLES
from ripieno.theory.plans import PLAN_KINDS

KINDS = len(PLAN_KINDS)
DEGREES = 12
MOVE_KINDS = 3  # into a weak beat, into a strong one, into the first beat of a phrase
TEXTURES = 2  # suspended, moving


@dataclass(frozen=True, slots=True)
class PlannerConfig:
    """Sizes and training noise of the planner."""

    inputs: int = 270  # F, see ``beat_features``
    states: int = 96  # S: the chords that it knows
    hidden: int = 128  # in each direction
    layers: int = 2
    dropout: float = 0.5
    input_dropout: float = 0.1


class PlanScores(NamedTuple):
    """What the planner says of B pieces of N beats.

    chords: (B, N, S). moves: from chord to chord. textures: (B, N, S, 2) logits of ``suspended`` and
    ``moving``, given the chord.
    """

    chords: Tensor
    moves: ChordMoves
    textures: Tensor


class PieceScores(NamedTuple):
    """The same of one piece: chords (N, S), moves (N, S, S), from and to, textures (N, S, 2)."""

    chords: Tensor
    moves: Tensor
    textures: Tensor


class PlannerNetwork(nn.Module):
    """See the module's text.

    vocabulary: (S, 3) int64, degree, kind and degree of the bass of each state. thresholds: (styles + 1, 2),
    the logits above which a beat is planned to be suspended, and moving: of each style, then of any.
    """

    def __init__(self, config: PlannerConfig) -> None:
        super().__init__()
        c = self.config = config
        self.vocabulary: Tensor
        self.register_buffer("vocabulary", torch.zeros(c.states, 3, dtype=torch.int64))
        self.thresholds: Tensor
        self.register_buffer("thresholds", torch.zeros(len(STYLES) + 1, TEXTURES))
        self.input_dropout, self.dropout = nn.Dropout(c.input_dropout), nn.Dropout(c.dropout)
        self.read = nn.Linear(c.inputs, c.hidden)
        self.lstm = nn.LSTM(
            c.hidden, c.hidden, c.layers, batch_first=True, bidirectional=True, dropout=c.dropout
        )
        # Scores of states as such, and of what states have in common: root with kind, root, bass.
        self.of_states = nn.Linear(2 * c.hidden, c.states)
        self.of_parts = nn.Linear(2 * c.hidden, DEGREES * KINDS + 2 * DEGREES)
        self.stays = nn.Linear(2 * c.hidden, 2)  # of the same chord, of another one on the same root
        self.textures = nn.Linear(2 * c.hidden, TEXTURES)
        self.texture_of_state = nn.Parameter(torch.zeros(c.states, TEXTURES))
        self.moves = nn.Parameter(torch.zeros(MOVE_KINDS, c.states, c.states))
        self.root_moves = nn.Parameter(normal(MOVE_KINDS, DEGREES, DEGREES, std=0.01))
        self.kind_moves = nn.Parameter(normal(MOVE_KINDS, DEGREES * KINDS, DEGREES * KINDS, std=0.01))
        self.bass_moves = nn.Parameter(normal(MOVE_KINDS, DEGREES, DEGREES, std=0.01))

    def forward(self, features: Tensor, move_kinds: Tensor, lengths: Sequence[int]) -> PlanScores:
        """The scores of B pieces. features: (B, N, F). move_kinds: (B, N). lengths: beats of each piece."""
        read = self.dropout(torch.relu(self.read(self.input_dropout(features))))
        packed = nn.utils.rnn.pack_padded_sequence(
            read, torch.tensor(lengths), batch_first=True, enforce_sorted=False
        )
        out, _ = nn.utils.rnn.pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=features.shape[1]
        )
        out = self.dropout(out)
        root, kind, bass = self.vocabulary.unbind(-1)
        named = root * KINDS + kind
        parts = self.of_parts(out)
        chords = self.of_states(out) + parts[..., named]
        chords = chords + parts[..., DEGREES * KINDS + root] + parts[..., DEGREES * (KINDS + 1) + bass]
        textures = self.textures(out).unsqueeze(-2) + self.texture_of_state
        return PlanScores(chords, self.move_scores(out, move_kinds), textures)

    def move_scores(self, out: Tensor, move_kinds: Tensor) -> ChordMoves:
        """The scores of the moves: a table, and how much the music wants to stay."""
        root, kind, bass = self.vocabulary.unbind(-1)
        named = root * KINDS + kind
        table = (
            self.moves
            + self.root_moves[:, root][:, :, root]
            + self.kind_moves[:, named][:, :, named]
            + self.bass_moves[:, bass][:, :, bass]
        )
        alike = (root == root.unsqueeze(-1)) & ~torch.eye(len(root), dtype=torch.bool, device=root.device)
        return ChordMoves(table, move_kinds, self.stays(out), alike)

    def score_piece(self, features: Tensor, move_kinds: Tensor) -> PieceScores:
        """The scores of one piece. features: (N, F). move_kinds: (N,)"""
        scores = self(features.unsqueeze(0), move_kinds.unsqueeze(0), [len(features)])
        return PieceScores(scores.chords[0], scores.moves.matrices()[0], scores.textures[0])
