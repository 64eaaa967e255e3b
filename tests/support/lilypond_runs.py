"""LilyPond itself: what it says of files, and the notes of the MIDI files that it makes."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import mido

from common import host_or_skip

Played = tuple[Fraction, Fraction, int]  # onset and length in quarters, pitch
TIMEOUT_SECONDS = 280


def compile_files(folder: Path, files: Mapping[str, bytes], *, pages: bool = False) -> str:
    """What LilyPond says of some files, by their stems, compiled in one run. pages: whether to print them."""
    program = host_or_skip(shutil.which("lilypond"), "lilypond")
    for name, data in files.items():
        (folder / f"{name}.ly").write_bytes(data)
    options = ["-dno-point-and-click", f"-dprint-pages=#{'t' if pages else 'f'}"]
    names = [f"{name}.ly" for name in files]
    done = subprocess.run(
        [program, *options, *names], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    return done.stderr


def complaints(said: str) -> list[str]:
    """The warnings and errors in what LilyPond says."""
    return [line for line in said.splitlines() if "warning" in line or "error" in line]


def played_notes(path: Path) -> Counter[Played]:
    """Every note of a MIDI file, on all its channels."""
    file = mido.MidiFile(path)
    found: Counter[Played] = Counter()
    for track in file.tracks:
        tick, begun = 0, dict[tuple[int, int], list[int]]()
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                begun.setdefault((message.channel, message.note), []).append(tick)
            elif message.type in ("note_on", "note_off"):
                start = begun[message.channel, message.note].pop(0)
                ticks = file.ticks_per_beat
                found[Fraction(start, ticks), Fraction(tick - start, ticks), message.note] += 1
    return found


def rounded(notes: Counter[Played]) -> Counter[tuple[float, float, int]]:
    """The same with times that ticks cannot tell apart."""
    found: Counter[tuple[float, float, int]] = Counter()
    for (onset, length, pitch), count in notes.items():
        found[round(float(onset), 2), round(float(length), 2), pitch] += count
    return found
