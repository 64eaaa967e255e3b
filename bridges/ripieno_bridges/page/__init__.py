"""The browser page: its files, which the HTTP server sends, and the library that it needs."""

from pathlib import Path

FOLDER = Path(__file__).parent
FILES = ("vendor/verovio-toolkit-wasm.js",)
HOW_TO_GET_THEM = "install Node.js, which brings npm, then install ripieno again"


def missing() -> tuple[str, ...]:
    """The libraries that are missing, as paths relative to this folder; hatch_build.py fetches them."""
    return tuple(file for file in FILES if not (FOLDER / file).is_file())
