"""A linear chain over the chords of a piece: its likelihood, its best paths, and others by chance.

(Lafferty, McCallum, Pereira, "Conditional random fields", ICML 2001.) Everywhere: B pieces of N beats with S
states; ``scores`` (B, N, S) of each state at each beat.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

IMPOSSIBLE = -1e9
SMALLEST = 1e-30  # keeps the logarithm of a path's weight finite


class ChordMoves(NamedTuple):
    """The scores of all moves from a state to a state.

    table: (K, S, S) from, to, by kind of move. kinds: (B, N) int64, of the move into each beat. stays: (B, N,
    2), what is added to a move to the same state, and to another one that is alike. alike: (S, S) bool, the
    pairs of different states that are alike.
    """

    table: Tensor
    kinds: Tensor
    stays: Tensor
    alike: Tensor

    def matrices(self) -> Tensor:
        """(B, N, S, S) the scores of the moves into each beat."""
        same = torch.eye(len(self.alike), device=self.table.device)
        stays = self.stays[..., None, None]
        return self.table[self.kinds] + stays[:, :, 0] * same + stays[:, :, 1] * self.alike


def log_partition(scores: Tensor, moves: ChordMoves, counted: Tensor) -> Tensor:
    """(B,) log of the summed weights of all paths. counted: (B, N) bool, the beats of each piece, a prefix.

    The sums are products of matrices; the table is scaled by its largest entry, a path's weight by its own.
    """
    top = moves.table.detach().amax()
    weights = (moves.table - top).exp()  # (K, S, S)
    kinds, states, _ = weights.shape
    ways = torch.cat([weights, weights * moves.alike]).transpose(0, 1).reshape(states, -1)  # (S, 2 K S)
    selves = weights.diagonal(dim1=1, dim2=2)  # (K, S)
    same, like = (moves.stays.exp() - 1).unbind(-1)
    chosen = F.one_hot(moves.kinds, kinds).to(weights.dtype)  # (B, N, K)
    total, *later = scores.unbind(1)
    for t, score in enumerate(later, 1):
        scale = total.amax(-1, keepdim=True).detach()
        paths = (total - scale).exp()
        every = (paths @ ways).view(-1, 2, kinds, states)
        every = (every * chosen[:, t, None, :, None]).sum(2)  # (B, 2, S)
        stayed = same[:, t, None] * paths * (chosen[:, t] @ selves)
        after = every[:, 0] + like[:, t, None] * every[:, 1] + stayed
        after = after.clamp(min=SMALLEST).log() + scale + top + score
        total = torch.where(counted[:, t, None], after, total)
    return torch.logsumexp(total, dim=-1)


def log_likelihood(scores: Tensor, moves: ChordMoves, allowed: Tensor, counted: Tensor) -> Tensor:
    """(B,) log p of the allowed paths. allowed: (B, N, S) bool; one state where the chord is known."""
    masked = scores.masked_fill(~allowed, IMPOSSIBLE)
    return log_partition(masked, moves, counted) - log_partition(scores, moves, counted)


def marginals(scores: Tensor, moves: Tensor) -> Tensor:
    """(N, S) the probability of each state at each beat of one piece: scores (N, S), moves (N, S, S)."""
    backward = [torch.zeros_like(scores[0])]
    for t in range(len(scores) - 1, 0, -1):
        backward.append(torch.logsumexp(moves[t] + (scores[t] + backward[-1]), dim=1))
    return (torch.stack(log_forward(scores, moves)) + torch.stack(backward[::-1])).softmax(-1)


def log_forward(scores: Tensor, moves: Tensor) -> list[Tensor]:
    """(S,) of each beat, log of the summed weights of the paths that end there in each state."""
    forward = [scores[0]]
    for t in range(1, len(scores)):
        forward.append(torch.logsumexp(forward[-1].unsqueeze(-1) + moves[t], dim=0) + scores[t])
    return forward


def best_path(scores: Tensor, moves: Tensor) -> tuple[list[int], float]:
    """(the states of the likeliest path of one piece, its score). scores: (N, S). moves: (N, S, S)

    (Viterbi, "Error bounds for convolutional codes", 1967.)
    """
    total, sources = scores[0], []
    for t in range(1, len(scores)):
        best, source = (total.unsqueeze(-1) + moves[t]).max(0)
        total = best + scores[t]
        sources.append(source)
    value, state = total.max(0)
    path = [int(state)]
    for source in reversed(sources):
        path.append(int(source[path[-1]]))
    return path[::-1], float(value)


def draw_path(scores: Tensor, moves: Tensor, generator: torch.Generator) -> list[int]:
    """The states of a path of one piece, drawn as often as it is probable. scores: (N, S). moves: (N, S, S)

    From the last beat back to the first, each state in view of the ones that may lead to it. (Chib,
    "Calculating posterior distributions and modal estimates in Markov mixture models", 1996.)
    """
    forward = log_forward(scores, moves)
    path: list[int] = []
    for t in range(len(scores) - 1, -1, -1):
        here = forward[t] + moves[t + 1][:, path[-1]] if path else forward[t]
        path.append(int(here.softmax(-1).multinomial(1, generator=generator)))
    return path[::-1]
