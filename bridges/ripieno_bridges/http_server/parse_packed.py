"""A request of ripieno's own commands, packed in MessagePack: unpacked, and checked as any other.

`ripieno live` and `ripieno harmonize` send such requests, so that a running server makes the very notes that
the command would make itself. Everything that another route checks while it reads notes is checked here.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence
from fractions import Fraction

import msgspec

import ripieno
from ripieno.errors import RequestError, WeightsError, short
from ripieno.score import Score
from ripieno_bridges.api.requests import (
    DocumentRequest,
    Request,
    from_bytes,
    is_for_piano,
    voice_names,
)
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES
from ripieno_bridges.formats.note_lists import MAX_NOTES
from ripieno_bridges.formats.size_limit import check_size
from ripieno_bridges.http_server.parse_request import ParsedRequest
from ripieno_bridges.http_server.parse_score import HIGHEST, LAST_QUARTER
from ripieno_bridges.http_server.request_models import MAX_TICKS, PackedBody, parse_body

MAX_LINES = 128  # of a pianist: one for each key
OTHER_VERSION = (
    "this server is ripieno {own}, the request comes from another version; stop the server and start it again"
)
DAMAGED = "the packed request is damaged; only ripieno's own commands make such requests"


def parse_packed(data: bytes, models: Sequence[str]) -> ParsedRequest:
    """The request in a body. Takes a while for a long piece: call it in a thread. Raises RipienoError.

    models: those that the server offers. No file is looked for under another name, which could be a path.
    """
    body = parse_body(data, PackedBody)
    if body.version != ripieno.__version__:
        raise RequestError(OTHER_VERSION.format(own=ripieno.__version__))
    try:
        request: Request | DocumentRequest = from_bytes(
            b64decode(body.request, validate=True), Request | DocumentRequest
        )
    except (binascii.Error, msgspec.MsgspecError, ValueError, ArithmeticError, AssertionError) as exc:
        raise RequestError(DAMAGED) from exc
    task = request if isinstance(request, Request) else request.request
    if task.model not in models:
        raise WeightsError(f'there is no model "{short(task.model)}"; choose one of: {", ".join(models)}')
    if any(faults_of(request) if isinstance(request, Request) else faults_of_task_on_document(request)):
        raise RequestError(DAMAGED)
    return ParsedRequest(body.id, request)


def faults_of_task_on_document(request: DocumentRequest) -> Iterator[bool]:
    """The same as ``faults_of``. The score is read from the document, and so are the names of its voices."""
    task = request.request
    for file in filter(None, (request.file, request.chord_sheet)):
        check_size(len(file.data), short(file.name))
    yield len(request.names) != task.alternatives
    yield task.score is not None or task.selection is not None or bool(task.others or task.harmony)
    yield not is_fine(task.anacrusis) or task.anacrusis < 0


def faults_of(request: Request) -> Iterator[bool]:
    """Whether something is impossible, check by check. The settings' bounds are checked by the service."""
    everybody = voice_names(request)
    yield bool({*(request.given or ()), *(request.voices or ())} - set(everybody))
    yield not is_fine(request.anacrusis) or request.anacrusis < 0
    if request.selection is not None:
        yield not all(map(is_fine, request.selection))
    if request.score is not None:
        yield from faults_of_score(request.score)
        names = tuple(voice.name for voice in request.score.voices)
        yield len(names) > MAX_LINES if is_for_piano(request) else names != everybody


def faults_of_score(score: Score) -> Iterator[bool]:
    """The same for a score, whose measures and voices are without gaps and overlaps by their construction."""
    notes = [note for voice in score.voices for note in voice.notes]
    yield len(score.measures) > MAX_MEASURES or len(notes) > MAX_NOTES
    times = [time for measure in score.measures for time in (measure.onset, measure.duration)]
    times += [time for note in notes for time in (note.onset, note.duration)]
    yield not all(map(is_fine, times))
    yield any(measure.duration <= 0 for measure in score.measures) or score.duration > LAST_QUARTER
    yield any(note.onset < 0 or note.end > score.duration for note in notes)
    yield any(not 0 <= note.pitch <= HIGHEST for note in notes)
    meters = {measure.meter for measure in score.measures}
    yield any(not 1 <= m.numerator <= 99 or m.denominator not in (1, 2, 4, 8, 16, 32) for m in meters)
    yield any(abs(measure.key.fifths) > 7 for measure in score.measures)


def is_fine(time: Fraction) -> bool:
    """Whether a time is a whole number of the finest ticks that notes may have."""
    return MAX_TICKS % time.denominator == 0
