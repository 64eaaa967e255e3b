"""Check the built site: nothing is fetched from elsewhere, all of it is there, a telephone can show it.

    python .ci/check_site.py SITE [PICTURES]

PICTURES, a folder, gets a picture of each page as a telephone shows it.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

from chromium import in_chromium

FETCHED = {"script": "src", "link": "href", "img": "src", "audio": "src", "iframe": "src", "source": "src"}


class Fetched(HTMLParser):
    """The addresses that a browser fetches for a page, and those that its style sheets name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(FETCHED.get(tag, ""))
        if address and dict(attrs).get("rel") not in ("canonical", "prev", "next"):
            self.found.append(address)


def faults(site: Path) -> list[str]:
    """What is wrong with a site, one line each."""
    pages = sorted(site.rglob("*.html"))
    found = [] if pages else [f"{site}: no pages"]
    for page in pages:
        parser = Fetched()
        parser.feed(page.read_text("utf-8"))
        for address in parser.found:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                found.append(f"{page.relative_to(site)}: {address} is fetched from elsewhere")
            elif page.name != "404.html" and not (page.parent / unquote(parts.path)).is_file():
                found.append(f"{page.relative_to(site)}: {address} is not there")
    for sheet in sorted(site.rglob("*.css")):
        if "url(http" in sheet.read_text("utf-8").replace('"', "").replace("'", ""):
            found.append(f"{sheet.relative_to(site)}: fetches something from elsewhere")
    found += [f"{path.relative_to(site)}: a script of ours" for path in site.rglob("*.py")]
    return found


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it; a browser that has heard enough of a sound goes away."""

    def log_message(self, *args: object) -> None:
        """Called for each request."""

    def do_GET(self) -> None:
        """Called for each GET."""
        with suppress(ConnectionError):
            super().do_GET()


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of a server of these files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def faults_in_chromium(site: Path, *pictures: str) -> list[str]:
    """What a reader with a telephone would see of faults, one line each."""
    pages = sorted(
        path.relative_to(site).as_posix() for path in site.rglob("*.html") if path.name != "404.html"
    )
    with served(site) as address:
        found = in_chromium("read_site.mjs", address, json.dumps(pages), *pictures)
    return [f"{page}: {fault}" for page, fault in found]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if wrong := faults(folder) or faults_in_chromium(folder, *sys.argv[2:]):
        sys.exit("\n".join(wrong))
