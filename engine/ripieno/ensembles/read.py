"""Read an ensemble from TOML: one of those that are shipped, or a user's own file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from ripieno.ensembles.ensemble import ClefName, Ensemble, EnsembleVoice
from ripieno.errors import RequestError, short
from ripieno.score import VOICE_NAMES, Spelling

NOTE = re.compile(r"([A-Ga-g])(#|b|)(-?\d)")
LOWEST, HIGHEST = 12, 120  # MIDI pitches: C0 and C9
MIN_VOICES, MAX_VOICES = 2, 5
NO_NETWORK_VOICE = "none"  # in a file: the voice is filled in when the others are there
# Which voices of the networks sing in an ensemble that does not say, by its number of voices.
USUAL_NETWORK_VOICES: dict[int, tuple[str | None, ...]] = {
    2: ("soprano", "alto"),
    3: ("soprano", "alto", "bass"),
    4: VOICE_NAMES,
    5: ("soprano", None, "alto", "tenor", "bass"),
}


@cache
def ensemble_names() -> tuple[str, ...]:
    """The names of the ensembles that are shipped."""
    found = (entry.name for entry in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


@cache
def ensemble_named(name: str) -> Ensemble:
    """A shipped ensemble. Raises RequestError where there is none of that name."""
    known = name.strip().lower()
    if known not in ensemble_names():
        raise RequestError(
            f'there is no ensemble "{short(name)}"; choose {listed(ensemble_names())}, or give a file of '
            "your own that ends in .toml"
        )
    return parse_ensemble(files(__package__).joinpath(f"{known}.toml").read_text("utf-8"), known)


def parse_ensemble(text: str, name: str) -> Ensemble:
    """The ensemble of a TOML text. name: its own, and the file's in messages. Raises RequestError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise RequestError(f"{name}: this is no TOML ({exc}); see docs/ensembles.md for an example") from exc
    found = table.pop("voices", None)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise RequestError(f"{name}: there are no [[voices]]; write one for each voice, the highest first")
    if not MIN_VOICES <= len(found) <= MAX_VOICES:
        raise RequestError(f"{name}: {len(found)} voices; an ensemble has {MIN_VOICES} to {MAX_VOICES}")
    usual = USUAL_NETWORK_VOICES[len(found)]
    voices = tuple(
        Fields(f"{name}, voice {i}", entry).voice(seat)
        for i, (entry, seat) in enumerate(zip(found, usual, strict=True), 1)
    )
    head = Fields(name, table)
    ensemble = Ensemble(
        name=name,
        title=head.text("title", name),
        voices=voices,
        melody=head.text("melody", voices[0].part).lower(),
        about=head.text("about", ""),
        one_hand=head.flag("one_hand"),
    )
    head.check_empty()
    check_ensemble(ensemble)
    return ensemble


def check_ensemble(ensemble: Ensemble) -> None:
    """Raise RequestError for voices that do not go together."""
    names = ensemble.names
    for name in names:
        if names.count(name) > 1:
            raise RequestError(f'{ensemble.name}: two voices are named "{name}"; number them')
    if ensemble.melody not in names:
        raise RequestError(f'{ensemble.name}: melody "{ensemble.melody}" is no voice; name {listed(names)}')
    seats = [voice.network_voice for voice in ensemble.voices if voice.network_voice is not None]
    if sorted(seats, key=VOICE_NAMES.index) != seats or len(set(seats)) != len(seats):
        raise RequestError(
            f"{ensemble.name}: the network voices are not in the order {listed(VOICE_NAMES)}, each once"
        )
    if len(seats) < len(names) - 1:
        raise RequestError(f'{ensemble.name}: one voice at most has the network voice "{NO_NETWORK_VOICE}"')


class Fields:
    """The fields of a table of TOML, taken out one by one; what is left at the end has a wrong name."""

    def __init__(self, place: str, table: dict[str, Any]) -> None:
        """place: the file and the voice, for messages."""
        self.place, self.table = place, dict(table)

    def voice(self, seat: str | None) -> EnsembleVoice:
        """The table as a voice. seat: its network voice where it names none."""
        part = self.text("name")
        lowest, highest = self.pitches("range")
        comfortable = self.pitches("comfortable") if "comfortable" in self.table else (lowest, highest)
        if comfortable[0] < lowest or comfortable[1] > highest:
            raise self.error("comfortable is wider than range; make it narrower")
        voice = EnsembleVoice(
            part=part,
            abbreviation=self.text("abbreviation", f"{part[:1].upper()}."),
            clef=self.choice("clef", get_args(ClefName), "treble" if lowest + highest >= 120 else "bass"),
            lowest=lowest,
            highest=highest,
            comfortable=comfortable,
            transposition=self.number("transposition", 0, (-48, 48)),
            program=self.number("program", 53, (1, 128)),
            sound=self.text("sound", "voice.vocals"),
            staff=self.number("staff", 1, (1, 2)),
            network_voice=self.network_voice(seat),
        )
        self.check_empty()
        return voice

    def network_voice(self, seat: str | None) -> str | None:
        """The network's voice; None for one that is filled in."""
        if "network_voice" not in self.table:
            return seat
        found = self.choice("network_voice", (*VOICE_NAMES, NO_NETWORK_VOICE))
        return None if found == NO_NETWORK_VOICE else found

    def text(self, field: str, default: str | None = None) -> str:
        """A field that is a text of one line."""
        value = self.table.pop(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(f'{field} is missing; write one such as {field} = "Alto"')
        return value.strip()

    def choice(self, field: str, choices: tuple[str, ...], default: str | None = None) -> Any:
        """A field that is one of some words."""
        value = self.text(field, default)
        if value not in choices:
            raise self.error(f'{field} "{short(value)}" is unknown; choose {listed(choices)}')
        return value

    def number(self, field: str, default: int, bounds: tuple[int, int]) -> int:
        """A field that is a whole number within bounds."""
        value = self.table.pop(field, default)
        low, high = bounds
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(f"{field} is no whole number from {low} to {high}")
        return value

    def flag(self, field: str) -> bool:
        """A field that is true or false; false where it is left out."""
        value = self.table.pop(field, False)
        if not isinstance(value, bool):
            raise self.error(f"{field} is neither true nor false")
        return value

    def pitches(self, field: str) -> tuple[int, int]:
        """A field such as "A3-C5", as (lowest, highest) MIDI pitch."""
        text = self.text(field)
        found = re.fullmatch(rf"\s*{NOTE.pattern}\s*-\s*{NOTE.pattern}\s*", text)
        if found is None:
            raise self.error(f'{field} "{short(text)}" is no range; write one such as A3-C5')
        low, high = pitch_of(*found.groups()[:3]), pitch_of(*found.groups()[3:])
        if not LOWEST <= low < high <= HIGHEST:
            raise self.error(
                f'{field} "{short(text)}" ends where nobody sings or plays; write the lower note first'
            )
        return low, high

    def check_empty(self) -> None:
        """Raise RequestError for fields that nobody took."""
        if self.table:
            raise self.error(f'"{short(next(iter(self.table)))}" means nothing here; see docs/ensembles.md')

    def error(self, fault: str) -> RequestError:
        """The error of a fault at this place."""
        return RequestError(f"{self.place}: {fault}")


def listed(words: Iterable[str]) -> str:
    """Words with commas between them."""
    return ", ".join(words)


def pitch_of(letter: str, accidental: str, octave: str) -> int:
    """The MIDI pitch of a note, such as ("B", "♭", "3")."""
    alter = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(accidental, 0)
    return Spelling(letter.upper(), alter, int(octave)).pitch


MIXED_CHOIR = ensemble_named("satb")  # where no ensemble is named
