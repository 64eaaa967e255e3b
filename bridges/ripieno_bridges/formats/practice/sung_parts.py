"""The voices of a score that its people practise: each with its name and all of its notes, divided or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.errors import RequestError, ScoreError, printable, short
from ripieno.piano.lines import lines as split_lines
from ripieno.score import Note, Voice
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.line_roles import is_minor
from ripieno_bridges.formats.part_names import is_instrument, voice_of_part
from ripieno_bridges.formats.score_lines import ScoreLine, check_line, titled
from ripieno_bridges.formats.voice_assignment import assign_voices


@dataclass(frozen=True, slots=True)
class SungPart:
    """A voice that people practise. notes: in order of time, several at once where it is divided."""

    name: str
    notes: tuple[Note, ...]

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The notes as lines of one note at a time."""
        return split_lines(self.notes, self.name)

    def moved(self, shift: Fraction) -> SungPart:
        """The same voice so many quarters later."""
        return replace(self, notes=tuple(replace(note, onset=note.onset + shift) for note in self.notes))


def sung_parts(
    source: Source, purpose: str = "practice tracks are"
) -> tuple[tuple[SungPart, ...], list[str]]:
    """(the voices of a score from top to bottom, remarks on what else is in it).

    Voices of a choir are called soprano, alto, tenor, bass where there is one of each, others as their part.
    purpose: what the voices are for, in a message. Raises ScoreError where there are fewer than two voices:
    an empty score, a melody, piano music.
    """
    file, lines = printable(source.path.name), source.lines
    if not any(line.sings for line in lines):
        raise ScoreError(file, None, None, "there is not a note in it; write some voices first")
    roles = roles_of(source)
    heads = heads_of_lines(lines, roles)
    names = names_of(lines, roles, list(dict.fromkeys(heads.values())))
    if len(names) < 2:
        raise ScoreError(file, None, None, too_few(names, purpose))
    parts = []
    for head, name in names.items():
        own = [lines[i] for i in heads if heads[i] == head]
        for line in own:
            check_in_file(line, file)
        notes = {(note.onset, note.pitch): note for line in own for note in line.every_note}
        parts.append(SungPart(name, tuple(sorted(notes.values(), key=lambda n: (n.onset, -n.pitch)))))
    left = [i for i, line in enumerate(lines) if i not in heads and (line.sings or line.unpitched)]
    titles = "; ".join(titled(lines, i).replace('"', "") for i in left)
    return tuple(parts), [f"not played: {titles}"] if left else []


def roles_of(source: Source) -> dict[int, str]:
    """The voice of a mixed choir that a line is, by the line's index; empty where that would be a guess."""
    try:
        choir = assign_voices(source.score, lines=source.lines)
    except (RequestError, ScoreError):
        return {}
    roles = choir.lines if choir.ensemble.is_choir and not choir.is_guess else {}
    return {i: name for name, i in roles.items() if i is not None and source.lines[i].sings}


def heads_of_lines(lines: Sequence[ScoreLine], roles: dict[int, str]) -> dict[int, int]:
    """For each line that is sung, the first line of its voice: itself, or the one that it divides."""
    # A whole choir may be on the two staves of a keyboard, as in hymn books; beside singers that accompanies.
    named = [i for i in roles if not is_instrument(lines[i].part)] or list(roles)
    whole_choir = len(roles) > 2
    heads: dict[int, int] = {}
    for i, line in enumerate(lines):
        if not line.sings or (is_keyboard(lines, i) and not (whole_choir and i in named)):
            continue
        first = next((k for k in heads if lines[k].staff == line.staff), i)
        heads[i] = heads[first] if i not in roles and first != i and is_minor(lines, i) else i
    return heads


def is_keyboard(lines: Sequence[ScoreLine], index: int) -> bool:
    """Whether a line is one of a keyboard's: of chords throughout, or of an instrument on several staves."""
    line = lines[index]
    together = [other for other in lines if other.part_number == line.part_number]
    if len({other.staff for other in together}) == 1:
        return line.is_chordal
    return is_instrument(line.part) or any(other.is_chordal for other in together)


def names_of(lines: Sequence[ScoreLine], roles: dict[int, str], heads: Sequence[int]) -> dict[int, str]:
    """The name of each voice, by the index of its first line; no two are alike, in capitals or not."""
    kinds = {i: roles.get(i) or voice_of_part(lines[i].part) for i in heads}
    alike = Counter(kinds.values())
    usual = {
        i: roles[i]
        if i in roles and alike[roles[i]] == 1 and not is_instrument(lines[i].part)
        else lines[i].part
        for i in heads
    }
    count = Counter(name.casefold() for name in usual.values())
    used: Counter[str] = Counter()
    names: dict[int, str] = {}
    for i, name in usual.items():
        used[name.casefold()] += 1
        names[i] = name if count[name.casefold()] == 1 else f"{name} {used[name.casefold()]}"
    return names


def check_in_file(line: ScoreLine, file: str) -> None:
    """Raise ScoreError, with the file's name, for a line that cannot be played."""
    try:
        check_line(line)
    except ScoreError as exc:
        raise exc.in_file(file) from exc


def too_few(names: dict[int, str], purpose: str) -> str:
    """The fault of a score with fewer than two voices. purpose: as in ``sung_parts``."""
    if not names:
        return "piano music has no voices to practise; name a score for a choir"
    only = short(next(iter(names.values())))
    return (
        f"{only} is the only voice, and {purpose} for two or more; "
        "write the others first, as `ripieno harmonize` does"
    )
