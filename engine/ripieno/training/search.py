"""The search for good settings: many trainings, each with others, and the bad ones stopped early.

Every trial is an ordinary training in a folder of its own. What was tried stands in a journal beside them,
which is all that a search needs to go on; several processes, on machines that share the folder, may work on
one search. Needs optuna (`pip install "ripieno[search]"`).
"""

from __future__ import annotations

import itertools
import math
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock, Timeout
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import Trial, TrialState

from ripieno.corpus.corpus import load_corpus
from ripieno.errors import FileError, RequestError
from ripieno.training.checkpoint import best_score
from ripieno.training.families.hyperparameters import Plain
from ripieno.training.search_space import Choice, Space, ValueRange, grid_points
from ripieno.training.trainer import TrainProgress, train_family

JOURNAL = "trials.journal"
EXAMS = 10  # a trial, where the number of steps is asked for
WHOLE = 1000  # exams are compared at the same thousandth of a training, however many steps it has
STARTING_TRIALS = 5  # these are never stopped early
WARMUP = WHOLE // 5  # nor is any trial in its first fifth


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a search is to try. steps: of each trial; ``None`` for the family's own number."""

    family: str
    corpus: Path
    folder: Path
    space: Space
    trials: int = 30
    sampler: str = "tpe"  # or "grid"
    steps: int | None = None
    seed: int = 0

    @property
    def wanted(self) -> int:
        """How many trials there shall be: no more than a grid has points."""
        return min(self.trials, grid_points(self.space)) if self.sampler == "grid" else self.trials


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What became of one. score: its best exam so far in nats, ``None`` before the first."""

    number: int
    state: str  # "complete", "pruned" (stopped early) or "running" (or interrupted)
    score: float | None
    settings: dict[str, Plain]


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """Where a search stands. ended: the trial that just did."""

    done: int
    wanted: int
    part: float = 0.0  # of the trial at work
    ended: TrialResult | None = None


class SearchGrid(BaseSampler):
    """Every point of a grid once, in an order drawn from the seed: the first ones lie all over it."""

    def __init__(self, space: Space, seed: int) -> None:
        grid_points(space)
        lists = [choice for choice in space.values() if isinstance(choice, tuple)]
        self.points = [dict(zip(space, point, strict=True)) for point in itertools.product(*lists)]
        random.Random(seed).shuffle(self.points)  # noqa: S311 - no secret

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:  # noqa: ARG002
        """Nothing: a trial's number says where it lies."""
        return {}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:  # noqa: ARG002
        """Nothing, as above."""
        return {}

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Plain:  # noqa: ARG002
        """The point of the trial's number."""
        number: int = trial.number
        return self.points[number][param_name]


# -- the study ---------------------------------------------------------------------------------------------


def open_study(plan: SearchPlan) -> optuna.Study:
    """The study in the folder, or a new one.

    Raises RequestError where another search lies there, FileError where corpus or journal cannot be read.
    """
    load_corpus(plan.corpus)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FileError(str(plan.folder), f"cannot be made ({exc.strerror}); choose another folder") from exc
    asked = {
        "family": plan.family,
        "corpus": zlib.crc32(plan.corpus.read_bytes()),
        "space": {name: str(choice) for name, choice in plan.space.items()},
        "sampler": plan.sampler,
        "steps": plan.steps,
        "seed": plan.seed,
    }
    journal = str(plan.folder / JOURNAL)
    with alone(plan.folder):
        try:
            storage = JournalStorage(JournalFileBackend(journal, lock_obj=JournalFileOpenLock(journal)))
            study = optuna.create_study(
                storage=storage,
                study_name="search",
                load_if_exists=True,
                pruner=optuna.pruners.MedianPruner(STARTING_TRIALS, WARMUP),
            )
        except (ValueError, KeyError) as exc:
            raise FileError(journal, "damaged; choose another folder") from exc
        known = study.user_attrs.get("asked")
        if known is None:
            study.set_user_attr("asked", asked)
    if known not in (None, asked):
        other = ", ".join(name for name in asked if asked[name] != known.get(name))
        raise RequestError(
            f"{plan.folder} holds a search with another {other}; ask for the same, or choose another folder"
        )
    return study


def alone(folder: Path) -> FileLock:
    """Inside this, no other process begins or ends a trial."""
    return FileLock(folder / "search.lock")


def results_of(study: optuna.Study) -> list[TrialResult]:
    """Every trial, the best complete one first, then those stopped early, then those at work."""
    order = ["complete", "pruned", "running"]
    results = [result_of(trial) for trial in study.get_trials(deepcopy=False)]
    return sorted(results, key=lambda r: (order.index(r.state), math.inf if r.score is None else r.score))


def result_of(trial: optuna.trial.FrozenTrial) -> TrialResult:
    """What optuna knows of a trial, in our words."""
    state = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}.get(trial.state, "running")
    seen = [value for value in trial.intermediate_values.values() if math.isfinite(value)]
    best = trial.value if state == "complete" else min(seen, default=None)
    return TrialResult(trial.number, state, best, dict(trial.params))


# -- the trials --------------------------------------------------------------------------------------------


def search(
    plan: SearchPlan, study: optuna.Study, *, report: Callable[[SearchProgress], None] = lambda _: None
) -> None:
    """Run the trials that are still missing; one that was interrupted goes on where it stopped.

    A stop in the middle (Ctrl-C, a dead machine) loses at most the time since the trial's last exam.
    """
    while taken := take_trial(plan, study):
        trial, lock = taken
        try:
            score = run_trial(plan, study, trial, report)
            with alone(plan.folder):
                if score is None:
                    study.tell(trial, state=TrialState.PRUNED)
                else:
                    study.tell(trial, score)
        finally:
            lock.release()
        ended = result_of(study.get_trials(deepcopy=False)[trial.number])
        report(SearchProgress(count_done(study), plan.wanted, ended=ended))


def take_trial(plan: SearchPlan, study: optuna.Study) -> tuple[Trial, FileLock] | None:
    """A trial that nobody works on, and its lock, held: an interrupted one first; None where all are done."""
    with alone(plan.folder):
        trials = study.get_trials(deepcopy=False)
        for old in trials:
            if old.state == TrialState.RUNNING and (lock := locked(plan.folder, old.number)):
                study.sampler = sampler_of(plan, old.number)
                return Trial(study, old._trial_id), lock  # optuna has no other way to go on with one
        number = len(trials)
        if number >= plan.wanted:
            return None
        study.sampler = sampler_of(plan, number)
        lock = locked(plan.folder, number)
        assert lock is not None
        return study.ask(), lock


def locked(folder: Path, number: int) -> FileLock | None:
    """The lock of a trial, held; None where another process holds it. A dead process holds none."""
    trial_folder(folder, number).mkdir(exist_ok=True)
    lock = FileLock(trial_folder(folder, number) / "trial.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


def trial_folder(folder: Path, number: int) -> Path:
    """Where a trial's training lies."""
    return folder / f"trial-{number:03}"


def weights_name(plan: SearchPlan, number: int) -> str:
    """What the weights of a trial are called."""
    return f"{plan.family}-{number:03}"


def sampler_of(plan: SearchPlan, number: int) -> BaseSampler:
    """What chooses the settings of a trial; its chances come from the seed and the trial's number."""
    if plan.sampler == "grid":
        return SearchGrid(plan.space, plan.seed)
    return TPESampler(seed=(plan.seed * 1_000_003 + number) % 2**32)


def run_trial(
    plan: SearchPlan, study: optuna.Study, trial: Trial, report: Callable[[SearchProgress], None]
) -> float | None:
    """Train with the trial's settings. Returns the best score; None where it was stopped early."""
    settings = {name: suggested(trial, name, choice) for name, choice in plan.space.items()}
    folder = trial_folder(plan.folder, trial.number)
    often: dict[str, Plain] = {} if plan.steps is None else {"evaluate_every": max(1, plan.steps // EXAMS)}
    done = count_done(study)
    known = study.get_trials(deepcopy=False)[trial.number].intermediate_values  # before an interruption

    def follow(now: TrainProgress) -> None:
        exam = round(WHOLE * now.step / now.steps)
        if now.score is not None and exam not in known:
            trial.report(now.score, exam)
        report(SearchProgress(done, plan.wanted, now.step / now.steps))
        if now.score is not None and (not math.isfinite(now.score) or trial.should_prune()):
            raise optuna.TrialPruned

    try:
        train_family(
            plan.family,
            plan.corpus,
            folder,
            name=weights_name(plan, trial.number),
            seed=plan.seed,
            steps=plan.steps,
            changes=often | settings,
            report=follow,
        )
    except optuna.TrialPruned:
        return None
    return best_score(folder)


def suggested(trial: Trial, name: str, choice: Choice) -> Plain:
    """The trial's value of a setting; the same whenever it is asked."""
    if not isinstance(choice, ValueRange):
        value = trial.suggest_categorical(name, choice)
        assert not isinstance(value, str)
        return value
    if isinstance(choice.low, int) and isinstance(choice.high, int):
        return trial.suggest_int(name, choice.low, choice.high, log=choice.by_ratio)
    return trial.suggest_float(name, choice.low, choice.high, log=choice.by_ratio)


def count_done(study: optuna.Study) -> int:
    """How many trials have ended."""
    return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
