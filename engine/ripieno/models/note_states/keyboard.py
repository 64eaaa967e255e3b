"""How networks that know keys and no voices see a grid: slots of equal bars, by keys, in one key signature.

Every measure is laid into bars of one length, so that a beat has the same slots in all of them: a measure of
3/4 in a bar of 4/4 leaves the last beat unheard, two measures of 2/4 share a bar, a pickup stands at the end
of one. And every step is moved to the signature without accidentals, so that one key serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, NO_KEY, NO_METER, REST, Grid, sounding_pitches

PITCHES = 128  # of MIDI
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KeyboardCompass:
    """The P keys of a network, from ``lowest`` up, as they are after the transposition to C."""

    lowest: int
    keys: int

    @property
    def pitches(self) -> slice:
        """Its keys among MIDI's pitches."""
        return slice(self.lowest, self.lowest + self.keys)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where T steps of a grid stand among S slots.

    slot: (T,) rising. slots: S, whole bars where the meter is known. shift: (T,) semitones from the step's
    own key to C.
    """

    slot: NDArray[np.intp]
    slots: int
    shift: NDArray[np.intp]


def lay_out(grid: Grid, bar: int, *, transposition: int = 0) -> Layout:
    """Lay the grid's measures into bars of ``bar`` slots.

    transposition: semitones more, for a grid whose key is not known or that shall be heard in another.
    """
    known = grid.tonic != NO_KEY
    # The nearest way to C: between a fourth down and a tritone up.
    shift = np.where(known, 6 - (grid.tonic.astype(np.intp) + 6) % 12, 0) + transposition
    slot = np.zeros(grid.steps, dtype=np.intp)
    start, used = 0, 0  # of the bar that is being filled, and how much of it is
    for first, end in measure_spans(grid):
        position = grid.position[first:end].astype(np.intp)
        if int(position[0]) == NO_METER:
            position = np.arange(end - first)
        length = int(position[-1]) + 1
        small = 2 * length <= bar
        if not (small and used and used % length == 0 and used + length <= bar):
            start += -(-used // bar) * bar
            used = bar - length if small and first == 0 and position[0] else 0  # a pickup ends its bar
        slot[first:end] = start + used + position
        used += length
    metered = grid.steps > 0 and int(grid.position[0]) != NO_METER
    slots = start + (-(-used // bar) * bar if metered else used)
    return Layout(slot, slots, shift)


def measure_spans(grid: Grid) -> list[tuple[int, int]]:
    """[start, end) of the steps of each measure; all steps where the meter is not known."""
    if not grid.steps:
        return []
    starts = [0, *(1 + np.flatnonzero(grid.position[1:] <= grid.position[:-1]))]
    if int(grid.position[0]) == NO_METER:
        starts = [0]
    ends = [*starts[1:], grid.steps]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def slot_states(grid: Grid, layout: Layout, compass: KeyboardCompass, which: Bools | None = None) -> Bools:
    """(S, 2P) the note state matrix of a grid in its slots; pitches beyond the compass are not in it.

    which: (T, V) bool, the cells that count; ``None`` for all.
    """
    states = np.zeros((layout.slots, 2 * compass.keys), dtype=np.bool_)
    sounding = sounding_pitches(grid.cells)
    struck = np.where(grid.cells < HOLD, grid.cells, REST)
    for half, pitches in enumerate((sounding, struck)):
        here = pitches != REST if which is None else (pitches != REST) & which
        step, voice = np.nonzero(here)
        key = pitches[step, voice] + layout.shift[step] - compass.lowest
        inside = (key >= 0) & (key < compass.keys)
        states[layout.slot[step[inside]], half * compass.keys + key[inside]] = True
    return states


def occupied_slots(layout: Layout) -> Bools:
    """(S,) True where a slot has a step."""
    heard = np.zeros(layout.slots, dtype=np.bool_)
    heard[layout.slot] = True
    return heard


def pitch_probabilities(slots: Floats, layout: Layout, compass: KeyboardCompass) -> Floats:
    """(..., T, 2, 128) of (..., S, 2P): for each step, how likely each MIDI pitch sounds, and is struck."""
    steps = slots[..., layout.slot, :]
    steps = steps.reshape(*steps.shape[:-1], 2, compass.keys)
    wide = np.zeros((*steps.shape[:-1], 3 * PITCHES), dtype=np.float32)
    middle = PITCHES + compass.lowest
    wide[..., middle : middle + compass.keys] = steps
    # Each step's own way back from C.
    index = PITCHES + np.arange(PITCHES) + layout.shift[:, None]  # (T, 128)
    index = np.broadcast_to(index[:, None, :], (*steps.shape[:-1], PITCHES))
    return np.take_along_axis(wide, index, axis=-1)
