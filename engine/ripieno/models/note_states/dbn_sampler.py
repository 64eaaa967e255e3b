"""Music of any length from a DBN's codes: drawn, moved, or fitted to the given notes by gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from ripieno.models.generator import ProgressCallback, report_progress
from ripieno.models.note_states.dbn import DBN
from ripieno.models.note_states.windows import GivenKeys, NoteStateSampler, Overlap, half_overlapping
from ripieno.models.sampling import Sampling

FORM = (0, 0, 1, 0)  # the theme of each phrase, one of two: A A' B A''
VARIETY = 0.3  # the distance of a return from its theme, as a share of the way to another draw
DRAWS = 16  # codes drawn at a time, of which the clearest is taken
SLOT_STRIDE = 4  # slots per slot that is decoded to judge clarity: the first of each beat
POOL = 4  # descents that a full consensus averages, the best ones
SEAM = 0.02  # weight of a window that joins two phrases: it decides only a beat or two around the join
CLASH_FACTOR = 0.5  # on the probability of a key within a whole step of a given note
SHARPNESS = 4.0  # see ``Overlap.join``
MAX_SHARP_TEMPERATURE = 0.5  # above it, the temperature flattens the probabilities


@dataclass(frozen=True, slots=True)
class CodeSearch:
    """Settings of the gradient descent on the codes.

    steps: of the descent. restarts: how many codes it starts from at once. rate: the learning rate of Adam.
    wanted, unwanted, near: weights of a missing given note, of a sounding key that must be silent, and of one
    within a whole step of a given note. agree: weight of the squared differences between overlapping windows.
    prior: weight of half the squared Mahalanobis distance of a code from those of the training windows.
    """

    steps: int = 60
    restarts: int = 12
    rate: float = 0.6
    wanted: float = 8.0
    unwanted: float = 0.5
    near: float = 4.0
    agree: float = 0.5
    prior: float = 1.0


class DBNSampler(NoteStateSampler):
    """A sampler of note states from a DBN; see ``NoteStateSampler``."""

    model: DBN

    def __init__(self, model: DBN, *, search: CodeSearch = CodeSearch()) -> None:
        self.model, self.search = model, search

    @torch.no_grad()
    def note_probabilities(
        self,
        given: GivenKeys,
        *,
        generator: Generator,
        sampling: Sampling,
        candidates: int = 1,
        closeness: float | None = None,
        progress: ProgressCallback = lambda _: None,
    ) -> Tensor:
        """See ``NoteStateSampler.note_probabilities``.

        If nothing is given, codes are drawn; if something is, they are fitted to it (``fit_codes``); with a
        closeness, the given music's own codes are moved towards drawn ones. Where a piece is longer than a
        window, windows overlap by half, and the descent makes them agree. With a consensus several of the
        best descents are averaged. A temperature above ``MAX_SHARP_TEMPERATURE`` flattens the probabilities.
        """
        config = self.model.config
        overlap = half_overlapping(config.window, given.slots)
        full = given.padded(overlap.padded)
        windows, pool, seam = len(overlap.starts), 1, 1.0
        if closeness is not None:
            codes = self.move_codes(overlap.cut(full.states), candidates, 1 - closeness, generator)
        elif full.clamp.any():
            pool = 1 + round((POOL - 1) * min(sampling.consensus, 1))
            starts = self.draw_codes(max(self.search.restarts, candidates + pool - 1), 1, generator=generator)
            codes = self.fit_codes(starts.expand(-1, windows, -1), full, overlap, progress)
        else:
            codes, seam = self.draw_code_path(windows, candidates, generator), SEAM
            if windows > 1:
                codes = self.fit_codes(codes, full, overlap, progress, held=torch.arange(windows) % 2 == 0)
        flat = min(1.0, MAX_SHARP_TEMPERATURE / max(sampling.temperature, 1e-3))
        probabilities = overlap.join(
            torch.sigmoid(self.decode_codes(codes) * flat), sharpness=SHARPNESS, seam=seam
        )
        probabilities = probabilities.unfold(0, pool, 1).mean(-1)[:candidates]
        probabilities = probabilities * (1 - (1 - CLASH_FACTOR) * full.near)
        report_progress(progress, 1.0)
        return torch.where(full.clamp, full.states, probabilities)[:, : given.slots]

    def decode_codes(self, codes: Tensor) -> Tensor:
        """(..., W, window, 2P) logits of the windows of codes, (..., W, C)."""
        config = self.model.config
        return self.model.decode(codes.flatten(0, -2)).view(*codes.shape[:-1], config.window, -1)

    @cached_property
    def quick_layer(self) -> tuple[Tensor, Tensor]:
        """The weights and biases for a quick look at some of the slots, copied once; see ``DBN``."""
        return self.model.subsampled_layer(SLOT_STRIDE)

    def draw_codes(self, *shape: int, generator: Generator) -> Tensor:
        """Draw (*shape, C) codes like those of the training music."""
        noise = torch.randn(*shape, self.model.config.code, generator=generator)
        if self.model.config.random_labels:
            return noise.sign()
        return self.model.code_mean + noise @ self.model.code_spread.T

    def clearest(self, codes: Tensor) -> Tensor:
        """(..., C) of (..., ``DRAWS``, C) codes the one whose music is clearest.

        A code far from the training music decodes to a blur: many keys with probabilities near 1/2.
        """
        weights, biases = self.quick_layer
        hidden = self.model.decode_hidden(codes.flatten(0, -2))
        logits = (hidden @ weights.T + biases).view(*codes.shape[:-1], len(biases))
        blur = F.softplus(-logits.abs()).sum(-1)  # -log p of the likelier of on and off
        blur = blur / (logits > 0).sum(-1)
        best = blur.argmin(-1)[..., None, None].expand(*codes.shape[:-2], 1, codes.shape[-1])
        return codes.gather(-2, best).squeeze(-2)

    def draw_code_path(self, windows: int, candidates: int, generator: Generator) -> Tensor:
        """Draw (candidates, W, C) codes of a piece: two themes, and their returns a little changed.

        A window that overlaps two phrases starts half-way between their codes; the descent then makes it
        agree with both. Of what is drawn the clearest is looked for only where it is needed.
        """
        phrases = windows // 2 + 1
        themes = self.draw_codes(candidates, 2, DRAWS, generator=generator)
        others = self.draw_codes(candidates, phrases, DRAWS, generator=generator)
        form = [FORM[i % len(FORM)] for i in range(phrases)]
        codes = self.clearest(themes[:, : max(form) + 1])[:, form]
        if phrases > 1:
            codes[:, 1:] = torch.lerp(codes[:, 1:], self.clearest(others[:, 1:]), VARIETY)
        path = codes.repeat_interleave(2, 1)  # each phrase, then the window that leads to the next
        path[:, 1:-1:2] = (codes[:, :-1] + codes[:, 1:]) / 2
        return path[:, :windows]

    def move_codes(self, windows: Tensor, candidates: int, amount: float, generator: Generator) -> Tensor:
        """(candidates, W, C) the codes of windows, moved a share ``amount`` of the way to a drawn code.

        windows: (W, window, 2P). All windows move towards the same code, so that repeats stay repeats.
        """
        own = self.model.encode(windows.flatten(1))
        goal = self.draw_codes(candidates, 1, generator=generator)
        return torch.lerp(own.expand(candidates, -1, -1), goal, amount)

    @torch.enable_grad()
    def fit_codes(
        self,
        starts: Tensor,
        given: GivenKeys,
        overlap: Overlap,
        progress: ProgressCallback,
        *,
        held: Tensor | None = None,
    ) -> Tensor:
        """Fit codes to the given notes by gradient descent; returns (R, W, C), the best first.

        starts: (R, W, C), optimised together. held: (W,) bool, windows whose codes stay. With S the
        probabilities of all windows, joined where they overlap, the error sums (1 - S)^2 at every given note,
        S^2 at every key that must be silent or is within a whole step of a given note, the disagreement of
        overlapping windows, and the distance of the codes from those of the training windows; the weights are
        those of ``CodeSearch``.
        """
        search = self.search
        codes = starts.clone().requires_grad_()
        optimizer = torch.optim.Adam([codes], lr=search.rate)
        on = given.clamp & (given.states > 0)
        weight = search.wanted * on + search.unwanted * (given.clamp & ~on)
        weight = weight + search.near * (given.near & ~given.clamp)
        whiten = torch.linalg.inv(self.model.code_spread).T
        errors = torch.zeros(len(codes))
        for step in range(search.steps):
            optimizer.zero_grad()
            music = torch.sigmoid(self.decode_codes(codes))  # (R, W, window, 2P)
            sounds = overlap.join(music, sharpness=SHARPNESS)
            errors = (weight * (sounds - given.states * on).square()).sum((1, 2))
            errors = errors + search.agree * overlap.disagreement(music)
            distance = ((codes - self.model.code_mean) @ whiten).square().sum((1, 2))
            errors = errors + search.prior * distance / 2
            errors.sum().backward(inputs=[codes])  # the weights need none
            if held is not None and codes.grad is not None:
                codes.grad[:, held] = 0
            optimizer.step()
            if report_progress(progress, step / search.steps):
                break
        return codes.detach()[errors.detach().argsort()]


@torch.no_grad()
def interpolate(sampler: DBNSampler, first: Tensor, last: Tensor, steps: int) -> Tensor:
    """(steps, S, 2P) probabilities at even steps on the line between two pieces' codes, without the ends.

    first, last: (S, 2P) note states of the same length.
    """
    config = sampler.model.config
    overlap = half_overlapping(config.window, first.shape[0])
    ends = []
    for states in (first, last):
        more = states.new_zeros(overlap.padded - len(states), states.shape[1])
        ends.append(sampler.model.encode(overlap.cut(torch.cat([states, more])).flatten(1)))
    shares = torch.arange(1, steps + 1).view(-1, 1, 1) / (steps + 1)
    music = torch.sigmoid(sampler.decode_codes(torch.lerp(ends[0], ends[1], shares)))
    return overlap.join(music, sharpness=SHARPNESS)[:, : len(first)]
