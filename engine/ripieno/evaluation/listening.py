"""The questions of a listening test: excerpts by people and by networks, drawn by a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError, count_text
from ripieno.evaluation.excerpts import ExcerptSpan
from ripieno.evaluation.listening_choir import ChoirSource
from ripieno.evaluation.listening_pairs import (
    Excerpt,
    ListeningPair,
    ListeningSettings,
    ListeningSource,
    ListeningTask,
)
from ripieno.evaluation.listening_piano import PianoSource
from ripieno.models.catalog import Plays
from ripieno.models.generator import Generator


@dataclass(frozen=True, slots=True)
class ListeningMusic:
    """A kind of music that is listened to. tasks: what a model may do for it, the usual one first."""

    tasks: tuple[ListeningTask, ...]
    source: Callable[[Piece], ListeningSource]


# By what a model plays. Its sound is in the bridges, its words are in the page.
LISTENING_MUSIC: dict[Plays, ListeningMusic] = {
    "choir": ListeningMusic(("harmonize", "compose"), ChoirSource),
    "piano": ListeningMusic(("compose", "harmonize"), PianoSource),
}


@dataclass(frozen=True, slots=True, eq=False)
class ListeningQuestion:
    """The excerpts of a question, in the order in which they are heard. model: whose work is asked about."""

    piece: str
    model: str
    pair: ListeningPair
    excerpts: tuple[Excerpt, ...]


def music_played(models: Sequence[Generator]) -> Plays:
    """What all of some models play: a key of ``LISTENING_MUSIC``. Raises RequestError where they differ."""
    first = models[0]
    for model in models:
        if model.plays != first.plays:
            choir, piano = sorted((first, model), key=lambda one: one.plays)
            raise RequestError(
                f"{piano.name} plays the piano and {choir.name} writes for a choir, but a listening test is "
                "of one kind of music; name models of one kind"
            )
    return "choir" if first.plays == "choir" else "piano"


def draw_questions(
    pieces: Sequence[Piece],
    models: Sequence[Generator],
    settings: ListeningSettings,
    progress: Callable[[float], None] = lambda _: None,
) -> Iterator[ListeningQuestion]:
    """The questions; the same ones for the same seed, pieces and models.

    Each is of another piece until all had their turn, then of other places in them. The models take turns.
    Where pieces are shown single, half of each model's questions are by people. A piece without an excerpt
    that both sides have is passed over. Raises RequestError where too few are left.
    """
    music = LISTENING_MUSIC[music_played(models)]
    sources = [music.source(piece) for piece in pieces]
    chance = np.random.default_rng((settings.seed, 18))
    order = chance.permutation(len(pieces)).tolist()
    first_is_people = balanced(chance, settings.questions, len(models))
    taken: dict[int, list[ExcerptSpan]] = {index: [] for index in order}
    made, begun = 0, -1  # begun: how many were made when this round through the pieces began
    while begun < made < settings.questions:
        if begun >= 0:  # so that two pieces and two models meet in all ways
            order = chance.permutation(order).tolist()
        begun = made
        for index in order:
            model = models[made % len(models)]
            pair = sources[index].pair(model, settings, chance, taken[index])
            if pair is None:
                continue
            taken[index].append(pair.span)
            both = (pair.people, pair.other) if first_is_people[made] else (pair.other, pair.people)
            excerpts = both if settings.show == "pairs" else both[:1]
            yield ListeningQuestion(pieces[index].name, model.name, pair, excerpts)
            made += 1
            progress(made / settings.questions)
            if made == settings.questions:
                return
    raise RequestError(
        f"{count_text(made, 'excerpt')} of {settings.fewest} to {settings.most} measures that both sides "
        f"have, but {settings.questions} questions; ask for {made or 'fewer'}, allow other --measures, or "
        "bring more pieces"
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
