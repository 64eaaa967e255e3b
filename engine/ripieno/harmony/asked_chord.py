"""A chord that is asked for, as the generators take it: pitch classes, and which of them must sound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.kinds import FUNCTIONAL


@dataclass(frozen=True, slots=True)
class AskedChord:
    """A chord on [onset, end), in quarters; all tones are pitch classes.

    name: as the user wrote it. tones: those that say most about it first. essential: how many of the first
    ones may not be missing, even where there are few voices. bass: the lowest tone. root: None where nobody
    says it. spelled: the tones as they are written, in the order of ``tones``. symbol: the chord as a lead
    sheet has it, where it has such a symbol.
    """

    onset: Fraction
    end: Fraction
    name: str
    tones: tuple[int, ...]
    essential: int
    bass: int | None
    root: int | None
    spelled: tuple[Tone, ...] = ()
    symbol: ChordSymbol | None = None

    @property
    def intervals(self) -> frozenset[int]:
        """The tones as semitones above the root; of a chord with a root."""
        assert self.root is not None
        return frozenset((tone - self.root) % 12 for tone in self.tones)

    def moved(self, semitones: int) -> AskedChord:
        """The chord that many semitones higher; its name, spelling and symbol stay."""

        def up(tone: int | None) -> int | None:
            return None if tone is None else (tone + semitones) % 12

        tones = tuple((tone + semitones) % 12 for tone in self.tones)
        return replace(self, tones=tones, bass=up(self.bass), root=up(self.root))


@dataclass(frozen=True, slots=True)
class AskedHarmony:
    """The chords that are asked for in a piece, in order, without overlaps.

    strict: whether only their tones may be struck between their onsets, too.
    """

    chords: tuple[AskedChord, ...] = ()
    strict: bool = False

    def moved(self, semitones: int) -> AskedHarmony:
        """The same that many semitones higher."""
        return replace(self, chords=tuple(chord.moved(semitones) for chord in self.chords))


def asked_symbol(onset: Fraction, end: Fraction, name: str, chord: ChordSymbol) -> AskedChord:
    """What a chord symbol asks for: what says more about it than its root is essential."""
    tones = tuple(tone.pitch_class for tone in chord.tones)
    root = chord.root.pitch_class if chord.kind not in FUNCTIONAL else None
    essential = tones.index(root) if root in tones else len(tones)
    bass = chord.sounding_bass.pitch_class
    return AskedChord(onset, end, name, tones, max(1, essential), bass, root, chord.tones, chord)
