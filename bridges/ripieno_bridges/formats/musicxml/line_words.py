"""The words of lines that come to share a staff, or no longer do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import deepcopy
from fractions import Fraction
from itertools import accumulate

from lxml.etree import _Element

Syllables = tuple[tuple[str, str, str], ...]  # (verse, syllabic, text) of each
Place = tuple[int, Fraction]  # (index of a measure, onset in it)
Words = Mapping[Place, _Element]  # the first note at each place
Verse = list[tuple[Place, str]]  # (place, letters) of its syllables


def syllables(note: _Element) -> Syllables:
    """What is sung on a note."""
    return tuple(
        (
            lyric.get("number", "1"),
            lyric.findtext("syllabic", "single"),
            " ".join(text.text or "" for text in lyric.findall("text")),
        )
        for lyric in note.findall("lyric")
    )


def has_words(line: Words) -> bool:
    """Whether something is sung on a line."""
    return any(note.find("lyric") is not None for note in line.values())


def words_once(lines: Sequence[Words]) -> bool:
    """Keep the words of a staff once: the top line's, or those of a lower one that has all of them and more.

    So it is, too, where lines sing one text, and one of them has a syllable sooner or later, or joins two.
    Where a line has others, the top line's words go above the staff. Returns whether it has its words
    once.
    """
    top, *others = lines
    once = True
    for line in others:
        if are_among(line, top) or keeps_up(line, top):
            remove_words(line)
        elif are_among(top, line) or keeps_up(top, line):
            remove_words(top)
        else:
            once = False
    if not once:
        for lyric in (lyric for note in top.values() for lyric in note.findall("lyric")):
            lyric.set("placement", "above")
    return once


def are_among(line: Words, others: Words) -> bool:
    """Whether each syllable of a line stands at the same time in another."""
    sung = {place: syllables(note) for place, note in line.items() if note.find("lyric") is not None}
    return all(place in others and syllables(others[place]) == here for place, here in sung.items())


def keeps_up(line: Words, other: Words) -> bool:
    """Whether a line sings the other's text, with no more syllables, and none of them a syllable off."""
    verses, others = verses_of(line), verses_of(other)
    return verses.keys() == others.keys() and all(
        verse_keeps_up(verses[number], others[number]) for number in verses
    )


def verse_keeps_up(verse: Verse, other: Verse) -> bool:
    """The same, of one verse: each syllable begins between the other's neighbours of it."""
    if "".join(text for _, text in verse) != "".join(text for _, text in other) or len(verse) > len(other):
        return False
    begins = list(accumulate((len(text) for _, text in other), initial=0))  # each syllable's first letter
    letter = 0
    for place, text in verse:
        index = bisect_right(begins, letter) - 1
        too_soon = index > 0 and place <= other[index - 1][0]
        too_late = index + 1 < len(other) and place >= other[index + 1][0]
        if too_soon or too_late:
            return False
        letter += len(text)
    return True


def verses_of(line: Words) -> dict[str, Verse]:
    """The verses of a line by their numbers, of each syllable that has letters its place and these."""
    verses: dict[str, Verse] = {}
    for place in sorted(line):
        for number, _, text in syllables(line[place]):
            letters = "".join(c for c in text.casefold() if c.isalnum())
            if letters:
                verses.setdefault(number, []).append((place, letters))
    return verses


def remove_words(line: Words) -> None:
    """Take the words from a line."""
    for note in line.values():
        for lyric in note.findall("lyric"):
            note.remove(lyric)


def copy_words(line: Words, source: Words) -> list[int]:
    """Give a line without words those of another, at each onset that both have.

    Returns the measures' indices of the syllables that found no note.
    """
    lost = []
    for place, note in source.items():
        if note.find("lyric") is None:
            continue
        if place not in line:
            lost.append(place[0])
            continue
        for lyric in note.findall("lyric"):
            copy = deepcopy(lyric)
            copy.attrib.pop("placement", "")
            after = [c for c in line[place] if c.tag in ("play", "listen")]
            if after:
                after[0].addprevious(copy)
            else:
                line[place].append(copy)
    return lost
