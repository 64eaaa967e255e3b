"""Assigning the lines of a score to the voices of a choir."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ripieno.errors import RequestError, ScoreError
from ripieno.score import VOICE_NAMES, Score, Voice

# How parts are named in English, German, French, Italian, Spanish and Latin; also "S.", "A. 1".
BEGINNINGS = {
    "soprano": ("sop", "cantus", "discant", "dessus", "superius", "treble"),
    "alto": ("alt", "contralto", "haute"),
    "tenor": ("ten", "tén", "taille"),
    "bass": ("bas", "baß", "basso", "baj"),
}
# An alto saxophone is not an alto: it may play the melody.
INSTRUMENTS = re.compile(
    "sax|clarin|klarin|flut|flöt|flaut|horn|tromb|posaun|trump|guit|gitar|viol|oboe|drum|tuba|bassoon|recorder"
)
LOW_LINE = 55  # a line whose middle lies below G3 is a bass, not a soprano


@dataclass(frozen=True, slots=True)
class Choir:
    """A score as four voices, soprano to bass, empty ones where the score has none.

    lines: for each voice, its index among the voices of the score that was read; ``None`` where it has none.
    """

    score: Score
    lines: dict[str, int | None]

    @property
    def present(self) -> tuple[str, ...]:
        """The voices that the score has."""
        return tuple(name for name, line in self.lines.items() if line is not None)


def assign_voices(score: Score, given: Sequence[str] | None = None) -> Choir:
    """Assign the score's lines to the voices of the choir: by name, by order, or by what is given.

    given: the voices that the user named; a score with as many lines takes them in order.
    Raises RequestError or ScoreError, with a way out, where that does not say which line is which.
    """
    for name in given or ():
        if name not in VOICE_NAMES:
            raise RequestError(f'there is no voice "{name}"; name {", ".join(VOICE_NAMES)}')
    names = match_lines(score, given)
    lines: dict[str, int | None] = dict.fromkeys(VOICE_NAMES)
    lines.update(names)
    voices = []
    for name, line in lines.items():
        notes = score.voices[line].notes if line is not None else ()
        voices.append(Voice(name, notes))
    missing = [name for name in given or () if lines[name] is None]
    if missing:
        there = ", ".join(n for n in VOICE_NAMES if lines[n] is not None)
        raise RequestError(f"the score has no {missing[0]}; it has {there}")
    return Choir(replace(score, voices=tuple(voices)), lines)


def match_lines(score: Score, given: Sequence[str] | None) -> dict[str, int]:
    """(voice name -> index of the line) for the lines that take part."""
    refuse_second_voices(score)
    everyone = list(range(len(score.voices)))
    singing = [i for i in everyone if score.voices[i].notes]
    if given and len(singing) == len(given):
        order = sorted(given, key=VOICE_NAMES.index)
        return dict(zip(order, singing, strict=True)) | empty_by_name(score, singing, order)
    named = {voice_of_part(score.voices[i].name): i for i in reversed(everyone)}
    named.pop(None, None)
    roles = {name: i for name, i in named.items() if name is not None}
    if roles and set(singing) <= set(roles.values()):
        return roles
    if len(everyone) == len(VOICE_NAMES):
        return dict(zip(VOICE_NAMES, everyone, strict=True))
    if len(singing) <= 1:
        line = singing[0] if singing else 0
        return {"soprano": line}
    if len(roles) > 1:
        return roles  # a choir with accompaniment: the other parts are left alone
    if len(singing) == 2:
        upper, lower = (score.voices[i].mean_pitch for i in singing)
        if lower < LOW_LINE <= upper:
            return {"soprano": singing[0], "bass": singing[1]}
    raise ScoreError(
        None,
        None,
        None,
        f"{len(singing)} lines, and their names do not say which voices they are; name the parts Soprano, "
        "Alto, Tenor, Bass, or say which are given, from the top, such as soprano,bass",
    )


def refuse_second_voices(score: Score) -> None:
    """Raise ScoreError for a part with two voices, unless the score has as many lines as the choir."""
    if len([v for v in score.voices if v.notes]) == len(VOICE_NAMES):
        return
    for voice in score.voices:
        part, comma, _ = voice.name.rpartition(", voice ")
        if comma and voice.notes:
            _, *others = [v for v in score.voices if v.name.rpartition(", voice ")[0] == part]
            if not others:
                continue
            note = next((n for v in others for n in v.notes), voice.notes[0])
            measure, beat = score.place(note.onset)
            fault = (
                f"two voices stand in this part ({note.name} in the second), but a melody is one line; "
                "give each voice a part of its own, or delete the second"
            )
            raise ScoreError(None, part, measure, fault, beat=beat)


def empty_by_name(score: Score, singing: Sequence[int], taken: Sequence[str]) -> dict[str, int]:
    """(voice name -> index of the line) for parts without notes whose names are those of other voices."""
    found: dict[str, int] = {}
    for i, voice in enumerate(score.voices):
        name = voice_of_part(voice.name)
        if i not in singing and name is not None and name not in taken:
            found[name] = i
    return found


def sung_voices(score: Score) -> tuple[Score, list[str]]:
    """(the score's voices of a choir, remarks on what else is in it).

    Where the lines cannot be assigned to voices, they are taken as they are.
    """
    lines = [voice for voice in score.voices if voice.notes]
    if len(lines) == 1 and voice_of_part(lines[0].name) is None:
        return replace(score, voices=tuple(lines)), []
    try:
        choir = assign_voices(score)
    except (RequestError, ScoreError):
        said = f"{len(lines)} lines that are not named as voices: ranges and spacing were not looked at"
        return replace(score, voices=tuple(lines)), [said]
    sung = set(choir.lines.values())
    left = [v.name or "a part without name" for i, v in enumerate(score.voices) if i not in sung and v.notes]
    return choir.score, [f"not looked at: {', '.join(left)}"] if left else []


def voice_of_part(name: str) -> str | None:
    """The voice that a part's name means, ``None`` where it means no voice, or an instrument."""
    plain = name.strip().lower()
    if INSTRUMENTS.search(plain):
        return None
    for voice, beginnings in BEGINNINGS.items():
        if plain.startswith(beginnings) or plain.rstrip(". 12") == voice[0]:
            return voice
    return None
