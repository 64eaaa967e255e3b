"""Files that are sent unchanged: those of the page, and the examples. They are listed once, at the start.

A name that a client sends is looked up in these tables only; it never becomes a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from ripieno_bridges import page
from ripieno_bridges.http_server.media_types import JSON, MUSICXML

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": JSON,
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
EXAMPLES = "examples"
REPOSITORY = Path(page.__file__).parents[3]
TITLE_ELEMENTS = ("work/work-title", "movement-title")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that may be sent. title: of an example."""

    path: Path
    media_type: str
    title: str = ""

    def data(self) -> bytes:
        """The bytes of the file."""
        return self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class Pages:
    """All files, by the names in their addresses. missing: libraries of the page that are not installed."""

    files: Mapping[str, StaticFile]
    examples: Mapping[str, StaticFile]
    missing: tuple[str, ...] = ()


def find_pages() -> Pages:
    """The files that are installed."""
    return Pages(
        files=MappingProxyType(page_files(page.FOLDER)),
        examples=MappingProxyType(examples_in(examples_folder())),
        missing=page.missing(),
    )


def page_files(folder: Path) -> dict[str, StaticFile]:
    """The files of the page, by their paths in this folder."""
    found: dict[str, StaticFile] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith((".", "_")) or part == "node_modules" for part in name.parts)
        if path.is_file() and path.suffix in MEDIA_TYPES and not hidden and name.parts[0] != EXAMPLES:
            found[name.as_posix()] = StaticFile(path, MEDIA_TYPES[path.suffix])
    return found


def examples_folder() -> Path:
    """The folder of the examples: in the installed package, or in the repository."""
    inside = page.FOLDER / EXAMPLES
    return inside if inside.is_dir() else REPOSITORY / "scores"


def examples_in(folder: Path) -> dict[str, StaticFile]:
    """The melodies in a folder, by their names; none if there is no such folder."""
    found = sorted(folder.glob("*.musicxml"))
    return {path.stem: StaticFile(path, MUSICXML, title_of(path)) for path in found}


def title_of(path: Path) -> str:
    """The title of one of ripieno's own scores; without one, the name of the file."""
    root = etree.parse(str(path), etree.XMLParser(no_network=True, resolve_entities=False)).getroot()
    titles = (root.findtext(element) for element in TITLE_ELEMENTS)
    return next((title.strip() for title in titles if title and title.strip()), path.stem)


def missing_page(missing: tuple[str, ...]) -> str:
    """The HTML that is shown if libraries of the page are missing."""
    files = "".join(f"<li>{escape(file)}</li>" for file in missing)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>ripieno</title></head><body>'
        "<h1>ripieno is running, but its page is not complete</h1>"
        f"<p>What draws and plays the music is missing:</p><ul>{files}</ul>"
        f"<p>To get it, {escape(page.HOW_TO_GET_THEM)}, and start it once more. MuseScore, Live, Max and "
        "Pure Data can use ripieno meanwhile.</p></body></html>"
    )
