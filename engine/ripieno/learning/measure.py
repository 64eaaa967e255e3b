"""A new model beside its parent: how well each expects pieces, and the music that both make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.corpus.originality import Library
from ripieno.errors import RequestError, ScoreError
from ripieno.evaluation.evaluate import compare
from ripieno.evaluation.melody import check_melody, harmonized, measures_of, melody_score
from ripieno.evaluation.piano_report import GivesKeyLikelihood, key_likelihood
from ripieno.evaluation.settings_by_others import compare_settings
from ripieno.grid import HOLD, NO_METER, Grid, score_to_grid
from ripieno.learning.pieces import beginning, evenly
from ripieno.learning.traits import CHOIR, key_of, read_music
from ripieno.models.biaxial.generator import BiaxialGenerator
from ripieno.models.generator import Generator
from ripieno.models.note_states.dbn import DBN
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.models.note_states.key_generator import KeyGenerator
from ripieno.models.note_states.rbm import RBM, pseudo_log_likelihood
from ripieno.score import VOICE_NAMES, Key, Meter
from ripieno.tasks import choir, piano
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.hearing import hear
from ripieno.training.families.windows import window_rows

MAX_MELODIES = 6  # held-out melodies that both models harmonize
LONGEST = 2048  # steps of a piece in which all keys are expected: they are held in memory at once
MAX_READ = 24  # pieces whose keys are read
MAX_STEPS = 512  # of a piece whose melody is harmonized; longer ones are passed over
COMPOSED = {"choir": 4, "piano": 6}  # new pieces of either model
BARS = {"choir": 8, "piano": 16}  # measures of each: a strain of a rag
DRAWS = 100  # units of each window of which the pseudo-likelihood is estimated
SOPRANO, LOWER = 0, tuple(range(1, len(VOICE_NAMES)))
NOTHING, MELODY = "nats a note, nothing given", "nats a note, melody given"
PSEUDO = "nats a note (pseudo-likelihood)"
WRONG = "keys that come back wrong, a note"


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Music of one model. melodies: harmonized, in the order of the melodies. composed: out of nothing."""

    melodies: tuple[Grid, ...]
    composed: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class NewPiece:
    """A piece to compose."""

    key: Key
    meter: Meter
    bars: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Exercises:
    """What both models make. melodies: pieces whose melody is harmonized. new: what is composed."""

    melodies: tuple[Piece, ...]
    new: tuple[NewPiece, ...]


# -- how well a model expects pieces -----------------------------------------------------------------------


def fit(model: Generator, pieces: Sequence[Piece]) -> dict[str, float]:
    """How well a model expects pieces, by name; lower is better. Empty where no piece can be measured."""
    if isinstance(model, NoteStateGenerator):
        return window_fit(model.sampler.model, pieces)
    if isinstance(model, GivesKeyLikelihood):
        return {NOTHING: key_likelihood(model, [beginning(piece, LONGEST) for piece in pieces]).a_note}
    sums, notes = np.zeros(2), np.zeros(2)
    for piece in pieces:
        cells = piece.grid.cells
        fixed = np.zeros(cells.shape, dtype=np.bool_)
        for row in range(2):
            fixed[:, SOPRANO] = row == 1
            sums[row] -= model.log_likelihoods(piece.grid, fixed).sum()
            notes[row] += ((cells < HOLD) & ~fixed).sum()
    return {
        name: round(float(total / count), 4)
        for name, total, count in zip((NOTHING, MELODY), sums, notes, strict=True)
        if count
    }


def on_same_keys(parent: Generator, model: Generator) -> Generator:
    """The parent with the keys of the new model, where it can have them: both expect the same notes then."""
    if isinstance(parent, BiaxialGenerator) and isinstance(model, BiaxialGenerator):
        network = parent.model.on_keys(model.compass)
        return BiaxialGenerator(network, name=parent.name, sha256=parent.sha256, plays=parent.plays)
    return parent


@torch.no_grad()
def window_fit(network: torch.nn.Module, pieces: Sequence[Piece]) -> dict[str, float]:
    """The same for networks over windows, which cannot say how likely a piece is."""
    assert isinstance(network, RBM | DBN)
    config = network.config
    rows = window_rows(config, pieces, config.bar)
    struck = rows.view(-1, config.window, 2, config.keys)[:, :, 1].sum()
    if not struck:
        return {}
    if isinstance(network, RBM):
        chance = torch.Generator().manual_seed(0)
        draws = [-pseudo_log_likelihood(network, rows.float(), generator=chance).sum() for _ in range(DRAWS)]
        return {PSEUDO: round(float(sum(draws) / DRAWS / struck), 4)}
    wrong = (network.decode(network.encode(rows.float())) > 0) != rows
    return {WRONG: round(float(wrong.sum() / struck), 4)}


# -- the music that it makes -------------------------------------------------------------------------------


def choose_exercises(corpus: Corpus, plays: str, model: Generator) -> Exercises:
    """Melodies that are held out, and new pieces in the meter and the keys of those that are learned."""
    return Exercises(tuple(melodies_of(corpus.valid, plays, model)), tuple(new_pieces(corpus.train, plays)))


def melodies_of(pieces: Sequence[Piece], plays: str, model: Generator) -> list[Piece]:
    """The pieces whose melody a model can harmonize in a reasonable time; of piano music none."""
    found: list[Piece] = []
    for piece in pieces if plays == CHOIR else ():
        try:
            check_melody(piece)
            hear(melody_score(piece.grid), model, (VOICE_NAMES[SOPRANO],))
        except (RequestError, ScoreError):  # no meter, no melody, or far out of the range
            continue
        if piece.grid.steps <= MAX_STEPS:
            found.append(piece)
    return found[:MAX_MELODIES]


def new_pieces(pieces: Sequence[Piece], plays: str) -> list[NewPiece]:
    """What both models compose: in the usual meter and the usual keys of the pieces."""
    music = read_music((piece.grid for piece in evenly(pieces, MAX_READ)), plays)
    keys = [key for key, _ in Counter(filter(None, map(key_of, music))).most_common()]
    meter = usual_meter(pieces)
    count = COMPOSED[plays]
    keys = keys or [Key(0, "major")]
    return [NewPiece(keys[i % len(keys)], meter, BARS[plays], i + 1) for i in range(count)]


def usual_meter(pieces: Sequence[Piece]) -> Meter:
    """The meter that most measures have; 4/4 where none is known."""
    meters: Counter[Meter] = Counter()
    for piece in pieces:
        if piece.grid.steps and not (piece.grid.position == NO_METER).any():
            meters.update(measure.meter for measure in measures_of(piece.grid))
    return meters.most_common(1)[0][0] if meters else Meter()


def make_music(
    model: Generator, exercises: Exercises, progress: Callable[[float], None] = lambda _: None
) -> Made:
    """Let a model harmonize the melodies and compose new pieces; the same start for every model."""
    done, total = 0, len(exercises.melodies) + len(exercises.new)
    settled: list[Grid] = []
    for i, piece in enumerate(exercises.melodies):
        settled.append(harmonized(model, piece.grid, DraftSettings(i + 1)))
        done += 1
        progress(done / total)
    composed: list[Grid] = []
    for new in exercises.new:
        composed.append(compose(model, new))
        done += 1
        progress(done / total)
    return Made(tuple(settled), tuple(composed))


def compose(model: Generator, new: NewPiece) -> Grid:
    """A new piece as a grid."""
    settings = DraftSettings(new.seed)
    if isinstance(model, KeyGenerator) and model.plays != CHOIR:
        result = piano.compose(model, bars=new.bars, meter=new.meter, key=new.key, settings=settings)[0]
        return piano.piano_grid(result.score)
    return score_to_grid(
        choir.compose(model, bars=new.bars, meter=new.meter, key=new.key, settings=settings)[0].score
    )


def agreement(made: Sequence[Grid], originals: Sequence[Piece], learned: Sequence[Piece]) -> dict[str, float]:
    """How often harmonizations of melodies are as the user's own, by name: shares, 0 to 1."""
    if not originals:
        return {}
    people = [piece.grid for piece in originals]
    notes = compare(made, people, Library(learned)).agreement
    chords = compare_settings(made, people, [None] * len(made)).all.agreement or {}
    found = {f"notes of the {voice}": share for voice, share in notes.items()}
    return {"roots of the chords": chords.get("root") or 0.0, **found}
