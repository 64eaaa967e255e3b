"""A clip in Ableton Live -> a request: the notes that sound, with the meter and the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from statistics import fmean

from msgspec import structs

from ripieno.errors import RequestError, ScoreError, count_text, short
from ripieno.score import Key, Meter
from ripieno_bridges.ableton.client import together
from ripieno_bridges.ableton.clip import ClipSlot, LiveNote, Region
from ripieno_bridges.ableton.live_set import LiveSet, LiveTrack, Song
from ripieno_bridges.ableton.placement import title_in_scene
from ripieno_bridges.ableton.questions import LiveError, RefusedError
from ripieno_bridges.api.checks import check_voice
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.api.requests import Request, TaskName, is_for_piano, voice_names
from ripieno_bridges.formats.ensemble_lines import named_lines
from ripieno_bridges.formats.line_roles import LOW_LINE
from ripieno_bridges.formats.note_lists import FlatNote, choir_score, hands_score
from ripieno_bridges.formats.outer_line import has_chords, outer_line
from ripieno_bridges.formats.part_names import voice_of_part
from ripieno_bridges.formats.score_lines import ScoreLine

MIN_DURATION = Fraction(1, 960)  # of a beat
MODES = {"Major": "major", "Minor": "minor", "Harmonic Minor": "minor", "Melodic Minor": "minor"}
CHANGED = "the clip in {clip_slot} was changed while ripieno worked, so nothing was written; ask once more"


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A clip that was read. title: of its music. track: the name of its track.

    notes: those that start in its region, or a little outside.
    """

    clip_slot: ClipSlot
    title: str
    track: str
    region: Region
    notes: tuple[LiveNote, ...]
    song: Song

    @property
    def start(self) -> Fraction:
        """Where the region begins, in beats of the clip."""
        return beats(self.region.start)

    @property
    def length(self) -> Fraction:
        """The length of the region, in beats."""
        return beats(self.region.end) - self.start

    @property
    def velocity(self) -> int:
        """The mean velocity of the notes, 1 to 127."""
        return min(127, max(1, round(fmean(n.velocity for n in self.notes)))) if self.notes else 80


# -- from Live ---------------------------------------------------------------------------------------------


async def read_source(
    live: LiveSet, clip_slot: ClipSlot | None, *, name: str | None = None
) -> tuple[ClipSource, list[LiveTrack]]:
    """(the clip in a slot, or the selected one; all tracks). name: used instead of the clip's name.

    Raises LiveError where there is no clip, or an audio clip.
    """
    wanted = live.selected() if clip_slot is None else as_it_is(clip_slot)
    song, tracks, clip_slot = await together(live.song(), live.tracks(), wanted)
    if clip_slot.track not in range(song.tracks) or clip_slot.slot not in range(song.scenes):
        raise LiveError(
            f"there is no {clip_slot}; the set has {song.tracks} tracks, with {song.scenes} slots each"
        )
    track = tracks[clip_slot.track]
    own_name = track.clips[clip_slot.slot]
    if own_name is None:
        raise LiveError(f"there is no clip in {clip_slot}; click on one in the Session View and try again")
    region, notes = await live.clip(clip_slot).read()
    if region is None:
        raise LiveError(f"the clip in {clip_slot} is audio, which has no notes; take a MIDI clip")
    title = title_in_scene(own_name if name is None else name, tracks, clip_slot)
    return ClipSource(clip_slot, title, track.name, region, notes, song), tracks


async def as_it_is(clip_slot: ClipSlot) -> ClipSlot:
    """The slot; for what is awaited together with others."""
    return clip_slot


async def check_unchanged(live: LiveSet, source: ClipSource) -> None:
    """Raise LiveError where the clip has changed since it was read."""
    try:
        same = await live.clip(source.clip_slot).read() == (source.region, source.notes)
    except RefusedError:  # the clip is gone
        same = False
    if not same:
        raise LiveError(CHANGED.format(clip_slot=source.clip_slot))


# -- to a request ------------------------------------------------------------------------------------------


def build_clip_request(task: TaskName, source: ClipSource, options: Request) -> Request:
    """Build the request for a clip. options: its settings; their meter and key have precedence over Live's.

    Their ``given`` says which voice the clip is. For a choir, chords give their top line, or where the clip
    is the bass their lowest one. Raises LiveError for no notes.
    """
    notes = sounding_notes(source)
    if not notes:
        raise LiveError(
            f'the clip "{short(source.title)}" in {source.clip_slot} is empty, or its notes stand outside of '
            "its loop; write a melody there"
        )
    meter, key = options.meter or source.song.meter, options.key or key_of(source.song)
    piano = is_for_piano(options)
    if not piano:
        notes = one_line(source, notes, options)
    build_score = hands_score if piano else partial(choir_score, names=voice_names(options))
    try:
        score = build_score(
            notes,
            meter=meter,
            key=key,
            anacrusis=options.anacrusis,
            length=source.length,
        )
    except ScoreError as exc:
        raise located_in_clip(exc, source, meter) from exc
    return structs.replace(options, task=task, score=score, given=None, find_key=key is None)


def sounding_notes(source: ClipSource) -> list[FlatNote]:
    """The notes that sound each time the loop plays, counted from its start.

    A note that begins before the loop does not sound again, one that lasts beyond it is cut, and deactivated
    ones are silent.
    """
    found = []
    for note in source.notes:
        start = beats(note.start) - source.start
        if not note.mute and 0 <= start < source.length:
            duration = min(max(beats(note.duration), MIN_DURATION), source.length - start)
            velocity = min(127, max(1, round(note.velocity)))
            found.append(FlatNote(0, note.pitch, start, duration, velocity))
    return found


def one_line(source: ClipSource, notes: Sequence[FlatNote], options: Request) -> list[FlatNote]:
    """The line of a choir's voice that the clip gives: all its notes, or an outer line of its chords."""
    chords = has_chords(notes)
    voice = voice_of(source, outer_line(notes) if chords else notes, options)
    names = voice_names(options)
    line = outer_line(notes, lowest=voice == names[-1]) if chords else notes
    return [note._replace(voice=names.index(voice)) for note in line]


def left_out(source: ClipSource, request: Request) -> str | None:
    """A sentence about the notes of chords that the request does not have; None where it has all."""
    assert request.score is not None, "built from a clip"
    taken = sum(len(voice.notes) for voice in request.score.voices)
    others = len({(note.start, note.pitch) for note in sounding_notes(source)}) - taken
    if not others:
        return None
    is_bass = bool(request.score.voices[-1].notes)
    line, where = ("lowest", "above") if is_bass else ("top", "below")
    notes = count_text(others, "note")
    return f"the clip has chords: ripieno took their {line} line and left out the {notes} {where} it"


def voice_of(source: ClipSource, notes: Sequence[FlatNote], options: Request) -> str:
    """The voice that the clip is: from the options, by the name of its track, or by how high it lies."""
    if options.given is not None:
        if len(options.given) != 1:
            raise RequestError(f"a clip is one voice; name one of {', '.join(voice_names(options))}")
        check_voice(options.given[0], voice_names(options))
        return options.given[0]
    if options.ensemble is not None and not options.ensemble.is_choir:
        known = named_lines([ScoreLine(source.track, 1)], options.ensemble)
        return next(iter(known), options.ensemble.melody)
    named = voice_of_part(source.track)
    if named is not None:
        return named
    middle = sum(n.pitch * n.duration for n in notes) / sum(n.duration for n in notes)
    return "bass" if middle < LOW_LINE else "soprano"


def key_of(song: Song) -> Key | None:
    """The key of the set's scale; None where it has none.

    C major is the default of every set, so it counts as none.
    """
    mode = MODES.get(song.scale_name or "")
    if mode is None or song.root_note is None or (song.root_note, song.scale_name) == (0, "Major"):
        return None
    major = song.root_note + (3 if mode == "minor" else 0)  # the major key of the same signature
    return Key((7 * major + 5) % 12 - 5, mode)


def located_in_clip(exc: ScoreError, source: ClipSource, meter: Meter) -> ScoreError:
    """The same error with the clip's name, and the measure as Live counts it, from the clip's 1.1.1."""
    bars, rest = divmod(source.start, meter.length)
    measure = str(exc.measure)
    if measure.isdigit() and not rest:
        measure = str(int(measure) + bars)
    name = f'clip "{short(source.title)}"'
    return ScoreError(name, exc.part, None if exc.measure is None else measure, exc.fault, beat=exc.beat)
