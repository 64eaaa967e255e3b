"""A piano reduction under the voices of a document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ripieno.errors import printable
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.musicxml.reduction_part import add_reduction
from ripieno_bridges.formats.musicxml.writer import pack_mxl
from ripieno_bridges.formats.practice.sung_parts import heads_of_lines, roles_of, sung_parts


def with_piano_reduction(source: Source) -> tuple[bytes, list[str]]:
    """(a document's bytes with a piano for the rehearsal under its voices, remarks).

    source: of MusicXML; an archive comes back as one. Its other parts, a piano among them, are not in the
    reduction. Raises ScoreError where there are fewer than two voices, or for rhythms that are neither
    straight nor in triplets.
    """
    document = source.document
    assert document is not None, "a MIDI file becomes a document first"
    parts, _ = sung_parts(source, "a piano reduction is")
    heads = heads_of_lines(source.lines, roles_of(source))
    score, keys = source.score, source.lines[min(heads)].keys
    if keys:
        measures = zip(score.measures, keys, strict=True)
        score = replace(score, measures=tuple(replace(m, key=key) for m, key in measures))
    voices = [voice for part in parts for voice in part.voices]
    data, remarks = add_reduction(document, score, voices, document.locations[max(heads)].part)
    if document.xml.archive is not None:
        data = pack_mxl(data, archive=document.xml.archive, name=document.xml.packed_as)
    return data, [*grace_notes(document, {document.locations[i].part for i in heads}), *remarks]


def grace_notes(document: Document, parts: Collection[str]) -> list[str]:
    """A remark where these parts have grace notes, which the piano has not."""
    found = [
        measure.get("number", "")
        for part in document.xml.root.findall("part")
        if part.get("id") in parts
        for measure in part.findall("measure")
        if measure.find("note/grace") is not None
    ]
    places = ", ".join(printable(number) for number in dict.fromkeys(found))
    return [f"piano: grace notes are not in it (measures {places})"] if found else []
