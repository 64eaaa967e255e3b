"""Which chords fit a stretch of a document."""

from __future__ import annotations

from dataclasses import replace

from ripieno.tasks.fitting_chords import FittingChord, fitting_chords
from ripieno.tasks.guidance import Guidance, phrases_ending_at
from ripieno.tasks.hearing import hear, only_voices
from ripieno.tasks.seating import seating_of
from ripieno.theory.chords import Chord, chord_symbol
from ripieno_bridges.api.replies import ChordsReply, FoundChord
from ripieno_bridges.api.requests import ChordsRequest
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.voice_assignment import assign_voices
from ripieno_bridges.service.model_runner import ModelRunner


def chords_here(runner: ModelRunner, request: ChordsRequest, source: Source) -> ChordsReply:
    """The reply to a request about a document. Raises RipienoError."""
    model = runner.model(request.model)
    choir = assign_voices(source.score, melody=request.melody, lines=source.lines, ensemble=request.ensemble)
    score = choir.score
    singing = [voice.name for voice in score.voices if voice.notes]
    given = (
        singing if request.given is None else [name for name in choir.ensemble.names if name in request.given]
    )
    kept = only_voices(score, given)
    phrases = None if request.phrases is None else phrases_ending_at(kept, request.phrases)
    guidance = Guidance(request.key, phrases).found_in(kept)
    hearing = hear(score, model, given, seating=seating_of(choir.ensemble, given))
    moved = hearing.together
    found = fitting_chords(
        hearing.heard,
        model,
        given=hearing.seating.seats_of([name for name in given if name in singing]) or (),
        selection=request.selection,
        guidance=guidance.moved(moved),
    )
    fitting = tuple(
        FoundChord(chord_symbol(as_written(one, moved), guidance.home.key), one.share) for one in found
    )
    return ChordsReply(fitting, None if request.typed is None else FoundChord(request.typed))


def as_written(found: FittingChord, moved: int) -> Chord:
    """A chord in the key that is written. moved: semitones from the written to the heard notes."""
    chord = found.chord
    return replace(chord, root=(chord.root - moved) % 12, bass=(chord.bass - moved) % 12)
