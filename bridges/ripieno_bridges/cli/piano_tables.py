"""The tables of `ripieno evaluate` for a piano model: what it composed beside what people wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ripieno_bridges.cli.tables import cell_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from ripieno.evaluation.piano_report import PianoReport

# The names of the measures, as a reader understands them.
LABELS = {
    "no right hand": "measures without right hand",
    "an empty hand": "measures with an empty hand",
    "bass then chord": "left hand: beats of bass, then chord",
    "chord changes": "changes of chord a measure",
    "changes at barlines": "changes of chord at barlines",
    "measures in a key": "measures in one key, at most 16",
    "ends on tonic": "last chord on the tonic",
    "close on tonic": "and a close before it",
    "periods closed": "groups of 8 measures with a cadence",
    "other groups closed": "groups that begin elsewhere",
    "on blues scheme": "measures on the twelve-bar scheme",
    "measures return": "measures that come back",
    "phrases return": "phrases of 4 measures that come back",
}


def piano_tables(report: PianoReport) -> Iterator[Table]:
    """What was counted; distances and originality; the likelihood, where there is one."""
    made, originals = report.made, report.originals
    table = table_of("shares", "made", "originals")
    for label, one, other in (
        ("pieces", made.pieces, originals.pieces),
        ("measures", made.measures, originals.measures),
    ):
        table.add_row(label, str(one), str(other))
    for name, value in made.shares.items():
        table.add_row(LABELS[name], cell_of(value), cell_of(originals.shares[name]))
    yield table
    table = table_of("against the training pieces, 0 to 1", "made", "originals")
    for name, value in made.distances.items():
        table.add_row(f"distance in {name}", cell_of(value), cell_of(originals.distances[name]))
    table.add_row(
        "notes in one place of a piece, median", cell_of(made.median_share), cell_of(originals.median_share)
    )
    table.add_row("and at most", cell_of(made.highest_share), cell_of(originals.highest_share))
    yield table
    if report.nats is not None:
        table = table_of("nats, originals", "")
        table.add_row("a cell, whether it plays", f"{report.nats.play_a_cell:.5f}")
        table.add_row("a cell, whether it is struck", f"{report.nats.articulate_a_cell:.5f}")
        table.add_row("a note", f"{report.nats.a_note:.4f}")
        yield table
