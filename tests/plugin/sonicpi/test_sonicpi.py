"""The functions for Sonic Pi, run by its real server, without a window, with ripieno's real server."""

from __future__ import annotations

import re
import shutil
import wave
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from common import ROOT, host_or_skip
from osc_hosts.running import Port, served
from osc_hosts.sonic_pi import SERVER, Played, SonicPi, sonic_pi
from osc_support import flat, notes_in

pytestmark = pytest.mark.host
GUIDE = (ROOT / "docs" / "sonicpi.md").read_text("utf-8")
BELLS = 5  # of those that ring, in a test
TEMPO = 600
FAST = 15_000  # faster than ripieno writes
VOICES = ("soprano", "alto", "tenor", "bass")
TUNE = [(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 1), (74, 4, 2), (67, 6, 2)]  # of docs/sonicpi.md
LENGTH = 8  # of the tune, in beats
PLAY = """
[67, 69, 71].each do |pitch|
  rip_key pitch, 90
  sleep 1
  rip_key pitch, 0
end
"""
KEYS = [  # the same, to a plain client
    ("play", *key)
    for start, pitch in enumerate((67, 69, 71))
    for key in ((pitch, 90, start), (pitch, 0, start + 1))
]

Numbers = tuple[float, ...]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SonicPi]:
    host_or_skip(str(SERVER) if SERVER.exists() else None, "Sonic Pi's server")
    ruby, jackd = (host_or_skip(shutil.which(name), name) for name in ("ruby", "jackd"))
    with sonic_pi(ruby, jackd, tmp_path_factory.mktemp("sonicpi")) as running:
        yield running


@pytest.fixture(scope="module")
def server(host: SonicPi) -> Iterator[int]:
    with served() as port:
        yield port


def example(words: str, tempo: int = TEMPO) -> str:
    """The block of code in the guide that has these words, at a tempo of the tests."""
    blocks = re.findall(r"^```ruby\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if words in block]
    assert block.startswith('eval_file "~/.sonic-pi/ripieno/ripieno.rb"\nuse_bpm 90\n')
    return block.split("\n", 1)[1].replace("use_bpm 90", f"use_bpm {tempo}")


def answer(server: int, task: str, *messages: Sequence[Any], values: Sequence[Any] = ()) -> list[Numbers]:
    """What a plain client gets for these messages, each with an id put in: voice, pitch, start, duration."""
    with Port(server) as client:
        for name, *rest in messages:
            client.send(name, 1, *rest)
        client.send(task, 1, *values)
        return [note[:4] for note in notes_in(client.final())]


def test_a_long_melody_gets_the_voices_of_a_plain_client_and_is_played_in_time(
    host: SonicPi, server: int
) -> None:
    pitches = [pitch for pitch, *_ in TUNE] * 7  # so that the notes do not fit into one packet
    tune = [(pitch, 0.5 * index, 0.5) for index, pitch in enumerate(pitches)]
    host.start(
        f"""
        use_bpm {TEMPO}
        piece = rip_harmonize rip_melody({pitches}, 0.5), seed: 3
        puts "NOTES", piece.flatten
        rip_play(piece) do |pitch, beats, voice|
          puts "PLAYED", voice, pitch, beats
          play pitch, release: beats
        end
        puts "END"
        """,
        server,
    )
    (end,) = host.until("END")
    new = answer(server, "harmonize", ("seed", *flat(tune)), ("set", "seed", 3), values=[len(tune)])
    notes = [(0, *note) for note in tune] + new
    (told,) = host.until("NOTES")
    assert list(zip(*[iter(numbers(told))] * 4, strict=True)) == notes
    played = host.until("PLAYED", len(notes))
    begin = beat(played[0])
    heard = sorted((beat(line) - begin, *numbers(line)) for line in played)
    wanted = sorted((start, voice, pitch, duration) for voice, pitch, start, duration in notes)
    assert [note[1:] for note in heard] == [note[1:] for note in wanted]
    assert [note[0] for note in heard] == pytest.approx([note[0] for note in wanted], abs=0.02)
    assert beat(end) - begin == pytest.approx(len(tune) / 2, abs=0.02)


def test_the_first_example_of_the_guide_can_be_heard(host: SonicPi, server: int, tmp_path: Path) -> None:
    recording = tmp_path / "choir.wav"
    saved = f'recording_stop\nrecording_save "{recording}"\nputs "SAVED"'
    host.start(f"recording_start\n{example('rip_play rip_harmonize')}\nsleep 1\n{saved}", server)
    host.until("SAVED")
    played = heard(host.played)
    assert_same(played, in_order(harmonized(server), played[0][0]))
    loudest = [max(map(abs, samples)) for samples in tenths(recording)]
    assert min(loudest) < 100 < 1000 < max(loudest)  # of 32768: silence before, then the choir


def test_a_voice_comes_in_with_the_round_after_the_answer(host: SonicPi, server: int) -> None:
    host.start(example("get(:choir)"), server)
    host.wait_until(lambda: len(settled(host.played, "live_loop_bass")) > 10)
    host.stop()
    first = round(heard(host.played, "live_loop_bass")[0][0])
    assert first % LENGTH == 0
    for number, name in enumerate(VOICES):
        own = [note for note in harmonized(server) if note[0] == number]
        begin = first if number else 0  # the soprano sings from the beginning
        played = settled(host.played, f"live_loop_{name}")
        rounds = len(played) // len(own) + 1
        wanted = [note for again in range(rounds) for note in in_order(own, begin + LENGTH * again)]
        assert_same(played, wanted[: len(played)])


def test_a_piece_goes_on_without_a_gap_while_it_is_played(host: SonicPi, server: int) -> None:
    settings = [("set", "bars", 4), ("set", "seed", 3)]
    four = answer(server, "compose", *settings)
    given = [(*note, 80) for note in four]
    added = answer(server, "continue", ("notes", *flat(given)), *settings, values=[len(four)])
    host.start(example("rip_continue"), server)
    # The first four measures come again where the machine is slow.
    host.wait_until(lambda: len(after_rounds(four, host.played)[1]) > len(added))
    host.stop()
    rounds, _ = after_rounds(four, host.played)
    played = heard(host.played)
    starts = [played[0][0] + 4 * 4 * turn for turn in range(rounds + 1)]
    wanted = [note for start in starts[:-1] for note in in_order(four, start)] + in_order(added, starts[-2])
    assert_same(played[: len(wanted)], wanted)


def after_rounds(notes: Sequence[Numbers], log: Sequence[Played]) -> tuple[int, list[float]]:
    """How often these notes were heard, one time after the other, and the pitches after that."""
    pitches, own = [pitch for _, pitch, _ in settled(log)], [pitch for _, pitch, _ in in_order(notes, 0)]
    rounds = 0
    while pitches and pitches[: len(own)] == own[: len(pitches)]:
        rounds, pitches = rounds + 1, pitches[len(own) :]
    return rounds, pitches


def test_keys_are_answered_in_the_time_of_the_piece(host: SonicPi, server: int) -> None:
    host.start(
        f"""
        use_bpm 120
        {PLAY}
        found = rip_respond bars: 4, seed: 3
        puts "NOW", rip_beat
        puts "NOTES", found.flatten
        """,
        server,
    )
    (told,) = host.until("NOTES")
    (now,) = numbers(host.until("NOW")[0])
    everything = answer(server, "respond", *KEYS, ("set", "bars", 4), ("set", "seed", 3), values=[3])
    wanted = [note for note in everything if note[2] >= now]
    found = list(zip(*[iter(numbers(told))] * 4, strict=True))
    assert found
    assert [(voice, pitch, long) for voice, pitch, _, long in found] == [
        (voice, pitch, long) for voice, pitch, _, long in wanted
    ]
    starts = [start + now for _, _, start, _ in found]
    assert starts == pytest.approx([start for _, _, start, _ in wanted], abs=0.01)


def test_a_piece_is_played_in_time_while_it_is_written(host: SonicPi, server: int) -> None:
    settings = [("set", "bars", 32), ("set", "seed", 3), ("set", "stream", 1)]
    wanted = answer(server, "compose", *settings)
    code = example("get(:piece)", FAST)
    host.start(f'{code}\nsync "/osc*/ripieno/done"\nputs "DONE"', server)
    own = {f"live_loop_{name}": voice_of(wanted, number) for number, name in enumerate(VOICES)}
    host.wait_until(lambda: all(len(heard(host.played, name, FAST)) > len(own[name]) for name in own))
    host.stop()
    (done,) = host.until("DONE")
    waits: dict[float, float] = {}  # how much later than written each beat of the piece is heard
    for name, notes in own.items():
        played = heard(host.played, name, FAST)[: len(notes)]
        assert [note[1:] for note in played] == [note[1:] for note in notes]
        for (now, *_), (start, *_) in zip(played, notes, strict=True):
            assert waits.setdefault(start, now - start) == pytest.approx(now - start, abs=0.1)
    in_turn = [waits[start] for start in sorted(waits)]
    assert in_turn == pytest.approx([round(wait) for wait in in_turn], abs=0.1)
    assert [round(wait) for wait in in_turn] == sorted(round(wait) for wait in in_turn)
    first = min(line.seconds for line in host.played if line.text.startswith("synth"))
    assert 0 < first < done.seconds


def test_loops_follow_the_cues_of_a_piece_that_is_written(host: SonicPi, server: int) -> None:
    settings = [("set", "bars", 16), ("set", "seed", 3), ("set", "stream", 1)]
    soprano = [pitch for _, pitch, _ in voice_of(answer(server, "compose", *settings), 0)]
    host.start(example("sync :soprano"), server)

    def played() -> list[list[tuple[float, float]]]:
        """The first bells, and the choir."""
        return [notes_of(host.played, "pretty_bell")[:BELLS], notes_of(host.played, "blade")]

    # Each loop has a log of its own, which may come after that of the other one.
    host.wait_until(
        lambda: all(map(len, played())) and len(played()[0]) == BELLS and max(played()[1]) > max(played()[0])
    )
    host.stop()
    bells, choir = played()
    assert [pitch - 12 for _, pitch in bells] == soprano[: len(bells)]
    assert {(seconds, pitch - 12) for seconds, pitch in bells} <= set(choir)


def notes_of(log: Sequence[Played], synth: str) -> list[tuple[float, float]]:
    """What a synth was told, by name: seconds since Run, pitch."""
    found = [(line, re.match(rf"synth :{synth}, {{note: ([\d.]+)", line.text)) for line in log]
    return [(line.seconds, float(note[1])) for line, note in found if note]


def test_an_answer_to_keys_is_played_while_it_is_written(host: SonicPi, server: int) -> None:
    host.start(
        f"""
        use_bpm {TEMPO}
        {PLAY}
        rip_play rip_respond(bars: 1, seed: 3, stream: true)
        puts "END"
        """,
        server,
    )
    host.until("END")
    settings = [("set", "bars", 1), ("set", "seed", 3), ("set", "stream", 1)]
    wanted = voice_of(answer(server, "respond", *KEYS, *settings, values=[3]), 0)
    played = heard(host.played)
    assert [note[1:] for note in played] == [note[1:] for note in wanted]
    waits = [now - start for (now, *_), (start, *_) in zip(played, wanted, strict=True)]
    assert waits == pytest.approx([round(wait) for wait in waits], abs=0.02)


@pytest.mark.parametrize("stream", ["false", "true"])
def test_stop_cancels_what_is_being_written(host: SonicPi, stream: str) -> None:
    with Port() as ripieno:
        host.start(f"rip_play rip_compose(stream: {stream})", ripieno.number)
        *_, compose = ripieno.request("compose")
        host.stop()
        *_, cancel = ripieno.request("cancel")
        assert cancel.id == compose.id


def test_a_loop_stops_where_the_rest_of_its_piece_cannot_be_written(host: SonicPi) -> None:
    with Port() as ripieno:
        code = "live_loop :choir do\n  rip_play rip_compose(stream: true)\n  puts 'AGAIN'\nend"
        host.start(f"use_bpm {TEMPO}\n{code}", ripieno.number)
        *_, compose = ripieno.request("compose")
        chord = [(voice, 60 - 5 * voice, 0.0, 1.0, 80) for voice in range(4)]
        ripieno.send("result", compose.id, 1, *flat(chord))
        host.wait_until(lambda: len(heard(host.played)) == len(chord))
        ripieno.send("error", compose.id, "failed", "no more")
        assert "ripieno: no more" in host.wait_for_error()
        assert len(heard(host.played)) == len(chord)
        assert not any("AGAIN" in line.text for line in host.played)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("rip_harmonize rip_melody([:g4]), beam: 99", 'ripieno: beam cannot be "99"; it takes 1-16'),
        ("rip_compose beam: 99, stream: true", 'ripieno: beam cannot be "99"; it takes 1-16'),
        (
            "rip_melody [:g4], voice: :treble",
            "no voice is called treble; there are soprano, alto, tenor, bass",
        ),
    ],
)
def test_a_mistake_is_told_in_sonic_pi(host: SonicPi, server: int, code: str, message: str) -> None:
    host.start(code, server)
    assert message in host.wait_for_error()


def test_a_server_that_does_not_answer_is_told(host: SonicPi) -> None:
    with Port() as nobody:
        host.start("rip_compose bars: 4", nobody.number)
        told = f"ripieno does not answer at 127.0.0.1, port {nobody.number}: type `ripieno serve`"
        assert told in host.wait_for_error()


# -- reading the log ---------------------------------------------------------------------------------------


def numbers(line: Played) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", line.text)]


def beat(line: Played, tempo: int = TEMPO) -> float:
    return line.seconds * tempo / 60


def heard(log: Sequence[Played], thread: str = "", tempo: int = TEMPO) -> list[Numbers]:
    """What the synth was told: beat since Run, pitch, duration in beats; in order."""
    said = r"synth :beep, {note: ([\d.]+), sustain: ([\d.]+), release: ([\d.]+)}"
    found = [(line, re.fullmatch(said, line.text)) for line in log if thread in line.thread]
    return sorted(
        (
            round(beat(line, tempo), 2),
            float(note[1]),
            round((float(note[2]) + float(note[3])) * tempo / 60, 2),
        )
        for line, note in found
        if note
    )


def settled(log: Sequence[Played], thread: str = "") -> list[Numbers]:
    """The same without the last two beats, of which lines may still come."""
    last = max((start for start, *_ in heard(log)), default=0)
    return [note for note in heard(log, thread) if note[0] < last - 2]


def in_order(notes: Sequence[Numbers], begin: float) -> list[Numbers]:
    """The same of notes that were sent. begin: the beat of their beat 0."""
    return sorted(
        (round(begin + start, 2), float(pitch), round(duration, 2)) for _, pitch, start, duration in notes
    )


def voice_of(notes: Sequence[Numbers], voice: int) -> list[Numbers]:
    """One voice of notes that were sent, in order."""
    return in_order([note for note in notes if note[0] == voice], 0)


def assert_same(played: Sequence[Numbers], wanted: Sequence[Numbers]) -> None:
    """Compare notes; Sonic Pi prints seconds with four decimals."""
    assert [note[1:] for note in played] == [note[1:] for note in wanted]
    assert [note[0] for note in played] == pytest.approx([note[0] for note in wanted], abs=0.02)


def harmonized(server: int) -> list[Numbers]:
    """The tune of the guide with the voices that a plain client gets."""
    new = answer(server, "harmonize", ("seed", *flat(TUNE)), ("set", "seed", 3), values=[len(TUNE)])
    return [(0, *note) for note in TUNE] + new


def tenths(path: Path) -> list[array[int]]:
    """The samples of a recording, a tenth of a second each; of both channels."""
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getnchannels()) == (2, 2)
        samples = array("h", file.readframes(file.getnframes()))
        size = file.getframerate() // 10 * 2
    return [samples[start : start + size] for start in range(0, len(samples) - size, size)]
