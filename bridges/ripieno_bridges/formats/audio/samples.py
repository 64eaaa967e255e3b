"""Samples of sound: what the makers of sound share, and WAV files."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 44_100  # samples a second
FULL_SCALE = 32_767  # the largest sample of 16 bits

Samples = NDArray[np.float32]  # (n,) one channel, 1 where 16 bits end


class PlayedNote(NamedTuple):
    """A note in the time of a recording."""

    onset_seconds: float
    end_seconds: float
    pitch: int  # MIDI note number


def sample_at(seconds: float) -> int:
    """The index of the sample at a time."""
    return round(seconds * RATE)


def root_mean_square(sound: Samples, notes: Sequence[PlayedNote]) -> float:
    """The loudness of a line while it sounds, release and all: rests between its notes do not count."""
    sounding = np.zeros(len(sound), bool)
    for note in notes:
        sounding[sample_at(note.onset_seconds) : sample_at(note.end_seconds)] = True
    energy = float(np.dot(sound, sound))
    return float(np.sqrt(energy / max(1, int(sounding.sum()))))


def wav_bytes(sound: Samples) -> bytes:
    """A WAV file with one channel of 16 bits. sound: within -1 and 1, or it would clip."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(sound * FULL_SCALE).astype("<i2").tobytes())
    return out.getvalue()
