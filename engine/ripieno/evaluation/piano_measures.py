"""How good piano music is, in countable things: hands, harmony, closes, form, what comes back.

Each measure is a small function: of a piece, a share as ``Share``, so that the shares of pieces can be added.
Chords and keys are read as ``theory`` reads them, which errs now and then; so a figure says something only
beside that of other music, counted alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from ripieno.evaluation.piano_music import PianoMusic
from ripieno.evaluation.share import Share, share_of
from ripieno.piano.blues_scheme import measures_on_scheme
from ripieno.score import Key, Note
from ripieno.theory.chords import Chord
from ripieno.theory.closes import AUTHENTIC, AUTHENTIC_INVERTED, HALF, PLAGAL, close_kind
from ripieno.theory.keys import tonic_of

CLOSED = (AUTHENTIC, AUTHENTIC_INVERTED, PLAGAL)
PERIOD = 8  # measures
INTRODUCTION = 4  # measures that may stand before the first period
LOOK_BACK = 16  # measures: a strain of a rag
ALIKE = 0.6  # the similarity from which on music counts as come back
PHRASE = 4  # measures
STRAIN = 16  # measures in one key that are as good as more


# -- hands -------------------------------------------------------------------------------------------------


def no_right_hand(music: PianoMusic) -> Share:
    """Measures in which no note of the right hand sounds."""
    return share_of(not sounds_in(music.right, bar.onset, bar.end) for bar in music.measures)


def an_empty_hand(music: PianoMusic) -> Share:
    """Measures in which no note of one hand, or of both, sounds."""
    return share_of(
        not all(sounds_in(hand, bar.onset, bar.end) for hand in music.hands) for bar in music.measures
    )


def sounds_in(notes: Sequence[Note], onset: Fraction, end: Fraction) -> bool:
    """Whether one of some notes sounds on [onset, end)."""
    return any(note.onset < end and note.end > onset for note in notes)


def bass_then_chord(music: PianoMusic) -> Share:
    """Half measures in which the left hand plays a bass and then a chord, of those in which it plays.

    At their beginning it strikes one key or an octave; a quarter of the measure later two or more tones above
    it. That is a beat of a rag in 2/4, and half a measure of one in 4/4.
    """
    hits = []
    for bar in music.measures:
        for start, end in ((bar.onset, bar.middle), (bar.middle, 2 * bar.middle - bar.onset)):
            low, high = (struck_at(music.left, time) for time in (start, (start + end) / 2))
            if sounds_in(music.left, start, end):
                is_bass = len({note.pitch % 12 for note in low}) == 1
                is_chord = len({note.pitch % 12 for note in high}) > 1
                hits.append(is_bass and is_chord and low[0].pitch < high[0].pitch)
    return share_of(hits)


def struck_at(notes: Sequence[Note], time: Fraction) -> list[Note]:
    """The notes that begin at a time, from low to high. notes: by onset and then from low to high."""
    first = bisect_left(notes, time, key=lambda note: note.onset)
    return [note for note in notes[first : first + 10] if note.onset == time]


# -- harmony -----------------------------------------------------------------------------------------------


def chord_changes(music: PianoMusic) -> Share:
    """Changes of the chord's root from one half of a measure to the next, a measure."""
    return Share(len(changing_halves(music)), len(music.measures))


def changes_at_barlines(music: PianoMusic) -> Share:
    """Changes of the root that fall on a barline, and not on the middle of a measure."""
    return share_of(half % 2 == 0 for half in changing_halves(music))


def changing_halves(music: PianoMusic) -> list[int]:
    """The halves of measures on which another root begins than that before."""
    roots = [None if chord is None else chord.root for chord in music.half_chords]
    return [i for i, (a, b) in enumerate(pairwise(roots), 1) if None not in (a, b) and a != b]


def measures_in_a_key(music: PianoMusic) -> Share:
    """For how many measures on end the key of a measure holds, at most ``STRAIN``: the mean over measures."""
    total = sum(min(len(run), STRAIN) * len(run) for run in runs(music.keys))
    return Share(total, len(music.measures))


def runs(keys: Sequence[Key]) -> list[range]:
    """The stretches of one key."""
    starts = [i for i, key in enumerate(keys) if i == 0 or key != keys[i - 1]]
    return [range(a, b) for a, b in pairwise([*starts, len(keys)])]


def ends_on_tonic(music: PianoMusic) -> Share:
    """Pieces whose last chord stands on the key note."""
    last = next((chord for chord in reversed(music.half_chords) if chord is not None), None)
    return share_of([last is not None and last.root == music.tonic])


def close_on_tonic(music: PianoMusic) -> Share:
    """Pieces whose last chord stands on the key note, reached in the last two measures by a close.

    That is from a dominant, a chord on the leading note, or a subdominant.
    """
    end = max((i for i, chord in enumerate(music.half_chords, 1) if chord is not None), default=0)
    closed = closes_before(music.half_chords[:end], music.tonic)
    return share_of([bool(ends_on_tonic(music).count) and closed])


def closes_before(chords: Sequence[Chord | None], tonic: int) -> bool:
    """Whether one of the last four of some chords, the halves of two measures, closes on the tonic."""
    pairs = list(pairwise(chords))[-4:]
    return any(close_kind(pair, tonic) in CLOSED for pair in pairs)


# -- form --------------------------------------------------------------------------------------------------


def periods_closed(music: PianoMusic) -> Share:
    """Groups of eight measures with a cadence on the downbeat of the last one; see ``has_cadence``.

    They are counted from each key signature on, or from four measures later, where more of them close then.
    """
    return groups_closed(music, (0, INTRODUCTION))


def other_groups_closed(music: PianoMusic) -> Share:
    """The same of groups that begin one, two or three measures later: what there is without any periods."""
    shares = (groups_closed(music, (late, late + INTRODUCTION)) for late in (1, 2, 3))
    return sum(shares, Share())


def groups_closed(music: PianoMusic, starts: Sequence[int]) -> Share:
    """The same of groups that begin so many measures after each signature, whichever start closes more."""
    return sum((max_closed(music, section, starts)[1] for section in music.sections), Share())


def first_period(music: PianoMusic, section: range) -> int:
    """How many measures of a section stand before its periods: none, or an introduction."""
    return max_closed(music, section, (0, INTRODUCTION))[0]


def max_closed(music: PianoMusic, section: range, starts: Sequence[int]) -> tuple[int, Share]:
    """(the start after which more groups of a section close, the share of them that do)."""
    ends = [section[start + PERIOD - 1 :: PERIOD] for start in starts]
    found = [share_of(has_cadence(music, measure) for measure in measures) for measures in ends]
    both = list(zip(starts, found, strict=True))
    return max(both, key=lambda one: one[1].count / max(1, one[1].of))


def has_cadence(music: PianoMusic, measure: int) -> bool:
    """Whether the tonic after a dominant, or the dominant after something else, comes on a downbeat.

    In the home key of the signature. The chords are those of the halves of measures.
    """
    home = next(music.home_of(section) for section in music.sections if measure in section)
    chords = music.half_chords[max(0, 2 * measure - 1) : 2 * measure + 1]
    if None in chords or len({chord.root for chord in chords if chord}) < 2:
        return False
    return close_kind(chords, tonic_of(home)) in (AUTHENTIC, AUTHENTIC_INVERTED, HALF)


def on_blues_scheme(music: PianoMusic) -> Share:
    """Measures whose chord has the root that a twelve-bar blues has there, see ``measures_on_scheme``."""
    roots = [None if chord is None else (chord.root - music.tonic) % 12 for chord in music.measure_chords]
    return Share(measures_on_scheme(roots, music.key.mode or "major"), len(roots))


# -- what comes back ---------------------------------------------------------------------------------------


def measures_that_return(music: PianoMusic) -> Share:
    """Measures, from the second on, that are like one of the ``LOOK_BACK`` measures before."""
    bars = strikes_by_measure(music)
    return share_of(
        any(similarity(bars[i], other) >= ALIKE for other in bars[max(0, i - LOOK_BACK) : i])
        for i in range(1, len(bars))
    )


def phrases_that_return(music: PianoMusic) -> Share:
    """Phrases of four measures, at every measure, that are like one 4 to ``LOOK_BACK`` measures before.

    The four measures must not be alike among themselves: a figure that goes on is no phrase that comes back.
    """
    bars = strikes_by_measure(music)
    hits = []
    for start in range(PHRASE, len(bars) - PHRASE + 1):
        here = bars[start : start + PHRASE]
        varied = mean_similarity(here, [*here[1:], here[0]]) < ALIKE
        before = range(max(0, start - LOOK_BACK), start - PHRASE + 1)
        hits.append(varied and any(mean_similarity(here, bars[b : b + PHRASE]) >= ALIKE for b in before))
    return share_of(hits)


Strikes = frozenset[tuple[Fraction, int]]  # (time since the barline, pitch)


def strikes_by_measure(music: PianoMusic) -> list[Strikes]:
    """The keys struck in each measure, and when."""
    return [
        frozenset((n.onset - bar.onset, n.pitch) for n in music.notes if bar.onset <= n.onset < bar.end)
        for bar in music.measures
    ]


def similarity(one: Strikes, other: Strikes) -> float:
    """The share of the strikes of two measures that both have, 0 to 1 (Dice); 0 for silence."""
    both = len(one) + len(other)
    return 2 * len(one & other) / both if one and other else 0.0


def mean_similarity(one: Sequence[Strikes], other: Sequence[Strikes]) -> float:
    """The mean similarity of the measures of two phrases of one length."""
    return sum(map(similarity, one, other)) / len(one)


MEASURES: dict[str, Callable[[PianoMusic], Share]] = {
    "no right hand": no_right_hand,
    "an empty hand": an_empty_hand,
    "bass then chord": bass_then_chord,
    "chord changes": chord_changes,
    "changes at barlines": changes_at_barlines,
    "measures in a key": measures_in_a_key,
    "ends on tonic": ends_on_tonic,
    "close on tonic": close_on_tonic,
    "periods closed": periods_closed,
    "other groups closed": other_groups_closed,
    "on blues scheme": on_blues_scheme,
    "measures return": measures_that_return,
    "phrases return": phrases_that_return,
}
