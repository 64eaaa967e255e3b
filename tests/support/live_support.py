"""Shared by the tests about Ableton Live: a set with a melody in it, and a service that replies at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from ableton_set import Clip, LiveSet, Note
from ableton_stand_in import StandIn
from ripieno.results import Result
from ripieno.score import Measure, Score, Voice
from ripieno.score import Note as ScoreNote
from ripieno.text.notation import parse_score
from ripieno_bridges.ableton.client import AbletonOSC, Patience, Ports
from ripieno_bridges.ableton.job import ClipJob, Outcome, perform
from ripieno_bridges.ableton.live_set import LiveSet as Session
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request

TEST_SECONDS = 60.0  # for a whole test, whatever it waits for
PATIENT = Patience(wait_seconds=(3.0, 5.0), quiet_seconds=0.03)  # for a stand-in on a busy machine
IMPATIENT = Patience(wait_seconds=(0.4, 0.6), quiet_seconds=0.03)  # for tests in which Live does not answer
OPTIONS = Request(task="compose")
ScoreAndNew = tuple[Score, tuple[Voice, ...]]  # the whole score, its new voices
DOWN = {"soprano": 0, "alto": -5, "tenor": -12, "bass": -19}  # semitones from the melody


@dataclass
class Composer:
    """Replies as a service does: every missing voice goes in parallel with the melody, lower down.

    meanwhile: called before each reply.
    """

    meanwhile: Callable[[], Awaitable[None] | None] = lambda: None
    requests: list[Request] = field(default_factory=list)

    async def ask(
        self, request: Request, *, client: Hashable = None, progress: Callable[[float], None] = lambda _: None
    ) -> Reply:
        self.requests.append(request)
        progress(0.5)
        happening = self.meanwhile()
        if happening is not None:
            await happening
        results = tuple(self.result(request, i) for i in range(request.alternatives))
        return Reply(results=results, seed=7, model=request.model, sha256="0" * 64, milliseconds=1)

    def result(self, request: Request, alternative: int) -> Result:
        assert request.score is not None
        make = {"harmonize": self.harmonized, "continue": self.continued, "vary": self.varied}[request.task]
        if request.performers == "piano":
            make = self.accompanied
        score, new = make(request.score, request, alternative)
        return Result(score, new, log_likelihood=0.0, parallels=0)

    def harmonized(self, score: Score, request: Request, alternative: int) -> ScoreAndNew:
        (melody,) = (voice for voice in score.voices if voice.notes)
        new = tuple(
            Voice(v.name) if v is melody else Voice(v.name, moved(melody, DOWN[v.name] - alternative))
            for v in score.voices
        )
        both = (a if a.notes else b for a, b in zip(score.voices, new, strict=True))
        return replace(score, voices=tuple(both)), new

    def accompanied(self, score: Score, request: Request, alternative: int) -> ScoreAndNew:
        melody = score.voices[0]
        names = (("right hand", -12), ("right hand 2", -16), ("left hand", -24))
        new = tuple(Voice(name, moved(melody, down)) for name, down in names)
        return replace(score, voices=(melody, *new)), new

    def continued(self, score: Score, request: Request, alternative: int) -> ScoreAndNew:
        last = score.measures[-1]
        bars = [
            Measure(f"new {i}", score.duration + i * last.duration, last.duration, last.meter)
            for i in range(request.bars or 4)
        ]
        held = tuple(ScoreNote(bar.onset, bar.duration, 60 + alternative) for bar in bars)
        new = tuple(Voice(v.name, held if v.notes else ()) for v in score.voices)
        both = (Voice(a.name, a.notes + b.notes) for a, b in zip(score.voices, new, strict=True))
        return replace(score, voices=tuple(both), measures=(*score.measures, *bars)), new

    def varied(self, score: Score, request: Request, alternative: int) -> ScoreAndNew:
        voices = tuple(Voice(v.name, moved(v, 2)) for v in score.voices)
        return replace(score, voices=voices), voices


def moved(voice: Voice, semitones: int) -> tuple[ScoreNote, ...]:
    return tuple(ScoreNote(n.onset, n.duration, n.pitch + semitones) for n in voice.notes)


def notes_of(text: str) -> list[Note]:
    """The notes of a melody in short text, such as "C5:4 D5:8"."""
    (voice,) = parse_score(text).voices
    return [Note(n.pitch, float(n.onset), float(n.duration), 90.0) for n in voice.notes]


def melody_set(text: str = "C5:4 D5:4 E5:4 F5:4 | G5:2 C5:2", **options: Any) -> LiveSet:
    """A set with a melody called Verse in the first slot of the first track."""
    live_set = LiveSet()
    live_set.add_track("Keys")
    live_set.add_track("Drums", midi=False)
    notes = notes_of(text)
    length = options.pop("length", 4.0 * -(-max(n.end for n in notes) // 4))
    live_set.put(0, 0, Clip(length, "Verse", notes, **options))
    return live_set


def ports_of(live: StandIn) -> Ports:
    return Ports(live.port, live.answer_port)


def do(
    live: StandIn,
    task: Any = "harmonize",
    *,
    service: Composer | None = None,
    options: Request = OPTIONS,
    patience: Patience = PATIENT,
    **details: Any,
) -> Outcome:
    """Run a job in the stand-in."""

    async def main() -> Outcome:
        async with AbletonOSC(ports_of(live), patience=patience) as osc:
            return await perform(Session(osc), service or Composer(), ClipJob(task, options, **details))

    return asyncio.run(asyncio.wait_for(main(), TEST_SECONDS))


def names_in(live_set: LiveSet) -> list[str]:
    return [track.name for track in live_set.tracks]


def clips_in(live_set: LiveSet, track: str) -> dict[int, str]:
    """The clips of a track: slot -> name."""
    slots = enumerate(live_set.named(track).slots)
    return {i: slot.clip.name for i, slot in slots if slot.clip is not None}


def clip_of(live_set: LiveSet, track: str, slot: int = 0) -> Clip:
    clip = live_set.named(track).slots[slot].clip
    assert clip is not None
    return clip
