"""Draw the device: ``python plugin/maxforlive/draw.py picture.png``.

The picture has each box of ``ripieno.maxpat`` in presentation mode at its place. Live's own fonts and colours
differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Polygon

PATCHER = Path(__file__).with_name("ripieno.maxpat")
HEIGHT = 169  # pixels: that of every device in Live
MARGIN = 6
SCALE = 4  # pixels of the picture for one of the device
FONT = "DejaVu Sans"
FONT_SCALE = 0.86  # Live's own font is narrower
SURFACE, EDGE, FIELD, BUTTON, ON_LCD = "#c9c9c9", "#8a8a8a", "#efefef", "#dedede", "#cfcfcf"
TEXT, DIM, GREEN, LCD = "#151515", "#3c3c3c", "#59bf59", "#292929"
# As after Harmonize was pressed.
STATUS = "Version 1 of 3: Alto, Tenor, Bass. Seed 4711. Put an instrument on the new tracks."
VALUES = {"Seed": "4711"}


def draw(patcher: dict[str, Any], path: Path) -> None:
    width = patcher["devicewidth"]
    figure = pyplot.figure(
        figsize=((width + 2 * MARGIN) * SCALE / 300, (HEIGHT + 2 * MARGIN) * SCALE / 300), dpi=300
    )
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, width + MARGIN), ylim=(HEIGHT + MARGIN, -MARGIN))
    axes.axis("off")
    rectangle(axes, (0, 0, width, HEIGHT), SURFACE, rounded=4)
    boxes = [box["box"] for box in patcher["boxes"] if box["box"].get("presentation")]
    for box in sorted(boxes, key=lambda box: not box.get("background")):
        PAINTERS[box["maxclass"]](axes, box)
    figure.savefig(path, facecolor="white")
    pyplot.close(figure)


def panel(axes: Axes, box: dict[str, Any]) -> None:
    is_light = box.get("varname") == "light"
    rectangle(axes, box["presentation_rect"], GREEN if is_light else LCD, rounded=5.4 if is_light else 3)


def label(axes: Axes, box: dict[str, Any]) -> None:
    x, y, _, height = box["presentation_rect"]
    bold = box.get("fontface") == 1
    draw_text(
        axes, x + 2, y + height / 2, box["text"], size=box["fontsize"], weight="bold" if bold else "normal"
    )


def status(axes: Axes, box: dict[str, Any]) -> None:
    x, y, _, _ = box["presentation_rect"]
    draw_text(axes, x + 3, y + 9, STATUS, size=box["fontsize"], color=ON_LCD)


def button(axes: Axes, box: dict[str, Any]) -> None:
    x, y, width, height = box["presentation_rect"]
    rectangle(axes, (x, y, width, height), BUTTON, edge=EDGE)
    draw_text(axes, x + width / 2, y + height / 2, box["text"], size=box["fontsize"], center=True)


def field(axes: Axes, box: dict[str, Any]) -> None:
    """A number box or a menu, with its initial value."""
    x, y, width, height = box["presentation_rect"]
    rectangle(axes, (x, y, width, height), FIELD, edge=EDGE)
    value = box["saved_attribute_attributes"]["valueof"]
    draw_text(axes, x + 4, y + height / 2, text_of(value), size=9.5)
    if "parameter_enum" in value:
        tip = (x + width - 6, y + height / 2 + 2)
        axes.add_patch(Polygon([tip, (tip[0] - 3, tip[1] - 4), (tip[0] + 3, tip[1] - 4)], color=DIM))


def text_of(value: dict[str, Any]) -> str:
    initial = value["parameter_initial"][0]
    if value["parameter_longname"] in VALUES:
        return VALUES[value["parameter_longname"]]
    if "parameter_enum" in value:
        return str(value["parameter_enum"][initial])
    return {0: "{:.0f}", 1: "{:.2f}", 5: "{:.0f} %"}[value["parameter_unitstyle"]].format(initial)


def rectangle(axes: Axes, rect: Any, color: str, *, edge: str | None = None, rounded: float = 2) -> None:
    x, y, width, height = rect
    style = f"round,pad=0,rounding_size={rounded}"
    axes.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle=style, fc=color, ec=edge or color, linewidth=0.5)
    )


def draw_text(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    color: str = TEXT,
    weight: str = "normal",
    center: bool = False,
) -> None:
    axes.text(
        x,
        y,
        text,
        fontsize=size * FONT_SCALE * SCALE * 72 / 300,
        color=color,
        weight=weight,
        family=FONT,
        ha="center" if center else "left",
        va="center_baseline",
    )


PAINTERS = {
    "panel": panel,
    "comment": status,
    "live.comment": label,
    "live.text": button,
    "live.menu": field,
    "live.numbox": field,
}

if __name__ == "__main__":
    draw(json.loads(PATCHER.read_text(encoding="utf-8"))["patcher"], Path(sys.argv[1]))
