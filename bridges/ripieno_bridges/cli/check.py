"""The command check, which looks for faults in voice leading and harmony."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno_bridges.cli.output import PIPED_WIDTH, report_errors
from ripieno_bridges.cli.param_types import SCORE_FILE
from ripieno_bridges.service.score_report import count_notes

if TYPE_CHECKING:
    from ripieno.results import Analysis, Fault
    from ripieno.score import Score


@click.command()
@click.argument("score", type=SCORE_FILE)
@click.option("--analysis", is_flag=True, help="Also name every chord and cadence, with Roman numerals.")
@click.option("--difficulty", is_flag=True, help="Also tell how difficult each voice is to sing, and why.")
@click.option("--all", "list_all", is_flag=True, help="List remarks on style too, not only count them.")
@click.option("--strict", is_flag=True, help="Leave with 1 where there is a fault.")
@click.option("--tune", help="Which tune of an ABC file with several: its number (X:) or its title.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def check(
    score: Path,
    analysis: bool,
    difficulty: bool,
    list_all: bool,
    strict: bool,
    tune: str | None,
    as_json: bool,
) -> None:
    """Look for what a harmony teacher would mark: parallels, closes without a cadence, false relations ...

    Any score of four voices will do, also of two or three. A fault is what Bach and the hymns hardly ever do;
    what they do more often is a remark on style.
    """
    from ripieno.theory.rules import FAULT, faults
    from ripieno_bridges.formats.files import read_score_bytes, read_source, with_one_tune
    from ripieno_bridges.service.score_report import difficulties_of, sung_choir, voice_leading_fields

    source = read_source(score, with_one_tune(score, read_score_bytes(score), tune))
    choir, remarks = sung_choir(source)
    found = faults(choir)
    analysed = None
    if analysis:
        from ripieno.theory.analysis import analyse

        analysed = analyse(choir)
    parts = difficulties_of(choir) if difficulty else None
    if as_json:
        click.echo(json.dumps(voice_leading_fields(score, choir, found, remarks, analysed, parts)))
    else:
        show(choir, found, remarks, list_all=list_all)
        for part in parts or ():
            click.echo(part.sentence)
        if analysed is not None:
            show_analysis(choir, analysed)
    if strict and any(fault.severity == FAULT for fault in found):
        sys.exit(1)


# -- for people --------------------------------------------------------------------------------------------


def show(score: Score, found: Sequence[Fault], remarks: Sequence[str], *, list_all: bool) -> None:
    """Print the faults and warnings, then the remarks on style: each of them, or how many of a rule."""
    from ripieno.theory.rules import REMARK, SEVERITIES

    for remark in remarks:
        click.echo(remark)
    listed = [f for f in found if list_all or f.severity != REMARK]
    if listed:
        print_table(sorted(listed, key=lambda f: SEVERITIES.index(f.severity)))
    notes = count_notes(score)
    if not list_all:
        for line in style_lines([f for f in found if f.severity == REMARK], notes):
            click.echo(line)
    click.echo(summary(found, notes))


def print_table(found: Sequence[Fault]) -> None:
    """Faults as a table, a line each as far as the terminal is wide."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("measure", "beat"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("voices", "", "rule", "what"):
        table.add_column(title)
    for fault in found:
        voices = ", ".join(fault.voices)
        table.add_row(fault.measure, f"{fault.beat:g}", voices, fault.severity, fault.rule, fault.sentence)
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)


def style_lines(found: Sequence[Fault], notes: int) -> list[str]:
    """The remarks on style as one line a rule, beside Bach's rate."""
    from ripieno.theory.rules import RULES

    counts = Counter(fault.rule for fault in found)
    lines = [
        f"  {rule.name}: {counts[rule.name]}, {100 * counts[rule.name] / notes:.1f} per 100 notes; "
        f"Bach {rule.bach:.1f}, hymns {rule.hymns:.1f}"
        for rule in RULES
        if counts[rule.name]
    ]
    return ["on style (--all lists each):", *lines] if lines else []


def summary(found: Sequence[Fault], notes: int) -> str:
    """The number of faults and warnings, in one line."""
    from ripieno.theory.rules import FAULT, RULES, SEVERITIES

    if not found:
        return f"nothing found in {number(notes, 'note')}"
    counts = Counter(fault.severity for fault in found)
    words = ", ".join(number(counts[severity], severity) for severity in SEVERITIES)
    bach = sum(rule.bach for rule in RULES if rule.severity == FAULT)
    rate = f"{100 * counts[FAULT] / notes:.1f} faults per 100 notes; Bach {bach:.1f}"
    return f"{words} in {number(notes, 'note')}: {rate}"


def number(count: int, word: str) -> str:
    """A count with its word: "1 fault", "2 faults", "no faults"."""
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"


def show_analysis(score: Score, analysed: Analysis) -> None:
    """Print the chords, a line a measure."""
    click.echo("")
    for line in analysed.lines(score):
        click.echo(line)
