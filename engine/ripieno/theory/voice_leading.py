"""The rules on how voices move and how far apart they lie; one function a rule.

Each takes a texture and yields a ``Hit`` for each place that breaks it, with a sentence in the words of a
harmony class. No rule compares notes across a rest or the end of a phrase, where the singers breathe.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import REST
from ripieno.score import Key, Note
from ripieno.theory.ranges import FIFTH, OCTAVE, consecutives
from ripieno.theory.texture import Hit, Texture, capitalize_first, consecutive_notes

SPACED = (("soprano", "alto"), ("alto", "tenor"))  # never more than an octave apart
AUGMENTED = (6, 8, 9, 10, 11)  # on the line of fifths upwards: a fourth, fifth, second, sixth, third
AUGMENTED_NAMES = {6: "fourth", 8: "fifth", 9: "second", 10: "sixth", 11: "third"}
SEVENTHS = (10, 11)  # semitones
TOO_MANY_REPEATS = 8  # strikes of one pitch in a row that break the rule
TOO_LONG_STAY = Fraction(12)  # quarters on one pitch that break the rule


# -- two voices from one moment to the next ----------------------------------------------------------------


def parallel_fifths(texture: Texture) -> Iterator[Hit]:
    """Two voices move in the same direction, from a fifth to a fifth."""
    for row, a, b in inside_phrases(texture):
        if interval(texture, row, a, b) % OCTAVE == FIFTH and not contrary(texture, row, a, b):
            yield motion_hit(texture, row, a, b, "move in parallel fifths")


def parallel_octaves(texture: Texture) -> Iterator[Hit]:
    """Two voices move in the same direction, from an octave to an octave or a unison to a unison.

    It is allowed where all voices sing in unison or octaves.
    """
    for row, a, b in inside_phrases(texture):
        if in_unison(texture, row - 1) and in_unison(texture, row):
            continue
        if interval(texture, row, a, b) % OCTAVE == 0 and not contrary(texture, row, a, b):
            kind = "unisons" if interval(texture, row, a, b) == 0 else "octaves"
            yield motion_hit(texture, row, a, b, f"move in parallel {kind}")


def contrary_consecutives(texture: Texture) -> Iterator[Hit]:
    """Two voices move in opposite directions, from fifth to twelfth, octave to unison or the like."""
    for row, a, b in inside_phrases(texture):
        if contrary(texture, row, a, b):
            kind = "octaves" if interval(texture, row, a, b) % OCTAVE == 0 else "fifths"
            yield motion_hit(texture, row, a, b, f"form consecutive {kind} in contrary motion")


def direct_intervals(texture: Texture) -> Iterator[Hit]:
    """The outer voices move in one direction into a fifth or octave, the upper one by leap.

    It is allowed where both only change their position in a chord that stays.
    """
    top, bottom = 0, len(texture.names) - 1
    phrase_starts = texture.phrase_starts()
    for row in range(1, len(texture.onsets) if bottom else 0):
        before, after = texture.pitches[row - 1], texture.pitches[row]
        if phrase_starts[row] or REST in (before[top], after[top], before[bottom], after[bottom]):
            continue
        up, down = int(after[top]) - int(before[top]), int(after[bottom]) - int(before[bottom])
        reached = int(after[top] - after[bottom]) % OCTAVE
        if up * down <= 0 or abs(up) <= 2 or reached not in (0, FIFTH):
            continue
        if int(before[top] - before[bottom]) % OCTAVE == reached or same_chord(before, after):
            continue
        kind = "octave" if reached == 0 else "fifth"
        what = f"move in one direction into a direct {kind}, the {texture.names[top]} by leap"
        yield motion_hit(texture, row, top, bottom, what)


def inside_phrases(texture: Texture) -> list[tuple[int, int, int]]:
    """``consecutives`` without those from the last chord of a phrase to the first of the next."""
    starts = texture.phrase_starts()
    return [(row, a, b) for row, a, b in consecutives(texture.pitches) if not starts[row]]


def contrary(texture: Texture, row: int, a: int, b: int) -> bool:
    """Whether two voices reach a row in opposite directions."""
    step = texture.pitches[row].astype(int) - texture.pitches[row - 1]
    return bool(step[a] * step[b] < 0)


def in_unison(texture: Texture, row: int) -> bool:
    """Whether three or more voices sound at a row, all of them the same note in any octave."""
    sounding = [p % OCTAVE for p in texture.pitches[row].tolist() if p != REST]
    return len(sounding) > 2 and len(set(sounding)) == 1


def interval(texture: Texture, row: int, a: int, b: int) -> int:
    """Semitones between two voices."""
    return abs(int(texture.pitches[row, a]) - int(texture.pitches[row, b]))


def same_chord(before: NDArray[np.int16], after: NDArray[np.int16]) -> bool:
    """Whether two rows of pitches hold the same pitch classes."""
    return {int(p) % 12 for p in before} == {int(p) % 12 for p in after}


def motion_hit(texture: Texture, row: int, a: int, b: int, what: str) -> Hit:
    """A hit on the motion of two voices into ``row``. what: the verb and the rest of its sentence."""
    first = f"{texture.note(row - 1, a).name} over {texture.note(row - 1, b).name}"
    second = f"{texture.note(row, a).name} over {texture.note(row, b).name}"
    return Hit(texture.onsets[row], (a, b), f"{voice_pair(texture, a, b)} {what}, from {first} to {second}")


def voice_pair(texture: Texture, a: int, b: int) -> str:
    """Two voices at the start of a sentence: "Soprano and bass"."""
    return f"{capitalize_first(texture.names[a])} and {texture.names[b]}"


# -- two voices at one moment ------------------------------------------------------------------------------


def crossing(texture: Texture) -> Iterator[Hit]:
    """A voice lies above one that should lie above it; reported once, where it begins."""
    for a, b in combinations(range(len(texture.names)), 2):
        upper, lower = texture.pitches[:, a], texture.pitches[:, b]
        for row in run_starts((upper < lower) & (upper != REST) & (lower != REST)):
            high, low = texture.note(row, b).name, texture.note(row, a).name
            sentence = f"{voice_pair(texture, a, b)} cross: the {texture.names[b]} has {high}, the "
            yield Hit(texture.onsets[row], (a, b), f"{sentence}{texture.names[a]} {low} below it")


def overlap(texture: Texture) -> Iterator[Hit]:
    """A voice moves beyond the note that its neighbour has just left."""
    starts = texture.phrase_starts()
    for a, b in pairwise(range(len(texture.names))):
        for row in range(1, len(texture.onsets)):
            old_a, old_b = (int(p) for p in texture.pitches[row - 1, [a, b]])
            new_a, new_b = (int(p) for p in texture.pitches[row, [a, b]])
            if starts[row] or REST in (old_a, old_b, new_a, new_b) or old_a < old_b or new_a < new_b:
                continue
            if new_b > old_a:
                mover, left, side = b, a, "above"
            elif new_a < old_b:
                mover, left, side = a, b, "below"
            else:
                continue
            note, gone = texture.note(row, mover).name, texture.note(row - 1, left).name
            sentence = (
                f"{capitalize_first(texture.names[mover])} moves to {note}, {side} the {gone} that the "
            )
            yield Hit(texture.onsets[row], (a, b), f"{sentence}{texture.names[left]} has just left")


def spacing(texture: Texture) -> Iterator[Hit]:
    """More than an octave between soprano and alto, or alto and tenor; reported once, where it begins."""
    for a, b in pairwise(range(len(texture.names))):
        if (texture.names[a], texture.names[b]) not in SPACED:
            continue
        upper, lower = texture.pitches[:, a].astype(int), texture.pitches[:, b].astype(int)
        for row in run_starts((upper != REST) & (lower != REST) & (upper - lower > OCTAVE)):
            high, low = texture.note(row, a).name, texture.note(row, b).name
            sentence = f"{voice_pair(texture, a, b)} lie more than an octave apart, {high} over {low}"
            yield Hit(texture.onsets[row], (a, b), sentence)


def missing_third(texture: Texture) -> Iterator[Hit]:
    """A chord of three or more voices has its root, perhaps its fifth, and nothing else.

    A chord is what most voices strike together. Where all go in unison or octaves there is none.
    """
    for row, onset in enumerate(texture.onsets):
        sounding = [v for v, pitch in enumerate(texture.pitches[row].tolist()) if pitch != REST]
        struck = sum(texture.note(row, v).onset == onset for v in sounding)
        tones = {int(texture.pitches[row, v]) % 12 for v in sounding}
        if len(sounding) < 3 or 2 * struck <= len(sounding) or len(tones) > 2:
            continue
        neighbours = [r for r in (row - 1, row + 1) if 0 <= r < len(texture.onsets)]
        if in_unison(texture, row) and any(in_unison(texture, r) for r in neighbours):
            continue
        root = next((tone for tone in tones if tones <= {tone, (tone + FIFTH) % 12}), None)
        if root is not None:
            names = [texture.note(row, v).name for v in reversed(sounding)]
            yield Hit(onset, tuple(sounding), f"The chord {'-'.join(names)} has no third")


def run_starts(mask: NDArray[np.bool_]) -> list[int]:
    """The rows at which a mask becomes True."""
    return [int(row) for row in np.flatnonzero(mask & ~np.append(False, mask[:-1]))]


# -- one voice ---------------------------------------------------------------------------------------------


def out_of_range(texture: Texture) -> Iterator[Hit]:
    """A note outside the range that the choir's voice sings without strain."""
    for v, line in enumerate(texture.lines):
        if texture.names[v] not in texture.ranges:
            continue
        lowest, highest = texture.ranges[texture.names[v]]
        for note in line:
            if lowest <= note.pitch <= highest:
                continue
            side, limit = ("below", lowest) if note.pitch < lowest else ("above", highest)
            sentence = f"{capitalize_first(texture.names[v])} has {note.name}, {side} {Key().spell(limit)}"
            yield Hit(note.onset, (v,), f"{sentence}, the end of its comfortable range")


def augmented_leaps(texture: Texture) -> Iterator[Hit]:
    """A voice moves by an augmented interval; the chromatic semitone is allowed."""
    for v, line in enumerate(texture.lines):
        for a, b in consecutive_notes(line):
            size = fifths_upwards(a, b)
            if size in AUGMENTED:
                kind = f"an augmented {AUGMENTED_NAMES[size]}"
                yield leap_hit(texture, v, a, b, kind)


def large_leaps(texture: Texture) -> Iterator[Hit]:
    """A voice leaps by a seventh, or by more than an octave."""
    for v, line in enumerate(texture.lines):
        for a, b in consecutive_notes(line):
            size = abs(b.pitch - a.pitch)
            if size in SEVENTHS and fifths_upwards(a, b) not in AUGMENTED:
                yield leap_hit(texture, v, a, b, "a seventh")
            elif size > OCTAVE:
                yield leap_hit(texture, v, a, b, "more than an octave")


def fifths_upwards(a: Note, b: Note) -> int:
    """The distance of two notes' spellings on the line of fifths, from the lower pitch to the higher."""
    assert a.spelling is not None
    assert b.spelling is not None
    distance = b.spelling.fifths - a.spelling.fifths
    return distance if b.pitch > a.pitch else -distance


def leap_hit(texture: Texture, voice: int, a: Note, b: Note, how_far: str) -> Hit:
    """A hit on the leap of one voice from note ``a`` to note ``b``."""
    way = "up" if b.pitch > a.pitch else "down"
    name = capitalize_first(texture.names[voice])
    return Hit(b.onset, (voice,), f"{name} leaps {way} {how_far}, from {a.name} to {b.name}")


def repeated_notes(texture: Texture) -> Iterator[Hit]:
    """A voice strikes one pitch many times in a row."""
    for v, run in runs_of_one_pitch(texture):
        if len(run) >= TOO_MANY_REPEATS:
            name = capitalize_first(texture.names[v])
            yield Hit(run[0].onset, (v,), f"{name} repeats {run[0].name} {len(run)} times in a row")


def static_voice(texture: Texture) -> Iterator[Hit]:
    """A voice stays on one pitch, held or repeated, for very long."""
    for v, run in runs_of_one_pitch(texture):
        stay = run[-1].end - run[0].onset
        if stay >= TOO_LONG_STAY:
            name = capitalize_first(texture.names[v])
            yield Hit(run[0].onset, (v,), f"{name} stays on {run[0].name} for {float(stay):g} quarters")


def runs_of_one_pitch(texture: Texture) -> Iterator[tuple[int, list[Note]]]:
    """(voice, notes) of every run of notes on one pitch without a rest."""
    for v, line in enumerate(texture.lines):
        breaks = np.cumsum([0, *(a.end != b.onset for a, b in pairwise(line))])
        for _, run in groupby(zip(line, breaks, strict=True), key=lambda pair: (pair[0].pitch, pair[1])):
            yield v, [note for note, _ in run]
