"""An ensemble: its voices from top to bottom, with all that a score needs to know of them.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ripieno.score import VOICE_NAMES

Ranges = Mapping[str, tuple[int, int]]  # (lowest, highest) MIDI pitch by voice

ClefName = Literal["treble", "treble-8", "treble+8", "alto", "tenor", "bass", "bass-8", "bass+8"]


@dataclass(frozen=True, slots=True)
class EnsembleVoice:
    """One voice of an ensemble; all pitches are MIDI pitches as they sound.

    part: its name in a score, such as "Tenor 1". abbreviation: for the later systems. clef: -8 and +8 sound
    an octave lower and higher than written. lowest, highest: the range, which no new note leaves.
    comfortable: the (lowest, highest) note that is sung or played for long without strain. transposition: the
    semitones from a written to a sounding note, -2 for a clarinet in B flat. program: of General MIDI, from
    1. sound: the name of its sound in MusicXML. staff: on which of two staves it stands in a closed score.
    network_voice: which of the four voices that the networks know it is; None for one that is filled in when
    the others are there.
    """

    part: str
    abbreviation: str
    clef: ClefName
    lowest: int
    highest: int
    comfortable: tuple[int, int]
    transposition: int = 0
    program: int = 53
    sound: str = "voice.vocals"
    staff: int = 1
    network_voice: str | None = None

    @property
    def name(self) -> str:
        """How requests and sentences name it, such as "tenor 1"."""
        return self.part.lower()

    @property
    def range(self) -> tuple[int, int]:
        """(lowest, highest)."""
        return self.lowest, self.highest


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Two to five voices, highest first.

    name: by which it is asked for, such as "ttbb". title: in words. melody: the voice that a melody alone is
    given to. one_hand: the voices above the lowest are played by one hand, so they lie within an octave.
    """

    name: str
    title: str
    voices: tuple[EnsembleVoice, ...]
    melody: str
    about: str = ""
    one_hand: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the voices, highest first."""
        return tuple(voice.name for voice in self.voices)

    @property
    def ranges(self) -> Ranges:
        """The range of each voice, highest voice first."""
        return {voice.name: voice.range for voice in self.voices}

    @property
    def comfortable_ranges(self) -> Ranges:
        """The comfortable range of each voice."""
        return {voice.name: voice.comfortable for voice in self.voices}

    @property
    def is_choir(self) -> bool:
        """Whether its voices are the four of a mixed choir, which the networks know."""
        return self.names == VOICE_NAMES

    def voice(self, name: str) -> EnsembleVoice:
        """The voice of that name. Raises KeyError."""
        for voice in self.voices:
            if voice.name == name:
                return voice
        raise KeyError(name)
