"""A body -> what is asked of the service. What a task does not know is refused, not passed over."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from msgspec import structs

from ripieno.errors import FileError, RequestError, WeightsError, short
from ripieno.score import VOICE_NAMES, Score
from ripieno_bridges.api.music_text import key_named, meter_named
from ripieno_bridges.api.requests import (
    CheckRequest,
    DocumentRequest,
    File,
    MidiRequest,
    ReadRequest,
    Request,
    TaskName,
)
from ripieno_bridges.formats.note_lists import beats
from ripieno_bridges.formats.size_limit import check_size
from ripieno_bridges.http_server.parse_score import check_ticks, score_of
from ripieno_bridges.http_server.request_models import (
    MAX_DEADLINE,
    MAX_NAME,
    CheckBody,
    ComposeBody,
    ComposeDocumentBody,
    DocumentBody,
    NotesBody,
    ReadBody,
    TaskSettings,
)
from ripieno_bridges.http_server.write_score import Paper

# What only some tasks know; the others know nothing of it.
ONLY: dict[str, tuple[TaskName, ...]] = {
    "given": ("harmonize", "vary"),
    "anew": ("infill",),
    "selection": ("infill",),
    "bars": ("compose", "continue"),
    "amount": ("vary",),
    "key": ("compose",),
    "meter": ("compose",),
    "pickup": ("compose",),
}
PLAIN = (
    *("seed", "alternatives", "temperature", "top_p", "beam", "original", "performers", "given", "bars"),
    "amount",
)  # the settings that a Request calls the same, and takes as they are


def settings_of(
    task: TaskName, body: TaskSettings, *, models: Sequence[str], unit: Fraction | None
) -> Request:
    """The request without its notes. unit: a tick, in quarters; None where times are in quarters.

    models: those that may be asked for. Another name is never looked for: it could be a path.
    Raises RequestError and WeightsError.
    """
    for name, tasks in ONLY.items():
        if getattr(body, name) is not None and task not in tasks:
            raise RequestError(f"{name} is for {' and '.join(tasks)}, not to {task}; leave it out")
    model = models[0] if body.model is None else body.model
    if model not in models:
        raise WeightsError(f'there is no model "{short(model)}"; choose one of: {", ".join(models)}')
    options: dict[str, Any] = {name: value for name in PLAIN if (value := getattr(body, name)) is not None}
    if body.given is not None:
        options["given"] = in_order("given", body.given)
    if body.anew is not None:
        options["voices"] = in_order("anew", body.anew)
    if body.key is not None:
        options["key"] = key_named(body.key)
    if body.meter is not None:
        options["meter"] = meter_named(body.meter)
    if body.pickup is not None:
        options["anacrusis"] = beats(body.pickup)
    if body.selection is not None:
        options["selection"] = selection_of(body.selection, unit)
    if body.deadline is not None:
        options["deadline_seconds"] = deadline_of(body.deadline)
    return Request(task=task, model=model, check=True, **options)


def in_order(name: str, voices: Sequence[str]) -> tuple[str, ...]:
    """The voices, highest first, each once. Raises RequestError where there is none."""
    if not voices:
        raise RequestError(f"{name} names no voice; name some of {', '.join(VOICE_NAMES)}, or leave it out")
    return tuple(name for name in VOICE_NAMES if name in voices)


def selection_of(selection: tuple[float, float], unit: Fraction | None) -> tuple[Fraction, Fraction]:
    """From when to when, in quarters. Raises RequestError."""
    start, end = selection
    if not 0 <= start < end:
        raise RequestError(
            f"a selection from {start:g} to {end:g} holds nothing; give a start from 0 on and a later end"
        )
    if unit is None:
        return beats(start), beats(end)
    if start != int(start) or end != int(end):
        raise RequestError("a selection in ticks has no fractions; give whole ticks")
    return int(start) * unit, int(end) * unit


def deadline_of(milliseconds: float) -> float:
    """In seconds. Raises RequestError."""
    if not 0 < milliseconds <= MAX_DEADLINE:
        fault = f"a deadline of {milliseconds:g} milliseconds is impossible"
        raise RequestError(f"{fault}; give more than 0 to {MAX_DEADLINE}")
    return milliseconds / 1000


# -- notes -------------------------------------------------------------------------------------------------


def notes_ask(task: TaskName, body: ComposeBody, *, models: Sequence[str]) -> tuple[Request, Paper]:
    """(what is asked, what its results are written on). Raises RipienoError."""
    check_ticks(body.ticks_per_quarter)
    unit = Fraction(1, body.ticks_per_quarter)
    request = settings_of(task, body, models=models, unit=unit)
    score = score_of(body) if isinstance(body, NotesBody) else None
    paper = Paper(
        body.ticks_per_quarter,
        None if score is None else kept_of(score, request.given),
        body.ties == "barlines",
        body.lyrics,
    )
    return structs.replace(request, score=score), paper


def kept_of(score: Score, given: Sequence[str] | None) -> Score:
    """The score without the voices that are written anew."""
    if given is None:
        return score
    return replace(score, voices=tuple(v if v.name in given else replace(v, notes=()) for v in score.voices))


def check_ask(body: CheckBody) -> CheckRequest:
    """Raises RipienoError."""
    return CheckRequest(score_of(body))


# -- documents ---------------------------------------------------------------------------------------------


def document_ask(task: TaskName, body: ComposeDocumentBody, *, models: Sequence[str]) -> DocumentRequest:
    """What is asked. Raises RipienoError."""
    request = settings_of(task, body, models=models, unit=None)
    if not isinstance(body, DocumentBody):
        return DocumentRequest(file=None, request=request, layout=body.layout)
    return DocumentRequest(
        file=file_of(body), request=request, transposition=body.transpose, layout=body.layout
    )


def read_ask(body: ReadBody) -> ReadRequest:
    """Raises RipienoError."""
    return ReadRequest(file_of(body))


def midi_ask(body: ReadBody) -> MidiRequest:
    """Raises RipienoError."""
    return MidiRequest(file_of(body))


def file_of(body: DocumentBody | ReadBody) -> File:
    """The document that a body brings. Its name is shown, and never opened. Raises RipienoError."""
    if not 1 <= len(body.name) <= MAX_NAME:
        raise RequestError(
            f"a name of {len(body.name)} letters; give 1 to {MAX_NAME}, such as score.musicxml"
        )
    if (body.document is None) == (body.base64 is None):
        raise RequestError("send the document either as document or as base64")
    if body.document is not None:
        data = body.document.encode()
    else:
        assert body.base64 is not None, "one of both"
        try:
            data = b64decode(body.base64, validate=True)
        except (binascii.Error, ValueError) as exc:
            raise FileError(
                short(body.name), "no base64; send the file's bytes in base64, without spaces"
            ) from exc
    check_size(len(data), short(body.name))
    return File(body.name, data)
