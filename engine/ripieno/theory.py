"""What a harmony class teaches, as tables and rules: ranges, keys, parallels."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from statistics import correlation

from ripieno.grid import REST, Cells, sounding_pitches
from ripieno.score import Key, Score

# (lowest, highest) MIDI pitch of each voice in Bach's four-part chorales, measured on music21's 368 of them.
# They bound how far a piece is moved in training.
CHORALE_RANGES = {
    "soprano": (57, 81),
    "alto": (53, 74),
    "tenor": (48, 69),
    "bass": (36, 64),
}

# What may be given to a voice: soprano lines as Bach's; the others a third wider, since other music is.
GIVEN_RANGES = {
    "soprano": (57, 81),
    "alto": (50, 77),
    "tenor": (45, 72),
    "bass": (36, 67),
}

# What a choir sings without strain, and the hard limit of every note that ripieno writes: C4-A5, F3-D5,
# C3-A4 and E2-E4, the ranges that harmony books give, a little narrower than Bach's own.
CHOIR_RANGES = {
    "soprano": (60, 81),
    "alto": (53, 74),
    "tenor": (48, 69),
    "bass": (40, 64),
}

# How strongly each pitch class belongs to C major and to C minor, in the ears of listeners
# (Krumhansl and Kessler, Psychological Review 89, 1982).
MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


def estimate_key(score: Score) -> Key:
    """The major or minor key whose profile correlates best with the time each pitch class sounds.

    (Krumhansl, Cognitive Foundations of Musical Pitch, 1990, chapter 4.) C major where no pitch
    class stands out, as in a silent score.
    """
    weights = [Fraction(0)] * 12
    for voice in score.voices:
        for note in voice.notes:
            weights[note.pitch % 12] += note.duration
    if len(set(weights)) == 1:
        return Key(0, "major")
    times = [float(w) for w in weights]
    found: list[tuple[float, Key]] = []
    for tonic in range(12):
        turned = times[tonic:] + times[:tonic]
        # The signature: a minor key has that of the major key three semitones above.
        for mode, profile, up in (("major", MAJOR_PROFILE, 0), ("minor", MINOR_PROFILE, 3)):
            fifths = (7 * (tonic + up) + 5) % 12 - 5
            found.append((correlation(turned, profile), Key(fifths, mode)))
    return max(found, key=lambda pair: pair[0])[1]


def parallels(cells: Cells) -> int:
    """How often two voices move in parallel fifths, octaves or unisons from one step to the next.

    cells: (T, V). Both voices must move: a repeated chord is no parallel, and an octave leap of one voice
    above a voice that stays is none either.
    """
    pitches = sounding_pitches(cells).astype(int)
    before, after = pitches[:-1], pitches[1:]
    sounds = (before != REST) & (after != REST) & (before != after)
    count = 0
    for a, b in combinations(range(pitches.shape[1]), 2):
        first, second = (before[:, a] - before[:, b]) % 12, (after[:, a] - after[:, b]) % 12
        perfect = (first == second) & ((first == 0) | (first == 7))
        count += int((perfect & sounds[:, a] & sounds[:, b]).sum())
    return count


def home_key(score: Score) -> tuple[int, str]:
    """(pitch class of the key note, mode) of a piece.

    Where the key signature does not say which of its two keys is meant, the last note of the highest voice
    does: A over no sharps means A minor, and so does E after a G sharp.
    """
    key = score.measures[-1].key
    major = 7 * key.fifths % 12
    notes = next((v.notes for v in score.voices if v.notes), ())
    mode = key.mode
    if mode is None and notes:
        last = (notes[-1].pitch - major) % 12
        raised_seventh = any((n.pitch - major) % 12 == 8 for n in notes)
        mode = "minor" if last == 9 or (last == 4 and raised_seventh) else "major"
    return (major + 9) % 12 if mode == "minor" else major, mode or "major"


def final_tonic(score: Score) -> int | None:
    """The pitch class of the key note on which a piece should close, ``None`` where its end is open.

    The end is closed where the highest voice ends on a note of the tonic triad.
    """
    notes = next((v.notes for v in score.voices if v.notes), ())
    if not notes:
        return None
    tonic, mode = home_key(score)
    closes = (notes[-1].pitch - tonic) % 12 in (0, 4 if mode == "major" else 3, 7)
    return tonic if closes else None
