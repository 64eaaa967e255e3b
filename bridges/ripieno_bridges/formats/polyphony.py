"""Files with any number of notes at once -> scores: every note of a piano piece, split into lines.

``files.load`` reads lines, of a chord its outer notes; here all of its notes are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ripieno.errors import printable
from ripieno.piano.lines import lines
from ripieno.score import Measure, Note, Score
from ripieno.theory.home_key import find_home_key
from ripieno_bridges.formats.abc.reader import AbcDocument, read_abc
from ripieno_bridges.formats.files import Source, is_abc, is_midi, read_score_bytes
from ripieno_bridges.formats.midi.reader import in_key, read_frame
from ripieno_bridges.formats.midi.track_lines import read_syllables, sung_notes, unused_syllables
from ripieno_bridges.formats.midi.tracks import amount, read_tracks
from ripieno_bridges.formats.musicxml.line_reader import LineReader, chord_notes, has_fermata, read_lyrics
from ripieno_bridges.formats.musicxml.music21_reader import (
    line_elements,
    part_name,
    read_measures,
    read_names,
    read_parts,
    read_tempos,
    sounding,
)
from ripieno_bridges.formats.musicxml.normalize import normalize
from ripieno_bridges.formats.musicxml.reader import (
    list_staves,
    parse_stream,
    with_printed_numbers,
    wrap_music21_errors,
)
from ripieno_bridges.formats.musicxml.validate import check_document

VoiceKey = tuple[int, str | None]  # the index of a staff, and the voice's number on it


def read_polyphony(path: Path) -> Source:
    """Read a score whose voices are all its notes as ``lines`` makes them: "line 1", "line 2", ...

    Which track or staff a note stood on is not kept. A key that is struck again while it sounds ends there,
    and a key that two notes strike at once is struck once; a remark says how many. The source has no
    document, since nothing is put back into one. Otherwise as ``files.load``, errors included.
    """
    return read_polyphony_source(path, read_score_bytes(path))


def read_polyphony_source(path: Path, data: bytes) -> Source:
    """As ``read_polyphony``, of a file's bytes; the file itself is not looked at."""
    file = printable(path.name)
    if is_midi(path):
        score, remarks = read_midi_notes(data, file)
        return Source(path, score, None, tuple(remarks), data)
    if is_abc(path):
        return read_polyphony_tune(path, read_abc(data, file))
    score, remarks = read_musicxml_notes(data, file)
    return Source(path, score, None, tuple(remarks))


def read_polyphony_tune(path: Path, tune: AbcDocument) -> Source:
    """As ``read_polyphony``, of a tune that an ABC file has."""
    score, remarks = read_musicxml_notes(tune.data, printable(path.name))
    return Source(path, score, None, (*tune.remarks, *remarks))


def in_lines(frame: Score, notes: list[Note], remarks: list[str]) -> Score:
    """``frame`` with these notes in lines; adds to ``remarks`` how many of them were left out."""
    voices = lines(notes)
    lost = len(notes) - sum(len(voice.notes) for voice in voices)
    if lost:
        remarks.append(f"{amount(lost, 'note')} on a key that another strikes too, left out")
    return replace(frame, voices=voices)


# -- MIDI -------------------------------------------------------------------------------------------------


def read_midi_notes(data: bytes, file: str) -> tuple[Score, list[str]]:
    """A MIDI file's score, and what was left out or guessed; a syllable goes to the highest note."""
    midi_format, ticks, tracks = read_tracks(data, file)
    frame, known, remarks = read_frame(midi_format, ticks, tracks, file)
    notes: list[Note] = []
    for track in tracks:
        remarks += track.remarks()
        if track.percussion:
            remarks.append(f"{track.label}: percussion has no pitch to harmonize, left out")
        syllables = read_syllables(track.lyrics)
        together = [note for channel in sorted(track.notes) for note in track.notes[channel]]
        together.sort(key=lambda n: (n.onset_tick, -n.pitch))
        notes += sung_notes(together, syllables, ticks)
        remarks += unused_syllables(track, syllables)
    score = in_lines(frame, notes, remarks)
    return (
        score
        if known or not notes
        else in_key(score, find_home_key(score, signature_known=False).key, remarks)
    ), remarks


# -- MusicXML ---------------------------------------------------------------------------------------------


def read_musicxml_notes(data: bytes, file: str) -> tuple[Score, list[str]]:
    """A document's score, and what was left out."""
    root = check_document(data, file).root
    tree = normalize(root)
    with wrap_music21_errors(file):
        stream = sounding(parse_stream(tree.root, len(list_staves(root)), file))
        parts, columns = read_parts(stream, file)
        measures = read_measures(columns)
        readers = [LineReader(file, part_name(part, i)) for i, part in enumerate(parts)]
        found = NoteReader()
        for i, measure in enumerate(measures):
            row = [(staff, column[i]) for staff, column in enumerate(columns) if i < len(column)]
            elements = [(e, (staff, v)) for staff, source in row for v, e in line_elements(source, None)]
            for element, key in sorted(elements, key=lambda pair: Fraction(pair[0].offset)):
                found.add(element, measure, readers[key[0]], key)
        frame = Score((), measures, read_tempos(parts[0], measures), *read_names(stream))
    remarks = [*tree.remarks]
    remarks += [f"{name}: percussion has no pitch to harmonize, left out" for name in found.percussion]
    score = in_lines(with_printed_numbers(frame, root), found.notes, remarks)
    return score, remarks


@dataclass(slots=True)
class NoteReader:
    """Collects the notes of all staves, in the order of time; tied written notes become one.

    A tie may lead into another voice or onto the other staff, so an open one is found by pitch and time; of
    several, one of the same voice is preferred.
    """

    notes: list[Note] = field(default_factory=list)
    percussion: dict[str, None] = field(default_factory=dict)  # names of parts, in order
    # By pitch and end: the voice and the place in ``notes`` of each that is tied on.
    tied: dict[tuple[int, Fraction], list[tuple[VoiceKey, int]]] = field(default_factory=dict)

    def add(self, element: Any, measure: Measure, reader: LineReader, key: VoiceKey) -> None:
        """Add the notes of one element. reader: names its part in errors."""
        if element.isRest:
            return
        if not getattr(element, "pitches", ()):
            self.percussion[reader.part] = None
            return
        onset = measure.onset + Fraction(element.offset)
        lyrics = read_lyrics(element)
        for note, tie in chord_notes(element):
            spelling = reader.written_pitch(note.pitch, measure, onset)
            length = Fraction(element.duration.quarterLength)
            new = Note(onset, length, spelling.pitch, spelling, has_fermata(element), lyrics)
            self.add_note(new, tie, key)
            lyrics = ()  # under a chord's highest note

    def add_note(self, note: Note, tie: str | None, key: VoiceKey) -> None:
        """Add a note, or lengthen the one that it is tied to."""
        waiting = self.tied.get((note.pitch, note.onset), []) if tie in ("stop", "continue") else []
        if not waiting:
            place = len(self.notes)
            self.notes.append(note)
        else:
            waiting.sort(key=lambda tied: (tied[0] != key, tied[0][0] != key[0]))
            _, place = waiting.pop(0)
            before = self.notes[place]
            longer, fermata = before.duration + note.duration, before.fermata or note.fermata
            self.notes[place] = replace(before, duration=longer, fermata=fermata)
        if tie in ("start", "continue"):
            self.tied.setdefault((note.pitch, note.end), []).append((key, place))
