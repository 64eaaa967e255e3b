"""The tracks of a practice folder: the name of each, and how loud which voice is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ripieno.errors import RequestError, short

Mix = Literal["louder", "alone", "missing"]
MIXES: tuple[Mix, ...] = get_args(Mix)
SOFT = 10 ** (-6 / 20)  # 6 dB below the loud voice
ALL = "all"  # how the name of the track with all voices alike ends
OTHER_THAN_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class PracticeTrack:
    """A track to make. stem: its files' name without the ending. gains: of the voices that sound, by name.

    voice, mix: what is practised and how; ``None`` for the track with all voices alike.
    """

    stem: str
    voice: str | None
    mix: Mix | None
    gains: dict[str, float]


def plan_tracks(
    stem: str, names: Sequence[str], chosen: Sequence[str], mixes: Sequence[Mix]
) -> list[PracticeTrack]:
    """For each chosen voice its mixes, then all voices alike.

    stem: how every file's name begins. names: of all voices, those that are chosen among them.
    """
    words = file_words(names)
    tracks = []
    for name in chosen:
        alike = dict.fromkeys(names, 1.0)
        made: dict[Mix, tuple[str, dict[str, float]]] = {
            "louder": (words[name], {**dict.fromkeys(names, SOFT), name: 1.0}),
            "alone": (f"{words[name]}-alone", {name: 1.0}),
            "missing": (f"without-{words[name]}", {other: 1.0 for other in alike if other != name}),
        }
        tracks += [PracticeTrack(f"{stem}-{made[mix][0]}", name, mix, made[mix][1]) for mix in mixes]
    return [*tracks, PracticeTrack(f"{stem}-{ALL}", None, None, dict.fromkeys(names, 1.0))]


def file_words(names: Sequence[str]) -> dict[str, str]:
    """Each name as the end of a file's name, no two alike: "Soprano 1" is soprano-1."""
    words: dict[str, str] = {}
    for name in names:
        word = OTHER_THAN_LETTERS.sub("-", name.casefold()).strip("-")[:40] or "voice"
        unique, number = word, 2
        while unique == ALL or unique in words.values():
            unique, number = f"{word}-{number}", number + 1
        words[name] = unique
    return words


def chosen_voices(names: Sequence[str], asked: Sequence[str] | None) -> list[str]:
    """The voices of a score that are asked for, or all of them. Raises RequestError for others."""
    if asked is None:
        return list(names)
    for name in asked:
        if name.casefold() not in [known.casefold() for known in names]:
            raise RequestError(f'there is no voice "{short(name)}"; the score has {", ".join(names)}')
    wanted = [name.casefold() for name in asked]
    return [name for name in names if name.casefold() in wanted]
