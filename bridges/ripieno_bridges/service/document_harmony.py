"""The harmony that stands in a document: in its chord symbols and figures, or in the chord track of MIDI."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from ripieno.errors import count_text
from ripieno.score import Score
from ripieno_bridges.api.requests import DocumentRequest, Request
from ripieno_bridges.formats.chordpro.lay_on_melody import lay_on_melody
from ripieno_bridges.formats.chordpro.reader import read_chordpro
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.write_harmony import WrittenHarmony, write_harmony
from ripieno_bridges.formats.score_lines import ScoreLine
from ripieno_bridges.service.asked_chords import has_harmony, texts_of
from ripieno_bridges.service.document_job import DocumentJob
from ripieno_bridges.service.document_report import obeyed_remarks, passed_over_remarks


def with_document_harmony(
    request: Request, on_document: DocumentRequest, job: DocumentJob
) -> tuple[Request, list[str]]:
    """(the request with the harmony that stands in the document, if it is to be obeyed; remarks).

    Texts and sheets of chords are written for the document as it was, and move with it.
    Where the request asks for chords itself, or has a sheet of chords, those stand instead.
    Raises RipienoError for a sheet that cannot be laid on the melody.
    """
    source = job.source
    if on_document.chord_sheet is not None:
        sheet = read_chordpro(on_document.chord_sheet.data, on_document.chord_sheet.name)
        harmony, remarks = lay_on_melody(sheet, source.score, job.shift)
        return structs.replace(request, harmony=harmony), [*remarks, *passed_over_harmony(source)]
    texts = {text.kind: text.moved(job.shift) for text in texts_of(request)}
    request = structs.replace(request, **texts)
    if on_document.document_chords == "ignored" or has_harmony(request):
        return request, passed_over_harmony(source)
    if source.document is not None:
        read = document_harmony(source.document, home=request.key)
        remarks = obeyed_remarks(source.document.xml.root, read)
        return structs.replace(request, harmony=read.harmonies), remarks
    track = source.chord_track
    if track is None or track.harmony is None:
        return request, []
    remarks = [f"{count_and_title(track)} obeyed; document-chords ignored passes them over"]
    remarks += unnamed_remarks(track, source.score)
    return structs.replace(request, harmony=track.harmony.harmonies), remarks


def passed_over_harmony(source: Source) -> list[str]:
    """A remark where the harmony of a document is not obeyed."""
    if source.document is not None:
        return passed_over_remarks(source.document.xml.root)
    track = source.chord_track
    if track is None:
        return []
    return [f"{count_and_title(track)} passed over: the harmony comes from the notes"]


def count_and_title(track: ScoreLine) -> str:
    """As '5 chords of the track "Chords" are'."""
    assert track.harmony is not None, "a chord track"
    count = len(track.harmony.harmonies)
    return f"{count_text(count, 'chord')} of the track {track.title} {'is' if count == 1 else 'are'}"


# -- a chord track as chord symbols ------------------------------------------------------------------------


def without_chord_track(source: Source) -> Source:
    """The source without the line of its chord track; its score still has the notes."""
    return replace(source, midi_lines=tuple(line for line in source.midi_lines if line.harmony is None))


def with_track_symbols(data: bytes, source: Source) -> tuple[bytes, list[str]]:
    """(a document with the chords of a MIDI file's chord track as chord symbols, remarks)."""
    track = source.chord_track
    if track is None or track.harmony is None:
        return data, []
    written: list[WrittenHarmony] = []
    for harmony in track.harmony.harmonies:
        if written and written[-1].end < harmony.onset:
            written.append(WrittenHarmony(written[-1].end, harmony.onset))
        written.append(WrittenHarmony(harmony.onset, harmony.end, harmony.chord))
    made = write_harmony(data, written, "symbols")
    return made.data, [
        f"{count_and_title(track)} chord symbols here",
        *unnamed_remarks(track, source.score),
        *made.remarks,
    ]


def unnamed_remarks(track: ScoreLine, score: Score) -> list[str]:
    """Remarks on blocks of a chord track that are no chords."""
    assert track.harmony is not None, "a chord track"
    return [f"{track.title}, {sentence}" for sentence in track.harmony.sentences(score)]
