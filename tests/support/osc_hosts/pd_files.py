"""Reads .pd files without Pd: boxes, their positions, inlets and outlets, and the cords between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

WIDTH, HEIGHT, LINE = 7, 20, 15  # pixels of a letter, a box, a further line in it, at font size 12
MIN_LETTERS = 3  # of a box
NUB = 7  # pixels, the width of an inlet
WRAP = 60  # letters, where a comment or a message has no width of its own

INLETS_OUTLETS = {
    **dict.fromkeys(("r", "receive", "loadbang"), (0, 1)),
    **dict.fromkeys(("s", "send", "print", "outlet", "outlet~"), (1, 0)),
    **dict.fromkeys(("inlet",), (0, 1)),
    **dict.fromkeys(("f", "float", "symbol", "value", "delay", "metro", "realtime", "random"), (2, 1)),
    **dict.fromkeys(("+", "-", "*", "/", "mod", "max", "min", "==", "||", "spigot", "until"), (2, 1)),
    **dict.fromkeys(("osc~", "*~", "timer"), (2, 1)),
    **dict.fromkeys(("tgl", "bng", "hsl", "change", "mtof", "pdcontrol"), (1, 1)),
    **dict.fromkeys(("oscformat", "oscparse", "fudiformat"), (1, 1)),
    **dict.fromkeys(("list append", "list prepend", "list"), (2, 1)),
    **dict.fromkeys(("list trim", "list length", "list fromsymbol", "list tosymbol"), (1, 1)),
    **dict.fromkeys(("text size", "text search"), (2, 1)),
    "value": (1, 1),
    "cnv": (0, 0),
    "moses": (2, 2),
    "makenote": (3, 2),
    "noteout": (3, 0),
    "tabwrite~": (1, 0),
    "soundfiler": (1, 2),
    "array define": (1, 1),
    "vline~": (3, 1),
    "netsend": (1, 2),
    "list split": (2, 3),
    "list store": (2, 2),
    "text define": (1, 2),
    "text delete": (2, 0),
    "text fromlist": (2, 0),
    "text set": (4, 0),
    "text sequence": (2, 2),
}


@dataclass
class Box:
    """A box of a canvas. inside: the canvas of a subpatch."""

    kind: str  # obj, msg, text, floatatom, listbox
    x: int
    y: int
    words: list[str]
    letters: int | None = None  # its width, where the file says one
    inside: Canvas | None = None

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def lines(self) -> int:
        """How many lines the text takes."""
        line, lines = 0, 1
        for word in self.name.replace("\\", "").split(" "):
            if line and line + 1 + len(word) > (self.letters or WRAP):
                line, lines = len(word), lines + 1
            else:
                line += len(word) + (line > 0)
        return lines

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as Pd draws it."""
        if self.words[:1] in (["tgl"], ["bng"]):
            return int(self.words[1]), int(self.words[1])
        if self.words[:1] in (["hsl"], ["cnv"]):
            width, height = (1, 2) if self.words[0] == "hsl" else (2, 3)
            return int(self.words[width]), int(self.words[height])
        longest = min(len(self.name.replace("\\", "").replace(" ,", ",")), self.letters or WRAP)
        letters = longest if self.kind == "text" or not self.letters else self.letters
        letters = max(letters, MIN_LETTERS)
        return letters * WIDTH + 4 + 6 * (self.kind != "obj"), HEIGHT + LINE * (self.lines - 1)

    def place(self, nub: int, of: int, *, below: bool) -> tuple[float, float]:
        """(x, y) of the middle of an inlet or, below the box, of an outlet."""
        width, height = self.size
        step = (width - NUB) / (of - 1) if of > 1 else 0
        return self.x + nub * step + NUB / 2, self.y + (height if below else 0)

    def nubs(self, folder: Path) -> tuple[int, int]:
        """(inlets, outlets), how many it has. folder: of the abstractions."""
        if self.kind != "obj":
            return (0, 0) if self.kind == "text" else (1, 1)
        if self.inside is not None:
            return self.inside.nubs()
        name, *arguments = self.words
        count = len(arguments)
        if name in ("t", "trigger", "unpack"):
            return 1, count
        if name == "pack":
            return count, 1
        if name in ("route", "sel"):
            return (2 if count == 1 else 1), count + 1
        if name == "dac~":
            return count, 0
        if name == "expr":
            return max(int(n) for n in re.findall(r"\$f(\d)", self.name)), 1
        if name == "clone":
            return read_pd(folder / f"{arguments[0]}.pd").nubs()
        if (folder / f"{name}.pd").exists():
            return read_pd(folder / f"{name}.pd").nubs()
        if self.words[:2] == ["text", "sequence"] and "-w" in arguments:
            return 2, 3
        two = " ".join(self.words[:2])
        return INLETS_OUTLETS[two if two in INLETS_OUTLETS else name]


@dataclass
class Canvas:
    """A window. cords: (box, outlet, box, inlet)."""

    name: str
    boxes: list[Box] = field(default_factory=list)
    cords: list[tuple[int, int, int, int]] = field(default_factory=list)

    def nubs(self) -> tuple[int, int]:
        names = [box.words[0] for box in self.boxes if box.kind == "obj" and box.words]
        return (
            sum(name in ("inlet", "inlet~") for name in names),
            sum(name in ("outlet", "outlet~") for name in names),
        )

    def all(self) -> Iterator[Canvas]:
        """This canvas and all inside it."""
        yield self
        for box in self.boxes:
            if box.inside is not None:
                yield from box.inside.all()


def read_pd(path: Path) -> Canvas:
    """Read the outermost canvas of a file."""
    open_canvases: list[Canvas] = []
    outermost = Canvas(path.stem)
    for statement in re.split(r"(?<!\\);\n", path.read_text(encoding="utf-8")):
        words = statement.split()
        if not words or words[0] == "#A":
            continue
        if words[:2] == ["#N", "canvas"]:
            canvas = Canvas(words[6]) if open_canvases else outermost
            open_canvases.append(canvas)
        elif words[1] == "connect":
            box, outlet, other, inlet = map(int, words[2:6])
            open_canvases[-1].cords.append((box, outlet, other, inlet))
        elif words[1] == "restore":
            inside = open_canvases.pop()
            open_canvases[-1].boxes.append(box_of(words, inside))
        else:
            open_canvases[-1].boxes.append(box_of(words))
    return outermost


def box_of(words: list[str], inside: Canvas | None = None) -> Box:
    """The box of a statement; its last words may be ``, f 20``: how wide it is."""
    _, kind, x, y, *text = words
    letters = None
    if kind in ("floatatom", "listbox"):
        letters, text = int(text[0]), []
    elif len(text) >= 2 and text[-2] == "f" and len(text) > 2 and text[-3].endswith(","):
        letters = int(text[-1])
        text = [*text[:-3], text[-3].removesuffix(",")]
    return Box("obj" if kind == "restore" else kind, int(x), int(y), [w for w in text if w], letters, inside)


# -- how it looks ------------------------------------------------------------------------------------------


def covered(canvas: Canvas, folder: Path) -> list[str]:
    """Faults of the layout: boxes that overlap, and cords that run through another box."""
    faults = []
    rectangles = [(box.x, box.y, box.x + box.size[0], box.y + box.size[1]) for box in canvas.boxes]
    for i, (one, a) in enumerate(zip(canvas.boxes, rectangles, strict=True)):
        for other, b in zip(canvas.boxes[i + 1 :], rectangles[i + 1 :], strict=True):
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
                faults.append(f'{canvas.name}: "{one.name}" and "{other.name}" lie on each other')
    for source, outlet, target, inlet in canvas.cords:
        here, there = canvas.boxes[source], canvas.boxes[target]
        start = here.place(outlet, here.nubs(folder)[1], below=True)
        end = there.place(inlet, there.nubs(folder)[0], below=False)
        faults += [
            f'{canvas.name}: the cord from "{here.name}" to "{there.name}" runs over "{box.name}"'
            for number, (box, rectangle) in enumerate(zip(canvas.boxes, rectangles, strict=True))
            if number not in (source, target) and crosses(start, end, rectangle)
        ]
    return faults


def crosses(
    start: tuple[float, float], end: tuple[float, float], rectangle: tuple[float, float, float, float]
) -> bool:
    """Whether the line runs through the rectangle (Liang-Barsky); touching it does not count."""
    left, top, right, bottom = rectangle
    (x, y), dx, dy = start, end[0] - start[0], end[1] - start[1]
    enter, leave = 0.0, 1.0
    for step, distance in (
        (-dx, x - left - 1),
        (dx, right - 1 - x),
        (-dy, y - top - 1),
        (dy, bottom - 1 - y),
    ):
        if step == 0:
            if distance < 0:
                return False
        elif step < 0:
            enter = max(enter, distance / step)
        else:
            leave = min(leave, distance / step)
    return enter < leave
