"""Real part songs, and what is written to their melodies: by the network, by search, by people.

    python benchmarks/part_songs.py [--model lstm-chorales] [--scores FOLDER] [-o figures.json]

The pieces stand in benchmarks/part_songs (its README names the sources), in folders by their voices. Given is
the highest voice, in its key; each voice may sing as high and as low as in the piece and BEYOND semitones
further, and is comfortable where it sings in the piece. Compared are

    choir      the choir's four voices, moved to the ensemble, without those that it does not have
    network    ``ripieno harmonize`` with the ensemble, as four voices are written
    search     the same as three voices are written: by a search for all voices, under the planner's chords
    people     the piece

"root": of 100 beats with a chord in the piece those on which the chord has the same root. "no third": of 100
beats on which all voices sound those without a third. "equal": of 100 steps of the grid in a new voice those
with the piece's pitch. "foreign": of 100 new notes those that their beat's chord does not hold. "own rhythm":
of 100 new notes those that begin while the melody's note lasts. "with tune": of 100 notes of the melody, for
each new voice, those with which it strikes one, too, as for a syllable. "broken": of 100 new notes those that
are reached by a leap inside their beat. "movement": semitones from note to note. Parallels, crossings and
large leaps are the rules' (docs/theory.md), where a new voice takes part, per 100 new notes; a crossing
counts once, however long it lasts. "seconds": of the processor, a piece.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console
from rich.table import Table

from ripieno.ensembles.ensemble import ClefName, Ensemble, EnsembleVoice
from ripieno.ensembles.read import USUAL_NETWORK_VOICES
from ripieno.grid import REST, score_to_grid, sounding_pitches
from ripieno.score import VOICE_NAMES, Score, Voice, transpose
from ripieno.tasks import choir
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.seating import seating_of
from ripieno.text.notation import parse_score
from ripieno.theory.beat_chords import chords_by_beat
from ripieno.theory.beat_sounds import Span
from ripieno.theory.chords import Chord
from ripieno.theory.plans import plan_spans
from ripieno.theory.rules import faults
from ripieno.theory.texture import score_texture, spell
from ripieno_bridges.api.requests import Request
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service import model_runner
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.seated_requests import draft_settings

FOLDER = Path(__file__).with_name("part_songs")
BEYOND = 2  # semitones
LEAP = 3  # semitones at the least
PARALLELS = ("parallel fifths", "parallel octaves")
Method = Callable[[ModelRunner, str, Score, Ensemble], Score]


@dataclass(frozen=True, slots=True)
class PartSong:
    """A piece. voicing: the folder it stands in."""

    name: str
    voicing: str
    score: Score
    ensemble: Ensemble

    @property
    def melody(self) -> Score:
        """The piece with nothing but its highest voice."""
        first, *others = self.score.voices
        return replace(self.score, voices=(first, *(Voice(voice.name) for voice in others)))


def part_songs() -> Iterator[PartSong]:
    """All pieces, by folder and name."""
    for path in sorted(FOLDER.glob("*/*.txt")):
        score = parse_score(path.read_text("utf-8"))
        score = replace(score, voices=tuple(replace(v, name=v.name.lower()) for v in score.voices))
        yield PartSong(path.stem, path.parent.name, score, ensemble_of(score, path.parent.name))


def ensemble_of(score: Score, name: str) -> Ensemble:
    """The voices of a piece, each with its own range."""
    seats = USUAL_NETWORK_VOICES[len(score.voices)]
    voices = []
    for voice, seat in zip(score.voices, seats, strict=True):
        pitches = [note.pitch for note in voice.notes]
        low, high = min(pitches), max(pitches)
        part = voice.name.capitalize()
        clef: ClefName = "treble" if low + high >= 120 else "bass"
        voices.append(
            EnsembleVoice(
                part, part[0] + ".", clef, low - BEYOND, high + BEYOND, (low, high), network_voice=seat
            )
        )
    return Ensemble(name, name.upper(), tuple(voices), voices[0].name)


# -- the ways to write the other voices --------------------------------------------------------------------


def by_choir(runner: ModelRunner, model: str, melody: Score, ensemble: Ensemble) -> Score:
    """As a mixed choir would be given it, in four voices; those without a seat are dropped."""
    seating = seating_of(ensemble)
    choir = transpose(seating.seat(melody), seating.shift)
    request = Request(
        task="harmonize", model=model, score=choir, given=(VOICE_NAMES[0],), seed=1, compare=False
    )
    written = seating.written(runner.answer(request).results[0]).score
    return replace(melody, voices=(melody.voices[0], *written.voices[1:]))


def harmonized(runner: ModelRunner, model: str, melody: Score, ensemble: Ensemble) -> Score:
    """As ``ripieno harmonize --ensemble`` writes it."""
    request = Request(
        task="harmonize",
        model=model,
        score=melody,
        given=(ensemble.melody,),
        ensemble=ensemble,
        seed=1,
        compare=False,
    )
    return runner.answer(request).results[0].score


def by_network(runner: ModelRunner, model: str, melody: Score, ensemble: Ensemble) -> Score:
    """As four voices are written, three as well: by the network, for three under the planned chords."""
    with mock.patch.object(choir, "is_searched", return_value=False):
        return harmonized(runner, model, melody, ensemble)


def by_search(runner: ModelRunner, model: str, melody: Score, ensemble: Ensemble) -> Score:
    """As three voices are written, four as well: by search, under the planned chords."""

    def binding(*arguments: Any) -> DraftSettings:
        return replace(draft_settings(*arguments), planned_chords_bind=True)

    with (
        mock.patch.object(choir, "is_searched", return_value=True),
        mock.patch.object(model_runner, "draft_settings", binding),
    ):
        return harmonized(runner, model, melody, ensemble)


METHODS: dict[str, Method] = {"choir": by_choir, "network": by_network, "search": by_search}


# -- what is counted ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Mean:
    """A sum of so many."""

    count: float = 0.0
    of: float = 0.0

    def add(self, count: float, of: float) -> None:
        self.count += count
        self.of += of


@dataclass(slots=True)
class Figures:
    """The sums of some pieces, by measure."""

    shares: dict[str, Mean] = field(default_factory=dict)

    def add(self, measure: str, count: float, of: float) -> None:
        self.shares.setdefault(measure, Mean()).add(count, of)

    def count(self, made: Score, song: PartSong) -> None:
        """Count a piece. made: with the voices of the song, in their order."""
        new = made.voices[1:]
        notes = sum(len(voice.notes) for voice in new)
        spans = plan_spans(score_to_grid(song.score))
        chords = chords_by_beat(score_texture(made), spans)
        people = chords_by_beat(score_texture(song.score), spans)
        pairs = [(a, b) for a, b in zip(chords, people, strict=True) if b is not None]
        self.add("root, %", 100 * sum(a is not None and a.root == b.root for a, b in pairs), len(pairs))
        self.count_thirds(made, spans, chords)
        self.count_faults(made, song.ensemble, notes)
        for voice in new:
            low, high = song.ensemble.voice(voice.name).comfortable
            self.add(
                "beyond, %", 100 * sum(not low <= n.pitch <= high for n in voice.notes), len(voice.notes)
            )
            sizes = [abs(b.pitch - a.pitch) for a, b in pairwise(voice.notes)]
            self.add("movement", sum(sizes), len(sizes))
        self.count_equal(made, song.score)
        self.count_rhythm(made, spans, chords)

    def count_thirds(self, made: Score, spans: Sequence[Span], chords: Sequence[Chord | None]) -> None:
        """Beats on which all voices begin or hold a note, and have no third of the beat's chord."""
        for (start, end), chord in zip(spans, chords, strict=True):
            sounding = [[n for n in v.notes if n.onset < end and n.end > start] for v in made.voices]
            if chord is None or not all(sounding):
                continue
            third = (chord.root + chord.kind[0]) % 12
            heard = {note.pitch % 12 for notes in sounding for note in notes}
            self.add("no third, %", 100 * (third not in heard), 1)

    def count_faults(self, made: Score, ensemble: Ensemble, notes: int) -> None:
        """Breaks of rules in which a new voice takes part."""
        found = [f.rule for f in faults(made, ensemble.ranges) if set(f.voices) - {ensemble.melody}]
        self.add("parallels", 100 * sum(found.count(rule) for rule in PARALLELS), notes)
        self.add("crossings", 100 * found.count("crossing"), notes)
        self.add("large leaps", 100 * found.count("large leap"), notes)

    def count_equal(self, made: Score, people: Score) -> None:
        """Steps of the grid on which a new voice has the pitch that people wrote."""
        mine, theirs = (sounding_pitches(score_to_grid(score).cells) for score in (made, people))
        sung = theirs[:, 1:] != REST
        self.add("equal, %", 100 * int(((mine == theirs)[:, 1:] & sung).sum()), int(sung.sum()))

    def count_rhythm(self, made: Score, spans: Sequence[Span], chords: Sequence[Chord | None]) -> None:
        """New notes beside the melody's onsets, and new notes that no chord holds."""
        onsets = {note.onset for note in made.voices[0].notes}
        new = [note for voice in made.voices[1:] for note in voice.notes]
        self.add("own rhythm, %", 100 * sum(note.onset not in onsets for note in new), len(new))
        together = sum(note.onset in onsets for note in new)
        self.add("with tune, %", 100 * together, len(onsets) * (len(made.voices) - 1))
        starts = {start for start, _ in spans}
        pairs = [pair for voice in made.voices[1:] for pair in pairwise(voice.notes)]
        broken = [b for a, b in pairs if abs(b.pitch - a.pitch) >= LEAP and a.end == b.onset]
        self.add("broken, %", 100 * sum(note.onset not in starts for note in broken), len(new))
        for (start, end), chord in zip(spans, chords, strict=True):
            inside = [n for n in new if start <= n.onset < end]
            foreign = [n for n in inside if chord and n.pitch % 12 not in chord.pitch_classes]
            self.add("foreign, %", 100 * len(foreign), len(inside))

    def rates(self) -> dict[str, float]:
        """The figures by measure."""
        return {name: share.count / max(1, share.of) for name, share in self.shares.items()}


def spelled(score: Score) -> Score:
    """The score with every note spelled."""
    voices = (replace(v, notes=spell(v.notes, lambda t: score.measure_at(t).key)) for v in score.voices)
    return replace(score, voices=tuple(voices))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="lstm-chorales")
    parser.add_argument("--scores", type=Path, help="a folder for the scores, to look at")
    parser.add_argument("-o", "--output", type=Path, help="the figures as JSON")
    arguments = parser.parse_args()
    runner = ModelRunner()
    runner.model(arguments.model)
    found: dict[str, dict[str, Figures]] = {}
    for song in part_songs():
        made, seconds = {"people": song.score}, {"people": 0.0}
        for name, method in METHODS.items():
            begun = time.process_time()
            made[name] = method(runner, arguments.model, song.melody, song.ensemble)
            seconds[name] = time.process_time() - begun
        for name, score in made.items():
            for group in (song.voicing, f"{len(song.ensemble.voices)} voices"):
                figures = found.setdefault(group, {}).setdefault(name, Figures())
                figures.count(score, song)
                figures.add("seconds", seconds[name], 1)
            if arguments.scores:
                path = arguments.scores / f"{song.name}-{name}.musicxml"
                path.write_bytes(write_musicxml(spelled(score)))
    rows = {
        f"{group} {name}": f.rates()
        for group, methods in sorted(found.items())
        for name, f in methods.items()
    }
    table = Table(title=arguments.model)
    for title in ("", *next(iter(rows.values()))):
        table.add_column(title)
    for row, rates in rows.items():
        table.add_row(row, *(f"{rate:.2f}" for rate in rates.values()))
    Console(width=170).print(table)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
