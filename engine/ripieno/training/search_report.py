"""The report of a search: its results in JSON, and a plot of the effect of each setting."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ripieno.models.weights import write_atomically
from ripieno.training.families.hyperparameters import Value
from ripieno.training.search import SearchPlan, TrialResult, trial_folder
from ripieno.training.search_space import Choice, ValueRange

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RESULTS = "search.json"
PLOT = "search.png"
MIN_TRIALS = 8  # complete ones, before effects are computed
THIRDS = 3
COLUMNS = 3
DOT, BEST, STOPPED = "#3b6ea5", "#d1495b", "#9aa0a6"


def write_report(plan: SearchPlan, results: Sequence[TrialResult]) -> dict[str, object]:
    """Write results and plot into the search's folder; returns the content of the JSON."""
    report: dict[str, object] = {
        "family": plan.family,
        "steps": plan.steps,
        "seed": plan.seed,
        "sampler": plan.sampler,
        "space": {name: str(c) if isinstance(c, ValueRange) else list(c) for name, c in plan.space.items()},
        "effects": effects(plan, results),
        "trials": [
            {**asdict(result), "folder": str(trial_folder(plan.folder, result.number))} for result in results
        ],
    }
    write_atomically(plan.folder / RESULTS, (json.dumps(report, indent=1) + "\n").encode())
    plot_search(plan, results)
    return report


# -- effects -----------------------------------------------------------------------------------------------


def effects(plan: SearchPlan, results: Sequence[TrialResult]) -> dict[str, float]:
    """For each setting, the share of the differences between complete trials that goes with it, 0 to 1.

    Scores count by rank, so that one very bad trial does not decide. The figure is the adjusted correlation
    ratio (epsilon squared): between the values of a list, or between the thirds of a span. A span that TPE
    has narrowed down, or few trials, make it rough. Empty where there are fewer than ``MIN_TRIALS`` trials.
    """
    complete = [r for r in results if r.state == "complete" and r.score is not None]
    if len(complete) < MIN_TRIALS:
        return {}
    ranks = ranks_of(np.array([r.score for r in complete]))
    return {
        name: round(explained_share(ranks, group_numbers([r.settings[name] for r in complete], choice)), 3)
        for name, choice in plan.space.items()
    }


def explained_share(ranks: np.ndarray, groups: np.ndarray) -> float:
    """The share of the ranks' variance that lies between groups, without what chance alone would give."""
    count, parts = len(ranks), len(set(groups.tolist()))
    whole = float(((ranks - ranks.mean()) ** 2).sum())
    if parts < 2 or parts >= count or whole == 0:
        return 0.0
    inside = sum(float(ranks[groups == g].var() * (groups == g).sum()) for g in set(groups.tolist()))
    return max(0.0, 1 - (inside / (count - parts)) / (whole / (count - 1)))


def ranks_of(values: np.ndarray) -> np.ndarray:
    """The place of each value in order; equal values share the mean of their places."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middles: np.ndarray = (ends - (counts - 1) / 2)[inverse]
    return middles


def group_numbers(values: Sequence[Value], choice: Choice) -> np.ndarray:
    """The group of each value: its index in a list, or the third of a span in which it lies."""
    if not isinstance(choice, ValueRange):
        return np.array([choice.index(value) for value in values])
    numbers = np.array(values, dtype=np.float64)
    low, high = choice.low, choice.high
    if choice.log_scale:
        numbers, low, high = np.log(numbers), np.log(low), np.log(high)
    thirds: np.ndarray = np.clip(((numbers - low) / (high - low) * THIRDS).astype(int), 0, THIRDS - 1)
    return thirds


# -- the plot ----------------------------------------------------------------------------------------------


def plot_search(plan: SearchPlan, results: Sequence[TrialResult]) -> None:
    """Draw the search into its folder."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(search_figure(plan, results)).print_figure(plan.folder / PLOT, dpi=110)


def search_figure(plan: SearchPlan, results: Sequence[TrialResult]) -> Figure:
    """One small plot a setting: its value against the score, a dot a complete trial.

    A trial that was stopped early is a small triangle at the upper edge: its score is no whole training's.
    """
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(plan.space))
    rows = -(-len(plan.space) // columns)
    figure = Figure(figsize=(1 + 3.1 * columns, 0.9 + 2.5 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    shares = effects(plan, results)
    for axes, (name, choice) in zip(grid.flat, plan.space.items(), strict=False):
        draw_setting(axes, name, choice, results)
        share = f"\ngoes with {shares[name]:.0%} of the differences" if name in shares else ""
        axes.set_title(name.replace("_", " ") + share, fontsize=10)
    for axes in grid.flat[len(plan.space) :]:
        axes.set_visible(False)
    figure.supylabel("best score, nats (lower is better)", fontsize=10)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def draw_setting(axes: Axes, name: str, choice: Choice, results: Sequence[TrialResult]) -> None:
    """The dots of one setting, on an axis of its values."""
    complete = [r for r in results if r.state == "complete"]
    stopped = [r for r in results if r.state == "pruned"]
    if complete:
        x = places([r.settings[name] for r in complete], choice)
        y = np.array([r.score for r in complete], dtype=np.float64)
        if len(x) > 1:
            axes.scatter(x[1:], y[1:], s=22, color=DOT, alpha=0.75, linewidths=0, label="trial")
        axes.scatter(x[:1], y[:1], s=60, color=BEST, marker="*", linewidths=0, label="best trial", zorder=3)
    if stopped:
        x = places([r.settings[name] for r in stopped], choice)
        high = [0.97] * len(stopped)
        axes.scatter(
            x,
            high,
            s=16,
            color=STOPPED,
            marker="v",
            transform=axes.get_xaxis_transform(),
            label="stopped early",
        )
    axes.margins(y=0.12)
    axes.grid(axis="y", alpha=0.25)
    axes.tick_params(labelsize=8)
    if not isinstance(choice, ValueRange):
        axes.set_xticks(range(len(choice)), [value_text(value) for value in choice])
        axes.set_xlim(-0.5, len(choice) - 0.5)
        return
    margin = 0.05
    if choice.log_scale:
        axes.set_xscale("log")
        axes.minorticks_off()
        ticks = round_numbers(choice.low, choice.high)
        axes.set_xticks(ticks, [value_text(tick) for tick in ticks])
        factor = (choice.high / choice.low) ** margin
        axes.set_xlim(choice.low / factor, choice.high * factor)
    else:
        width = margin * (choice.high - choice.low)
        axes.set_xlim(choice.low - width, choice.high + width)


def places(values: Sequence[Value], choice: Choice) -> np.ndarray:
    """Where values stand on their axis: a list's at 0, 1, 2 ..., equal ones beside one another."""
    if isinstance(choice, ValueRange):
        return np.array(values, dtype=np.float64)
    indices = group_numbers(values, choice)
    seen: dict[int, int] = {}
    out = []
    for index in indices.tolist():
        nth = seen[index] = seen.get(index, -1) + 1
        out.append(index + 0.09 * (((nth + 1) // 2) % 4) * (-1) ** nth)
    return np.array(out)


def round_numbers(low: float, high: float) -> list[float]:
    """Some of 1, 2, 5, 10, 20, 50 ... between low and high, few enough that their labels have room."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [digit * 10.0**power for power in powers for digit in digits]
        inside = [number for number in found if low <= number <= high]
        if len(inside) <= 5:
            break
    return inside


def value_text(value: Value) -> str:
    """A value for tables and plots: three digits, true, false or none."""
    return f"{value:.3g}" if isinstance(value, float) else str(value).lower()
