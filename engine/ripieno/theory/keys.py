"""Keys and how well notes fit them; the key of each beat of a piece. The home key: ``home_key``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import log
from statistics import correlation

from ripieno.score import Key, Note

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
AT_HOME = 0.1  # nats: the weight for the home key on each beat
HOMECOMING = 1.0  # nats: how much less it costs to come to the home key than to another
RETURN = 2.5  # nats: its weight where the piece begins and closes on its tonic


def pitch_class_times(lines: Iterable[Iterable[Note]]) -> list[Fraction]:
    """(12,) how long each pitch class sounds in these lines of notes, in quarters."""
    times = [Fraction(0)] * 12
    for line in lines:
        for note in line:
            times[note.pitch % 12] += note.duration
    return times


def profile_fit(times: Sequence[Fraction], key: Key) -> float:
    """How well the times of the pitch classes fit a key's profile: their correlation; 0 if all are equal."""
    if len(set(times)) == 1:
        return 0.0
    tonic = tonic_of(key)
    turned = [float(time) for time in (*times[tonic:], *times[:tonic])]
    return correlation(turned, MINOR_PROFILE if key.mode == "minor" else MAJOR_PROFILE)


def share_outside(times: Sequence[Fraction], key: Key) -> Fraction:
    """The share of the time, by pitch class, outside of a key; in minor the raised degrees are in it."""
    own = scale_of(key)
    return sum((time for c, time in enumerate(times) if c not in own), Fraction(0)) / sum(times)


def scale_of(key: Key) -> frozenset[int]:
    """The pitch classes of a key; in minor also those of the raised degrees."""
    own = {(7 * (key.fifths + place)) % 12 for place in range(-1, 6)}
    raised = {(tonic_of(key) + 9) % 12, (tonic_of(key) + 11) % 12} if key.mode == "minor" else set()
    return frozenset(own | raised)


def signature_on(tonic: int) -> Key:
    """The key signature, its mode not known, of the major key on a pitch class: -5..6 sharps."""
    return Key((7 * tonic + 5) % 12 - 5)


def key_near(tonic: int, mode: str, signature: int) -> Key:
    """The key on a pitch class, by the one of its signatures, up to 7 accidentals, nearest to another."""
    fifths = signature_on(tonic + (3 if mode == "minor" else 0)).fifths
    spelled = (f for f in (fifths, fifths - 12, fifths + 12) if abs(f) <= 7)
    return Key(min(spelled, key=lambda f: abs(f - signature)), mode)


def local_keys(
    chords: Sequence[frozenset[int]],
    signature: Key,
    sounding: Sequence[frozenset[int]] | None = None,
    home: Key | None = None,
) -> list[Key]:
    """The key at each of a piece's beats: the likeliest path through the keys, with few changes.

    chords: the pitch classes of each beat's harmony. signature: keys far from it are less likely.
    sounding: those of all its notes, passing ones too, which count as much as the harmony.
    home: the key of the whole, where it is known: it is likelier than others, most where the piece begins
    and closes on its tonic.
    (Temperley, Music and Probability, 2007, chapter 6: presence of pitch classes, and the Viterbi path.)
    """
    keys = [Key(fifths, mode) for fifths in range(-7, 8) for mode in ("major", "minor")]
    fits = [presence(key) for key in keys]
    silent = [sum(log(1 - p) for p in fit) for fit in fits]
    gains = [[log(p / (1 - p)) for p in fit] for fit in fits]
    far = [FAR_KEY * abs(key.fifths - signature.fifths) - AT_HOME * (key == home) for key in keys]
    change = [KEY_CHANGE - HOMECOMING * (key == home) for key in keys]
    scores, closes = (
        [RETURN * (key == home and all(is_on_tonic(chord, key) for chord in end)) for key in keys]
        for end in (chords[:1], chords[-1:])
    )
    came_from: list[list[int]] = []
    for before, chord, notes in zip([frozenset[int](), *chords], chords, sounding or chords, strict=False):
        best = max(range(len(keys)), key=scores.__getitem__)
        stays = [score >= scores[best] - cost for score, cost in zip(scores, change, strict=True)]
        came_from.append([k if stays[k] else best for k in range(len(keys))])
        scores = [
            max(scores[k], scores[best] - change[k])
            - far[k]
            + RESOLUTION_BONUS * is_resolution(before, chord, key)
            + silent[k]
            + sum(gains[k][c] for pitch_classes in (chord, notes) for c in pitch_classes) / 2
            for k, key in enumerate(keys)
        ]
    path = [max(range(len(keys)), key=lambda k: scores[k] + closes[k])]
    for sources in reversed(came_from[1:]):
        path.append(sources[path[-1]])
    return [keys[k] for k in reversed(path)] if chords else []


def is_resolution(before: frozenset[int], chord: frozenset[int], key: Key) -> bool:
    """Whether two chords are dominant and tonic of a key; each must have at least its root and third."""
    tonic = tonic_of(key)
    dominant = {(tonic + 7) % 12, (tonic + 11) % 12} <= before
    third = (tonic + (3 if key.mode == "minor" else 4)) % 12
    return dominant and {tonic, third} <= chord <= {tonic, third, (tonic + 7) % 12}


def is_on_tonic(chord: frozenset[int], key: Key) -> bool:
    """Whether a chord stands on a key's tonic, with any third: it has the tonic and its fifth."""
    return {tonic_of(key), (tonic_of(key) + 7) % 12} <= chord


def presence(key: Key) -> tuple[float, ...]:
    """(12,) the probability that each pitch class, from C up, is present in a moment of this key."""
    profile = MINOR_PRESENCE if key.mode == "minor" else MAJOR_PRESENCE
    return tuple(profile[(c - tonic_of(key)) % 12] for c in range(12))


def tonic_of(key: Key) -> int:
    """The pitch class of a key's tonic; of the major key where the mode is not known."""
    return (7 * key.fifths + (9 if key.mode == "minor" else 0)) % 12
