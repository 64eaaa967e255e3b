"""The client of AbletonOSC, the remote script inside Ableton Live: questions, commands, errors.

According to its source, AbletonOSC handles the messages that have come once per tick of Live, about every
100 ms, in order. It sends all answers to one fixed port. An answer repeats the question's address and begins
with its track and slot; an error repeats nothing. So only one round of questions is open at a time, and no
two questions of a round can have the same answer.
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
MAX_QUESTIONS = 16  # in a round; the socket's buffer must hold all their answers

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
    """No answer came in time."""


class NotRunningError(NoAnswerError):
    """Nothing listens on AbletonOSC's port; the system reports that at once."""


class RefusedError(LiveError):
    """AbletonOSC sent an error. reason: its text, which comes from Live or from Python."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        if reason.startswith(UNKNOWN):
            super().__init__(OUTDATED.format(address=reason.removeprefix(UNKNOWN)))
        else:
            super().__init__(f"Live could not do it ({reason}); perhaps the set was changed, so try again")


@dataclass(frozen=True, slots=True)
class Ports:
    """UDP ports on this machine. questions: where AbletonOSC listens. answers: where it sends its answers."""

    questions: int = 11000
    answers: int = 11001


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait. wait_seconds: for an answer, at each attempt to send the question.

    quiet_seconds: of silence, after which no late answers are expected; longer than a tick of Live.
    """

    wait_seconds: tuple[float, ...] = (1.0, 2.0, 3.0)
    quiet_seconds: float = 0.25


@dataclass(frozen=True, slots=True)
class Question(AbletonMessage):
    """A message that AbletonOSC answers.

    named: how many of its values the answer repeats first: 1 for a track, 2 for a track and a slot.
    optional: older versions of AbletonOSC do not know it. The last question of a round must not be optional.
    """

    named: int = 0
    optional: bool = False

    def is_answered_by(self, message: AbletonMessage) -> bool:
        """Whether this message is the answer to it."""
        same = message.address == self.address
        return same and message.values[: self.named] == self.values[: self.named]


VERSION = Question("/live/application/get/version")


@dataclass(slots=True)
class Round:
    """Questions that are sent together, and the answers so far; None for an optional one without answer."""

    questions: Sequence[Question]
    answers: dict[Question, Values | None] = field(default_factory=dict)

    @property
    def open(self) -> list[Question]:
        """The questions without an answer."""
        return [question for question in self.questions if question not in self.answers]

    def handle(self, message: AbletonMessage) -> None:
        """Keep the message where it answers a question. Raises RefusedError where it is an error."""
        if message.address == ERROR:
            reason = str(message.values[0]) if message.values else "no reason given"
            unknown = [q for q in self.open if q.optional and reason == UNKNOWN + q.address]
            if not unknown:
                raise RefusedError(reason)
            self.answers |= dict.fromkeys(unknown)
            return
        for i, question in enumerate(self.questions):
            if question not in self.answers and question.is_answered_by(message):
                self.answers[question] = message.values[question.named :]
                # Answers come in order: an earlier optional question without one will get none.
                skipped = (q for q in self.questions[:i] if q.optional and q not in self.answers)
                self.answers |= dict.fromkeys(skipped)
                return


class AbletonOSC:
    """A connection to AbletonOSC, open inside ``async with``. For one task at a time."""

    def __init__(self, ports: Ports = Ports(), *, patience: Patience = Patience()) -> None:
        self._ports, self.patience = ports, patience
        self._socket: AbletonSocket | None = None

    async def __aenter__(self) -> AbletonOSC:
        """Connect. Raises LiveError where the port is taken or AbletonOSC does not answer."""
        loop = asyncio.get_running_loop()
        here, there = (HOST, self._ports.answers), (HOST, self._ports.questions)
        try:
            # A connected socket: the system drops packets from elsewhere, and reports a closed port.
            _, self._socket = await loop.create_datagram_endpoint(
                AbletonSocket, local_addr=here, remote_addr=there
            )
        except OSError as exc:
            raise LiveError(PORT_TAKEN.format(port=self._ports.answers)) from exc
        try:
            await self.ask(VERSION)
        except BaseException as exc:
            await self._socket.close()
            if isinstance(exc, NoAnswerError) and not isinstance(exc, NotRunningError):
                raise NoAnswerError(NOT_ABLETON_OSC.format(port=self._ports.questions)) from exc
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._socket is not None
        await self._socket.close()

    async def ask(
        self,
        question: Question,
        *,
        after: Sequence[AbletonMessage] = (),
        wait_seconds: tuple[float, ...] | None = None,
    ) -> Values:
        """Return the answer, without the track and slot. after: commands to send first, once only.

        Raises RefusedError for an error from AbletonOSC, NoAnswerError where no answer comes.
        """
        (answer,) = await self._ask_round((question,), after, wait_seconds or self.patience.wait_seconds)
        assert answer is not None, "optional"
        return answer

    async def ask_all(self, questions: Sequence[Question]) -> list[Values | None]:
        """Return the answers in order; None where an optional question is unknown. Raises as ``ask`` does."""
        answers: list[Values | None] = []
        for first in range(0, len(questions), MAX_QUESTIONS):
            part = questions[first : first + MAX_QUESTIONS]
            answers += await self._ask_round(part, (), self.patience.wait_seconds)
        return answers

    async def execute(self, *commands: AbletonMessage) -> None:
        """Send commands and wait until Live has executed them. Raises as ``ask`` does."""
        await self.ask(VERSION, after=commands)

    async def _ask_round(
        self, questions: Sequence[Question], after: Sequence[AbletonMessage], wait_seconds: tuple[float, ...]
    ) -> list[Values | None]:
        sock = self._socket
        assert sock is not None, "not open"
        sock.discard_received()
        for command in after:
            sock.send(command)
        current = Round(questions)
        for attempt, seconds in enumerate(wait_seconds):
            for question in current.open:
                sock.send(question)
            try:
                async with asyncio.timeout(seconds):
                    while current.open:
                        current.handle(await self._receive(sock))
            except TimeoutError:
                continue
            except RefusedError:
                await self._discard_late_answers(sock)
                raise
            if attempt:  # questions that were sent twice are answered twice
                await self._discard_late_answers(sock)
            return [current.answers[question] for question in questions]
        if current.answers:  # it knows the others, unless a menu was opened just then
            await self._ask_round((VERSION,), (), wait_seconds)
            raise LiveError(OUTDATED.format(address=current.open[0].address))
        raise NoAnswerError(NO_ANSWER)

    async def _receive(self, sock: AbletonSocket) -> AbletonMessage:
        try:
            return await sock.receive()
        except OSError as exc:
            raise NotRunningError(NOT_RUNNING.format(port=self._ports.questions)) from exc

    async def _discard_late_answers(self, sock: AbletonSocket) -> None:
        """Wait for answers that are still on their way, so that they are not taken for later ones."""
        quiet = self.patience.quiet_seconds
        with suppress(OSError):  # a TimeoutError among them
            async with asyncio.timeout(4 * quiet):  # another program may have started endless messages
                while True:
                    async with asyncio.timeout(quiet):
                        await sock.receive()


# -- the values of an answer ---------------------------------------------------------------------------------


def expect_number(question: Question, answer: Values | None, index: int = 0) -> float:
    """The value at this index, which must be a number; True is 1. Raises LiveError."""
    value = answer[index] if answer and len(answer) > index else None
    if not isinstance(value, int | float):
        raise LiveError(BAD_ANSWER.format(address=question.address))
    return value


def expect_text(question: Question, answer: Values | None) -> str:
    """The first value, which must be a string. Raises LiveError."""
    if not answer or not isinstance(answer[0], str):
        raise LiveError(BAD_ANSWER.format(address=question.address))
    return answer[0]
