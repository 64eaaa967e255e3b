"""The conversation with AbletonOSC, the remote script inside Ableton Live: questions, commands, errors.

By its source, it carries out the messages that have come once a tick of Live, every 100 ms or so, in order.
Whoever asked, it answers to one fixed port. An answer repeats the question's address and, first, its track
and slot; an error repeats nothing. So there is one round of questions at a time, and no two of a round have
the same answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ripieno.errors import RipienoError
from ripieno_bridges.ableton.packets import AbletonMessage, AbletonSocket, Values

HOST = "127.0.0.1"
ERROR = "/live/error"
UNKNOWN = "Unknown OSC address: "
MAX_QUESTIONS = 16  # questions; their answers lie in our socket together

HELP = (
    "start Live, and in its Settings, under Link, Tempo & MIDI, choose AbletonOSC as a control surface; "
    "it is free at https://github.com/ideoforms/AbletonOSC, and docs/live.md shows where its folder goes"
)
NOT_RUNNING = "AbletonOSC is not there on port {port}; " + HELP
NOT_ABLETON_OSC = (
    "nothing on port {port} answers as AbletonOSC does; close any open menu or dialog in Live, or else "
    + HELP
)
NO_ANSWER = (
    "Live does not answer any more; an open menu or dialog in Live keeps AbletonOSC waiting, so close it "
    "and try again"
)
PORT_TAKEN = (
    "port {port} is taken; only one program at a time can talk to AbletonOSC: close the other one, such as "
    "`ripieno live watch` or a controller app"
)
OUTDATED = "AbletonOSC does not know {address}; install the newest AbletonOSC"
BAD_ANSWER = "AbletonOSC's answer to {address} cannot be understood; install the newest AbletonOSC"


class LiveError(RipienoError):
    """Ableton Live or AbletonOSC did not answer, or something in Live is in the way."""


class NoAnswerError(LiveError):
    """No answer has come."""


class NotRunningError(NoAnswerError):
    """Nobody listens where AbletonOSC should; the system says so at once."""


class RefusedError(LiveError):
    """AbletonOSC could not do it. said: its own words, which are Live's or Python's."""

    def __init__(self, said: str) -> None:
        self.said = said
        if said.startswith(UNKNOWN):
            super().__init__(OUTDATED.format(address=said.removeprefix(UNKNOWN)))
        else:
            super().__init__(f"Live could not do it ({said}); perhaps the set was changed, so try again")


@dataclass(frozen=True, slots=True)
class Ports:
    """UDP ports on this machine: where AbletonOSC listens, and where it sends its answers."""

    questions: int = 11000
    answers: int = 11001


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait. wait_seconds: for an answer, each time that a question is sent.

    quiet_seconds: after which late answers are not expected any more; longer than a tick of Live.
    """

    wait_seconds: tuple[float, ...] = (1.0, 2.0, 3.0)
    quiet_seconds: float = 0.25


@dataclass(frozen=True, slots=True)
class Question(AbletonMessage):
    """A message that AbletonOSC answers.

    named: how many of its values stand at the front of the answer: 1 for a track, 2 for a track and a slot.
    optional: older versions of AbletonOSC do not know it. The last question of a round must not be.
    """

    named: int = 0
    optional: bool = False

    def is_answered_by(self, message: AbletonMessage) -> bool:
        """Whether this message is the answer."""
        same = message.address == self.address
        return same and message.values[: self.named] == self.values[: self.named]


VERSION = Question("/live/application/get/version")


@dataclass(slots=True)
class Round:
    """Questions that were sent together, and what was answered so far."""

    questions: Sequence[Question]
    answers: dict[Question, Values | None] = field(default_factory=dict)

    @property
    def open(self) -> list[Question]:
        """What waits for an answer."""
        return [question for question in self.questions if question not in self.answers]

    def take(self, message: AbletonMessage) -> None:
        """See whether the message answers something. Raises RefusedError where it is an error."""
        if message.address == ERROR:
            said = str(message.values[0]) if message.values else "no reason given"
            unknown = [q for q in self.open if q.optional and said == UNKNOWN + q.address]
            if not unknown:
                raise RefusedError(said)
            self.answers |= dict.fromkeys(unknown)
            return
        for i, question in enumerate(self.questions):
            if question not in self.answers and question.is_answered_by(message):
                self.answers[question] = message.values[question.named :]
                # All goes in order: an optional question before it that has no answer now gets none.
                late = (q for q in self.questions[:i] if q.optional and q not in self.answers)
                self.answers |= dict.fromkeys(late)
                return


class AbletonOSC:
    """A connection, open inside ``async with``. For one task at a time."""

    def __init__(self, ports: Ports = Ports(), *, patience: Patience = Patience()) -> None:
        self._ports, self.patience = ports, patience
        self._wire: AbletonSocket | None = None

    async def __aenter__(self) -> AbletonOSC:
        """Raises LiveError where the port is taken, or AbletonOSC is not there."""
        loop = asyncio.get_running_loop()
        here, there = (HOST, self._ports.answers), (HOST, self._ports.questions)
        try:
            # Connected: the system drops what comes from elsewhere, and tells when nobody listens there.
            _, self._wire = await loop.create_datagram_endpoint(
                AbletonSocket, local_addr=here, remote_addr=there
            )
        except OSError as exc:
            raise LiveError(PORT_TAKEN.format(port=self._ports.answers)) from exc
        try:
            await self.ask(VERSION)
        except BaseException as exc:
            await self._wire.close()
            if isinstance(exc, NoAnswerError) and not isinstance(exc, NotRunningError):
                raise NoAnswerError(NOT_ABLETON_OSC.format(port=self._ports.questions)) from exc
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._wire is not None
        await self._wire.close()

    async def ask(
        self,
        question: Question,
        *,
        after: Sequence[AbletonMessage] = (),
        wait_seconds: tuple[float, ...] | None = None,
    ) -> Values:
        """The answer, without the track and slot. after: commands that are sent before it, and never again.

        Raises RefusedError for an error of AbletonOSC's, SilenceError where nothing comes.
        """
        (answer,) = await self._round((question,), after, wait_seconds or self.patience.wait_seconds)
        assert answer is not None, "optional"
        return answer

    async def ask_all(self, questions: Sequence[Question]) -> list[Values | None]:
        """The answers, in order; None where an optional question is not known. Raises as ``ask`` does."""
        answers: list[Values | None] = []
        for first in range(0, len(questions), MAX_QUESTIONS):
            part = questions[first : first + MAX_QUESTIONS]
            answers += await self._round(part, (), self.patience.wait_seconds)
        return answers

    async def tell(self, *commands: AbletonMessage) -> None:
        """Send commands and wait until Live has carried them out. Raises as ``ask`` does."""
        await self.ask(VERSION, after=commands)

    async def _round(
        self, questions: Sequence[Question], after: Sequence[AbletonMessage], wait_seconds: tuple[float, ...]
    ) -> list[Values | None]:
        wire = self._wire
        assert wire is not None, "not open"
        wire.forget()
        for command in after:
            wire.send(command)
        asked = Round(questions)
        for again, seconds in enumerate(wait_seconds):
            for question in asked.open:
                wire.send(question)
            try:
                async with asyncio.timeout(seconds):
                    while asked.open:
                        asked.take(await self._receive(wire))
            except TimeoutError:
                continue
            except RefusedError:
                await self._settle(wire)
                raise
            if again:  # what was asked twice is answered twice
                await self._settle(wire)
            return [asked.answers[question] for question in questions]
        if asked.answers:  # it knows the others; or was a menu opened just then?
            await self._round((VERSION,), (), wait_seconds)
            raise LiveError(OUTDATED.format(address=asked.open[0].address))
        raise NoAnswerError(NO_ANSWER)

    async def _receive(self, wire: AbletonSocket) -> AbletonMessage:
        try:
            return await wire.receive()
        except OSError as exc:
            raise NotRunningError(NOT_RUNNING.format(port=self._ports.questions)) from exc

    async def _settle(self, wire: AbletonSocket) -> None:
        """Wait for answers that are still under way, so that no later question takes them for its own."""
        quiet = self.patience.quiet_seconds
        with suppress(OSError):  # a TimeoutError among them
            async with asyncio.timeout(4 * quiet):  # somebody may have set up messages that never end
                while True:
                    async with asyncio.timeout(quiet):
                        await wire.receive()


# -- the values of an answer ---------------------------------------------------------------------------------


def expect_number(question: Question, answer: Values | None, index: int = 0) -> float:
    """A value that must be a number; True is 1. Raises LiveError."""
    value = answer[index] if answer and len(answer) > index else None
    if not isinstance(value, int | float):
        raise LiveError(BAD_ANSWER.format(address=question.address))
    return value


def expect_text(question: Question, answer: Values | None) -> str:
    """The one value, which must be text. Raises LiveError."""
    if not answer or not isinstance(answer[0], str):
        raise LiveError(BAD_ANSWER.format(address=question.address))
    return answer[0]
