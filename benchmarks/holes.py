"""How plans better what is regenerated or continued: with a planner and without one, beside people.

    python benchmarks/holes.py choir.npz [--every 2] [--tasks infill,vary,continue] [--model lstm-chorales]

Of the pieces for validation, fermatas hidden, seed 1: ``infill`` regenerates one to four measures (of every
second piece in all voices, of the others below the melody; of every fourth piece the last measures), ``vary``
a part of the notes, ``continue`` goes on from the first half. Key and phrases are found as for any user.
"""

import argparse
import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from ripieno.corpus.corpus import load_corpus
from ripieno.evaluation.melody import measures_of
from ripieno.evaluation.setting import read_setting
from ripieno.evaluation.settings_by_others import CADENCES
from ripieno.grid import HOLD, REST, Grid, column_notes, score_to_grid, sounding_pitches
from ripieno.models.generator import Generator
from ripieno.models.loading import load
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Score, Voice
from ripieno.tasks.choir import continue_, infill, vary
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.hearing import hear
from ripieno.theory.plans import beat_steps
from ripieno.theory.ranges import parallels

MAX_BARS = 8  # of a continuation
SETTINGS = DraftSettings(1)
FIGURES = ("root", "cells", "cadence", "inversions", "parallels per 100 notes", "notes a beat")
Span = tuple[Fraction, Fraction]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--every", type=int, default=2, help="take every so many-th piece")
    parser.add_argument("--tasks", default="infill,vary,continue")
    parser.add_argument("--model", default="lstm-chorales")
    arguments = parser.parse_args()
    planned = load(arguments.model)
    plain = copy.copy(planned)
    plain.planner = None
    grids = [piece.grid for piece in load_corpus(arguments.corpus).valid][:: arguments.every]
    for task in arguments.tasks.split(","):
        table = Table("", "without", "with a plan", title=f"{arguments.model}, {task}: {len(grids)} pieces")
        columns = [figures(task, grids, model) for model in (plain, planned)]
        for name in FIGURES:
            table.add_row(name, *(f"{column[name]:.3f}" for column in columns))
        Console(width=80).print(table)


def figures(task: str, grids: list[Grid], model: Generator) -> dict[str, float]:
    """The figures of a task, by name."""
    hits: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    for index, grid in enumerate(grids):
        score, span, do = trial(task, full_score(grid), index)
        heard = hear(score, model, VOICE_NAMES)
        made = score_to_grid(heard.as_written(do(heard.heard, model)[0]).score)
        for name, (count, of) in compared(made, grid, span).items():
            hits[name] += count
            tries[name] += of
    return {name: hits[name] * (100 if "100" in name else 1) / max(1, tries[name]) for name in FIGURES}


def full_score(grid: Grid) -> Score:
    """All voices of a grid, without fermatas."""
    columns = [column_notes(grid, v) for v in range(len(VOICE_NAMES))]
    lines = [tuple(replace(note, fermata=False) for note in notes) for notes in columns]
    voices = [Voice(name, notes) for name, notes in zip(VOICE_NAMES, lines, strict=True)]
    return Score(tuple(voices), tuple(measures_of(grid)))


def trial(
    task: str, score: Score, index: int
) -> tuple[Score, Span, Callable[[Score, Generator], list[Result]]]:
    """(what the task is given, from when to when it writes, the task). index: of the piece."""
    measures, given = score.measures, VOICE_NAMES[: index % 2]
    if task == "vary":
        whole = (Fraction(0), score.duration)
        return score, whole, lambda heard, model: vary(heard, model, given=given, settings=SETTINGS)
    if task == "continue":
        half = len(measures) // 2
        bars = min(MAX_BARS, len(measures) - half)
        span = (measures[half].onset, measures[half + bars - 1].end)
        past = before(score, span[0], half)
        return past, span, lambda heard, model: continue_(heard, model, bars=bars, settings=SETTINGS)
    random = Random(index)
    bars = random.randint(1, min(4, len(measures) - 1))
    last = len(measures) - bars
    first = last if index % 4 == 0 else random.randint(1, last)
    hole = score.span(range(first, first + bars))
    voices = VOICE_NAMES[len(given) :]
    return (
        score,
        hole,
        lambda heard, model: infill(heard, model, selection=hole, voices=voices, settings=SETTINGS),
    )


def before(score: Score, time: Fraction, measures: int) -> Score:
    """The first measures of a score, up to a time; what sounds beyond it is cut."""
    voices = (
        replace(
            voice,
            notes=tuple(
                replace(note, duration=min(note.end, time) - note.onset)
                for note in voice.notes
                if note.onset < time
            ),
        )
        for voice in score.voices
    )
    return replace(score, voices=tuple(voices), measures=score.measures[:measures])


def compared(made: Grid, people: Grid, span: Span) -> dict[str, tuple[int, int]]:
    """(so many, of so many) by the name of a figure, of the steps in a span."""
    theirs = read_setting(people)
    mine = read_setting(made, theirs.home)
    steps = made.step_range(*span)
    window = slice(steps.start, steps.stop)
    pairs = [
        (here, there)
        for beat, here, there in zip(beat_steps(made), mine.chords, theirs.chords, strict=False)
        if beat.start in steps and here is not None and there is not None
    ]
    outside = made.cells.copy()
    outside[window] = REST
    notes = int((made.cells[window] < HOLD).sum())
    pitches = [sounding_pitches(grid.cells)[window] for grid in (made, people)]
    common = min(len(one) for one in pitches)
    same = int((pitches[0][:common] == pitches[1][:common]).sum())
    at_end = steps.stop == made.steps
    return {
        "root": (sum(here.root == there.root for here, there in pairs), len(pairs)),
        "cells": (same, 4 * common),
        "cadence": (int(at_end and mine.close in CADENCES), int(at_end)),
        "inversions": (sum(here.root != here.bass for here, _ in pairs), len(pairs)),
        "parallels per 100 notes": (parallels(made.cells) - parallels(outside), notes),
        "notes a beat": (notes, sum(beat.start in steps for beat in beat_steps(made))),
    }


if __name__ == "__main__":
    main()
