"""A track of a MIDI file -> its lines: notes, syllables, and the faults that matter if one is worked on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.errors import ScoreError
from ripieno.score import Lyric, Note, Score
from ripieno_bridges.formats.midi.channel_line import MAX_NOTES_A_QUARTER, ChannelLine, channel_line
from ripieno_bridges.formats.midi.tracks import TickNote, Track, amount
from ripieno_bridges.formats.midi.writer import DRUMS
from ripieno_bridges.formats.outer_line import TOGETHER
from ripieno_bridges.formats.score_lines import ScoreLine


@dataclass(frozen=True, slots=True)
class FilePosition:
    """What naming a place in an error needs: the measures, ticks a quarter, the file's name."""

    frame: Score
    ticks: int
    file: str


def read_lines(track: Track, midi_format: int, place: FilePosition, remarks: list[str]) -> list[ScoreLine]:
    """A track's lines, by channel, not numbered yet; adds to ``remarks`` what they cannot hold.

    A syllable belongs to the channel of which the most notes have one.
    """
    syllables = read_syllables(track.lyrics)
    found: dict[int, ScoreLine] = {}
    legato = 0
    for channel in sorted(track.channels, key=lambda c: -share_with_words(track.notes.get(c, ()), syllables)):
        blank = ScoreLine(line_name(track, channel, midi_format), 0)
        if channel == DRUMS:
            found[channel] = replace(blank, unpitched="percussion")
            continue
        top = channel_line(track.notes[channel], place.ticks)
        found[channel] = read_line(blank, track.notes[channel], top, syllables, place)
        legato += top.legato
    if legato:
        few = "1 note reaches" if legato == 1 else f"{legato} notes reach"
        remarks.append(f"{track.label}: {few} into the next by a sixteenth at most, read as legato")
    remarks += unused_syllables(track, syllables)
    return [found[channel] for channel in track.channels]


def line_name(track: Track, channel: int, midi_format: int) -> str:
    """The name of a channel's line."""
    if midi_format == 0:
        return f"channel {channel + 1}"
    name = track.name or f"track {track.number}"
    return f"{name}, channel {channel + 1}" if len(track.channels) > 1 else name


def share_with_words(notes: Sequence[TickNote], syllables: Mapping[int, Lyric]) -> Fraction:
    """How many of the notes begin with a syllable, 0 to 1."""
    return Fraction(sum(note.onset_tick in syllables for note in notes), max(len(notes), 1))


def read_line(
    blank: ScoreLine,
    notes: list[TickNote],
    top: ChannelLine,
    syllables: dict[int, Lyric],
    place: FilePosition,
) -> ScoreLine:
    """The line of a channel's notes. top: its top line. blank: with the line's name."""
    bottom = channel_line(notes, place.ticks, lowest=True) if top.chords else top
    crowded = top.crowded(place.ticks) or bottom.crowded(place.ticks)
    if crowded is not None:
        return replace(blank, fault=crowded_fault(crowded, blank.part, place))
    words = dict(syllables)
    highest = tuple(sung_notes(top.notes, syllables, place.ticks))
    line = replace(
        blank, notes=highest, lowest=highest, every_note=highest, words=any(note.lyrics for note in highest)
    )
    if not top.chords:
        return line
    lowest = tuple(sung_notes(bottom.notes, words, place.ticks))
    outer = {(note.onset_tick, note.pitch) for note in (*top.played, *bottom.played)}
    inner = sung_notes(
        [note for note in notes if (note.onset_tick, note.pitch) not in outer], {}, place.ticks
    )
    onsets = [measure.onset for measure in place.frame.measures]
    chords = [bisect_right(onsets, Fraction(tick, place.ticks)) - 1 for tick in top.chords]
    return replace(
        line,
        lowest=lowest,
        every_note=tuple({(note.onset, note.pitch): note for note in (*inner, *lowest, *highest)}.values()),
        chords=tuple(chords),
        chord_fault=chord_fault(notes, top.chords[0], blank.part, place),
    )


def crowded_fault(note: TickNote, name: str, place: FilePosition) -> ScoreError:
    """The error for more notes in a quarter than anybody sings, which would cost minutes of work."""
    fault = (
        f"more than {MAX_NOTES_A_QUARTER} notes begin within one quarter, and nobody sings so fast; "
        "leave most of them out, or delete this track"
    )
    return fault_at(note.onset_tick, fault, name, place)


def chord_fault(notes: Iterable[TickNote], tick: int, name: str, place: FilePosition) -> ScoreError:
    """The error for a chord, where a line must be without. notes: of the line. tick: of its first chord."""
    near = tick + TOGETHER * place.ticks
    chord = [note.pitch for note in notes if note.onset_tick < near and note.end_tick > tick]
    key = place.frame.measure_at(Fraction(tick, place.ticks)).key
    both = " and ".join(str(key.spell(pitch)) for pitch in chord[:2])
    fault = f"{both} sound at once, but a voice is one line; put each voice on its own track"
    return fault_at(tick, fault, name, place)


def fault_at(tick: int, fault: str, name: str, place: FilePosition) -> ScoreError:
    """An error at a place of the file."""
    number, beat = place.frame.place(Fraction(tick, place.ticks))
    return ScoreError(place.file, name, number, fault, beat=beat)


def sung_notes(notes: Iterable[TickNote], syllables: dict[int, Lyric], ticks: int) -> Iterator[Note]:
    """The notes in quarters; the first of them that starts with a syllable takes it out of ``syllables``."""
    for note in notes:
        lyric = syllables.pop(note.onset_tick, None)
        length = Fraction(note.end_tick - note.onset_tick, ticks)
        onset = Fraction(note.onset_tick, ticks)
        yield Note(onset, length, note.pitch, lyrics=(lyric,) if lyric else ())


def unused_syllables(track: Track, syllables: dict[int, Lyric]) -> list[str]:
    """The remark on syllables that no note took, if there are any."""
    if not syllables:
        return []
    return [f"{track.label}: {amount(len(syllables), 'syllable')} under no note, left out"]


def read_syllables(lyrics: list[tuple[int, str]]) -> dict[int, Lyric]:
    """Lyrics by tick; a syllable that ends in a hyphen is not the last of its word."""
    syllables: dict[int, Lyric] = {}
    inside = False
    for tick, written in lyrics:
        text, goes_on = written.rstrip("- "), written.endswith("-")
        if text:
            syllabic = ("middle" if goes_on else "end") if inside else ("begin" if goes_on else "single")
            syllables[tick] = Lyric(text, syllabic)
            inside = goes_on
    return syllables
