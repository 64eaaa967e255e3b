"""A result -> written events: the new notes of each voice as note values, without the given ones.

A voice is written as a whole, so that new notes fit between given ones. Then the events of given notes are
left out, and the measures in which nothing is new.
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
from ripieno_bridges.http_server.response_models import VoiceOrHand, WrittenEvent, WrittenLine

WHOLE_NOTE = 4  # quarters
DOTTED = (Fraction(1), Fraction(3, 2), Fraction(7, 4))
HANDS = {RIGHT: "right", LEFT: "left"}
SPLIT, WORDS = "split", "words"
Counts = Counter[tuple[str, str]]  # (SPLIT, voice) -> notes that were split, (WORDS, voice) -> words left out


@dataclass(frozen=True, slots=True)
class EventOptions:
    """How a result is written as events.

    kept: the given score without the voices that are written again; None if nothing was given.
    ties_over_barlines_only: the client cannot write ties inside a measure. lyrics: new voices get the lyrics
    of a given voice.
    """

    ticks_per_quarter: int
    kept: Score | None = None
    ties_over_barlines_only: bool = False
    lyrics: bool = False

    def ticks(self, quarters: Fraction) -> int:
        """A time in ticks. Raises RequestError if it is not a whole number of them."""
        ticks = quarters * self.ticks_per_quarter
        if ticks.denominator != 1:
            raise RequestError(
                f"{self.ticks_per_quarter} ticks to a quarter are too few for the new notes; give more, "
                "such as 480"
            )
        return int(ticks)


def bars_of(score: Score, options: EventOptions) -> tuple[Bar, ...]:
    """The measures of a score as the answer has them."""
    return tuple(
        Bar(
            number=m.number,
            tick=options.ticks(m.onset),
            ticks=options.ticks(m.duration),
            meter=str(m.meter),
            fifths=m.key.fifths,
            mode="minor" if m.key.mode == "minor" else "major" if m.key.mode == "major" else None,
        )
        for m in score.measures
    )


def written_lines(result: Result, options: EventOptions) -> tuple[tuple[WrittenLine, ...], Counts]:
    """(the new events of each voice that has some, the counts for ``remarks_of``)"""
    counts: Counts = Counter()
    lines = []
    for new in result.new:
        events = tuple(events_of(new, result, options, counts))
        if events:
            lines.append(WrittenLine(voice=voice_or_hand(new.name), events=events))
    return tuple(lines), counts


def voice_or_hand(name: str) -> VoiceOrHand:
    """A voice's name in an answer: "right" for any line of the right hand."""
    hand = hand_of(name)
    return name if hand is None else HANDS[hand]


def remarks_of(counts: Sequence[Counts]) -> Iterator[str]:
    """Sentences about split notes and words that were left out. counts: of each alternative."""
    for number, found in enumerate(counts, 1):
        prefix = f"alternative {number}: " if len(counts) > 1 else ""
        split = sum(count for (what, _), count in found.items() if what == SPLIT)
        if split:
            notes = "1 note stands" if split == 1 else f"{split} notes stand"
            yield f"{prefix}{notes} as two, since no tie can be made inside a measure"
        for (what, voice), count in found.items():
            if what == WORDS:
                words = "1 word is" if count == 1 else f"{count} words are"
                yield f"{prefix}{words} not under the {voice}, which has fewer notes than syllables there"


# -- a voice -----------------------------------------------------------------------------------------------


def events_of(new: Voice, result: Result, options: EventOptions, counts: Counts) -> Iterator[WrittenEvent]:
    """The new events of one voice, in order of time. Adds to counts."""
    score, written = result.score, frozenset(new.notes)
    whole = whole_voice(new, score)
    syllables = syllables_under(new, options, counts)
    for index, measure in enumerate(score.measures):
        if result.until is not None and measure.onset >= result.until:
            return
        sounding = notes_in(whole, measure)
        if written.isdisjoint(sounding) and not has_new_rests(
            whole, sounding, measure, has_new_notes=bool(written), kept=options.kept
        ):
            continue
        pickup = index == 0 and measure.duration < measure.meter.length
        values = values_of(whole, measure, written, pickup=pickup)
        if options.ties_over_barlines_only:
            shift = measure.meter.length - measure.duration if pickup else Fraction(0)
            values, split = without_ties_inside(values, measure, shift)
            counts[SPLIT, new.name] += split
        for w in values:
            lyric = syllables.get(w.note.onset) if w.note is not None and w.first else None
            yield event_of(w, measure, options, lyric)


def whole_voice(new: Voice, score: Score) -> Voice:
    """The voice with its given notes; a pianist's new line, which has none, stays as it is."""
    for voice in score.voices:
        if voice.name == new.name and set(new.notes) <= set(voice.notes):
            return voice
    return new


def has_new_rests(
    voice: Voice, sounding: Collection[Note], measure: Measure, *, has_new_notes: bool, kept: Score | None
) -> bool:
    """Whether the rests of a measure without new notes are new.

    They are where the whole voice or the measure is new, and where given notes were removed. sounding: the
    voice's notes in the measure. has_new_notes: whether it has new notes in other measures.
    """
    before = next((v for v in kept.voices if v.name == voice.name), Voice(voice.name)) if kept else None
    if before is None or not before.notes:
        return has_new_notes
    assert kept is not None
    if measure.onset >= kept.duration:
        return True
    return {inside(n, measure) for n in sounding} != {inside(n, measure) for n in notes_in(before, measure)}


def inside(note: Note, measure: Measure) -> tuple[int, Fraction, Fraction]:
    """(pitch, onset, end) of the part of a note that sounds in a measure."""
    return note.pitch, max(note.onset, measure.onset), min(note.end, measure.end)


def values_of(
    voice: Voice, measure: Measure, written: Collection[Note], *, pickup: bool
) -> tuple[WrittenValue, ...]:
    """The written values of a measure, without those of given notes.

    If given notes have rhythms that cannot be written here (quintuplets), the new notes are written alone,
    without rests.
    """
    try:
        values = write_measure(voice, measure, pickup=pickup)
    except ScoreError:
        alone = replace(voice, notes=tuple(note for note in voice.notes if note in written))
        if alone.notes == voice.notes:
            raise
        return tuple(w for w in write_measure(alone, measure, pickup=pickup) if w.note is not None)
    return tuple(w for w in values if w.note is None or w.note in written)


def event_of(w: WrittenValue, measure: Measure, options: EventOptions, lyric: Lyric | None) -> WrittenEvent:
    """A written value as an event. lyric: the syllable under it."""
    value = (w.duration / TRIPLET if w.triplet else w.duration) / WHOLE_NOTE
    event = WrittenEvent(
        tick=options.ticks(measure.onset + w.onset),
        ticks=options.ticks(w.duration),
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
    """(the values without ties inside the measure, how many notes were split for it)

    Each note becomes one value, or several without ties where no single value is that long. shift: how far
    after the first beat of its meter a pickup begins, in quarters.
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
        # ``last`` means that no tie follows; ``first``, that a syllable may be written under it.
        pieces = [replace(piece, last=True) for piece in pieces]
        out += [*pieces[:-1], replace(pieces[-1], last=not over)]
        split += len(pieces) > 1
    return tuple(out), split


def cut(onset: Fraction, end: Fraction, meter: Meter, shift: Fraction) -> list[tuple[Fraction, Fraction]]:
    """[onset, end) if a value with at most two dots is that long, else its parts, cut at strong beats."""
    if any((end - onset) / dots in VALUES for dots in DOTTED):
        return [(onset, end)]
    try:
        middle = strongest_time(onset + shift, end + shift, meter) - shift
    except UnwritableError:
        return [(onset, end)]
    return [*cut(onset, middle, meter, shift), *cut(middle, end, meter, shift)]


# -- lyrics ------------------------------------------------------------------------------------------------


def syllables_under(new: Voice, options: EventOptions, counts: Counts) -> Mapping[Fraction, Lyric]:
    """Onset -> the syllable under a new note. A word without a note for each syllable is left out."""
    if not options.lyrics or options.kept is None or not new.notes:
        return {}
    singer = next((voice for voice in options.kept.voices if any(n.lyrics for n in voice.notes)), None)
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
    """(start of the first note, end of the last one)"""
    return notes[0].onset, notes[-1].end


def words_of(notes: Sequence[Note]) -> Iterator[list[tuple[Fraction, Lyric]]]:
    """The words under notes, each as the (onset, syllable) pairs of its syllables."""
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
