"""MusicXML: reading a document, and writing a score as a new one. Changing a document is ``patch``."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno import __version__
from ripieno.errors import FileError, RipienoError, ScoreError
from ripieno.piano.hands import hand_of
from ripieno.score import VOICE_NAMES, Score, Voice
from ripieno_bridges.formats.musicxml.elements import (
    CLEFS,
    add,
    part_element,
    plain_frames,
    score_part_element,
    tempo_element,
)
from ripieno_bridges.formats.musicxml.mxl import CONTAINER
from ripieno_bridges.formats.musicxml.piano_part import piano_entry, piano_part
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN
from ripieno_bridges.formats.musicxml.validate import CheckedXml, check_document, iter_measures

DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
LAYOUT = ("print", "defaults", "credit")
MXL_TYPE = "application/vnd.recordare.musicxml"


@dataclass(frozen=True, slots=True)
class Seating:
    """Where a voice stands in a document: the part's id, and its staff and voice numbers there."""

    part: str
    staff: str | None
    voice: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A MusicXML file as read: its bytes and tree, its score, and where each of the score's voices stands."""

    file: str
    xml: CheckedXml
    score: Score
    seating: tuple[Seating, ...]


def read_musicxml(data: bytes, file: str) -> Document:
    """Read .musicxml, .xml or .mxl bytes. file: the name that errors show.

    Raises FileError for what is no MusicXML, ScoreError for music that cannot be voices.
    """
    from ripieno_bridges.formats.musicxml.music21_reader import stream_to_score

    xml = check_document(data, file)
    staves = list_staves(xml.root)
    with understanding(file):
        stream = parse_stream(xml.root, len(staves), file)
        score, lines = stream_to_score(stream, file, sole_voices(xml.root, staves))
    seating = tuple(Seating(*staves[line.staff], line.voice) for line in lines)
    return Document(file, xml, named_like_document(score, xml.root), seating)


@contextmanager
def understanding(file: str) -> Iterator[None]:
    """FileError for whatever music21 raises.

    It meets notation that it does not know with errors of its own code. What is wrong is in the file then,
    and a musician needs its name, not a traceback; the cause stays attached.
    """
    try:
        yield
    except RipienoError:
        raise
    except Exception as exc:
        raise FileError(file, f"its notation cannot be understood; {EXPORT_AGAIN}") from exc


def parse_stream(root: _Element, staves: int, file: str) -> Any:
    """music21's stream of a document that has so many staves; FileError where it has not."""
    from music21.converter import parseData

    stream = parseData(etree.tostring(for_music21(root), encoding="unicode"), format="musicxml")
    if "Opus" in stream.classes:
        raise FileError(file, "several pieces in one file; save the one that you want by itself")
    if len(stream.parts) != staves:
        raise FileError(file, f"its parts and staves do not fit together; {EXPORT_AGAIN}")
    return stream


def for_music21(root: _Element) -> _Element:
    """A copy without what music21 would take for music, or for music of another length.

    Page layout is left out: music21 stumbles over some of it, and it is no music. A cue note is a rest to the
    singer. A whole-measure rest is as long as it says, in a pickup too. A note that does not name its voice
    is in the first, also beside one that does.
    """
    root = deepcopy(root)
    etree.strip_elements(root, *LAYOUT, with_tail=False)
    for note in list(root.iter("note")):
        if note.find("cue") is not None:
            silence(note)
        rest = note.find("rest")
        if rest is not None and note.find("duration") is not None:
            rest.attrib.pop("measure", None)
        if note.find("voice") is None:
            add(note, "voice", 1)
    return root


def silence(note: _Element) -> None:
    """Make a rest of a cue note; take it out where it stands beside another."""
    parent = note.getparent()
    assert parent is not None
    if note.find("chord") is not None or note.find("grace") is not None:
        parent.remove(note)
        return
    for child in note:
        if child.tag not in ("duration", "voice", "type", "dot", "time-modification", "staff"):
            note.remove(child)
    note.insert(0, etree.Element("rest"))


def list_staves(root: _Element) -> list[tuple[str, str | None]]:
    """(part id, staff number) in order; the number is ``None`` in a part of one staff."""
    staves: list[tuple[str, str | None]] = []
    for part in root.findall("part"):
        many = max((int(float(e.text or 1)) for e in part.iter("staves")), default=1)
        part_id = part.get("id", "")
        staves += [(part_id, str(n)) for n in range(1, many + 1)] if many > 1 else [(part_id, None)]
    return staves


def part_names(root: _Element) -> dict[str, str]:
    """What each part is called, by its id; "part 2" for one without a name."""
    entries = root.findall("part-list/score-part")
    said = {entry.get("id", ""): (entry.findtext("part-name") or "").strip() for entry in entries}
    ids = [part.get("id", "") for part in root.findall("part")]
    return {part: " ".join(said[part].split()) or f"part {i}" for i, part in enumerate(ids, 1)}


def sole_voices(root: _Element, staves: list[tuple[str, str | None]]) -> dict[tuple[int, int], str]:
    """The voice number of every measure of a staff that has only one; music21 does not keep it.

    A staff on which never two voices stand at once is one line, whatever numbers it changes between.
    """
    found: dict[tuple[int, int], set[str]] = {}
    for part, index, measure in iter_measures(root):
        part_id = part.get("id", "")
        for note in measure.findall("note"):
            if note.find("cue") is not None:
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


def named_like_document(score: Score, root: _Element) -> Score:
    """The score with the measure numbers that the document itself prints."""
    first = root.find("part")
    assert first is not None
    numbers = [m.get("number", "") for m in first.findall("measure")]
    measures = tuple(
        replace(m, number=numbers[i]) if i < len(numbers) else m for i, m in enumerate(score.measures)
    )
    return replace(score, measures=measures)


# -- a new score -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Staff:
    """One part of a new score and the voices on it."""

    name: str
    abbreviation: str
    sound: str
    voices: tuple[Voice, ...]
    clef: tuple[str, int, int]


def choir_staves(score: Score, layout: str) -> list[Staff]:
    """One staff a voice, or (layout "closed") soprano and alto on one, tenor and bass on the other."""
    if layout == "closed" and len(score.voices) == len(VOICE_NAMES):
        return [choir_staff(score.voices[:2]), choir_staff(score.voices[2:])]
    return [choir_staff([voice]) for voice in score.voices]


def choir_staff(voices: Sequence[Voice]) -> Staff:
    """A staff for one voice, or for two neighbours of a choir."""
    if len(voices) == 1:
        return staff_of(voices[0])
    names = [v.name.capitalize() for v in voices]
    upper = voices[0].name == "soprano"
    return Staff(
        "\n".join(names),
        "\n".join(f"{name[0]}." for name in names),
        "voice.female" if upper else "voice.male",
        tuple(voices),
        CLEFS["soprano" if upper else "bass"],
    )


def staff_of(voice: Voice) -> Staff:
    """A staff for one voice, with a clef after its name or else after its register."""
    known = voice.name.lower()
    if known in CLEFS:
        name = known.capitalize()
        return Staff(name, f"{name[0]}.", f"voice.{known}", (voice,), CLEFS[known])
    pitches = [n.pitch for n in voice.notes]
    low = bool(pitches) and sum(pitches) / len(pitches) < 57
    clef = CLEFS["bass" if low else "soprano"]
    return Staff(voice.name, voice.name[:3] + ".", "voice.vocals", (voice,), clef)


def write_musicxml(score: Score, *, layout: str = "open") -> bytes:
    """A new MusicXML 4.0 document. layout: "open", a staff a voice, or "closed", two staves for four voices.

    The lines of hands become one piano part below the other voices, in either layout.
    Raises ScoreError for rhythms that are neither straight nor in triplets.
    """
    if layout not in ("open", "closed"):
        raise ScoreError(None, None, None, f'there is no layout "{layout}"; choose open or closed')
    played = [voice for voice in score.voices if hand_of(voice.name)]
    sung = replace(score, voices=tuple(voice for voice in score.voices if not hand_of(voice.name)))
    staves = choir_staves(sung, layout)
    root = etree.Element("score-partwise", version="4.0")
    if score.title:
        add(SubElement(root, "work"), "work-title", score.title)
    identification = SubElement(root, "identification")
    if score.composer:
        add(identification, "creator", score.composer).set("type", "composer")
    add(SubElement(identification, "encoding"), "software", f"ripieno {__version__}")
    part_list = SubElement(root, "part-list")
    if len(staves) > 1:
        part_list.append(bracket("start"))
    for i, staff in enumerate(staves, 1):
        entry = score_part_element(f"P{i}", staff.name, staff.abbreviation, staff.sound, i)
        part_list.append(entry)
    if len(staves) > 1:
        part_list.append(bracket("stop"))
    piano = f"P{len(staves) + 1}"
    if played:
        part_list.append(piano_entry(piano, len(staves) + 1))
    for i, staff in enumerate(staves, 1):
        part = part_element(f"P{i}", staff.voices, score, plain_frames(score), staff.clef)
        root.append(part)
    if played:
        root.append(piano_part(piano, played, score))
    first = root.find("part")
    if first is not None:
        add_tempos(first, score)
    etree.indent(root)
    body = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n{body}\n'.encode()


def bracket(kind: str, number: str = "1") -> _Element:
    """<part-group>: the bracket that joins a choir's staves; barlines run through lyrics only in hymnals."""
    group = etree.Element("part-group", type=kind, number=number)
    if kind == "start":
        add(group, "group-symbol", "bracket")
        add(group, "group-barline", "yes")
    return group


def add_tempos(part: _Element, score: Score) -> None:
    """Put the tempo marks into the first part, before the note that sounds then, with an offset into it."""
    elements = part.findall("measure")
    divisions = int(part.findtext("measure/attributes/divisions", "1"))
    for tempo in score.tempos:
        measure = score.measure_at(tempo.onset)
        element = elements[score.measures.index(measure)]
        time = measure.onset
        children = list(element)
        backups = [i for i, child in enumerate(children) if child.tag == "backup"]
        notes = [c for c in children[: backups[0] if backups else None] if c.tag == "note"]
        place = children.index(notes[-1]) + 1
        for note in (n for n in notes if n.find("chord") is None):
            end = time + Fraction(note.findtext("duration", "0")) / divisions
            if tempo.onset < end:
                place = children.index(note)
                break
            time = end
        element.insert(place, tempo_element(tempo, (tempo.onset - time) * divisions))


def pack_mxl(data: bytes, *, archive: bytes | None = None, name: str | None = None) -> bytes:
    """MusicXML bytes as .mxl; with ``archive``, a copy of that archive in which ``name`` is replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        if archive is not None and name is not None:
            with zipfile.ZipFile(io.BytesIO(archive)) as old:
                for entry in old.infolist():
                    new.writestr(entry, data if entry.filename == name else old.read(entry))
        else:
            rootfile = f'<rootfile full-path="score.musicxml" media-type="{MXL_TYPE}+xml"/>'
            container = f"<container><rootfiles>{rootfile}</rootfiles></container>"
            stamp = (1980, 1, 1, 0, 0, 0)  # the same score, the same bytes
            new.writestr(zipfile.ZipInfo("mimetype", stamp), MXL_TYPE)
            new.writestr(
                zipfile.ZipInfo(CONTAINER, stamp), f'<?xml version="1.0" encoding="UTF-8"?>\n{container}\n'
            )
            info = zipfile.ZipInfo("score.musicxml", stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()
