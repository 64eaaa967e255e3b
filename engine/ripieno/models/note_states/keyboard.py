"""The note states of a grid: slots in bars of one length, by keys of the keyboard, transposed to C.

Every measure is laid into bars of one length, so that a beat has the same slots in all of them: a measure of
3/4 in a bar of 4/4 leaves the slots of the last beat empty, two measures of 2/4 share a bar, a pickup stands
at the end of one. Every step is transposed to the signature without accidentals, so that the networks learn
all music in one key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import HOLD, NO_KEY, NO_METER, REST, Grid, sounding_pitches

PITCHES = 128  # the number of MIDI pitches
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KeyboardCompass:
    """The P keys of a network, from MIDI pitch ``lowest`` up, after the transposition to C."""

    lowest: int
    keys: int

    @property
    def pitches(self) -> slice:
        """The range of its keys among the MIDI pitches."""
        return slice(self.lowest, self.lowest + self.keys)

    def joined(self, other: KeyboardCompass) -> KeyboardCompass:
        """From the lower of both lowest keys up to the higher of both highest."""
        lowest = min(self.lowest, other.lowest)
        return KeyboardCompass(lowest, max(self.pitches.stop, other.pitches.stop) - lowest)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The slots of a grid's T steps, and their transposition.

    slot: (T,) the slot of each step, rising. slots: S, whole bars where the meter is known. shift: (T,)
    semitones from the step's own key to C.
    """

    slot: NDArray[np.intp]
    slots: int
    shift: NDArray[np.intp]


def lay_out(grid: Grid, bar: int, *, transposition: int = 0) -> Layout:
    """Lay the grid's measures into bars of ``bar`` slots.

    transposition: semitones to add to that of the key signature, for a grid whose key is not that.
    """
    known = grid.tonic != NO_KEY
    # The smallest transposition to C: between a fourth down and a tritone up.
    shift = np.where(known, 6 - (grid.tonic.astype(np.intp) + 6) % 12, 0) + transposition
    slot = np.zeros(grid.steps, dtype=np.intp)
    start, used = 0, 0  # the first slot of the current bar, and how many of its slots are filled
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
    """[start, end) of each measure's steps; of all steps where the meter is not known."""
    if not grid.steps:
        return []
    starts = [0, *(1 + np.flatnonzero(grid.position[1:] <= grid.position[:-1]))]
    if int(grid.position[0]) == NO_METER:
        starts = [0]
    ends = [*starts[1:], grid.steps]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def slot_states(grid: Grid, layout: Layout, compass: KeyboardCompass, which: Bools | None = None) -> Bools:
    """(S, 2P) the note state matrix of a grid in its slots, without pitches beyond the compass.

    which: (T, V) bool, the cells to include; ``None`` for all.
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
    """(S,) bool, True where a slot has a step of the grid."""
    occupied = np.zeros(layout.slots, dtype=np.bool_)
    occupied[layout.slot] = True
    return occupied


def pitch_probabilities(slots: Floats, layout: Layout, compass: KeyboardCompass) -> Floats:
    """(..., T, 2, 128) the probabilities that each MIDI pitch sounds, and is struck, at each step.

    slots: (..., S, 2P), those of each key in each slot.
    """
    steps = slots[..., layout.slot, :]
    steps = steps.reshape(*steps.shape[:-1], 2, compass.keys)
    wide = np.zeros((*steps.shape[:-1], 3 * PITCHES), dtype=np.float32)
    middle = PITCHES + compass.lowest
    wide[..., middle : middle + compass.keys] = steps
    # Each step is transposed back from C.
    index = PITCHES + np.arange(PITCHES) + layout.shift[:, None]  # (T, 128)
    index = np.broadcast_to(index[:, None, :], (*steps.shape[:-1], PITCHES))
    return np.take_along_axis(wide, index, axis=-1)
