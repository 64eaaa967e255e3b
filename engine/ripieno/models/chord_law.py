"""The chords that a user asks for, as law for new notes: masks, where a plan only advises.

Where a chord begins, every new or held note belongs to it and the bass is as asked. What says most about the
chord, a triad's third for instance, is never missing; the other tones sound where voice leading lets them.
All of them sound for two steps at least, so that no voice slips off at once. On strong beats while a chord
lasts its tones sound, too, so that no other harmony grows out of passing notes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import OPEN, GridChords
from ripieno.harmony.asked_chord import AskedChord
from ripieno.models.sampling import waive_if_empty

PITCH_CLASSES = 12


class ChordLaw:
    """Which tokens of B rows the asked chords allow. P pitches; token P holds, P + 1 rests."""

    def __init__(
        self, asked: GridChords, lowest: int, pitches: int, voice_lows: Sequence[int] | None = None
    ) -> None:
        """lowest, pitches: the network's compass. voice_lows: the lowest MIDI pitch of each voice."""
        self.asked, self.pitches = asked, pitches
        self.floors = None if voice_lows is None else np.array(voice_lows) - lowest
        self.classes = (np.arange(pitches) + lowest) % PITCH_CLASSES  # (P,)
        self.begins: list[bool] = asked.begins.tolist()
        self.binds: list[bool] = asked.binds.tolist()

    def essential(
        self, legal: NDArray[np.bool_], t: int, voice: int, last: NDArray[np.int64], now: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """The legal tokens that keep the law, without those that would leave an essential tone out.

        legal: (B, K) bool. last, now: (B, V) pitch indices of the frame before and of this one, P silent, P +
        1 unknown. Returns a new (B, K).
        """
        if t and self.begins[t - 1] and not self.begins[t]:
            return self.held(legal)
        if not self.binds[t]:
            return legal
        chord = self.asked.at(t)
        assert chord is not None
        lower_voice = voice == last.shape[1] - 1
        tones = self.lowest_tones(chord) if lower_voice and self.begins[t] else chord.tones
        allowed = np.tile(np.isin(np.arange(PITCH_CLASSES), tones), (len(legal), 1))
        if self.begins[t] and not lower_voice and self.is_present(voice):
            allowed = self.completing(allowed, chord, now, chord.essential)
        legal = self.only(legal, allowed, last[:, voice])
        if self.begins[t] and lower_voice and self.has_few_voices and self.floors is not None:
            legal = self.leaving_room(legal, chord, last[:, voice], now)
        return legal

    def complete(
        self, legal: NDArray[np.bool_], t: int, voice: int, last: NDArray[np.int64], now: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """The legal tokens without those that would leave any tone out that the voices have room for."""
        if not self.begins[t] or voice == last.shape[1] - 1 or not self.is_present(voice):
            return legal
        chord = self.asked.at(t)
        assert chord is not None
        allowed = np.ones((len(legal), PITCH_CLASSES), dtype=np.bool_)
        return self.only(legal, self.completing(allowed, chord, now, len(chord.tones)), last[:, voice])

    def is_present(self, voice: int) -> bool:
        """Whether a voice will be heard."""
        return self.asked.present is None or bool(self.asked.present[voice])

    @property
    def has_few_voices(self) -> bool:
        """Whether some of the voices will not be heard."""
        return self.asked.present is not None and not self.asked.present.all()

    def held(self, legal: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The legal tokens without new pitches, where a voice can hold its own."""
        rule = np.ones_like(legal)
        rule[:, : self.pitches] = False
        return waive_if_empty(legal, rule)

    def lowest_tones(self, chord: AskedChord) -> tuple[int, ...]:
        """What the bass may sing where a chord begins."""
        return chord.tones if chord.bass is None else (chord.bass,)

    def completing(
        self, allowed: NDArray[np.bool_], chord: AskedChord, now: NDArray[np.int64], count: int
    ) -> NDArray[np.bool_]:
        """(B, 12) the allowed tones; where the upper voices are needed for missing ones, only those.

        count: of the chord's first tones, that may not be missing. The bass brings its own, where it is
        heard.
        """
        upper = now[:, :-1]
        bass = chord.bass if self.is_present(now.shape[1] - 1) else None
        if self.asked.present is not None:
            now, upper = now[:, self.asked.present], upper[:, self.asked.present[:-1]]
        wanted = [tone for tone in chord.tones[:count] if tone != bass][: upper.shape[1]]
        if not wanted:
            return allowed
        sounding = now < self.pitches
        heard = np.where(sounding, self.classes[np.minimum(now, self.pitches - 1)], OPEN)
        missing = np.zeros_like(allowed)
        for tone in wanted:
            missing[:, tone] = (heard != tone).all(1)
        left = (upper > self.pitches).sum(1)  # the voices that are not chosen yet, this one too
        needed = missing.any(1) & (missing.sum(1) >= left)
        return np.where(needed[:, None], allowed & missing, allowed)

    def leaving_room(
        self, legal: NDArray[np.bool_], chord: AskedChord, own: NDArray[np.int64], now: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """The legal tokens of the bass, without those above which an essential tone finds no place.

        A place lies below the upper voices that are chosen, and in the range of one that is not. own: (B,) as
        in ``only``. All tokens in rows where none leaves room.
        """
        assert self.asked.present is not None
        assert self.floors is not None
        upper = np.flatnonzero(self.asked.present[:-1])
        if not len(upper):
            return legal
        pitches = now[:, upper]
        known = pitches < self.pitches
        open_voices = pitches > self.pitches  # (B, U)
        top = np.where(known, pitches, self.pitches).min(1)  # (B,)
        floor = np.where(open_voices, self.floors[upper], self.pitches).min(1)
        heard = np.where(known, self.classes[np.minimum(pitches, self.pitches - 1)], OPEN)
        room = np.ones_like(legal)
        bass = np.arange(self.pitches)
        for tone in chord.tones[: chord.essential]:
            wanted = open_voices.any(1) & (heard != tone).all(1)  # (B,)
            places = np.flatnonzero(self.classes == tone)
            lowest = np.maximum(bass, floor[:, None])  # (B, P) from where on a place counts
            index = np.searchsorted(places, lowest)
            found = np.append(places, 2 * self.pitches)[index] <= top[:, None]
            room[:, : self.pitches] &= found | (self.classes == tone) | ~wanted[:, None]
        rows = np.arange(len(own))
        room[:, self.pitches] = room[rows, np.minimum(own, self.pitches - 1)]
        return waive_if_empty(legal, room)

    def only(
        self, legal: NDArray[np.bool_], allowed: NDArray[np.bool_], own: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """The legal tokens that sound an allowed pitch class, (B, 12); all in the rows where there are none.

        own: (B,) the voice's pitch in the frame before. A hold sounds that.
        """
        rule = np.ones_like(legal)
        rule[:, : self.pitches] = allowed[:, self.classes]
        held = self.classes[np.minimum(own, self.pitches - 1)]
        rule[:, self.pitches] = allowed[np.arange(len(own)), held]
        return waive_if_empty(legal, rule)
