"""A result -> written events: what ripieno wrote, voice by voice, and nothing that was given.

A voice is written as a whole, so that new notes stand well beside given ones; then everything is left out
that belongs to given notes, and every measure in which nothing was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from ripieno.errors import RequestError, ScoreError
from ripieno.piano.hands import LEFT, RIGHT, hand_of
from ripieno.results import Result
from ripieno.score import Lyric, Measure, Meter, Note, Score, Voice
from ripieno_bridges.formats.musicxml.note_values import (
    TRIPLET,
    VALUES,
    UnwritableError,
    WrittenValue,
    notes_in,
    strongest_time,
    write_measure,
)
from ripieno_bridges.http_server.request_models import Bar
from ripieno_bridges.http_server.response_models import Sung, WrittenEvent, WrittenLine

WHOLE_NOTE = 4  # quarters
DOTTED = (Fraction(1), Fraction(3, 2), Fraction(7, 4))
NAMES: dict[str, Sung] = {
    "soprano": "soprano",
    "alto": "alto",
    "tenor": "tenor",
    "bass": "bass",
    RIGHT: "right",
    LEFT: "left",
}
SPLIT, WORDS = "split", "words"  # what is counted for the remarks


@dataclass(frozen=True, slots=True)
class Paper:
    """What a result is written on.

    ticks_per_quarter: how finely its reader counts. barlines: its reader makes ties over barlines only.
    base: what was given, without the voices to be written anew; None where nothing was. words: new voices
    get the syllables of a given one.
    """

    ticks_per_quarter: int
    base: Score | None = None
    barlines: bool = False
    words: bool = False

    def ticks(self, quarters: Fraction) -> int:
        """A time in ticks. Raises RequestError where none is that fine."""
        ticks = quarters * self.ticks_per_quarter
        if ticks.denominator != 1:
            raise RequestError(
                f"{self.ticks_per_quarter} ticks to a quarter are too few to tell what was written; give "
                "more, such as 480"
            )
        return int(ticks)


def bars_of(score: Score, paper: Paper) -> tuple[Bar, ...]:
    """The measures of a score, as they are told."""
    return tuple(
        Bar(
            number=m.number,
            tick=paper.ticks(m.onset),
            ticks=paper.ticks(m.duration),
            meter=str(m.meter),
            fifths=m.key.fifths,
            mode="minor" if m.key.mode == "minor" else "major" if m.key.mode == "major" else None,
        )
        for m in score.measures
    )


def written_lines(result: Result, paper: Paper) -> tuple[tuple[WrittenLine, ...], Counter[tuple[str, str]]]:
    """(what was written, (what, voice) -> how often that has to be told)."""
    counts: Counter[tuple[str, str]] = Counter()
    lines = []
    for new in result.new:
        events = tuple(events_of(new, result, paper, counts))
        if events:
            lines.append(WrittenLine(voice=said_name(new.name), events=events))
    return tuple(lines), counts


def said_name(name: str) -> Sung:
    """A voice's name as it is told: "right" for any line of the right hand."""
    return NAMES[hand_of(name) or name]


def remarks_of(counts: Sequence[Counter[tuple[str, str]]]) -> Iterator[str]:
    """What to say of that which was written otherwise than it sounds. counts: of each alternative."""
    for number, found in enumerate(counts, 1):
        where = f"alternative {number}: " if len(counts) > 1 else ""
        split = sum(count for (what, _), count in found.items() if what == SPLIT)
        if split:
            notes = "1 note stands" if split == 1 else f"{split} notes stand"
            yield f"{where}{notes} as two, since no tie can be made inside a measure"
        for (what, voice), count in found.items():
            if what == WORDS:
                words = "1 word is" if count == 1 else f"{count} words are"
                yield f"{where}{words} not under the {voice}, which has fewer notes than syllables there"


# -- a voice -----------------------------------------------------------------------------------------------


def events_of(
    new: Voice, result: Result, paper: Paper, counts: Counter[tuple[str, str]]
) -> Iterator[WrittenEvent]:
    """What was written in one voice, in the order of time."""
    score, written = result.score, frozenset(new.notes)
    whole = whole_voice(new, score)
    syllables = syllables_under(new, paper, counts)
    for index, measure in enumerate(score.measures):
        if result.until is not None and measure.onset >= result.until:
            return
        sounding = notes_in(whole, measure)
        kept = [note for note in sounding if note not in written]
        if len(kept) == len(sounding) and not is_empty_now(whole, kept, measure, bool(written), paper.base):
            continue
        pickup = index == 0 and measure.duration < measure.meter.length
        values = values_of(whole, measure, written, pickup=pickup)
        if paper.barlines:
            shift = measure.meter.length - measure.duration if pickup else Fraction(0)
            values, split = without_ties_inside(values, measure, shift)
            counts[SPLIT, new.name] += split
        for w in values:
            lyric = syllables.get(w.note.onset) if w.note is not None and w.first else None
            yield event_of(w, measure, paper, lyric)


def whole_voice(new: Voice, score: Score) -> Voice:
    """The voice with its given notes. A pianist's new lines are others than those that are given."""
    for voice in score.voices:
        if voice.name == new.name and set(new.notes) <= set(voice.notes):
            return voice
    return new


def is_empty_now(
    voice: Voice, kept: Collection[Note], measure: Measure, writes: bool, base: Score | None
) -> bool:
    """Whether a measure in which nothing new sounds was written all the same: as rests.

    It was where a whole voice or a new measure is written, and where something was taken away. writes: the
    voice has new notes somewhere.
    """
    before = next((v for v in base.voices if v.name == voice.name), Voice(voice.name)) if base else None
    if before is None or not before.notes:
        return writes
    assert base is not None
    if measure.onset >= base.duration:
        return True
    return {inside(n, measure) for n in kept} != {inside(n, measure) for n in notes_in(before, measure)}


def inside(note: Note, measure: Measure) -> tuple[int, Fraction, Fraction]:
    """What of a note sounds in a measure: pitch, onset, end."""
    return note.pitch, max(note.onset, measure.onset), min(note.end, measure.end)


def values_of(
    voice: Voice, measure: Measure, written: Collection[Note], *, pickup: bool
) -> tuple[WrittenValue, ...]:
    """The written values of a measure, without those of given notes.

    Where given notes stand in rhythms that cannot be written here (quintuplets), the new ones are written
    alone, without rests.
    """
    try:
        values = write_measure(voice, measure, pickup=pickup)
    except ScoreError:
        alone = replace(voice, notes=tuple(note for note in voice.notes if note in written))
        if alone.notes == voice.notes:
            raise
        return tuple(w for w in write_measure(alone, measure, pickup=pickup) if w.note is not None)
    return tuple(w for w in values if w.note is None or w.note in written)


def event_of(w: WrittenValue, measure: Measure, paper: Paper, lyric: Lyric | None) -> WrittenEvent:
    """A written value as it is told. lyric: what stands under it."""
    value = (w.duration / TRIPLET if w.triplet else w.duration) / WHOLE_NOTE
    event = WrittenEvent(
        tick=paper.ticks(measure.onset + w.onset),
        ticks=paper.ticks(w.duration),
        duration=f"{value.numerator}/{value.denominator}",
        tuplet="3/2" if w.triplet else None,
    )
    if w.note is None:
        return event
    spelling = w.note.spelling or measure.key.spell(w.note.pitch)
    fields = {name: getattr(event, name) for name in ("tick", "ticks", "duration", "tuplet")}
    return WrittenEvent(
        **fields,
        pitch=w.note.pitch,
        spelling=str(spelling),
        tie=not w.last,
        lyric=None if lyric is None else lyric.text,
        syllabic=None if lyric is None else lyric.syllabic,
    )


# -- ties over barlines only -------------------------------------------------------------------------------


def without_ties_inside(
    values: Sequence[WrittenValue], measure: Measure, shift: Fraction
) -> tuple[tuple[WrittenValue, ...], int]:
    """(the values with each note's in one piece or, without a tie, in two, how many are in two).

    shift: how far after its first beat a pickup begins.
    """
    out: list[WrittenValue] = []
    split = 0
    for note, group in groupby(values, key=lambda w: w.note):
        pieces = list(group)
        if note is None or len(pieces) == 1:
            out += pieces
            continue
        if not any(piece.triplet for piece in pieces):
            onset, end = pieces[0].onset, pieces[-1].onset + pieces[-1].duration
            pieces = [
                WrittenValue(
                    start, stop - start, "", 0, note, start == onset and pieces[0].first, stop == end
                )
                for start, stop in cut(onset, end, measure.meter, shift)
            ]
        over = measure.onset + pieces[-1].onset + pieces[-1].duration < note.end
        # ``last`` says where no tie follows; ``first``, where a syllable may stand.
        pieces = [replace(piece, last=True) for piece in pieces]
        out += [*pieces[:-1], replace(pieces[-1], last=not over)]
        split += len(pieces) > 1
    return tuple(out), split


def cut(onset: Fraction, end: Fraction, meter: Meter, shift: Fraction) -> list[tuple[Fraction, Fraction]]:
    """[onset, end) where one value with at most two dots is so long, else its pieces, cut at strong beats."""
    if any((end - onset) / dots in VALUES for dots in DOTTED):
        return [(onset, end)]
    try:
        middle = strongest_time(onset + shift, end + shift, meter) - shift
    except UnwritableError:
        return [(onset, end)]
    return [*cut(onset, middle, meter, shift), *cut(middle, end, meter, shift)]


# -- words -------------------------------------------------------------------------------------------------


def syllables_under(new: Voice, paper: Paper, counts: Counter[tuple[str, str]]) -> Mapping[Fraction, Lyric]:
    """Onset -> the syllable under a new note: those of words of which every syllable has a note there."""
    if not paper.words or paper.base is None or not new.notes:
        return {}
    singer = next((voice for voice in paper.base.voices if any(n.lyrics for n in voice.notes)), None)
    if singer is None or singer.name == new.name:
        return {}
    onsets = {note.onset for note in new.notes}
    reach = range_of(new.notes)
    found: dict[Fraction, Lyric] = {}
    for word in words_of(singer.notes):
        if all(onset in onsets for onset, _ in word):
            found |= dict(word)
        elif any(reach[0] <= onset < reach[1] for onset, _ in word):
            counts[WORDS, new.name] += 1
    return found


def range_of(notes: Sequence[Note]) -> tuple[Fraction, Fraction]:
    """From when to when there are notes."""
    return notes[0].onset, notes[-1].end


def words_of(notes: Sequence[Note]) -> Iterator[list[tuple[Fraction, Lyric]]]:
    """The words under notes: the syllables of each, and when they are sung."""
    word: list[tuple[Fraction, Lyric]] = []
    for note in notes:
        if not note.lyrics:
            continue
        lyric = note.lyrics[0]
        if word and lyric.syllabic in ("single", "begin"):
            yield word
            word = []
        word.append((note.onset, lyric))
    if word:
        yield word
