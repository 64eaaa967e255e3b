"""A body as JSON -> a request for the service. A setting that the task does not have is an error.

The functions that take ``data`` read a whole body, which takes a while for a long one: call them in a thread.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from msgspec import structs

from ripieno.ensembles.ensemble import Ensemble
from ripieno.errors import FileError, RequestError, WeightsError, number_text, short
from ripieno.harmony.symbol_text import parse_chord
from ripieno.score import Score
from ripieno_bridges.api import requests
from ripieno_bridges.api.checks import check_voices
from ripieno_bridges.api.exports import EXPORTS
from ripieno_bridges.api.kinds import NotePlaces, Selection, Voices
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.api.settings import read_setting
from ripieno_bridges.formats.size_limit import check_size
from ripieno_bridges.http_server.parse_harmony import harmonies_of
from ripieno_bridges.http_server.parse_score import check_ticks, others_of, score_of
from ripieno_bridges.http_server.request_models import (
    DOCUMENT_SETTINGS,
    MAX_NAME,
    TASK_SETTINGS,
    BodyWithId,
    CheckBody,
    ChordsBody,
    ComposeBody,
    ComposeDocumentBody,
    ComposeFields,
    DocumentBody,
    ExportBody,
    LinesBody,
    MoveNoteBody,
    NotesBody,
    NotesFields,
    ReadBody,
    ReadLinesBody,
    ReadTuneBody,
    parse_body,
)
from ripieno_bridges.http_server.setting_fields import HTTP_SETTINGS, key_of
from ripieno_bridges.http_server.write_score import EventOptions


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A body that was read and checked.

    id: the client's choice, or None. request: for the service. event_options: how notes are written in the
    answer; None where it has no events.
    """

    id: str | None
    request: requests.AnyRequest
    event_options: EventOptions | None = None


# -- settings ----------------------------------------------------------------------------------------------


def request_without_notes(
    task: requests.TaskName, body: BodyWithId, *, models: Sequence[str], quarters_per_tick: Fraction | None
) -> requests.Request:
    """The settings of a body as a request. quarters_per_tick: None where the body's times are in quarters.

    models: those that the server offers. No file is looked for under another name, which could be a path.
    Raises RequestError and WeightsError.
    """
    options: dict[str, Any] = {"model": models[0]}
    for setting in TASK_SETTINGS:
        key = key_of(setting)
        value = getattr(body, key)
        if value is None:
            continue
        if task not in setting.tasks:
            raise RequestError(f"{key} is for {' and '.join(setting.tasks)}, not to {task}; leave it out")
        if isinstance(setting.kind, Voices) and not value:
            raise RequestError(f"{key} names no voice; name some, or leave it out")
        if isinstance(setting.kind, Selection):
            value = parse_selection(value, quarters_per_tick)
        if isinstance(setting.kind, NotePlaces):
            value = [(voice, in_quarters(time, quarters_per_tick)) for voice, time in value]
        options[setting.fills] = setting.kind.from_json(value)
    check_offered(options["model"], models)
    return requests.Request(task=task, check=True, analyse=True, **options)


def check_offered(model: str, models: Sequence[str]) -> None:
    """Raise WeightsError where a server does not offer a model."""
    if model not in models:
        raise WeightsError(f'there is no model "{short(model)}"; choose one of: {", ".join(models)}')


def parse_selection(
    selection: tuple[float, float], quarters_per_tick: Fraction | None
) -> tuple[Fraction, Fraction]:
    """The start and the end in quarters. Raises RequestError."""
    start, end = selection
    if not 0 <= start < end:
        raise RequestError(
            f"a selection from {number_text(start)} to {number_text(end)} holds nothing; give a start from 0 "
            "on and a later end"
        )
    return in_quarters(start, quarters_per_tick), in_quarters(end, quarters_per_tick)


def in_quarters(time: float, quarters_per_tick: Fraction | None) -> Fraction:
    """A time of a body in quarters. quarters_per_tick: None where it is that already. Raises RequestError."""
    if quarters_per_tick is None:
        return beats(time)
    if time != int(time):
        raise RequestError("a time in ticks has no fractions; give whole ticks")
    return int(time) * quarters_per_tick


# -- notes -------------------------------------------------------------------------------------------------


def parse_notes_task(data: bytes, task: requests.TaskName, models: Sequence[str]) -> ParsedRequest:
    """A task on notes. Raises RipienoError."""
    body: ComposeFields = parse_body(data, ComposeBody if task == "compose" else NotesBody)
    check_ticks(body.ticks_per_quarter)
    unit = Fraction(1, body.ticks_per_quarter)
    request = request_without_notes(task, body, models=models, quarters_per_tick=unit)
    names = requests.voice_names(request)
    if not requests.is_for_piano(request):
        check_voices(request)
    score = score_of(body, names) if isinstance(body, NotesFields) else None
    options = EventOptions(
        body.ticks_per_quarter,
        kept=None if score is None else kept_score(score, requests.rewritten_voices(request)),
        ties_over_barlines_only=body.ties == "barlines",
    )
    others = others_of(body, score) if isinstance(body, NotesFields) and score is not None else ()
    harmony = tuple(harmonies_of(body.harmony, unit, score))
    words = request.words or ("all" if body.lyrics else None)
    request = structs.replace(request, score=score, others=others, harmony=harmony, words=words)
    return ParsedRequest(body.id, request, options)


def kept_score(score: Score, rewritten: Collection[str]) -> Score:
    """The score without the notes of these voices."""
    return replace(
        score, voices=tuple(replace(v, notes=()) if v.name in rewritten else v for v in score.voices)
    )


def parse_check(data: bytes) -> ParsedRequest:
    """Notes to check. Raises RipienoError."""
    body = parse_body(data, CheckBody)
    ensemble = ensemble_of(body)
    score = score_of(body) if ensemble is None else score_of(body, ensemble.names)
    return ParsedRequest(
        body.id, requests.CheckRequest(score, ensemble), EventOptions(body.ticks_per_quarter)
    )


# -- documents ---------------------------------------------------------------------------------------------


def parse_document_task(data: bytes, task: requests.TaskName, models: Sequence[str]) -> ParsedRequest:
    """A task on a document. Raises RipienoError."""
    body: BodyWithId = parse_body(data, ComposeDocumentBody if task == "compose" else DocumentBody)
    request = request_without_notes(task, body, models=models, quarters_per_tick=None)
    options = {
        setting.fills: value
        for setting in DOCUMENT_SETTINGS
        if (value := getattr(body, key_of(setting), None)) is not None
    }
    file = file_of(body) if isinstance(body, ReadBody) else None
    return ParsedRequest(body.id, requests.DocumentRequest(file=file, request=request, **options))


def parse_read(data: bytes) -> ParsedRequest:
    """A document to read. Raises RipienoError."""
    body = parse_body(data, ReadTuneBody)
    phrases = None if body.phrases is None else read_setting("phrases", body.phrases, HTTP_SETTINGS)[1]
    return ParsedRequest(
        body.id,
        requests.ReadRequest(file_of(body), melody_of(body), body.tune, phrases, ensemble_of(body)),
    )


def parse_midi(data: bytes) -> ParsedRequest:
    """A document to convert to MIDI. Raises RipienoError."""
    body = parse_body(data, ReadBody)
    return ParsedRequest(body.id, requests.ExportRequest(file_of(body), "midi"))


def parse_export(data: bytes) -> ParsedRequest:
    """A document to convert to a file of another kind. Raises RipienoError."""
    body = parse_body(data, ExportBody)
    kind = next(kind for kind in EXPORTS if kind.name == body.kind)
    if not kind.is_available:
        fault = f"{kind.title} files are made by {kind.program}, which is not installed where ripieno runs"
        raise RequestError(f"{fault}; install it there, or choose another kind")
    return ParsedRequest(body.id, requests.ExportRequest(file_of(body), body.kind))


def parse_move_note(data: bytes) -> ParsedRequest:
    """A note of a document to move. Raises RipienoError."""
    body = parse_body(data, MoveNoteBody)
    return ParsedRequest(
        body.id,
        requests.MoveNoteRequest(
            *(file_of(body), body.note, body.steps, body.semitones),
            melody=melody_of(body),
            ensemble=ensemble_of(body),
        ),
    )


def parse_chords(data: bytes, models: Sequence[str]) -> ParsedRequest:
    """A stretch of a document for which chords are wanted. Raises RipienoError."""
    body: Any = parse_body(data, ChordsBody)
    model = body.model or models[0]
    check_offered(model, models)
    guidance = {
        name: read_setting(name, text, HTTP_SETTINGS)[1]
        for name in ("key", "phrases")
        if (text := getattr(body, name)) is not None
    }
    request = requests.ChordsRequest(
        file_of(body),
        model,
        parse_selection(body.selection, None),
        body.given,
        None if body.chord is None else parse_chord(body.chord),
        melody_of(body),
        ensemble=ensemble_of(body),
        **guidance,
    )
    return ParsedRequest(body.id, request)


def melody_of(body: ReadLinesBody) -> str | None:
    """The line that a body chooses as the melody. Raises RequestError."""
    if body.melody is None:
        return None
    return cast("str", read_setting("melody", body.melody, HTTP_SETTINGS)[1])


def ensemble_of(body: ReadLinesBody | LinesBody | CheckBody) -> Ensemble | None:
    """Whose voices the lines of a body are; None: none is named. Raises RequestError."""
    if body.ensemble is None:
        return None
    return cast("Ensemble", read_setting("ensemble", body.ensemble, HTTP_SETTINGS)[1])


def file_of(body: ReadBody) -> requests.File:
    """The document in a body. Its name is for messages; no such file is opened. Raises RipienoError."""
    if not 1 <= len(body.name) <= MAX_NAME:
        raise RequestError(
            f"a name of {len(body.name)} letters; give 1 to {MAX_NAME}, such as score.musicxml"
        )
    if (body.document is None) == (body.base64 is None):
        raise RequestError("send the document either as document or as base64")
    if body.document is not None:
        data = body.document.encode()
    else:
        assert body.base64 is not None, "either of the two"
        try:
            data = b64decode(body.base64, validate=True)
        except (binascii.Error, ValueError) as exc:
            raise FileError(
                short(body.name), "not valid base64; send the file's bytes in base64, without spaces"
            ) from exc
    check_size(len(data), short(body.name))
    return requests.File(body.name, data)
