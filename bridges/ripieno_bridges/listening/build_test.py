"""A listening test out of its questions: all excerpts as notes, in the same way whoever wrote them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from ripieno.errors import printable
from ripieno.evaluation.excerpts import heard_notes
from ripieno.evaluation.listening import PEOPLE, Excerpt, ListeningQuestion, ListeningSettings
from ripieno_bridges.listening.listening_test import (
    CHOIR,
    Counted,
    HeardNote,
    HeardQuestion,
    ListeningTest,
    SealedQuestion,
)

TEMPO_QPM = 76.0  # a quiet walk, for every excerpt


def build_test(
    questions: Sequence[ListeningQuestion], settings: ListeningSettings, people: str
) -> ListeningTest:
    """The test of some questions."""
    heard = tuple(
        HeardQuestion(
            float(question.excerpts[0].grid.edges[-1]),
            tuple(tuple(map(plain_note, heard_notes(e.grid))) for e in question.excerpts),
        )
        for question in questions
    )
    answers = msgspec.json.encode([seal(question, settings.show) for question in questions])
    content = msgspec.json.encode(heard) + answers
    return ListeningTest(
        id=hashlib.sha256(content).hexdigest()[:12],
        show=settings.show,
        task=settings.task,
        people=people,
        seed=settings.seed,
        tempo_qpm=TEMPO_QPM,
        voices=CHOIR,
        questions=heard,
        sealed=base64.b64encode(answers).decode("ascii"),
    )


def plain_note(note: tuple[Fraction, Fraction, int, int]) -> HeardNote:
    """A note with its times as plain numbers."""
    onset, duration, pitch, voice = note
    return float(onset), float(duration), pitch, voice


def seal(question: ListeningQuestion, show: str) -> SealedQuestion:
    """What nobody may know before. Of a pair the people's is to be found; one alone is theirs, or not."""
    authors = tuple(excerpt.author for excerpt in question.excerpts)
    span = question.span
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
