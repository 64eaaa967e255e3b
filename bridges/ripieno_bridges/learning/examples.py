"""Three examples of what a learned model makes, saved as scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ripieno.evaluation.melody import melody_score
from ripieno.learning.measure import Exercises
from ripieno.learning.model_file import meter_text
from ripieno.score import Score
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.piece import Version, compose, open_score

EXAMPLES = 3
TEMPO_QPM = 80.0  # where a score has none
MELODY_FILE = "melody.musicxml"


@dataclass(frozen=True, slots=True)
class ExamplePiece:
    """An example: its score, the file's name and bytes, and what it has in common with the pieces."""

    title: str
    file: str
    seed: int
    originality: str
    score: Score
    document: bytes


def make_examples(
    stem: Path,
    exercises: Exercises,
    folder: Path,
    progress: Callable[[float], None] = lambda _: None,
) -> list[ExamplePiece]:
    """Harmonize the first melody, where there is one, and compose the others.

    stem: of the model's weights. folder: for a file that is needed for a moment.
    """
    found: list[ExamplePiece] = []
    for piece in exercises.melodies[:1]:
        path = folder / MELODY_FILE
        path.write_bytes(write_musicxml(melody_score(piece.grid)))
        versions = open_score(path).harmonize(model=str(stem), given="soprano", seed=1)
        found.append(example(f"The melody of {piece.name}, harmonized", versions[0], len(found) + 1))
        progress(len(found) / EXAMPLES)
    for new in exercises.new[: EXAMPLES - len(found)]:
        versions = compose(
            model=str(stem), bars=new.bars, key=str(new.key), meter=meter_text(new.meter), seed=new.seed
        )
        title = f"{new.bars} measures in {new.key}, {meter_text(new.meter)}"
        found.append(example(title, versions[0], len(found) + 1))
        progress(len(found) / EXAMPLES)
    return found


def example(title: str, version: Version, number: int) -> ExamplePiece:
    """An example as it is saved."""
    originality = "" if version.originality is None else version.originality.sentence
    return ExamplePiece(
        title,
        f"example-{number}.musicxml",
        version.seed,
        originality,
        version.score,
        version.musicxml().encode(),
    )


def played_notes(score: Score) -> list[list[float]]:
    """[onset, length, MIDI pitch] of each note, in seconds, at the score's first tempo."""
    quarter = 60 / (score.tempos[0].qpm if score.tempos else TEMPO_QPM)

    def seconds(quarters: Fraction) -> float:
        return round(float(quarters) * quarter, 3)

    notes = [note for voice in score.voices for note in voice.notes]
    return [[seconds(note.onset), seconds(note.duration), note.pitch] for note in notes]
