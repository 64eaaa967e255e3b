"""Questions to AbletonOSC: how their answers are known, what an answer holds, and what can go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ripieno.errors import RipienoError
from ripieno_bridges.ableton.packets import AbletonMessage, Values

ERROR = "/live/error"
UNKNOWN = "Unknown OSC address: "
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

    @property
    def is_too_long(self) -> bool:
        """Whether an answer did not fit into a packet."""
        return "Socket error" in self.reason or "too long" in self.reason


@dataclass(frozen=True, slots=True)
class Question(AbletonMessage):
    """A message that AbletonOSC answers.

    named: how many of its values the answer repeats first: 1 for a track, 2 for a track and a slot.
    optional: older versions of AbletonOSC do not answer it. The last one of ``ask_all`` must not be optional.
    """

    named: int = 0
    optional: bool = False

    def is_answered_by(self, message: AbletonMessage) -> bool:
        """Whether this message is the answer to it."""
        same = message.address == self.address
        return same and message.values[: self.named] == self.values[: self.named]


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
