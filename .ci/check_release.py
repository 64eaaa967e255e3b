"""Check that a tag may become a release, and print its section of CHANGELOG.md, the text of the release.

    python .ci/check_release.py v1.2.0

The tag, the version in the code and the newest section of the changelog must be the same, and the section
dated.
"""

import re
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAG = re.compile(r"v(\d+\.\d+\.\d+)")
HEADING = re.compile(r"(?m)^## (\S+) \((.+)\)$")
VERSION_FILE = "engine/ripieno/__init__.py"


def release_text(tag: str, changelog: str, code: str) -> str:
    """The section of the tag's version. Raises ValueError with what is to be mended."""
    named = TAG.fullmatch(tag)
    if named is None:
        raise ValueError(f"the tag {tag} is not of the form v1.2.3")
    version = re.search(r'__version__ = "(.+)"', code)
    if version is None or version[1] != named[1]:
        raise ValueError(f"{VERSION_FILE} says {version and version[1]}, the tag {tag}; change one of them")
    heading = HEADING.search(changelog)
    if heading is None or heading[1] != named[1]:
        raise ValueError(f"the first section of CHANGELOG.md is {heading and heading[1]}, not {named[1]}")
    try:
        date.fromisoformat(heading[2])
    except ValueError as exc:
        way_out = f"write the day of the release, ## {named[1]} (2026-01-31)"
        raise ValueError(f"CHANGELOG.md says ({heading[2]}) of {named[1]}; {way_out}") from exc
    text = HEADING.split(changelog)[3].strip()
    if not re.search(r"(?m)^- \S", text):
        raise ValueError(f"CHANGELOG.md says nothing of {named[1]}; add what users will notice")
    return text


if __name__ == "__main__":
    try:
        sys.stdout.write(
            release_text(
                sys.argv[1],
                (ROOT / "CHANGELOG.md").read_text("utf-8"),
                (ROOT / VERSION_FILE).read_text("utf-8"),
            )
            + "\n"
        )
    except ValueError as exc:
        sys.exit(str(exc))
