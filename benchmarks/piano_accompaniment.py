"""How well each piano model accompanies a melody: the folk tunes of folk_tunes.json, with default settings.

    python benchmarks/piano_accompaniment.py [--models lstm-ragtime ...] [--tunes 20] [-o out.json]

As many tunes in major as in minor. Counted over all tunes: "fits" is the share of the melody's time on a
tone of the chord that the piano plays in that half of a measure; "clashes" the share of it a semitone beside
a tone of the piano's; "bass" the half measures with a bass and then a chord, of those in which the left hand
plays; "left rests" and "right rests" the measures in which a hand of the accompaniment is silent; "ends" the
tunes whose last chord is the key's own; "notes" the new notes in a measure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from ordinary_tunes import FolkTune, folk_tunes
from ripieno.evaluation.piano_measures import bass_then_chord, sounds_in
from ripieno.evaluation.piano_music import PianoMusic, piano_music
from ripieno.evaluation.share import Share, share_of
from ripieno.grid import score_to_grid
from ripieno.models.loading import load
from ripieno.models.note_states.key_generator import KeyGenerator
from ripieno.piano.hands import RIGHT
from ripieno.score import Note, Score
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.piano import harmonize
from ripieno.theory.chords import Chord
from ripieno.theory.keys import tonic_of

MODELS = ("lstm-ragtime", "dbn-ragtime", "lstm-blues", "rbm-blues")
GRAIN = Fraction(1, 4)  # quarters


@dataclass(slots=True)
class AccompanimentFigures:
    """The counts of a model, added tune by tune; seconds: of all tunes."""

    fits: Share = Share()
    clashes: Share = Share()
    bass: Share = Share()
    left_rests: Share = Share()
    right_rests: Share = Share()
    ends: Share = Share()
    notes: Share = Share()
    seconds: float = 0.0

    def add(self, melody: Sequence[Note], right: Sequence[Note], music: PianoMusic, tonic: int) -> None:
        """Count one more tune. music: the accompaniment alone."""
        halves = [half for bar in music.measures for half in ((bar.onset, bar.middle), (bar.middle, bar.end))]
        for (start, end), chord in zip(halves, music.half_chords, strict=True):
            time = start
            while time < end:
                self.add_moment(melody, music.notes, chord, time)
                time += GRAIN
        self.bass += bass_then_chord(music)
        for bar in music.measures:
            self.left_rests += share_of([not sounds_in(music.left, bar.onset, bar.end)])
            self.right_rests += share_of([not sounds_in(right, bar.onset, bar.end)])
        self.notes += Share(len(music.notes), len(music.measures))
        last = next((chord for chord in reversed(music.half_chords) if chord), None)
        self.ends += share_of([last is not None and last.root == tonic])

    def add_moment(
        self, melody: Sequence[Note], piano: Sequence[Note], chord: Chord | None, time: Fraction
    ) -> None:
        """Count a moment of the melody."""
        for note in sounding(melody, time):
            self.fits += share_of([chord is not None and note.pitch % 12 in chord.pitch_classes])
            apart = {(other.pitch - note.pitch) % 12 for other in sounding(piano, time)}
            self.clashes += share_of([bool(apart & {1, 11})])


def sounding(notes: Sequence[Note], time: Fraction) -> list[Note]:
    """The notes that sound at a time."""
    return [note for note in notes if note.onset <= time < note.end]


def accompany(tune: FolkTune, model: KeyGenerator, figures: AccompanimentFigures) -> None:
    """Accompany a tune, and count."""
    score = tune.score()
    (melody,) = (voice for voice in score.voices if voice.notes)
    began = perf_counter()
    (result,) = harmonize(score, model, settings=DraftSettings(1))
    figures.seconds += perf_counter() - began
    alone = score_to_grid(Score(result.new, result.score.measures))
    tonic = tonic_of(replace(score.measures[-1].key, mode=tune.mode))
    right = [n for voice in result.new if voice.name.startswith(RIGHT) for n in voice.notes]
    figures.add(melody.notes, right, piano_music(alone, tune.number), tonic)


def piano_model(name: str) -> KeyGenerator:
    """A shipped model for the piano, or a trained one by its path."""
    model = load(name)
    if not isinstance(model, KeyGenerator) or model.plays == "choir":
        raise SystemExit(f"{name} does not play the piano")
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--tunes", type=int, default=20)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    tunes = folk_tunes()
    sides = [[tune for tune in tunes if tune.mode == mode] for mode in ("major", "minor")]
    chosen = [tune for both in zip_longest(*sides) for tune in both if tune][: options.tunes]
    models = [piano_model(name) for name in options.models]
    found = [AccompanimentFigures() for _ in models]
    for tune in chosen:  # all models, tune by tune, so that what else runs here slows all alike
        for model, figures in zip(models, found, strict=True):
            accompany(tune, model, figures)
    table = Table("model", *AccompanimentFigures.__slots__)
    rows = {}
    for model, figures in zip(models, found, strict=True):
        values = {name: getattr(figures, name) for name in AccompanimentFigures.__slots__}
        row = {name: v.value if isinstance(v, Share) else round(v, 1) for name, v in values.items()}
        table.add_row(model.name, *(str(value) for value in row.values()))
        rows[model.name] = row
    Console().print(table)
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
