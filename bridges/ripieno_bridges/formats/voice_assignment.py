"""Which lines of a score are the voices of a choir, and which stay as they are: one rule for all interfaces.

Named voices come first; then four lines in order; then a melody, found by its words, by its name, or as the
top line, and a low line beside it as the bass.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ripieno.errors import RequestError, ScoreError
from ripieno.score import VOICE_NAMES, Note, Score, Voice
from ripieno_bridges.formats.part_names import is_baritone, is_instrument, is_melody, voices_of_part
from ripieno_bridges.formats.score_lines import ScoreLine, check_line, line_named, lines_of_score

SOPRANO, ALTO, TENOR, BASS = VOICE_NAMES
LOW_LINE = 55  # a line whose middle lies below G3 is a bass, not a soprano
NAMED = "the named voices are the choir"  # why other lines are left
OTHERWISE = "melody or given choose otherwise"
Roles = dict[str, int]  # voice -> the index of its line


@dataclass(frozen=True, slots=True)
class Choir:
    """A score as four voices, soprano to bass, empty ones where the score has none.

    lines: for each voice, its index among the lines of the score that was read; ``None`` where it has none.
    read: those lines. left: why each of the other lines is left as it is, by index. remarks: on what was
    guessed and on notes that were passed over, a sentence each. is_guess: its melody is one of several lines
    alike.
    """

    score: Score
    lines: dict[str, int | None]
    read: tuple[ScoreLine, ...]
    left: dict[int, str]
    remarks: tuple[str, ...] = ()
    is_guess: bool = False

    @property
    def present(self) -> tuple[str, ...]:
        """The voices that the score has."""
        return tuple(name for name, line in self.lines.items() if line is not None)

    @property
    def parts(self) -> tuple[str, ...]:
        """The voices of such a choir: four, or three where a baritone is the bass and there is no tenor."""
        bass = self.lines[BASS]
        if bass is None or self.lines[TENOR] is not None or self.lines[SOPRANO] is None:
            return VOICE_NAMES
        return (SOPRANO, ALTO, BASS) if is_baritone(self.read[bass].part) else VOICE_NAMES

    @property
    def others(self) -> tuple[Note, ...]:
        """All notes of the lines that are not the choir's."""
        return tuple(note for i in self.left for note in self.read[i].every_note)

    def moved(self, score: Score, lines: Sequence[ScoreLine]) -> Choir:
        """The same voices of a transposed score. lines: its lines."""
        return replace(self, score=choir_score(score, lines, self.lines), read=tuple(lines))


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which line is which voice. why: others are left. guesses: remarks. is_guess: as in ``Choir``."""

    roles: Roles
    why: str = NAMED
    guesses: tuple[str, ...] = ()
    is_guess: bool = False


def assign_voices(
    score: Score,
    given: Sequence[str] | None = None,
    *,
    melody: str | None = None,
    lines: Sequence[ScoreLine] | None = None,
) -> Choir:
    """Assign the score's lines to the voices of the choir.

    given: the voices that the user named; a score with as many lines takes them in order. melody: the only
    line to work on, as ``score_lines.line_named`` reads it. lines: of the score's voices, one each; ``None``:
    their names are all that is known. Raises RequestError for what is not there, and the fault of a line that
    is taken.
    """
    for name in given or ():
        if name not in VOICE_NAMES:
            raise RequestError(f'there is no voice "{name}"; name {", ".join(VOICE_NAMES)}')
    lines = lines_of_score(score) if lines is None else lines
    found = chosen_by_user(lines, given, melody) if melody else match_lines(score, lines, given)
    if given and len(given) == len(found.roles) == 1:
        found = replace(found, roles={given[0]: next(iter(found.roles.values()))})
    roles: dict[str, int | None] = dict.fromkeys(VOICE_NAMES)
    roles.update(found.roles)
    missing = [name for name in given or () if roles[name] is None]
    if missing:
        there = ", ".join(n for n in VOICE_NAMES if roles[n] is not None)
        raise RequestError(f"the score has no {missing[0]}; it has {there or 'no line with notes'}")
    for line in found.roles.values():
        check_line(lines[line])
    left = {i: why_left(lines, i, found) for i in range(len(lines)) if i not in found.roles.values()}
    remarks = (*found.guesses, *passed_over(score, lines, found.roles))
    return Choir(choir_score(score, lines, roles), roles, tuple(lines), left, remarks, found.is_guess)


def choir_score(score: Score, lines: Sequence[ScoreLine], roles: dict[str, int | None]) -> Score:
    """The score of the four voices, in the key of the highest that has notes.

    Of chords it has the highest note, in the bass the lowest.
    """
    voices = []
    for name, line in roles.items():
        notes = () if line is None else lines[line].lowest if name == BASS else score.voices[line].notes
        voices.append(Voice(name, notes))
    keys = next((lines[i].keys for i in roles.values() if i is not None and lines[i].notes), ())
    measures = score.measures
    if keys:
        measures = tuple(replace(m, key=key) for m, key in zip(measures, keys, strict=True))
    return replace(score, voices=tuple(voices), measures=measures)


# -- finding the lines ---------------------------------------------------------------------------------------


def chosen_by_user(lines: Sequence[ScoreLine], given: Sequence[str] | None, melody: str) -> Assignment:
    """The line that the setting melody names, as the voice given, the one that its name means, or soprano."""
    if given and len(given) > 1:
        raise RequestError("with melody one voice is given, the melody's; name one, or leave out given")
    index = line_named(lines, melody)
    line = lines[index]
    voices = voices_of_part(line.part) if line.rank == 0 else ()
    voice = given[0] if given else next(iter(voices), SOPRANO)
    return Assignment({voice: index}, f"{line.title} was chosen as the melody")


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
    pitched = [i for i, line in enumerate(lines) if not line.unpitched]
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
    return line.rank > 0 and 4 * len(line.notes) < len(first.notes)


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


# -- what is told --------------------------------------------------------------------------------------------


def titled(lines: Sequence[ScoreLine], index: int) -> str:
    """A line's title, with its number where another line has the same."""
    line = lines[index]
    alike = sum(other.title == line.title for other in lines) > 1
    return f"{line.title} ({line.selector})" if alike else line.title


def why_left(lines: Sequence[ScoreLine], index: int, found: Assignment) -> str:
    """Why a line is left as it is."""
    line = lines[index]
    if line.unpitched:
        return f"{line.unpitched} has no pitches to sing"
    if not line.sings:
        return "there is no note in it"
    if line.rank:
        return "it is not the first voice of its staff"
    double = next((v for v in voices_of_part(line.part) if v in found.roles), None)
    if double is None and is_baritone(line.part) and BASS in found.roles:
        double = BASS
    if double is not None and found.why == NAMED:
        return f"{titled(lines, found.roles[double])} is the {double} already"
    return found.why


def passed_over(score: Score, lines: Sequence[ScoreLine], roles: Roles) -> list[str]:
    """Remarks on notes that were passed over: in chords, further voices of a staff, doubles of a voice."""
    remarks = []
    for name, index in roles.items():
        line = lines[index]
        if line.chords:
            which = "lowest" if name == BASS else "highest"
            chords = "a chord" if len(line.chords) == 1 else f"{len(line.chords)} chords"
            where = measures_of(score, line.chords)
            remarks.append(
                f"{titled(lines, index)}, {where}: of {chords} the {which} note is read, the others stay"
            )
    for index, line in enumerate(lines):
        first = next((i for i in roles.values() if lines[i].staff == line.staff), None)
        if first is None or index in roles.values() or not line.notes:
            continue
        onsets = [measure.onset for measure in score.measures]
        measures = sorted({bisect_right(onsets, note.onset) - 1 for note in line.notes})
        where = measures_of(score, measures)
        remarks.append(f"{titled(lines, index)}, {where}: a further voice of its staff, which stays as it is")
    for voice, i in second_voices(lines, roles):
        remarks.append(
            f"{titled(lines, i)} stays as it is, since {titled(lines, roles[voice])} is the {voice}"
        )
    return remarks


def second_voices(lines: Sequence[ScoreLine], roles: Roles) -> list[tuple[str, int]]:
    """(voice, line) for lines that are named as voices that others have."""
    found = []
    for i, line in enumerate(lines):
        if i in roles.values() or not line.sings or line.rank:
            continue
        names = voices_of_part(line.part) or ((BASS,) if is_baritone(line.part) else ())
        found += [(name, i) for name in names[:1] if name in roles]
    return found


def measures_of(score: Score, indices: Sequence[int]) -> str:
    """The measures of these indices in words: "measure 4", "measures 4 and 6"."""
    numbers = list(dict.fromkeys(score.measures[i].number for i in indices))
    if len(numbers) == 1:
        return f"measure {numbers[0]}"
    if len(numbers) <= 4:
        return f"measures {', '.join(numbers[:-1])} and {numbers[-1]}"
    return f"{len(numbers)} measures from {numbers[0]} on"


# -- for checks ----------------------------------------------------------------------------------------------


def sung_voices(score: Score, lines: Sequence[ScoreLine] | None = None) -> tuple[Score, list[str]]:
    """(the score's voices of a choir, remarks on what else is in it).

    Where the lines cannot be assigned to voices, they are taken as they are.
    """
    lines = lines_of_score(score) if lines is None else lines
    singing = [i for i, line in enumerate(lines) if line.sings and line.fault is None]
    if len(singing) == 1 and not voices_of_part(lines[singing[0]].part):
        remarks = passed_over(score, lines, {SOPRANO: singing[0]})
        return replace(score, voices=(score.voices[singing[0]],)), remarks
    try:
        choir = assign_voices(score, lines=lines)
    except (RequestError, ScoreError):
        choir = None
    if choir is None or choir.is_guess:
        said = f"{len(singing)} lines that are not named as voices: ranges and spacing were not looked at"
        return replace(score, voices=tuple(score.voices[i] for i in singing)), [said]
    left = [titled(lines, i).replace('"', "") for i in choir.left if lines[i].sings or lines[i].unpitched]
    return choir.score, [*choir.remarks, *([f"not looked at: {', '.join(left)}"] if left else [])]
