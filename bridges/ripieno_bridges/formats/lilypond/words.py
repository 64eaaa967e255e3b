"""The words under a voice: a variable a verse, and which voices share it."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from ripieno.score import ELISION, Lyric
from ripieno_bridges.formats.lilypond.spanners import Joins
from ripieno_bridges.formats.lilypond.values import syllable_text
from ripieno_bridges.formats.notation.notation import NotatedLine

LINE_WIDTH = 76
MANY = 4  # notes without a syllable that are skipped in one go
SKIP = "_"


def verse_tokens(line: NotatedLine, verse: int) -> list[str]:
    """A verse for lyricsto: a word for each note that LilyPond does not pass over by itself."""
    held = Joins(line).held
    found: list[tuple[Lyric | None, bool]] = []  # a syllable, and whether notes are passed over after it
    for index, events in enumerate(line.measures):
        for place, event in enumerate(events):
            if not event.heads:
                continue
            if (index, place) in held:
                found[-1:] = [(syllable, True) for syllable, _ in found[-1:]]
                continue
            found.append((next((s for s in event.syllables if s.verse == verse), None), False))
    while found and found[-1][0] is None:
        found.pop()
    return list(tokens(found))


def tokens(found: list[tuple[Lyric | None, bool]]) -> Iterator[str]:
    """The syllables with hyphens and lines between them."""
    skipped = 0
    for number, (syllable, held) in enumerate(found):
        if syllable is None:
            skipped += 1
            continue
        yield from skips(skipped)
        skipped = 0
        yield syllable_text(syllable.text.replace(ELISION, "~"))
        last = number + 1 == len(found)
        goes_on = held or (not last and found[number + 1][0] is None)
        if syllable.syllabic in ("begin", "middle"):
            yield from () if last else ("--",)
        elif goes_on and syllable.melisma:
            yield "__"
    yield from skips(skipped)


def skips(count: int) -> Iterator[str]:
    """Notes that have no syllable of their own."""
    if count >= MANY:
        yield f"\\repeat unfold {count} {{ \\skip 1 }}"
    else:
        yield from [SKIP] * count


def verse_lines(words: list[str], stanza: int | None) -> Iterator[str]:
    """The lines of a verse. stanza: its number, where there are several and it does not say so itself."""
    yield "\\lyricmode {"
    if stanza is not None and not words[0].strip('"')[:1].isdigit():
        yield f'  \\set stanza = "{stanza}."'
    lines = wrap(" ".join(words), LINE_WIDTH, break_long_words=False, break_on_hyphens=False)
    yield from (f"  {line}" for line in lines)
    yield "}"
