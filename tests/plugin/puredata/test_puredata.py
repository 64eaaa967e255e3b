"""The patches for Pure Data: read as files, and run by the real Pd with the real server."""

from __future__ import annotations

import re
import shutil
import struct
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from common import host_or_skip
from osc_hosts.pd_files import Box, covered, read_pd
from osc_hosts.pure_data import BENCHES, FOLDER, Numbers, Pd, listener, pd_command
from osc_hosts.running import Port, Program, served
from osc_support import flat, notes_in

HELP = FOLDER / "ripieno-help.pd"
SHIPPED = sorted(FOLDER.glob("*.pd"))
PATCHES = [*SHIPPED, *sorted(BENCHES.glob("*.pd"))]
MEASURES, QUARTERS = 16, 4  # in a measure
TEMPO = 6000
MILLISECONDS = 60_000 / TEMPO  # a quarter
UNTIL_LOST = 10.0  # seconds; Pd gives up after 2 to 4


def melody() -> list[Numbers]:
    """The melody of the help patch: pitch, start, duration."""
    text = re.search(r"\$0-melody;\n#A set (.*?);\n#X", HELP.read_text("utf-8"), re.DOTALL)
    assert text is not None
    return [tuple(map(float, line.split())) for line in text[1].split(r"\;") if line.strip()]


MELODY = melody()
BEGINNING = [note for note in MELODY if note[1] < 4 * QUARTERS]


# -- the files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
def test_every_cord_joins_an_outlet_and_an_inlet_that_there_are(path: Path) -> None:
    for canvas in read_pd(path).all():
        for source, outlet, target, inlet in canvas.cords:
            assert outlet < canvas.boxes[source].nubs(FOLDER)[1], (canvas.name, canvas.boxes[source].name)
            assert inlet < canvas.boxes[target].nubs(FOLDER)[0], (canvas.name, canvas.boxes[target].name)


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
def test_no_cord_runs_over_a_box(path: Path) -> None:
    assert [fault for canvas in read_pd(path).all() for fault in covered(canvas, FOLDER)] == []


def test_the_melody_of_the_help_patch_has_no_gap_in_its_16_measures() -> None:
    ends = [0.0, *(start + duration for _, start, duration in MELODY)]
    assert [start for _, start, _ in MELODY] == ends[:-1]
    assert ends[-1] == MEASURES * QUARTERS


# -- Pd ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pd_program() -> str:
    return host_or_skip(shutil.which("pd"), "Pure Data")


@pytest.fixture(scope="module")
def server(pd_program: str) -> Iterator[int]:
    with served() as port:
        yield port


StartPd = Callable[..., Pd]


@pytest.fixture
def start_pd(pd_program: str, tmp_path: Path) -> Iterator[StartPd]:
    """Starts Pd with the bench patch, and ends it with the test."""
    with ExitStack() as running:

        def start(port: int, **options: Any) -> Pd:
            pd = Pd(pd_program, tmp_path, port, **options)
            running.push(pd.__exit__)
            return pd

        yield start


def answer(server: int, task: str, notes: list[Numbers], **settings: Any) -> list[Numbers]:
    """The same request by a plain client: the notes."""
    with Port(server) as client:
        client.send("seed", 1, *flat(notes))
        for name, value in settings.items():
            client.send("set", 1, name, value)
        client.send(task, 1, len(notes))
        return notes_in(client.final())


@pytest.mark.host
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_pd_opens_a_patch_without_complaint(pd_program: str, tmp_path: Path, path: Path) -> None:
    quit_at_once = tmp_path / "quit.pd"
    quit_at_once.write_text(
        "#N canvas 0 0 9 9 12;\n#X obj 0 0 loadbang;\n#X msg 0 9 \\; pd quit;\n#X connect 0 0 1 0;\n"
    )
    with Program(pd_command(pd_program, path, quit_at_once), folder=tmp_path) as pd:
        assert pd.ended() == 0
        assert pd.lines == []


@pytest.mark.host
@pytest.mark.parametrize(
    ("name", "value"),
    [("chords", "C . | G7/B ? | % | C"), ("numerals", "I | V65 . | IV ii6 V7 . | I")],
)
def test_chords_come_whole_though_pd_sends_them_word_by_word(
    server: int, start_pd: StartPd, name: str, value: str
) -> None:
    pd = start_pd(server)
    pd.give(BEGINNING)
    pd.tell("setting seed 3", "setting beam 1", f"setting {name} {value}", "request harmonize")
    pd.line("^DONE|^ERROR")
    notes = [note[1:] for note in pd.printed("NOTE")]
    assert notes == answer(server, "harmonize", BEGINNING, seed=3, beam=1, **{name: value})
    assert notes != answer(server, "harmonize", BEGINNING, seed=3, beam=1)


@pytest.mark.host
def test_a_bass_is_figured_with_numbers_of_pd(server: int, start_pd: StartPd) -> None:
    bass = [(3, 48, 0, 2, 80), (3, 47, 2, 2, 80), (3, 48, 4, 4, 80)]
    pd = start_pd(server)
    pd.give(bass)
    pd.tell("setting seed 3", "setting figures 0 65 | 0", "request harmonize")
    pd.line("^DONE|^ERROR")
    with Port(server) as client:
        client.send("notes", 1, *flat(bass))
        client.send("set", 1, "figures", "0 65 | 0")
        client.send("set", 1, "seed", 3)
        client.send("harmonize", 1, len(bass))
        assert [note[1:] for note in pd.printed("NOTE")] == notes_in(client.final())
    assert {note[3] for note in pd.printed("NOTE")} >= {0, 2, 4}


@pytest.mark.host
def test_a_melody_of_16_measures_comes_back_with_three_voices_and_is_played_in_time(
    server: int, start_pd: StartPd
) -> None:
    pd = start_pd(server)
    pd.give(MELODY)
    pd.tell("setting seed 3", "request harmonize")
    pd.line("^DONE")
    notes, (done,) = pd.printed("NOTE"), pd.printed("DONE")
    assert [note[1:] for note in notes] == answer(server, "harmonize", MELODY, seed=3)
    assert {note[:2] for note in notes} == {(1, 1), (1, 2), (1, 3)}  # alternative, voice
    assert (done[0], *done[2:]) == (len(notes), 3, 1)
    fractions = [fraction for (fraction,) in pd.printed("PROGRESS")]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)

    pd.tell("player play")
    pd.line("^END")
    played = pd.printed("PLAY")  # milliseconds, voice, pitch, velocity, milliseconds long, start
    starts = [start for *_, start in played]
    assert starts == sorted(starts)
    assert [time for time, *_ in played] == pytest.approx(
        [MILLISECONDS * start for start in starts], abs=0.01
    )
    expected = [(0, *note, 80) for note in MELODY] + [note[1:] for note in notes]
    assert sorted(heard_again(played)) == sorted(map(rounded, expected))
    for voice in range(4):
        measures = {start // QUARTERS for _, sung, *_, start in played if sung == voice}
        assert measures == set(range(MEASURES)), voice


def heard_again(played: list[Numbers]) -> list[Numbers]:
    """Lines of the player as notes: voice, pitch, start, duration, velocity."""
    return [
        rounded((voice, pitch, start, long / MILLISECONDS, velocity))
        for _, voice, pitch, velocity, long, start in played
    ]


def rounded(note: Numbers) -> Numbers:
    return tuple(round(number, 3) for number in note)


@pytest.mark.host
def test_the_player_begins_where_it_is_told_and_plays_what_is_there(
    pd_program: str, start_pd: StartPd
) -> None:
    with Port() as nobody:
        pd = start_pd(nobody.number)
    pd.tell("note 60 0 4", "note 64 4 4", "player play 4", "player play")
    pd.line("^END")
    assert [start for *_, start in pd.printed("PLAY")] == [4, 0, 4]  # the second play started again
    pd.tell("player play 4")
    pd.line("^END")
    assert [start for *_, start in pd.printed("PLAY")] == [4, 0, 4, 4]
    pd.tell("player given 0", "player play")
    pd.line("^END")
    pd.tell("player given 1", "player clear", "player play")
    pd.line("^END")
    assert len(pd.printed("PLAY")) == 4


@pytest.mark.host
def test_two_in_one_pd_get_their_own_answers(server: int, start_pd: StartPd) -> None:
    pd = start_pd(server, copies=2)
    for copy, seed in enumerate((3, 4)):
        pd.give(BEGINNING, copy=copy)
        pd.tell(f"setting seed {seed}", "setting bars 2", "request harmonize", copy=copy)
    pd.line("^DONE")
    pd.line("^DONE")
    expected = [answer(server, "harmonize", BEGINNING, seed=seed) for seed in (3, 4)]
    assert {seed for *_, seed, _ in pd.printed("DONE")} == {3, 4}
    assert sorted(note[1:] for note in pd.printed("NOTE")) == sorted(expected[0] + expected[1])


@pytest.mark.host
def test_the_seed_that_done_tells_makes_the_same_notes_again(server: int, start_pd: StartPd) -> None:
    pd = start_pd(server)
    pd.tell("setting bars 2", "request compose")
    pd.line("^DONE")
    first, ((_, _, seed, _),) = pd.printed("NOTE"), pd.printed("DONE")
    pd.tell(f"setting seed {seed:g}", "request compose")
    pd.line("^DONE")
    assert pd.printed("NOTE") == first * 2


@pytest.mark.host
def test_what_is_wrong_comes_out_of_the_error_outlet_and_can_be_taken_back(
    server: int, start_pd: StartPd
) -> None:
    pd = start_pd(server)
    pd.tell("note 60 0 4", "setting model nobody", "request harmonize")
    assert pd.line("^ERROR").startswith('ERROR: bad_model there is no model "nobody"')
    pd.tell("setting model", "request harmonize")
    pd.line("^DONE: 3 ")
    pd.tell("request pray")
    assert pd.line("^ERROR").startswith("ERROR: bad_message there is no address")
    for wrong, code in (
        ("note 60 0", "bad_notes"),
        ("setting 3", "bad_setting"),
        ("request 3", "bad_message"),
    ):
        pd.tell(wrong)
        assert pd.line("^ERROR").startswith(f"ERROR: {code} ")


@pytest.mark.host
def test_a_request_is_cancelled_by_hand_and_by_the_next_one(server: int, start_pd: StartPd) -> None:
    pd = start_pd(server)
    pd.tell("setting bars 64", "request compose", "request cancel")
    pd.line("^STATE: cancelled")
    pd.tell("request compose", "setting bars 1", "setting seed 5", "request compose")
    pd.line("^DONE: .* 5 1$")
    assert len(pd.printed("DONE")) == 1
    assert all(start < QUARTERS for _, _, _, start, _, _ in pd.printed("NOTE"))


@pytest.mark.host
def test_what_is_played_on_a_keyboard_is_answered_from_the_next_barline_on(
    server: int, start_pd: StartPd
) -> None:
    pd = start_pd(server)
    for beat, key in enumerate((60, 64, 67)):
        pd.tell(f"request play {key} 80 {beat}", f"request play {key} 0 {beat + 1}")
    pd.tell("setting bars 1", "request respond 3.5")
    pd.line("^DONE")
    notes = pd.printed("NOTE")
    assert notes[0][3] == QUARTERS
    assert all(QUARTERS <= start < 2 * QUARTERS for _, _, _, start, _, _ in notes)


@pytest.mark.host
def test_it_tells_what_the_server_says_of_itself(server: int, start_pd: StartPd) -> None:
    pd = start_pd(server)
    pd.line("^STATE: connected 1$")
    pd.tell("request status", "request models", "request ping")
    pd.line(r"^STATE: status \S+ \d+ \d")
    pd.line("^STATE: models lstm-chorales ")
    pd.line(r"^STATE: pong \d")


@pytest.mark.host
def test_without_a_server_it_says_how_to_start_one_and_connects_when_it_is_there(start_pd: StartPd) -> None:
    with Port() as nobody:
        pd = start_pd(nobody.number)
    pd.tell("note 60 0 4", "request harmonize")
    error = pd.line("^ERROR", seconds=UNTIL_LOST)
    assert error.startswith(f"ERROR: no_server ripieno does not answer at 127.0.0.1 port {nobody.number}")
    assert error.endswith("ripieno serve")
    with served(nobody.number):
        pd.line("^STATE: connected 1$")
        pd.tell("request harmonize")
        pd.line("^DONE: 3 ")


# -- Pd and a stand-in for the server, which records what is sent and can misbehave --------------------------


@pytest.mark.host
def test_notes_go_out_40_at_a_time_and_are_counted(start_pd: StartPd) -> None:
    with Port() as stand_in:
        pd = start_pd(stand_in.number)
        pd.tell(*(f"note {voice} {60 - voice} {beat} 1 80" for beat in range(25) for voice in range(4)))
        pd.tell("request infill 8 4")
        *_, first, second, third, start = stand_in.request("infill")
        assert [(len(m.values) - 1) // 5 for m in (first, second, third)] == [40, 40, 20]
        assert start.values == (first.id, 8, 4, 100)
        assert second.values[1:6] == (0, 60, 10, 1, 80)


@pytest.mark.host
def test_settings_are_sent_with_every_request_until_they_are_taken_back(start_pd: StartPd) -> None:
    with Port() as stand_in:
        pd = start_pd(stand_in.number)
        pd.tell("setting key f# minor", "setting given soprano bass", "setting voices alto\\,tenor")
        pd.tell("setting temperature 0.5", "setting temperature 0.25", "setting seed 7", "setting meter 3/4")
        pd.tell("request compose")
        *sets, start = stand_in.request("compose")
        assert {message.address for message in sets} == {"/ripieno/set"}
        assert {message.id for message in sets} == {start.id}
        assert [message.values[1:] for message in sets] == [
            ("key", "f# minor"),
            ("given", "soprano,bass"),
            ("voices", "alto,tenor"),
            ("temperature", 0.25),
            ("seed", 7),
            ("meter", "3/4"),
        ]
        pd.tell("setting key", "setting given", "setting seed", "request compose")
        cancel, *sets, start = stand_in.request("compose")
        assert cancel.address == "/ripieno/cancel"
        assert start.id != cancel.id
        assert [m.values[1] for m in sets] == ["voices", "temperature", "meter", "seed"]
        assert 0 <= sets[-1].values[2] < 1_000_000  # drawn by the patch: Pd shows six figures
        pd.tell("setting clear", "request compose")
        assert [m.values[1] for m in stand_in.request("compose")[1:-1]] == ["seed"]


@pytest.mark.host
def test_results_of_another_request_are_ignored_and_lost_ones_are_reported(start_pd: StartPd) -> None:
    with Port() as stand_in:
        pd = start_pd(stand_in.number)
        pd.tell("note 60 0 4", "request harmonize")
        number = int(stand_in.request("harmonize")[-1].id)
        stand_in.send("result", number + 1, 1, 1, 57, 0.0, 4.0, 80)
        stand_in.send("done", number + 1, 1, 5, 6, 1)
        stand_in.send("result", number, 1, 1, 55, 0.0, 4.0, 80, 2, 52, 0.0, 4.0, 80)
        stand_in.send("done", number, 3, 5, 6, 1)
        assert pd.line("^ERROR").startswith("ERROR: lost 1 notes")
        pd.line("^DONE")
        assert pd.printed("NOTE") == [(1, 1, 55, 0, 4, 80), (1, 2, 52, 0, 4, 80)]
        assert pd.printed("DONE") == [(3, 5, 6, 1)]
        pd.tell("request again")
        assert stand_in.request("again")[-1].values == (number,)
        stand_in.send(
            "result", number, 1, *(1, 55, 0.0, 4.0, 80), *(2, 52, 0.0, 4.0, 80), *(3, 48, 0.0, 4.0, 80)
        )
        stand_in.send("done", number, 3, 5, 6, 1)
        pd.line("^DONE")
        assert len([line for line in pd.lines if line.startswith("ERROR")]) == 1


@pytest.mark.host
def test_a_server_that_is_gone_in_the_middle_is_noticed(start_pd: StartPd) -> None:
    with Port() as stand_in:
        pd = start_pd(stand_in.number)
        pd.tell("request compose")
        stand_in.request("compose")
        assert pd.line("^ERROR", seconds=UNTIL_LOST).startswith("ERROR: no_server ")


# -- the help patch ------------------------------------------------------------------------------------------


@pytest.mark.host
def test_the_help_patch_does_what_it_says_when_it_is_clicked(
    server: int, pd_program: str, tmp_path: Path
) -> None:
    """Its boxes are clicked as by a mouse; the port and the tempo differ, and boxes that print are added."""
    text = HELP.read_text("utf-8").replace("ripieno 7400", f"ripieno {server}")
    text = re.sub(r"(#X msg \d+ \d+) 90;", rf"\1 {TEMPO};", text)
    boxes = read_pd(HELP).boxes
    names = [box.name for box in boxes]
    heard = (("ripieno 7400", 2, "DONE"), ("ripieno-play 90", 0, "PLAY"), ("ripieno-play 90", 1, "END"))
    lines = [
        f"#X obj 0 0 print {name};\n#X connect {names.index(box)} {outlet} {number} 0;\n"
        for number, (box, outlet, name) in enumerate(heard, len(boxes))
    ]
    (tmp_path / "help.pd").write_text(text + "".join(lines), "utf-8")
    with closing(listener()) as connections:
        (tmp_path / "hand.pd").write_text(
            (BENCHES / "hand.pd").read_text("utf-8").replace("7401", str(connections.getsockname()[1])),
            "utf-8",
        )
        with (
            Program(pd_command(pd_program, "help.pd", "hand.pd"), folder=tmp_path) as pd,
            connections.accept()[0] as hand,
        ):

            def click(box: Box) -> None:
                place = f"{box.x + 4} {box.y + 4}"
                hand.sendall(f"mouse {place} 0 0;\nmouseup {place} 0;\n".encode())

            hand.sendall(b"vis 1;\n")
            click(next(box for box in boxes if box.words[:1] == ["bng"]))
            click(boxes[names.index("harmonize")])
            pd.line("^DONE")
            click(boxes[names.index("play")])
            pd.line("^END")
            voices = {line.split()[1] for line in pd.lines if line.startswith("PLAY")}
            assert voices == {"0", "1", "2", "3"}


@pytest.mark.host
def test_a_tone_sounds_as_long_as_it_should(pd_program: str, tmp_path: Path) -> None:
    """Half a second of A4, computed in Pd's own time and written to a file."""
    shutil.copy(BENCHES / "tone.pd", tmp_path)
    with Program([*pd_command(pd_program, "tone.pd"), "-batch"], folder=tmp_path) as pd:
        assert pd.ended() == 0
    with wave.open(str(tmp_path / "tone.wav")) as file:
        rate = file.getframerate()
        samples = [value for (value,) in struct.iter_unpack("<h", file.readframes(rate))]
    sounding, after = samples[: rate // 2], samples[rate * 6 // 10 :]
    assert max(map(abs, sounding)) > 1000
    assert max(map(abs, after)) == 0
    rises = sum(a < 0 <= b for a, b in pairwise(sounding[rate // 10 : rate * 4 // 10]))
    assert rises == pytest.approx(440 * 0.3, abs=2)
