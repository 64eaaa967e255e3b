"""Which of the four voices that the networks know sings each voice of an ensemble, and how high.

The networks learned from mixed choirs. Another ensemble is shown to them as one: its voices as some of the
four, all of them moved so that they lie where those do; what the networks write is moved back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from ripieno.ensembles.ensemble import Ensemble, EnsembleVoice, Ranges
from ripieno.models.generator import Generator
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Score, Voice, transpose
from ripieno.theory.ranges import CHOIR_RANGES, GIVEN_RANGES

# Semitones: octaves, fourths and fifths, after which the key signature has one accidental more at most.
SHIFTS = (-24, -19, -17, -12, -7, -5, 0, 5, 7, 12, 17, 19, 24)
BEYOND = 3  # semitones beyond a voice's range that a given note may lie


@dataclass(frozen=True, slots=True)
class Seating:
    """An ensemble before the networks.

    seats: for each of its voices, the network's voice, by name; None for one that is filled in afterwards.
    shift: the semitones from where it sounds to where the networks see it.
    """

    ensemble: Ensemble
    seats: tuple[str | None, ...]
    shift: int

    @property
    def is_choir(self) -> bool:
        """Whether the networks see the ensemble as it is."""
        return self.ensemble.is_choir

    @property
    def seated(self) -> dict[str, str]:
        """The network's voice of each voice that has one, by name."""
        pairs = zip(self.ensemble.names, self.seats, strict=True)
        return {name: seat for name, seat in pairs if seat is not None}

    @property
    def unseated(self) -> str | None:
        """The voice that is filled in afterwards; None where there is none."""
        return next(
            (n for n, seat in zip(self.ensemble.names, self.seats, strict=True) if seat is None), None
        )

    def seats_of(self, names: Collection[str] | None) -> tuple[str, ...] | None:
        """The network's voices of some voices; None stays None."""
        return None if names is None else tuple(seat for name, seat in self.seated.items() if name in names)

    def seat(self, score: Score) -> Score:
        """A score of the ensemble, already moved, as one of the network's four voices."""
        notes = {seat: score.voice(name).notes for name, seat in self.seated.items()}
        return replace(score, voices=tuple(Voice(name, notes.get(name, ())) for name in VOICE_NAMES))

    def written(self, result: Result) -> Result:
        """A new piece of the networks' as one of the ensemble's."""
        if self.is_choir:
            return result
        score = transpose(result.score, -self.shift)
        voices = tuple(
            Voice(name, () if seat is None else score.voice(seat).notes)
            for name, seat in zip(self.ensemble.names, self.seats, strict=True)
        )
        title = score.title and f"Chorale in {score.measures[0].key}"
        return replace(result, score=replace(score, voices=voices, title=title), new=voices)

    def seat_ranges(self, ranges: Ranges) -> Ranges:
        """Ranges of the ensemble's voices as ranges of the network's."""
        found = ((seat, ranges[name]) for name, seat in self.seated.items() if name in ranges)
        return {seat: (low + self.shift, high + self.shift) for seat, (low, high) in found}

    def given_ranges(self, model: Generator) -> Ranges:
        """The (lowest, highest) MIDI pitch that may be given to each voice, as it sounds."""
        found = {}
        for voice, seat in zip(self.ensemble.voices, self.seats, strict=True):
            if seat is None:
                found[voice.name] = (0, 127)
                continue
            low, high = GIVEN_RANGES[seat]
            low, high = max(low, model.lowest) - self.shift, min(high, model.highest) - self.shift
            if not self.is_choir:
                low, high = max(low, voice.lowest - BEYOND), min(high, voice.highest + BEYOND)
            found[voice.name] = (low, high)
        return found


def seating_of(ensemble: Ensemble, given: Collection[str] = ()) -> Seating:
    """How an ensemble is seated. given: the voices whose notes stay; they have seats if any have."""
    seats = tuple(voice.network_voice for voice in ensemble.voices)
    unseated = next((i for i, seat in enumerate(seats) if seat is None), None)
    if unseated is not None and ensemble.names[unseated] in given:
        usual = unseated
        free = [i for i, name in enumerate(ensemble.names) if name not in given]
        if free:
            unseated = min(free, key=lambda i: abs(i - usual))
            others = iter(VOICE_NAMES)
            seats = tuple(None if i == unseated else next(others) for i in range(len(seats)))
    return Seating(ensemble, seats, 0 if ensemble.is_choir else shift_of(ensemble.voices, seats))


def shift_of(voices: tuple[EnsembleVoice, ...], seats: tuple[str | None, ...]) -> int:
    """The semitones after which the middles of the ranges lie nearest to those of the network's voices."""
    gaps = [
        sum(CHOIR_RANGES[seat]) / 2 - sum(voice.range) / 2
        for voice, seat in zip(voices, seats, strict=True)
        if seat is not None
    ]
    mean = sum(gaps) / len(gaps)
    return min(SHIFTS, key=lambda shift: abs(shift - mean))
