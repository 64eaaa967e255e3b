"""Finding the lines of a score that are the voices of a choir: one rule for all interfaces.

Named voices come first; then four lines in order; then a melody, found by its words, by its name, or as the
top line, and a single low line beside it as the bass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ripieno.errors import RequestError, ScoreError
from ripieno.score import VOICE_NAMES, Score
from ripieno_bridges.formats.part_names import is_baritone, is_instrument, is_melody, voices_of_part
from ripieno_bridges.formats.score_lines import ScoreLine, line_named, titled

SOPRANO, ALTO, TENOR, BASS = VOICE_NAMES
LOW_LINE = 55  # a line whose middle lies below G3 is a bass, not a soprano
NAMED = "the named voices are the choir"  # why other lines are left
OTHERWISE = "melody or given choose otherwise"
Roles = dict[str, int]  # voice -> the index of its line


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which line is which voice. why: others are left. guesses: remarks. is_guess: as in ``Choir``."""

    roles: Roles
    why: str = NAMED
    guesses: tuple[str, ...] = ()
    is_guess: bool = False


def chosen_by_user(lines: Sequence[ScoreLine], given: Sequence[str] | None, melody: str) -> Assignment:
    """The line that the setting melody names, as the voice given, the one that its name means, or soprano.

    Parts that are named as other voices are those voices, unless ``given`` says that the melody is all that
    is kept; all other lines are left.
    """
    if given and len(given) > 1:
        raise RequestError("with melody one voice is given, the melody's; name one, or leave out given")
    index = line_named(lines, melody)
    line = lines[index]
    voices = voices_of_part(line.part) if line.rank == 0 else ()
    voice = given[0] if given else next(iter(voices), SOPRANO)
    named = {} if given else lines_by_name(lines)
    roles = {name: i for name, i in named.items() if name != voice and i != index}
    return Assignment(in_order({**roles, voice: index}), f"{line.title} was chosen as the melody")


def match_lines(score: Score, lines: Sequence[ScoreLine], given: Sequence[str] | None) -> Assignment:
    """The lines that take part."""
    singing = [i for i, line in enumerate(lines) if line.sings]
    first = [i for i in singing if lines[i].rank == 0]
    for group in (singing, first):
        if given and len(group) == len(given):
            order = sorted(given, key=VOICE_NAMES.index)
            roles = dict(zip(order, group, strict=True)) | empty_by_name(lines, order)
            return Assignment(roles, "the voices that are given were taken in order")
    found = find_choir(score, lines)
    if found is not None:
        return found
    melody = find_melody(score, lines)
    return replace(melody, roles=in_order(melody.roles | empty_by_name(lines, list(melody.roles))))


def in_order(roles: Roles) -> Roles:
    """The roles, highest voice first."""
    return {name: roles[name] for name in VOICE_NAMES if name in roles}


def find_choir(score: Score, lines: Sequence[ScoreLine]) -> Assignment | None:
    """A choir whose lines are named, or that is four lines; ``None`` where there is none."""
    named = lines_by_name(lines)
    if named and all(i in named.values() for i, line in enumerate(lines) if line.sings):
        return Assignment(named)
    four = four_in_order(lines)
    if four:
        return Assignment(four, "the four lines are the choir, in order")
    if not any(lines[i].sings for i in named.values()):
        return None
    return complete_outer_voices(score, lines, named)


def lines_by_name(lines: Sequence[ScoreLine]) -> Roles:
    """(voice -> line) by the names of the parts; of several with one voice the first.

    A baritone is the bass of a choir that has no other.
    """
    found: Roles = {}
    for i, line in enumerate(lines):
        voices = voices_of_part(line.part)
        if line.unpitched or line.rank >= max(1, len(voices)):
            continue
        together = [other for other in lines if other.part_number == line.part_number]
        if len(voices) > 1 and len(together) > 1:
            voices = voices[line.number - 1 : line.number]
        if not voices:
            continue
        before = found.get(voices[0])
        if before is None or (line.sings and not lines[before].sings):
            found[voices[0]] = i
    if found and BASS not in found:
        baritones = [i for i, x in enumerate(lines) if is_baritone(x.part) and not x.rank and not x.unpitched]
        baritones.sort(key=lambda i: not lines[i].sings)
        if baritones:
            found[BASS] = baritones[0]
    return in_order(found)


def four_in_order(lines: Sequence[ScoreLine]) -> Roles | None:
    """Four lines as soprano to bass, on four staves or on two; ``None`` where they are none.

    They are none where a name says otherwise, where they are the chords of a piano, and where one is a singer
    above instruments.
    """
    pitched = [i for i, line in enumerate(lines) if not line.unpitched and line.harmony is None]
    four = [i for i in pitched if not is_minor(lines, i)]
    if len(four) != len(VOICE_NAMES) or any(lines[i].is_chordal and shares_part(lines, i) for i in four):
        return None
    for voice, i in zip(VOICE_NAMES, four, strict=True):
        alone = sum(lines[k].staff == lines[i].staff for k in four) == 1
        if alone and voices_of_part(lines[i].part) not in ((), (voice,)):
            return None
    sung = [i for i in four if lines[i].words or is_melody(lines[i].part)]
    others = [
        i for i in four if i not in sung and lines[i].part_number not in {lines[k].part_number for k in sung}
    ]
    if sung and any(is_instrument(lines[i].part) for i in others):
        return None
    return dict(zip(VOICE_NAMES, four, strict=True))


def is_minor(lines: Sequence[ScoreLine], index: int) -> bool:
    """Whether a line is a further voice that its staff has only now and then: a divisi, an ossia."""
    line = lines[index]
    first = next(other for other in lines if other.staff == line.staff)
    return line.rank > 0 and not line.prepared and 4 * len(line.notes) < len(first.notes)


def complete_outer_voices(score: Score, lines: Sequence[ScoreLine], named: Roles) -> Assignment:
    """A choir with named voices; the melody above or the bass below it may have another name."""
    free = [i for i, x in enumerate(lines) if x.sings and not x.rank and i not in named.values()]
    roles, guesses = dict(named), []
    if SOPRANO not in roles and (ALTO in roles or len(roles) > 1):
        top = min(named.values())
        found = [i for i in free if is_melody(lines[i].part)]
        found += [
            i for i in free if i < top and not is_instrument(lines[i].part) and not is_baritone(lines[i].part)
        ]
        if found:
            roles[SOPRANO] = found[0]
            guesses.append(
                f"{lines[found[0]].title} is read as the soprano above the named voices; {OTHERWISE}"
            )
    elif len(free) == 1 and len(roles) == 1 and not shares_part(lines, free[0]):
        upper, lower = sorted((*free, *roles.values()))
        outer = outer_voices(score, lines, [upper, lower])
        if outer and all(outer.get(name) == i for name, i in named.items()):
            roles = outer
            guesses.append(guess_of_outer(lines, outer, named))
    return Assignment(in_order(roles), guesses=tuple(guesses))


def shares_part(lines: Sequence[ScoreLine], index: int) -> bool:
    """Whether a line's part has others, as a piano's has."""
    return sum(line.part_number == lines[index].part_number for line in lines) > 1


def outer_voices(score: Score, lines: Sequence[ScoreLine], pair: Sequence[int]) -> Roles | None:
    """Two lines as soprano and bass, where the lower one lies low and is no chords."""
    if any(lines[i].is_chordal or not lines[i].notes for i in pair):
        return None
    upper, lower = (score.voices[i].mean_pitch for i in pair)
    return {SOPRANO: pair[0], BASS: pair[1]} if lower < LOW_LINE <= upper else None


def guess_of_outer(lines: Sequence[ScoreLine], outer: Roles, named: Roles) -> str:
    """A remark on a line that was heard as an outer voice."""
    voice = next(name for name in (BASS, SOPRANO) if name not in named)
    where = "low" if voice == BASS else "high"
    return f"{titled(lines, outer[voice])} is heard as the {voice}, since it lies {where}; {OTHERWISE}"


def find_melody(score: Score, lines: Sequence[ScoreLine]) -> Assignment:
    """A melody by its words, by its name, or as the top line; a single low line beside it is the bass."""
    first = [i for i, line in enumerate(lines) if line.sings and not line.rank]
    if not first:
        empty = next((i for i, line in enumerate(lines) if not line.unpitched), None)
        if empty is None:
            names = ", ".join(f"{line.title} ({line.unpitched})" for line in lines)
            raise ScoreError(
                None, None, None, f"there is no line with pitches, only {names}; write a melody first"
            )
        return Assignment({SOPRANO: empty}, "there is no note in it")
    alone = Assignment({SOPRANO: first[0]}, f"{titled(lines, first[0])} is the top line")
    if len(first) == 1:
        return replace(alone, guesses=guess_of_chords(lines, first[0]))
    if len(first) == 2:
        outer = outer_voices(score, lines, first)
        if outer:
            return Assignment(outer, guesses=(guess_of_outer(lines, outer, {SOPRANO: first[0]}),))
    with_words = [i for i in first if lines[i].words]
    named = [i for i in first if is_melody(lines[i].part)]
    for found, why in ((with_words, "has the words"), (named, "is named as the melody")):
        if found:
            title = titled(lines, found[0])
            several = len(found) > 1
            guesses = (f"{title} is taken as the melody, the first of {len(found)} lines alike; {OTHERWISE}",)
            return Assignment({SOPRANO: found[0]}, f"{title} {why}", guesses if several else (), several)
    guess = f"{titled(lines, first[0])} is taken as the melody, since it is the top line; {OTHERWISE}"
    return replace(alone, guesses=(guess,), is_guess=True)


def guess_of_chords(lines: Sequence[ScoreLine], index: int) -> tuple[str, ...]:
    """A remark where the melody is the top of chords."""
    if not lines[index].is_chordal:
        return ()
    return (f"{titled(lines, index)} is chords, of which the top notes are taken as the melody; {OTHERWISE}",)


def empty_by_name(lines: Sequence[ScoreLine], taken: Sequence[str]) -> Roles:
    """(voice -> line) for parts without notes whose names are those of other voices."""
    empty = [line if not line.sings else replace(line, unpitched="taken") for line in lines]
    return {name: i for name, i in lines_by_name(empty).items() if name not in taken}
