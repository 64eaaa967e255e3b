"""How well new voices fit an accompaniment: `--accompaniment heard` beside `ignored`.

    python benchmarks/accompaniment.py [--models lstm-chorales ...] [--measures 12]

Ten pieces of music21's corpus. Of a song the sung line is the melody and the piano the accompaniment; as
there are few, movements of quartets are added, with the upper line and the lower ones. "fit" is
the share of the new notes' time on pitch classes of the accompaniment's beat, where that has two or more;
"bass" the same of the bass alone. Faults, all breaks of rules and parallels are counted by 100 new notes;
"own" is the mean score of a new note by the model itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ripieno.grid import empty_grid
from ripieno.models.catalog import model_names
from ripieno.models.generator import Generator
from ripieno.models.loading import load
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Note, Score, Voice, transpose_note
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.hearing import hear
from ripieno.theory.accompaniment import sounding_tones
from ripieno.theory.rules import faults
from ripieno_bridges.formats.polyphony import read_polyphony_source

PIECES = (  # the file, the part of the melody, the first part of the accompaniment
    ("schumann_robert/opus48no2.mxl", 0, 1),
    ("schubert/Lindenbaum.xml", 0, 1),
    ("beach/prayer_of_a_tired_child.musicxml", 0, 4),
    ("liliuokalani/aloha_oe.mxl", 4, 5),
    ("demos/incorrect_time_signature_pv.mxl", 0, 1),
    ("verdi/laDonnaEMobile.mxl", 0, 1),
    ("haydn/opus1no1/movement3.mxl", 0, 1),
    ("haydn/opus1no1/movement4.mxl", 0, 1),
    ("mozart/k80/movement1.mxl", 0, 1),
    ("mozart/k155/movement2.mxl", 0, 1),
)
SEEDS = (1,)
KNOWN = 2  # tones of a beat whose harmony is looked at


@dataclass(frozen=True, slots=True)
class LiedWithPiano:
    """A piece as a choir's score with the melody alone, and the notes of its accompaniment."""

    name: str
    score: Score
    piano: tuple[Note, ...]


def songs(measures: int) -> Iterator[LiedWithPiano]:
    """The pieces, so many measures of each."""
    from music21 import corpus

    for name, melody, accompaniment in PIECES:
        stream = corpus.parse(name)
        path = Path(name)
        frame = read_polyphony_source(path, corpus.getWork(name).read_bytes()).score
        kept = frame.measures[:measures]
        end = kept[-1].end
        parts = list(stream.parts)
        notes = part_notes(parts[melody], end)
        piano = tuple(notes_of(parts[accompaniment:], end))
        voices = (Voice(VOICE_NAMES[0], notes), *(Voice(voice) for voice in VOICE_NAMES[1:]))
        yield LiedWithPiano(path.stem, Score(voices, kept), piano)


def part_notes(part: Any, end: Fraction) -> tuple[Note, ...]:
    """The highest notes of a part, as a line."""
    notes: list[Note] = []
    for element in part.stripTies().flatten().notes:
        onset, length = Fraction(element.offset), Fraction(element.quarterLength)
        if length and onset < end and (not notes or notes[-1].onset < onset):
            if notes and notes[-1].end > onset:
                notes[-1] = replace(notes[-1], duration=onset - notes[-1].onset)
            notes.append(Note(onset, min(length, end - onset), int(max(p.ps for p in element.pitches))))
    return tuple(notes)


def notes_of(parts: Sequence[Any], end: Fraction) -> Iterator[Note]:
    """All the notes of some parts."""
    for part in parts:
        for element in part.flatten().notes:
            onset, length = Fraction(element.offset), Fraction(element.quarterLength)
            if length and onset < end:
                yield from (Note(onset, length, int(p.ps)) for p in element.pitches)


def fit(new: Sequence[Voice], song: LiedWithPiano) -> tuple[float, float]:
    """(quarters of the new notes where the harmony is known, those of them on its tones)"""
    grid = empty_grid(song.score.measures)
    tones = sounding_tones(song.piano, grid)
    known = inside = 0.0
    for voice in new:
        for note in voice.notes:
            for t in grid.step_range(note.onset, note.end):
                if tones[t].sum() >= KNOWN:
                    length = float(grid.edges[t + 1] - grid.edges[t])
                    known += length
                    inside += length * bool(tones[t, note.pitch % 12])
    return known, inside


def settings(song: LiedWithPiano, model: Generator, *, heard: bool) -> Iterator[Result]:
    """A setting with each seed."""
    hearing = hear(song.score, model, VOICE_NAMES[:1])
    move = hearing.moves.together
    piano = tuple(transpose_note(note, move, 0) for note in song.piano)
    for seed in SEEDS:
        (result,) = harmonize(
            hearing.heard, model, accompaniment=piano if heard else (), settings=DraftSettings(seed)
        )
        yield hearing.as_written(result)


def measure(found: Sequence[LiedWithPiano], model: Generator, *, heard: bool) -> dict[str, float]:
    """The figures of all songs together."""
    known = inside = bass_known = bass_inside = likelihood = 0.0
    notes = wrong = breaks = parallels = 0
    for song in found:
        for result in settings(song, model, heard=heard):
            a, b = fit(result.new, song)
            c, d = fit(result.new[-1:], song)
            known, inside, bass_known, bass_inside = known + a, inside + b, bass_known + c, bass_inside + d
            notes += sum(len(voice.notes) for voice in result.new)
            broken = faults(result.score)
            wrong += sum(fault.severity == "fault" for fault in broken)
            breaks += len(broken)
            parallels += result.parallels
            likelihood += result.log_likelihood
    return {
        "fit": inside / known,
        "bass": bass_inside / bass_known,
        "faults": 100 * wrong / notes,
        "all breaks": 100 * breaks / notes,
        "parallels": 100 * parallels / notes,
        "own": likelihood / notes,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="*", default=model_names())
    parser.add_argument("--measures", type=int, default=12)
    options = parser.parse_args(arguments)
    found = list(songs(options.measures))
    melody = [fit(song.score.voices[:1], song) for song in found]
    print(f"{len(found)} pieces; their melodies: {sum(b for _, b in melody) / sum(a for a, _ in melody):.3f}")
    for name in options.models:
        model = load(name)
        for heard in (False, True):
            figures = measure(found, model, heard=heard)
            words = "  ".join(f"{key} {value:.3f}" for key, value in figures.items())
            print(f"{name:18} {'heard' if heard else 'ignored':8} {words}", flush=True)


if __name__ == "__main__":
    main()
