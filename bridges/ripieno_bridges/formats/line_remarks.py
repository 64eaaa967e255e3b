"""Remarks on the lines of a score: why one is left as it is, and which notes were passed over."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ripieno.score import Score
from ripieno_bridges.formats.line_roles import BASS, NAMED, Assignment, Roles
from ripieno_bridges.formats.part_names import is_baritone, voices_of_part
from ripieno_bridges.formats.score_lines import ScoreLine, titled


def why_left(lines: Sequence[ScoreLine], index: int, found: Assignment) -> str:
    """Why a line is left as it is."""
    line = lines[index]
    if line.unpitched:
        return f"{line.unpitched} has no pitches to sing"
    if line.harmony is not None:
        return "its chords are the harmony, not a voice"
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
