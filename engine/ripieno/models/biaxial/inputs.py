"""The numbers that the network reads for every cell.

They are of three kinds: of the step alone, the same for all keys; of the cell, from what is given and
planned; and of the past, which while composing are known only step by step. All are relative to the key that
reads them, so that the same figure on other keys looks alike.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ripieno.models.biaxial.chords import KINDS, ROOTS, TONES, UNKNOWN
from ripieno.models.biaxial.view import LAGS, NEVER, View
from ripieno.models.note_states.keyboard import Bools, Floats

OCTAVE = 12
NEAR = 2  # keys on both sides that are remembered of earlier measures
EDGE = 18  # silent keys beyond both ends of the keyboard: an octave, or a memory that is moved by a tritone
AROUND = 2 * OCTAVE + 1
REMEMBERED = 2 * (2 * NEAR + 1) + 2 + 2  # of one earlier place
PAST_INPUTS = 2 * AROUND + OCTAVE + (len(LAGS) + 1) * REMEMBERED
CELL_INPUTS = 1 + OCTAVE + 2 * (OCTAVE + 1) + 3 + AROUND + 2 * OCTAVE
METERS = (8, 12, 16)  # steps of a measure: 2/4, 3/4, 4/4
STEP_INPUTS = 4 + 5 + len(METERS) + 3 + 12 + 1 + 5 + 2 * len(KINDS) + 3 + 4
INPUTS = PAST_INPUTS + CELL_INPUTS + STEP_INPUTS
FAR = 16  # measures; an end that is farther away is not foreseen

Rows = NDArray[np.uint8]


def blank_rows(candidates: int, steps: int, keys: int) -> Rows:
    """(C, 1 + T, 2, EDGE + P + EDGE) what plays and is struck: silence. The first row is before the piece."""
    return np.zeros((candidates, 1 + steps, 2, keys + 2 * EDGE), dtype=np.uint8)


def rows_of(states: Bools) -> Rows:
    """The rows of a piece. states: (T, 2, P)."""
    rows = blank_rows(1, len(states), states.shape[2])
    rows[0, 1:, :, EDGE:-EDGE] = states
    return rows


def past_inputs(rows: Rows, view: View, first: int, end: int) -> Rows:
    """(C, end - first, P, PAST_INPUTS) of some steps; no row of them or of later ones is read.

    Of the step before: the keys within an octave, and how often each pitch class plays. Of earlier measures
    and of the place that comes back: what plays and is struck near the key there, what the key does next
    there, and what it would do if it were moved with the root of the chord.
    """
    steps = np.arange(first, end)
    keys = rows.shape[-1] - 2 * EDGE
    own = slice(EDGE, EDGE + keys)
    before = rows[:, steps]
    parts = [windows(before, OCTAVE)]
    names = (view.lowest + np.arange(keys)) % OCTAVE
    counts = before[:, :, 0, own].astype(np.float32) @ np.eye(OCTAVE, dtype=np.float32)[names]
    parts.append(counts.astype(np.uint8)[..., (names[:, None] + np.arange(OCTAVE)) % OCTAVE])
    chords = view.chords[view.half]
    for places in (*view.earlier.T, view.recalled):
        place = places[first:end]
        there = rows[:, np.where(place == NEVER, 0, 1 + place)]
        coming = rows[:, np.where(place == NEVER, 0, np.minimum(2 + place, steps))][..., own]
        then, now = chords[place], chords[first:end]
        moved = (ROOTS[now] - ROOTS[then] + OCTAVE // 2) % OCTAVE - OCTAVE // 2
        moved = np.where((place == NEVER) | (then == UNKNOWN) | (now == UNKNOWN), 0, moved)
        index = EDGE + np.arange(keys) - moved[:, None]  # (n, P)
        with_root = np.take_along_axis(there, np.broadcast_to(index[None, :, None], coming.shape), 3)
        parts += [windows(there, NEAR), coming.swapaxes(2, 3), with_root.swapaxes(2, 3)]
    return np.concatenate(parts, -1)


def windows(rows: Rows, reach: int) -> Rows:
    """(C, n, P, 2 (2 reach + 1)) the keys within ``reach`` of every key: those that play, those struck."""
    keys = rows.shape[-1] - 2 * EDGE
    around = sliding_window_view(rows, 2 * reach + 1, axis=-1)[..., EDGE - reach : EDGE - reach + keys, :]
    return around.swapaxes(2, 3).reshape(*rows.shape[:2], keys, -1)


def cell_inputs(view: View, first: int, end: int) -> Floats:
    """(end - first, P, CELL_INPUTS) of some steps.

    The pitch and its class; its place above the roots of this and the next half measure's chord, and whether
    it is a tone of it; what is given in this cell and within an octave of it; the pitch classes that are
    given in this half measure and the next.
    """
    keys = view.known.shape[1]
    pitches = view.lowest + np.arange(keys)
    names = pitches % OCTAVE
    half = view.half[first:end]
    steps = len(half)
    found = np.zeros((steps, keys, CELL_INPUTS), dtype=np.float32)
    found[:, :, 0] = (pitches - 60) / 24
    found[:, np.arange(keys), 1 + names] = 1
    at = 1 + OCTAVE
    upcoming = np.append(view.chords[1:], UNKNOWN)
    for chords in (view.chords[half], upcoming[half]):
        known = chords != UNKNOWN
        above = (names - ROOTS[chords][:, None]) % OCTAVE  # (n, P)
        found[:, :, at : at + OCTAVE] = np.eye(OCTAVE)[above] * known[:, None, None]
        found[:, :, at + OCTAVE] = TONES[chords][:, names] * known[:, None]
        at += OCTAVE + 1
    if view.known.any():
        given = view.given * view.known[:, None]
        found[:, :, at] = view.known[first:end]
        found[:, :, at + 1 : at + 3] = given[first:end].swapaxes(1, 2)
        wide = np.pad(given[first:end, 0], ((0, 0), (OCTAVE, OCTAVE)))
        found[:, :, at + 3 : at + 3 + AROUND] = sliding_window_view(wide, AROUND, axis=-1)
        at += 3 + AROUND
        sung = given[:, 0] @ np.eye(OCTAVE, dtype=np.float32)[names]  # (T, 12)
        heard = np.zeros((view.halves + 1, OCTAVE), dtype=np.float32)
        np.add.at(heard, view.half, sung)
        turned = (names[:, None] + np.arange(OCTAVE)) % OCTAVE
        for later in (0, 1):
            found[:, :, at : at + OCTAVE] = (heard[half + later] > 0)[:, turned]
            at += OCTAVE
    return found


def step_inputs(view: View, first: int, end: int) -> Floats:
    """(end - first, STEP_INPUTS) of some steps: meter, form, end, kinds of chords, returns, density."""
    own = slice(first, end)
    position, number, left = view.position[own], view.number[own], view.left[own]
    chords = view.chords[view.half[own]]
    upcoming = np.append(view.chords[1:], UNKNOWN)[view.half[own]]
    density = view.density[view.measure[own]]
    is_said = density != NEVER
    columns = [
        *((position >> bit) & 1 for bit in range(4)),
        *(view.strength[own] == strength for strength in range(5)),
        *(view.length[own] == steps for steps in METERS),
        *((number >> bit) & 1 for bit in range(3)),
        *(number % 12 == measure for measure in range(12)),
        number == 0,
        *(left == measures for measures in range(4)),
        np.minimum(left, FAR) / FAR,
        *(
            (chord != UNKNOWN) & (chord // 12 == kind)
            for chord in (chords, upcoming)
            for kind in range(len(KINDS))
        ),
        *(view.similarity[own] == similarity for similarity in range(3)),
        *(density * is_said).T,
        *is_said.T,
    ]
    return np.stack(columns, 1).astype(np.float32)


def all_inputs(rows: Rows, view: View, first: int, end: int) -> Floats:
    """(C, end - first, P, INPUTS) everything that the network reads of some steps."""
    past = past_inputs(rows, view, first, end).astype(np.float32)
    cells = cell_inputs(view, first, end)
    steps = step_inputs(view, first, end)[:, None]
    shape = past.shape[:3]
    return np.concatenate(
        [
            past,
            np.broadcast_to(cells, (*shape, cells.shape[-1])),
            np.broadcast_to(steps, (*shape, steps.shape[-1])),
        ],
        -1,
    )
