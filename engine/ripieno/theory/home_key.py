"""Find the home key of a piece, its tonic and mode, from its notes, its signature and its close.

Each of the 24 keys gets points for what speaks for it, ``WEIGHTS``; the one with the most is the home key. A
final bass note decides alone. A mode such as Dorian is told as minor or major by its third.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

from ripieno.grid import Grid, column_notes
from ripieno.score import Key, Note, Score
from ripieno.theory.keys import key_near, pitch_class_times, profile_fit, share_outside, tonic_of

# Points, in nats, for and against a key; fitted by benchmarks/home_key.py.
WEIGHTS = {
    "accidentals": -1.8,  # each that its signature differs from the written one beyond the first
    "dorian": -0.18,  # the written signature makes it Dorian, ...
    "phrygian": -0.71,
    "mixolydian": -1.71,
    "lydian": -2.23,
    "profile": 6.88,  # correlation of the time each pitch class sounds with the key's profile
    "third sounds": 3.47,  # share of the time
    "ends on tonic": 2.21,
    "ends on third": 0.29,
    "ends 2-1": 1.35,
    "ends 7-1": 0.34,
    "ends 6-5": 0.95,
    "begins on tonic": 0.81,
    "begins on fifth": 0.76,
    "leading note rises": 1.45,
    "long on tonic": 0.43,  # share of the long notes
    "long on fifth": 0.28,
    "few notes, modal": -2.49,  # 0 to 1, of a line shorter than ``WHOLE``, which may end anywhere
    "few notes, ends on tonic": -4.94,
}
WRITTEN = {"major": 1.0, "minor": 3.0}  # points for a written mode; programs write "major" unasked

# When notes contradict their signature: shares of their time outside of its scale, and of their own key's.
CONTRADICTED, STRANGE = Fraction(3, 20), Fraction(1, 20)
DISTANT = 2  # accidentals
FEW_NOTES = 8
WHOLE = 32  # notes of a melody that is taken to have its end
MODES = ("major", "minor")


@dataclass(frozen=True, slots=True)
class HomeKey:
    """The home key of a piece.

    key: spelled as near to the signature as possible; its mode is "major" or "minor". contradicts: whether
    the notes contradict their signature (see ``contradicting_key``).
    """

    key: Key
    contradicts: bool = False

    @property
    def tonic(self) -> int:
        """The pitch class of the key note."""
        return tonic_of(self.key)

    @property
    def mode(self) -> str:
        """Major or minor, as in ``Key``."""
        return self.key.mode or "major"

    def has_in_triad(self, pitch: int) -> bool:
        """Whether a pitch belongs to the tonic triad."""
        return (pitch - self.tonic) % 12 in (0, third_of(self.key), 7)


def find_home_key(score: Score, *, signature_known: bool = True, is_whole: bool = True) -> HomeKey:
    """The home key of a piece: C major where it has no notes and no signature.

    signature_known: False where the score's key signature says nothing, as in MIDI files without one.
    is_whole: False where the piece is to go on, so that its last bass note decides nothing.
    """
    written = score.measures[-1].key
    lines = [voice.notes for voice in score.voices]
    if not signature_known:
        return HomeKey(key_of_lines(lines, None, is_whole=is_whole))
    if (key := contradicting_key(score)) is not None:
        return HomeKey(key, contradicts=True)
    return HomeKey(key_of_lines(lines, written, is_whole=is_whole))


def closing_tonic(score: Score, home: HomeKey) -> int | None:
    """The pitch class of the home key's note, if the piece should close on it, else ``None``.

    It should where the highest voice ends on a note of the tonic triad.
    """
    notes = next((voice.notes for voice in score.voices if voice.notes), ())
    return home.tonic if notes and home.has_in_triad(notes[-1].pitch) else None


def grid_home_key(grid: Grid, voices: Sequence[int] | None = None) -> HomeKey:
    """The home key of a grid's piece by these columns, highest first; all of them where left out."""
    columns = range(grid.cells.shape[1]) if voices is None else voices
    tonic = int(grid.tonic[-1])
    written = key_near(tonic, "major", 0) if tonic >= 0 else None
    return HomeKey(key_of_lines([column_notes(grid, v) for v in columns], written))


def contradicting_key(score: Score) -> Key | None:
    """The key of notes that contradict their key signature; None where they do not.

    They contradict it where more than ``CONTRADICTED`` of their time lies outside of its scale, but at most
    ``STRANGE`` outside of that of another key, whose tonic is the last note of the highest voice, and whose
    signature has at least ``DISTANT`` accidentals more or fewer. A mode such as Dorian differs in one only.
    Never where the signature changes, or with fewer notes than ``FEW_NOTES``.
    """
    signatures = {measure.key.fifths for measure in score.measures}
    if len(signatures) > 1 or sum(len(voice.notes) for voice in score.voices) < FEW_NOTES:
        return None
    (signature,) = signatures
    tonic = next(voice.notes[-1].pitch for voice in score.voices if voice.notes) % 12
    times = pitch_class_times([voice.notes for voice in score.voices])
    written = Key(signature, "minor" if tonic == tonic_of(Key(signature, "minor")) else "major")
    if share_outside(times, written) <= CONTRADICTED:
        return None
    keys = (key_near(tonic, mode, signature) for mode in MODES)
    found = [
        key for key in keys if abs(key.fifths - signature) >= DISTANT and share_outside(times, key) <= STRANGE
    ]
    return max(found, key=lambda key: profile_fit(times, key), default=None)


def key_of_lines(lines: Sequence[Sequence[Note]], written: Key | None, *, is_whole: bool = True) -> Key:
    """The key with the most points; on the final bass note, where two or more lines end together.

    lines: highest first; empty ones are passed over. written: the key signature, None where it is not known.
    is_whole: False where the lines go on, so that there is no final note.
    """
    singing = [line for line in lines if line]
    if not singing:
        return Key(written.fifths, written.mode or "major") if written else Key(0, "major")
    signature = written.fifths if written else 0
    keys = [key_near(tonic, mode, signature) for tonic in range(12) for mode in MODES]
    if is_whole and (bass := final_bass(singing)) is not None:
        keys = [key for key in keys if tonic_of(key) == bass.pitch % 12]
    facts = facts_of(singing)
    if written is None and len(set(facts.times)) == 1:
        return Key(0, "major")  # no pitch class stands out
    return max(keys, key=lambda key: points(facts, key, written))


def final_bass(lines: Sequence[Sequence[Note]]) -> Note | None:
    """The lowest of several lines' last notes, if the lowest line sounds to the end of the highest."""
    together = [line[-1] for line in lines if line[-1].end >= lines[0][-1].end]
    if len(lines) < 2 or lines[-1][-1] not in together:
        return None
    return min(together, key=lambda note: note.pitch)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the evidence for all keys is drawn from. Pitch classes 0..11, from C.

    times: (12,) how long each sounds in all lines, in quarters. first, last: those of the highest line.
    approach: semitones down to the last pitch from the one before it. risen: those that a semitone above
    followed. long: those of the notes longer than half of all. few: 0 to 1, how far the highest line is from
    a ``WHOLE`` one.
    """

    times: list[Fraction]
    first: int
    last: int
    approach: int
    risen: frozenset[int]
    long: tuple[int, ...]
    few: float


def facts_of(lines: Sequence[Sequence[Note]]) -> LineFacts:
    """The facts of lines that all have notes; the highest is the melody."""
    melody = lines[0]
    pitches = [note.pitch for note in melody]
    before = next((p for p in reversed(pitches) if p != pitches[-1]), pitches[-1])
    middle = median(note.duration for note in melody)
    return LineFacts(
        pitch_class_times(lines),
        pitches[0] % 12,
        pitches[-1] % 12,
        before - pitches[-1],
        frozenset(a % 12 for a, b in pairwise(pitches) if b == a + 1),
        tuple(note.pitch % 12 for note in melody if note.duration > middle),
        max(0.0, 1 - len(melody) / WHOLE),
    )


def points(facts: LineFacts, key: Key, written: Key | None) -> float:
    """What speaks for a key less what speaks against it, in nats."""
    found = sum(WEIGHTS[name] * value for name, value in evidence(facts, key, written).items())
    if written and written.mode == key.mode and written.fifths == key.fifths:
        found += WRITTEN.get(written.mode or "", 0)
    return found


def evidence(facts: LineFacts, key: Key, written: Key | None) -> dict[str, float]:
    """How far each of ``WEIGHTS`` speaks for a key: 0 or 1, a share, a correlation or a count."""
    tonic, third, minor = tonic_of(key), third_of(key), key.mode == "minor"
    last, first = (facts.last - tonic) % 12, (facts.first - tonic) % 12
    away = 0 if written is None else key.fifths - written.fifths
    long = [(c - tonic) % 12 for c in facts.long]
    return {
        "accidentals": max(abs(away) - 1, 0),
        "dorian": minor and away == -1,
        "phrygian": minor and away == 1,
        "mixolydian": not minor and away == 1,
        "lydian": not minor and away == -1,
        "profile": profile_fit(facts.times, key),
        "third sounds": float(facts.times[(tonic + third) % 12] / sum(facts.times)),
        "ends on tonic": last == 0,
        "ends on third": last == third,
        "ends 2-1": last == 0 and facts.approach == 2,
        "ends 7-1": last == 0 and facts.approach == -1,
        "ends 6-5": last == 7 and 1 <= facts.approach <= 2,
        "begins on tonic": first == 0,
        "begins on fifth": first == 7,
        "leading note rises": (tonic + 11) % 12 in facts.risen,
        "long on tonic": long.count(0) / len(long) if long else 0.0,
        "long on fifth": long.count(7) / len(long) if long else 0.0,
        "few notes, modal": facts.few * (away != 0),
        "few notes, ends on tonic": facts.few * (last == 0),
    }


def third_of(key: Key) -> int:
    """The semitones of the key's third."""
    return 3 if key.mode == "minor" else 4
