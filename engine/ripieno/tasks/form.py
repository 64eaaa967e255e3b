"""A new piece in a form, such as AABA: sections that come back, with small changes or repeated as they are.

Every new section goes on from the one before it. What comes back later is varied a little; what follows
itself is repeated exactly, which a score shows with repeat signs (see ``repeats``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

from ripieno.form import Section, check_form
from ripieno.grid import score_to_grid
from ripieno.limits import SEEDS
from ripieno.models.generator import ProgressCallback, part_of_progress
from ripieno.piano.hands import RIGHT, hand_of
from ripieno.results import Result
from ripieno.score import Measure, Note, Score, Voice
from ripieno.tasks.drafts import DraftSettings
from ripieno.theory.ranges import parallels

SMALL_CHANGE = 0.15  # how much of a section that comes back may change; see ``vary``


def compose_in_form(
    performer: ModuleType,
    model: Any,
    sections: Sequence[Section],
    *,
    bars: int,
    settings: DraftSettings,
    progress: ProgressCallback,
    **new: Any,
) -> list[Result]:
    """Pieces in a form, as many as ``settings.alternatives``, each by a seed of its own.

    performer: ``tasks.choir`` or ``tasks.piano``, whose tasks make the sections. bars: full measures of each
    section. new: further arguments of ``compose``. Raises RequestError.
    """
    check_form(sections, bars)
    count, pieces = settings.alternatives, []
    for i in range(count):
        alone = replace(settings, alternatives=1, seed=(settings.seed + i) % SEEDS)
        part = part_of_progress(progress, i, count)
        pieces.append(one_piece(performer, model, sections, bars=bars, settings=alone, progress=part, **new))
    return pieces


def one_piece(
    performer: ModuleType,
    model: Any,
    sections: Sequence[Section],
    *,
    bars: int,
    settings: DraftSettings,
    progress: ProgressCallback,
    **new: Any,
) -> Result:
    """A piece in a form. When the time is over, only the sections that are whole are there."""
    first_times: dict[str, Score] = {}
    before: Score | None = None
    piece: Score | None = None
    until: Fraction | None = None
    likelihood = 0.0
    for k, section in enumerate(sections):
        found = first_times.get(section.letter)
        if found is None or section.is_varied:
            seeded = replace(settings, seed=(settings.seed + 31 * k) % SEEDS)
            asked = {"settings": seeded, "progress": part_of_progress(progress, k, len(sections))}
            made: Result
            if found is not None:
                (made,) = performer.vary(found, model, amount=SMALL_CHANGE, **asked)
            elif before is None:
                (made,) = performer.compose(model, bars=bars, **new, **asked)
            else:
                (made,) = performer.continue_(before, model, bars=bars, **asked)
                made = replace(made, score=second_half(made.score, before))
            if made.until is not None:
                if piece is None:
                    return made
                until = piece.duration
                break
            likelihood += made.log_likelihood
            found = made.score
        first_times.setdefault(section.letter, found)
        before, piece = found, found if piece is None else appended(piece, found)
    assert piece is not None, "a form has a section"
    # After a pickup a repeat would begin inside of a measure.
    whole = (r for r in repeated_measures(sections, bars) if r.stop + bars <= len(piece.measures))
    repeats = () if piece.anacrusis else tuple(whole)
    piece = numbered(piece, repeats)
    is_piano = any(hand_of(voice.name) for voice in piece.voices)
    return Result(
        piece,
        piece.voices,
        likelihood,
        0 if is_piano else parallels(score_to_grid(piece).cells),
        until=until,
        repeats=repeats,
    )


def second_half(score: Score, first: Score) -> Score:
    """What was added to a section, as one of the same length: behind a silent pickup where that has one."""
    start = first.duration - first.anacrusis
    voices = tuple(
        Voice(voice.name, tuple(moved(n, -start) for n in voice.notes if n.onset >= first.duration))
        for voice in score.voices
    )
    return replace(score, voices=voices, measures=first.measures)


def appended(piece: Score, section: Score) -> Score:
    """A piece with a section behind it. A pickup of the section stands in the piece's last measure.

    The last notes of the piece end where the section's own begin.
    """
    offset = piece.duration - section.anacrusis
    added = {voice.name: [moved(n, offset) for n in voice.notes] for voice in section.voices}
    there = {voice.name: list(voice.notes) for voice in piece.voices}
    voices = []
    for name in ordered([*there, *(name for name in added if name not in there)]):
        later = added.get(name, [])
        until = later[0].onset if later else piece.duration
        earlier = [
            replace(n, duration=min(n.end, until) - n.onset) for n in there.get(name, []) if n.onset < until
        ]
        voices.append(Voice(name, (*earlier, *later)))
    last = piece.measures[-1]
    behind = [m for m in section.measures if m.duration == m.meter.length]
    shift = last.end - behind[0].onset
    measures = (*piece.measures, *(replace(m, onset=m.onset + shift) for m in behind))
    return replace(piece, voices=tuple(voices), measures=measures)


def ordered(names: Sequence[str]) -> list[str]:
    """Names of voices, highest first: the lines of two hands, or a choir's as they are."""
    if not any(map(hand_of, names)):
        return list(names)
    return sorted(names, key=lambda name: (hand_of(name) != RIGHT, len(name), name))


def moved(note: Note, by: Fraction) -> Note:
    """A note at another time."""
    return replace(note, onset=note.onset + by)


def repeated_measures(sections: Sequence[Section], bars: int) -> tuple[range, ...]:
    """The measures, by index, of each section that follows itself unchanged; not of its second time."""
    found: list[range] = []
    k = 0
    while k + 1 < len(sections):
        if sections[k + 1].letter == sections[k].letter and not sections[k + 1].is_varied:
            found.append(range(k * bars, (k + 1) * bars))
            k += 1
        k += 1
    return tuple(found)


def numbered(score: Score, repeats: Sequence[range]) -> Score:
    """The score with its measures numbered; the second time of a repeat has the numbers of the first."""
    numbers: list[int] = []
    following = 0 if score.anacrusis else 1
    for i in range(len(score.measures)):
        source = next((r for r in repeats if i - len(r) in r), None)
        number = following if source is None else numbers[i - len(source)]
        numbers.append(number)
        following = max(following, number + 1)
    measures: tuple[Measure, ...] = tuple(
        replace(m, number=str(n)) for m, n in zip(score.measures, numbers, strict=True)
    )
    return replace(score, measures=measures)
