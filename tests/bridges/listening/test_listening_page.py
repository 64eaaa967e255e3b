"""The page of a listening test in a real Chromium: as a file, by keyboard alone, and from our own server."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from common import host_or_skip
from node_support import tools
from osc_hosts.running import Program
from ripieno.evaluation.wilson import wilson_interval
from ripieno_bridges.cli.main import main
from ripieno_bridges.listening.listening_test import SOUNDS, HeardQuestion, ListeningTest, sample_test

HERE = Path(__file__).parent
WRONG = (2, 5, 8)  # the questions, from 0, that are answered wrong
TEST = sample_test()
CHOICES = [1 - a.right if i in WRONG else a.right for i, a in enumerate(TEST.answers)]
RATE = TEST.tempo_qpm / 60  # quarters a second
LEAD = 0.12  # seconds from the key to the first note
host = pytest.mark.host


@dataclass(frozen=True)
class Seen:
    """What the script recorded."""

    values: dict[str, Any]
    folder: Path

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def ripieno(*arguments: str | Path) -> str:
    """Run the command line; its output."""
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def single_test(folder: Path) -> Path:
    """A test of single excerpts: the second ones of the sample."""
    answers = [
        msgspec.structs.replace(
            a, right=int(a.authors[1] != ""), authors=a.authors[1:], features=a.features[1:]
        )
        for a in TEST.answers
    ]
    questions = tuple(msgspec.structs.replace(q, excerpts=q.excerpts[1:]) for q in TEST.questions)
    sealed = base64.b64encode(msgspec.json.encode(answers)).decode()
    test = msgspec.structs.replace(TEST, show="single", questions=questions, sealed=sealed, id="0" * 12)
    file = folder / "single.json"
    file.write_bytes(test.to_json())
    return file


def bass_of(test: ListeningTest, excerpt: int, quarters: float) -> int:
    """The pitch of the bass of the first question at a time."""
    notes = test.questions[0].excerpts[excerpt]
    return next(p for onset, duration, p, v in notes if v == 3 and onset <= quarters < onset + duration)


def moments() -> list[tuple[float, float, float | None]]:
    """What is measured: from, to in seconds, and a frequency.

    A plays from 0 to 3 and, where it was paused, from 4.5 to 6; then B.
    """
    early, late = 0.5, 0.5  # seconds into A and B
    basses = [bass_of(TEST, 0, (early + 0.1) * RATE), bass_of(TEST, 1, (late + 0.1) * RATE)]
    found: list[tuple[float, float, float | None]] = [(0.5, 2.8, None), (3.9, 4.4, None), (4.9, 5.8, None)]
    found.append((6.5, 8.8, None))
    for begin, pitch in ((LEAD + early, basses[0]), (6 + LEAD + late, basses[1])):
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        found += [(begin, begin + 0.2, hertz), (begin, begin + 0.2, hertz * 2 ** (-3.5 / 12))]
    return found


KEY, KEY_HERTZ = 57, 220.0  # A3, which is let go after two seconds, and struck again after three


def piano_test(folder: Path) -> Path:
    """A test at the piano, of one key: both sides of its only question are alike."""
    notes = ((0.0, 2.0, KEY, 1), (3.0, 0.5, KEY, 1))
    answer = TEST.answers[0]
    test = msgspec.structs.replace(
        TEST,
        plays="piano",
        voices=SOUNDS["piano"].voices,
        tempo_qpm=60.0,
        questions=(HeardQuestion(4.0, (notes, notes)),),
        sealed=base64.b64encode(msgspec.json.encode([answer])).decode(),
        id="1" * 12,
    )
    file = folder / "piano.json"
    file.write_bytes(test.to_json())
    return file


def piano_moments() -> dict[str, tuple[float, float, float | None]]:
    """What is measured of it: from, to in seconds after the first strike, and a frequency."""
    moments: dict[str, tuple[float, float, float | None]] = {
        "begun": (0.05, 0.25, None),
        "ringing": (1.6, 1.8, None),
        "damped": (2.6, 2.8, None),
        "again": (3.05, 3.25, None),
        "tone": (0.05, 0.45, KEY_HERTZ),
        "beside": (0.05, 0.45, KEY_HERTZ * 2 ** (1 / 12)),
        "tone late": (1.4, 1.8, KEY_HERTZ),
        "fourth": (0.05, 0.25, 4 * KEY_HERTZ),
        "fourth late": (1.6, 1.8, 4 * KEY_HERTZ),
    }
    return {name: (LEAD + begin, LEAD + end, hertz) for name, (begin, end, hertz) in moments.items()}


def test_the_logic_does_what_its_tests_in_node_say() -> None:
    node = host_or_skip(shutil.which("node"), "Node")
    script: list[str | Path] = [node, "--test", HERE / "logic.test.mjs"]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run the script once."""
    program = host_or_skip(shutil.which("chromium") or shutil.which("google-chrome"), "Chromium")
    folder = tmp_path_factory.mktemp("listening")
    ripieno("listening-test", "-o", folder / "pairs")
    ripieno("listening-test", single_test(folder), "-o", folder / "single")
    ripieno("listening-test", piano_test(folder), "-o", folder / "piano")
    plan = {"choices": CHOICES, "moments": moments(), "pianoMoments": list(piano_moments().values())}
    (folder / "plan.json").write_text(json.dumps(plan))
    serve = (sys.executable, "-c", "from ripieno_bridges.cli.main import main; main()")
    with Program((*serve, "listening-test", "--http-port", "0"), folder=folder) as server:
        found = re.search(r"open (\S+) in", server.line(r"open \S+ in", seconds=60))
        assert found is not None
        script: list[str | Path] = ["node", HERE / "listening_page.mjs", program, folder, found[1]]
        environment = os.environ | {"NODE_PATH": str(tools())}
        done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    values = json.loads((folder / "seen.json").read_bytes())
    return Seen(values | {"goodbye": server.line("")}, folder)


@host
def test_the_file_needs_no_server_and_the_browser_complains_of_nothing(seen: Seen) -> None:
    assert {url.partition(":")[0] for url in seen["requests"]} <= {"file", "data", "blob", "http"}
    assert all(url.startswith("http://127.0.0.1:") for url in seen["requests"] if url.startswith("http"))
    assert not any("sample" in url or "bwv" in url or "chorales" in url for url in seen["requests"])
    assert seen["errors"] == []


@host
def test_the_focus_is_where_the_next_key_belongs(seen: Seen) -> None:
    assert seen["start"] == ["Which one is by Bach?", "Begin", "begin"]
    assert seen["question"] == ["Which one is by Bach?", "Question 1 of 10", "question-title"]
    assert seen["result"][2] == "result-title"


@host
def test_nobody_can_answer_before_both_were_heard(seen: Seen) -> None:
    assert seen["tooEarly"] == ["Listen first, then choose.", "Question 1 of 10"]


@host
def test_space_pauses_and_goes_on_at_the_same_place(seen: Seen) -> None:
    assert seen["pressed"] == "Pause A"
    assert seen["paused"] is False
    assert seen["before"] == pytest.approx((3 - LEAD) * RATE, abs=0.1)
    assert seen["kept"] == pytest.approx(seen["before"] / TEST.questions[0].quarters, abs=0.1)
    assert seen["resumed"] == pytest.approx(seen["before"], abs=0.01)


@host
def test_both_sound_equally_loud_and_a_pause_is_silent(seen: Seen) -> None:
    one, pause, again, other = seen["heard"][:4]
    assert min(one, again, other) > 0.02
    assert pause < one / 20
    assert 0.7 < one / other < 1.4


@host
def test_what_sounds_are_the_notes_of_the_excerpts(seen: Seen) -> None:
    bass, beside, other_bass, beside_other = seen["heard"][4:]
    assert bass > 4 * beside
    assert other_bass > 4 * beside_other


@host
def test_a_reload_goes_on_with_the_next_question(seen: Seen) -> None:
    assert seen["again"] == "Go on with question 2"
    assert seen["progress"] == [f"Question {number} of 10" for number in range(2, 11)]
    assert seen["checked"] == [str(choice) for choice in CHOICES]


@host
def test_nothing_on_the_page_tells_which_is_which(seen: Seen) -> None:
    html = (seen.folder / "pairs" / "index.html").read_text("utf-8")
    for secret in {answer.piece for answer in TEST.answers} | {answer.model for answer in TEST.answers}:
        assert secret not in html
        assert not any(secret in shown for shown in seen["shown"])
    plain = {re.sub(r' value="[\d.]+"|Question \d+ of 10', "", shown) for shown in seen["shown"][:-1]}
    assert len(plain) == 1  # every question but the last looks the same, whoever stands first


@host
def test_every_control_has_a_name(seen: Seen) -> None:
    for control in ('button "Play A"', 'button "Pause B"', 'radio "A is by Bach', 'button "Next"'):
        assert control in seen["controls"]


@host
def test_the_result_has_the_share_and_its_interval_of_all_and_of_each_model(seen: Seen) -> None:
    assert seen["result"][0] == "7 of 10 right"
    models = sorted({answer.model for answer in TEST.answers})
    assert [re.split(r"\d", row)[0] for row in seen["shares"]] == ["all together", *models]
    for name, row in zip(["", *models], seen["shares"], strict=True):
        asked = [i for i, a in enumerate(TEST.answers) if name in ("", a.model)]
        right = len([i for i in asked if i not in WRONG])
        low, high = wilson_interval(right, len(asked))
        expected = f"{right} of {len(asked)} right · between {100 * low:.0f} and {100 * high:.0f} %"
        assert row.endswith(expected)


@host
def test_the_table_compares_what_was_found_out_with_the_others(seen: Seen) -> None:
    heads, *rows = seen["features"]
    assert heads == ["", "found out (7)", "taken for Bach (3)", "Bach (10)"]
    notes = next(row for row in rows if row[0].startswith("notes on a quarter"))
    sums = []
    for wanted in ([i not in WRONG for i in range(10)], [i in WRONG for i in range(10)]):
        counted = [
            features["notes"]
            for answer, is_here in zip(TEST.answers, wanted, strict=True)
            for author, features in zip(answer.authors, answer.features, strict=True)
            if is_here and author
        ]
        sums.append(sum(count for count, _ in counted) / sum(of for _, of in counted))
    assert [float(cell) for cell in notes[1:3]] == pytest.approx(sums, abs=0.006)


@host
def test_the_csv_has_every_answer_and_the_command_line_sums_it_up(seen: Seen) -> None:
    data = (seen.folder / "result.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(data)))
    assert [row["piece"] for row in rows] == [answer.piece for answer in TEST.answers]
    assert [row["correct"] for row in rows] == ["0" if i in WRONG else "1" for i in range(10)]
    assert seen["file"] == f"listening-{TEST.id}-{rows[0]['listener']}.csv"
    report = json.loads(ripieno("listening-test", "--results", "--json", seen.folder / "result.csv"))
    found = {result["model"]: (result["right"], result["answers"]) for result in report["results"]}
    for model, (right, answers) in found.items():
        asked = [i for i, answer in enumerate(TEST.answers) if answer.model == model]
        assert (right, answers) == (len([i for i in asked if i not in WRONG]), len(asked))
    assert sum(answers for _, answers in found.values()) == 10


@host
def test_the_result_stays_until_the_next_listener_begins(seen: Seen) -> None:
    assert seen["afterReload"] == "7 of 10 right"
    assert seen["next"] == ["Begin", [], True]


@host
def test_single_excerpts_are_asked_about_on_a_narrow_screen(seen: Seen) -> None:
    assert seen["single"] == ["By Bach", "By a program"]
    assert seen["singleProgress"] == "Question 2 of 10"
    assert (seen["overflow"], seen["singleOverflow"]) == (0, 0)


@host
def test_the_server_takes_its_leave_with_a_sentence(seen: Seen) -> None:
    assert seen["goodbye"] == "the listening test has stopped; answers stay in the browser"


@host
def test_a_key_of_the_piano_is_struck_rings_and_is_damped(seen: Seen) -> None:
    heard = dict(zip(piano_moments(), seen["piano"], strict=True))
    assert heard["begun"] > 0.02
    assert heard["begun"] / 20 < heard["ringing"] < heard["begun"] / 2
    assert heard["damped"] < heard["ringing"] / 10
    assert heard["again"] == pytest.approx(heard["begun"], rel=0.1)
    assert heard["tone"] > 5 * heard["beside"]
    assert heard["fourth late"] / heard["fourth"] < heard["tone late"] / heard["tone"] / 2


@host
def test_the_rules_of_a_test_at_the_piano_say_so(seen: Seen) -> None:
    assert seen["pianoRules"][0].startswith("All are played on the same piano, equally loud")


@host
def test_our_own_server_serves_it_under_its_strict_rules(seen: Seen) -> None:
    assert seen["onServer"] == ["Which one is by Bach?", "begin", "Pause A"]
