"""A score for a choir as an open score, a staff for each voice, or a closed one, all voices on two staves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ripieno.errors import ScoreError, count_text
from ripieno.score import VOICE_NAMES
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.musicxml.elements import CLEFS, Clef
from ripieno_bridges.formats.musicxml.reader import VoiceLocation
from ripieno_bridges.formats.musicxml.set_out import NewStaff, SetOut, set_out
from ripieno_bridges.formats.musicxml.writer import pack_mxl
from ripieno_bridges.formats.part_names import voice_of_part, voices_of_part
from ripieno_bridges.formats.practice.sung_parts import heads_of_lines, roles_of, sung_parts

SOPRANO, ALTO, TENOR, BASS = VOICE_NAMES
LOW = 57  # a mean pitch below this A is written in the bass clef
MAX_LINES = 4  # of a staff


@dataclass(frozen=True, slots=True)
class SetVoice:
    """A voice of a choir. kind: which it is, where that is known. lines: several where it divides."""

    name: str
    kind: str | None
    mean_pitch: float
    lines: tuple[VoiceLocation, ...]


def with_layout(source: Source, layout: str) -> tuple[bytes, list[str]]:
    """(a document's bytes as an "open" or a "closed" score, remarks). source: of MusicXML.

    Raises ScoreError where there are fewer than two voices, or more than two staves have room for.
    """
    document = source.document
    assert document is not None, "a MIDI file becomes a document first"
    voices = set_voices(source)
    staves = [staff_for([voice]) for voice in voices] if layout == "open" else closed_staves(source, voices)
    made = set_out(document, staves)
    data = made.data
    if document.xml.archive is not None:
        data = pack_mxl(data, archive=document.xml.archive, name=document.xml.packed_as)
    return data, remarks_on(made, source)


def set_voices(source: Source) -> list[SetVoice]:
    """The voices of a score, from top to bottom, named as its parts are."""
    document = source.document
    assert document is not None
    sung_parts(source, "a layout is")  # refuses what has no voices
    roles = roles_of(source)
    heads = heads_of_lines(source.lines, roles)
    first = list(dict.fromkeys(heads.values()))
    found = []
    for head in first:
        line = source.lines[head]
        beside = [i for i in first if source.lines[i].part_number == line.part_number]
        name = (
            name_in_part(line.part, beside.index(head), len(beside)) or (roles.get(head) or "").capitalize()
        )
        name = name or f"{line.part} {beside.index(head) + 1}"
        kind = roles.get(head) or voice_of_part(name)
        notes = [note for i in heads if heads[i] == head for note in source.lines[i].every_note]
        length = sum(note.duration for note in notes)
        mean = float(sum(note.pitch * note.duration for note in notes) / length)
        lines = tuple(document.locations[i] for i in heads if heads[i] == head)
        found.append(SetVoice(name, kind, mean, lines))
    return found


def name_in_part(part: str, index: int, count: int) -> str:
    """The name of one of ``count`` voices of a part: "Alt" is the second of "Sopran Alt"; else empty."""
    if count == 1:
        return part
    words, voices = part.split(), voices_of_part(part)
    if len(words) == count and all(len(word) > 1 and voice_of_part(word) for word in words):
        return words[index]
    return voices[index].capitalize() if len(voices) == count else ""


def closed_staves(source: Source, voices: Sequence[SetVoice]) -> list[NewStaff]:
    """Two staves: women and men apart where it is known who is who, else the upper and the lower half."""
    women = [voice for voice in voices if voice.kind in (SOPRANO, ALTO)]
    men = [voice for voice in voices if voice.kind in (TENOR, BASS)]
    half = (len(voices) + 1) // 2
    known = women and men and [*women, *men] == list(voices)
    halves = [women, men] if known else [list(voices[:half]), list(voices[half:])]
    for staff in halves:
        lines = sum(len(voice.lines) for voice in staff)
        if lines > MAX_LINES:
            fault = (
                f"{lines} lines on one staff, where {MAX_LINES} are the most that can be read; leave it open"
            )
            raise ScoreError(source.path.name, None, None, fault)
    return [staff_for(staff) for staff in halves]


def staff_for(voices: Sequence[SetVoice]) -> NewStaff:
    """The staff for some voices, named and cleffed for them."""
    names = [voice.name for voice in voices]
    kinds = {voice.kind for voice in voices}
    short = [f"{name[0]}." if len(voices) > 1 or kinds != {None} else f"{name[:3]}." for name in names]
    if len(voices) == 1:
        sound = f"voice.{voices[0].kind or 'vocals'}"
    else:
        sound = (
            "voice.male"
            if kinds <= {TENOR, BASS}
            else "voice.female"
            if kinds <= {SOPRANO, ALTO}
            else "voice.vocals"
        )
    lines = tuple(line for voice in voices for line in voice.lines)
    return NewStaff("\n".join(names), "\n".join(short), sound, clef_for(voices), lines)


def clef_for(voices: Sequence[SetVoice]) -> Clef:
    """The clef that these voices read: of their kinds, else of their register."""
    kinds = {voice.kind for voice in voices}
    if kinds == {TENOR}:
        return CLEFS["treble-8"]
    if BASS in kinds:
        return CLEFS["bass"]
    if kinds <= {SOPRANO, ALTO}:
        return CLEFS["treble"]
    mean = sum(voice.mean_pitch for voice in voices) / len(voices)
    return CLEFS["bass" if mean < LOW else "treble"]


def remarks_on(made: SetOut, source: Source) -> list[str]:
    """What is otherwise in the new layout than it was, in sentences."""
    remarks = []
    for name, measures in made.lost.items():
        places = ", ".join(dict.fromkeys(source.score.measures[i].number for i in measures))
        many = count_text(len(measures), "syllable")
        own = "has no note of its own" if len(measures) == 1 else "have no notes of their own"
        remarks.append(f"{name}: {many} {own} (measures {places}); write them by hand")
    for name in made.own_words:
        names = name.split("\n")
        remarks.append(
            f"{' and '.join(names)} have words of their own: the {names[0]}'s stand above the staff"
        )
    if made.clefs:
        remarks.append(f"{count_text(made.clefs, 'change')} of clef left out: every voice has one clef")
    return remarks
