"""A document as a MIDI file for a sequencer: a track a voice, its phrases as markers, its chords as texts."""

from __future__ import annotations

from ripieno_bridges.formats.all_notes import document_notes
from ripieno_bridges.formats.landmarks import chord_landmarks, landmarks
from ripieno_bridges.formats.midi.chord_texts import with_chord_texts
from ripieno_bridges.formats.midi.writer import write_midi
from ripieno_bridges.formats.musicxml.reader import Document


def write_document_midi(document: Document) -> tuple[bytes, list[str]]:
    """(the file of a document, remarks)."""
    markers = [(mark.onset, mark.text) for mark in landmarks(document.score)]
    chords = [(chord.onset, chord.text) for chord in chord_landmarks(document)]
    return with_chord_texts(write_midi(document_notes(document), markers=markers), chords), []
