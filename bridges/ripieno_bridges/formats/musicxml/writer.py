"""Writing a score as a new MusicXML document. ``patch`` changes one that is there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno import __version__
from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import ScoreError
from ripieno.piano.hands import hand_of
from ripieno.score import Score, Voice
from ripieno_bridges.formats.musicxml.elements import (
    CHOIR_PROGRAM,
    CLEFS,
    add,
    part_element,
    plain_frames,
    score_part_element,
    tempo_element,
)
from ripieno_bridges.formats.musicxml.mxl import CONTAINER
from ripieno_bridges.formats.musicxml.piano_part import in_hands, piano_entry, piano_part
from ripieno_bridges.formats.musicxml.repair import DOCTYPE

MXL_TYPE = "application/vnd.recordare.musicxml"


@dataclass(frozen=True, slots=True)
class Staff:
    """One part of a new score and the voices on it. program: of General MIDI, from 1."""

    name: str
    abbreviation: str
    sound: str
    voices: tuple[Voice, ...]
    clef: tuple[str, int, int]
    program: int = CHOIR_PROGRAM


def choir_staves(score: Score, layout: str, ensemble: Ensemble) -> list[Staff]:
    """A staff for each voice, or (layout "closed") two for all voices of an ensemble."""
    if layout == "closed" and tuple(voice.name for voice in score.voices) == ensemble.names:
        shared = [[v for v in ensemble.voices if v.staff == staff] for staff in (1, 2)]
        return [choir_staff([score.voice(v.name) for v in own], ensemble) for own in shared if own]
    return [choir_staff([voice], ensemble) for voice in score.voices]


def choir_staff(voices: Sequence[Voice], ensemble: Ensemble) -> Staff:
    """A staff for one voice, or for neighbours of an ensemble."""
    if len(voices) == 1:
        return staff_of(voices[0], ensemble)
    known = [ensemble.voice(voice.name) for voice in voices]
    upper = known[0].staff == 1 and ensemble.is_choir
    return Staff(
        "\n".join(voice.part for voice in known),
        "\n".join(voice.abbreviation for voice in known),
        ("voice.female" if upper else "voice.male") if ensemble.is_choir else known[0].sound,
        tuple(voices),
        CLEFS[known[-1].clef],
        known[0].program,
    )


def staff_of(voice: Voice, ensemble: Ensemble) -> Staff:
    """A staff for one voice, as its ensemble says, else with the clef of its register."""
    known = voice.name.lower()
    if known in ensemble.names:
        found = ensemble.voice(known)
        return Staff(found.part, found.abbreviation, found.sound, (voice,), CLEFS[found.clef], found.program)
    pitches = [n.pitch for n in voice.notes]
    low = bool(pitches) and sum(pitches) / len(pitches) < 57
    clef = CLEFS["bass" if low else "treble"]
    return Staff(voice.name, voice.name[:3] + ".", "voice.vocals", (voice,), clef)


def write_musicxml(score: Score, *, layout: str = "open", ensemble: Ensemble | None = None) -> bytes:
    """A new MusicXML 4.0 document.

    layout: "open", a staff a voice; "closed", two staves for four voices; or "keyboard", the four voices in
    two hands. ensemble: that the voices are named after; None means a mixed choir.
    The lines of hands become one piano part below the other voices, in either layout.
    Raises ScoreError for rhythms that are neither straight nor in triplets.
    """
    if layout not in ("open", "closed", "keyboard"):
        raise ScoreError(None, None, None, f'there is no layout "{layout}"; choose open or closed')
    if layout == "keyboard":
        score = replace(score, voices=in_hands(score.voices))
    played = [voice for voice in score.voices if hand_of(voice.name)]
    sung = replace(score, voices=tuple(voice for voice in score.voices if not hand_of(voice.name)))
    staves = choir_staves(sung, layout, ensemble or MIXED_CHOIR)
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
        entry = score_part_element(f"P{i}", staff.name, staff.abbreviation, staff.sound, i, staff.program)
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
