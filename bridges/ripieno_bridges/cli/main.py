"""The command line. Heavy things are imported where they are needed, so that --help is there at once."""

from __future__ import annotations

import copy

import click

from ripieno import __version__
from ripieno_bridges.api.music_text import SPELLINGS
from ripieno_bridges.cli.batch import batch
from ripieno_bridges.cli.check import check
from ripieno_bridges.cli.chords import chords
from ripieno_bridges.cli.doctor import doctor
from ripieno_bridges.cli.evaluate import evaluate
from ripieno_bridges.cli.generate import compose, continue_, harmonize, infill, vary
from ripieno_bridges.cli.install import install_plugin
from ripieno_bridges.cli.learn import learn
from ripieno_bridges.cli.listening_test import listening_test
from ripieno_bridges.cli.live import live
from ripieno_bridges.cli.midi import midi
from ripieno_bridges.cli.models import models
from ripieno_bridges.cli.osc import osc
from ripieno_bridges.cli.practice import practice
from ripieno_bridges.cli.score import score
from ripieno_bridges.cli.search import search
from ripieno_bridges.cli.serve import serve
from ripieno_bridges.cli.service import service
from ripieno_bridges.cli.snippets import interpolate, snippets
from ripieno_bridges.cli.train import prepare, train


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ripieno")
def main() -> None:
    """Fill in the missing voices of a piece of music, and never touch what is given.

    \b
    ripieno harmonize melody.musicxml -o satb.musicxml
    ripieno compose --bars 8 --key "g minor" -o chorale.musicxml
    """  # noqa: D301 - click reads the backspace as "keep these lines"


for command in (
    *(harmonize, chords, infill, continue_, vary, compose),
    *(
        batch,
        interpolate,
        snippets,
        check,
        practice,
        score,
        serve,
        service,
        install_plugin,
        live,
        midi,
        osc,
        doctor,
    ),
    *(learn, models, prepare, train, search, evaluate, listening_test),
):
    main.add_command(command)

for group in (main, live):
    for other, usual in SPELLINGS.items():
        alias = copy.copy(group.commands[usual])
        alias.hidden = True
        group.add_command(alias, other)
