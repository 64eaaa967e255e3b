"""The training data of RBMs and DBNs: windows of the pieces' note states, cut at barlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.grid import HOLD
from ripieno.models.note_states.keyboard import KeyboardCompass, Layout, lay_out, occupied_slots, slot_states

MAX_SAMPLE = 1024  # windows of each kind that a validation measures
MIN_FREQUENCY = 1e-3  # a key is taken to sound this often at the least, so that no bias is infinite
MAX_SHARE_OUTSIDE = (
    5e-4  # share of the notes that may lie outside the compass, so that one low C costs no weights
)
Windows = NDArray[np.bool_]


class WindowConfig(Protocol):
    """The sizes of a network that say what a window is."""

    @property
    def window(self) -> int: ...

    @property
    def bar(self) -> int: ...

    @property
    def compass(self) -> KeyboardCompass: ...


def fitting_compass(pieces: Sequence[Piece], bar: int) -> KeyboardCompass:
    """The keys that the pieces' notes have after their move to C, but for the rarest at both ends."""
    found = [np.array([60])]
    for piece in pieces:
        shift = lay_out(piece.grid, bar).shift
        step, voice = np.nonzero(piece.grid.cells < HOLD)
        found.append(piece.grid.cells[step, voice] + shift[step])
    low, high = np.quantile(
        np.concatenate(found), (MAX_SHARE_OUTSIDE, 1 - MAX_SHARE_OUTSIDE), method="nearest"
    )
    return KeyboardCompass(int(low), int(high) - int(low) + 1)


def windows_of(
    pieces: Sequence[Piece], compass: KeyboardCompass, *, steps: int, bar: int, hop: int
) -> Windows:
    """(W, steps, 2P) every window of ``steps`` slots that starts at a multiple of ``hop``.

    A window with an empty slot between two occupied ones is left out: it has measures that do not fill a bar.
    So is one of silence.
    """
    found: list[Windows] = []
    for piece in pieces:
        layout = lay_out(piece.grid, bar)
        states = slot_states(piece.grid, layout, compass)
        whole = filled_between(layout)
        last = max(layout.slots - steps, 0)
        states = np.pad(states, ((0, max(steps - layout.slots, 0)), (0, 0)))
        for start in range(0, last + 1, hop):
            window = states[start : start + steps]
            if whole[start : start + steps].all() and window.any():
                found.append(window)
    return np.stack(found) if found else np.zeros((0, steps, 2 * compass.keys), dtype=np.bool_)


def filled_between(layout: Layout) -> NDArray[np.bool_]:
    """(S,) True where a slot is occupied, or lies before the first or after the last that is."""
    filled = occupied_slots(layout)
    first, last = int(layout.slot[0]), int(layout.slot[-1])
    filled[:first] = True
    filled[last:] = True
    return filled


def window_rows(config: WindowConfig, pieces: Sequence[Piece], hop: int) -> Tensor:
    """(W, N) bool, the windows of some pieces as a network of these sizes sees them."""
    windows = windows_of(pieces, config.compass, steps=config.window, bar=config.bar, hop=hop)
    return torch.from_numpy(windows.reshape(len(windows), config.window * 2 * config.compass.keys))


def pieces_without_windows(config: WindowConfig, pieces: Sequence[Piece], hop: int) -> tuple[str, ...]:
    """The names of the pieces that no window is from: too short, or of measures that do not fill bars."""
    return tuple(piece.name for piece in pieces if not len(window_rows(config, [piece], hop)))


def check_windows(rows: Tensor, config: WindowConfig) -> None:
    """Raise RequestError where there is nothing to learn from."""
    if not len(rows):
        bars = config.window / config.bar
        raise RequestError(
            f"no piece has {bars:g} bars of {config.bar} sixteenths in a row, which is what this network "
            "learns from; give it longer pieces"
        )


def mean_log_odds(rows: Tensor) -> Tensor:
    """(N,) log p / (1 - p) of how often each unit is on."""
    mean = rows.float().mean(0).clamp(MIN_FREQUENCY, 1 - MIN_FREQUENCY)
    return torch.log(mean / (1 - mean))


def key_odds(rows: Tensor, keys: int) -> Tensor:
    """(P,) log-odds of each key's sounding, over all windows and slots."""
    chance = rows.view(-1, 2, keys)[:, 0].float().mean(0)
    return torch.logit(chance, eps=1e-4)


def sample_rows(rows: Tensor) -> Tensor:
    """(B, N) float, rows at even distances, ``MAX_SAMPLE`` at the most."""
    return rows[:: -(-len(rows) // MAX_SAMPLE)].float()
