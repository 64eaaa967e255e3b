"""The sound of a performance: each voice by itself, equally loud, and mixed into tracks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ripieno.errors import RequestError
from ripieno_bridges.formats.audio.fluidsynth import FluidSynth
from ripieno_bridges.formats.audio.plain_sound import render_clicks, render_plain
from ripieno_bridges.formats.audio.samples import RATE, PlayedNote, Samples, root_mean_square, sample_at
from ripieno_bridges.formats.practice.performance import Performance
from ripieno_bridges.formats.practice.sung_parts import SungPart
from ripieno_bridges.formats.practice.track_midi import track_midi
from ripieno_bridges.formats.practice.tracks import PracticeTrack

RELEASE_SECONDS = 1.0  # after the end
PEAK = 10 ** (-1 / 20)  # the loudest sample of all tracks, 1 dB below clipping
CLICK_PEAK = 2.0  # beside voices whose root mean square is 1
MAX_VOICE_MINUTES = 120  # of sound that is in memory at once
BLOCK = 30 * RATE  # samples that are mixed at a time


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Each voice by itself, its root mean square 1 while it sounds, and the clicks; all of one length."""

    voices: dict[str, Samples]
    clicks: Samples

    def mix(self, track: PracticeTrack, start: int = 0, end: int | None = None) -> Samples:
        """The samples from start to end of a track, at whatever level."""
        mixed = self.clicks[start:end].copy()
        for name, gain in track.gains.items():
            mixed += np.float32(gain) * self.voices[name][start:end]
        return mixed

    def scale_for(self, tracks: Sequence[PracticeTrack]) -> np.float32:
        """The factor for all tracks alike with which none of them clips."""
        starts = range(0, len(self.clicks), BLOCK)
        blocks = (self.mix(track, start, start + BLOCK) for track in tracks for start in starts)
        return np.float32(PEAK / max(float(np.abs(block).max()) for block in blocks))


def record(
    performance: Performance, synth: FluidSynth | None, progress: Callable[[float], None] = lambda _: None
) -> Recording:
    """The sound of every voice. synth: ``None`` for our own plain sound.

    Raises RequestError for more sound than can be made at once.
    """
    parts = performance.parts
    samples = sample_at(performance.seconds_at(performance.end) + RELEASE_SECONDS)
    check_length(samples / RATE / 60, len(parts))
    voices: dict[str, Samples] = {}
    for number, part in enumerate(parts):

        def share(fraction: float, number: int = number) -> None:
            progress((number + fraction) / len(parts))

        notes = sounding_notes(part, performance)
        if synth is None:
            sound = render_plain(notes, samples, share)
        else:
            alone = replace(performance, parts=(part,), clicks=())
            sound = synth.render(track_midi(alone, {part.name: 1.0}), samples)
            share(1)
        sound /= np.float32(root_mean_square(sound, notes))
        voices[part.name] = sound
    clicks = render_clicks([(performance.seconds_at(c.onset), c.first) for c in performance.clicks], samples)
    return Recording(voices, np.float32(CLICK_PEAK) * clicks)


def check_length(minutes: float, voices: int) -> None:
    """Raise RequestError for more sound than fits into memory."""
    if minutes * voices > MAX_VOICE_MINUTES:
        most = MAX_VOICE_MINUTES // voices
        raise RequestError(
            f"{voices} voices of {minutes:.0f} minutes are too much sound at once, {most} minutes are the "
            "most; save the piece in sections"
        )


def sounding_notes(part: SungPart, performance: Performance) -> list[PlayedNote]:
    """The notes of a voice in seconds."""
    at = performance.seconds_at
    return [PlayedNote(at(n.onset), at(n.end), n.pitch) for line in part.voices for n in line.notes]
