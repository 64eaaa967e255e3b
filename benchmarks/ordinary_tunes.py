"""How a model harmonizes ordinary tunes: hymns beside the settings that people sing, and folk tunes alone.

    python benchmarks/ordinary_tunes.py hymns.npz [--model lstm-chorales] [--scores FOLDER] [-o figures.json]

The hymns are the part for validation of a corpus that `ripieno prepare` made of the Open Hymnal's files; the
folk tunes stand in folk_tunes.json, by their place in music21's corpus. Given is the melody alone, without
fermatas; measured is the first alternative with default settings. ``--scores`` writes the folk tunes for
looking at, with their new voices.
"""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import music21
from rich.console import Console

from ripieno.corpus.corpus import load_corpus
from ripieno.evaluation.melody import harmonized, harmonized_score
from ripieno.evaluation.setting import Home
from ripieno.evaluation.settings_by_others import HarmonyReport, compare_settings
from ripieno.grid import Grid, column_notes
from ripieno.models.generator import Generator
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES, Score, Voice, transpose
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.texture import spell
from ripieno_bridges.cli.evaluate import harmony
from ripieno_bridges.formats.abc.lines import TuneBook, split_tunes
from ripieno_bridges.formats.abc.reader import read_tune
from ripieno_bridges.formats.files import source_of_tune
from ripieno_bridges.formats.musicxml.writer import write_musicxml

CORPUS = Path(music21.__file__).parent / "corpus"
TUNES = Path(__file__).with_name("folk_tunes.json")


@dataclass(frozen=True, slots=True)
class FolkTune:
    """A tune of music21's corpus. number: its X:. transpose: semitones to where a choir sings it.

    look: whether it is one of those to look at.
    """

    file: str
    number: str
    mode: str
    meter: str
    pickup: bool
    transpose: int
    look: bool = False

    def score(self) -> Score:
        """The tune as a choir's soprano; the other voices are empty."""
        path = CORPUS / self.file
        (tune,) = (tune for tune in tune_book(path).tunes if tune.number == self.number)
        score = transpose(source_of_tune(path, read_tune(tune, path.name)).score, self.transpose)
        (melody,) = (voice for voice in score.voices if voice.notes)
        lower = tuple(Voice(name) for name in VOICE_NAMES[1:])
        return replace(score, voices=(replace(melody, name=VOICE_NAMES[0]), *lower))


@cache
def tune_book(path: Path) -> TuneBook:
    """The tunes of a file."""
    return split_tunes(path.read_bytes(), path.name)


def folk_tunes() -> list[FolkTune]:
    """The folk tunes of the benchmark."""
    return [FolkTune(**tune) for tune in json.loads(TUNES.read_text("utf-8"))["tunes"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="lstm-chorales")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scores", type=Path, help="a folder for the tunes to look at, with their voices")
    parser.add_argument("-o", "--output", type=Path, help="the figures as JSON")
    arguments = parser.parse_args()
    model, settings = load(arguments.model), DraftSettings(arguments.seed)
    found = {
        "hymns": hymn_figures(model, settings, arguments.corpus),
        "folk tunes": folk_figures(model, settings, arguments.scores),
    }
    console = Console(width=80)
    for name, report in found.items():
        console.print(f"\n{arguments.model}, {name}")
        console.print(harmony(report))
    if arguments.output:
        arguments.output.write_text(json.dumps({name: asdict(report) for name, report in found.items()}))


def hymn_figures(model: Generator, settings: DraftSettings, corpus: Path) -> HarmonyReport:
    """The figures of the hymns for validation, beside those of people."""
    people = [piece.grid for piece in load_corpus(corpus).valid]
    made = [harmonized(model, grid, settings, fermatas=False) for grid in people]
    return compare_settings(made, people, [None] * len(people))


def folk_figures(model: Generator, settings: DraftSettings, folder: Path | None) -> HarmonyReport:
    """The figures of the folk tunes. folder: for those to look at, as MusicXML."""
    made: list[Grid] = []
    homes: list[Home] = []
    for tune in folk_tunes():
        score = tune.score()
        grid = harmonized_score(model, score, settings)
        made.append(grid)
        homes.append(Home(column_notes(grid, 0)[-1].pitch % 12, tune.mode))  # all end on their key note
        if folder is not None and tune.look:
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{Path(tune.file).stem}-{tune.number}.musicxml"
            (folder / name).write_bytes(write_musicxml(with_voices(score, grid)))
    return compare_settings(made, [None] * len(made), homes)


def with_voices(score: Score, grid: Grid) -> Score:
    """The score with the lower voices of a grid, spelled by its key."""
    columns = [column_notes(grid, v) for v in range(len(score.voices))]
    spelled = [spell(notes, lambda time: score.measure_at(time).key) for notes in columns]
    lower = (replace(voice, notes=spelled[v]) for v, voice in enumerate(score.voices[1:], start=1))
    return replace(score, voices=(score.voices[0], *lower))


if __name__ == "__main__":
    main()
