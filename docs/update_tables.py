"""Rewrite the tables of settings in docs/protocol.md from the code: ``python docs/update_tables.py``."""

from __future__ import annotations

import re
from pathlib import Path

from ripieno_bridges.api.settings import Interface
from ripieno_bridges.api.settings_table import markdown_table

PROTOCOL = Path(__file__).with_name("protocol.md")
HEADINGS: dict[str, Interface] = {"Settings": "osc", "Settings in a body": "http"}


def updated(text: str) -> str:
    """The document with the tables as the code has them."""
    for heading, interface in HEADINGS.items():
        pattern = rf"(\n## {heading}\n(?:(?!\|).*\n)+)(?:\|.*\n)+"
        table = markdown_table(interface).replace("\\", r"\\")
        text, count = re.subn(pattern, rf"\g<1>{table}", text)
        assert count == 1, heading
    return text


if __name__ == "__main__":
    PROTOCOL.write_text(updated(PROTOCOL.read_text("utf-8")), "utf-8")
