"""Links of the documents as the site needs them: the files stay as the repository's host shows them.

On the site a page of docs/ stands at the top, some pages from beside docs/ stand where they are in the
repository, and the code is not there at all.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = "index.md"
PAGES_BESIDE_DOCS = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "plugin/maxforlive/README.md",
    "plugin/musescore/README.md",
    "plugin/puredata/README.md",
    "scores/README.md",
)
PLAYER = '<audio controls preload="none" style="display: block" src="{}"></audio>'
LINK_OR_CODE = re.compile(  # whichever begins first: code has no links, the words of a link may have code
    r"(?ms)(?P<code>^ *```.*?^ *```$|`[^`\n]+`)"
    r"|(?P<picture>!?)\[(?P<words>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)"
)


def site_path(path: str) -> str | None:
    """Where a file of the repository is on the site; None where it is not."""
    if path == "README.md":
        return HOME
    if path in PAGES_BESIDE_DOCS:
        return path
    return path.removeprefix("docs/") if path.startswith("docs/") else None


def site_markdown(text: str, page: str) -> str:
    """A page for the site. page: its path in the repository.

    Links to pages follow them to their places, links to code become plain words, a link to a sound gets a
    player below it. Bars in code in a table lose the stroke that they need on the host. What does not exist
    stays, for the strict build to refuse.
    """
    return LINK_OR_CODE.sub(lambda found: site_link(found, page), text)


def site_link(found: re.Match[str], page: str) -> str:
    """One link or picture of a page, or a piece of code, which stays."""
    words, target = found["words"], found["target"]
    if found["code"]:
        return found[0].replace(r"\|", "|") if in_table(found) else found[0]
    if ":" in target:
        return found[0]
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
    here, there = site_path(page), site_path(path)
    if there is None:
        return words if (ROOT / path).exists() else found[0]
    relative = posixpath.relpath(there, posixpath.dirname(here or HOME) or ".")
    player = PLAYER.format(relative) if path.endswith(".ogg") else ""
    return f"{found['picture']}[{words}]({relative}{found['anchor'] or ''}){player}"


def in_table(found: re.Match[str]) -> bool:
    """Whether it stands in a row of a table."""
    return found.string[found.string.rfind("\n", 0, found.start()) + 1] == "|"
