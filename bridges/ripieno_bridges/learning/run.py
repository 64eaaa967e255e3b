"""The steps of ``ripieno learn``: gather, train, measure, make examples, write the report card, install."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ripieno import __version__
from ripieno.corpus.corpus import Corpus, load_pieces
from ripieno.errors import FileError, RequestError, RipienoError, count_text, printable
from ripieno.learning.installed import check_free_name, files_of, forget_work, install, work_folder
from ripieno.learning.learn import known_pitches, train_on_pieces, with_every_style
from ripieno.learning.measure import choose_exercises, usual_meter
from ripieno.learning.model_file import meter_text
from ripieno.learning.pieces import divide_to_learn
from ripieno.learning.recipes import Parent, choose_parent, named_parent
from ripieno.learning.report_card import ReportCard, Training, write_report_card
from ripieno.learning.traits import CHOIR
from ripieno.models.catalog import model_library
from ripieno.models.generator import Generator
from ripieno.models.loading import load
from ripieno.models.weights import read_card, sibling_path
from ripieno.training.log import read_log
from ripieno.training.trainer import TrainProgress, make_folder
from ripieno_bridges.corpora.build import Skipped, corpus_paths, save_pieces
from ripieno_bridges.file_errors import MAY_NOT_WRITE
from ripieno_bridges.formats.files import CHOOSE_OR_FORCE, save_all
from ripieno_bridges.learning.examples import ExamplePiece, make_examples
from ripieno_bridges.learning.gather import Gathered, gather
from ripieno_bridges.learning.report_page import PAGE, report_page

CORPUS, STATE, REPORT = "corpus.npz", "learning.json", "report.json"
Progress = Callable[[float], None]
Bar = Callable[[str], AbstractContextManager[Progress]]  # shows how far a step of the work is


@dataclass(frozen=True, slots=True)
class LearnRequest:
    """What is wanted. plays, parent: None to find out. output: the folder of the report card."""

    folder: Path
    name: str
    output: Path
    plays: str | None = None
    parent: str | None = None
    steps: int | None = None
    seed: int = 0
    force: bool = False


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it. stem: the path of the installed model, without a suffix."""

    card: ReportCard
    examples: tuple[ExamplePiece, ...]
    left_out: tuple[Skipped, ...]
    remarks: tuple[str, ...]
    stem: Path
    page: Path


def learn(request: LearnRequest, bar: Bar, say: Callable[[str], None]) -> Learned:
    """Make a model of a user's own out of a folder of scores.

    Interrupted, the same call goes on where it stopped. Raises RipienoError.
    """
    check_free_name(request.name, force=request.force)
    check_output(request)
    corpus_paths(request.folder)  # raises where there is no folder
    work = work_folder(request.name)
    gathered, parent = prepare(request, work, bar, say)
    division = divide_to_learn(load_pieces(work / CORPUS))
    say(f"held out to judge by: {listed(piece.name for piece in division.valid)}")
    with bar("learning") as progress:

        def report(now: TrainProgress) -> None:
            progress(now.step / now.steps)

        stem, training = train_on_pieces(
            work / CORPUS,
            work,
            parent,
            name=request.name,
            pieces=len(division.train),
            seed=request.seed,
            steps=request.steps,
            facts=facts_of(request, gathered, parent, division),
            report=report,
        )
    say(how_long(training))
    trained = load(str(stem))
    with bar("writing the report card") as progress:
        card, examples = judge(request, gathered, parent, division, trained, training, stem, progress)
    remarks = (*gathered.remarks, *read_card(sibling_path(stem, ".json"))["remarks"])
    installed = install(request.name, files_of(stem), force=request.force)
    learned = Learned(
        card, tuple(examples), tuple(gathered.left_out), remarks, installed, request.output / PAGE
    )
    save_report(request, learned, work, trained)
    forget_work(request.name)
    return learned


def check_output(request: LearnRequest) -> None:
    """Raise FileError where a report card lies already, or no folder can be made for it."""
    page = request.output / PAGE
    if page.exists() and not request.force:
        raise FileError(printable(str(page)), f"is there already; {CHOOSE_OR_FORCE}")
    nearest = next(path for path in (request.output, *request.output.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise FileError(printable(str(nearest)), MAY_NOT_WRITE)


# -- the pieces --------------------------------------------------------------------------------------------


def prepare(
    request: LearnRequest, work: Path, bar: Bar, say: Callable[[str], None]
) -> tuple[Gathered, Parent]:
    """Read the folder and save its pieces as a corpus, unless a training with the same files was stopped."""
    state = {"request": request_key(request), "sources": source_key(request.folder)}
    known = read_state(work / STATE)
    if known.get("state") == state and (work / CORPUS).is_file():
        say("going on with the training that was stopped")
        left_out = [Skipped(**entry) for entry in known["left_out"]]
        pieces = list(load_pieces(work / CORPUS))
        return Gathered(known["plays"], pieces, left_out, known["remarks"]), Parent(**known["parent"])
    forget_work(request.name)
    with bar("reading scores") as progress:
        gathered = gather(request.folder, request.plays, seed=request.seed, progress=progress)
    if request.parent:
        parent = named_parent(request.parent, gathered.plays)
    else:
        parent = choose_parent(gathered.plays, gathered.pieces)
    kept, beyond = known_pitches(gathered.pieces, parent)
    left_out = [*gathered.left_out, *(Skipped(name, reason) for name, reason in beyond)]
    tell(gathered, kept_count=len(kept), left_out=left_out, parent=parent, say=say)
    if not kept:
        raise RequestError(f"{printable(str(request.folder))}: no piece is left to learn from")
    pieces = with_every_style(kept, gathered.plays)
    divide_to_learn(pieces)  # raises for a single piece that is too short
    make_folder(work)
    save_pieces(work / CORPUS, pieces, force=True)
    saved: dict[str, Any] = {
        "state": state,
        "plays": gathered.plays,
        "parent": asdict(parent),
        "left_out": [asdict(entry) for entry in left_out],
        "remarks": gathered.remarks,
    }
    save_all([(work / STATE, json.dumps(saved).encode())], force=True)
    return Gathered(gathered.plays, pieces, left_out, gathered.remarks), parent


def request_key(request: LearnRequest) -> list[Any]:
    """What makes a training another one, besides the files."""
    return [__version__, request.plays, request.parent, request.steps, request.seed]


def source_key(folder: Path) -> list[list[Any]]:
    """The names, sizes and times of the scores of a folder."""
    found = []
    for path in corpus_paths(folder):
        status = path.stat()
        found.append([str(path.resolve()), status.st_size, status.st_mtime_ns])
    return found


def read_state(path: Path) -> dict[str, Any]:
    """The state of a training that was stopped; empty where there is none."""
    try:
        state = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def tell(
    gathered: Gathered,
    *,
    kept_count: int,
    left_out: list[Skipped],
    parent: Parent,
    say: Callable[[str], None],
) -> None:
    """Say what was taken, what was left out and why, and what it goes on from."""
    for entry in left_out:
        say(f"left out {entry.file}: {entry.reason}")
    for remark in gathered.remarks:
        say(remark)
    kind = "in four voices" if gathered.plays == CHOIR else "for the piano"
    say(f"{count_text(kept_count, 'piece')} {kind}, {count_text(len(left_out), 'file')} left out")
    say(f"going on from {parent.name}: {parent.reason}")


def facts_of(
    request: LearnRequest, gathered: Gathered, parent: Parent, division: Corpus
) -> dict[str, object]:
    """What the model card says besides the figures of the training."""
    folder = printable(request.folder.resolve().name)
    pieces = count_text(len(division.train), "piece")
    return {
        "about": f"Learned from {pieces} of the folder {folder}, going on from {parent.name}.",
        "plays": gathered.plays,
        "meter": meter_text(usual_meter(division.train)),
    }


def how_long(training: Training) -> str:
    """How the training went, in a sentence."""
    took = f"it took {count_text(training.steps, 'step')}, {max(1, round(training.minutes))} min"
    if training.steps < training.max_steps:
        return f"{took}, and stopped by itself: the held-out music was not getting any better"
    return took


def listed(names: Any, most: int = 5) -> str:
    """Some names, and how many there are more."""
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


# -- the report card ---------------------------------------------------------------------------------------


def judge(
    request: LearnRequest,
    gathered: Gathered,
    parent: Parent,
    division: Corpus,
    trained: Generator,
    training: Training,
    stem: Path,
    progress: Progress,
) -> tuple[ReportCard, list[ExamplePiece]]:
    """Measure the new model beside its parent, and let it make examples."""
    library = model_library(parent.name)
    exercises = choose_exercises(division, gathered.plays, trained)
    card = write_report_card(
        request.name,
        gathered.plays,
        division,
        (load(parent.name), trained),
        parent,
        load_pieces(library) if library else (),
        exercises,
        training,
        lambda fraction: progress(0.8 * fraction),
    )
    with tempfile.TemporaryDirectory(prefix="ripieno-") as folder:
        examples = make_examples(
            stem,
            exercises,
            Path(folder),
            lambda fraction: progress(0.8 + 0.2 * fraction),
        )
    return card, examples


def save_report(request: LearnRequest, learned: Learned, work: Path, trained: Generator) -> None:
    """Write the page, the figures and the examples."""
    log = read_log(work)
    metrics = [name for name in log[0] if name not in ("step", "minutes", "train")]
    page = report_page(learned.card, learned.left_out, learned.remarks, learned.examples, log, metrics)
    report = report_fields(learned) | {"sha256": trained.sha256}
    make_folder(request.output)
    files = [(request.output / made.file, made.document) for made in learned.examples]
    files.append((request.output / REPORT, (json.dumps(report, indent=1) + "\n").encode()))
    files.append((request.output / PAGE, page.encode()))
    try:
        save_all(files, force=request.force)
    except RipienoError as exc:
        raise FileError(
            printable(str(request.output)), f"{exc}; the model {request.name} is installed all the same"
        ) from exc


def report_fields(learned: Learned) -> dict[str, Any]:
    """The report card for programs."""
    examples = [
        {"title": e.title, "file": e.file, "seed": e.seed, "originality": e.originality}
        for e in learned.examples
    ]
    left_out = [asdict(entry) for entry in learned.left_out]
    more = {"examples": examples, "left_out": left_out, "remarks": list(learned.remarks)}
    return asdict(learned.card) | more
