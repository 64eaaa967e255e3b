"""A set of Ableton Live, through AbletonOSC: its meter and scale, its tracks, what is selected in it."""

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
    "Live made no track for {name} ({said}); Live Lite and Live Intro have few tracks, so delete one that is "
    "not needed and try again"
)
MIXED_UP = (
    "somebody else made or deleted tracks in Live while ripieno made one for {name}; look for a new track "
    "that is empty, delete it and try again"
)


class NoSelectionError(LiveError):
    """What is selected in Live is no slot, but a return track, for example."""


@dataclass(frozen=True, slots=True)
class Song:
    """What holds for the whole set. root_note: 0 for C; None where AbletonOSC is too old to tell."""

    tempo_qpm: float
    meter: Meter
    root_note: int | None
    scale_name: str | None
    tracks: int
    scenes: int


@dataclass(frozen=True, slots=True)
class LiveTrack:
    """A track. clips: the name of each slot's clip, "" for one without a name, None where there is none."""

    name: str
    clips: tuple[str | None, ...]


class LiveSet:
    """Questions and commands by their meaning. Everything raises LiveError."""

    def __init__(self, osc: AbletonOSC) -> None:
        self._osc = osc

    def clip(self, place: ClipSlot) -> LiveClip:
        """The clip in a slot, whether there is one or not."""
        return LiveClip(self._osc, place)

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
        """The slot that is selected, with a clip in it or not."""
        question = Question("/live/view/get/selected_clip")
        try:
            answer = await self._osc.ask(question)
        except RefusedError as exc:  # a return track or the main track
            raise NoSelectionError(NO_SELECTION) from exc
        return ClipSlot(int(expect_number(question, answer)), int(expect_number(question, answer, 1)))

    async def select(self, place: ClipSlot) -> None:
        """Select a slot."""
        await self._osc.tell(AbletonMessage("/live/view/set/selected_clip", place))

    async def show(self, words: str) -> None:
        """Show a line at the bottom of Live's window."""
        await self._osc.tell(AbletonMessage("/live/api/show_message", (words,)))

    # -- tracks --------------------------------------------------------------------------------------------

    async def count_tracks(self) -> int:
        """How many there are, without return tracks and the main one."""
        question = Question("/live/song/get/num_tracks")
        return int(expect_number(question, await self._osc.ask(question)))

    async def tracks(self) -> list[LiveTrack]:
        """All of them, with their names and the names of their clips."""
        numbers = range(await self.count_tracks())
        questions = [track_question(name, i) for i in numbers for name in ("name", "clips/name")]
        answers = await self._osc.ask_all(questions)
        return [
            LiveTrack(expect_text(questions[2 * i], answers[2 * i]), clip_names_in(answers[2 * i + 1]))
            for i in numbers
        ]

    async def clip_names(self, tracks: Iterable[int]) -> list[tuple[str | None, ...]]:
        """For each track the names in its slots, as ``LiveTrack.clips`` has them."""
        return [clip_names_in(answer) for _, answer in await self._of_tracks("clips/name", tracks)]

    async def take_midi(self, tracks: Iterable[int]) -> list[bool]:
        """For each track whether it can have MIDI clips."""
        return [
            bool(expect_number(q, answer)) for q, answer in await self._of_tracks("has_midi_input", tracks)
        ]

    async def playing_slots(self, tracks: Iterable[int]) -> list[int]:
        """For each track the slot that plays, below 0 where none does."""
        return [
            int(expect_number(q, answer)) for q, answer in await self._of_tracks("playing_slot_index", tracks)
        ]

    async def create_midi_track(self, name: str, color: int, *, before: int) -> None:
        """Make a track behind the others. before: how many there are. color: 0xRRGGBB."""
        count = Question("/live/song/get/num_tracks")
        try:
            answer = await self._osc.ask(count, after=[AbletonMessage("/live/song/create_midi_track", (-1,))])
        except RefusedError as exc:
            raise LiveError(NO_TRACK.format(name=name, said=short(exc.said))) from exc
        if expect_number(count, answer) != before + 1:
            raise LiveError(MIXED_UP.format(name=name))
        await self._osc.tell(
            AbletonMessage("/live/track/set/name", (before, name)),
            AbletonMessage("/live/track/set/color", (before, color)),
        )

    async def _of_tracks(self, name: str, tracks: Iterable[int]) -> list[tuple[Question, Values | None]]:
        questions = [track_question(name, track) for track in tracks]
        return list(zip(questions, await self._osc.ask_all(questions), strict=True))


def track_question(name: str, track: int) -> Question:
    """A question about a track."""
    return Question(f"/live/track/get/{name}", (track,), named=1)


def clip_names_in(answer: Values | None) -> tuple[str | None, ...]:
    """The names of a track's clips, slot by slot."""
    return tuple(None if name is None else str(name) for name in answer or ())
