"""Block chords in a track of a MIDI file or in a clip of Live -> the harmony that they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from ripieno.harmony.from_notes import chord_of_notes
from ripieno.harmony.harmony import Harmony
from ripieno.score import Score
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.formats.outer_line import TOGETHER, is_held_into

NAMES = ("chords", "chord", "harmony", "harmonies", "rip chords", "akkorde")
SIXTEENTH = Fraction(1, 4)  # of a quarter; notes of a block begin less than that apart
MAX_UNNAMED = 6  # blocks without a name that are told one by one


@dataclass(frozen=True, slots=True)
class Block:
    """The notes that sound where several begin together. onset, end: in quarters. pitches: lowest first.

    alone: whether but one of them begins here, over others that are held.
    """

    onset: Fraction
    end: Fraction
    pitches: tuple[int, ...]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class BlockChords:
    """What block chords ask for. harmonies: in order, a repeated chord once. unnamed: blocks without a name.

    named: how many blocks have one.
    """

    harmonies: tuple[Harmony, ...]
    unnamed: tuple[Block, ...]
    named: int

    @property
    def mostly_named(self) -> bool:
        """Whether at least half of the blocks are chords."""
        return self.named > 0 and self.named >= len(self.unnamed)

    def sentences(self, score: Score) -> Iterator[str]:
        """A sentence for each block that is no chord, with its place in the score."""
        for block in self.unnamed[:MAX_UNNAMED]:
            measure, beat = score.place(block.onset)
            key = score.measure_at(block.onset).key
            *others, last = [str(key.spell(pitch)) for pitch in block.pitches]
            said = f"{', '.join(others)} and {last} are" if others else f"{last} alone is"
            yield f"measure {measure}, beat {beat}: {said} no chord; nothing is asked there"
        more = len(self.unnamed) - MAX_UNNAMED
        if more > 0:
            yield f"{more} more {'is' if more == 1 else 'are'} no chord; nothing is asked there"


def is_chord_name(name: str) -> bool:
    """Whether a track or a clip of that name holds the chords of the piece."""
    return " ".join(name.casefold().split()) in NAMES


def read_block_chords(notes: Iterable[FlatNote], score: Score) -> BlockChords:
    """The chords of these notes, each to the next one, or to its own end where a beat of silence follows.

    score: whose measures give keys, for the spelling, and beats; what begins after its end is left out.
    """
    blocks = [block for block in blocks_of(notes) if block.onset < score.duration]
    found = [(block, chord_of_notes(block.pitches, score.measure_at(block.onset).key)) for block in blocks]
    found = [(block, chord) for block, chord in found if chord is not None or not block.alone]
    harmonies: list[Harmony] = []
    nexts = [block.onset for block, _ in found[1:]] + [score.duration]
    for (block, chord), after in zip(found, nexts, strict=True):
        if chord is None:
            continue
        silent = after - block.end >= score.measure_at(block.onset).meter.beat
        end = block.end if silent else after
        before = harmonies[-1] if harmonies else None
        if before is not None and before.chord == chord and before.end == block.onset:
            harmonies[-1] = replace(before, end=end)
        else:
            harmonies.append(Harmony(block.onset, end, chord))
    unnamed = tuple(block for block, chord in found if chord is None)
    return BlockChords(tuple(harmonies), unnamed, len(found) - len(unnamed))


def blocks_of(notes: Iterable[FlatNote]) -> Iterator[Block]:
    """The blocks, in order of time; each with the notes from before that are held for half of it at least."""
    sounding: list[FlatNote] = []
    for group in groups_of(notes):
        shortest = min(group, key=lambda note: note.duration)
        held = [note for note in sounding if is_held_into(note, shortest)]
        sounding = [*held, *group]
        yield Block(
            onset=on_sixteenth(group[0].start),
            end=max(note.start + note.duration for note in sounding),
            pitches=tuple(sorted({note.pitch for note in sounding})),
            alone=bool(held) and len({note.pitch for note in group}) == 1,
        )


def groups_of(notes: Iterable[FlatNote]) -> Iterator[list[FlatNote]]:
    """The notes that begin together, less than a sixteenth apart, in order of time."""
    group: list[FlatNote] = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
        if group and note.start - group[0].start >= SIXTEENTH:
            yield group
            group = []
        group.append(note)
    if group:
        yield group


def on_sixteenth(time: Fraction) -> Fraction:
    """The time of the sixteenth next to it, if a hand meant that; else the time itself, as of a triplet."""
    near = round(time / SIXTEENTH) * SIXTEENTH
    return near if abs(time - near) < TOGETHER else time
