"""Draw the pictures of docs/architecture.md from the code: ``python docs/draw_architecture.py``.

docs/pictures/architecture.json holds what was drawn, and a test compares it with the code. ``--record FILE``
writes only that, there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from import_graph import BRIDGES, ENGINE, ROOT, floors, imports, needed
from layered_layout import GraphLayout, lay_out
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path as Outline
from PIL import Image

PICTURES = ROOT / "docs" / "pictures"
DRAWN = PICTURES / "architecture.json"
FOLDERS = {ENGINE: "engine/ripieno", BRIDGES: "bridges/ripieno_bridges"}
WAYS = ("harmonize", "http", "prepare", "train")
INK, LINE = "#1d2733", "#7b8794"
TINTS = {BRIDGES: "#dbe9f6", ENGINE: "#fbe8d0"}
FRAMES = {BRIDGES: "#f4f8fc", ENGINE: "#fef8f0"}
EDGES = {BRIDGES: "#4a7fb5", ENGINE: "#c98a3c"}
DPI = 130
COLORS = 64  # of a picture, so that the files stay small


def drawn() -> dict[str, Any]:
    """All that the pictures show, from the code: floors, imports, and the ways of four runs."""
    with ThreadPoolExecutor() as pool:
        ways = dict(zip(WAYS, pool.map(trace, WAYS), strict=True))
    return {"floors": floors(), "imports": imports(), "ways": ways}


def trace(run: str) -> list[str]:
    """The way of a run, in a process of its own; see trace_calls.py."""
    script = Path(__file__).with_name("trace_calls.py")
    done = subprocess.run([sys.executable, script, run], check=True, stdout=subprocess.PIPE)  # noqa: S603
    steps: list[str] = json.loads(done.stdout)
    return steps


def package_of(name: str) -> str:
    """``ripieno_bridges`` of ``ripieno_bridges.cli``."""
    return name.split(".")[0]


# -- pages -----------------------------------------------------------------------------------------------


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A white page of that size in inches, without axes."""
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    return figure, axes


def save(figure: Figure, path: Path) -> None:
    """Write a picture as PNG."""
    drawing = BytesIO()
    figure.savefig(drawing, format="png", dpi=DPI)
    Image.open(drawing).convert("RGB").quantize(COLORS).save(path, optimize=True)


# -- the house ---------------------------------------------------------------------------------------------

FLOOR, BOX_HEIGHT, LETTER, GAP = 0.86, 0.38, 0.117, 0.32  # inches
ARROW = "-|>,head_width=2.6,head_length=4.5"
EVEN = {"linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
Point = tuple[float, float]
SIDE = 0.45  # from the outermost box to the frame


def draw_house(record: dict[str, Any], path: Path) -> None:
    """The boxes on their floors, with an arrow for each import that does not follow from others."""
    levels: list[list[str]] = record["floors"]
    widths = {box: LETTER * len(label(box)) + 0.3 for floor in levels for box in floor}
    layout = lay_out(levels, needed(record["imports"]), widths, gap=GAP)
    left = min(x - widths[box] / 2 for box, (x, _) in layout.places.items()) - SIDE
    right = max(x + widths[box] / 2 for box, (x, _) in layout.places.items()) + SIDE
    left = min(left, *(x - SIDE for way in layout.ways.values() for x, _ in way))
    right = max(right, *(x + SIDE for way in layout.ways.values() for x, _ in way))
    figure, axes = canvas(right - left, FLOOR * len(levels) + 0.2)
    axes.set_xlim(left, right)
    axes.set_ylim(FLOOR * len(levels) + 0.1, -0.1)
    for package in (BRIDGES, ENGINE):
        here = [i for i, floor in enumerate(levels) if package_of(floor[0]) == package]
        draw_frame(axes, package, here, left, right)
    draw_arrows(axes, layout)
    for box, (x, floor) in layout.places.items():
        package = package_of(box)
        corner = (x - widths[box] / 2, height(floor) - BOX_HEIGHT / 2)
        style = {"facecolor": TINTS[package], "edgecolor": EDGES[package], "linewidth": 1.2}
        axes.add_patch(
            FancyBboxPatch(corner, widths[box], BOX_HEIGHT, boxstyle="round,pad=0,rounding_size=0.1", **style)
        )
        axes.text(x, height(floor), label(box), ha="center", va="center_baseline", fontsize=12, color=INK)
    save(figure, path)


def label(box: str) -> str:
    """``models/`` for a folder, ``score.py`` for a file."""
    package, name = box.split(".")
    folder = ROOT / FOLDERS[package] / name
    return f"{name}/" if folder.is_dir() else f"{name}.py"


def height(floor: int) -> float:
    """The middle of a floor."""
    return FLOOR * (floor + 0.5)


def draw_frame(axes: Axes, package: str, here: Sequence[int], left: float, right: float) -> None:
    """The frame around a package's floors, with lines between them."""
    top, bottom = FLOOR * here[0] + 0.04, FLOOR * (here[-1] + 1) - 0.04
    axes.add_patch(Rectangle((left, top), right - left, bottom - top, color=FRAMES[package], zorder=0))
    for floor in here[1:]:
        axes.plot([left, right], [FLOOR * floor] * 2, color="white", linewidth=2.5, zorder=0.5)
    axes.text(
        left + 0.12,
        top + 0.12,
        FOLDERS[package] + "/",
        fontsize=13,
        va="top",
        color=EDGES[package],
        weight="bold",
    )


def draw_arrows(axes: Axes, layout: GraphLayout) -> None:
    """The arrows, from the bottom of one box to the top of another; upright where they pass beside boxes."""
    for way in layout.ways.values():
        points = [(x, height(floor) + side * BOX_HEIGHT / 2) for x, floor in way for side in (-1, 1)]
        path = curve(points[1:-1])
        axes.add_patch(FancyArrowPatch(path=path, arrowstyle=ARROW, color=LINE, zorder=1, **EVEN))


def curve(points: Sequence[Point]) -> Outline:
    """A smooth line through the points that is upright at each."""
    vertices, codes = [points[0]], [Outline.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Outline.CURVE4] * 3
    return Outline(vertices, codes)


# -- the ways ----------------------------------------------------------------------------------------------

ROW, COLUMN, MARGIN = 0.205, 5.2, 0.15  # inches
NUMBER_AT, LABEL_AT, NAME_AT = 0.32, 0.42, 1.9  # in a column
TITLE_ROWS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a way. folder: as its label says it; empty for what is drawn in between: a border."""

    package: str
    folder: str
    text: str


def draw_way(columns: Sequence[tuple[str, Sequence[str]]], path: Path) -> None:
    """Columns of steps, each under a title, from the top down and then to the right."""
    rows = max(len(steps) for _, steps in columns) + TITLE_ROWS
    width, tall = COLUMN * len(columns) + MARGIN, ROW * rows + 2 * MARGIN
    figure, axes = canvas(width, tall)
    axes.set_xlim(0, width)
    axes.set_ylim(tall, 0)
    number = 0
    for column, (title, steps) in enumerate(columns):
        left, top = MARGIN + COLUMN * column, MARGIN + ROW * TITLE_ROWS
        axes.text(left, MARGIN + ROW / 2, title, fontsize=12, weight="bold", va="center", color=INK)
        number = 0 if title else number
        for folder, group in groupby(map(row_of, steps), key=lambda row: (row.package, row.folder)):
            lines = list(group)
            draw_group(axes, (left, top), folder, lines, number)
            top += ROW * len(lines)
            number += len(lines) if folder[1] else 0
    save(figure, path)


def row_of(step: str) -> Row:
    """A step as it is drawn: ``formats/musicxml`` and ``reader.read_musicxml``."""
    module, _, function = step.partition(":")
    if not function:
        return Row("", "", step)
    package, *parts = module.split(".")
    inside = ROOT / FOLDERS[package] / Path(*parts)
    folder, file = (parts, []) if inside.is_dir() else (parts[:-1], parts[-1:])
    return Row(package, "/".join(folder) or FOLDERS[package], ".".join([*file, function]))


def draw_group(axes: Axes, corner: Point, folder: tuple[str, str], rows: Sequence[Row], number: int) -> None:
    """Steps that follow each other in one folder, or a border. number: of the steps before."""
    (left, top), (package, name) = corner, folder
    width, tall = COLUMN - MARGIN, ROW * len(rows) - 0.025
    if not name:
        axes.add_patch(Rectangle(corner, width, tall, color=LINE))
        axes.text(
            left + LABEL_AT,
            top + ROW / 2,
            rows[0].text,
            fontsize=10,
            va="center",
            color="white",
            weight="bold",
        )
        return
    axes.add_patch(Rectangle(corner, width, tall, color=TINTS[package]))
    text = {"va": "center", "fontsize": 10}
    axes.text(left + LABEL_AT, top + ROW / 2, name, color=EDGES[package], weight="bold", **text)
    for i, row in enumerate(rows):
        y = top + ROW * (i + 0.5)
        axes.text(left + NUMBER_AT, y, str(number + i + 1), color=LINE, ha="right", va="center", fontsize=8)
        axes.text(left + NAME_AT, y, row.text, color=INK, **text)


def halves(title: str, steps: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """A way in two columns."""
    half = (len(steps) + 1) // 2
    return [(title, steps[:half]), ("", steps[half:])]


# -- all of them -------------------------------------------------------------------------------------------


def draw(record: dict[str, Any], folder: Path) -> None:
    """Draw all pictures."""
    ways = record["ways"]
    draw_house(record, folder / "architecture.png")
    draw_way(halves("ripieno harmonize melody.musicxml", ways["harmonize"]), folder / "way-of-a-command.png")
    draw_way(halves("POST /v1/musicxml/harmonize", ways["http"]), folder / "way-of-a-request.png")
    columns = [("ripieno prepare scores/", ways["prepare"]), ("ripieno train lstm corpus.npz", ways["train"])]
    draw_way(columns, folder / "way-of-a-training.png")


def main(arguments: Sequence[str]) -> None:
    """Record what the code has, and draw it."""
    record = drawn()
    target = Path(arguments[1]) if arguments[:1] == ["--record"] else DRAWN
    target.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    if target == DRAWN:
        draw(record, PICTURES)


if __name__ == "__main__":
    main(sys.argv[1:])
