"""Rewrite the tables of the documents from the code: ``python docs/update_tables.py``.

The settings in settings.md and protocol.md, the limits in protocol.md, the rules of the harmony class in
theory.md. Tests compare them.
"""

from __future__ import annotations

import re
from pathlib import Path

import limits_table

from ripieno.theory.rules import RULES
from ripieno_bridges.api.settings import SETTINGS, TASKS, Interface, Setting
from ripieno_bridges.api.settings_table import in_cell, markdown_meaning, markdown_table

LIMITS = {"Limits": limits_table.osc_limits, "How much is read": limits_table.http_limits}
DOCS = Path(__file__).parent
TABLES: dict[str, Interface] = {"Settings": "osc", "Settings in a body": "http"}  # headings of protocol.md


def rules_table() -> str:
    """The rules as a table in Markdown."""
    rows = [
        f"| {rule.name} | {rule.severity} | {rule.bach:.3f} | {rule.hymns:.3f} | {rule.meaning} |\n"
        for rule in RULES
    ]
    head = "| rule | severity | Bach, per 100 notes | hymns | what is asked |\n|---|---|---|---|---|\n"
    return head + "".join(rows)


def settings_table() -> str:
    """All settings with their names at every interface, as settings.md has them."""
    head = "| command line | OSC | HTTP | value | tasks | means |\n|---|---|---|---|---|---|\n"
    return head + "".join(setting_row(setting) for setting in SETTINGS)


def setting_row(setting: Setting) -> str:
    """A setting as a row of settings.md."""
    names: dict[Interface, str] = {
        "cli": f"`--{setting.option or setting.word}`",
        "osc": f"`{setting.name}`",
        "http": f"`{setting.key or setting.name}`",
    }
    cells = [name if interface in setting.interfaces else "" for interface, name in names.items()]
    tasks = "all" if setting.tasks == TASKS else ", ".join(setting.tasks)
    cells += [in_cell(setting.kind.allowed), tasks, in_cell(markdown_meaning(setting))]
    return f"| {' | '.join(cells)} |\n"


def with_table(text: str, heading: str, table: str) -> str:
    """The document with this table in place of the first one under a heading."""
    pattern = rf"(\n## {re.escape(heading)}\n(?:(?!\|).*\n)+)(?:\|.*\n)+"
    text, count = re.subn(pattern, lambda found: found[1] + table, text)
    assert count == 1, heading
    return text


def main() -> None:
    """Rewrite the documents."""
    protocol, theory = DOCS / "protocol.md", DOCS / "theory.md"
    text = protocol.read_text("utf-8")
    for heading, interface in TABLES.items():
        text = with_table(text, heading, markdown_table(interface))
    for heading, rows in LIMITS.items():
        text = with_table(text, heading, limits_table.markdown(rows()))
    protocol.write_text(text, "utf-8")
    settings = DOCS / "settings.md"
    settings.write_text(with_table(settings.read_text("utf-8"), "All settings", settings_table()), "utf-8")
    theory.write_text(with_table(theory.read_text("utf-8"), "The rules", rules_table()), "utf-8")


if __name__ == "__main__":
    main()
