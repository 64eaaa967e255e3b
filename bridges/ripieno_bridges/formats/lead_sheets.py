"""Lead sheets, one melody with chord symbols: read from MusicXML, and realized for the piano."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path

import numpy as np
from lxml.etree import _Element

from ripieno.errors import ScoreError, printable, short
from ripieno.piano.left_hand import (
    PATTERNS,
    SHUFFLE,
    STRAIGHT,
    Change,
    accompaniment,
    pick,
    without_collisions,
)
from ripieno.piano.lines import lines
from ripieno.score import SIXTEENTH, STEP_SEMITONES, Measure, Note, Score, Voice
from ripieno.theory.chords import (
    AUGMENTED,
    DIMINISHED,
    DIMINISHED_SEVENTH,
    DOMINANT_SEVENTH,
    HALF_DIMINISHED,
    MAJOR,
    MAJOR_SEVENTH,
    MINOR,
    MINOR_SEVENTH,
    Chord,
)
from ripieno_bridges.formats.files import read_bytes
from ripieno_bridges.formats.musicxml.measure_time import cursor_step, number_in
from ripieno_bridges.formats.musicxml.reader import list_staves, read_musicxml
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.formats.score_lines import check_plain_lines

AUGMENTED_SEVENTH = (4, 8, 10)
# The kinds of <harmony>, in semitones over the root. Of ninths and more a left hand plays the seventh chord.
KINDS = {
    "major": MAJOR,
    "minor": MINOR,
    "augmented": AUGMENTED,
    "diminished": DIMINISHED,
    "major-sixth": (4, 7, 9),
    "minor-sixth": (3, 7, 9),
    "dominant": DOMINANT_SEVENTH,
    "major-seventh": MAJOR_SEVENTH,
    "minor-seventh": MINOR_SEVENTH,
    "major-minor": (3, 7, 11),
    "augmented-seventh": AUGMENTED_SEVENTH,
    "diminished-seventh": DIMINISHED_SEVENTH,
    "half-diminished": HALF_DIMINISHED,
    "dominant-ninth": DOMINANT_SEVENTH,
    "major-ninth": MAJOR_SEVENTH,
    "minor-ninth": MINOR_SEVENTH,
    "dominant-11th": DOMINANT_SEVENTH,
    "major-11th": MAJOR_SEVENTH,
    "minor-11th": MINOR_SEVENTH,
    "dominant-13th": DOMINANT_SEVENTH,
    "major-13th": MAJOR_SEVENTH,
    "minor-13th": MINOR_SEVENTH,
    "suspended-second": (2, 7),
    "suspended-fourth": (5, 7),
}
EIGHTH = Fraction(1, 2)
NO_CHORD = "none"  # what MusicXML calls N.C.


@dataclass(frozen=True, slots=True)
class LeadSheet:
    """The melody, a score of one voice on sixteenths, and its chords. Before the first there is no chord."""

    melody: Score
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A chord symbol where it stands; ``chord`` is ``None`` for N.C."""

    onset: Fraction
    chord: Chord | None


def is_lead_sheet(data: bytes, file: str) -> bool:
    """Is this MusicXML document one melody with chord symbols? file: the name that errors show.

    A song with chords or a second voice on its staff is not one: its accompaniment is written out already.
    Raises FileError or ScoreError for what is not MusicXML.
    """
    root = check_document(data, file).root
    parts = root.findall("part")
    if len(parts) != 1 or len(list_staves(root)) != 1 or next(parts[0].iter("chord"), None) is not None:
        return False
    voices = {note.findtext("voice", "1").strip() for note in parts[0].iter("note")}
    kinds = {(kind.text or "").strip() for kind in parts[0].iter("kind")}
    return len(voices) == 1 and bool(kinds - {NO_CHORD})


def read_lead_sheet(path: Path) -> LeadSheet:
    """Read a MusicXML file with one melody line and chord symbols.

    Raises FileError for what is not MusicXML; ScoreError where there are no chord symbols, more than one
    line of melody, or an unknown chord symbol.
    """
    return parse_lead_sheet(read_bytes(path), printable(path.name))


def parse_lead_sheet(data: bytes, file: str) -> LeadSheet:
    """As ``read_lead_sheet``, from a file's bytes. file: the name that errors show."""
    document = read_musicxml(data, file)
    score = document.score
    check_plain_lines(document.lines)
    if len(score.voices) != 1:
        fault = f"{len(score.voices)} voices; a lead sheet has one melody, so keep that and its chord symbols"
        raise ScoreError(file, None, None, fault)
    symbols = list(read_symbols(document.xml.root, score.measures, file))
    if not any(symbol.chord for symbol in symbols):
        fault = "there are no chord symbols; write them above the melody and export it once more"
        raise ScoreError(file, None, None, fault)
    ends = [after.onset for after in symbols[1:]] + [score.duration]
    changes = tuple(
        Change(symbol.onset, end, symbol.chord)
        for symbol, end in zip(symbols, ends, strict=True)
        if symbol.chord is not None and symbol.onset < end
    )
    voice = score.voices[0]
    melody = replace(score, voices=(Voice("melody", on_sixteenths(voice.notes)),))
    return LeadSheet(melody, changes)


def realize(sheet: LeadSheet, chance: np.random.Generator, *, pattern: str | None = None) -> Score:
    """The melody as it stands, over a left hand made from the chords.

    pattern: a name in ``left_hand.PATTERNS``; ``None``: one is drawn. The left hand swings if the
    melody does, and leaves out what would be above the melody or clash with it.
    """
    melody = sheet.melody.voices[0]
    name = pick(tuple(PATTERNS), chance) if pattern is None else pattern
    left = accompaniment(sheet.changes, sheet.melody.measures, name, chance, off_beat=off_beat(melody.notes))
    return replace(sheet.melody, voices=(melody, *lines(without_collisions(left, melody.notes), "left hand")))


# -- the melody --------------------------------------------------------------------------------------------


def nearest(step: Fraction, time: Fraction) -> Fraction:
    """A time moved to the nearest multiple of a step; from halfway, to the later one."""
    return step * floor(time / step + Fraction(1, 2))


def on_sixteenths(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The notes with onset and end at the nearest sixteenth; of two on one sixteenth the longer stays."""
    taken: dict[Fraction, Note] = {}
    for note in notes:
        onset = nearest(SIXTEENTH, note.onset)
        if onset not in taken or taken[onset].duration < note.duration:
            taken[onset] = note
    onsets = sorted(taken)
    found: list[Note] = []
    for onset, following in zip(onsets, [*onsets[1:], None], strict=True):
        end = max(nearest(SIXTEENTH, taken[onset].end), onset + SIXTEENTH)
        end = end if following is None else min(end, following)
        found.append(replace(taken[onset], onset=onset, duration=end - onset))
    return tuple(found)


def off_beat(notes: Sequence[Note]) -> Fraction:
    """Where the melody puts the second note of a beat more often: half-way, or as a shuffle."""
    places = [note.onset % 1 for note in notes]
    return SHUFFLE if places.count(SHUFFLE) > places.count(STRAIGHT) else STRAIGHT


# -- the chord symbols -------------------------------------------------------------------------------------


def read_symbols(root: _Element, measures: Sequence[Measure], file: str) -> Iterator[Symbol]:
    """Every chord symbol of the first part, in order.

    Several that stand before one note without an offset share its time evenly.
    """
    part = root.find("part")
    assert part is not None, "the document was checked"
    divisions = Fraction(1)
    for element, measure in zip(part.findall("measure"), measures, strict=False):
        found: dict[Fraction, list[Chord | None]] = {}
        ends: dict[Fraction, Fraction] = {}
        time = Fraction(0)
        for child in element:
            if child.tag == "attributes":
                divisions = Fraction(child.findtext("divisions") or divisions)
            step = cursor_step(child, divisions)
            if child.tag == "harmony":
                onset = time + number_in(child.findtext("offset")) / divisions
                found.setdefault(onset, []).append(read_chord(child, measure, file))
            elif step > 0:
                ends.setdefault(time, time + step)
            time = max(time + step, Fraction(0))
        yield from share_time(found, ends, measure)


def share_time(
    found: dict[Fraction, list[Chord | None]], ends: dict[Fraction, Fraction], measure: Measure
) -> Iterator[Symbol]:
    """One measure's symbols at their times in the piece, on eighths: no left hand changes chords faster.

    found: the symbols at each time in the measure. ends: when the note ends that starts at a time.
    """
    for onset, following in pairwise([*sorted(found), measure.duration]):
        end = min(following, ends.get(onset, following))
        share = (end - onset) / len(found[onset])
        for index, chord in enumerate(found[onset]):
            yield Symbol(measure.onset + nearest(EIGHTH, onset + index * share), chord)


def read_chord(harmony: _Element, measure: Measure, file: str) -> Chord | None:
    """A symbol's chord, without added notes; ``None`` for N.C. Raises ScoreError for an unknown symbol."""
    kind = (harmony.findtext("kind") or "").strip()
    if kind == NO_CHORD:
        return None
    root = read_pitch_class(harmony, "root")
    if root is None or kind not in KINDS:
        what = f'of the kind "{short(kind)}"' if root is not None else "without a root"
        fault = f"a chord symbol {what} cannot be voiced; write it as a letter and a usual kind, as C7 or Fm"
        raise ScoreError(file, None, measure.number, fault)
    ups = list(KINDS[kind])
    for degree in harmony.findall("degree"):
        index = {"3": 0, "5": 1, "7": 2}.get((degree.findtext("degree-value") or "").strip())
        altered = (degree.findtext("degree-type") or "").strip() == "alter"
        if altered and index is not None and index < len(ups):
            ups[index] += int(number_in(degree.findtext("degree-alter")))
    bass = read_pitch_class(harmony, "bass")
    return Chord(root, tuple(ups), root if bass is None else bass)


def read_pitch_class(harmony: _Element, which: str) -> int | None:
    """The pitch class of a chord symbol's root or bass, ``None`` where it has none."""
    step = (harmony.findtext(f"{which}/{which}-step") or "").strip()
    if step not in STEP_SEMITONES:
        return None
    return (STEP_SEMITONES[step] + int(number_in(harmony.findtext(f"{which}/{which}-alter")))) % 12
