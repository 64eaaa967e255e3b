"""The command line. Heavy things are imported where they are needed, so that --help is there at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from ripieno import __version__
from ripieno.errors import STOPPED
from ripieno_bridges.api.music_text import usual_spelling
from ripieno_bridges.cli.check import check
from ripieno_bridges.cli.evaluate import evaluate
from ripieno_bridges.cli.generate import compose, continue_, harmonize, infill, vary
from ripieno_bridges.cli.install import install_plugin
from ripieno_bridges.cli.live import live
from ripieno_bridges.cli.midi import midi
from ripieno_bridges.cli.search import search
from ripieno_bridges.cli.serve import doctor, serve
from ripieno_bridges.cli.snippets import interpolate, snippets
from ripieno_bridges.cli.train import prepare, train


@contextmanager
def ending_at_interrupt() -> Iterator[None]:
    """End the program at Ctrl-C where no command does it; click would say "Aborted!" and leave with 1."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("ripieno: stopped", err=True)
        sys.exit(STOPPED)


class Commands(click.Group):
    """Commands that may be spelled in another way, too: harmonise. Ctrl-C ends them with its own status."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """The context, from the words of the command line."""
        with ending_at_interrupt():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with ending_at_interrupt():
            return super().invoke(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, in either spelling."""
        return super().get_command(ctx, usual_spelling(cmd_name))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ripieno")
def main() -> None:
    """Fill in the missing voices of a piece of music, and never touch what is given.

    \b
    ripieno harmonize melody.musicxml -o satb.musicxml
    ripieno compose --bars 8 --key "g minor" -o chorale.musicxml
    """  # noqa: D301 - click reads the backspace as "keep these lines"


for command in (
    *(harmonize, infill, continue_, vary, compose),
    *(interpolate, snippets, check, serve, install_plugin, live, midi, doctor),
    *(prepare, train, search, evaluate),
):
    main.add_command(command)
