"""A document -> an ABC tune."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ripieno.harmony.symbol_text import chord_text
from ripieno_bridges.formats.abc.write_pitch import unit_of
from ripieno_bridges.formats.abc.write_voice import (
    AbcVoiceWriter,
    clef_word,
    key_word,
    meter_word,
    one_line,
    plain,
    tempo_word,
)
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.notation.from_document import notation_of
from ripieno_bridges.formats.notation.notation import NotatedPart, NotatedStaff
from ripieno_bridges.formats.notation.places import LeftOut

IDS = {"soprano": "S", "alto": "A", "tenor": "T", "bass": "B"}
CREDITS = {"composer": "C", "poet": "Z"}  # fields of ABC; lyricists stand among who transcribed


def write_abc(document: Document) -> tuple[bytes, list[str]]:
    """(the tune of a document, remarks on what is not in it)."""
    writer = AbcWriter(document)
    text = "\n".join(writer.lines()) + "\n"
    return text.encode(), [*writer.notation.remarks, *writer.left_out.sentences(), *writer.remarks]


class AbcWriter:
    """Writes a tune: its header, then each voice with its words."""

    def __init__(self, document: Document) -> None:
        self.notation = notation_of(document)
        self.harmony = document_harmony(document)
        self.left_out = LeftOut()
        self.remarks = ["ABC has no figured bass"] if self.harmony.figures else []
        voices = [
            (part, staff, place)
            for part in self.notation.parts
            for staff in part.staves
            for place in range(len(staff.lines))
        ]
        self.voices = list(zip(self.ids(voices), voices, strict=True))
        events = (e for _, (_, staff, place) in self.voices for m in staff.lines[place].measures for e in m)
        self.unit = unit_of([event.duration for event in events if event.heads])

    def ids(self, voices: list[tuple[NotatedPart, NotatedStaff, int]]) -> Iterator[str]:
        """A name for each voice: S, A, T, B, or its number."""
        lines = [staff.lines[place] for _, staff, place in voices]
        named = [IDS.get(line.voice, "") for line in lines]
        unique = all(named) and len(set(named)) == len(named)
        yield from named if unique else (str(number) for number in range(1, len(lines) + 1))

    def lines(self) -> Iterator[str]:
        """All lines of the tune."""
        first = self.notation.frames[0]
        yield "%abc-2.1"
        yield "X:1"
        yield f"T: {one_line(self.notation.title) or 'Untitled'}"
        for field, text in self.notation.credits.items():
            if field in CREDITS:
                yield f"{CREDITS[field]}: {'words: ' if field == 'poet' else ''}{one_line(text)}"
            else:
                yield f"%%abc-{'copyright' if field == 'copyright' else 'creator'} {one_line(text)}"
        yield f"M:{meter_word(first)}"
        yield f"L:{self.unit / 4}"
        _, (_, staff, _) = self.voices[0]
        tempo = next((m for m in staff.marks[0] if m.kind == "tempo" and not m.onset), None)
        if tempo is not None:
            yield f"Q:{tempo_word(tempo)}"
        if len(self.voices) > 1:
            yield f"%%score {self.layout()}"
        for voice, (part, staff, place) in self.voices:
            yield self.voice_field(voice, part, staff, place)
        key = self.voices[0][1][1].keys[0]
        yield f"K:{key_word(key)}"
        chords = self.chords()
        for number, (voice, (part, staff, place)) in enumerate(self.voices):
            yield f"V:{voice}"
            if part.program is not None:
                yield f"%%MIDI program {part.program - 1}"
            if staff.keys[0] != key:
                yield f"[K:{key_word(staff.keys[0])}]"
            leads = number == 0
            writer = AbcVoiceWriter(
                self.notation, staff, place, self.unit, self.left_out, leads=leads, chords=chords
            )
            yield from writer.lines()

    def layout(self) -> str:
        """Which voices share a staff, and which staves belong together."""
        words, place = [], 0
        for part in self.notation.parts:
            staves = []
            for staff in part.staves:
                own = [voice for voice, _ in self.voices[place : place + len(staff.lines)]]
                place += len(own)
                staves.append(f"({' '.join(own)})" if len(own) > 1 else " ".join(own))
            words.append(f"{{{' | '.join(staves)}}}" if len(staves) > 1 else staves[0])
        return f"[{' '.join(words)}]" if len(words) > 1 else words[0]

    def voice_field(self, voice: str, part: NotatedPart, staff: NotatedStaff, place: int) -> str:
        """The field that begins a voice."""
        words = [f"V:{voice}", f"clef={clef_word(staff.clefs[0])}"]
        if place == 0 and staff is part.staves[0]:
            for setting, text in (("name", part.name), ("snm", part.abbreviation)):
                rows = [plain(row) for row in text.split("\n") if row.strip()]
                if rows:
                    joined = "\\n".join(rows)
                    words.append(f'{setting}="{joined}"')
        if staff.semitones:
            words.append(f"transpose={staff.semitones}")
        return " ".join(words)

    def chords(self) -> dict[int, list[tuple[Fraction, str]]]:
        """The chord symbols of each measure, with their times in it."""
        found: dict[int, list[tuple[Fraction, str]]] = {}
        measures = [frame.measure for frame in self.notation.frames]
        for harmony in self.harmony.symbols:
            index = max(i for i, measure in enumerate(measures) if measure.onset <= harmony.onset)
            if harmony.numeral is None:
                text = "N.C." if harmony.chord is None else chord_text(harmony.chord)
                found.setdefault(index, []).append((harmony.onset - measures[index].onset, text))
        return found
