"""How the networks hear the given notes: as a mixed choir, in the octave and in the key that its voices know.

A network knows each voice in its range, and each key by its signature. Notes outside of the range are shown
to it elsewhere, notes that contradict their signature under another one; what it writes is moved back, and
the given notes are exactly as they were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.ensembles.ensemble import Ensemble, Ranges
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import count_text
from ripieno.models.generator import Generator
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Key, Note, Score, Voice, transpose, transpose_note
from ripieno.tasks.checks import (
    beyond,
    check_ranges,
    fitting_octaves,
    fitting_transposition,
    transposition_room,
)
from ripieno.tasks.seating import Seating, seating_of
from ripieno.theory.home_key import contradicting_key
from ripieno.theory.ranges import OCTAVE

CHOIR = seating_of(MIXED_CHOIR)
NEAR = 6  # semitones: so far all voices are moved together, before one is moved by octaves alone
OCTAVES = range(-10, 11)  # of MIDI pitches
RELUCTANCE = 2.0  # semitones
LOWEST, HIGHEST = 14, 125  # MIDI pitches that can be written, whatever their spelling


@dataclass(frozen=True, slots=True)
class Moves:
    """The semitones from the written to the heard notes: of all voices, and octaves of each one besides."""

    together: int
    own: tuple[int, ...]

    def of(self, voice: int) -> int:
        """The semitones by which a voice, by its index, is moved."""
        return self.together + self.own[voice]


@dataclass(frozen=True, slots=True)
class Hearing:
    """An ensemble's score as it is written and as the networks hear it, in four voices, and the way back.

    key: that of the notes, where it is not the signature's. moves: of the new notes; given ones that would
    still lie outside their ranges are heard in other octaves. given: the written score with the given notes
    only. seating: which of the four voices sings which of the ensemble's. ranges: that may be given. reasons:
    why it is heard as it is, a sentence each; none where it is heard as it is written.
    """

    written: Score
    heard: Score
    given: Score
    key: Key | None
    moves: Moves
    seating: Seating
    ranges: Ranges
    reasons: tuple[str, ...]

    @property
    def together(self) -> int:
        """The semitones from the written harmony to the one that is heard."""
        return self.moves.together + self.seating.shift

    def as_written(self, result: Result) -> Result:
        """A result on the heard score, as one on the written score."""
        if not self.reasons and self.seating.is_choir:
            return result
        voices: list[Voice] = []
        new_voices: list[Voice] = []
        for voice, seat in zip(self.written.voices, self.seating.seats, strict=True):
            if seat is None:
                voices.append(voice)
                new_voices.append(Voice(voice.name))
                continue
            v = VOICE_NAMES.index(seat)
            new = result.new[v].notes
            fresh = {note.onset for note in new}
            notes = (
                self.new_as_written(v, note) if note.onset in fresh else self.given_as_written(voice, v, note)
                for note in result.score.voices[v].notes
            )
            voices.append(replace(voice, notes=tuple(notes)))
            new_voices.append(Voice(voice.name, tuple(self.new_as_written(v, note) for note in new)))
        measures = tuple(
            replace(measure, key=self.written.measure_at(measure.onset).key)
            for measure in result.score.measures
        )
        score = replace(result.score, voices=tuple(voices), measures=measures)
        return replace(result, score=score, new=tuple(new_voices))

    def new_as_written(self, heard_voice: int, note: Note) -> Note:
        """A new note as it is written. heard_voice: the index of the voice that is heard."""
        key = self.key or self.written.measure_at(note.onset).key
        fifths = key.fifths - self.heard.measure_at(note.onset).key.fifths
        pitch = note.pitch - self.seating.shift - self.moves.of(self.written_voice(heard_voice))
        pitch += octaves_into(pitch, LOWEST, HIGHEST)
        return transpose_note(note, pitch - note.pitch, fifths)

    def written_voice(self, heard_voice: int) -> int:
        """The index of the ensemble's voice that is heard as one of the four."""
        return self.seating.seats.index(VOICE_NAMES[heard_voice])

    def given_as_written(self, voice: Voice, heard_voice: int, note: Note) -> Note:
        """A given note of a written voice, or a part of one, with the pitch that is written."""
        heard = self.heard.voices[heard_voice].notes
        index = bisect_right(heard, note.onset, key=lambda other: other.onset) - 1
        original = voice.notes[index]
        return replace(note, pitch=original.pitch, spelling=original.spelling)

    def remarks(self, results: Sequence[Result]) -> tuple[str, ...]:
        """The reasons, and the transposition that would suit everybody where new notes suit nobody.

        results: as written.
        """
        found = list(self.reasons)
        far = farthest_new_note(results, self.seating.ensemble.ranges)
        down, up = transposition_room(self.given, self.ranges)
        if far is not None and self.moves != unmoved(self.written) and down <= up:
            semitones = fitting_transposition(self.given, self.ranges)
            key = transpose(self.given, semitones).measures[0].key
            found.append(
                f"new notes lie beyond a choir's voices, such as {far}; moved by {semitones:+d} "
                "semitones, to "
                f"{key}, everybody could sing it (transpose {semitones:+d}, or auto)"
            )
        return tuple(found)


def hear(
    score: Score,
    model: Generator,
    given: Collection[str],
    *,
    seating: Seating = CHOIR,
    strict_range: bool = False,
) -> Hearing:
    """How the networks hear a score.

    given: the voices whose notes are given. seating: of the ensemble whose voices the score has.
    strict_range: every voice is heard where it stands, so that a task refuses notes outside of their voice's
    range.
    """
    kept = only_voices(score, given)
    ranges = seating.given_ranges(model)
    reasons: list[str] = []
    key = contradicting_key(kept)
    keyed = score
    if key is not None:
        reasons.append(contradiction(score.measures[0].key, key))
        keyed = replace(score, measures=tuple(replace(m, key=key) for m in score.measures))
    moves, heard = unmoved(score), keyed
    if strict_range and not seating.is_choir:
        check_ranges(kept, ranges)
    if not strict_range and seating.is_choir and any(notes_outside(kept, ranges)):
        moves = fitting_moves(kept, ranges)
        heard = moved(keyed, moves, given, ranges)
        reasons.append(range_reason(kept, moves, ranges))
    if not strict_range and not seating.is_choir:
        # The singers of another ensemble stay in their ranges, whatever octave is given.
        own = seating.ensemble.ranges
        if any(notes_outside(kept, own)):
            moves = given_octaves(kept, seating.ensemble)
        heard = moved(keyed, moves, given, ranges)
        if heard != keyed:
            reasons.append(range_reason(kept, moves, own if any(notes_outside(kept, own)) else ranges))
    if not seating.is_choir:
        heard = seating.seat(transpose(heard, seating.shift))
    return Hearing(score, heard, kept, key, moves, seating, ranges, tuple(reasons))


def only_voices(score: Score, names: Collection[str]) -> Score:
    """The score without the notes of other voices."""
    voices = (voice if voice.name in names else replace(voice, notes=()) for voice in score.voices)
    return replace(score, voices=tuple(voices))


# -- moves -------------------------------------------------------------------------------------------------


def unmoved(score: Score) -> Moves:
    """No moves, of a score's voices."""
    return Moves(0, (0,) * len(score.voices))


def fitting_moves(given: Score, ranges: Ranges) -> Moves:
    """The moves that bring every given note into its voice's range, or as many as possible.

    First choice is an octave for all, then up to ``NEAR`` semitones for all, then octaves for each voice,
    then any semitones. given: has no notes but the given ones, and some outside of their ranges.
    """
    stay = unmoved(given).own
    octaves = fitting_octaves(given, ranges)
    if octaves:
        return Moves(OCTAVE * octaves, stay)
    down, up = transposition_room(given, ranges)
    semitones = fitting_transposition(given, ranges) if down <= up else 0
    own = own_octaves(given, ranges)
    if semitones and (abs(semitones) <= NEAR or not fits(given, Moves(0, own), ranges)):
        return Moves(semitones, stay)
    return Moves(0, own)


def own_octaves(given: Score, ranges: Ranges) -> tuple[int, ...]:
    """Each voice's move, by octaves, after which the least of its time lies outside of its range.

    A voice without notes moves with the voice that moves least.
    """
    found = [best_octaves(voice, ranges) if voice.notes else None for voice in given.voices]
    least = min((move for move in found if move is not None), key=abs)
    return tuple(least if move is None else move for move in found)


def given_octaves(given: Score, ensemble: Ensemble) -> Moves:
    """Each given voice in the octave in which its singers sing it; the others stay where they are.

    That is where it lies least beyond the comfortable range, and twice as little beyond the range itself. It
    is another than the written one only where that spares ``RELUCTANCE`` semitones on average.
    """

    def move_of(voice: Voice) -> int:
        known = ensemble.voice(voice.name)
        total = float(sum(note.duration for note in voice.notes))

        def strain(move: int) -> tuple[float, int]:
            lengths = (
                float(n.duration)
                * (beyond(known.comfortable, n.pitch + move) + 2 * beyond(known.range, n.pitch + move))
                for n in voice.notes
            )
            return sum(lengths) / total + (RELUCTANCE if move else 0), abs(move)

        return min((OCTAVE * octaves for octaves in OCTAVES), key=strain)

    return Moves(0, tuple(move_of(voice) if voice.notes else 0 for voice in given.voices))


def best_octaves(voice: Voice, ranges: Ranges) -> int:
    """The move, by octaves, after which the least of a voice's time lies outside of its range."""

    def outside(move: int) -> tuple[Fraction, int]:
        low, high = ranges[voice.name]
        lengths = (n.duration for n in voice.notes if not low <= n.pitch + move <= high)
        return sum(lengths, Fraction(0)), abs(move)

    return min((OCTAVE * octaves for octaves in OCTAVES), key=outside)


def fits(given: Score, moves: Moves, ranges: Ranges) -> bool:
    """Whether the moves bring every given note into its voice's range."""
    for v, voice in enumerate(given.voices):
        low, high = ranges[voice.name]
        if not all(low <= note.pitch + moves.of(v) <= high for note in voice.notes):
            return False
    return True


def moved(score: Score, moves: Moves, given: Collection[str], ranges: Ranges) -> Score:
    """The score as it is heard; given notes still outside of their ranges are heard in another octave."""
    together = transpose(score, moves.together)
    voices: list[Voice] = []
    for v, voice in enumerate(together.voices):
        low, high = ranges[voice.name] if voice.name in given else (0, 127)
        octaves = (moves.own[v] + octaves_into(note.pitch + moves.own[v], low, high) for note in voice.notes)
        notes = (transpose_note(note, move, 0) for note, move in zip(voice.notes, octaves, strict=True))
        voices.append(replace(voice, notes=tuple(notes)))
    return replace(together, voices=tuple(voices))


def octaves_into(pitch: int, low: int, high: int) -> int:
    """The smallest move, by octaves, of a pitch up to low or above it, or down to high or below it."""
    if pitch < low:
        return OCTAVE * -((pitch - low) // OCTAVE)
    return OCTAVE * min((high - pitch) // OCTAVE, 0)


# -- words -------------------------------------------------------------------------------------------------


def notes_outside(given: Score, ranges: Ranges) -> Iterator[tuple[Voice, Note]]:
    """The notes outside of their voice's range, voice by voice."""
    for voice in given.voices:
        low, high = ranges[voice.name]
        yield from ((voice, note) for note in voice.notes if not low <= note.pitch <= high)


def range_reason(given: Score, moves: Moves, ranges: Ranges) -> str:
    """Which given note lies outside of its range, and how the music is heard therefore."""
    voice, note = next(notes_outside(given, ranges))
    low, high = ranges[voice.name]
    measure, beat = given.place(note.onset)
    side = "below" if note.pitch < low else "above"
    limits = f"{Key().spell(low)} to {Key().spell(high)}"
    place = f"{note.name} in measure {measure}, beat {beat} lies {side} the {voice.name}'s range ({limits})"
    how = " and ".join(ways(given, moves, ranges))
    return f"{place}, so {how}; what is given stays where it is written"


def ways(given: Score, moves: Moves, ranges: Ranges) -> Iterator[str]:
    """How moved music is heard, in words."""
    if moves.together:
        yield f"the piece is heard {distance(moves.together)}"
    for voice, move in zip(given.voices, moves.own, strict=True):
        if move and voice.notes:
            yield f"the {voice.name} is heard {distance(move)}"
    left = sum(1 for _ in notes_outside(moved(given, moves, (), ranges), ranges))
    if left == 1:
        yield "1 note is heard in another octave"
    elif left:
        yield f"{left} notes are heard in another octave"


def distance(semitones: int) -> str:
    """A move in words."""
    octaves, rest = divmod(abs(semitones), OCTAVE)
    if rest:
        many = "a semitone" if abs(semitones) == 1 else f"{abs(semitones)} semitones"
    else:
        many = "an octave" if octaves == 1 else f"{octaves} octaves"
    return f"{many} {'higher' if semitones > 0 else 'lower'}"


def farthest_new_note(results: Sequence[Result], ranges: Ranges) -> str | None:
    """The new note farthest beyond its voice's range, as "E1 in the bass"; None where all can be sung."""
    found: list[tuple[int, str]] = []
    for voice in (voice for result in results for voice in result.new):
        low, high = ranges[voice.name]
        found += (
            (max(low - note.pitch, note.pitch - high), f"{note.name} in the {voice.name}")
            for note in voice.notes
        )
    far, name = max(found, key=lambda pair: pair[0], default=(0, ""))
    return name if far > 0 else None


def contradiction(signature: Key, key: Key) -> str:
    """That the notes contradict the signature, in a sentence."""
    return (
        f"the notes contradict the key signature ({signed(signature)}): they are in {key}, and are "
        "heard so; the "
        "signature stays"
    )


def signed(key: Key) -> str:
    """A key signature in words: "3 sharps"."""
    if not key.fifths:
        return "no sharps or flats"
    sign = "sharp" if key.fifths > 0 else "flat"
    return count_text(abs(key.fifths), sign)
