"""A document as it is: what its lines are, as a file of another kind, and with one note moved."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import RipienoError
from ripieno.results import Fault
from ripieno.tasks.guidance import Guidance, MeasurePlace, phrases_ending_at
from ripieno.theory.rules import faults
from ripieno_bridges.api.exports import EXPORTS
from ripieno_bridges.api.replies import (
    ExportReply,
    ReadReply,
)
from ripieno_bridges.api.requests import (
    File,
    MoveNoteRequest,
)
from ripieno_bridges.formats.all_notes import with_all_notes
from ripieno_bridges.formats.exports import export
from ripieno_bridges.formats.files import (
    Source,
    read_musicxml_source,
)
from ripieno_bridges.formats.musicxml.edit_note import move_note
from ripieno_bridges.formats.musicxml.safe_xml import as_utf8
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.formats.score_lines import line_named
from ripieno_bridges.formats.voice_assignment import assign_voices, sung_voices
from ripieno_bridges.service.document_harmony import (
    with_track_symbols,
    without_chord_track,
)
from ripieno_bridges.service.document_job import (
    MIDI_KIND,
    MIDI_ONLY,
    encode_new,
    write_new_midi,
)
from ripieno_bridges.service.document_report import (
    document_line,
    document_lines,
)
from ripieno_bridges.service.document_sources import NEW_NAME, source_of


def read_document(
    file: File,
    melody: str | None = None,
    phrases: Sequence[MeasurePlace] | None = None,
    ensemble: Ensemble | None = None,
) -> ReadReply:
    """A document's lines, measures, faults, key and phrases, and the document itself as MusicXML.

    melody: the line that is chosen as such. phrases: where those of the highest voice end; None: as found.
    ensemble: whose voices the lines are; None: the one that the parts are named after, else a mixed choir.
    RequestError is raised for a melody that is no line, and for phrases that cannot end there.
    """
    source = source_of(file)
    full = with_all_notes(without_chord_track(source), file.data)
    shown = full if source.document is None else source  # the lines are those of the document that comes back
    found: tuple[Fault, ...] = ()
    key, found_phrases = None, None
    if melody is not None:
        line_named(shown.lines, melody)
    try:
        choir = assign_voices(shown.score, melody=melody, lines=shown.lines, ensemble=ensemble)
    except RipienoError as exc:
        lines = tuple(document_line(line, None, "no melody was found") for line in shown.lines)
        remarks, whole = [str(exc)], ensemble or MIXED_CHOIR
        name, parts = whole.name, whole.names
    else:
        lines, name, parts = document_lines(choir), choir.ensemble.name, choir.ensemble.names
        if melody is None and ensemble is None:
            sung, remarks = sung_voices(shown.score, shown.lines)
        else:
            sung, remarks = choir.score, list(choir.remarks)
        found = tuple(faults(sung, choir.ensemble.ranges))
        ends = None if phrases is None else phrases_ending_at(choir.score, phrases)
        guidance = Guidance(phrases=ends).found_in(choir.score)
        key, found_phrases = guidance.home.key, guidance.phrases
    if source.document is None:
        data, more = encode_new(full.score, NEW_NAME)
        data, chords = with_track_symbols(data, source)
        more = [*more, *chords, MIDI_ONLY]
    else:
        data, more = as_utf8(source.document.xml.data, source.document.xml.encoding), []
    read = (data, full.score, lines, found, (*full.remarks, *remarks, *more))
    return ReadReply(*read, key, found_phrases, name, parts)


def exported(source: Source, kind: str) -> ExportReply:
    """A document as a file of another kind. kind: the name of one of ``EXPORTS``."""
    wanted = next(one for one in EXPORTS if one.name == kind)
    remarks = list(source.remarks)
    document = source.document
    if document is None:
        if wanted.name == MIDI_KIND:
            score = with_all_notes(source, source.midi or b"").score
            return ExportReply(write_new_midi(score, None), tuple(remarks))
        data, more = encode_new(source.score, NEW_NAME)
        document = read_musicxml_source(NEW_NAME, data).document
        remarks += [*more, MIDI_ONLY]
        assert document is not None, "MusicXML"
    data, more = export(document, wanted)
    return ExportReply(data, (*remarks, *more))


def moved_note(request: MoveNoteRequest) -> bytes:
    """The document with a note moved, which a request asks for."""
    xml = check_document(request.file.data, request.file.name)
    return move_note(xml, request.note, steps=request.steps, semitones=request.semitones)
