"""Check the built site: pages fetch nothing from elsewhere, and what they fetch is there."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

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


if __name__ == "__main__":
    if wrong := faults(Path(sys.argv[1])):
        sys.exit("\n".join(wrong))
