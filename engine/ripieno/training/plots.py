"""The plots of a training: its figures over the steps, and what the hidden units have learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ripieno.models.note_states.dbn import DBN
from ripieno.models.note_states.keyboard import KeyboardCompass
from ripieno.models.note_states.rbm import RBM
from ripieno.training.families.base import FamilyTraining
from ripieno.training.families.dbn import DBNTraining
from ripieno.training.families.rbm import RBMTraining
from ripieno.training.log import read_log

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLOT = "loss.png"
FILTERS = "filters.png"
ROWS, COLUMNS = 4, 4  # of the filters' picture
OCTAVE = 12
BEAT = 4  # sixteenths
MAX_DOTS = 30  # validations, each marked with a dot
DPI = 120
Log = list[dict[str, float]]
Floats = NDArray[np.float32]
# The validation figures of an RBM: name in the log -> label with the unit.
RBM_FIGURES = {
    "wrong_cells": "cells of a window that come back wrong",
    "pseudo": "-log pseudo-likelihood, nats a cell",
    "free_energy_gap": "free energy gap, nats",
}


def draw_plots(folder: Path, training: FamilyTraining) -> None:
    """Draw the log as ``loss.png``; for RBMs and DBNs also the weights, as ``filters.png``."""
    lines = read_log(folder)
    if isinstance(training, RBMTraining):
        draw_rbm(folder / PLOT, lines, held_out=training.held_out)
        model = training.model
        draw_filters(folder / FILTERS, strongest_filters(model.W, model), model, hop=training.batches.hop)
    elif isinstance(training, DBNTraining):
        draw_phases(folder / PLOT, lines, training)
        rolls = strongest_filters(training.model.W[0], training.model)
        draw_filters(folder / FILTERS, rolls, training.model, hop=training.batches.hop)
    else:
        draw_losses(folder / PLOT, lines)


# -- figures over steps ------------------------------------------------------------------------------------


def draw_losses(path: Path, lines: Log) -> None:
    """Training and validation loss, which are all in nats."""
    figure = new_figure(7, 4)
    axes = figure.add_subplot()
    for name in (key for key in lines[0] if key not in ("step", "minutes")):
        label = name.replace("_", " ") + ("" if name == "train" else " (validation)")
        draw_curve(axes, lines, name, label)
    axes.set_xlabel("step")
    axes.set_ylabel("nats")
    axes.legend()
    save_figure(figure, path)


def draw_rbm(path: Path, lines: Log, *, held_out: bool) -> None:
    """An RBM's figures, one below the other: each has a unit of its own."""
    figure = new_figure(7, 7)
    figure.suptitle("pieces held out" if held_out else "music that it learned from: nothing was held out")
    shared: Axes | None = None
    for i, (name, label) in enumerate(RBM_FIGURES.items(), 1):
        axes = shared = figure.add_subplot(len(RBM_FIGURES), 1, i, sharex=shared)
        draw_curve(axes, lines, name, label)
        axes.set_title(label, fontsize=10, loc="left")
    assert shared is not None
    shared.set_xlabel("step")
    save_figure(figure, path)


def draw_phases(path: Path, lines: Log, training: DBNTraining) -> None:
    """A DBN's wrong cells, and which part of it learned when."""
    figure = new_figure(8, 4.5)
    axes = figure.add_subplot()
    draw_curve(axes, lines, "wrong_cells", "music that it learned from")
    if any("wrong_cells_held_out" in line for line in lines):
        draw_curve(axes, lines, "wrong_cells_held_out", "pieces held out")
    axes.set_xlabel("step")
    axes.set_ylabel(RBM_FIGURES["wrong_cells"])
    axes.set_xlim(0, 1.02 * lines[-1]["step"])
    axes.margins(y=0.15)
    ends = [start for start, _ in training.phases[1:]] + [lines[-1]["step"]]
    for i, ((start, name), end) in enumerate(zip(training.phases, ends, strict=True)):
        if start >= lines[-1]["step"]:
            break
        axes.axvspan(start, min(end, lines[-1]["step"]), color="0.5", alpha=0.12 if i % 2 else 0.04)
        # Names of short phases stand upright, so that they do not run into each other.
        narrow = end - start < lines[-1]["step"] / 6
        axes.annotate(
            name,
            ((start + min(end, lines[-1]["step"])) / 2, 1),
            (0, -4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="top",
            rotation=90 if narrow else 0,
            fontsize=9,
        )
    axes.legend()
    save_figure(figure, path)


def draw_curve(axes: Axes, lines: Log, name: str, label: str) -> None:
    """One figure of the log over the steps."""
    known = [line for line in lines if name in line]
    marker = "." if len(known) <= MAX_DOTS else ""
    axes.plot([x["step"] for x in known], [x[name] for x in known], marker=marker, label=label)


# -- weights -----------------------------------------------------------------------------------------------


def strongest_filters(weights: Tensor, model: RBM | DBN) -> Floats:
    """(F, steps, P) the weights of the hidden units with the largest ones, the largest first.

    weights: (N, H). Of the two halves of a note state only the sounding one is kept.
    """
    config = model.config
    sounding = weights.detach().float().cpu().numpy().reshape(config.window, 2, config.keys, -1)[:, 0]
    rolls = np.moveaxis(sounding, -1, 0)  # (H, steps, P)
    order = np.argsort(-np.square(rolls).sum((1, 2)), kind="stable")
    return rolls[order[: ROWS * COLUMNS]]


def draw_filters(path: Path, rolls: Floats, model: RBM | DBN, *, hop: int) -> None:
    """Piano rolls of what switches each hidden unit on (red) and off (blue).

    hop: slots from one window to the next. Barlines are drawn where all windows have them in one place.
    """
    compass, bar, window = model.config.compass, model.config.bar, model.config.window
    aligned = hop % bar == 0
    figure = new_figure(3 * COLUMNS, 2.6 * ROWS)
    figure.suptitle("What switches the strongest hidden units on (red) and off (blue)")
    limit = float(np.quantile(np.abs(rolls), 0.999)) or 1.0
    drawn: list[Axes] = []
    for i, roll in enumerate(rolls):
        axes = figure.add_subplot(ROWS, COLUMNS, i + 1)
        edges = (0, window, compass.lowest - 0.5, compass.lowest + compass.keys - 0.5)
        image = axes.imshow(
            roll.T, origin="lower", aspect="auto", cmap="RdBu_r", vmin=-limit, vmax=limit, extent=edges
        )
        octaves = octave_pitches(compass)
        axes.set_yticks(octaves, [f"C{pitch // OCTAVE - 1}" for pitch in octaves] if i % COLUMNS == 0 else [])
        axes.set_xticks(range(0, window, BEAT), [])
        for barline in range(bar, window, bar) if aligned else ():
            axes.axvline(barline, color="black", linewidth=0.8)
        drawn.append(axes)
    if drawn:
        figure.colorbar(image, ax=drawn, shrink=0.5, label="weight")
    lines = "upright lines are barlines" if aligned else "windows begin anywhere in a bar"
    figure.supxlabel(f"{window} sixteenths, a mark every {BEAT}; {lines}")
    save_figure(figure, path)


def octave_pitches(compass: KeyboardCompass) -> Sequence[int]:
    """Every C among the keys, after the move to C."""
    return [p for p in range(compass.lowest, compass.lowest + compass.keys) if p % OCTAVE == 0]


# -- files -------------------------------------------------------------------------------------------------


def new_figure(width: float, height: float) -> Figure:
    """An empty figure; sizes in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, path: Path) -> None:
    """Save a figure as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).print_figure(path, dpi=DPI)
