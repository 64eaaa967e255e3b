"""Options that mean the same in several commands."""

from __future__ import annotations

import click

from ripieno.limits import MAX_BARS, SEEDS
from ripieno.models.catalog import DEFAULT_MODEL

MODEL = click.option(
    "--model",
    default=DEFAULT_MODEL,
    show_default=True,
    help="A shipped model, or the path of trained weights.",
)
AMOUNT = click.option(
    "--amount",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="How much may change: 0 is nothing, 1 is all.",
)
BARS_TO_ADD = click.option(
    "--bars", type=click.IntRange(1, MAX_BARS), default=4, show_default=True, help="How many measures to add."
)
SEED = click.option(
    "--seed",
    type=click.IntRange(0, SEEDS - 1),
    help="The same seed gives the same notes. [default: a new one]",
)
