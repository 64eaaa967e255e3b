"""A request as it is put together, message by message: its notes and settings, and what becomes of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from msgspec import structs

from ripieno.errors import RequestError, WeightsError, short
from ripieno.score import Meter, Score
from ripieno_bridges.api.kinds import Argument, number, whole
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.api.requests import Request, TaskName, is_for_piano
from ripieno_bridges.api.settings import MAX_BEATS, read_setting, setting_named, settings_of
from ripieno_bridges.formats.note_lists import MAX_NOTES, FlatNote, choir_score, hands_score
from ripieno_bridges.osc.phrases import Keyboard, OscPhrase, phrase

VELOCITY = 80  # of notes that came without one
SHORT_SEEDS = 1_000_000  # those that are drawn: Pure Data's numbers are exact up to six figures
SETTINGS = settings_of("osc")


# -- notes -------------------------------------------------------------------------------------------------


def note_in(voice: float, pitch: float, start: float, duration: float, velocity: float) -> FlatNote:
    """The note of five numbers; whether there can be such a one, ``note_lists`` says. Raises RequestError."""
    try:
        note = FlatNote(whole(voice), whole(pitch), beats(start), beats(duration), round(velocity))
    except ValueError as exc:
        said = f"{voice:g} {pitch:g} {start:g} {duration:g} {velocity:g}"
        raise RequestError(
            f'"{said}" is no note; send voice and pitch as whole numbers, then start, duration and velocity'
        ) from exc
    if note.start + note.duration > MAX_BEATS:
        raise RequestError(f"a note ends behind beat {MAX_BEATS}; send a section at a time")
    return note


@dataclass(eq=False, slots=True)
class Draft:
    """What a client has sent for an id before it starts it.

    notes: as they were sent; a note that comes twice counts once. faults: what was wrong, by the name of the
    setting; a right value heals the fault of a wrong one. keyboard: where it is played live; such a draft
    stays when it was answered. changed: since then.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    notes: dict[tuple[float, ...], None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    keyboard: Keyboard | None = None
    changed: bool = True

    def set(self, name: str, value: Argument) -> None:
        """Take a setting. Raises RequestError, and remembers it: nothing is made with a setting left out."""
        self.changed = True
        kind = name if name in SETTINGS else "unknown"
        self.faults.pop(kind, None)
        try:
            field_name, read = read_setting(name, value, SETTINGS)
            self.settings[field_name] = read
        except RequestError as exc:
            self.faults[kind] = str(exc)
            raise

    def add(self, numbers: Sequence[Argument]) -> None:
        """Take notes, five numbers each. Raises RequestError, and remembers it."""
        self.changed = True
        try:
            plain = [number(value) if isinstance(value, str) else value for value in numbers]
        except ValueError as exc:
            self.lose_notes("a note is five numbers: voice, pitch, start, duration, velocity; send no text")
            raise RequestError(self.faults["notes"]) from exc
        # Whether such notes can be is seen later, and beside the loop: there may be many.
        self.notes.update(dict.fromkeys(zip(*[iter(plain)] * 5, strict=True)))
        if len(self.notes) > MAX_NOTES:
            self.lose_notes(f"more than {MAX_NOTES} notes; send a section at a time")
            raise RequestError(self.faults["notes"])

    def play(self, pitch: int, velocity: int, time: float) -> None:
        """Take a key that is pressed or let go. Raises RequestError."""
        self.changed = True
        self.keyboard = self.keyboard or Keyboard()
        self.keyboard.play(pitch, velocity, time)

    def take_phrase(self, time: float) -> tuple[Draft, list[FlatNote]]:
        """(a draft with the settings of now, what was played up to ``time``), which is forgotten here."""
        self.changed = False
        played = self.keyboard.take(time) if self.keyboard else []
        return Draft(dict(self.settings), faults=dict(self.faults)), played

    def lose_notes(self, why: str) -> None:
        """Forget the notes, and remember why."""
        self.notes.clear()
        self.faults["notes"] = why


# -- a request ---------------------------------------------------------------------------------------------


class Order(NamedTuple):
    """A request; and ``shift``, in quarters, is added to the start of each note of its answer."""

    request: Request
    shift: Fraction = Fraction(0)


def order_of(
    task: TaskName, draft: Draft, *, models: Sequence[str], span: tuple[float, float] | None = None
) -> Order:
    """What a draft asks for. span: for infill, start and length in beats. Raises RipienoError."""
    request = options_of(task, draft, models=models)
    if task == "compose":
        if draft.notes:
            raise RequestError("compose takes no notes; send them to harmonize or to continue")
        return Order(request)
    if not draft.notes:
        raise RequestError(f"there are no notes to {task}; send them first")
    notes, length = [note_in(*sent) for sent in draft.notes], draft.settings.get("length")
    if span is None:
        return Order(with_score(request, notes, length))
    start, end = span_of(*span)
    request = with_score(request, notes, max(end, length or end))
    assert request.score is not None
    return Order(structs.replace(request, selection=measures_touched(request.score, start, end)))


def response_to(draft: Draft, *, played: Sequence[FlatNote], time: float, models: Sequence[str]) -> Order:
    """The answer to keys that were played up to ``time``. Raises RipienoError."""
    task = draft.settings.get("task_of_respond", "continue")
    options = options_of(task, draft, models=models)
    heard = phrase(
        played,
        time,
        options.meter or Meter(),
        anacrusis=options.anacrusis,
        one_line=not is_for_piano(options),
    )
    options = structs.replace(options, anacrusis=Fraction(0))  # the phrase begins at a barline
    return Order(with_score(options, heard.notes, heard.length), shift_of(options.task, heard))


def shift_of(task: TaskName, heard: OscPhrase) -> Fraction:
    """New voices sound with the phrase when it comes again; what goes on after it is there already."""
    return heard.begin if task == "continue" else heard.answer


def options_of(task: TaskName, draft: Draft, *, models: Sequence[str]) -> Request:
    """The request without its notes. Raises the first fault of the draft, and WeightsError.

    models: those that may be asked for. Another name is never looked for: it could be a path.
    """
    for fault in draft.faults.values():
        raise RequestError(fault)
    options = {name: value for name, value in draft.settings.items() if name in Request.__struct_fields__}
    model = options.setdefault("model", models[0])
    if model not in models:
        raise WeightsError(f'there is no model "{short(model)}"; choose one of: {", ".join(models)}')
    options.setdefault("bars", setting_named("bars").default_for(task))
    options.setdefault("seed", secrets.randbelow(SHORT_SEEDS))
    return Request(task=task, find_key="key" not in options, any_octave=True, compare=False, **options)


def with_score(request: Request, notes: Sequence[FlatNote], length: Fraction | None) -> Request:
    """The request with its notes as a score for whoever shall perform."""
    score_of = hands_score if is_for_piano(request) else choir_score
    meter = request.meter or Meter()
    score = score_of(notes, meter=meter, key=request.key, anacrusis=request.anacrusis, length=length)
    return structs.replace(request, score=score)


def span_of(start: float, length: float) -> tuple[Fraction, Fraction]:
    """The beginning and the end of what is to be written anew. Raises RequestError."""
    begin, end = beats(start), beats(start + length)
    if not 0 <= begin < end <= MAX_BEATS:
        raise RequestError(
            f"there is nothing to write anew from beat {start:g} on, {length:g} beats long; "
            f"give a start from 0 on and a length above 0, up to beat {MAX_BEATS}"
        )
    return begin, end


def measures_touched(score: Score, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
    """The whole measures, from when to when, that these beats touch."""
    touched = [i for i, measure in enumerate(score.measures) if measure.end > start and measure.onset < end]
    return score.span(range(touched[0], touched[-1] + 1))
