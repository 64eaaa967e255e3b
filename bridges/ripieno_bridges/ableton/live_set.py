"""A set of Ableton Live, through AbletonOSC: its meter and scale, its tracks, its selection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ripieno.errors import short
from ripieno.score import Meter
from ripieno_bridges.ableton.client import (
    AbletonOSC,
    LiveError,
    Question,
    RefusedError,
    expect_number,
    expect_text,
)
from ripieno_bridges.ableton.clip import ClipSlot, LiveClip
from ripieno_bridges.ableton.packets import AbletonMessage, Values

NO_SELECTION = (
    "no clip is selected in Live; click on a MIDI clip in the Session View, or say which one with --track "
    "and --slot"
)
NO_TRACK = (
    "Live made no track for {name} ({reason}); Live Lite and Live Intro have few tracks, so delete one that "
    "is not needed and try again"
)
TRACKS_CHANGED = (
    "somebody else made or deleted tracks in Live while ripieno made one for {name}; look for a new track "
    "that is empty, delete it and try again"
)


class NoSelectionError(LiveError):
    """No clip slot is selected in Live, but a return track, for example."""


@dataclass(frozen=True, slots=True)
class Song:
    """Properties of the whole set. root_note: 0 for C; None where AbletonOSC is too old to know it."""

    tempo_qpm: float
    meter: Meter
    root_note: int | None
    scale_name: str | None
    tracks: int
    scenes: int


@dataclass(frozen=True, slots=True)
class LiveTrack:
    """A track. clips: the clip's name in each slot, "" for a clip without a name, None for an empty slot."""

    name: str
    clips: tuple[str | None, ...]


class LiveSet:
    """The set that is open in Live. Every method raises LiveError."""

    def __init__(self, osc: AbletonOSC) -> None:
        self._osc = osc

    def clip(self, clip_slot: ClipSlot) -> LiveClip:
        """The clip in a slot, which may be empty."""
        return LiveClip(self._osc, clip_slot)

    async def song(self) -> Song:
        """Tempo, meter, scale and size."""
        # The scale is new in AbletonOSC.
        scale = [Question(f"/live/song/get/{name}", optional=True) for name in ("root_note", "scale_name")]
        names = ("tempo", "signature_numerator", "signature_denominator", "num_tracks", "num_scenes")
        known = [Question(f"/live/song/get/{name}") for name in names]
        root, name, *answers = await self._osc.ask_all([*scale, *known])
        tempo, numerator, denominator, tracks, scenes = (
            expect_number(question, answer) for question, answer in zip(known, answers, strict=True)
        )
        return Song(
            tempo_qpm=tempo,
            meter=Meter(int(numerator), int(denominator)),
            root_note=None if root is None else int(expect_number(scale[0], root)),
            scale_name=None if name is None else expect_text(scale[1], name),
            tracks=int(tracks),
            scenes=int(scenes),
        )

    async def selected(self) -> ClipSlot:
        """The selected slot, which may be empty."""
        question = Question("/live/view/get/selected_clip")
        try:
            answer = await self._osc.ask(question)
        except RefusedError as exc:  # a return track or the main track
            raise NoSelectionError(NO_SELECTION) from exc
        return ClipSlot(int(expect_number(question, answer)), int(expect_number(question, answer, 1)))

    async def select(self, clip_slot: ClipSlot) -> None:
        """Select a slot."""
        await self._osc.execute(AbletonMessage("/live/view/set/selected_clip", clip_slot))

    async def show(self, text: str) -> None:
        """Show a line at the bottom of Live's window."""
        await self._osc.execute(AbletonMessage("/live/api/show_message", (text,)))

    # -- tracks --------------------------------------------------------------------------------------------

    async def count_tracks(self) -> int:
        """How many tracks there are, without return tracks and the main track."""
        question = Question("/live/song/get/num_tracks")
        return int(expect_number(question, await self._osc.ask(question)))

    async def tracks(self) -> list[LiveTrack]:
        """All tracks, with their names and the names of their clips."""
        numbers = range(await self.count_tracks())
        questions = [track_question(name, i) for i in numbers for name in ("name", "clips/name")]
        answers = await self._osc.ask_all(questions)
        return [
            LiveTrack(expect_text(questions[2 * i], answers[2 * i]), clip_names_in(answers[2 * i + 1]))
            for i in numbers
        ]

    async def clip_names(self, tracks: Iterable[int]) -> list[tuple[str | None, ...]]:
        """For each track the names of its clips, as in ``LiveTrack.clips``."""
        return [clip_names_in(answer) for _, answer in await self._ask_tracks("clips/name", tracks)]

    async def accept_midi(self, tracks: Iterable[int]) -> list[bool]:
        """For each track whether it can have MIDI clips."""
        return [
            bool(expect_number(q, answer)) for q, answer in await self._ask_tracks("has_midi_input", tracks)
        ]

    async def playing_slots(self, tracks: Iterable[int]) -> list[int]:
        """For each track the index of the playing slot, below 0 where none plays."""
        return [
            int(expect_number(q, answer))
            for q, answer in await self._ask_tracks("playing_slot_index", tracks)
        ]

    async def create_midi_track(self, name: str, color: int, *, count: int) -> None:
        """Create a track after all others. count: how many there are. color: 0xRRGGBB."""
        question = Question("/live/song/get/num_tracks")
        try:
            create = AbletonMessage("/live/song/create_midi_track", (-1,))
            answer = await self._osc.ask(question, after=[create])
        except RefusedError as exc:
            raise LiveError(NO_TRACK.format(name=name, reason=short(exc.reason))) from exc
        if expect_number(question, answer) != count + 1:
            raise LiveError(TRACKS_CHANGED.format(name=name))
        await self._osc.execute(
            AbletonMessage("/live/track/set/name", (count, name)),
            AbletonMessage("/live/track/set/color", (count, color)),
        )

    async def _ask_tracks(self, name: str, tracks: Iterable[int]) -> list[tuple[Question, Values | None]]:
        questions = [track_question(name, track) for track in tracks]
        return list(zip(questions, await self._osc.ask_all(questions), strict=True))


def track_question(name: str, track: int) -> Question:
    """A question about a track."""
    return Question(f"/live/track/get/{name}", (track,), named=1)


def clip_names_in(answer: Values | None) -> tuple[str | None, ...]:
    """The names of a track's clips in an answer, slot by slot."""
    return tuple(None if name is None else str(name) for name in answer or ())
