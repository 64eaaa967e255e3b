"""How well a model writes for every ensemble: hymn tunes with nothing else given.

    python benchmarks/ensembles.py choir.npz [--tunes 10] [--ensemble sab] [--scores folder] [-o figures.json]

The tunes are those of the corpus's hymns for validation. Each is transposed to where everybody can sing, and
harmonized with default settings; the first alternative is counted, by the project's own rules. "no third": of
100 beats on which three voices or more sound, those on which all of them sound one note or a bare fifth.
"""

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ripieno.corpus.corpus import Piece, load_corpus
from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import ensemble_named, ensemble_names
from ripieno.evaluation.melody import melody_score
from ripieno.grid import REST, score_to_grid, sounding_pitches
from ripieno.results import Result
from ripieno.score import Voice
from ripieno.theory.plans import beat_steps
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.document_task import do_task
from ripieno_bridges.service.model_runner import ModelRunner

FIFTH = 7
PARALLELS = ("parallel fifths", "parallel octaves")


@dataclass(slots=True)
class EnsembleCounts:
    """What is counted, over all tunes of an ensemble."""

    new_notes: int = 0
    out_of_range: int = 0
    uncomfortable: int = 0
    beats: int = 0
    no_third: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result, ensemble: Ensemble) -> None:
        """Count a result."""
        for voice in result.new:
            known = ensemble.voice(voice.name)
            low, high = known.comfortable
            self.new_notes += len(voice.notes)
            self.out_of_range += sum(not known.lowest <= n.pitch <= known.highest for n in voice.notes)
            self.uncomfortable += sum(not low <= n.pitch <= high for n in voice.notes)
        self.faults.update(fault.rule for fault in result.faults or ())
        grid = score_to_grid(result.score)
        pitches = sounding_pitches(grid.cells)
        for steps in beat_steps(grid):
            sounding = {int(p) % 12 for p in pitches[steps.start] if p != REST}
            if (pitches[steps.start] != REST).sum() < min(3, len(ensemble.names)):
                continue
            self.beats += 1
            self.no_third += any(sounding <= {root, (root + FIFTH) % 12} for root in sounding)

    def rates(self) -> dict[str, float]:
        """The figures of the table."""
        notes = max(1, self.new_notes)
        return {
            "out of range, %": 100 * self.out_of_range / notes,
            "beyond comfortable, %": 100 * self.uncomfortable / notes,
            "no third, %": 100 * self.no_third / max(1, self.beats),
            "parallels / 100 notes": 100 * sum(self.faults[rule] for rule in PARALLELS) / notes,
            "crossings / 100 notes": 100 * self.faults["crossing"] / notes,
            "seconds a tune": self.seconds,
        }


def validation_hymns(corpus: Path, count: int) -> list[Piece]:
    """So many hymns of a corpus's part for validation, evenly from all of them."""
    pieces = [piece for piece in load_corpus(corpus).valid if piece.style == "hymn"]
    return pieces[:: max(1, len(pieces) // count)][:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="lstm-chorales")
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--ensemble", nargs="*", default=list(ensemble_names()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scores", type=Path, help="a folder for the scores, to look at")
    parser.add_argument("-o", "--output", type=Path, help="the figures as JSON")
    arguments = parser.parse_args()
    chosen = validation_hymns(arguments.corpus, arguments.tunes)
    runner, found = ModelRunner(), {}
    for name in arguments.ensemble:
        counts = found[name] = EnsembleCounts()
        for piece in chosen:
            melody = melody_score(piece.grid, fermatas=False)
            spelled = (
                replace(n, spelling=melody.measure_at(n.onset).key.spell(n.pitch))
                for n in melody.voices[0].notes
            )
            melody = replace(melody, voices=(Voice("Melody", tuple(spelled)),))
            file = File("tune.musicxml", write_musicxml(melody))
            request = Request(
                task="harmonize",
                model=arguments.model,
                seed=arguments.seed,
                ensemble=ensemble_named(name),
                check=True,
                compare=False,
            )
            begun = time.perf_counter()
            done = do_task(
                runner,
                DocumentRequest(file=file, request=request, transposition="auto"),
                progress=lambda _: None,
            )
            counts.seconds += (time.perf_counter() - begun) / len(chosen)
            result = done.reply.results[0]
            counts.add(result, ensemble_named(name))
            if arguments.scores:
                path = arguments.scores / f"{name}-{piece.name}.musicxml"
                path.write_bytes(done.encode(result, path)[0])
    table = Table(title=f"{arguments.model}, {len(chosen)} tunes")
    rows = {name: counts.rates() for name, counts in found.items()}
    for title in ("", *next(iter(rows.values()))):
        table.add_column(title)
    for name, rates in rows.items():
        table.add_row(name, *(f"{rate:.2f}" for rate in rates.values()))
    Console(width=120).print(table)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
