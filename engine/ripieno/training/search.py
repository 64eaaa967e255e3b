"""The search for good hyperparameters: many trainings with different ones, the bad ones stopped early.

Every trial is an ordinary training in a folder of its own. A journal beside them records the trials; a search
needs no more to go on. Several processes, on machines that share the folder, may work on one search. Needs
optuna (`pip install "ripieno[search]"`).
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
from ripieno.training.families.hyperparameters import Scalar
from ripieno.training.search_space import Choice, Space, ValueRange, grid_points
from ripieno.training.trainer import TrainProgress, train_family

JOURNAL = "trials.journal"
VALIDATIONS = 10  # of a trial whose number of steps is given
REPORT_STEPS = 1000  # trials are compared at the same thousandth of a training, whatever its steps
STARTING_TRIALS = 5  # these are never stopped early
WARMUP = REPORT_STEPS // 5  # nor is any trial in its first fifth


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a search tries. steps: of each trial; ``None`` for the family's own number."""

    family: str
    corpus: Path
    folder: Path
    space: Space
    trials: int = 30
    sampler: str = "tpe"  # or "grid"
    steps: int | None = None
    seed: int = 0

    @property
    def trial_count(self) -> int:
        """The number of trials: no more than a grid has points."""
        return min(self.trials, grid_points(self.space)) if self.sampler == "grid" else self.trials


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The outcome of a trial. score: its best so far, in nats; ``None`` before the first validation."""

    number: int
    state: str  # "complete", "pruned" (stopped early) or "running" (or interrupted)
    score: float | None
    settings: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far a search has come. ended: the trial that has just ended, if one has."""

    done: int
    total: int
    part: float = 0.0  # 0 to 1, of the trial at work
    ended: TrialResult | None = None


class SearchGrid(BaseSampler):
    """Every point of a grid once, in an order drawn from the seed: the first ones lie all over it."""

    def __init__(self, space: Space, seed: int) -> None:
        grid_points(space)
        lists = [choice for choice in space.values() if isinstance(choice, tuple)]
        self.points = [dict(zip(space, point, strict=True)) for point in itertools.product(*lists)]
        random.Random(seed).shuffle(self.points)  # noqa: S311 - no secret

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:  # noqa: ARG002
        """Empty: every value follows from the trial's number."""
        return {}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:  # noqa: ARG002
        """Empty, as above."""
        return {}

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Scalar:  # noqa: ARG002
        """The point of the trial's number."""
        number: int = trial.number
        return self.points[number][param_name]


# -- the study ---------------------------------------------------------------------------------------------


def open_study(plan: SearchPlan) -> optuna.Study:
    """The study in the folder, or a new one.

    Raises RequestError where the folder holds another search, FileError for an unreadable corpus or journal.
    """
    load_corpus(plan.corpus)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FileError(str(plan.folder), f"cannot be made ({exc.strerror}); choose another folder") from exc
    request = {
        "family": plan.family,
        "corpus": zlib.crc32(plan.corpus.read_bytes()),
        "space": {name: str(choice) for name, choice in plan.space.items()},
        "sampler": plan.sampler,
        "steps": plan.steps,
        "seed": plan.seed,
    }
    journal = str(plan.folder / JOURNAL)
    with search_lock(plan.folder):
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
            study.set_user_attr("asked", request)
    if known not in (None, request):
        other = ", ".join(name for name in request if request[name] != known.get(name))
        raise RequestError(
            f"{plan.folder} holds a search with another {other}; ask for the same, or choose another folder"
        )
    return study


def search_lock(folder: Path) -> FileLock:
    """The lock that a process holds while it begins or ends a trial."""
    return FileLock(folder / "search.lock")


def results_of(study: optuna.Study) -> list[TrialResult]:
    """Every trial, the best complete one first, then those stopped early, then those at work."""
    order = ["complete", "pruned", "running"]
    results = [result_of(trial) for trial in study.get_trials(deepcopy=False)]
    return sorted(results, key=lambda r: (order.index(r.state), math.inf if r.score is None else r.score))


def result_of(trial: optuna.trial.FrozenTrial) -> TrialResult:
    """The outcome of one of optuna's trials."""
    state = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}.get(trial.state, "running")
    seen = [value for value in trial.intermediate_values.values() if math.isfinite(value)]
    best = trial.value if state == "complete" else min(seen, default=None)
    return TrialResult(trial.number, state, best, dict(trial.params))


# -- the trials --------------------------------------------------------------------------------------------


def search(
    plan: SearchPlan, study: optuna.Study, *, report: Callable[[SearchProgress], None] = lambda _: None
) -> None:
    """Run the trials that are still missing; one that was interrupted goes on where it stopped.

    A stop in the middle (Ctrl-C, a dead machine) loses at most the time since the trial's last validation.
    """
    while taken := take_trial(plan, study):
        trial, lock = taken
        try:
            score = run_trial(plan, study, trial, report)
            with search_lock(plan.folder):
                if score is None:
                    study.tell(trial, state=TrialState.PRUNED)
                else:
                    study.tell(trial, score)
        finally:
            lock.release()
        ended = result_of(study.get_trials(deepcopy=False)[trial.number])
        report(SearchProgress(count_done(study), plan.trial_count, ended=ended))


def take_trial(plan: SearchPlan, study: optuna.Study) -> tuple[Trial, FileLock] | None:
    """A trial to work on and its lock, acquired: an interrupted one first. None where all are taken."""
    with search_lock(plan.folder):
        trials = study.get_trials(deepcopy=False)
        for old in trials:
            if old.state == TrialState.RUNNING and (lock := trial_lock(plan.folder, old.number)):
                study.sampler = sampler_for(plan, old.number)
                return Trial(study, old._trial_id), lock  # optuna has no other way to go on with one
        number = len(trials)
        if number >= plan.trial_count:
            return None
        study.sampler = sampler_for(plan, number)
        lock = trial_lock(plan.folder, number)
        assert lock is not None
        return study.ask(), lock


def trial_lock(folder: Path, number: int) -> FileLock | None:
    """The lock of a trial, acquired; None where another process holds it. A dead process holds none."""
    trial_folder(folder, number).mkdir(exist_ok=True)
    lock = FileLock(trial_folder(folder, number) / "trial.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


def trial_folder(folder: Path, number: int) -> Path:
    """The folder of a trial's training."""
    return folder / f"trial-{number:03}"


def weights_name(plan: SearchPlan, number: int) -> str:
    """The name of a trial's weights."""
    return f"{plan.family}-{number:03}"


def sampler_for(plan: SearchPlan, number: int) -> BaseSampler:
    """The sampler of a trial's settings, seeded by the search's seed and the trial's number."""
    if plan.sampler == "grid":
        return SearchGrid(plan.space, plan.seed)
    return TPESampler(seed=(plan.seed * 1_000_003 + number) % 2**32)


def run_trial(
    plan: SearchPlan, study: optuna.Study, trial: Trial, report: Callable[[SearchProgress], None]
) -> float | None:
    """Train with the trial's settings. Returns the best score; None where it was stopped early."""
    settings = {name: suggest(trial, name, choice) for name, choice in plan.space.items()}
    folder = trial_folder(plan.folder, trial.number)
    interval: dict[str, Scalar] = (
        {} if plan.steps is None else {"evaluate_every": max(1, plan.steps // VALIDATIONS)}
    )
    done = count_done(study)
    reported = study.get_trials(deepcopy=False)[trial.number].intermediate_values  # before an interruption

    def follow(now: TrainProgress) -> None:
        moment = round(REPORT_STEPS * now.step / now.steps)
        if now.score is not None and moment not in reported:
            trial.report(now.score, moment)
        report(SearchProgress(done, plan.trial_count, now.step / now.steps))
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
            changes=interval | settings,
            report=follow,
        )
    except optuna.TrialPruned:
        return None
    return best_score(folder)


def suggest(trial: Trial, name: str, choice: Choice) -> Scalar:
    """The trial's value of a setting; the same at every call."""
    if not isinstance(choice, ValueRange):
        value = trial.suggest_categorical(name, choice)
        assert not isinstance(value, str)
        return value
    if isinstance(choice.low, int) and isinstance(choice.high, int):
        return trial.suggest_int(name, choice.low, choice.high, log=choice.log_scale)
    return trial.suggest_float(name, choice.low, choice.high, log=choice.log_scale)


def count_done(study: optuna.Study) -> int:
    """How many trials have ended."""
    return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
