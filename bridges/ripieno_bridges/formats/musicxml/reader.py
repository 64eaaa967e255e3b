"""Reading a MusicXML document: its score, and where in the document each voice stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree
from lxml.etree import _Element

from ripieno.errors import FileError, RipienoError
from ripieno.score import Score
from ripieno_bridges.formats.musicxml.normalize import normalize
from ripieno_bridges.formats.musicxml.plain_elements import staff_count
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN
from ripieno_bridges.formats.musicxml.validate import CheckedXml, check_document, iter_measures
from ripieno_bridges.formats.score_lines import ScoreLine


@dataclass(frozen=True, slots=True)
class VoiceLocation:
    """Where a voice stands in a document: the part's id, and its staff and voice numbers there."""

    part: str
    staff: str | None
    voice: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A MusicXML file as read: its bytes and tree, its score, and for each of the score's voices its line.

    locations: where each of the lines stands. remarks: how something in it was understood that could be
    understood otherwise, in sentences.
    """

    file: str
    xml: CheckedXml
    score: Score
    lines: tuple[ScoreLine, ...]
    locations: tuple[VoiceLocation, ...]
    remarks: tuple[str, ...] = ()


def read_musicxml(data: bytes, file: str) -> Document:
    """Read .musicxml, .xml or .mxl bytes. file: the name that errors show.

    Raises FileError for what is no MusicXML, ScoreError for a score without measures.
    """
    from ripieno_bridges.formats.musicxml.music21_reader import stream_to_score

    xml = check_document(data, file)
    staves = list_staves(xml.root)
    tree = normalize(xml.root)
    with wrap_music21_errors(file):
        stream = parse_stream(tree.root, len(staves), file)
        parts = list(dict.fromkeys(part for part, _ in staves))
        numbers = [parts.index(part) + 1 for part, _ in staves]
        score, lines = stream_to_score(stream, file, sole_voices(xml.root, staves), numbers)
    locations = tuple(VoiceLocation(*staves[line.staff], line.voice) for line in lines)
    remarks = (*xml.remarks, *tree.remarks)
    return Document(file, xml, with_printed_numbers(score, xml.root), lines, locations, remarks)


@contextmanager
def wrap_music21_errors(file: str) -> Iterator[None]:
    """Turn whatever music21 raises into a FileError.

    On notation that it does not know, music21 fails with all kinds of errors. The fault is then in the file,
    and a musician needs its name, not a traceback; the cause stays attached.
    """
    try:
        yield
    except RipienoError:
        raise
    except Exception as exc:
        raise FileError(file, f"its notation cannot be understood; {EXPORT_AGAIN}") from exc


def parse_stream(root: _Element, staves: int, file: str) -> Any:
    """music21's stream of a normalized tree; FileError unless it has as many ``staves`` as the document."""
    from music21.converter import parseData

    stream = parseData(etree.tostring(root, encoding="unicode"), format="musicxml")
    if "Opus" in stream.classes:
        raise FileError(file, "several pieces in one file; save the one that you want by itself")
    if len(stream.parts) != staves:
        raise FileError(file, f"its parts and staves do not fit together; {EXPORT_AGAIN}")
    return stream


def list_staves(root: _Element) -> list[tuple[str, str | None]]:
    """(part id, staff number) in order; the number is ``None`` in a part of one staff."""
    staves: list[tuple[str, str | None]] = []
    for part in root.findall("part"):
        many, part_id = staff_count(part), part.get("id", "")
        staves += [(part_id, str(n)) for n in range(1, many + 1)] if many > 1 else [(part_id, None)]
    return staves


def part_names(root: _Element) -> dict[str, str]:
    """The name of each part, by its id; "part 2" for one without a name."""
    entries = root.findall("part-list/score-part")
    said = {entry.get("id", ""): (entry.findtext("part-name") or "").strip() for entry in entries}
    ids = [part.get("id", "") for part in root.findall("part")]
    return {part: " ".join(said[part].split()) or f"part {i}" for i, part in enumerate(ids, 1)}


def sole_voices(root: _Element, staves: list[tuple[str, str | None]]) -> dict[tuple[int, int], str]:
    """The voice number of every measure of a staff that has only one; music21 does not keep it.

    A staff on which never two voices stand at once is one line, whatever numbers it changes between. Cue
    notes and those that are not printed do not count.
    """
    found: dict[tuple[int, int], set[str]] = {}
    for part, index, measure in iter_measures(root):
        part_id = part.get("id", "")
        for note in measure.findall("note"):
            if note.find("cue") is not None or note.get("print-object") == "no":
                continue
            staff = note.findtext("staff", "1").strip()
            where = (part_id, staff) if (part_id, staff) in staves else (part_id, None)
            if where in staves:
                voices = found.setdefault((staves.index(where), index), set())
                voices.add(note.findtext("voice", "1").strip())
    lines = {staff: set().union(*(v for (s, _), v in found.items() if s == staff)) for staff, _ in found}
    polyphonic = {staff for (staff, _), voices in found.items() if len(voices) > 1}
    return {
        (staff, index): next(iter(voices))
        for (staff, index), voices in found.items()
        if len(voices) == 1 and (staff in polyphonic or len(lines[staff]) == 1)
    }


def with_printed_numbers(score: Score, root: _Element) -> Score:
    """The score with the measure numbers that the document itself prints."""
    first = root.find("part")
    assert first is not None
    numbers = [m.get("number", "") for m in first.findall("measure")]
    measures = tuple(
        replace(m, number=numbers[i]) if i < len(numbers) else m for i, m in enumerate(score.measures)
    )
    return replace(score, measures=measures)
