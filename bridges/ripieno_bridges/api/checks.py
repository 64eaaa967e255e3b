"""Checks of a request that need neither the engine nor the document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ripieno.ensembles.read import MIXED_CHOIR, ensemble_named, ensemble_names
from ripieno.errors import RequestError, number_text, short
from ripieno.score import Meter
from ripieno_bridges.api.requests import (
    AnyRequest,
    DocumentRequest,
    Layout,
    Request,
    is_for_piano,
    voice_names,
)
from ripieno_bridges.api.settings import HARMONY_TEXTS, MAX_SEMITONES, bounded


def check_any_request(request: AnyRequest) -> None:
    """Raise RequestError for what makes no sense, before the engine or a document is looked at."""
    if isinstance(request, Request):
        check_request(request)
    elif isinstance(request, DocumentRequest):
        check_settings(request.request)
        check_piano(request.request, request.layout)
        if request.file is None or request.request.ensemble is not None:
            check_voices(request.request)
        if request.write_chords is not None and is_for_piano(request.request):
            raise RequestError("write_chords is for choirs; leave it out, or let a choir perform")
        if request.piano_reduction and (is_for_piano(request.request) or request.request.keyboard):
            raise RequestError("piano_reduction is for choirs; leave it out, or let a choir perform")
        if request.request.task != "compose" and request.file is None:
            raise RequestError(f"there is no document to {request.request.task}; send it too")
        if request.chord_sheet is not None:
            check_chord_sheet(request.chord_sheet.name, request.request)
        moved = request.transposition
        if isinstance(moved, int) and abs(moved) > MAX_SEMITONES:
            raise RequestError(f"{moved} semitones are too far; give -{MAX_SEMITONES} to {MAX_SEMITONES}")


def check_chord_sheet(name: str, request: Request) -> None:
    """Raise RequestError for chords over words where there is no melody that sings them to a choir."""
    if is_for_piano(request):
        raise RequestError("chords is for choirs; leave it out, or let a choir perform")
    if request.task in ("compose", "continue"):
        raise RequestError(
            f"{name}: its chords stand over words, which new measures have not; write them in a grid, or "
            "measure by measure"
        )
    if any(getattr(request, text) is not None for text in HARMONY_TEXTS):
        raise RequestError(f"{name} says which chords to keep to; leave numerals and figures out")


def check_request(request: Request) -> None:
    """Raise RequestError for a number that is out of bounds or a combination that makes no sense."""
    check_settings(request)
    check_piano(request)
    if not is_for_piano(request):
        check_voices(request)
    if request.task != "compose" and request.score is None:
        raise RequestError(f"there are no notes to {request.task}; send them first")


def check_piano(request: Request, layout: Layout = "open") -> None:
    """Raise RequestError for what only a choir has, where the piano performs."""
    if not is_for_piano(request):
        return
    closed = None if layout == "open" else layout
    heard = None if request.accompaniment == "ignored" else request.accompaniment
    settings = {
        **{name: getattr(request, name) for name in ("given", "given_notes", "voices")},
        **{name: getattr(request, name) for name in HARMONY_TEXTS},
        "harmony": request.harmony or None,
        **{"range": request.ranges, "comfortable": request.comfortable, "ensemble": request.ensemble},
        "easy": request.easy or None,
        **{"layout": closed, "accompaniment": heard, "phrases": request.phrases, "style": request.style},
        **({} if request.task == "compose" else {"key": request.key}),
    }
    for name, value in settings.items():
        if value is not None:
            of_choirs = "the key of given music" if name == "key" else name
            raise RequestError(f"{of_choirs} is for choirs; leave it out, or let a choir perform")


def check_settings(request: Request) -> None:
    """As ``check_request``, for a request whose score is not known yet."""
    for setting, kind in bounded():
        value = getattr(request, setting.fills)
        if value is not None and not kind.contains(value * kind.unit):
            low, high = number_text(kind.low / kind.unit), number_text(kind.high / kind.unit)
            least = f"more than {low}" if kind.above else low
            raise RequestError(f"{setting.word} {number_text(value)} is impossible; give {least} to {high}")
    chords = bool(request.harmony) or any(getattr(request, text) is not None for text in HARMONY_TEXTS)
    if request.form is not None and (request.stream or chords):
        other = "the chords" if chords else "stream"
        raise RequestError(f"a piece in a form is made section by section; leave out either form or {other}")
    if request.stream and request.alternatives > 1:
        raise RequestError("notes can be sent as they are made for one alternative only; ask for 1")
    if request.stream and request.original is not None:
        raise RequestError(
            "notes that are sent as they are made cannot be regenerated; leave out either stream or original"
        )


def check_voices(request: Request) -> None:
    """Raise RequestError for a voice that the request's ensemble does not have."""
    names = voice_names(request)
    given_notes = (name for name, _ in request.given_notes or ())
    for field in ("given", "voices", "ranges", "comfortable"):
        for name in getattr(request, field) or ():
            check_voice(name, names)
    for name in given_notes:
        check_voice(name, names)


def check_known_voices(names: Iterable[str]) -> None:
    """Raise RequestError for a name that no voice of a shipped ensemble has."""
    known = {name for ensemble in ensemble_names() for name in ensemble_named(ensemble).names}
    for name in names:
        if name not in known:
            check_voice(name, MIXED_CHOIR.names)


def check_voice(name: str, names: Sequence[str]) -> None:
    """Raise RequestError for a name that is none of an ensemble's."""
    if name not in names:
        raise RequestError(f'there is no voice "{short(name)}"; name {", ".join(names)}')


def check_pickup(anacrusis: Fraction, meter: Meter) -> None:
    """Raise RequestError for a pickup that is no part of a measure. anacrusis: its length in quarters."""
    if not 0 <= anacrusis < meter.length:
        raise RequestError(
            f"a pickup of {number_text(float(anacrusis))} quarters does not fit into a measure of {meter}; "
            "make it shorter"
        )
