"""The words of a sung line under other voices: which syllable stands under which note.

A note takes the syllable that begins with it. Where a voice has more notes than syllables, a syllable is held
over the notes that follow (a melisma). Where it has fewer, a syllable waits for the next note that begins
before it ends; without one it joins the syllable of the note that sounds on. Syllables of one word become one
(glo-ry: glory), words are bound by an elision (the‿Lord). A word is sung whole or not at all: where a voice
rests in a part of it, its syllables stand under the notes that it has.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from ripieno.results import Result
from ripieno.score import ELISION, Lyric, Note, Score, Voice

INSIDE, GOING_ON = ("middle", "end"), ("begin", "middle")  # a word began before, a word goes on
SYLLABICS = {
    (True, True): "single",
    (True, False): "begin",
    (False, False): "middle",
    (False, True): "end",
}
OTHER_WORDS = Fraction(4)  # quarters over which no verse holds a syllable under another one's syllables


@dataclass(frozen=True, slots=True)
class TimedSyllable:
    """A syllable as it is sung on [onset, end), in quarters, by the voice whose words are copied.

    until: where another voice ends it at the latest, with the next syllable. begins, ends: whether its word
    does so with it.
    """

    text: str
    onset: Fraction
    end: Fraction
    until: Fraction
    begins: bool
    ends: bool


# -- results -----------------------------------------------------------------------------------------------


def with_words(
    result: Result,
    before: Score,
    *,
    rewritten: Collection[str] = (),
    copy: bool = True,
    sharing: Collection[str] = (),
) -> Result:
    """The result with words under its new notes; notes that were given stay as they are.

    A voice gets back its own words where notes that had some were replaced. Else, with ``copy``, a voice that
    is new gets those of the highest voice that stays and has some. before: what was given. rewritten: its
    voices of which nothing is kept. sharing: voices that get no words of others, since they share a staff.
    """
    singer = next((v for v in before.voices if v.name not in rewritten and has_words(v.notes)), None)
    given = {voice.name: voice for voice in before.voices if voice.name not in rewritten}
    whole = {voice.name: voice for voice in result.score.voices}
    sung: dict[str, dict[Fraction, Note]] = {}
    for new in result.new:
        own = given.get(new.name, Voice(new.name))
        source = None
        if any(note.lyrics and sounds_with(note, new.notes) for note in own.notes):
            source = own
        elif copy and new.name not in sharing and (not own.notes or has_words(own.notes)):
            source = singer
        if source is not None:
            sung[new.name] = under(source, whole.get(new.name, new), new.notes)
    return with_notes(result, sung)


def with_notes(result: Result, changed: Mapping[str, Mapping[Fraction, Note]]) -> Result:
    """The result with other notes in place of new ones. changed: voice -> onset -> note."""

    def voice_with(voice: Voice) -> Voice:
        found = changed.get(voice.name, {})
        return replace(voice, notes=tuple(found.get(n.onset, n) for n in voice.notes)) if found else voice

    score = replace(result.score, voices=tuple(voice_with(voice) for voice in result.score.voices))
    return replace(result, new=tuple(voice_with(voice) for voice in result.new), score=score)


def has_words(notes: Sequence[Note]) -> bool:
    """Whether there is a syllable under one of the notes."""
    return any(note.lyrics for note in notes)


def sounds_with(note: Note, others: Sequence[Note]) -> bool:
    """Whether one of the other notes, in order, sounds at some time of a note."""
    at = bisect_right(others, note.onset, key=lambda other: other.end)
    return at < len(others) and others[at].onset < note.end


def under(source: Voice, voice: Voice, new: Sequence[Note]) -> dict[Fraction, Note]:
    """(onset -> the note with its syllables) for the new notes of a voice. source: that has the words."""
    verses = dict.fromkeys(lyric.verse for note in source.notes for lyric in note.lyrics)
    lyrics: dict[Fraction, list[Lyric]] = {note.onset: [] for note in new}
    for verse in sorted(verses):
        for index, lyric in place(syllables_of(source.notes, verse), voice.notes, verse, lyrics):
            if voice.notes[index].onset in lyrics:
                lyrics[voice.notes[index].onset].append(lyric)
    return {note.onset: replace(note, lyrics=tuple(lyrics[note.onset])) for note in new}


# -- syllables ---------------------------------------------------------------------------------------------


def syllables_of(notes: Sequence[Note], verse: int) -> list[TimedSyllable]:
    """The syllables of one verse, in order."""
    found = [(i, lyric) for i, note in enumerate(notes) for lyric in note.lyrics if lyric.verse == verse]
    places = [i for i, _ in found]
    words = [lyric.syllabic for _, lyric in found]
    out: list[TimedSyllable] = []
    for k, (i, lyric) in enumerate(found):
        stop = places[k + 1] if k + 1 < len(found) else len(notes)
        end = held_to(notes, i, stop)
        after = notes[stop].onset if stop < len(notes) else end
        begins = lyric.syllabic not in INSIDE or k == 0
        ends = lyric.syllabic not in GOING_ON or k + 1 == len(found) or words[k + 1] in ("single", "begin")
        until = after if after - end <= OTHER_WORDS else end
        out.append(TimedSyllable(lyric.text, notes[i].onset, end, until, begins, ends))
    return out


def held_to(notes: Sequence[Note], index: int, stop: int) -> Fraction:
    """Where the syllable under a note ends: with the last note, up to ``stop``, that follows without a rest.

    Under a refrain of which only another verse has the words, it is not held.
    """
    far = stop == len(notes) or notes[stop].onset - notes[index].end > OTHER_WORDS
    last = index
    while (
        last + 1 < stop and notes[last].end == notes[last + 1].onset and not (far and notes[last + 1].lyrics)
    ):
        last += 1
    return notes[last].end


def place(
    syllables: Sequence[TimedSyllable], notes: Sequence[Note], verse: int, new: Collection[Fraction]
) -> Iterator[tuple[int, Lyric]]:
    """(index of the note, the syllable there) for one verse under the notes of another voice.

    new: the onsets of those that may be written; the others are in no melisma that is marked.
    """
    targets = [target_of(syllable, notes) for syllable in syllables]
    for start, end in words_in(syllables):
        whole_word(targets, start, end)
    under_notes: dict[int, list[TimedSyllable]] = {}
    for syllable, target in zip(syllables, targets, strict=True):
        if target is not None:
            under_notes.setdefault(target, []).append(syllable)
    for index, stop in pairwise([*under_notes, len(notes)]):
        sung = under_notes[index]
        held = [n for n in notes[index + 1 : stop] if n.onset < sung[-1].until]
        joins = bool(held) and notes[index].end == held[0].onset and all(n.onset in new for n in held)
        yield index, joined(sung, verse, melisma=joins)


def target_of(syllable: TimedSyllable, notes: Sequence[Note]) -> int | None:
    """The index of the note for a syllable: the first that begins in it, else the one that sounds on."""
    at = bisect_left(notes, syllable.onset, key=lambda note: note.onset)
    if at < len(notes) and notes[at].onset < syllable.end:
        return at
    return at - 1 if at and notes[at - 1].end > syllable.onset else None


def words_in(syllables: Sequence[TimedSyllable]) -> Iterator[tuple[int, int]]:
    """[start, end) of the syllables of each word."""
    starts = [i for i, syllable in enumerate(syllables) if syllable.begins]
    yield from pairwise([*starts, len(syllables)])


def whole_word(targets: list[int | None], start: int, end: int) -> None:
    """Give the syllables of a word that have no note the nearest note that its other syllables have."""
    there = [i for i in range(start, end) if targets[i] is not None]
    for i in range(start, end if there else start):
        if targets[i] is None:
            targets[i] = targets[max((t for t in there if t < i), default=there[0])]


def joined(syllables: Sequence[TimedSyllable], verse: int, *, melisma: bool) -> Lyric:
    """The syllables under one note as one."""
    text = syllables[0].text
    for before, after in pairwise(syllables):
        text += ("" if not before.ends and not after.begins else ELISION) + after.text
    syllabic = SYLLABICS[syllables[0].begins, syllables[-1].ends]
    return Lyric(text, syllabic, verse, melisma)


# -- melismas ----------------------------------------------------------------------------------------------


def melisma_slur(voice: Voice, note: Note) -> str:
    """Whether the slur of a melisma starts ("start") or stops ("stop") with a note, else "".

    Only over notes without a syllable of any verse, and not over one pitch, where it would look like a tie.
    """
    notes = voice.notes
    head = last = bisect_left(notes, note.onset, key=lambda other: other.onset)
    while not notes[head].lyrics and head and is_sung_on(notes, head - 1):
        head -= 1
    while is_sung_on(notes, last):
        last += 1
    moves = any(other.pitch != notes[head].pitch for other in notes[head + 1 : last + 1])
    if not moves or not any(lyric.melisma for lyric in notes[head].lyrics):
        return ""
    return {notes[head].onset: "start", notes[last].onset: "stop"}.get(note.onset, "")


def is_sung_on(notes: Sequence[Note], index: int) -> bool:
    """Whether the next note follows without a rest and has no syllable."""
    after = notes[index + 1] if index + 1 < len(notes) else None
    return after is not None and not after.lyrics and notes[index].end == after.onset


def melisma_length(voice: Voice, note: Note, lyric: Lyric) -> Fraction:
    """From the onset of a note to that of the last one over which its syllable is held, in quarters."""
    notes = voice.notes
    last = at = bisect_left(notes, note.onset, key=lambda other: other.onset)
    while last + 1 < len(notes) and notes[last].end == notes[last + 1].onset:
        if any(other.verse == lyric.verse for other in notes[last + 1].lyrics):
            break
        last += 1
    return notes[last].onset - notes[at].onset
