"""Whatever workers end at whatever items, each item has one outcome, and the notes do not depend on it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_support import HerePool
from ripieno.errors import RequestError, WeightsError
from ripieno.interrupt import Interrupt
from ripieno.text.notation import parse_score
from ripieno_bridges.api.requests import DocumentRequest, File, Request, to_bytes
from ripieno_bridges.batch.dispatch import WorkerDied, WorkerStarted, done_by
from ripieno_bridges.batch.messages import (
    ItemDone,
    ItemOrder,
    ItemOutcome,
    ItemPlan,
    ItemRefused,
    WorkerReady,
    WorkerUnfit,
)
from ripieno_bridges.formats.musicxml.writer import write_musicxml

SCORE = write_musicxml(parse_score("C5:4 D5 E5 C5"))
NOTHING = DocumentRequest(file=None, request=Request(task="vary"))
CHECK = to_bytes(ItemPlan("check", NOTHING, False))
KEYS = "abcdef"


def orders() -> Iterator[ItemOrder]:
    return (ItemOrder(key, 0, File(f"{key}.musicxml", SCORE), ".json") for key in KEYS)


def outcomes(dies: Callable[[str, int], bool], workers: int, ahead: int) -> dict[str, ItemOutcome]:
    """What became of each item; fails where one has two outcomes."""
    pool = HerePool(CHECK, workers, ahead=ahead, dies=dies)
    found = list(done_by(pool, orders(), Interrupt()))
    assert len(found) == len({outcome.key for outcome in found})
    assert pool.stopped
    return {outcome.key: outcome for outcome in found}


@functools.cache
def undisturbed() -> dict[str, ItemOutcome]:
    return outcomes(lambda *_: False, 1, 1)


DEATHS = st.dictionaries(st.sampled_from(KEYS), st.sets(st.integers(1, 3)))


@given(DEATHS, st.integers(1, 4), st.integers(1, 4))
def test_each_item_has_one_outcome_and_is_refused_only_where_two_workers_ended(deaths, workers, ahead):
    found = outcomes(lambda key, number: number in deaths.get(key, ()), workers, ahead)
    assert set(found) == set(KEYS)
    refused = {key for key, outcome in found.items() if isinstance(outcome, ItemRefused)}
    assert refused == {key for key in KEYS if {1, 2} <= deaths.get(key, set())}
    assert all(found[key] == undisturbed()[key] for key in KEYS if key not in refused)
    assert all(isinstance(outcome, ItemDone) for outcome in undisturbed().values())


def test_an_item_at_which_workers_end_says_so():
    outcome = outcomes(lambda key, _: key == "b", 2, 1)["b"]
    assert isinstance(outcome, ItemRefused)
    assert outcome.fault == "2 workers ended while they did it (it was ended by SIGKILL)"
    assert outcome.way_out == "do it alone, with fewer workers, where there is more memory"


class Unlucky(HerePool):
    """Its workers end before they are ready, or are not fit."""

    def __init__(self, *events) -> None:
        super().__init__(CHECK)
        self._script = list(events)

    def start(self) -> None:
        """Nothing starts."""

    def wait(self):
        return [self._script.pop(0)]


def test_workers_that_never_start_end_the_batch():
    pool = Unlucky(*[WorkerDied(0, "it was ended by SIGKILL")] * 3)
    with pytest.raises(
        RequestError, match=r"^the workers do not start: it was ended by SIGKILL; try --workers 1$"
    ):
        list(done_by(pool, orders(), Interrupt()))
    assert pool.stopped


@pytest.mark.parametrize(
    ("second", "kind", "text"),
    [
        (WorkerReady("0.0.1", "a"), RequestError, "a worker has ripieno 0.0.1, and here is "),
        (
            WorkerReady("", "b"),
            WeightsError,
            "not all workers have the same weights; copy the model to every ",
        ),
        (WorkerUnfit("there is no model"), WeightsError, "there is no model"),
    ],
)
def test_a_worker_with_another_ripieno_or_model_ends_the_batch(second, kind, text, monkeypatch):
    monkeypatch.setattr("ripieno.__version__", "")
    pool = Unlucky(WorkerStarted(0, to_bytes(WorkerReady("", "a"))), WorkerStarted(1, to_bytes(second)))
    with pytest.raises(kind, match=f"^{text}"):
        list(done_by(pool, orders(), Interrupt()))
