"""The page of a listening test: as our server sends it, or as one file that needs no server."""

from __future__ import annotations

import base64
import re

from ripieno_bridges import page
from ripieno_bridges.listening.listening_test import ListeningTest

TEMPLATE, ENTRY = "listening.html", "listening.js"
STYLES, ICON = ("page.css", "listening.css"), "icon.svg"
DATA = '<script type="application/json" id="test"></script>'
IMPORT = re.compile(r'(\bfrom |\bimport )"\./([\w.]+\.js)"')
PREFIX = "ripieno/"  # of the modules' names in the file


def page_for_server(test: ListeningTest) -> str:
    """The page with the test in it; its modules and styles stay files of the server."""
    template = read(TEMPLATE)
    assert template.count(DATA) == 1
    json = test.to_json().decode("utf-8").strip().replace("<", "\\u003c")  # no end of a script in it
    return template.replace(DATA, DATA.replace("></", f">{json}</"))


def page_in_one_file(test: ListeningTest) -> str:
    """The page with all that it needs in it.

    A browser loads no module from the file of a page that was opened as a file, so each module is an address
    with its text (``data:``), and an import map gives it its name.
    """
    html = page_for_server(test)
    for name in STYLES:
        html = replaced(html, f'<link rel="stylesheet" href="page/{name}">', f"<style>\n{read(name)}</style>")
    icon = base64.b64encode(read(ICON).encode()).decode("ascii")
    html = replaced(html, f'href="page/{ICON}"', f'href="data:image/svg+xml;base64,{icon}"')
    entries = ",\n".join(f'"{PREFIX}{name}": "{data_address(name)}"' for name in modules(ENTRY))
    scripts = (
        f'<script type="importmap">{{"imports": {{\n{entries}\n}}}}</script>\n'
        f'<script type="module">import "{PREFIX}{ENTRY}";</script>'
    )
    return replaced(html, f'<script type="module" src="page/{ENTRY}"></script>', scripts)


def replaced(text: str, old: str, new: str) -> str:
    """The text with one place of it replaced."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def read(name: str) -> str:
    """The text of a file of the page."""
    return (page.FOLDER / name).read_text("utf-8")


def modules(entry: str) -> list[str]:
    """A module of the page and all that it imports, by itself or by way of others, each once."""
    found = [entry]
    for name in found:  # grows meanwhile
        found += [other for _, other in dict.fromkeys(IMPORT.findall(read(name))) if other not in found]
    return list(dict.fromkeys(found))


def data_address(name: str) -> str:
    """A module as an address with its text, which imports the others by their names in the file."""
    text = IMPORT.sub(rf'\1"{PREFIX}\2"', read(name))
    return f"data:text/javascript;base64,{base64.b64encode(text.encode()).decode('ascii')}"
