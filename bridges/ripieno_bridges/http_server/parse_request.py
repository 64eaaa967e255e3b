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
from ripieno_bridges.api.kinds import Selection, Voices
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.api.requests import (
    CheckRequest,
    DocumentRequest,
    File,
    MidiRequest,
    ReadRequest,
    Request,
    TaskName,
)
from ripieno_bridges.formats.size_limit import check_size
from ripieno_bridges.http_server.parse_score import check_ticks, score_of
from ripieno_bridges.http_server.request_models import (
    MAX_NAME,
    OF_DOCUMENTS,
    OF_TASKS,
    CheckBody,
    ComposeFields,
    Named,
    NotesFields,
    ReadBody,
)
from ripieno_bridges.http_server.setting_fields import key_of
from ripieno_bridges.http_server.write_score import Paper


def settings_of(task: TaskName, body: Named, *, models: Sequence[str], unit: Fraction | None) -> Request:
    """The request without its notes. unit: a tick, in quarters; None where times are in quarters.

    models: those that may be asked for. Another name is never looked for: it could be a path.
    Raises RequestError and WeightsError.
    """
    options: dict[str, Any] = {"model": models[0]}
    for setting in OF_TASKS:
        key = key_of(setting)
        value = getattr(body, key)
        if value is None:
            continue
        if task not in setting.tasks:
            raise RequestError(f"{key} is for {' and '.join(setting.tasks)}, not to {task}; leave it out")
        if isinstance(setting.kind, Voices) and not value:
            there = ", ".join(VOICE_NAMES)
            raise RequestError(f"{key} names no voice; name some of {there}, or leave it out")
        if isinstance(setting.kind, Selection):
            value = selection_of(value, unit)
        options[setting.fills] = setting.kind.from_json(value)
    if options["model"] not in models:
        there = ", ".join(models)
        raise WeightsError(f'there is no model "{short(options["model"])}"; choose one of: {there}')
    return Request(task=task, check=True, **options)


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


# -- notes -------------------------------------------------------------------------------------------------


def notes_ask(task: TaskName, body: ComposeFields, *, models: Sequence[str]) -> tuple[Request, Paper]:
    """(what is asked, what its results are written on). Raises RipienoError."""
    check_ticks(body.ticks_per_quarter)
    unit = Fraction(1, body.ticks_per_quarter)
    request = settings_of(task, body, models=models, unit=unit)
    score = score_of(body) if isinstance(body, NotesFields) else None
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


def document_ask(task: TaskName, body: Named, *, models: Sequence[str]) -> DocumentRequest:
    """What is asked. Raises RipienoError."""
    request = settings_of(task, body, models=models, unit=None)
    given = {s.fills: value for s in OF_DOCUMENTS if (value := getattr(body, key_of(s), None)) is not None}
    file = file_of(body) if isinstance(body, ReadBody) else None
    return DocumentRequest(file=file, request=request, **given)


def read_ask(body: ReadBody) -> ReadRequest:
    """Raises RipienoError."""
    return ReadRequest(file_of(body))


def midi_ask(body: ReadBody) -> MidiRequest:
    """Raises RipienoError."""
    return MidiRequest(file_of(body))


def file_of(body: ReadBody) -> File:
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
