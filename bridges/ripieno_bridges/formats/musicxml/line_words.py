"""The words of lines that come to share a staff, or no longer do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from fractions import Fraction

from lxml.etree import _Element

Syllables = tuple[tuple[str, str, str], ...]  # (verse, syllabic, text) of each
Words = Mapping[tuple[int, Fraction], _Element]  # the first note at (index of a measure, onset in it)


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

    Where a line has others, the top line's words go above the staff. Returns whether it has its words
    once.
    """
    top, *others = lines
    once = True
    for line in others:
        if are_among(line, top):
            remove_words(line)
        elif are_among(top, line):
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
