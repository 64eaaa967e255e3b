"""A listening test out of its questions: all excerpts as notes, in the same way whoever wrote them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import msgspec

from ripieno.errors import printable
from ripieno.evaluation.excerpts import SoundedNote
from ripieno.evaluation.listening import ListeningQuestion
from ripieno.evaluation.listening_pairs import PEOPLE, Excerpt, ListeningSettings
from ripieno.models.catalog import Plays
from ripieno_bridges.listening.listening_test import (
    SOUNDS,
    Counted,
    HeardNote,
    HeardQuestion,
    ListeningTest,
    SealedQuestion,
)


def build_test(
    questions: Sequence[ListeningQuestion], settings: ListeningSettings, *, plays: Plays, people: str
) -> ListeningTest:
    """The test of some questions. plays: who is heard. people: what their side is called."""
    heard = tuple(
        HeardQuestion(
            float(question.pair.quarters),
            tuple(tuple(map(plain_note, excerpt.notes)) for excerpt in question.excerpts),
        )
        for question in questions
    )
    answers = msgspec.json.encode([seal(question, settings.show) for question in questions])
    content = msgspec.json.encode(heard) + answers
    return ListeningTest(
        id=hashlib.sha256(content).hexdigest()[:12],
        plays=plays,
        show=settings.show,
        task=settings.task,
        people=people,
        seed=settings.seed,
        tempo_qpm=SOUNDS[plays].tempo_qpm,
        voices=SOUNDS[plays].voices,
        questions=heard,
        sealed=base64.b64encode(answers).decode("ascii"),
    )


def plain_note(note: SoundedNote) -> HeardNote:
    """A note with its times as plain numbers."""
    onset, duration, pitch, voice = note
    return float(onset), float(duration), pitch, voice


def seal(question: ListeningQuestion, show: str) -> SealedQuestion:
    """What nobody may know before. Of a pair the people's is to be found; one alone is theirs, or not."""
    authors = tuple(excerpt.author for excerpt in question.excerpts)
    span = question.pair.span
    first, last = "1" if span.first == "0" else span.first, span.last  # an upbeat belongs to measure 1
    return SealedQuestion(
        right=authors.index(PEOPLE) if show == "pairs" else int(authors[0] != PEOPLE),
        authors=authors,
        model=question.model,
        piece=printable(question.piece)[:200],
        measures=first if first == last else f"{first} to {last}",
        features=tuple(map(counted, question.excerpts)),
    )


def counted(excerpt: Excerpt) -> dict[str, Counted]:
    """The features of an excerpt as plain numbers."""
    return {name: (share.count, share.of) for name, share in excerpt.features.items()}
