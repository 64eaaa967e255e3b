"""A listening test as a file: what the page needs, and sealed in it what tells who wrote what."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ripieno.errors import FileError, printable
from ripieno.models.catalog import Plays
from ripieno_bridges.formats.files import read_bytes

MAX_BYTES = 8 << 20
DAMAGED = "not a listening test; make one with `ripieno listening-test bach -o test.json`"

Time = Annotated[float, Meta(ge=0, le=4096)]
Pitch = Annotated[int, Meta(ge=0, le=127)]
VoiceNumber = Annotated[int, Meta(ge=0, le=3)]
Choice = Annotated[int, Meta(ge=0, le=1)]
Name = Annotated[str, Meta(max_length=200)]
HeardNote = tuple[Time, Time, Pitch, VoiceNumber]
Counted = tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0)]]


class HeardVoice(Struct, frozen=True, forbid_unknown_fields=True):
    """How a voice sounds. middle: the pitch whose vowel it sings. side: where it stands, -1 to 1."""

    sound: Literal["choir", "piano", "plain"]
    middle: Pitch
    side: Annotated[float, Meta(ge=-1, le=1)]


@dataclass(frozen=True, slots=True)
class HeardSound:
    """How all excerpts of a kind of music are heard: at one speed, by the same voices."""

    tempo_qpm: float
    voices: tuple[HeardVoice, ...]


# One table for every excerpt: a voice that lay a little higher in one of them must not sound otherwise.
SOUNDS: dict[Plays, HeardSound] = {
    "choir": HeardSound(
        76.0,  # a quiet walk
        (
            HeardVoice("choir", 70, -0.6),
            HeardVoice("choir", 64, -0.2),
            HeardVoice("choir", 57, 0.2),
            HeardVoice("choir", 50, 0.6),
        ),
    ),
    # Two hands, as a pianist hears them.
    "piano": HeardSound(80.0, (HeardVoice("piano", 72, 0.3), HeardVoice("piano", 48, -0.3))),
}


class HeardQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """What is heard of a question. quarters: how long each excerpt is."""

    quarters: Annotated[float, Meta(gt=0, le=4096)]
    excerpts: Annotated[tuple[tuple[HeardNote, ...], ...], Meta(min_length=1, max_length=2)]


class SealedQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """What nobody may know before. right: the index of the right choice. authors: of each excerpt."""

    right: Choice
    authors: tuple[Name, ...]
    model: Name
    piece: Name
    measures: Name
    features: tuple[dict[str, Counted], ...]


class ListeningTest(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole test.

    people: what the people's side is called. voices: a note tells one of them by its place. sealed: the
    ``SealedQuestion``s, in base64. plays: who is heard.
    """

    id: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    show: Literal["pairs", "single"]
    task: Literal["harmonize", "compose"]
    people: Name
    seed: int
    tempo_qpm: Annotated[float, Meta(ge=20, le=300)]
    voices: Annotated[tuple[HeardVoice, ...], Meta(min_length=1, max_length=4)]
    questions: Annotated[tuple[HeardQuestion, ...], Meta(min_length=1, max_length=100)]
    sealed: str
    plays: Plays = "choir"

    @property
    def answers(self) -> tuple[SealedQuestion, ...]:
        """What is sealed. Raises msgspec.ValidationError where it is something else."""
        return msgspec.json.decode(base64.b64decode(self.sealed), type=tuple[SealedQuestion, ...])

    def to_json(self) -> bytes:
        """The test as a file."""
        return msgspec.json.encode(self) + b"\n"


def load_test(path: Path) -> ListeningTest:
    """The test of a file. Raises FileError where it is none, or damaged."""
    data = read_bytes(path)
    if len(data) > MAX_BYTES:
        raise FileError(printable(str(path)), DAMAGED)
    return parse_test(data, printable(str(path)))


def sample_test() -> ListeningTest:
    """The test that ripieno ships."""
    return parse_test(files("ripieno_bridges.listening").joinpath("sample.json").read_bytes(), "sample.json")


def parse_test(data: bytes, name: str) -> ListeningTest:
    """The test of these bytes. name: of their file. Raises FileError where they are none."""
    try:
        test = msgspec.json.decode(data, type=ListeningTest)
        answers = test.answers
    except (msgspec.DecodeError, ValueError) as exc:
        raise FileError(name, DAMAGED) from exc
    voices = {note[3] for question in test.questions for excerpt in question.excerpts for note in excerpt}
    many = 2 if test.show == "pairs" else 1
    fits = len(answers) == len(test.questions) and max(voices, default=0) < len(test.voices)
    fits = fits and all(
        len(question.excerpts) == len(answer.authors) == len(answer.features) == many
        for question, answer in zip(test.questions, answers, strict=True)
    )
    if not fits:
        raise FileError(name, DAMAGED)
    return test
