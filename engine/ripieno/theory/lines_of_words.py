"""Where the lines of a melody's words end, and where a phrase cannot end: points for each of its notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ripieno.score import Lyric, Note

SUNG = 0.6  # the share of the longest verse's syllables that another verse must have to be heard
PUNCTUATED, CAPITALS = 0.6, 0.8  # the shares of verses whose signs make a line; see ``ends_of_lines``
ALONE = 3  # so many verses agree on a line by their capital letters alone
LINES = 2  # so many lines tell that the words have lines
PUNCTUATION = re.compile(r"[.,;:!?][\"')\u201d\u2019]*$")
FULL_STOP = re.compile(r"[.;:!?][\"')\u201d\u2019]*$")
NO_LETTERS = re.compile(r"^[\W\d_]*")
ALWAYS_CAPITAL = re.compile(r"(I|O|Oh|God|Lord|Jesus|Christ)\b")  # inside a line of English, too

# Points in nats, set by hand: written lines outweigh what the melody alone says, but not whole phrases of it.
LINE_END, BEFORE_A_CAPITAL, NO_LINE_END, INSIDE_A_WORD = 4.0, 1.0, -2.0, -4.0

Verse = list[tuple[int, Lyric]]  # (index of the note, syllable)


def points_of_words(notes: Sequence[Note]) -> NDArray[np.float64]:
    """(notes,) the points of each note for being a phrase's last by the words; all 0 where nobody sings."""
    points = np.zeros(len(notes))
    verses = whole_verses(notes)
    for verse in verses:
        syllables = dict(verse)
        for i in range(verse[0][0], verse[-1][0]):
            lyric = syllables.get(i)
            goes_on = lyric is not None and lyric.syllabic in ("begin", "middle")
            is_held = i + 1 not in syllables  # the next note has no syllable of its own
            points[i] += INSIDE_A_WORD * (goes_on or is_held) / len(verses)
    ends = ends_of_lines(notes)
    if ends[:-1].sum() >= LINES:
        capital, _ = line_signs(verses, len(notes))
        maybe = np.append(capital[1:] >= CAPITALS, True)
        points += np.where(ends, LINE_END, np.where(maybe, BEFORE_A_CAPITAL, NO_LINE_END))
    return points


def ends_of_lines(notes: Sequence[Note]) -> NDArray[np.bool_]:
    """(notes,) the notes before those at which most verses begin a line of words, and the last one.

    A verse begins one with a capital letter after a sign of punctuation; where there are ``ALONE`` or more
    verses, capital letters are enough, since few verses have names at the same place.
    """
    verses = whole_verses(notes)
    capital, punctuated = line_signs(verses, len(notes))
    begins = punctuated >= PUNCTUATED
    if len(verses) >= ALONE:
        begins |= capital >= CAPITALS
    return np.append(begins[1:], True)


def line_signs(verses: Sequence[Verse], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shares of verses that have a capital letter at each of so many notes, and one after punctuation.

    Words that have one anywhere, such as "I", count after the end of a sentence only.
    """
    capital, punctuated = np.zeros(count), np.zeros(count)
    for verse in verses:
        for (i, lyric), (_, before) in zip(verse[1:], verse, strict=False):
            text = NO_LETTERS.sub("", lyric.text)
            if lyric.syllabic in ("middle", "end") or not text[0].isupper():
                continue
            always = ALWAYS_CAPITAL.match(text) is not None
            capital[i] += (not always) / len(verses)
            punctuated[i] += bool((FULL_STOP if always else PUNCTUATION).search(before.text)) / len(verses)
    return capital, punctuated


def whole_verses(notes: Sequence[Note]) -> list[Verse]:
    """The verses with about as many syllables as the longest one; signs without a letter are left out."""
    verses: dict[int, Verse] = {}
    for i, note in enumerate(notes):
        for lyric in note.lyrics:
            if NO_LETTERS.sub("", lyric.text):
                verses.setdefault(lyric.verse, []).append((i, lyric))
    most = max(map(len, verses.values()), default=0)
    return [verse for verse in verses.values() if len(verse) >= SUNG * most]
