"""A request -> its reply: the one way from the bridges to the engine. Models stay loaded."""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from types import ModuleType
from typing import Any

from msgspec import structs

from ripieno.corpus.originality import Library, load_library
from ripieno.errors import LateError, RequestError, number_text
from ripieno.form import Section
from ripieno.harmony.asked_chord import AskedHarmony
from ripieno.limits import COMPOSED_BARS, CONTINUED_BARS, SEEDS
from ripieno.models.catalog import model_library, model_version
from ripieno.models.generator import Generator, ProgressCallback, StopEarly
from ripieno.models.loading import load
from ripieno.models.note_states.dbn_sampler import CodeSearch, DBNSampler
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.models.note_states.key_generator import KeyGenerator
from ripieno.results import Result
from ripieno.score import Note, Score, transpose_note
from ripieno.tasks import choir, piano
from ripieno.tasks.asked_harmony import clashes
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.form import compose_in_form
from ripieno.tasks.guidance import FoundGuidance, Guidance, phrases_ending_at
from ripieno.tasks.hearing import Hearing, hear, only_voices
from ripieno.tasks.new_notes import NotesCallback
from ripieno.tasks.originality_limit import limit_originality
from ripieno.tasks.seating import Seating, seating_of
from ripieno.theory.analysis import analyse, under_asked
from ripieno.theory.differences import difference
from ripieno.theory.home_key import find_home_key
from ripieno.theory.rules import faults
from ripieno.theory.underlay import with_words
from ripieno_bridges.api.checks import check_pickup, check_request
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import (
    Request,
    TaskName,
    ensemble_of,
    is_for_piano,
    meter_of,
    rewritten_voices,
    voice_names,
)
from ripieno_bridges.api.settings import MAX_DESCENT
from ripieno_bridges.service.asked_chords import (
    asked_of_new_piece,
    asked_on_score,
    bars_of_text,
    has_harmony,
)
from ripieno_bridges.service.seated_requests import (
    as_seated,
    draft_settings,
    only_fills,
    seated_names,
    seated_settings,
    strained_remarks,
    unchanged,
    with_filled_voice,
)

# The fields of a request that are arguments of its task.
TASK_FIELDS: dict[TaskName, tuple[str, ...]] = {
    "harmonize": ("given", "voices", "given_notes"),
    "continue": ("bars",),
    "infill": ("voices", "given_notes"),
    "vary": ("amount", "given", "given_notes"),
}


class ModelRunner:
    """Does requests, and keeps the models and libraries that they used, until others take their names."""

    def __init__(self) -> None:
        self._models: dict[str, Generator] = {}
        self._libraries: dict[str, Library] = {}
        self._versions: dict[str, int] = {}

    def model(self, name: str) -> Generator:
        """The model of that name, loaded once. Raises WeightsError."""
        self._forget_replaced(name)
        if name not in self._models:
            self._models[name] = load(name)
        return self._models[name]

    def _forget_replaced(self, name: str) -> None:
        """Forget a model of which another version was installed meanwhile."""
        version = model_version(name)
        if self._versions.setdefault(name, version) != version:
            self._models.pop(name, None)
            self._libraries.pop(name, None)
            self._versions[name] = version

    def library(self, name: str) -> Library | None:
        """The pieces that a model learned from, loaded once; None if unknown. Raises WeightsError."""
        self._forget_replaced(name)
        if name not in self._libraries:
            path = model_library(name)
            if path is None:
                return None
            self._libraries[name] = load_library(path)
        return self._libraries[name]

    def answer(
        self,
        request: Request,
        *,
        progress: ProgressCallback = choir.ignore_progress,
        heard: NotesCallback | None = None,
    ) -> Reply:
        """Do a request. Raises RipienoError where that is impossible.

        progress: see ``ProgressCallback``. heard: called with new notes while they are made, where the
        request streams and the model works so.
        """
        begun = time.monotonic()
        check_request(request)
        model = with_model_options(self.model(request.model), request)
        seed = secrets.randbelow(SEEDS) if request.seed is None else request.seed
        seating = seating_of(ensemble_of(request), kept_voices(request))
        settings = draft_settings(request, seating, seed)
        if not seating.is_choir:
            heard = None  # the networks' voices become the ensemble's, mended, when all of them are there
        progress = with_deadline(progress, request.deadline_seconds, begun)
        request = with_key_found(request)
        guidance = guidance_of(request)
        asked, clashing = asked_by(request, guidance, seed)
        hearing = hearing_of(request, model, seating)
        heard_request, moved = as_seated(request, seating, seed), seating.shift
        if hearing is not None:
            heard_request, heard = as_heard(request, hearing), heard and in_written_pitch(hearing, heard)
            moved = hearing.together
        guided = guidance and guidance.moved(moved)
        do = task_function(heard_request, model, progress, heard, guided, asked.moved(moved))
        drafted = seated_settings(settings.moved(moved - seating.shift), seating)
        if only_fills(request, seating):
            do = unchanged(heard_request)
        results = limit_originality(do, drafted, self.compared_with(request), max_share=request.original)
        written = seating.written if hearing is None else hearing.as_written
        results = [with_filled_voice(written(result), request, seating) for result in results]
        results = [sung(result, request) for result in results]
        results = [with_guidance(with_faults(result, request, settings), guidance) for result in results]
        results = with_analyses(results, request, asked)
        complete = all(result.until is None for result in results)
        if not complete and not any(voice.notes for result in results for voice in result.new):
            raise LateError(
                "not a note was ready by the deadline; allow more time, or ask for fewer measures"
            )
        return Reply(
            results=tuple(results),
            seed=seed,
            model=model.name,
            sha256=model.sha256,
            milliseconds=round(1000 * (time.monotonic() - begun)),
            complete=complete,
            remarks=(*remarks_on(request, hearing, results), *strained_remarks(results, settings), *clashing),
        )

    def compared_with(self, request: Request) -> Library | None:
        """The pieces to compare results with; None where that is not wanted, or they are unknown."""
        if not request.compare and request.original is None:
            return None
        found = self.library(request.model)
        if found is None and request.original is not None:
            raise RequestError(
                f"what {request.model} learned from is not known, so nothing can be compared; "
                "leave out original"
            )
        return found


def task_function(
    request: Request,
    model: Generator,
    progress: ProgressCallback,
    heard: NotesCallback | None,
    guidance: FoundGuidance | None,
    asked: AskedHarmony,
) -> Callable[[DraftSettings], list[Result]]:
    """The request's task as a function of settings. Raises RequestError where the model cannot do it.

    guidance, asked: of a choir's task, as the choir hears it.
    """
    callbacks: dict[str, Any] = {"progress": progress}
    if asked.chords:
        callbacks["asked"] = asked
    performer: ModuleType = choir
    if is_for_piano(request):
        piano_model(model)
        performer = piano
    elif request.stream:
        callbacks["on_notes"] = heard
    if request.task == "compose":
        new = {**new_piece(request), **callbacks}
        if request.form is not None:
            return in_form(performer, model, request.form, new)
        return lambda settings: performer.compose(model, settings=settings, **new)
    score = request.score
    assert score is not None, "checked"
    do = {
        "harmonize": performer.harmonize,
        "continue": performer.continue_,
        "infill": performer.infill,
        "vary": performer.vary,
    }[request.task]
    arguments = task_arguments(request, score)
    if guidance is not None:
        arguments["guidance"] = guidance.given
    return lambda settings: do(score, model, settings=settings, **arguments, **callbacks)


def in_form(
    performer: ModuleType, model: Generator, sections: Sequence[Section], new: dict[str, Any]
) -> Callable[[DraftSettings], list[Result]]:
    """A new piece in a form, as a function of settings. new: further arguments of ``compose``."""
    arguments = {"bars": COMPOSED_BARS, **new}
    return lambda settings: compose_in_form(performer, model, sections, settings=settings, **arguments)


def task_arguments(request: Request, score: Score) -> dict[str, Any]:
    """The arguments of a task beside the score; what is None is left to its default."""
    found = {name: getattr(request, name) for name in TASK_FIELDS[request.task]}
    if request.accompaniment == "heard":
        found["accompaniment"] = request.others
    if request.task == "infill":
        found["selection"] = selection_of(request, score)
    return {name: value for name, value in found.items() if value is not None}


def piano_model(model: Generator) -> KeyGenerator:
    """The model as one that plays the piano. Raises RequestError where it cannot."""
    if isinstance(model, KeyGenerator):
        return model
    raise RequestError(
        f"{model.name} writes for a choir only; for the piano choose one that plays it, such as lstm-ragtime"
    )


def new_piece(request: Request) -> dict[str, Any]:
    """The arguments of ``compose``. Raises RequestError."""
    meter = request.meter or meter_of(request.model)
    check_pickup(request.anacrusis, meter)
    found: dict[str, Any] = {"meter": meter, "key": request.key, "anacrusis": request.anacrusis}
    bars = request.bars or bars_of_text(request)
    if bars is not None:
        found["bars"] = bars
    if request.style is not None and not is_for_piano(request):
        found["style"] = request.style
    if request.ensemble is not None and not is_for_piano(request):
        found["voices"] = tuple(seating_of(request.ensemble).seated.values())
    return found


def asked_by(request: Request, guidance: FoundGuidance | None, seed: int) -> tuple[AskedHarmony, list[str]]:
    """(the chords that are asked for, remarks on given notes that clash with them). Raises RipienoError."""
    if not has_harmony(request):
        return AskedHarmony(), []
    if request.score is None:
        new = new_piece(request)
        key = request.key or choir.drawn_key(seed)
        return asked_of_new_piece(request, key, new["meter"], new.get("bars", COMPOSED_BARS)), []
    assert guidance is not None, "checked"
    home = guidance.home.key
    asked = asked_on_score(request, home, request.bars or bars_of_text(request) or CONTINUED_BARS)
    return asked, clashes(asked, only_voices(request.score, untouched_voices(request)), home)


def untouched_voices(request: Request) -> list[str]:
    """The voices in which nothing is written."""
    if request.task == "harmonize":
        return kept_voices(request)
    written = request.voices if request.task == "infill" else None
    given = request.given or () if request.task == "vary" else ()
    names = voice_names(request)
    return [name for name in names if name in given or (written is not None and name not in written)]


def selection_of(request: Request, score: Score) -> tuple[Fraction, Fraction]:
    """From when to when to regenerate, in quarters. Raises RequestError where the piece has no such time."""
    start, end = request.selection or (Fraction(0), Fraction(0))
    if not 0 <= start < end <= score.duration:
        raise RequestError(
            f"the piece is {number_text(float(score.duration))} quarters long; give a start and an end "
            "inside it, between which to regenerate"
        )
    return start, end


def with_key_found(request: Request) -> Request:
    """The request with the key signature that its notes suggest, where none is known."""
    score = request.score
    if not request.find_key or score is None or not any(voice.notes for voice in score.voices):
        return request
    key = find_home_key(score, signature_known=False, is_whole=is_whole(request)).key
    measures = tuple(replace(measure, key=key) for measure in score.measures)
    return structs.replace(request, score=replace(score, measures=measures))


def guidance_of(request: Request) -> FoundGuidance | None:
    """What guides a choir's task on a score, as given or as found in the notes that stay; None for others.

    Raises RequestError where phrases cannot end as they are given.
    """
    if request.score is None or is_for_piano(request):
        return None
    score = only_voices(request.score, kept_voices(request))
    phrases = None if request.phrases is None else phrases_ending_at(score, request.phrases)
    return Guidance(request.key, phrases, request.style).found_in(score, is_whole=is_whole(request))


def is_whole(request: Request) -> bool:
    """Whether the request's score ends where the piece does: it does not where it is to go on."""
    return request.task != "continue"


def kept_voices(request: Request) -> list[str]:
    """The voices of which a task keeps the notes."""
    replaced = rewritten_voices(request) if request.task == "harmonize" else ()
    return [name for name in voice_names(request) if name not in replaced]


def sung(result: Result, request: Request) -> Result:
    """The result of a choir with words under its new notes, where they are wanted."""
    if request.words is None or request.score is None or is_for_piano(request) or request.keyboard:
        return result
    rewritten = rewritten_voices(request) if request.task == "harmonize" else ()
    return with_words(
        result, request.score, rewritten=rewritten, copy=request.words == "all", sharing=request.sharing
    )


def with_guidance(result: Result, guidance: FoundGuidance | None) -> Result:
    """The result with the key and phrases that guided it; of a new piece, with the key that is written."""
    if guidance is not None:
        return replace(result, key=guidance.home.key, phrases=guidance.phrases)
    return replace(result, key=result.score.measures[0].key)


def hearing_of(request: Request, model: Generator, seating: Seating) -> Hearing | None:
    """How the networks hear the request's score; None where there is no score, or no choir."""
    if request.score is None or is_for_piano(request):
        return None
    kept, strict = kept_voices(request), request.strict_range
    return hear(request.score, model, kept, seating=seating, strict_range=strict)


def as_heard(request: Request, hearing: Hearing) -> Request:
    """The request with everything moved to where the networks hear it, in their four voices."""
    seating = hearing.seating
    beside = request.others
    if seating.unseated is not None:
        beside = (*beside, *hearing.given.voice(seating.unseated).notes)
    others = tuple(transpose_note(note, hearing.together, 0) for note in beside)
    found = seated_names(request, seating)
    return structs.replace(found, score=hearing.heard, others=others)


def remarks_on(request: Request, hearing: Hearing | None, results: Sequence[Result]) -> tuple[str, ...]:
    """How the choir heard what is given, where that is not as it is written. results: as written."""
    found = () if hearing is None else hearing.remarks(results)
    if request.accompaniment == "heard" and not request.others:
        found = (*found, "nothing sounds beside the choir, so there was no accompaniment to hear")
    return found


def in_written_pitch(hearing: Hearing, heard: NotesCallback) -> NotesCallback:
    """A callback for new notes that gets them as they are written."""

    def callback(notes: list[tuple[int, Note]]) -> None:
        heard([(voice, hearing.new_as_written(voice, note)) for voice, note in notes])

    return callback


def with_faults(result: Result, request: Request, settings: DraftSettings) -> Result:
    """The result with the rules that it breaks, if they are wanted; they are rules for singers."""
    if not request.check or is_for_piano(request):
        return result
    ranges = settings.voice_ranges if request.ensemble is None else settings.ranges
    return replace(result, faults=tuple(faults(result.score, ranges)))


def with_analyses(results: Sequence[Result], request: Request, asked: AskedHarmony) -> list[Result]:
    """The results of a choir with their chords, where they are wanted, and how they differ from the first.

    asked: chords that were asked for, which are told as they were.
    """
    if is_for_piano(request) or not (request.analyse or len(results) > 1):
        return list(results)
    analysed = [replace(r, analysis=analyse(r.score, r.phrases, r.until, r.key)) for r in results]
    first, *others = [
        replace(r, analysis=under_asked(r.analysis, asked, r.score)) for r in analysed if r.analysis
    ]
    return [first, *(replace(other, difference=difference(first, other)) for other in others)]


def with_deadline(progress: ProgressCallback, seconds: float | None, begun: float) -> ProgressCallback:
    """A progress callback that raises ``StopEarly`` so many seconds after ``begun``, a ``time.monotonic``."""
    if seconds is None:
        return progress

    def report(fraction: float) -> None:
        progress(fraction)
        if time.monotonic() - begun >= seconds:
            raise StopEarly

    return report


def with_model_options(model: Generator, request: Request) -> Generator:
    """A copy of the model with the request's threshold and descent. Raises RequestError."""
    if request.threshold is None and not request.descent:
        return model
    if not isinstance(model, NoteStateGenerator):
        option = "descent" if request.threshold is None else "threshold"
        raise RequestError(f"{option} is for an RBM or a DBN, and {model.name} is neither; leave it out")
    changed = copy.copy(model)
    if request.threshold is not None:
        changed.threshold = request.threshold
    if request.descent:
        if not isinstance(model.sampler, DBNSampler):
            raise RequestError(f"descent is for a DBN, and {model.name} is none; leave it out")
        changed.sampler = copy.copy(model.sampler)
        changed.sampler.search = with_search_options(model.sampler.search, request.descent)
    return changed


def with_search_options(search: CodeSearch, changes: dict[str, float]) -> CodeSearch:
    """The search with some numbers changed. Raises RequestError for a name or number that it cannot have."""
    whole = {field.name: isinstance(field.default, int) for field in fields(CodeSearch)}
    for name, value in changes.items():
        fits = name in whole and 0 <= value <= MAX_DESCENT
        if not fits or (whole[name] and (value < 1 or value != int(value))):
            there = ", ".join(whole)
            raise RequestError(
                f'--descent "{name}={number_text(value)}" is impossible; write one of {there} as '
                "name=number, such as steps=120"
            )
    numbers: dict[str, Any] = {name: int(v) if whole[name] else v for name, v in changes.items()}
    return replace(search, **numbers)
