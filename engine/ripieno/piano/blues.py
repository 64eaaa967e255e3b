"""Twelve-bar blues for piano by a small grammar: the form, the right hand, the piece.

A blues is drawn from the outside in. The ``BluesPlan`` has the key, the form, the tempo and the left hand's
patterns. The left hand (``ripieno.piano.left_hand``) then goes through the changes, and the right hand plays
above it in three lines of four measures: a call and its response, the same call again, another call and the
turnaround.

Everything lies on sixteenths. Rhythms are written in eighths, and a shuffle moves each second eighth late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ripieno.piano.left_hand import (
    PATTERNS,
    QUARTER,
    Chance,
    Change,
    Values,
    Voicing,
    accompaniment,
    nearest_pitch,
    nearest_voicing,
    pick,
    place,
    strike,
    without_collisions,
)
from ripieno.piano.lines import lines
from ripieno.score import SIXTEENTH, Key, Note, Score, Tempo, lay_measures
from ripieno.theory.chords import (
    DIMINISHED_SEVENTH,
    DOMINANT_SEVENTH,
    HALF_DIMINISHED,
    MINOR_SEVENTH,
    Chord,
)
from ripieno.theory.keys import tonic_of

EIGHTH, MEASURE = Fraction(1, 2), Fraction(4)
DEGREE_NAMES = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")
DEGREES = {name: up for up, name in enumerate(DEGREE_NAMES)}
BLUES_SCALE = frozenset(DEGREES[name] for name in ("1", "b3", "4", "b5", "5", "b7"))


# -- the form ----------------------------------------------------------------------------------------------

# Twelve measures each; a comma divides a measure into halves.
FORMS = {
    "major": {
        "basic": "I7 I7 I7 I7  IV7 IV7 I7 I7  V7 IV7 I7 V7",
        "long dominant": "I7 I7 I7 I7  IV7 IV7 I7 I7  V7 V7 I7 I7,V7",
        "quick change": "I7 IV7 I7 I7  IV7 IV7 I7 I7  V7 IV7 I7,IV7 I7,V7",
        "passing diminished": "I7 IV7 I7 I7  IV7 #ivo7 I7 I7  V7 IV7 I7,IV7 I7,V7",
        "jazz": "I7 IV7 I7 I7  IV7 #ivo7 I7 VI7  ii7 V7 I7,VI7 ii7,V7",
        "swing": "I7 IV7 I7 v7,I7  IV7 IV7 I7 iii7,VI7  ii7 V7 I7,VI7 ii7,V7",
    },
    "minor": {
        "basic": "i7 i7 i7 i7  iv7 iv7 i7 i7  V7 iv7 i7 V7",
        "flat six": "i7 i7 i7 i7  iv7 iv7 i7 i7  bVI7 V7 i7 i7,V7",
        "quick change": "i7 iv7 i7 i7  iv7 iv7 i7 i7  iiø7 V7 i7,iv7 iiø7,V7",
    },
}
# The chords of a piece's last measure; a chord before the tonic takes one beat.
ENDINGS = {"major": ("I7", "bII7 I7", "V7 I7"), "minor": ("i7", "bII7 i7", "V7 i7")}
CHORDS = {  # by numeral: the root in semitones above the tonic, and the kind
    "I7": (0, DOMINANT_SEVENTH),
    "bII7": (1, DOMINANT_SEVENTH),
    "ii7": (2, MINOR_SEVENTH),
    "iiø7": (2, HALF_DIMINISHED),
    "iii7": (4, MINOR_SEVENTH),
    "IV7": (5, DOMINANT_SEVENTH),
    "#ivo7": (6, DIMINISHED_SEVENTH),
    "V7": (7, DOMINANT_SEVENTH),
    "v7": (7, MINOR_SEVENTH),
    "bVI7": (8, DOMINANT_SEVENTH),
    "VI7": (9, DOMINANT_SEVENTH),
    "i7": (0, MINOR_SEVENTH),
    "iv7": (5, MINOR_SEVENTH),
}


@dataclass(frozen=True, slots=True)
class BluesPlan:
    """The choices made before the first note.

    form: a name in ``FORMS``. patterns: the left hand's pattern in each chorus, names in ``PATTERNS``.
    off_beat: ``STRAIGHT`` or ``SHUFFLE``. density: 0 for few notes, 1 for many.
    ending: one of ``ENDINGS``, or ``None`` for a piece that stops after its turnaround.
    """

    key: Key
    form: str
    patterns: tuple[str, ...]
    off_beat: Fraction
    tempo_qpm: float
    density: float
    ending: str | None

    @property
    def mode(self) -> str:
        """The key's mode; major where the key has none."""
        return self.key.mode or "major"

    @property
    def tonic(self) -> int:
        """The pitch class of the tonic."""
        return tonic_of(self.key)


def draw_plan(chance: Chance, *, key: Key | None = None) -> BluesPlan:
    """Draw a plan, and a key if none is given."""
    if key is None:
        key = Key(int(chance.integers(-6, 6)), pick(("major", "major", "major", "minor"), chance))
    mode = key.mode or "major"
    choruses = int(chance.integers(1, 3))
    first = pick(tuple(PATTERNS), chance)
    patterns = (first, first if chance.random() < 0.6 else pick(tuple(PATTERNS), chance))[:choruses]
    slowest, fastest = PATTERNS[first].tempos_qpm
    return BluesPlan(
        key=key,
        form=pick(tuple(FORMS[mode]), chance),
        patterns=patterns,
        off_beat=pick(PATTERNS[first].off_beats, chance),
        tempo_qpm=float(chance.integers(slowest, fastest + 1)),
        density=float(chance.random()),
        ending=pick(ENDINGS[mode], chance) if chance.random() < 0.7 else None,
    )


def plan_changes(plan: BluesPlan) -> list[Change]:
    """The chords of every chorus, in the plan's key."""
    words = FORMS[plan.mode][plan.form].split() * len(plan.patterns)
    found: list[Change] = []
    for index, word in enumerate(words):
        onset, names = index * MEASURE, word.split(",")
        lengths = [MEASURE / len(names)] * len(names)
        if plan.ending is not None and index == len(words) - 1:
            names = plan.ending.split()
            lengths = [QUARTER, MEASURE - QUARTER] if len(names) > 1 else [MEASURE]
        for name, length in zip(names, lengths, strict=True):
            up, kind = CHORDS[name]
            root = (plan.tonic + up) % 12
            found.append(Change(onset, onset + length, Chord(root, kind, root)))
            onset += length
    return found


def chord_at(changes: Sequence[Change], time: Fraction) -> Chord:
    """The chord at a time in quarters; there must be one."""
    return next(change.chord for change in changes if change.onset <= time < change.end)


# -- chords under the fingers ------------------------------------------------------------------------------

# Voicings of the right hand by the kind of chord, in semitones above the root, which the left hand plays:
# thirds, sevenths and tensions.
COLOURED: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {
    DOMINANT_SEVENTH: ((4, 10, 14), (4, 7, 10, 14), (10, 14, 16, 21), (10, 16, 21), (10, 14, 16, 19)),
    MINOR_SEVENTH: ((3, 7, 10), (3, 7, 10, 14), (10, 15, 19), (7, 10, 15), (10, 14, 19)),
    HALF_DIMINISHED: ((3, 6, 10), (6, 10, 12, 15), (10, 15, 18)),
    DIMINISHED_SEVENTH: ((3, 6, 9), (6, 9, 12), (0, 3, 6, 9), (9, 15, 18)),
}
# The tensions that a line may add to a chord, in semitones above its root: ninth, thirteenth, eleventh.
TENSIONS: dict[tuple[int, ...], tuple[int, ...]] = {
    DOMINANT_SEVENTH: (2, 9),
    MINOR_SEVENTH: (2, 5),
    HALF_DIMINISHED: (5,),
}


# -- the right hand ----------------------------------------------------------------------------------------

RIGHT_HAND = (60, 86)
LOWEST_RIGHT = 57  # for notes that double a line from below
RIGHT_CHORDS = (59, 79)
# The degrees that may follow each degree in a line, the likelier ones more than once. The flat fifth is only
# a passing note.
MOVES = {
    "major": {
        "1": "b3 b3 b7 b7 5 6 2 1",
        "2": "1 b3 b3",
        "b3": "1 1 3 3 4",
        "3": "5 1 1 4 b3",
        "4": "b3 b3 b5 5",
        "b5": "5 4 4",
        "5": "b7 b7 6 4 b5 b5 b3 5",
        "6": "5 1 b7",
        "b7": "1 1 6 5 5",
    },
    "minor": {
        "1": "b3 b3 b7 5 2 1",
        "2": "1 b3",
        "b3": "1 1 4 2 5",
        "4": "b3 b5 5 b3",
        "b5": "4 4 5",
        "5": "b7 b7 4 4 b5 b3 5",
        "b7": "1 1 5 5",
    },
}
# Rhythms in eighths: "x" a note, "-" its continuation, "." a rest; sparse ones first. Calls have two
# measures, or one that is played twice with another last note.
CALLS = (
    "..x-x-x-|x-----..",
    "x--xx-..",
    ".xx-x-x-|x---....",
    "..xxx-x-|x-x-....",
    "x-x-x-x.",
    "x-.xx-x-|x-.xx---",
    ".x.xx-x-",
    "x-xxx-x-|-xx-....",
    ".xxxx-x-|x--xx-..",
    "xx-xx-x.",
    "xxx-x-xx|x-x-....",
    ".xxxxxx-|x-xxx-..",
    "x-xxxxx.",
    "xxxxx-xx|-xxxx-..",
    "xxxxxxxx|x-.xxxx.",
)
RESPONSES = (
    "..x-....|..x-..x.",
    "x--x-...|x--x-...",
    "..x..x..|..x...x-",
    "x-.x....|x-.x..x.",
    ".x.x..x.|..x-....",
    "...x..x.|...x..x.",
    "..x..x.x|..x..x..",
    "x-.x..x-|.x.x..x.",
)
FILLS = (
    "....x-x-|x-x-....",
    "....xxxx|x-......",
    "..xxxxx-|x---....",
    "xx-xx...|xx-xx...",
    ".xxxx-x-|x-x-....",
    "x-xx-xx-|xxxx....",
)
# Turnarounds: the tonic stays on top, and a line moves below it, one word a beat; then the dominant.
TURN_CHORDS = ("x--x..x-|x--x-...", "..x-..x-|..x-x-..", "x-.xx-.x|-..xx-..")
TURNAROUNDS = ("1 b7 6 b6 5", "1 3 4 b5 5", "5 b7 6 b6 5", "3 b3 2 b3 1")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of two measures, from time 0, which is played several times.

    touch: how the hand doubles the notes. crushed: indices of the notes with a crushed grace note a semitone
    below. moved: the transposition over the fourth degree, in semitones.
    """

    notes: tuple[Note, ...]
    touch: str
    crushed: frozenset[int]
    moved: int


def beat_values(text: str, onset: Fraction, off_beat: Fraction) -> Values:
    """(onset, duration) of the notes of a rhythm in eighths that starts at ``onset``, in quarters."""
    signs = text.replace("|", "") + "."
    times = [onset + i // 2 + (off_beat if i % 2 else 0) for i in range(len(signs))]
    found: Values = []
    for i, sign in enumerate(signs):
        if sign == "x":
            end = next(j for j in range(i + 1, len(signs)) if signs[j] != "-")
            found.append((times[i], times[end] - times[i]))
    return found


def by_density(texts: Sequence[str], density: float, chance: Chance) -> str:
    """Draw a rhythm of about this density from a list that starts with the sparse ones. density: 0 to 1."""
    place_in_list = density * (len(texts) - 1) + chance.normal(0, len(texts) / 5)
    return texts[int(np.clip(round(place_in_list), 0, len(texts) - 1))]


def colours(chord: Chord) -> frozenset[int]:
    """The pitch classes that sound well over a chord: its own and its ``TENSIONS``."""
    extra = TENSIONS.get(chord.kind, ())
    return chord.pitch_classes | {(chord.root + up) % 12 for up in extra}


def fit_pitch(pitch: int, chord: Chord, plan: BluesPlan) -> int:
    """The nearest pitch of the blues scale or the chord, of two the lower; none a semitone from the root.

    So a major third over the tonic becomes a blue third when the call returns over the fourth degree.
    """
    scale = {(plan.tonic + up) % 12 for up in BLUES_SCALE} | colours(chord)
    scale -= {(chord.root + step) % 12 for step in (-1, 1)} - chord.pitch_classes
    return next(pitch + step for step in (0, -1, 1, -2, 2) if (pitch + step) % 12 in scale)


def draw_line(
    values: Values, plan: BluesPlan, changes: Sequence[Change], start: int, chance: Chance
) -> list[Note]:
    """Draw a line in this rhythm: degrees by ``MOVES``, chord tones on strong beats and at the end.

    start: the MIDI pitch from which it begins.
    """
    notes: list[Note] = []
    pitch = start
    for index, (onset, duration) in enumerate(values):
        chord = chord_at(changes, onset)
        strong = onset % 2 == 0 or index == len(values) - 1
        words = MOVES[plan.mode].get(DEGREE_NAMES[(pitch - plan.tonic) % 12], "1 5").split()
        classes = [(plan.tonic + DEGREES[word]) % 12 for word in words]
        if strong:
            classes = [c for c in classes if c in chord.pitch_classes] or sorted(chord.pitch_classes)
        # Stay near the start of the line, seldom leap, and avoid a third note on one pitch.
        near = [nearest_pitch(c, (2 * pitch + start) // 3, *RIGHT_HAND) for c in classes]
        if chance.random() < 0.7:
            near = [p for p in near if abs(p - pitch) <= 4] or near
        if len(notes) > 1 and notes[-1].pitch == notes[-2].pitch:
            near = [p for p in near if p != pitch] or near
        pitch = fit_pitch(pick(near, chance), chord, plan)
        notes.append(Note(onset, duration, pitch))
    return notes


def draw_call(plan: BluesPlan, changes: Sequence[Change], start: int, chance: Chance) -> Call:
    """Draw a call over the first two measures of the changes, shifted to time 0. start: a MIDI pitch."""
    rhythm = by_density(CALLS, plan.density, chance)
    onset = changes[0].onset
    notes = draw_line(beat_values(rhythm, onset, plan.off_beat), plan, changes, start, chance)
    if "|" not in rhythm:  # repeat it with another last note
        again = [replace(n, onset=n.onset + MEASURE) for n in notes]
        last = draw_line([(again[-1].onset, again[-1].duration)], plan, changes, again[-2].pitch, chance)
        notes += [*again[:-1], *last]
    slides = {(plan.tonic + DEGREES[name]) % 12 for name in ("3", "5")}
    crushed = frozenset(
        i
        for i, note in enumerate(notes)
        if note.duration >= EIGHTH and note.pitch % 12 in slides and chance.random() < 0.5
    )
    touch = pick(("single", "single", "thirds", "thirds", "drone", "octaves"), chance)
    low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)
    moved = pick([m for m in (0, 0, 5, -7) if RIGHT_HAND[0] <= low + m and high + m <= RIGHT_HAND[1]], chance)
    return Call(tuple(replace(n, onset=n.onset - onset) for n in notes), touch, crushed, moved)


def play_call(
    call: Call, onset: Fraction, plan: BluesPlan, changes: Sequence[Change], *, moved: int = 0
) -> list[Note]:
    """The call's notes from ``onset`` on: its rhythm stays; pitches that clash with the chords are fitted."""
    notes: list[Note] = []
    for index, note in enumerate(call.notes):
        time = onset + note.onset
        chord = chord_at(changes, time)
        pitch = fit_pitch(note.pitch + moved, chord, plan)
        if note.duration >= QUARTER or note.onset.denominator == 1:
            doubled = double(pitch, call.touch, chord, plan)
            notes += strike(time, note.duration, doubled)
        if index in call.crushed:
            notes.append(Note(time, SIXTEENTH, pitch - 1))
            time, note = time + SIXTEENTH, replace(note, duration=note.duration - SIXTEENTH)
        notes.append(Note(time, note.duration, pitch))
    return notes


def double(pitch: int, touch: str, chord: Chord, plan: BluesPlan) -> list[int]:
    """The pitches that double a note: a chord note below it, the tonic above it, or the octave below."""
    if touch == "thirds":
        below = [
            p for p in range(pitch - 9, pitch - 2) if p % 12 in chord.pitch_classes and p >= LOWEST_RIGHT
        ]
        return below[-1:]
    if touch == "drone" and plan.tonic in colours(chord):
        return [p for p in range(pitch + 3, pitch + 10) if p % 12 == plan.tonic and p <= RIGHT_HAND[1]]
    return [pitch - 12] if touch == "octaves" and pitch - 12 >= LOWEST_RIGHT else []


def comp(values: Values, changes: Sequence[Change], near: Voicing, chance: Chance) -> list[Note]:
    """Chords with tensions in this rhythm ("comping"), each voiced close to the one before."""
    notes: list[Note] = []
    before: Chord | None = None
    for onset, duration in values:
        chord = chord_at(changes, onset)
        if chord != before:
            near = nearest_voicing(chord.root, COLOURED[chord.kind], near, *RIGHT_CHORDS, chance)
        before = chord
        notes += strike(onset, duration, near)
    return notes


def respond(
    onset: Fraction, plan: BluesPlan, changes: Sequence[Change], start: int, chance: Chance
) -> list[Note]:
    """Draw a response of two measures: chords, a fill, a run down the scale, or a tremolo."""
    kind = pick(("chords", "chords", "chords", "fill", "fill", "run", "tremolo"), chance)
    if kind == "chords":
        values = beat_values(by_density(RESPONSES, plan.density, chance), onset, plan.off_beat)
        return comp(values, changes, RIGHT_CHORDS, chance)
    if kind == "fill":
        values = beat_values(by_density(FILLS, plan.density, chance), onset, plan.off_beat)
        return draw_line(values, plan, changes, start, chance)
    if kind == "run":
        return run_down(onset + 2, plan, changes, chance)
    chord = chord_at(changes, onset)
    voicing = nearest_voicing(chord.root, COLOURED[chord.kind], RIGHT_CHORDS, *RIGHT_CHORDS, chance)
    return tremolo(onset + int(chance.integers(0, 2)), 2 + int(chance.integers(0, 2)), voicing)


def run_down(onset: Fraction, plan: BluesPlan, changes: Sequence[Change], chance: Chance) -> list[Note]:
    """Sixteenths down the blues scale for two beats, and a chord note on the beat after them."""
    ladder = [p for p in range(*RIGHT_HAND) if (p - plan.tonic) % 12 in BLUES_SCALE]
    top = int(chance.integers(9, len(ladder)))
    pitches = ladder[top - 7 : top + 1][::-1]
    chord = chord_at(changes, onset + 2)
    goals = [p for p in range(pitches[-1] - 5, pitches[-1]) if p % 12 in chord.pitch_classes]
    notes = [Note(onset + i * SIXTEENTH, SIXTEENTH, pitch) for i, pitch in enumerate(pitches)]
    return [*notes, Note(onset + 2, QUARTER, max(goals))]


def tremolo(onset: Fraction, beats: int, voicing: Voicing) -> list[Note]:
    """The top note of a chord and its other notes, alternating in sixteenths."""
    notes: list[Note] = []
    for i in range(4 * beats):
        notes += strike(onset + i * SIXTEENTH, SIXTEENTH, voicing[-1:] if i % 2 else voicing[:-1])
    return notes


def turn_around(onset: Fraction, plan: BluesPlan, changes: Sequence[Change], chance: Chance) -> list[Note]:
    """The last two measures of a chorus: a line below the tonic, then chords; or chords alone."""
    values = beat_values(pick(TURN_CHORDS, chance), onset, plan.off_beat)
    roots = [chord_at(changes, onset + beat).root for beat in range(5)]
    if not set(roots[:4]) <= {plan.tonic, (plan.tonic + 5) % 12} or chance.random() < 0.2:
        return comp(values, changes, RIGHT_CHORDS, chance)
    words = pick(TURNAROUNDS, chance).split()
    words = words if roots[4] == plan.tonic else words[:4]
    free = [value for value in values if value[0] >= onset + len(words)]
    return below_tonic(words, onset, plan, chance) + comp(free, changes, RIGHT_CHORDS, chance)


def below_tonic(words: Sequence[str], onset: Fraction, plan: BluesPlan, chance: Chance) -> list[Note]:
    """Degrees, one a beat, under a tonic that sounds with them or, if broken, on the off-beats."""
    top = place(plan.tonic, 67)
    broken = chance.random() < 0.5
    notes: list[Note] = []
    for beat, word in enumerate(words):
        degree = DEGREES["b3" if word == "3" and plan.mode == "minor" else word]
        under, time = place((plan.tonic + degree) % 12, top - 12), onset + beat
        if broken and word != "1":
            notes += [Note(time, plan.off_beat, under), Note(time + plan.off_beat, 1 - plan.off_beat, top)]
        else:
            notes += strike(time, QUARTER, (under, top))
    return notes


def right_hand(onset: Fraction, plan: BluesPlan, changes: Sequence[Change], chance: Chance) -> list[Note]:
    """One chorus of the right hand: call, response, the call again, response, another call, turnaround."""
    first, second, third = (onset + 4 * MEASURE * line for line in range(3))
    start = place(plan.tonic, 65 + int(chance.integers(0, 6)))
    higher = nearest_pitch((plan.tonic + 7) % 12, start + pick((-5, 4), chance), *RIGHT_HAND)
    call = draw_call(plan, [c for c in changes if c.onset >= first], start, chance)
    other = draw_call(plan, [c for c in changes if c.onset >= third], higher, chance)
    notes = play_call(call, first, plan, changes)
    notes += respond(first + 2 * MEASURE, plan, changes, start, chance)
    notes += play_call(call, second, plan, changes, moved=call.moved)
    notes += respond(second + 2 * MEASURE, plan, changes, start, chance)
    notes += play_call(other, third, plan, changes)
    turn = turn_around(third + 2 * MEASURE, plan, changes, chance)
    if plan.ending is not None and changes[-1].end == onset + 12 * MEASURE:
        return notes + close_piece(turn, changes, chance)
    return notes + turn


def close_piece(turn: Sequence[Note], changes: Sequence[Change], chance: Chance) -> list[Note]:
    """The end of the piece: a turnaround's first measure, then the last measure's chords, held."""
    barline = changes[-1].end - MEASURE
    cut = [replace(n, duration=min(n.end, barline) - n.onset) for n in turn if n.onset < barline]
    held = [(change.onset, change.end - change.onset) for change in changes if change.onset >= barline]
    return cut + comp(held, changes, RIGHT_CHORDS, chance)


# -- the piece ---------------------------------------------------------------------------------------------


def left_hand(plan: BluesPlan, changes: Sequence[Change], chance: Chance) -> list[Note]:
    """The left hand's notes: every chorus in its pattern; where the piece has an ending, a held bass."""
    measures = lay_measures(changes[-1].end)
    closing = 0 if plan.ending is None else 1
    notes: list[Note] = []
    for chorus, pattern in enumerate(plan.patterns):
        own = measures[12 * chorus : 12 * chorus + 12]
        if closing and chorus == len(plan.patterns) - 1:
            own = own[:-1]
        notes += accompaniment(changes, own, pattern, chance, off_beat=plan.off_beat)
    for change in changes if closing else ():
        if change.onset >= measures[-1].onset:
            root = place(change.chord.root, 31)
            notes += strike(change.onset, change.end - change.onset, (root, root + 12))
    return notes


def hands(plan: BluesPlan, chance: Chance) -> tuple[list[Note], list[Note]]:
    """(right, left): the notes of both hands, before collisions are removed from the left one."""
    changes = plan_changes(plan)
    right: list[Note] = []
    for chorus in range(len(plan.patterns)):
        right += right_hand(12 * MEASURE * chorus, plan, changes, chance)
    return right, left_hand(plan, changes, chance)


def twelve_bars(chance: Chance, *, key: Key | None = None) -> Score:
    """Draw a twelve-bar blues for piano: one or two choruses in 4/4, on sixteenths, in a drawn or given key.

    Its voices are lines of both hands; see ``ripieno.piano.lines``. The same seed gives the same notes.
    """
    plan = draw_plan(chance, key=key)
    right, left = hands(plan, chance)
    length = 12 * MEASURE * len(plan.patterns)
    signature = replace(plan.key, mode=plan.mode)
    return Score(
        lines([*right, *without_collisions(left, right)]),
        lay_measures(length, keys=((Fraction(0), signature),)),
        (Tempo(Fraction(0), plan.tempo_qpm),),
        title=f"Twelve-bar blues in {str(signature).removesuffix(' major')}",
    )
