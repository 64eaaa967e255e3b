"""The other player: hears a phrase, asks for its answer, and plays that from a barline on.

Everything here runs in one asyncio loop and tells the time by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mido import Message
from msgspec import structs

from ripieno.errors import RipienoError
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request, is_for_piano
from ripieno_bridges.formats.midi.writer import DRUMS
from ripieno_bridges.midi_ports.phrases import (
    MAX_MEASURES,
    ClockFollower,
    Phrase,
    PhraseFrame,
    Pulse,
    Recorder,
    Stroke,
    build_phrase,
    continued_notes,
    harmonized_notes,
    shift_into_soprano_range,
)
from ripieno_bridges.midi_ports.player import Outlet, Send, play, schedule
from ripieno_bridges.midi_ports.ports import PortError
from ripieno_bridges.service.service import AnswerError

ALL_NOTES_OFF = 123  # a control change
FEEDBACK_SECONDS = 0.05  # what comes back so soon after it was sent was not played by anybody
MIN_SECONDS, MAX_SECONDS = 0.5, 60.0  # that an answer may take
MARGIN_SECONDS = 0.05  # between an answer and its first note
SessionNews = Phrase | Reply | RipienoError | str  # what was heard, what answers it, a fault, any other line


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How a session shall be.

    request: what every phrase is answered with, but for its notes; its bars are None for as many as were
    played. pause: the beats of silence that end a phrase. clock: follow the MIDI clock. echo: send what is
    played on. once: end after one answer.
    """

    request: Request
    qpm: float
    pause: float
    frame: PhraseFrame = PhraseFrame()
    clock: bool = False
    echo: bool = False
    once: bool = False


class Session:
    """Plays with a musician until it is cancelled.

    ask: answers a request, or raises RipienoError. send: sends a message at once. say: tells the musician.
    patience_seconds: how long an answer may take at first.
    """

    def __init__(
        self,
        wishes: SessionOptions,
        *,
        ask: Callable[[Request], Awaitable[Reply]],
        send: Send,
        say: Callable[[SessionNews], None],
        patience_seconds: float = MIN_SECONDS,
    ) -> None:
        self._wishes, self._ask, self._port, self._say = wishes, ask, send, say
        self._patience = max(patience_seconds, MIN_SECONDS)
        self._happened: asyncio.Queue[tuple[Message, float] | asyncio.Task[None]] = asyncio.Queue()
        self._follower = ClockFollower(Pulse(wishes.qpm))
        longest = MAX_MEASURES * float(wishes.frame.meter.length)
        self._recorder = Recorder(pause=wishes.pause, longest=longest)
        self._answers, self._echo = Outlet(self._send), Outlet(self._send)
        self._answering: asyncio.Task[None] | None = None
        self._sent: dict[tuple[int, int, int], float] = {}  # (channel, pitch, velocity) -> when
        self._looped = False

    def hear(self, message: Message, seconds: float) -> None:
        """A message that came at that time of the loop; to be called in the loop."""
        self._happened.put_nowait((message, seconds))

    async def run(self) -> None:
        """Play until cancelled, or after one answer. Raises PortError; with ``once`` any RipienoError."""
        try:
            while True:
                try:
                    async with asyncio.timeout_at(self._over_seconds):
                        happened = await self._happened.get()
                except TimeoutError:
                    self._end_phrase()
                    continue
                if isinstance(happened, tuple):
                    self._take_in(*happened)
                elif self._ended(happened) and self._wishes.once:
                    return
        finally:
            self._hush()

    @property
    def _over_seconds(self) -> float | None:
        """When the phrase will be over, if nothing more is played."""
        beat = self._recorder.over_at
        return None if beat is None else self._follower.pulse.seconds_at(beat)

    # -- hearing -------------------------------------------------------------------------------------------

    def _take_in(self, message: Message, seconds: float) -> None:
        if self._wishes.clock and message.type in ("clock", "start", "songpos", "stop"):
            self._follow(message, seconds)
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            return
        place, beat = (message.channel, message.note), self._follower.pulse.beat_at(seconds)
        if message.type == "note_off" or not message.velocity:
            self._recorder.release(place, beat)
        elif self._is_own(message, seconds):
            return
        else:
            self._stop_answer()
            self._recorder.press(place, message.velocity, beat)
        if self._wishes.echo:
            self._echo.send(message.copy(channel=0))

    def _follow(self, message: Message, seconds: float) -> None:
        """What the clock says."""
        if message.type == "clock":
            self._follower.clock(seconds)
            return
        self._stop_answer()
        if message.type == "stop":
            return
        if not self._recorder.empty:
            self._recorder.take(0.0)
            self._say("the song moves to another place; what was played just before is forgotten")
        self._follower.start(seconds, message.pos if message.type == "songpos" else 0)

    def _is_own(self, message: Message, seconds: float) -> bool:
        """Whether it is a note of ours that comes back, as through a port that is both --in and --out."""
        sent = self._sent.get((message.channel, message.note, message.velocity))
        if sent is None or not 0 <= seconds - sent < FEEDBACK_SECONDS:
            return False
        if not self._looped:
            self._looped = True
            self._say(
                "what ripieno plays comes back to it, and it does not listen to that; choose another --out"
            )
        return True

    # -- answering -----------------------------------------------------------------------------------------

    def _end_phrase(self) -> None:
        now = asyncio.get_running_loop().time()
        strokes = self._recorder.take(self._follower.pulse.beat_at(now))
        self._stop_answer()
        self._answering = asyncio.create_task(self._answer(strokes))
        self._answering.add_done_callback(self._happened.put_nowait)

    def _ended(self, answering: asyncio.Task[None]) -> bool:
        """Whether an answer was played to its end; else says why not."""
        if answering.cancelled():
            return False
        try:
            answering.result()
        except RipienoError as exc:
            if self._wishes.once or isinstance(exc, PortError):
                raise
            self._say(exc)
            return False
        return True

    async def _answer(self, strokes: Sequence[Stroke]) -> None:
        """Answer a phrase, from the first barline on by which that can be done."""
        loop, request = asyncio.get_running_loop(), self._wishes.request
        pulse, numbered = self._follower.pulse, self._follower.numbered
        phrase = build_phrase(strokes, self._wishes.frame, qpm=pulse.qpm, numbered=numbered)
        if not is_for_piano(request):
            phrase = shift_into_soprano_range(phrase)
        self._say(phrase)
        harmonize = request.task == "harmonize"
        upbeat = float(phrase.score.anacrusis) if harmonize else 0.0
        barline = phrase.barline_from(pulse.beat_at(loop.time() + self._patience) + upbeat)
        seconds = pulse.seconds_at(barline - upbeat) - loop.time() - MARGIN_SECONDS
        reply = await self._reply(phrase, seconds)
        self._say(reply)
        barline = max(barline, phrase.barline_from(pulse.beat_at(loop.time()) + upbeat))  # it came too late
        answer = harmonized_notes if harmonize else continued_notes
        events = schedule(answer(reply.results[0], phrase), barline)
        await play(events, self._answers, lambda: self._follower.pulse)

    async def _reply(self, phrase: Phrase, seconds: float) -> Reply:
        """The answer as far as it is ready in time; where it was not, the next one may take twice as long."""
        wished = self._wishes.request
        bars = wished.bars or phrase.bars
        request = structs.replace(wished, score=phrase.score, bars=bars, deadline_seconds=seconds)
        longer = min(2 * self._patience, MAX_SECONDS)
        try:
            reply = await self._ask(request)
        except AnswerError as exc:
            if exc.code == "late":
                self._patience = longer
            raise
        if not reply.complete:
            self._patience = longer
        return reply

    # -- silence -------------------------------------------------------------------------------------------

    def _stop_answer(self) -> None:
        """At once, wherever it is."""
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
            self._answers.silence()

    def _hush(self) -> None:
        """End all that sounds; then every channel as a whole, since nobody will be here to do it later."""
        self._stop_answer()
        self._echo.silence()
        for channel in sorted({channel for channel, _, _ in self._sent}):
            self._port(Message("control_change", channel=channel, control=ALL_NOTES_OFF, value=0))

    def _send(self, message: Message) -> None:
        if message.type == "note_on":
            now = asyncio.get_running_loop().time()
            self._sent[message.channel, message.note, message.velocity] = now
        self._port(message)
