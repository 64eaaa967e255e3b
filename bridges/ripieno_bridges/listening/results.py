"""The results of many listeners: the CSV files that the page saves, summed up by model."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ripieno.errors import FileError, printable
from ripieno.evaluation.wilson import wilson_interval
from ripieno_bridges.formats.files import read_bytes

NEEDED = ("test", "listener", "show", "task", "people", "model", "question", "correct")
NOT_OURS = "no results of a listening test; choose files that its page saved with Save as CSV"


@dataclass(frozen=True, slots=True)
class ListeningAnswer:
    """One answer. kind: what was asked: (show, task, people)."""

    test: str
    listener: str
    question: str
    kind: tuple[str, str, str]
    model: str
    is_right: bool

    @property
    def place(self) -> tuple[str, str, str]:
        """Who answered what; nobody answers twice."""
        return self.test, self.listener, self.question


@dataclass(frozen=True, slots=True)
class ModelResult:
    """How often a model was told from people. low, high: the interval of 95 % (Wilson)."""

    model: str
    show: str
    task: str
    people: str
    listeners: int
    right: int
    answers: int
    share: float
    low: float
    high: float


def read_results(path: Path) -> list[ListeningAnswer]:
    """The answers of one file. Raises FileError where it is something else."""
    name = printable(str(path))
    text = read_bytes(path).decode("utf-8-sig", "replace")
    try:
        dialect = ";" if ";" in text.partition("\n")[0] else ","  # as some spreadsheets save it again
        rows = list(csv.DictReader(text.splitlines(), delimiter=dialect, strict=True))
    except csv.Error as exc:
        raise FileError(name, NOT_OURS) from exc
    if not rows:
        raise FileError(name, "no answer in it; leave the file out" if text.startswith("test") else NOT_OURS)
    return [answer_of(row, f"{name}, line {number}") for number, row in enumerate(rows, 2)]


def answer_of(row: dict[str, str], name: str) -> ListeningAnswer:
    """The answer of a row. name: of its place."""
    values = [row.get(column) for column in NEEDED]
    if any(not isinstance(value, str) or not value for value in values):
        raise FileError(name, NOT_OURS)
    if row["correct"] not in ("0", "1"):
        raise FileError(
            name, 'an answer is "1" for right or "0" for wrong; use the file as the page saved it'
        )
    return ListeningAnswer(
        row["test"],
        row["listener"],
        row["question"],
        (row["show"], row["task"], row["people"]),
        row["model"],
        row["correct"] == "1",
    )


def without_repeated(answers: Iterable[ListeningAnswer]) -> tuple[list[ListeningAnswer], int]:
    """(the answers, each once, how many were there again): the same file may have been sent twice."""
    found: dict[tuple[str, str, str], ListeningAnswer] = {}
    repeated = 0
    for answer in answers:
        repeated += answer.place in found
        found.setdefault(answer.place, answer)
    return list(found.values()), repeated


def sum_up(answers: Sequence[ListeningAnswer]) -> list[ModelResult]:
    """The result of each model, for each kind of question apart, in the order of their names."""
    results: list[ModelResult] = []
    for model, kind in sorted({(answer.model, answer.kind) for answer in answers}):
        here = [answer for answer in answers if (answer.model, answer.kind) == (model, kind)]
        right = sum(answer.is_right for answer in here)
        low, high = wilson_interval(right, len(here))
        listeners = len({answer.listener for answer in here})
        results.append(ModelResult(model, *kind, listeners, right, len(here), right / len(here), low, high))
    return results
