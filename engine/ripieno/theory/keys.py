"""Find the key of a piece from its notes, its signature and its last note, and of each of its beats."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import log
from statistics import correlation

from ripieno.score import Key, Score

# How strongly each pitch class belongs to C major and to C minor, as listeners rated it
# (Krumhansl and Kessler, Psychological Review 89, 1982).
MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

# How likely each pitch class is to be present in a moment of music in C major and in C minor
# (Temperley, Music and Probability, 2007, from the Kostka-Payne corpus).
MAJOR_PRESENCE = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
MINOR_PRESENCE = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)
KEY_CHANGE = 6.0  # nats: the cost of a new key from one beat to the next
FAR_KEY = 0.15  # nats: the cost on each beat of each accidental away from the key signature
RESOLUTION_BONUS = 1.5  # nats: the weight for a key of a dominant that goes to its tonic

# When notes contradict their signature: shares of their time outside of its scale, and of their own key's.
CONTRADICTED, STRANGE = Fraction(3, 20), Fraction(1, 20)
DISTANT = 2  # accidentals
FEW_NOTES = 8


def estimate_key(score: Score) -> Key:
    """The major or minor key whose profile correlates best with the time each pitch class sounds.

    (Krumhansl, Cognitive Foundations of Musical Pitch, 1990, chapter 4.) C major where no pitch
    class stands out, as in a silent score.
    """
    times = pitch_class_times(score)
    if len(set(times)) == 1:
        return Key(0, "major")
    keys = [key_near(tonic, mode, 0) for tonic in range(12) for mode in ("major", "minor")]
    return max(keys, key=lambda key: profile_fit(times, key))


def pitch_class_times(score: Score) -> list[Fraction]:
    """(12,) how long each pitch class sounds, in quarters."""
    times = [Fraction(0)] * 12
    for voice in score.voices:
        for note in voice.notes:
            times[note.pitch % 12] += note.duration
    return times


def profile_fit(times: Sequence[Fraction], key: Key) -> float:
    """How well the times of the pitch classes, not all the same, fit a key's profile: their correlation."""
    tonic = tonic_of(key)
    turned = [float(time) for time in (*times[tonic:], *times[:tonic])]
    return correlation(turned, MINOR_PROFILE if key.mode == "minor" else MAJOR_PROFILE)


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
    times = pitch_class_times(score)
    written = Key(signature, "minor" if tonic == tonic_of(Key(signature, "minor")) else "major")
    if share_outside(times, written) <= CONTRADICTED:
        return None
    keys = (key_near(tonic, mode, signature) for mode in ("major", "minor"))
    found = [
        key for key in keys if abs(key.fifths - signature) >= DISTANT and share_outside(times, key) <= STRANGE
    ]
    return max(found, key=lambda key: profile_fit(times, key), default=None)


def share_outside(times: Sequence[Fraction], key: Key) -> Fraction:
    """The share of the time, by pitch class, outside of a key; in minor the raised degrees are in it."""
    own = {(7 * (key.fifths + place)) % 12 for place in range(-1, 6)}
    if key.mode == "minor":
        own |= {(tonic_of(key) + 9) % 12, (tonic_of(key) + 11) % 12}
    return sum((time for c, time in enumerate(times) if c not in own), Fraction(0)) / sum(times)


def key_near(tonic: int, mode: str, signature: int) -> Key:
    """The key on a pitch class, by the one of its signatures, up to 7 accidentals, nearest to another."""
    fifths = (7 * (tonic + (3 if mode == "minor" else 0)) + 5) % 12 - 5
    spelled = (f for f in (fifths, fifths - 12, fifths + 12) if abs(f) <= 7)
    return Key(min(spelled, key=lambda f: abs(f - signature)), mode)


def home_key(score: Score) -> tuple[int, str]:
    """(pitch class of the key note, mode) of a piece.

    Where the key signature has no mode, the last note of the highest voice decides: without sharps or flats,
    a final A means A minor, and so does a final E if the voice has a G sharp.
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
    """The pitch class of the key note, if the piece should close on it, else ``None``.

    It should where the highest voice ends on a note of the tonic triad.
    """
    notes = next((v.notes for v in score.voices if v.notes), ())
    if not notes:
        return None
    tonic, mode = home_key(score)
    closes = (notes[-1].pitch - tonic) % 12 in (0, 4 if mode == "major" else 3, 7)
    return tonic if closes else None


def local_keys(
    chords: Sequence[frozenset[int]], signature: Key, sounding: Sequence[frozenset[int]] | None = None
) -> list[Key]:
    """The key at each of a piece's beats: the likeliest path through the keys, with few changes.

    chords: the pitch classes of each beat's harmony. signature: keys far from it are less likely.
    sounding: those of all its notes, passing ones too, which count as much as the harmony.
    (Temperley, Music and Probability, 2007, chapter 6: presence of pitch classes, and the Viterbi path.)
    """
    keys = [Key(fifths, mode) for fifths in range(-7, 8) for mode in ("major", "minor")]
    fits = [presence(key) for key in keys]
    silent = [sum(log(1 - p) for p in fit) for fit in fits]
    gains = [[log(p / (1 - p)) for p in fit] for fit in fits]
    far = [FAR_KEY * abs(key.fifths - signature.fifths) for key in keys]
    scores = [0.0] * len(keys)
    came_from: list[list[int]] = []
    for before, chord, notes in zip([frozenset[int](), *chords], chords, sounding or chords, strict=False):
        best = max(range(len(keys)), key=scores.__getitem__)
        stays = [score >= scores[best] - KEY_CHANGE for score in scores]
        came_from.append([k if stays[k] else best for k in range(len(keys))])
        scores = [
            max(scores[k], scores[best] - KEY_CHANGE)
            - far[k]
            + RESOLUTION_BONUS * is_resolution(before, chord, key)
            + silent[k]
            + sum(gains[k][c] for pitch_classes in (chord, notes) for c in pitch_classes) / 2
            for k, key in enumerate(keys)
        ]
    path = [max(range(len(keys)), key=scores.__getitem__)]
    for sources in reversed(came_from[1:]):
        path.append(sources[path[-1]])
    return [keys[k] for k in reversed(path)] if chords else []


def is_resolution(before: frozenset[int], chord: frozenset[int], key: Key) -> bool:
    """Whether two chords are dominant and tonic of a key; each must have at least its root and third."""
    tonic = tonic_of(key)
    dominant = {(tonic + 7) % 12, (tonic + 11) % 12} <= before
    third = (tonic + (3 if key.mode == "minor" else 4)) % 12
    return dominant and {tonic, third} <= chord <= {tonic, third, (tonic + 7) % 12}


def presence(key: Key) -> tuple[float, ...]:
    """(12,) the probability that each pitch class, from C up, is present in a moment of this key."""
    profile = MINOR_PRESENCE if key.mode == "minor" else MAJOR_PRESENCE
    return tuple(profile[(c - tonic_of(key)) % 12] for c in range(12))


def tonic_of(key: Key) -> int:
    """The pitch class of a key's tonic; of the major key where the mode is not known."""
    return (7 * key.fifths + (9 if key.mode == "minor" else 0)) % 12
