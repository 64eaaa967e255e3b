"""A clip in Ableton Live -> a request: its notes as a musician hears them, with the meter and the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean

from msgspec import structs

from ripieno.errors import RequestError, ScoreError, short
from ripieno.score import VOICE_NAMES, Key, Meter
from ripieno_bridges.ableton.client import LiveError, RefusedError
from ripieno_bridges.ableton.clip import ClipSlot, LiveNote, Region
from ripieno_bridges.ableton.live_set import LiveSet, Song
from ripieno_bridges.ableton.placement import title_of
from ripieno_bridges.api.music_text import beats
from ripieno_bridges.api.requests import Request, TaskName, is_for_piano
from ripieno_bridges.formats.note_lists import FlatNote, choir_score, hands_score
from ripieno_bridges.formats.voice_assignment import LOW_LINE, voice_of_part

MARGIN = 1 / 64  # beats; a loop's start has 32 bits, the note on it perhaps 64
SHORTEST = Fraction(1, 960)  # of a beat
MODES = {"Major": "major", "Minor": "minor", "Harmonic Minor": "minor", "Melodic Minor": "minor"}
CHANGED = "the clip in {place} was changed while ripieno worked, so nothing was written; ask once more"


@dataclass(frozen=True, slots=True)
class ClipSource:
    """A clip that was read. title: what its music is called. track: its track's name.

    notes: those that start in its region, or a hair outside.
    """

    place: ClipSlot
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
        """Of the region, in beats."""
        return beats(self.region.end) - self.start

    @property
    def velocity(self) -> int:
        """How loud it is on the whole, 1 to 127."""
        return min(127, max(1, round(fmean(n.velocity for n in self.notes)))) if self.notes else 80


# -- from Live ---------------------------------------------------------------------------------------------


async def read_source(live: LiveSet, place: ClipSlot | None, *, title: str | None = None) -> ClipSource:
    """The clip in a place, or the selected one. title: where its name says something else.

    Raises LiveError where there is no clip or no notes can be in it.
    """
    song = await live.song()
    place = await live.selected() if place is None else place
    if place.track not in range(song.tracks) or place.slot not in range(song.scenes):
        raise LiveError(
            f"there is no {place}; the set has {song.tracks} tracks, with {song.scenes} slots each"
        )
    track = (await live.tracks())[place.track]
    called = track.clips[place.slot]
    if called is None:
        raise LiveError(f"there is no clip in {place}; click on one in the Session View and try again")
    region = await live.clip(place).region()
    if region is None:
        raise LiveError(f"the clip in {place} is audio, which has no notes; take a MIDI clip")
    notes = await notes_in(live, place, region)
    return ClipSource(place, title_of(called) if title is None else title, track.name, region, notes, song)


async def notes_in(live: LiveSet, place: ClipSlot, region: Region) -> tuple[LiveNote, ...]:
    """The notes of a clip that start in a region of it, and a hair around."""
    return tuple(await live.clip(place).notes(region.start - MARGIN, region.end + MARGIN))


async def check_unchanged(live: LiveSet, source: ClipSource) -> None:
    """Raise LiveError where the clip is not what it was when it was read."""
    try:
        same = await live.clip(source.place).region() == source.region
        same = same and await notes_in(live, source.place, source.region) == source.notes
    except RefusedError:  # it is not there any more
        same = False
    if not same:
        raise LiveError(CHANGED.format(place=source.place))


# -- to a request ------------------------------------------------------------------------------------------


def request_for(task: TaskName, source: ClipSource, options: Request) -> Request:
    """The request about a clip. options: its settings, which count more than what Live says of meter and key.

    given: which voice the clip is. Raises ScoreError for notes that are no line, LiveError for no notes.
    """
    notes = heard(source)
    if not notes:
        raise LiveError(
            f'the clip "{short(source.title)}" in {source.place} is empty, or its notes stand outside of its '
            "loop; write a melody there"
        )
    meter, key = options.meter or source.song.meter, options.key or key_of(source.song)
    piano = is_for_piano(options)
    voice = 0 if piano else VOICE_NAMES.index(voice_of(source, notes, options))
    laid_out = hands_score if piano else choir_score
    try:
        score = laid_out(
            (note._replace(voice=voice) for note in notes),
            meter=meter,
            key=key,
            anacrusis=options.anacrusis,
            length=source.length,
        )
    except ScoreError as exc:
        raise in_clip(exc, source, meter) from exc
    return structs.replace(options, task=task, score=score, given=None, find_key=key is None, any_octave=True)


def heard(source: ClipSource) -> list[FlatNote]:
    """The notes that sound when the clip plays on and on: from its loop's start at 0 to its end.

    A note that began before the loop is not heard again, one that lasts beyond it is cut, and a deactivated
    one is silent.
    """
    found = []
    for note in source.notes:
        start = beats(note.start) - source.start
        if not note.mute and 0 <= start < source.length:
            duration = min(max(beats(note.duration), SHORTEST), source.length - start)
            velocity = min(127, max(1, round(note.velocity)))
            found.append(FlatNote(0, note.pitch, start, duration, velocity))
    return found


def voice_of(source: ClipSource, notes: Sequence[FlatNote], options: Request) -> str:
    """Which voice the clip is: as told, as its track is called, or by how high it lies."""
    if options.given is not None:
        if len(options.given) != 1:
            raise RequestError(f"a clip is one voice; name one of {', '.join(VOICE_NAMES)}")
        return options.given[0]
    named = voice_of_part(source.track)
    if named is not None:
        return named
    middle = sum(n.pitch * n.duration for n in notes) / sum(n.duration for n in notes)
    return "bass" if middle < LOW_LINE else "soprano"


def key_of(song: Song) -> Key | None:
    """The key that the set's scale says; None where it says none.

    C major is what every set says until somebody changes it, so it says nothing.
    """
    mode = MODES.get(song.scale_name or "")
    if mode is None or song.root_note is None or (song.root_note, song.scale_name) == (0, "Major"):
        return None
    major = song.root_note + (3 if mode == "minor" else 0)  # the major key of the same signature
    return Key((7 * major + 5) % 12 - 5, mode)


def in_clip(exc: ScoreError, source: ClipSource, meter: Meter) -> ScoreError:
    """The same error with the clip's name, and its place as Live counts bars, from the clip's 1.1.1 on."""
    bars, rest = divmod(source.start, meter.length)
    measure = str(exc.measure)
    if measure.isdigit() and not rest:
        measure = str(int(measure) + bars)
    name = f'clip "{short(source.title)}"'
    return ScoreError(name, exc.part, None if exc.measure is None else measure, exc.fault, beat=exc.beat)
