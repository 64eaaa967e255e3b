"""A session with a musician: records a phrase, requests its answer, and plays that from a barline on.

Everything here runs in one asyncio loop and uses its time.
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
    PhraseFrame,
    PlayedPhrase,
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
FEEDBACK_SECONDS = 0.05  # a note that comes so soon after the same one was sent is feedback
MIN_SECONDS, MAX_SECONDS = 0.5, 60.0  # for a reply
MARGIN_SECONDS = 0.05  # between a reply and its first note
SessionNews = PlayedPhrase | Reply | RipienoError | str  # a phrase, its reply, an error, any other line


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The options of a session.

    request: for every phrase, without its notes; bars None adds as many as were played. pause: the beats of
    silence that end a phrase. clock: follow the MIDI clock. echo: send on what is played. once: end after one
    answer.
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

    ask: returns the reply to a request, or raises RipienoError. send: sends a message at once. say: shows
    news to the musician. patience_seconds: how long a reply may take at first.
    """

    def __init__(
        self,
        options: SessionOptions,
        *,
        ask: Callable[[Request], Awaitable[Reply]],
        send: Send,
        say: Callable[[SessionNews], None],
        patience_seconds: float = MIN_SECONDS,
    ) -> None:
        self._options, self._ask, self._send_to_port, self._say = options, ask, send, say
        self._patience = max(patience_seconds, MIN_SECONDS)
        self._events: asyncio.Queue[tuple[Message, float] | asyncio.Task[None]] = asyncio.Queue()
        self._follower = ClockFollower(Pulse(options.qpm))
        longest = MAX_MEASURES * float(options.frame.meter.length)
        self._recorder = Recorder(pause=options.pause, longest=longest)
        self._answer_outlet, self._echo_outlet = Outlet(self._send), Outlet(self._send)
        self._answer_task: asyncio.Task[None] | None = None
        self._sent: dict[tuple[int, int, int], float] = {}  # (channel, pitch, velocity) -> when
        self._feedback_reported = False

    def receive(self, message: Message, seconds: float) -> None:
        """Take a message that came at this time of the loop; call it in the loop."""
        self._events.put_nowait((message, seconds))

    async def run(self) -> None:
        """Play until cancelled, or after one answer. Raises PortError; with ``once`` any RipienoError."""
        try:
            while True:
                try:
                    async with asyncio.timeout_at(self._phrase_ends_at):
                        event = await self._events.get()
                except TimeoutError:
                    self._end_phrase()
                    continue
                if isinstance(event, tuple):
                    self._handle(*event)
                elif self._has_played(event) and self._options.once:
                    return
        finally:
            self._silence_all()

    @property
    def _phrase_ends_at(self) -> float | None:
        """When the phrase ends if nothing more is played, in seconds of the loop."""
        beat = self._recorder.over_at
        return None if beat is None else self._follower.pulse.seconds_at(beat)

    # -- receiving -----------------------------------------------------------------------------------------

    def _handle(self, message: Message, seconds: float) -> None:
        if self._options.clock and message.type in ("clock", "start", "songpos", "stop"):
            self._follow(message, seconds)
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            return
        key, beat = (message.channel, message.note), self._follower.pulse.beat_at(seconds)
        if message.type == "note_off" or not message.velocity:
            self._recorder.release(key, beat)
        elif self._is_feedback(message, seconds):
            return
        else:
            self._stop_answer()
            self._recorder.press(key, message.velocity, beat)
        if self._options.echo:
            self._echo_outlet.send(message.copy(channel=0))

    def _follow(self, message: Message, seconds: float) -> None:
        """Follow a message of the MIDI clock."""
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

    def _is_feedback(self, message: Message, seconds: float) -> bool:
        """Whether this is a note that was sent and came back, as through a port used for --in and --out."""
        sent = self._sent.get((message.channel, message.note, message.velocity))
        if sent is None or not 0 <= seconds - sent < FEEDBACK_SECONDS:
            return False
        if not self._feedback_reported:
            self._feedback_reported = True
            self._say(
                "what ripieno plays comes back to it, and it does not listen to that; choose another --out"
            )
        return True

    # -- answering -----------------------------------------------------------------------------------------

    def _end_phrase(self) -> None:
        now = asyncio.get_running_loop().time()
        strokes = self._recorder.take(self._follower.pulse.beat_at(now))
        self._stop_answer()
        self._answer_task = asyncio.create_task(self._answer(strokes))
        self._answer_task.add_done_callback(self._events.put_nowait)

    def _has_played(self, answer_task: asyncio.Task[None]) -> bool:
        """Whether an answer was played to its end; shows its error where it failed."""
        if answer_task.cancelled():
            return False
        try:
            answer_task.result()
        except RipienoError as exc:
            if self._options.once or isinstance(exc, PortError):
                raise
            self._say(exc)
            return False
        return True

    async def _answer(self, strokes: Sequence[Stroke]) -> None:
        """Answer a phrase, from the first barline by which the reply can be ready."""
        loop, request = asyncio.get_running_loop(), self._options.request
        pulse, numbered = self._follower.pulse, self._follower.numbered
        phrase = build_phrase(strokes, self._options.frame, qpm=pulse.qpm, numbered=numbered)
        if not is_for_piano(request):
            phrase = shift_into_soprano_range(phrase)
        self._say(phrase)
        harmonize = request.task == "harmonize"
        upbeat = float(phrase.score.anacrusis) if harmonize else 0.0
        barline = phrase.barline_from(pulse.beat_at(loop.time() + self._patience) + upbeat)
        seconds = pulse.seconds_at(barline - upbeat) - loop.time() - MARGIN_SECONDS
        reply = await self._request_reply(phrase, seconds)
        self._say(reply)
        # A reply that came too late is played from the next barline.
        barline = max(barline, phrase.barline_from(pulse.beat_at(loop.time()) + upbeat))
        notes_of = harmonized_notes if harmonize else continued_notes
        messages = schedule(notes_of(reply.results[0], phrase), barline)
        await play(messages, self._answer_outlet, lambda: self._follower.pulse)

    async def _request_reply(self, phrase: PlayedPhrase, seconds: float) -> Reply:
        """The reply, as far as it is ready in time; where it is not, the next one may take twice as long."""
        options = self._options.request
        bars = options.bars or phrase.bars
        request = structs.replace(options, score=phrase.score, bars=bars, deadline_seconds=seconds)
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
        """Stop the answer at once, whether it is being made or played."""
        if self._answer_task is not None:
            self._answer_task.cancel()
            self._answer_task = None
            self._answer_outlet.silence()

    def _silence_all(self) -> None:
        """End all notes, and then silence every channel, since nothing can end a note after this."""
        self._stop_answer()
        self._echo_outlet.silence()
        for channel in sorted({channel for channel, _, _ in self._sent}):
            self._send_to_port(Message("control_change", channel=channel, control=ALL_NOTES_OFF, value=0))

    def _send(self, message: Message) -> None:
        if message.type == "note_on":
            now = asyncio.get_running_loop().time()
            self._sent[message.channel, message.note, message.velocity] = now
        self._send_to_port(message)
