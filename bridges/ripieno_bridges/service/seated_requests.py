"""What an ensemble changes in a request: its voices before the networks, its ranges, its fifth voice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from msgspec import structs

from ripieno.ensembles.ensemble import Ranges
from ripieno.errors import count_text
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Key, Note, Voice
from ripieno.tasks import choir
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.filling_voice import filled_voice
from ripieno.tasks.guidance import moved_key
from ripieno.tasks.seating import Seating
from ripieno_bridges.api.requests import Request, is_for_piano


def as_seated(request: Request, seating: Seating, seed: int) -> Request:
    """The request for a new piece, in the key and the voices of the networks."""
    if request.score is not None or seating.is_choir or is_for_piano(request):
        return request
    key = moved_key(request.key or choir.drawn_key(seed), seating.shift)
    return structs.replace(request, key=key)


def seated_names(request: Request, seating: Seating) -> Request:
    """The request with the networks' voices in the place of the ensemble's."""
    if seating.is_choir:
        return request
    notes = request.given_notes and tuple(
        (seating.seated[name], onset) for name, onset in request.given_notes if name in seating.seated
    )
    voices = request.voices
    if voices is None and request.task == "harmonize":
        voices = seating.ensemble.names
    return structs.replace(
        request,
        given=seating.seats_of(request.given),
        voices=seating.seats_of(voices),
        given_notes=notes,
    )


def draft_settings(request: Request, seating: Seating, seed: int) -> DraftSettings:
    """How drafts are made for a request; the ranges are those of its ensemble's voices, as written."""
    ensemble = request.ensemble
    ranges, comfortable = ranges_of(request)
    return DraftSettings(
        seed,
        request.alternatives,
        temperature=request.temperature,
        top_p=request.top_p,
        beam=request.beam,
        first_draft=request.stream,
        keyboard=request.keyboard or (ensemble is not None and ensemble.one_hand),
        ranges=ranges,
        comfortable=comfortable,
        planned_chords_bind=len(seating.seated) < len(VOICE_NAMES),
        mends=not seating.is_choir,
        easy=request.easy,
    )


def ranges_of(request: Request) -> tuple[Ranges, Ranges]:
    """(ranges, comfortable ranges): as set, the others as the ensemble has them, where one is named."""
    ensemble = request.ensemble
    ranges, comfortable = request.ranges or {}, request.comfortable or {}
    if ensemble is None:
        return ranges, comfortable
    return {**ensemble.ranges, **ranges}, {**ensemble.comfortable_ranges, **comfortable}


def seated_settings(settings: DraftSettings, seating: Seating) -> DraftSettings:
    """The settings with the ranges of the networks' voices."""
    if seating.is_choir:
        return settings
    ranges, comfortable = seating.seat_ranges(settings.ranges), seating.seat_ranges(settings.comfortable)
    return replace(settings, ranges=ranges, comfortable=comfortable)


def with_filled_voice(result: Result, request: Request, seating: Seating) -> Result:
    """The result with notes in the voice of its ensemble that no network sings, where they are wanted."""
    name, span = seating.unseated, None
    if name is None or not is_to_be_filled(name, request):
        return result
    source = request.score
    if request.task == "infill" and source is not None:
        span = request.selection
    elif request.task == "continue" and source is not None:
        span = (source.duration, result.score.duration)
    if result.until is not None:
        span = (span[0] if span else Fraction(0), result.until)
    voice = seating.ensemble.voice(name)
    low, high = (request.ranges or {}).get(name, voice.range)
    filled = filled_voice(result.score, replace(voice, lowest=low, highest=high), span)

    def with_filled(voices: tuple[Voice, ...], kept: Sequence[Note]) -> tuple[Voice, ...]:
        notes = tuple(sorted((*kept, *filled.notes), key=lambda note: note.onset))
        return tuple(replace(v, notes=notes) if v.name == name else v for v in voices)

    start, end = span or (Fraction(0), result.score.duration)
    kept = [note for note in result.score.voice(name).notes if not start <= note.onset < end]
    score = replace(result.score, voices=with_filled(result.score.voices, kept))
    return replace(result, score=score, new=with_filled(result.new, ()))


def only_fills(request: Request, seating: Seating) -> bool:
    """Whether nothing is missing but the voice that no network sings."""
    name, score = seating.unseated, request.score
    if name is None or score is None or request.task != "harmonize" or not is_to_be_filled(name, request):
        return False
    given = [v.name for v in score.voices if v.notes] if request.given is None else request.given
    return all(
        voice in given for voice in seating.seated if request.voices is None or voice in request.voices
    )


def unchanged(request: Request) -> Callable[[DraftSettings], list[Result]]:
    """The task that writes nothing."""
    score = request.score
    assert score is not None, "checked"
    silence = tuple(Voice(voice.name) for voice in score.voices)
    return lambda settings: [Result(score, silence, 0.0, 0)] * settings.alternatives


def is_to_be_filled(name: str, request: Request) -> bool:
    """Whether a request asks for new notes in a voice."""
    if request.task == "compose" or request.score is None:
        return True
    has_notes = bool(request.score.voice(name).notes)
    if request.task == "harmonize":
        if request.given is not None and name in request.given:
            return False
        wanted = request.voices is None or name in request.voices
        return wanted and (request.given is not None or not has_notes)
    if request.task == "infill":
        return has_notes if request.voices is None else name in request.voices
    return request.task == "continue" and has_notes


def strained_remarks(results: Sequence[Result], settings: DraftSettings) -> Iterator[str]:
    """How many new notes of each voice lie beyond its comfortable range, of the first result."""
    for voice in results[0].new if results else ():
        if voice.name not in settings.comfortable:
            continue
        low, high = settings.comfortable[voice.name]
        beyond = sum(not low <= note.pitch <= high for note in voice.notes)
        if beyond:
            yield (
                f"the {voice.name} has {count_text(beyond, 'note')} of {len(voice.notes)} beyond its "
                f"comfortable range, {Key().spell(low)} to {Key().spell(high)}"
            )
