"""A set of Ableton Live, through AbletonOSC: its meter and scale, its tracks, its selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ripieno.errors import short
from ripieno.score import Meter
from ripieno_bridges.ableton.client import AbletonOSC, together
from ripieno_bridges.ableton.clip import ClipSlot, LiveClip
from ripieno_bridges.ableton.packets import AbletonMessage, Value, Values
from ripieno_bridges.ableton.questions import (
    BAD_ANSWER,
    LiveError,
    Question,
    RefusedError,
    expect_number,
    expect_text,
)

NO_SELECTION = (
    "no clip is selected in Live; click on a MIDI clip in the Session View, or say which one with --track "
    "and --slot"
)
NO_TRACK = (
    "Live made no track for {names} ({reason}); Live Lite and Live Intro have few tracks, so delete one "
    "that is not needed and try again"
)
TRACKS_CHANGED = "somebody else made or deleted tracks in Live while ripieno made some; try again"
NUM_TRACKS, NUM_SCENES = Question("/live/song/get/num_tracks"), Question("/live/song/get/num_scenes")
TRACK_PROPERTIES = ("track.name", "track.has_midi_input")
TRACK_DATA = Question("/live/song/get/track_data", (0, -1, *TRACK_PROPERTIES, "clip.name"), optional=True)


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
    """A track. clips: the clip's name in each slot, "" for a clip without a name, None for an empty slot.

    accepts_midi: whether it can have MIDI clips.
    """

    name: str
    clips: tuple[str | None, ...]
    accepts_midi: bool = True


class LiveSet:
    """The set that is open in Live. Every method raises LiveError."""

    def __init__(self, osc: AbletonOSC) -> None:
        self._osc = osc

    def clip(self, clip_slot: ClipSlot) -> LiveClip:
        """The clip in a slot, which may be empty."""
        return LiveClip(self._osc, clip_slot)

    async def execute(self, *commands: AbletonMessage) -> None:
        """Send commands and wait until Live has executed them; none follows one that Live refuses."""
        await self._osc.execute(*commands)

    async def song(self) -> Song:
        """Tempo, meter, scale and size."""
        # The scale is new in AbletonOSC.
        scale = [Question(f"/live/song/get/{name}", optional=True) for name in ("root_note", "scale_name")]
        names = ("tempo", "signature_numerator", "signature_denominator")
        known = [*(Question(f"/live/song/get/{name}") for name in names), NUM_TRACKS, NUM_SCENES]
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

    # -- tracks --------------------------------------------------------------------------------------------

    async def count_tracks(self) -> int:
        """How many tracks there are, without return tracks and the main track."""
        return int(expect_number(NUM_TRACKS, await self._osc.ask(NUM_TRACKS)))

    async def tracks(self) -> list[LiveTrack]:
        """All tracks, with their names and the names of their clips, in one round.

        An answer that does not fit into a packet never comes, and older versions know no such question;
        then every track is asked about.
        """
        try:
            data, count, scenes = await self._osc.ask_all([TRACK_DATA, NUM_TRACKS, NUM_SCENES])
        except RefusedError as exc:
            if not exc.is_too_long:
                raise
            data, count, scenes = None, await self._osc.ask(NUM_TRACKS), None
        tracks = int(expect_number(NUM_TRACKS, count))
        if data is None:
            return await self.tracks_at(range(tracks))
        width = len(TRACK_PROPERTIES) + int(expect_number(NUM_SCENES, scenes))
        if len(data) != tracks * width:
            raise LiveError(BAD_ANSWER.format(address=TRACK_DATA.address))
        return [
            LiveTrack(str(name), clip_names_in(clips), bool(midi))
            for name, midi, *clips in (data[i : i + width] for i in range(0, len(data), width))
        ]

    async def tracks_at(self, tracks: Iterable[int]) -> list[LiveTrack]:
        """These tracks, with several questions about each."""
        names, midi, clips = await together(
            *(self._ask_tracks(name, tracks) for name in ("name", "has_midi_input", "clips/name"))
        )
        return [
            LiveTrack(expect_text(*name), clip_names_in(own[1]), bool(expect_number(*accepts)))
            for name, accepts, own in zip(names, midi, clips, strict=True)
        ]

    async def playing_slots(self, tracks: Iterable[int]) -> list[int]:
        """For each track the index of the playing slot, below 0 where none plays."""
        return [
            int(expect_number(q, answer))
            for q, answer in await self._ask_tracks("playing_slot_index", tracks)
        ]

    async def create_midi_tracks(self, parts: Mapping[str, int], *, count: int) -> None:
        """Create a track for each part after all others. parts: name -> color, 0xRRGGBB.

        count: how many tracks there are. Where Live refuses one, or somebody else made or deleted tracks
        meanwhile, none of them is left.
        """
        create = [AbletonMessage("/live/song/create_midi_track", (-1,))] * len(parts)
        names = ", ".join(parts)
        try:
            (answer,) = await self._osc.ask_all([NUM_TRACKS], after=create)
        except RefusedError as exc:
            await self.delete_tracks(count, await self.count_tracks())
            raise LiveError(NO_TRACK.format(names=names, reason=short(exc.reason))) from exc
        now = int(expect_number(NUM_TRACKS, answer))
        if now != count + len(parts):
            await self.delete_tracks(now - len(parts), now)
            raise LiveError(TRACKS_CHANGED)
        await self._osc.execute(
            *(
                AbletonMessage(f"/live/track/set/{name}", (track, value))
                for track, (part, color) in enumerate(parts.items(), count)
                for name, value in (("name", part), ("color", color))
            )
        )

    async def delete_tracks(self, first: int, end: int) -> None:
        """Delete the tracks from ``first`` up to ``end``, exclusive."""
        await self._osc.execute(
            *(AbletonMessage("/live/song/delete_track", (track,)) for track in range(end - 1, first - 1, -1))
        )

    async def _ask_tracks(self, name: str, tracks: Iterable[int]) -> list[tuple[Question, Values | None]]:
        questions = [track_question(name, track) for track in tracks]
        return list(zip(questions, await self._osc.ask_all(questions), strict=True))


def message_shown(text: str) -> AbletonMessage:
    """The command that shows a line at the bottom of Live's window."""
    return AbletonMessage("/live/api/show_message", (text,))


def selection_of(clip_slot: ClipSlot) -> AbletonMessage:
    """The command that selects a slot."""
    return AbletonMessage("/live/view/set/selected_clip", clip_slot)


def track_question(name: str, track: int) -> Question:
    """A question about a track."""
    return Question(f"/live/track/get/{name}", (track,), named=1)


def clip_names_in(answer: Sequence[Value] | None) -> tuple[str | None, ...]:
    """The names of a track's clips in an answer, slot by slot."""
    return tuple(None if name is None else str(name) for name in answer or ())
