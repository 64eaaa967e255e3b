"""The second program: abc2midi plays the notes that we read, at the times that we read."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from mido import MidiFile

from common import host_or_skip
from ripieno_bridges.formats.abc.reader import read_tunes
from ripieno_bridges.formats.files import source_of_tune

pytestmark = pytest.mark.host

Played = tuple[float, int]  # onset in quarters, pitch
SLACK = 0.05  # quarters: abc2midi strikes the notes of a chord one after the other
KEYS = (
    "C",
    "G",
    "Dm",
    "Ador",
    "E mix",
    "Bb",
    "F# minor",
    "A phr",
    "Eb lyd",
    "D =c",
    "G exp ^c _e",
    "HP",
    "none",
)

HYMN = """X:1
T:A Hymn
M:3/4
L:1/4
%%score (S A) (T B)
V:S clef=treble name="Soprano"
V:A name="Alto"
V:T clef=bass name="Tenor"
V:B name="Bass"
K:F
[V:S] F | A>B c | (d c) A | G3- | G2 G | =B c d | c3/2 B/ A | (3G/A/B/ A G | F2 |]
[V:A] C | F2 F | F F/E/ F | E3- | E2 E | F E F | F2 E | D C C | C2 |]
[V:T] A, | C D C | B, C C | C3- | C2 C | D C B, | C2 C | B, A, B, | A,2 |]
[V:B] F, | F,2 A,, | B,, A,, F,, | C,3- | C,2 C, | G,, A,, =B,, | A,,2 A, | B,, C, [C,C,,] | [F,F,,]2 |]
"""


def random_tune(chance: random.Random, number: int) -> str:
    """A tune of odd notation: accidentals, octaves, lengths, tuplets, dotted pairs, ties, changes of key."""
    meter = chance.choice(("4/4", "3/4", "6/8", "2/4", "C|"))
    rows = [f"X:{number}", f"M:{meter}", f"K:{chance.choice(KEYS)}"]
    for _ in range(4):
        row = [f"[K:{chance.choice(KEYS)}]" if chance.random() < 0.2 else ""]
        for _ in range(chance.randint(3, 9)):
            row.append(random_group(chance))
            row.append(chance.choice(("", " ", "|", " | ")))
        rows.append("".join(row) + "|")
    return "\n".join(rows)


def random_group(chance: random.Random) -> str:
    """A few notes that belong together."""
    kind = chance.randrange(8)
    if kind == 0:
        return "(3" + "".join(random_note(chance) for _ in range(3))
    if kind == 1:
        return chance.choice((">", "<", ">>")).join((random_note(chance), random_note(chance)))
    if kind == 2:
        note = random_note(chance)
        return f"{note}-{note.lstrip('^_=')}"
    if kind == 3:
        return chance.choice(("z", "z2", "z/"))
    if kind == 4:
        return "[CEG]" + chance.choice(("", "2", "3/2"))
    return random_note(chance) + chance.choice(("", "2", "3", "/", "3/2", "//", "/4"))


def random_note(chance: random.Random) -> str:
    accidental = chance.choice(("", "", "", "", "^", "_", "=", "^^", "__"))
    return accidental + chance.choice("ABCDEFGabcdefg") + chance.choice(("", "", ",", "'"))


def played_by_abc2midi(folder: Path, tunes: Sequence[str]) -> list[list[Played]]:
    """What abc2midi plays of each tune."""
    program = host_or_skip(shutil.which("abc2midi"), "abc2midi (Debian's abcmidi)")
    (folder / "book.abc").write_text("\n\n".join(tunes) + "\n")
    subprocess.run([program, "book.abc"], cwd=folder, check=False, capture_output=True, timeout=60)
    return [notes_of(MidiFile(folder / f"book{number}.mid")) for number in range(1, len(tunes) + 1)]


def notes_of(midi: MidiFile) -> list[Played]:
    found = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found.append((tick / midi.ticks_per_beat, message.note))
    return sorted(found)


def read_by_us(tunes: Sequence[str]) -> list[list[Played]]:
    """The onsets and pitches of every note that we read of each tune, inner notes of chords too."""
    found = []
    for _, tune in read_tunes("\n\n".join(tunes).encode(), "book.abc"):
        assert not isinstance(tune, Exception), tune
        source = source_of_tune(Path("book.abc"), tune)
        notes = {(note.onset, note.pitch) for line in source.lines for note in line.every_note}
        found.append(sorted((float(onset), pitch) for onset, pitch in notes))
    return found


def differences(
    ours: Sequence[Played], theirs: Sequence[Played]
) -> list[tuple[Played | None, Played | None]]:
    """The notes of one side that the other does not have."""
    left = list(theirs)
    alone: list[tuple[Played | None, Played | None]] = []
    for onset, pitch in ours:
        same = next((n for n in left if n[1] == pitch and abs(n[0] - onset) < SLACK), None)
        if same is None:
            alone.append(((onset, pitch), None))
        else:
            left.remove(same)
    return alone + [(None, note) for note in left]


def test_abc2midi_plays_the_notes_of_random_tunes(tmp_path: Path) -> None:
    chance = random.Random(7)
    tunes = [random_tune(chance, number) for number in range(1, 41)]
    theirs, ours = played_by_abc2midi(tmp_path, tunes), read_by_us(tunes)
    found = [(tune, differences(a, b)) for tune, a, b in zip(tunes, ours, theirs, strict=True)]
    assert [(tune, alone) for tune, alone in found if alone] == []


def test_abc2midi_plays_the_four_voices_of_a_hymn(tmp_path: Path) -> None:
    (theirs,), (ours,) = played_by_abc2midi(tmp_path, [HYMN]), read_by_us([HYMN])
    assert len(ours) > 70
    assert differences(ours, theirs) == []
