"""Our own plain sound: a soft organ-like tone of a few harmonics, and the clicks of a count-in.

Additive synthesis: one period of a pitch is summed once from its harmonics and read again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ripieno_bridges.formats.audio.samples import RATE, PlayedNote, Samples, sample_at

TABLE_BITS = 16  # a period has so many points that reading the nearest one is as exact as 16 bits are
HARMONICS = 12
DARK_HERTZ = 900.0  # above it harmonics fade, so that a bass has many of them and a soprano few
TOP_HERTZ = 8_000.0  # no harmonic above it
ATTACK_SECONDS, RELEASE_SECONDS = 0.03, 0.06  # the release ends with the note: a repeated note is heard
CLICK_SECONDS, CLICK_DECAY_SECONDS = 0.06, 0.012
CLICK_HERTZ = {True: 1_600.0, False: 1_100.0}  # of the first beat of a measure, and of the others


def render_plain(
    notes: Sequence[PlayedNote], samples: int, progress: Callable[[float], None] = lambda _: None
) -> Samples:
    """The sound of a line. progress: called after each note with the share that is done."""
    sound = np.zeros(samples, np.float32)
    tables: dict[int, Samples] = {}
    for number, note in enumerate(notes, 1):
        start, end = sample_at(note.onset_seconds), min(sample_at(note.end_seconds), samples)
        if note.pitch not in tables:
            tables[note.pitch] = one_period(hertz_of(note.pitch))
        sound[start:end] += tone(tables[note.pitch], hertz_of(note.pitch), end - start)
        progress(number / len(notes))
    return sound


def hertz_of(pitch: int) -> float:
    """The frequency of a MIDI note number, equally tempered, A4 at 440."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def one_period(hertz: float) -> Samples:
    """A period of the tone in 2**TABLE_BITS points."""
    phase = np.arange(2**TABLE_BITS) * (2 * np.pi / 2**TABLE_BITS)
    period = np.zeros(2**TABLE_BITS)
    for number in range(1, HARMONICS + 1):
        if number == 1 or number * hertz < TOP_HERTZ:
            period += np.sin(number * phase) / number / (1 + (number * hertz / DARK_HERTZ) ** 2)
    loudness = float(np.sqrt(np.mean(period**2)))
    return np.asarray(period / loudness, np.float32)


def tone(period: Samples, hertz: float, samples: int) -> Samples:
    """A note of so many samples, from silence to silence."""
    step = hertz / RATE * 2**TABLE_BITS
    index = (np.arange(samples) * step).astype(np.int64) & (2**TABLE_BITS - 1)
    sound: Samples = period[index]
    for slope, seconds in ((slice(None), ATTACK_SECONDS), (slice(None, None, -1), RELEASE_SECONDS)):
        many = min(sample_at(seconds), samples // 2)
        sound[slope][:many] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(many) / max(1, many))).astype(np.float32)
    return sound


def render_clicks(clicks: Sequence[tuple[float, bool]], samples: int) -> Samples:
    """A count-in, its loudest sample about 1. clicks: (seconds, whether it is the first of a measure)."""
    sound = np.zeros(samples, np.float32)
    time = np.arange(sample_at(CLICK_SECONDS)) / RATE
    shape = np.minimum(time / 0.001, 1) * np.exp(-time / CLICK_DECAY_SECONDS)
    for seconds, first in clicks:
        start = sample_at(seconds)
        click = shape * np.sin(2 * np.pi * CLICK_HERTZ[first] * time)
        room = min(len(click), samples - start)
        sound[start : start + room] += click[:room].astype(np.float32)
    return sound
