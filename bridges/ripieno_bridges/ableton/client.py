"""The client of AbletonOSC, the remote script inside Ableton Live: questions, commands, errors.

According to its source, AbletonOSC handles the messages that have come once per tick of Live, about every
100 ms, in order. So what is asked at the same time goes out together, as a round, and is answered in one
tick. All answers go to one fixed port. An answer repeats the question's address and begins with its track and
slot; an error repeats nothing. So only one round of questions is open at a time, and no two questions of a
round can have the same answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ripieno_bridges.ableton.packets import AbletonMessage, AbletonSocket, Values, encode, pack
from ripieno_bridges.ableton.questions import (
    OUTDATED,
    LiveError,
    NoAnswerError,
    NotRunningError,
    Question,
    RefusedError,
    Round,
)

HOST = "127.0.0.1"
MAX_QUESTIONS = 64  # in a round; the socket's buffer must hold all their answers

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


VERSION = Question("/live/application/get/version")


@dataclass(eq=False, slots=True)
class Inquiry:
    """The questions of one caller. commands: packets to send first. answers: to the questions, in order."""

    questions: Sequence[Question]
    commands: Sequence[bytes]
    answers: asyncio.Future[list[Values | None]]

    def finish(self, answers: list[Values | None] | Exception) -> None:
        """Give the caller the answers, or raise the error there; unless the caller was cancelled."""
        if self.answers.done():
            return
        if isinstance(answers, Exception):
            self.answers.set_exception(answers)
        else:
            self.answers.set_result(answers)


class AbletonOSC:
    """A connection to AbletonOSC, open inside ``async with``.

    Questions that several tasks ask at the same time go out in one round.
    """

    def __init__(self, ports: Ports = Ports(), *, patience: Patience = Patience()) -> None:
        self._ports, self.patience = ports, patience
        self._socket: AbletonSocket | None = None
        self._waiting: deque[Inquiry] = deque()
        self._rounds: asyncio.Task[None] | None = None

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
            await self.__aexit__()
            if isinstance(exc, NoAnswerError) and not isinstance(exc, NotRunningError):
                raise NoAnswerError(NOT_ABLETON_OSC.format(port=self._ports.questions)) from exc
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._socket is not None
        if self._rounds is not None:
            self._rounds.cancel()
        await self._socket.close()  # closes at once, also where this wait is cancelled

    async def ask(self, question: Question) -> Values:
        """Return the answer, without the track and slot.

        Raises RefusedError for an error from AbletonOSC, NoAnswerError where no answer comes.
        """
        (answer,) = await self._inquire((question,))
        assert answer is not None, "optional"
        return answer

    async def ask_all(
        self, questions: Sequence[Question], *, after: Sequence[AbletonMessage] = ()
    ) -> list[Values | None]:
        """Return the answers in order; None where an optional question has none. Raises as ``ask`` does.

        after: commands to send first, once only.
        """
        commands = pack(after)
        answers: list[Values | None] = []
        for first in range(0, len(questions), MAX_QUESTIONS):
            answers += await self._inquire(questions[first : first + MAX_QUESTIONS], commands)
            commands = []
        return answers

    async def execute(self, *commands: AbletonMessage) -> None:
        """Send commands and wait until Live has executed them; none follows one that Live refuses.

        Raises as ``ask`` does.
        """
        for packet in pack(commands):
            await self._inquire((VERSION,), [packet])

    # -- rounds --------------------------------------------------------------------------------------------

    async def _inquire(
        self, questions: Sequence[Question], commands: Sequence[bytes] = ()
    ) -> list[Values | None]:
        """Wait for a round with these questions, and return the answers."""
        answers: asyncio.Future[list[Values | None]] = asyncio.get_running_loop().create_future()
        self._waiting.append(Inquiry(questions, commands, answers))
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._run_rounds())
        return await answers

    async def _run_rounds(self) -> None:
        """Answer all that wait, as much of it together as a round can hold."""
        while self._waiting:
            inquiries = [self._waiting.popleft()]
            while self._waiting and fit_together([*inquiries, self._waiting[0]]):
                inquiries.append(self._waiting.popleft())
            several = len(inquiries) > 1
            if several and await self._answer_together(inquiries):
                continue
            for inquiry in inquiries:
                await self._answer(inquiry, again=several)

    async def _answer_together(self, inquiries: Sequence[Inquiry]) -> bool:
        """Ask for several callers at once; False where that fails: an error does not say whose it is."""
        questions = tuple(dict.fromkeys(q for inquiry in inquiries for q in inquiry.questions))
        try:
            answers = await self._ask_round(questions, (), self.patience.wait_seconds[:1])
        except LiveError:
            return False
        found = dict(zip(questions, answers, strict=True))
        for inquiry in inquiries:
            inquiry.finish([found[question] for question in inquiry.questions])
        return True

    async def _answer(self, inquiry: Inquiry, *, again: bool) -> None:
        """Ask for one caller. again: its questions were sent before, and may be answered twice."""
        try:
            inquiry.finish(
                await self._ask_round(
                    inquiry.questions, inquiry.commands, self.patience.wait_seconds, again=again
                )
            )
        except Exception as exc:
            inquiry.finish(exc)

    async def _ask_round(
        self,
        questions: Sequence[Question],
        commands: Sequence[bytes],
        wait_seconds: tuple[float, ...],
        *,
        again: bool = False,
    ) -> list[Values | None]:
        sock = self._socket
        assert sock is not None, "not open"
        sock.discard_received()
        for packet in commands:
            sock.send(packet)
        current = Round(questions)
        for attempt, seconds in enumerate(wait_seconds):
            for question in current.open:
                sock.send(encode(question))
            try:
                async with asyncio.timeout(seconds):
                    while current.open:
                        current.handle(await self._receive(sock))
            except TimeoutError:
                continue
            except RefusedError:
                await self._discard_late_answers(sock)
                raise
            if attempt or again:  # questions that were sent twice are answered twice
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


# -- several at once -----------------------------------------------------------------------------------------


def fit_together(inquiries: Sequence[Inquiry]) -> bool:
    """Whether these can be asked in one round: without commands, no two questions with the same answer."""
    questions = {question for inquiry in inquiries for question in inquiry.questions}
    answers = {(question.address, question.values[: question.named]) for question in questions}
    return len(answers) == len(questions) <= MAX_QUESTIONS and not any(i.commands for i in inquiries)


async def together(*asked: Awaitable[Any]) -> list[Any]:
    """The results of several that ask, in order; what they ask at the same time goes out in one round.

    Raises the first error, once all have ended.
    """
    results = await asyncio.gather(*asked, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
