"""Twenty chorale basses with Bach's own figures, realized in four voices: by ripieno and by music21.

    python benchmarks/figured_bass.py [--model lstm-chorales]

Given are the bass and the figures, for ripieno also the melody with them. Counted are the chords with a
foreign note in alto or tenor where they begin, those without an essential tone, and the faults that `ripieno
check` finds; Bach's own setting stands beside them. music21's realizer has no melody; where it finds no way,
a chorale is left out.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from music21 import figuredBass, key, meter, note
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from figured_basses import FiguredChorale, figured_chorales  # noqa: E402 - the data are the tests'
from ripieno.harmony.asked_chord import AskedHarmony  # noqa: E402
from ripieno.harmony.figured_bass import Figure  # noqa: E402
from ripieno.models.loading import load  # noqa: E402
from ripieno.score import VOICE_NAMES, Note, Score, Voice  # noqa: E402
from ripieno.tasks.asked_harmony import asked_harmony  # noqa: E402
from ripieno.tasks.choir import harmonize  # noqa: E402
from ripieno.tasks.drafts import DraftSettings  # noqa: E402
from ripieno.tasks.guidance import Guidance  # noqa: E402
from ripieno.theory.home_key import find_home_key  # noqa: E402
from ripieno.theory.rules import FAULT, faults  # noqa: E402

INNER = ("alto", "tenor")
SIGNS = {1: "#", -1: "-", 0: "n", None: ""}
Realize = Callable[[FiguredChorale, AskedHarmony], Score | None]


@dataclass(slots=True)
class RealizationCounts:
    """What is counted over all chorales."""

    chorales: int = 0
    chords: int = 0
    foreign: int = 0
    incomplete: int = 0
    faults: int = 0
    faultless: int = 0
    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="lstm-chorales")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    model, settings = load(arguments.model), DraftSettings(arguments.seed)

    def ours(chorale: FiguredChorale, asked: AskedHarmony, given: tuple[str, ...]) -> Score:
        kept = (v if v.name in given else replace(v, notes=()) for v in chorale.score.voices)
        score = replace(chorale.score, voices=tuple(kept))
        home = Guidance(key=find_home_key(chorale.bach).key)
        return harmonize(score, model, given=given, asked=asked, guidance=home, settings=settings)[0].score

    ways: dict[str, Realize] = {
        f"{arguments.model}, bass and melody given": lambda c, a: ours(c, a, ("soprano", "bass")),
        f"{arguments.model}, bass given": lambda c, a: ours(c, a, ("bass",)),
        "music21, bass given": lambda c, a: by_music21(c, a, arguments.seed),
        "Bach": lambda c, _: c.bach,
    }
    rows = RealizationCounts.__dataclass_fields__
    table = Table("", *rows)
    for name, realize in ways.items():
        counts = counted(realize)
        table.add_row(name, *(f"{getattr(counts, row):g}" for row in rows))
    Console(width=120).print(table)


def counted(realize: Realize) -> RealizationCounts:
    """The counts of one way to realize."""
    counts = RealizationCounts()
    for chorale in figured_chorales():
        asked = asked_harmony(chorale.figures, chorale.score, find_home_key(chorale.bach).key)
        begun = time.perf_counter()
        made = realize(chorale, asked)
        counts.seconds = round(counts.seconds + time.perf_counter() - begun, 1)
        if made is None:
            continue
        counts.chorales += 1
        for chord in asked.chords:
            classes = {name: pitch % 12 for name, pitch in sounding(made, chord.onset)}
            inner = {pitch_class for name, pitch_class in classes.items() if name in INNER}
            counts.chords += 1
            counts.foreign += not inner <= set(chord.tones)
            counts.incomplete += not set(classes.values()) >= set(chord.tones[: chord.essential])
        found = sum(fault.severity == FAULT for fault in faults(made))
        counts.faults += found
        counts.faultless += not found
    return counts


def sounding(score: Score, time_: Fraction) -> Iterator[tuple[str, int]]:
    """The voices that sound at a time, with their pitches."""
    for voice in score.voices:
        yield from ((voice.name, n.pitch) for n in voice.notes if n.onset <= time_ < n.end)


# -- music21 -----------------------------------------------------------------------------------------------


def by_music21(chorale: FiguredChorale, asked: AskedHarmony, seed: int) -> Score | None:
    """A realization by music21; None where it finds none."""
    first = chorale.score.measures[0]
    line = figuredBass.realizer.FiguredBassLine(
        key.KeySignature(first.key.fifths).asKey(), meter.TimeSignature(str(first.meter))
    )
    figures = {one.onset: one.figures for one in chorale.figures}
    pieces = list(bass_pieces(chorale.score, asked))
    for onset, end, one in pieces:
        spelled = one.spelling or first.key.spell(one.pitch)
        written = note.Note(spelled.step + "#" * max(0, spelled.alter) + "-" * max(0, -spelled.alter))
        written.octave = spelled.octave
        written.quarterLength = end - onset
        line.addElement(written, ",".join(map(in_music21, figures.get(onset) or ())))
    random.seed(seed)
    try:
        realization = line.realize()
        path = random_path([segment.movements for segment in realization._segmentList[:-1]])
    except Exception:  # it raises errors of many kinds where it finds no way
        return None
    lengths = [Fraction(segment.bassNote.quarterLength) for segment in realization._segmentList]
    onsets = list(accumulate(lengths, initial=pieces[0][0]))
    columns = zip(*((pitch.midi for pitch in chord) for chord in path), strict=True)  # highest voice first
    voices = [
        Voice(name, tuple(map(Note, onsets, lengths, pitches)))
        for name, pitches in zip(VOICE_NAMES, columns, strict=True)
    ]
    return Score(tuple(voices), chorale.score.measures)


def random_path(movements: list[dict[Any, list[Any]]]) -> list[Any]:
    """Any way through music21's chords. Its own choice at random fails on Python 3.11 and later."""
    path = [random.choice(sorted(movements[0], key=str))]
    for step in movements:
        path.append(random.choice(step[path[-1]]))
    return path


def bass_pieces(score: Score, asked: AskedHarmony) -> Iterator[tuple[Fraction, Fraction, Note]]:
    """The notes of the bass, cut where figures change under them."""
    cuts = {chord.onset for chord in asked.chords}
    for one in score.voice("bass").notes:
        times = sorted({one.onset, one.end, *(cut for cut in cuts if one.onset < cut < one.end)})
        yield from ((a, b, one) for a, b in pairwise(times))


def in_music21(figure: Figure) -> str:
    """A figure as music21 writes it."""
    number = "" if figure.number is None else str(figure.number)
    return "_" if figure.held else f"{SIGNS[figure.alter]}{number}{'+' * figure.raised}"


if __name__ == "__main__":
    main()
