"""Drafts: the notes and settings that come message by message, and the requests built from them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from msgspec import structs

from ripieno.errors import RequestError, WeightsError, number_text, short
from ripieno.score import Meter, Score
from ripieno_bridges.api.checks import check_known_voices
from ripieno_bridges.api.kinds import Argument, Voices, number, whole
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.api.requests import Request, TaskName, is_for_piano, voice_names
from ripieno_bridges.api.settings import HARMONY_TEXTS, MAX_BEATS, read_setting, setting_named, settings_of
from ripieno_bridges.formats.note_lists import MAX_NOTES, FlatNote, choir_score, hands_score, parted
from ripieno_bridges.osc.phrases import Keyboard, build_phrase

VELOCITY = 80  # of notes that came without one
MAX_RANDOM_SEED = 1_000_000  # exclusive; Pure Data's numbers are exact up to six digits
SETTINGS = settings_of("osc")


# -- notes -------------------------------------------------------------------------------------------------


def parse_note(voice: float, pitch: float, start: float, duration: float, velocity: float) -> FlatNote:
    """Build a note from five numbers; ``note_lists`` checks their ranges later. Raises RequestError."""
    try:
        note = FlatNote(whole(voice), whole(pitch), beats(start), beats(duration), round(velocity))
    except ValueError as exc:
        said = " ".join(map(number_text, (voice, pitch, start, duration, velocity)))
        raise RequestError(
            f'"{said}" is no note; send voice and pitch as whole numbers, then start, duration and velocity'
        ) from exc
    if note.start + note.duration > MAX_BEATS:
        raise RequestError(f"a note ends behind beat {MAX_BEATS}; send a section at a time")
    return note


@dataclass(eq=False, slots=True)
class Draft:
    """The notes and settings that a client has sent for a request before starting it.

    settings: by the field of ``Request`` that they fill. notes: five numbers each, as sent; duplicates count
    once. faults: error texts by the setting's name; a valid value removes the one of an invalid value before
    it. keyboard: the keys played live, if any; such a draft stays after it was answered. changed: since then.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    notes: dict[tuple[float, ...], None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    keyboard: Keyboard | None = None
    changed: bool = True

    def set(self, name: str, value: Argument) -> None:
        """Change a setting. Raises RequestError, and keeps the fault: nothing starts without the setting."""
        self.changed = True
        kind = name if name in SETTINGS else "unknown"
        self.faults.pop(kind, None)
        try:
            field_name, parsed = read_setting(name, value, SETTINGS)
            if isinstance(SETTINGS[name].kind, Voices):
                check_known_voices(parsed)
            self.settings[field_name] = parsed
        except RequestError as exc:
            self.faults[kind] = str(exc)
            raise

    def add(self, numbers: Sequence[Argument]) -> None:
        """Add notes, five numbers each. Raises RequestError, and keeps the fault."""
        self.changed = True
        try:
            plain = [number(value) if isinstance(value, str) else value for value in numbers]
        except ValueError as exc:
            self.drop_notes("a note is five numbers: voice, pitch, start, duration, velocity; send no text")
            raise RequestError(self.faults["notes"]) from exc
        # The ranges are checked later, in another thread, since there may be many notes.
        self.notes.update(dict.fromkeys(zip(*[iter(plain)] * 5, strict=True)))
        if len(self.notes) > MAX_NOTES:
            self.drop_notes(f"more than {MAX_NOTES} notes; send a section at a time")
            raise RequestError(self.faults["notes"])

    def play(self, pitch: int, velocity: int, time: float) -> None:
        """Press a key, or release it where the velocity is 0. time: in quarters. Raises RequestError."""
        self.changed = True
        self.keyboard = self.keyboard or Keyboard()
        self.keyboard.play(pitch, velocity, time)

    def take_phrase(self, time: float) -> tuple[Draft, list[FlatNote]]:
        """(a copy of the settings, the notes played up to ``time``); those notes are removed here."""
        self.changed = False
        played = self.keyboard.take(time) if self.keyboard else []
        return Draft(dict(self.settings), faults=dict(self.faults)), played

    def drop_notes(self, reason: str) -> None:
        """Remove all notes, and keep the reason as a fault."""
        self.notes.clear()
        self.faults["notes"] = reason


# -- requests ----------------------------------------------------------------------------------------------


class ShiftedRequest(NamedTuple):
    """A request, and a shift in quarters to add to the start of each note of its reply."""

    request: Request
    shift: Fraction = Fraction(0)


def build_request(
    task: TaskName, draft: Draft, *, models: Sequence[str], span: tuple[float, float] | None = None
) -> ShiftedRequest:
    """Build the request for a task. span: for infill, (start, length) in beats. Raises RipienoError."""
    request = build_options(task, draft, models=models)
    if task == "compose":
        if draft.notes:
            raise RequestError("compose takes no notes; send them to harmonize or to continue")
        return ShiftedRequest(request)
    if not draft.notes:
        raise RequestError(f"there are no notes to {task}; send them first")
    notes, length = [parse_note(*numbers) for numbers in draft.notes], draft.settings.get("length")
    if span is None:
        return ShiftedRequest(with_score(request, notes, length))
    start, end = parse_span(*span)
    request = with_score(request, notes, max(end, length or end))
    assert request.score is not None
    return ShiftedRequest(structs.replace(request, selection=measures_touched(request.score, start, end)))


def build_respond_request(
    draft: Draft, *, played: Sequence[FlatNote], time: float, models: Sequence[str]
) -> ShiftedRequest:
    """Build the request that answers the keys played up to ``time``. Raises RipienoError."""
    task = draft.settings.get("task_of_respond", "continue")
    options = build_options(task, draft, models=models)
    phrase = build_phrase(
        played,
        time,
        options.meter or Meter(),
        anacrusis=options.anacrusis,
        one_line=not is_for_piano(options),
    )
    options = structs.replace(options, anacrusis=Fraction(0))  # the phrase begins at a barline
    # A continuation follows the phrase; new voices sound when the phrase is played again.
    shift = phrase.begin if task == "continue" else phrase.answer
    return ShiftedRequest(with_score(options, phrase.notes, phrase.length), shift)


def build_options(task: TaskName, draft: Draft, *, models: Sequence[str]) -> Request:
    """Build the request without its notes. Raises the draft's first fault as RequestError, and WeightsError.

    models: the names allowed, the default first. No other name is looked up: it could be a path.
    """
    for fault in draft.faults.values():
        raise RequestError(fault)
    options = {name: value for name, value in draft.settings.items() if name in Request.__struct_fields__}
    model = options.setdefault("model", models[0])
    check_model(model, models)
    if not options.keys() & {*HARMONY_TEXTS}:  # which say themselves how many measures they have
        options.setdefault("bars", setting_named("bars").default_for(task))
    options.setdefault("seed", secrets.randbelow(MAX_RANDOM_SEED))
    return Request(task=task, find_key="key" not in options, compare=False, **options)


def check_model(name: str, models: Sequence[str]) -> None:
    """Raise WeightsError for a name that is not among the models."""
    if name not in models:
        raise WeightsError(f'there is no model "{short(name)}"; choose one of: {", ".join(models)}')


def with_score(request: Request, notes: Sequence[FlatNote], length: Fraction | None) -> Request:
    """The request with the notes as a score for a piano or a choir. length: of the score, in quarters."""
    names = voice_names(request)
    if request.accompaniment == "heard":
        notes, others = parted(notes, names)
        request = structs.replace(request, others=others)
    build_score = hands_score if is_for_piano(request) else partial(choir_score, names=names)
    meter = request.meter or Meter()
    score = build_score(notes, meter=meter, key=request.key, anacrusis=request.anacrusis, length=length)
    return structs.replace(request, score=score)


def parse_span(start: float, length: float) -> tuple[Fraction, Fraction]:
    """(start, end) in quarters of the span to regenerate. Raises RequestError."""
    begin, end = beats(start), beats(start + length)
    if not 0 <= begin < end <= MAX_BEATS:
        raise RequestError(
            f"there is nothing to regenerate from beat {number_text(start)} on, {number_text(length)} beats "
            f"long; give a start from 0 on and a length above 0, up to beat {MAX_BEATS}"
        )
    return begin, end


def measures_touched(score: Score, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
    """(start, end) of the whole measures that the span from start to end touches."""
    touched = [i for i, measure in enumerate(score.measures) if measure.end > start and measure.onset < end]
    return score.span(range(touched[0], touched[-1] + 1))
