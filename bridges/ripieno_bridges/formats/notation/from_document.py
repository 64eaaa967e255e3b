"""A MusicXML document -> its notation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lxml.etree import _Element

from ripieno.errors import RipienoError
from ripieno.score import Measure
from ripieno_bridges.formats.musicxml.line_content import MeasureLines, read_lines
from ripieno_bridges.formats.musicxml.measure_time import number_in, read_in_turn
from ripieno_bridges.formats.musicxml.plain_elements import CLEFS, staff_count
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.musicxml.transposition import pitch_of_part
from ripieno_bridges.formats.notation.events import NotatedLineReader
from ripieno_bridges.formats.notation.marks import marks_of
from ripieno_bridges.formats.notation.notation import (
    ClefChange,
    NotatedLine,
    NotatedMark,
    NotatedMeasure,
    NotatedPart,
    NotatedStaff,
    Notation,
)
from ripieno_bridges.formats.notation.places import LeftOut
from ripieno_bridges.formats.voice_assignment import assign_voices

TREBLE = ClefChange(0, Fraction(0), "G", 2)
ROLES = {"composer": "composer", "lyricist": "poet", "poet": "poet", "arranger": "arranger"}
SINGING_PROGRAMS = ("53", "54", "55")  # of General MIDI
MAX_TIMES = 16  # that a repeat is played


def notation_of(document: Document) -> Notation:
    """How a document stands on paper. Its remarks say what is not in it."""
    return NotationReader(document).result()


class NotationReader:
    """Reads the parts of a document, measure by measure, beside the measures of its score."""

    def __init__(self, document: Document) -> None:
        self.document, self.root = document, document.xml.root
        self.measures = document.score.measures
        self.left_out = LeftOut()
        self.parts = self.root.findall("part")
        self.divisions = Fraction(1)  # the finest of a part
        self.voices = voices_of(document)

    def result(self) -> Notation:
        """The notation."""
        groups = self.groups()
        parts = [self.part(part, groups) for part in self.parts]
        score = self.document.score
        return Notation(
            tuple(self.frames()),
            tuple(part for part in parts if any(staff.lines for staff in part.staves)),
            score.title or "",
            self.credits(),
            self.left_out.sentences(),
        )

    def credits(self) -> dict[str, str]:
        """Composer, poet, arranger and rights, as far as they are named."""
        found: dict[str, str] = {}
        for creator in self.root.findall("identification/creator"):
            role = ROLES.get(creator.get("type", "composer"))
            text = " ".join((creator.text or "").split())
            if role and text:
                found[role] = f"{found[role]}, {text}" if role in found else text
        rights = " ".join((self.root.findtext("identification/rights") or "").split())
        return found | ({"copyright": rights} if rights else {})

    # -- what all parts share ------------------------------------------------------------------------------

    def frames(self) -> list[NotatedMeasure]:
        """The measures, with the repeats that the first part writes."""
        elements = self.parts[0].findall("measure")
        frames = []
        for index, measure in enumerate(self.measures):
            element = elements[index] if index < len(elements) else None
            frames.append(frame_of(measure, element))
        return frames

    def groups(self) -> dict[str, int]:
        """The number of the innermost bracket that a part stands in, by the part's id."""
        open_groups: dict[str, int] = {}
        found: dict[str, int] = {}
        count = 0
        for child in self.root.iterfind("part-list/*"):
            if child.tag == "part-group" and child.get("type") == "start":
                if (child.findtext("group-symbol") or "none").strip() != "none":
                    count += 1
                    open_groups[child.get("number", "1")] = count
            elif child.tag == "part-group":
                open_groups.pop(child.get("number", "1"), None)
            elif child.tag == "score-part" and open_groups:
                found[child.get("id", "")] = next(reversed(open_groups.values()))
        return found

    # -- a part --------------------------------------------------------------------------------------------

    def part(self, part: _Element, groups: dict[str, int]) -> NotatedPart:
        """A part with all its staves."""
        part_id, contents = part.get("id", ""), read_in_turn(part, read_lines)
        entry = next((e for e in self.root.iterfind("part-list/score-part") if e.get("id") == part_id), None)
        many = staff_count(part)
        self.divisions = max((number_in(e.text) for e in part.iter("divisions")), default=Fraction(1))
        staves = [self.staff(part, contents, str(n), alone=many == 1) for n in range(1, many + 1)]
        program = None if entry is None else (entry.findtext("midi-instrument/midi-program") or "").strip()
        return NotatedPart(
            "" if entry is None else (entry.findtext("part-name") or "").strip(),
            "" if entry is None else (entry.findtext("part-abbreviation") or "").strip(),
            tuple(staves),
            int(number_in(program)) if 1 <= number_in(program) <= 128 else None,
            groups.get(part_id),
            sings_by_name(entry) or any(line.verses for staff in staves for line in staff.lines),
        )

    def staff(
        self, part: _Element, contents: Sequence[MeasureLines], number: str, *, alone: bool
    ) -> NotatedStaff:
        """One staff of a part. alone: the part has no other one."""
        voices = sorted(
            {
                voice
                for content in contents
                for (staff, voice), groups in content.lines.items()
                if (alone or staff == number) and any(has_music(n) for g in groups for n in g.notes)
            },
            key=lambda voice: (not voice.isdecimal(), len(voice), voice),
        )
        if not voices:  # rests alone
            voices = [v for c in contents for s, v in c.lines if alone or s == number][:1]
        transpositions, keys = pitch_of_part(part, None if alone else number)
        missing = len(self.measures) - len(keys)
        semitones = {transposition.semitones for transposition in transpositions}
        if len(semitones) > 1:
            self.left_out.add("a change of instrument to another transposition", self.measures[0].number)
        return NotatedStaff(
            tuple(self.line(part, contents, number, voice, alone=alone) for voice in voices),
            (*keys, *keys[-1:] * missing)[: len(self.measures)],
            tuple(self.clefs(contents, number, alone=alone)),
            tuple(self.marks(contents, number, alone=alone)),
            transpositions[0].semitones if transpositions else 0,
            transpositions[0].fifths if transpositions else 0,
        )

    def line(
        self, part: _Element, contents: Sequence[MeasureLines], number: str, voice: str, *, alone: bool
    ) -> NotatedLine:
        """One voice of a staff."""
        reader = NotatedLineReader(self.left_out)
        measures = []
        for index, measure in enumerate(self.measures):
            content = contents[index] if index < len(contents) else MeasureLines()
            groups = [
                group
                for (staff, of), found in content.lines.items()
                if of == voice and (alone or staff == number)
                for group in found
            ]
            measures.append(reader.measure(groups, measure.duration, self.divisions, measure.number))
        part_id = part.get("id", "")
        places = ((part_id, staff, of) for staff in (number, None) for of in (voice, None))
        name = next((self.voices[place] for place in places if place in self.voices), "")
        return NotatedLine(name, tuple(measures))

    def clefs(self, contents: Sequence[MeasureLines], number: str, *, alone: bool) -> list[ClefChange]:
        """The clefs of a staff, the first at its beginning."""
        found: list[ClefChange] = []
        for index, content in enumerate(contents[: len(self.measures)]):
            for onset, attributes in content.signatures:
                for clef in attributes.findall("clef"):
                    sign = (clef.findtext("sign") or "").strip()
                    if sign not in ("G", "F", "C") or not (alone or clef.get("number", "1") == number):
                        continue
                    line = (clef.findtext("line") or "").strip()
                    octaves = (clef.findtext("clef-octave-change") or "0").strip()
                    change = ClefChange(
                        *(index, onset, sign, int(line) if line in tuple("12345") else CLEFS[sign]),
                        {"-1": -1, "1": 1}.get(octaves, 0),
                    )
                    if not found or found[-1] != change:
                        found.append(change)
        starts = bool(found) and found[0].measure == 0 and not found[0].onset
        return found if starts else [TREBLE, *found]

    def marks(
        self, contents: Sequence[MeasureLines], number: str, *, alone: bool
    ) -> list[tuple[NotatedMark, ...]]:
        """The marks of a staff, by measure."""
        found = []
        for index, measure in enumerate(self.measures):
            here = contents[index].marks if index < len(contents) else []
            marks: list[NotatedMark] = []
            for onset, staff, element in here:
                if (alone or staff == number) and element.tag in ("direction", "sound"):
                    time = min(onset, measure.duration)
                    marks += marks_of(element, time, self.left_out, measure.number)
            found.append(tuple(marks))
        return found


def voices_of(document: Document) -> dict[tuple[str, str | None, str | None], str]:
    """The voice of a choir or ensemble that stands at (part, staff, voice), where the lines are some."""
    try:
        lines = assign_voices(document.score, lines=document.lines).lines
    except RipienoError:  # no voices, such as a piece for the piano
        return {}
    found = {name: document.locations[line] for name, line in lines.items() if line is not None}
    return {(place.part, place.staff, place.voice): name for name, place in found.items()}


def sings_by_name(entry: _Element | None) -> bool:
    """Whether a part's sound is a singer's."""
    if entry is None:
        return False
    sound = entry.findtext("score-instrument/instrument-sound") or ""
    return sound.startswith("voice") or entry.findtext("midi-instrument/midi-program") in SINGING_PROGRAMS


def has_music(note: _Element) -> bool:
    """Whether a <note> is more than a rest or a cue."""
    return note.find("rest") is None and note.find("cue") is None and note.get("print-object") != "no"


def frame_of(measure: Measure, element: _Element | None) -> NotatedMeasure:
    """A measure with the repeats, endings and barline that its element says."""
    if element is None:
        return NotatedMeasure(measure)
    forward, backward, starts, stops, style = False, 0, tuple[int, ...](), False, ""
    for barline in element.findall("barline"):
        left = barline.get("location", "right") == "left"
        repeat, ending = barline.find("repeat"), barline.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            forward = True
        elif repeat is not None:
            times = repeat.get("times", "2")
            backward = min(max(int(number_in(times)), 2), MAX_TIMES)
        if ending is not None and ending.get("type") == "start":
            numbers = ending.get("number", "1").replace(" ", ",").split(",")
            starts = tuple(int(number_in(n)) for n in numbers if 1 <= number_in(n) <= MAX_TIMES)
        elif ending is not None:
            stops = True
        if not left and barline.get("location", "right") == "right" and repeat is None:
            style = (barline.findtext("bar-style") or "").strip()
    symbols = [time.get("symbol", "") for time in element.findall("attributes/time")]
    return NotatedMeasure(measure, symbols[0] if symbols else "", forward, backward, starts, stops, style)
