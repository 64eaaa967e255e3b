"""How difficult a part is to sing: its range, leaps, tones outside the key, rhythm and comfort.

Singers at sight pitch more notes wrong where melody or harmony are altered from what is expected, and those
who miss single intervals miss more (Fine, Berry and Rosner, "The effect of pattern recognition and tonal
predictability on sight-singing ability", Psychology of Music 34(4), 2006). What counts and how much is ours:
each burden is measured by what is much of it among the voices of chorales and hymns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ripieno.ensembles.ensemble import Ranges
from ripieno.errors import count_text
from ripieno.grid import metrical_strength
from ripieno.score import Key, Measure, Meter, Note, Score, Voice
from ripieno.theory.home_key import find_home_key
from ripieno.theory.keys import scale_of
from ripieno.theory.ranges import FIFTH, OCTAVE
from ripieno.theory.texture import capitalize_first, consecutive_notes, spell
from ripieno.theory.voice_leading import AUGMENTED, SEVENTHS, fifths_upwards

Level = Literal["easy", "medium", "hard"]

TRITONE = 6  # semitones
EIGHTH = Fraction(1, 2)  # quarters
DOTTED = 3  # a dotted note is so many times as long as the note after it
FEW_NOTES = 32  # a part with fewer is measured as if it had so many
NARROW = OCTAVE  # a span up to this costs nothing

# What counts as one point (or as half a point, where the last number is .5): about the 90th percentile of the
# 1456 voices of the chorales and hymns for training, of the notes of a part, or of semitones or time.
HIGH = {
    "span": (5.0, 0.5),
    "wide leaps": (0.04, 1.0),
    "awkward leaps": (0.015, 1.0),
    "chromatic": (0.11, 1.0),
    "syncopated": (0.05, 1.0),
    "short": (0.065, 0.5),
    "dotted": (0.07, 0.5),
    "beyond": (0.08, 1.0),
}
EASY, HARD = 1.0, 3.0  # points: up to EASY are a third of those voices, above HARD a quarter
NOTABLE = 0.25  # points: what counts for less is no reason
REASONS = 3  # so many are named


@dataclass(frozen=True, slots=True)
class Burdens:
    """What makes a part difficult.

    notes: how many there are. span: semitones from the lowest to the highest. The others are numbers of
    notes. wide_leaps: reached by a leap of a sixth or an octave. awkward_leaps: by a seventh, more than an
    octave, a tritone or another augmented interval. chromatic: outside the key, in minor also outside its
    raised degrees. syncopated: held over a stronger time than they begin on. short: shorter than half a beat,
    or a third of a dotted one. dotted: shorter than two beats and three times as long as the next. beyond:
    the share of the time, 0 to 1, outside the comfortable range.
    """

    notes: int
    span: int
    wide_leaps: int
    awkward_leaps: int
    chromatic: int
    syncopated: int
    short: int
    dotted: int
    beyond: float

    def points(self) -> dict[str, float]:
        """What each burden counts for, by its name in ``HIGH``."""
        counted = max(self.notes, FEW_NOTES)
        shares = {
            "span": max(0, self.span - NARROW),
            "wide leaps": self.wide_leaps / counted,
            "awkward leaps": self.awkward_leaps / counted,
            "chromatic": self.chromatic / counted,
            "syncopated": self.syncopated / counted,
            "short": self.short / counted,
            "dotted": self.dotted / counted,
            "beyond": self.beyond,
        }
        return {name: weight * shares[name] / high for name, (high, weight) in HIGH.items()}


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How difficult a part is: a level in words, the points that it comes from, and one plain sentence."""

    voice: str
    level: Level
    points: float
    sentence: str
    burdens: Burdens


def difficulty(
    voice: Voice,
    measures: Sequence[Measure],
    *,
    home: Key | None = None,
    comfortable: tuple[int, int] | None = None,
) -> Difficulty:
    """How difficult a voice is, which has at least one note; see ``burdens`` for the arguments."""
    found = burdens(voice, measures, home=home, comfortable=comfortable)
    points = found.points()
    total = sum(points.values())
    level: Level = "easy" if total <= EASY else "medium" if total <= HARD else "hard"
    notable = [name for name in sorted(points, key=lambda name: -points[name]) if points[name] >= NOTABLE]
    reasons = [reason(name, found) for name in notable[:REASONS]]
    facts = f"within {span_text(found.span)}, with hardly a leap or a note outside the key"
    if reasons:
        listed = f"{', '.join(reasons[:-1])} and {reasons[-1]}" if len(reasons) > 1 else reasons[0]
        facts = f"{listed}, in {count_text(found.notes, 'note')}"
    sentence = f"{capitalize_first(voice.name)} is {level}: {facts}"
    return Difficulty(voice.name, level, round(total, 2), sentence, found)


def difficulties(score: Score, comfortable: Ranges) -> tuple[Difficulty, ...]:
    """How difficult each voice with notes is. comfortable: of the voices that have such a range."""
    home = find_home_key(score).key
    return tuple(
        difficulty(voice, score.measures, home=home, comfortable=comfortable.get(voice.name))
        for voice in score.voices
        if voice.notes
    )


def reason(name: str, found: Burdens) -> str:
    """Why a burden makes a part difficult, in words."""
    if name == "span":
        return f"a span of {span_text(found.span)}"
    if name == "beyond":
        return f"{found.beyond:.0%} of the time beyond its comfortable range"
    count, words = {
        "wide leaps": (found.wide_leaps, "leaps of a sixth or an octave"),
        "awkward leaps": (found.awkward_leaps, "leaps of a seventh, a tritone or the like"),
        "chromatic": (found.chromatic, "notes outside the key"),
        "syncopated": (found.syncopated, "syncopations"),
        "short": (found.short, "short notes"),
        "dotted": (found.dotted, "dotted notes"),
    }[name]
    if count == 1:
        first, _, others = words.partition(" ")
        words = f"{first.removesuffix('s')} {others}".strip()
    return f"{count} {words}"


def span_text(semitones: int) -> str:
    """A number of semitones in octaves and what is left: "1 octave and 3 semitones"."""
    octaves, left = divmod(semitones, OCTAVE)
    parts = [count_text(n, word) for n, word in ((octaves, "octave"), (left, "semitone")) if n]
    return " and ".join(parts) or "one note"


def burdens(
    voice: Voice,
    measures: Sequence[Measure],
    *,
    home: Key | None = None,
    comfortable: tuple[int, int] | None = None,
) -> Burdens:
    """What makes a voice with at least one note difficult.

    measures: of its score; their keys say what is chromatic. home: the home key, which is major or minor
    where the signature does not say. comfortable: the (lowest, highest) MIDI pitch that is sung without
    strain; ``None`` where that is not known.
    """
    keys = [with_mode(measure.key, home) for _, measure, _ in placed_notes(voice.notes, measures)]
    key_at = {note.onset: key for note, key in zip(voice.notes, keys, strict=True)}
    notes = spell(voice.notes, key_at.__getitem__)
    placed = placed_notes(notes, measures)
    followed = list(zip(placed, [*notes[1:], None], strict=True))
    leaps = [leap_kind(a, b) for a, b in consecutive_notes(notes)]
    pitches = [note.pitch for note in notes]
    low, high = comfortable or (min(pitches), max(pitches))
    strained = sum((n.duration for n in notes if not low <= n.pitch <= high), Fraction(0))

    return Burdens(
        len(notes),
        span=max(pitches) - min(pitches),
        wide_leaps=sum(kind == "wide" for kind in leaps),
        awkward_leaps=sum(kind == "awkward" for kind in leaps),
        chromatic=sum(n.pitch % 12 not in scale_of(key) for n, key in zip(notes, keys, strict=True)),
        syncopated=sum(is_syncopated(*one, after) for one, after in followed),
        short=sum(note.duration < short_below(measure.meter) for note, measure, _ in placed),
        dotted=sum(is_dotted(note, measure.meter, after) for (note, measure, _), after in followed),
        beyond=float(strained / sum(note.duration for note in notes)),
    )


def placed_notes(notes: Sequence[Note], measures: Sequence[Measure]) -> list[tuple[Note, Measure, Fraction]]:
    """Each note with its measure and how many quarters into that it begins; a pickup ends its measure."""
    found, index = [], 0
    for note in notes:
        while index + 1 < len(measures) and measures[index].end <= note.onset:
            index += 1
        measure = measures[index]
        missing = max(measure.meter.length - measure.duration, Fraction(0)) if index == 0 else Fraction(0)
        found.append((note, measure, note.onset - measure.onset + missing))
    return found


def with_mode(written: Key, home: Key | None) -> Key:
    """The key of a signature, minor where the home key on the same signature is."""
    return home if home is not None and home.fifths == written.fifths else written


def leap_kind(a: Note, b: Note) -> Literal["wide", "awkward"] | None:
    """How hard it is to reach a spelled note from the one before it; ``None`` up to a fifth."""
    way = abs(b.pitch - a.pitch)
    augmented = way > 1 and fifths_upwards(a, b) in AUGMENTED
    if augmented or way in SEVENTHS or way > OCTAVE or way == TRITONE:
        return "awkward"
    return "wide" if way > FIFTH else None


def is_syncopated(note: Note, measure: Measure, into: Fraction, after: Note | None) -> bool:
    """Whether a note between others is held over a stronger time than the one on which it begins."""
    if note.fermata or after is None or after.onset != note.end:
        return False  # the last note of a phrase may be as long as it likes
    meter = measure.meter
    begins, time = metrical_strength(into, meter), (into // EIGHTH + 1) * EIGHTH
    while time < into + note.duration:
        if metrical_strength(time % meter.length, meter) > begins:
            return True
        time += EIGHTH
    return False


def short_below(meter: Meter) -> Fraction:
    """The duration, in quarters, below which a note is short: half a beat, of a dotted one a third."""
    return meter.beat / (3 if meter.beat.numerator == 3 else 2)


def is_dotted(note: Note, meter: Meter, after: Note | None) -> bool:
    """Whether a note is dotted against the beat: three times as long as the one right after it."""
    if after is None or after.onset != note.end or note.fermata:
        return False
    return note.duration < 2 * meter.beat and meter.beat != note.duration == DOTTED * after.duration
