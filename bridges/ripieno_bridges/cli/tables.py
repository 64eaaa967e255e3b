"""Tables of figures, of at most 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ripieno.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

WIDTH = 80  # columns


def say(line: str) -> None:
    """Print a line; names from a file may stand in it."""
    click.echo(printable(line))


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables, each after an empty line."""
    from rich.console import Console

    console = Console(width=WIDTH)
    for table in tables:
        console.print()
        console.print(table)


def table_of(label: str, *columns: str, min_width: int = 7) -> Table:
    """An empty table: a label, then numbers."""
    from rich.table import Table

    table = Table(label, box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right", min_width=min_width)
    return table


def words(name: str) -> str:
    """The name of a figure in words."""
    return name.replace("_", " ")


def cell_of(value: float | None) -> str:
    """A figure; nothing where nothing was counted."""
    return "" if value is None else f"{value:.3f}"
