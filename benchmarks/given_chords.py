"""How well a model keeps to given chords: hymns and chorales with their melody and their own chords.

    python benchmarks/given_chords.py choir.npz [--model lstm-chorales] [--pieces 200] [-o figures.json]

The chords of every beat are read from the setting that people sing, and given with the melody, without
fermatas; the first alternative with default settings is measured, and the one without chords beside it.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ripieno.corpus.corpus import load_corpus
from ripieno.evaluation.melody import harmonized
from ripieno.grid import HOLD, Grid, sounding_pitches
from ripieno.harmony.asked_chord import AskedChord, AskedHarmony
from ripieno.models.generator import Generator
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.chords import SEVENTHS, Chord
from ripieno.theory.plan_reading import read_beats
from ripieno.theory.ranges import parallels


@dataclass(slots=True)
class ChordCounts:
    """What is counted, over all pieces."""

    chords: int = 0
    foreign: int = 0  # new notes at a chord's onset that do not belong to it
    no_third: int = 0  # chords without their third, or what stands for it
    incomplete: int = 0  # triads without one of their tones
    wrong_bass: int = 0
    new_notes: int = 0
    parallels: int = 0
    cells: int = 0
    same_alto: int = 0
    same_tenor: int = 0
    same_bass: int = 0
    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="lstm-chorales")
    parser.add_argument("--pieces", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, help="the figures as JSON")
    arguments = parser.parse_args()
    model, settings = load(arguments.model), DraftSettings(arguments.seed)
    corpus = load_corpus(arguments.corpus)
    pieces = [*corpus.valid, *corpus.train]
    hymns_first = sorted(pieces, key=lambda piece: piece.style != "hymn")[: arguments.pieces]
    people = [piece.grid for piece in hymns_first if read_beats(piece.grid)]
    found = {
        "with chords": measure(model, settings, people, chords=True),
        "without": measure(model, settings, people, chords=False),
    }
    table = Table(title=f"{arguments.model}, {len(people)} pieces")
    for name in ("", *found):
        table.add_column(name)
    for row in rows_of(found["with chords"]):
        table.add_row(row, *(f"{rows_of(counts)[row]:.3f}" for counts in found.values()))
    Console(width=80).print(table)
    if arguments.output:
        arguments.output.write_text(json.dumps({name: asdict(counts) for name, counts in found.items()}))


def measure(
    model: Generator, settings: DraftSettings, people: Sequence[Grid], *, chords: bool
) -> ChordCounts:
    """The counts over all pieces. chords: whether they are given."""
    counts = ChordCounts()
    for grid in people:
        asked = AskedHarmony(tuple(own_chords(grid)))
        begun = time.perf_counter()
        made = harmonized(model, grid, settings, fermatas=False, asked=asked if chords else AskedHarmony())
        counts.seconds += time.perf_counter() - begun
        add(counts, made, grid, asked)
    return counts


def own_chords(grid: Grid) -> list[AskedChord]:
    """The chords of a setting; equal ones that follow each other are one."""
    found: list[AskedChord] = []
    for beat in read_beats(grid):
        if beat.chord is None:
            continue
        new = asked(beat.chord, beat.onset, beat.end)
        last = found[-1] if found else None
        if last is not None and last.end == new.onset and (last.tones, last.bass) == (new.tones, new.bass):
            found[-1] = asked(beat.chord, last.onset, beat.end)
        else:
            found.append(new)
    return found


def asked(chord: Chord, onset: Fraction, end: Fraction) -> AskedChord:
    """A chord as it is asked for: its third first, then the seventh, the root and the fifth."""
    third, fifth, *rest = chord.kind if len(chord.kind) > 1 else (*chord.kind, 7)
    tones = tuple((chord.root + up) % 12 for up in (third, *rest, 0, fifth))
    essential = 1 + (chord.kind in SEVENTHS)
    return AskedChord(onset, end, "", tones, essential, chord.bass, chord.root)


def add(counts: ChordCounts, made: Grid, people: Grid, asked: AskedHarmony) -> None:
    """Count one piece."""
    pitches, theirs = sounding_pitches(made.cells), sounding_pitches(people.cells)
    for chord in asked.chords:
        (step, *_) = made.step_range(chord.onset, chord.end)
        sounding = [int(pitch) for pitch in pitches[step]]
        if min(sounding[1:]) >= HOLD or max(sounding[1:]) >= HOLD:
            continue
        classes = {pitch % 12 for pitch in sounding if pitch < HOLD}
        counts.chords += 1
        counts.foreign += sum(pitch % 12 not in chord.tones for pitch in sounding[1:])
        counts.no_third += chord.tones[0] not in classes
        counts.incomplete += len(chord.tones) == 3 and not classes >= set(chord.tones)
        counts.wrong_bass += sounding[-1] % 12 != chord.bass
    counts.new_notes += int((made.cells[:, 1:] < HOLD).sum())
    counts.parallels += parallels(made.cells)
    counts.cells += made.steps
    for v, name in enumerate(VOICE_NAMES[1:], start=1):
        same = int((pitches[:, v] == theirs[:, v]).sum())
        setattr(counts, f"same_{name}", getattr(counts, f"same_{name}") + same)


def rows_of(counts: ChordCounts) -> dict[str, float]:
    """The figures by their names."""
    chords, notes = max(1, counts.chords), max(1, counts.new_notes)
    return {
        "chords": counts.chords,
        "foreign notes at onsets, per 100 chords": 100 * counts.foreign / chords,
        "without third, per 100": 100 * counts.no_third / chords,
        "triads without a tone, per 100": 100 * counts.incomplete / chords,
        "another bass, per 100": 100 * counts.wrong_bass / chords,
        "parallels per 100 notes": 100 * counts.parallels / notes,
        **{
            f"cells as people's, {name}": getattr(counts, f"same_{name}") / counts.cells
            for name in VOICE_NAMES[1:]
        },
        "seconds a piece": counts.seconds,
    }


if __name__ == "__main__":
    main()
