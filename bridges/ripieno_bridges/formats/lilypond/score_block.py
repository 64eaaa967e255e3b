"""The score: the staves with their voices and words, in the groups in which they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ripieno_bridges.formats.lilypond.instruments import CHOIR, INSTRUMENTS, PIANO
from ripieno_bridges.formats.lilypond.names import NamedLine
from ripieno_bridges.formats.lilypond.sections import INDENT
from ripieno_bridges.formats.lilypond.values import quoted
from ripieno_bridges.formats.lilypond.voice import clef_text
from ripieno_bridges.formats.notation.notation import NotatedPart, NotatedStaff, Notation

STEMS = {
    1: ("\\oneVoice",),
    2: ("\\voiceOne", "\\voiceTwo"),
    3: ("\\voiceOne", "\\voiceFour", "\\voiceTwo"),
    4: ("\\voiceOne", "\\voiceThree", "\\voiceFour", "\\voiceTwo"),
}
MANY_WORDS = 4  # below a staff, as Roman numerals: they stand on one line then


def stem_words(count: int, place: int) -> str:
    """The word that gives one of ``count`` lines of a staff its stems."""
    words = STEMS[min(count, 4)]
    return words[min(place, len(words) - 1)]


def score_lines(
    notation: Notation,
    lines: Sequence[NamedLine],
    verses: dict[str, list[str]],
    fixed_stems: set[str],
    *,
    harmonies: bool,
    figures: bool,
) -> Iterator[str]:
    """The lines of the score's music.

    verses: the variables of the verses under each voice, by its variable. fixed_stems: the voices that share
    their staff from the first measure to the last.
    """
    yield "<<"
    if harmonies:
        yield f"{INDENT}\\new ChordNames \\harmonies"
    for group, parts in groupby(notation.parts, key=lambda part: (part.group, part.sings)):
        members = list(parts)
        together = len(members) > 1
        depth = 2 if together else 1
        if together:
            kind = "ChoirStaff" if group[1] else "StaffGroup"
            yield f"{INDENT}\\new {kind} <<"
        for part in members:
            for line in part_lines(part, lines, verses, fixed_stems):
                yield INDENT * depth + line
        if together:
            yield f"{INDENT}>>"
    if figures:
        yield f"{INDENT}\\new FiguredBass \\bassFigures"
    yield ">>"


def part_lines(
    part: NotatedPart, lines: Sequence[NamedLine], verses: dict[str, list[str]], fixed_stems: set[str]
) -> Iterator[str]:
    """The staves of a part."""
    many = len(part.staves) > 1
    names = list(with_lines(part))
    if many:
        yield "\\new PianoStaff \\with {"
        yield from (INDENT + name for name in names)
        yield "} <<"
    for staff in part.staves:
        own = [line for line in lines if line.staff is staff]
        body = list(staff_lines(part, staff, own, verses, fixed_stems, [] if many else names))
        yield from (f"{INDENT if many else ''}{line}" for line in body)
    if many:
        yield ">>"


def with_lines(part: NotatedPart) -> Iterator[str]:
    """The name of a part before its first line, before the others, and its sound."""
    for setting, text in (("instrumentName", part.name), ("shortInstrumentName", part.abbreviation)):
        rows = [quoted(row) for row in text.split("\n") if row.strip()]
        if len(rows) == 1:
            yield f"{setting} = {rows[0]}"
        elif rows:
            yield f"{setting} = \\markup \\right-column {{ {' '.join(rows)} }}"


def sound_of(part: NotatedPart) -> str:
    """The instrument that plays a part in the MIDI file."""
    if part.program is not None:
        return INSTRUMENTS[part.program - 1]
    return CHOIR if part.sings else PIANO


def staff_lines(
    part: NotatedPart,
    staff: NotatedStaff,
    own: Sequence[NamedLine],
    verses: dict[str, list[str]],
    fixed_stems: set[str],
    names: Sequence[str],
) -> Iterator[str]:
    """A staff with its voices, and the words under them."""
    several = sum(bool(verses.get(line.variable)) for line in own) > 1
    staff_name = f'= "{own[0].variable}Staff" ' if several else ""  # which the words above it name
    yield f"\\new Staff {staff_name}\\with {{"
    yield from (INDENT + name for name in names)
    if sum(mark.kind == "words" and mark.below for marks in staff.marks for mark in marks) >= MANY_WORDS:
        yield f"{INDENT}\\override TextScript.staff-padding = #3"
    yield f"{INDENT}midiInstrument = {quoted(sound_of(part))}"
    yield "} <<"
    yield f"{INDENT}{clef_text(staff.clefs[0])}"
    for line in own:
        stems = f"{stem_words(len(own), line.place)} " if line.variable in fixed_stems else ""
        music = f"{{ {stems}\\{line.variable} }}" if stems else f"\\{line.variable}"
        yield f'{INDENT}\\new Voice = "{line.variable}" {music}'
    yield ">>"
    for line in own:
        for verse in verses.get(line.variable, ()):
            above = several and line.place == 0
            place = f'\\with {{ alignAboveContext = "{own[0].variable}Staff" }} ' if above else ""
            yield f'\\new Lyrics {place}\\lyricsto "{line.variable}" \\{verse}'
