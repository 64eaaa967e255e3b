"""The lines of a tune -> its voices, with what its fields say about the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from ripieno.errors import count_text
from ripieno_bridges.formats.abc.errors import AbcError, LineError, quoted, refuse
from ripieno_bridges.formats.abc.events import AbcVoice
from ripieno_bridges.formats.abc.keys import AbcKey, read_key
from ripieno_bridges.formats.abc.lengths import (
    AbcMeter,
    AbcTempo,
    default_unit,
    read_meter,
    read_tempo,
    read_unit,
)
from ripieno_bridges.formats.abc.lines import Line, Tune
from ripieno_bridges.formats.abc.tokens import Token, tokens
from ripieno_bridges.formats.abc.voice_reader import MAX_REMARKS, VoiceReader
from ripieno_bridges.formats.abc.words import set_words

MAX_VOICES = 64
MAX_NOTES = 10_000
MAX_SIGNS = 50_000  # in the music, spaces among them
MAX_SYLLABLES = 20_000
FIELDS = {
    "K": "read_key_field",
    "M": "read_meter_field",
    "L": "read_unit_field",
    "V": "read_voice_field",
    "w": "read_words_field",
}
LEFT_OUT = {"m": "macros", "s": "symbol lines"}
ONE_PIECE = "give ripieno one piece at a time"
PROPERTY = re.compile(r"([A-Za-z]+)\s*=\s*(\"[^\"]*\"|\S+)|(\S+)")
STAFF_WORDS = re.compile(r"[(){}\[\]|*]|[^\s(){}\[\]|*]+")
USER_SIGN = re.compile(r"\s*([.~H-Wh-w])\s*=\s*[!+]?([^!+]*)[!+]?\s*")
OCTAVES = {"": 0, "-8": -1, "+8": 1, "-15": -2, "+15": 2}


@dataclass(slots=True, eq=False)
class AbcTune:
    """A tune as read.

    staves: the ids of the voices on each staff. is_piano: whether %%score has a brace. remarks: what was left
    out, in sentences.
    """

    title: str = ""
    composers: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tempo: AbcTempo | None = None
    voices: dict[str, AbcVoice] = field(default_factory=dict)
    staves: list[list[str]] = field(default_factory=list)
    is_piano: bool = False
    remarks: list[str] = field(default_factory=list)


class TuneReader:
    """Reads a tune's lines in order. Raises AbcError with the place of a fault."""

    def __init__(self, source: Tune, file: str) -> None:
        self.source, self.file = source, file
        self.tune = AbcTune(title=source.title)
        self.readers: dict[str, VoiceReader] = {}
        self.current: VoiceReader | None = None
        self.key, self.meter, self.unit = AbcKey(), AbcMeter(None), Fraction(0)
        self.properties: dict[str, str] = {}  # those behind K:
        self.user_signs: dict[str, str] = {}
        self.in_header = True
        self.continued = False
        self.verse = 0
        self.notes = self.signs = self.syllables = 0
        self.lost_syllables = 0
        self.left_out: set[str] = set()
        self.line = 0

    def read(self) -> AbcTune:
        """The tune."""
        for line in (*self.source.common, *self.source.lines):
            self.line = line.number
            with self.placed(line.number):
                self.read_line(line)
        if self.in_header:
            fault = "the tune has no key, so its notes cannot be told; write a line such as K:G before them"
            raise AbcError(self.file, self.source.first_line, 1, fault)
        for reader in self.readers.values():
            with self.placed(reader.line):
                reader.finish()
        self.finish()
        return self.tune

    @contextmanager
    def placed(self, line: int) -> Iterator[None]:
        """Turn a LineError in a line into an AbcError."""
        try:
            yield
        except LineError as exc:
            raise AbcError(self.file, line, exc.column, exc.text) from exc

    def read_line(self, line: Line) -> None:
        """A directive, a field or music."""
        if line.name == "%":
            self.read_directive(line.text)
        elif line.name:
            self.read_field(line.name, line.text, line.column)
        elif self.in_header and "|" in line.text:
            refuse(
                1, f"{quoted(line.text)} stands before the key; end the tune's header with a line such as K:G"
            )
        elif self.in_header:
            self.remark(f"{quoted(line.text)} is no field, passed over")
        else:
            self.read_music(line)

    def remark(self, sentence: str) -> None:
        """Say something about the line, up to a number of times."""
        if len(self.tune.remarks) < MAX_REMARKS:
            self.tune.remarks.append(f"line {self.line}: {sentence}")

    # -- fields ----------------------------------------------------------------------------------------

    def read_field(self, name: str, text: str, column: int) -> None:
        """A field, on a line of its own or in brackets."""
        plain = text.strip()
        if name == "I":
            self.read_directive(plain)
        elif name in FIELDS:
            getattr(self, FIELDS[name])(text, column)
        elif name == "Q":
            self.read_tempo_field(text)
        elif name == "W":
            self.tune.words.append(plain)
        elif name == "C" and plain:
            self.tune.composers.append(plain)
        elif name == "U":
            if found := USER_SIGN.fullmatch(text):
                self.user_signs[found[1]] = found[2].strip()
                for reader in self.readers.values():
                    reader.short[found[1]] = found[2].strip()
        elif name in LEFT_OUT:
            self.left_out.add(name)
        elif name == "P" and not self.in_header and plain:
            self.reader.change(plain)

    def read_key_field(self, text: str, column: int) -> None:
        """A key; the first one ends the header."""
        before = self.key if self.in_header else self.reader.key
        key, rest = read_key(text, before, column)
        if not key.is_usual:
            self.remark("the key's single accidentals are written before the notes")
        if self.in_header:
            self.key, self.in_header = key, False
            self.properties = read_properties(rest)
            self.unit = self.unit or default_unit(self.meter)
            for reader in self.readers.values():
                reader.key = reader.voice.key = key
                reader.meter = reader.voice.meter = reader.measure.meter = self.meter
                reader.unit = self.unit
                reader.voice.properties = self.properties | reader.voice.properties
                reader.octave = octave_of(reader.voice.properties)
        else:
            if rest:
                self.reader.octave = octave_of(read_properties(rest))
            if key != before:
                self.reader.change(key)

    def read_meter_field(self, text: str, column: int) -> None:
        """A meter."""
        meter = read_meter(text, column)
        if self.in_header:
            self.meter = meter
        else:
            self.reader.change(meter)

    def read_unit_field(self, text: str, column: int) -> None:
        """A unit length."""
        unit = read_unit(text, column)
        if self.in_header:
            self.unit = unit
        else:
            self.reader.unit = unit

    def read_tempo_field(self, text: str) -> None:
        """A tempo."""
        unit = (self.unit or default_unit(self.meter)) if self.in_header else self.reader.unit
        tempo = read_tempo(text, unit)
        if tempo is None:
            self.remark(f"the tempo {quoted(text)} was not understood")
        elif self.in_header:
            self.tune.tempo = tempo
        else:
            self.reader.change(tempo)

    def read_voice_field(self, text: str, column: int) -> None:
        """A voice: its properties in the header, the voice that goes on in the music."""
        names = text.split(maxsplit=1)
        if not names:
            refuse(column, "a voice without a name; write it as V:1 or V:Soprano")
        voice = self.voice(names[0], column)
        if len(names) > 1:
            voice.voice.properties |= read_properties(names[1])
            voice.octave = octave_of(voice.voice.properties)
        self.current = voice

    def voice(self, name: str, column: int) -> VoiceReader:
        """The reader of a voice, a new one for a new name."""
        if name not in self.readers:
            if len(self.readers) == MAX_VOICES:
                refuse(column, f"more than {MAX_VOICES} voices; leave out those that are not sung")
            voice = AbcVoice(name, self.key, self.meter, dict(self.properties))
            self.tune.voices[name] = voice
            reader = VoiceReader(voice, self.unit, octave_of(self.properties))
            reader.short |= self.user_signs
            self.readers[name] = reader
        return self.readers[name]

    @property
    def reader(self) -> VoiceReader:
        """The voice that is being read."""
        if self.current is None:
            self.current = next(iter(self.readers.values()), None) or self.voice("1", 1)
        return self.current

    def read_words_field(self, text: str, column: int) -> None:
        """A verse under the line of music before."""
        self.syllables += len(text.split())
        if self.syllables > MAX_SYLLABLES:
            refuse(column, f"more than {MAX_SYLLABLES} words; {ONE_PIECE}")
        if not self.in_header:
            self.verse += 1
            self.lost_syllables += set_words(text, self.reader.verse_events, self.verse)

    def read_directive(self, text: str) -> None:
        """%%score and %%staves: the voices on each staff. All others are for printers and players."""
        name, _, rest = text.strip().partition(" ")
        if name in ("score", "staves"):
            self.tune.staves, self.tune.is_piano = read_staves(rest), "{" in rest

    # -- music -----------------------------------------------------------------------------------------

    def read_music(self, line: Line) -> None:
        """A line of music."""
        text = line.text.rstrip()
        continued, self.continued = self.continued, text.endswith("\\")
        started = None
        for token in tokens(text.removesuffix("\\"), line.column):
            if token.kind == "field":
                self.read_field(token.text[1], token.text[3:-1], token.column + 3)
                continue
            if self.reader is not started:
                started = self.reader
                started.start_line(line.number, continued=continued)
            self.count(token)
            started.read(token)
        if started is not None:
            started.end_line(line.column + len(text))
            self.verse = 0

    def count(self, token: Token) -> None:
        """Raise LineError for more than can be read in time."""
        self.signs += 1
        self.notes += token.kind in ("note", "rest")
        if self.notes > MAX_NOTES:
            refuse(token.column, f"more than {MAX_NOTES} notes; {ONE_PIECE}")
        if self.signs > MAX_SIGNS:
            refuse(token.column, f"more than {MAX_SIGNS} signs; {ONE_PIECE}")

    def finish(self) -> None:
        """Put the voices on staves, and say what was left out."""
        tune = self.tune
        tune.voices = {name: voice for name, voice in tune.voices.items() if voice.measures}
        if not tune.voices:
            raise AbcError(
                self.file, self.source.first_line, 1, "there is no note in the tune; write a melody first"
            )
        listed = [[name for name in staff if name in tune.voices] for staff in tune.staves]
        tune.staves = [staff for staff in listed if staff] or [[name] for name in tune.voices]
        left = [name for name in tune.voices if not any(name in staff for staff in tune.staves)]
        tune.remarks += [f"voice {name}: not among the voices of %%score, left out" for name in left]
        tune.remarks += [remark for reader in self.readers.values() for remark in reader.remarks]
        unknown = sorted(set().union(*(reader.unknown for reader in self.readers.values())))
        if unknown:
            tune.remarks.append(f"signs that are not known, left out: {' '.join(unknown)}")
        tune.remarks += [f"{LEFT_OUT[name]} ({name}:) are left out" for name in sorted(self.left_out)]
        if self.lost_syllables:
            what = count_text(self.lost_syllables, "syllable")
            tune.remarks.append(f"{what} under no note, left out")


def read_properties(text: str) -> dict[str, str]:
    """The properties of a voice: clef=bass name="Alt" -> by name; a lone word is a clef."""
    found: dict[str, str] = {}
    for match in PROPERTY.finditer(text):
        if match[1]:
            found[match[1]] = match[2].strip('"')
        else:
            found.setdefault("clef", match[3])
    return found


def octave_of(properties: dict[str, str]) -> int:
    """By how many octaves a voice sounds higher than it is written."""
    shift = properties.get("octave", "")
    octave = int(shift) if re.fullmatch("[+-]?[0-4]", shift) else 0
    mark = re.search(r"[+-](8|15)$", properties.get("clef", ""))
    return octave + (OCTAVES[mark[0]] if mark else 0)


def read_staves(text: str) -> list[list[str]]:
    """The voices on each staff of a %%score or %%staves: those inside round brackets share one."""
    staves: list[list[str]] = []
    shared = False
    for word in STAFF_WORDS.findall(text):
        if word == "(":
            staves.append([])
        if word in "()":
            shared = word == "("
        elif word not in "{}[]|*":
            if shared:
                staves[-1].append(word)
            else:
                staves.append([word])
    return staves
