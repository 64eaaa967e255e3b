"""The questions of a listening test: excerpts by people and by networks, drawn by a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from ripieno.corpus.corpus import Piece, check_compass
from ripieno.errors import RequestError, count_text
from ripieno.evaluation.excerpts import ExcerptSpan, cut, features, shared_spans
from ripieno.evaluation.melody import harmonized, measures_of
from ripieno.evaluation.setting import MINOR, Home, read_setting
from ripieno.evaluation.share import Share
from ripieno.grid import HOLD, NO_METER, Grid, score_to_grid
from ripieno.limits import MAX_BARS, SEEDS
from ripieno.models.generator import Generator
from ripieno.score import VOICE_NAMES, Key
from ripieno.tasks.choir import compose
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.keys import signature_on

Show = Literal["pairs", "single"]
ListeningTask = Literal["harmonize", "compose"]
PEOPLE = ""  # who wrote an excerpt: a model's name, or nobody's of these


@dataclass(frozen=True, slots=True)
class ListeningSettings:
    """How a test is made.

    show: pairs, of which one is by people, or single excerpts. task: harmonize, the same melody twice, or
    compose, a piece with the key, the meter and the length of the other. fewest, most: measures an excerpt.
    """

    show: Show = "pairs"
    task: ListeningTask = "harmonize"
    questions: int = 10
    fewest: int = 4
    most: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """What is heard. author: a model's name, or PEOPLE."""

    author: str
    grid: Grid
    features: Mapping[str, Share]


@dataclass(frozen=True, slots=True, eq=False)
class ListeningQuestion:
    """The excerpts of a question, in the order in which they are heard. model: whose work is asked about."""

    piece: str
    model: str
    span: ExcerptSpan
    excerpts: tuple[Excerpt, ...]


def draw_questions(
    pieces: Sequence[Piece],
    models: Sequence[Generator],
    settings: ListeningSettings,
    progress: Callable[[float], None] = lambda _: None,
) -> Iterator[ListeningQuestion]:
    """The questions, each of another piece; the same ones for the same seed, pieces and models.

    The models take turns. Where pieces are shown single, half of each model's questions are by people. A
    piece without an excerpt that both sides have is passed over. Raises RequestError where too few are left.
    """
    chance = np.random.default_rng((settings.seed, 18))
    order = chance.permutation(len(pieces)).tolist()
    first_is_people = balanced(chance, settings.questions, len(models))
    made = 0
    for index in order:
        if made == settings.questions:
            return
        piece, model = pieces[index], models[made % len(models)]
        check_usable(piece, model)
        draft = DraftSettings(int(chance.integers(SEEDS)))
        other = other_side(model, piece.grid, settings.task, draft)
        spans = shared_spans(piece.grid, other, fewest=settings.fewest, most=settings.most)
        if not spans:
            continue
        span = spans[int(chance.integers(len(spans)))]
        home = read_setting(piece.grid).home
        pair = (excerpt_of(PEOPLE, piece.grid, span, home), excerpt_of(model.name, other, span, home))
        ordered = pair if first_is_people[made] else pair[::-1]
        yield ListeningQuestion(
            piece.name, model.name, span, ordered if settings.show == "pairs" else ordered[:1]
        )
        made += 1
        progress(made / settings.questions)
    if made < settings.questions:
        raise RequestError(
            f"{count_text(made, 'piece')} with phrases that fill {settings.fewest} to {settings.most} "
            f"measures on both sides, but {settings.questions} questions; ask for {made or 'fewer'}, allow "
            "other --measures, or bring more pieces"
        )


def balanced(chance: np.random.Generator, questions: int, models: int) -> list[bool]:
    """For each question, whether people's work stands first: for each model in half of its questions.

    Where a number is odd, chance decides about the one more.
    """
    found = [False] * questions
    for model in range(models):
        places = list(range(model, questions, models))
        half = len(places) // 2 + (len(places) % 2 and int(chance.integers(2)))
        for place in chance.permutation(places)[:half].tolist():
            found[place] = True
    return found


def check_usable(piece: Piece, model: Generator) -> None:
    """Raise RequestError for a piece that a model for choirs cannot take."""
    if piece.grid.cells.shape[1] != len(VOICE_NAMES):
        voices = count_text(piece.grid.cells.shape[1], "voice")
        raise RequestError(f"{piece.name}: {voices}, but a listening test takes four; leave the piece out")
    if (piece.grid.position == NO_METER).any() or not (piece.grid.cells[:, 0] < HOLD).any():
        raise RequestError(f"{piece.name}: no meter, or no melody, so it has no phrases; leave the piece out")
    check_compass(piece.grid, piece.name, model.lowest, model.highest, model_name=model.name)


def excerpt_of(author: str, grid: Grid, span: ExcerptSpan, home: Home) -> Excerpt:
    """An excerpt, whoever wrote it."""
    found = cut(grid, span)
    return Excerpt(author, found, features(found, home))


def other_side(model: Generator, grid: Grid, task: ListeningTask, draft: DraftSettings) -> Grid:
    """What the model writes beside a piece, in the same measures."""
    return harmonized(model, grid, draft) if task == "harmonize" else composed(model, grid, draft)


def composed(model: Generator, grid: Grid, draft: DraftSettings) -> Grid:
    """A new piece in the key and the meter of another, with its upbeat, and as many measures."""
    measures = list(measures_of(grid))
    meter = measures[len(measures) // 2].meter
    first = measures[0].duration
    anacrusis = first if first < meter.length else Fraction(0)
    bars = -(-(measures[-1].end - anacrusis) // meter.length)
    made = compose(
        model,
        bars=min(MAX_BARS, int(bars)),
        meter=meter,
        key=key_of(grid),
        anacrusis=anacrusis,
        settings=draft,
    )
    return score_to_grid(made[0].score)


def key_of(grid: Grid) -> Key:
    """The key of a piece, by its last chord."""
    home = read_setting(grid).home
    signature = signature_on(home.tonic + (3 if home.mode == MINOR else 0))
    return Key(signature.fifths, home.mode)
