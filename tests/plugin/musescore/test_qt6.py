"""The plugin in Qt 6, where MuseScore 4 runs it, over a model of its scores (tests/support/musescore_qt6).

MuseScore 4 itself cannot be run here. How the model writes notes is compared with MuseScore 3; what a plugin
may call in 4, and what it may not, is from the program's source.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from common import find_musescore, host_or_skip
from musescore_qt6.driver import FOLDER, PLUGIN, HostError, Plugin, qt6_or_skip, running
from musescore_qt6.scores import ALONE, HYMN, MELODY, WALTZ, as_text, drone, symbols_in
from musescore_stand_in import CHOIR, SEED, Json, StandIn, drones, error_of, event, reply_with, stand_in
from musescore_support import ripieno_serving
from ripieno.ensembles.read import ensemble_named, ensemble_names

pytestmark = pytest.mark.host
EMPTY = [{"name": voice.title(), "voices": []} for voice in CHOIR[1:]]
SATB: Json = {**WALTZ, "parts": [*ALONE["parts"], *EMPTY]}
EIGHTH, QUARTER, HALF = Fraction(1, 8), Fraction(1, 4), Fraction(1, 2)


@pytest.fixture(scope="module")
def program() -> Iterator[Plugin]:
    qt6_or_skip()
    with running() as host:
        yield host


@pytest.fixture(scope="module")
def one_server() -> Iterator[StandIn]:
    with stand_in() as running_server:
        yield running_server


@pytest.fixture
def server(one_server: StandIn) -> Iterator[StandIn]:
    one_server.reset()
    one_server.forget()
    yield one_server
    one_server.release()


@pytest.fixture
def dialog(program: Plugin) -> Iterator[Plugin]:
    """The dialog. Qt must not have complained, and the plugin must not have called what 4 refuses."""
    yield program
    assert program.do("complained") == []
    assert program.evaluate("refused") == []


def opened(dialog: Plugin, server: StandIn, score: Json) -> None:
    dialog.open(score, server.port)
    dialog.wait("connected")


# -- the files ---------------------------------------------------------------------------------------------


def test_qmllint_finds_nothing_wrong() -> None:
    qt6_or_skip()
    lint = Path(sys.executable).with_name("pyside6-qmllint")
    modules = FOLDER / "MuseScore" / "MuseScore.qml", FOLDER / "FileIO" / "FileIO.qml", FOLDER / "writing.qml"
    # As in every plugin, the names of the root (curScore, Element) are not qualified.
    forms = PLUGIN, PLUGIN.with_name("RipienoWindow.qml"), PLUGIN.with_name("extension.qml")
    command: list[str | Path] = [lint, "-I", FOLDER, "--unqualified", "disable", *forms, *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_model_writes_notes_as_musescore_does(tmp_path: Path) -> None:
    """One script in MuseScore 3 and over the model: overlaps, cuts, barlines, a second voice, the end."""
    musescore = host_or_skip(find_musescore(), "MuseScore 3")
    qt6_or_skip()
    script, score, out = tmp_path / "writing.qml", tmp_path / "given.musicxml", tmp_path / "written.txt"
    script.write_text((FOLDER / "writing.qml").read_text().replace('"WRITTEN"', f'"{out}"'))
    score.write_text(two_empty_staves())
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    subprocess.run(
        [musescore, "-c", str(tmp_path / "settings"), "-p", str(script), str(score)],
        env={**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
        capture_output=True,
        timeout=60,
    )
    with running(script) as model:
        parts: list[Json] = [{"name": name, "voices": []} for name in ("One", "Two")]
        model.open({"meters": ["4/4"] * 5, "keys": {"0": 2}, "parts": parts}, 1)
        assert model.status.splitlines() == out.read_text().splitlines()


def two_empty_staves() -> str:
    """Five measures in D major, as MusicXML."""
    head = (
        "<attributes><divisions>1</divisions><key><fifths>2</fifths></key><time><beats>4</beats>"
        "<beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>"
    )
    rest = '<note><rest measure="yes"/><duration>4</duration></note>'
    bars = "".join(f'<measure number="{n}">{head if n == 1 else ""}{rest}</measure>' for n in range(1, 6))
    names = "".join(f'<score-part id="P{n}"><part-name>P{n}</part-name></score-part>' for n in (1, 2))
    parts = "".join(f'<part id="P{n}">{bars}</part>' for n in (1, 2))
    return f'<score-partwise version="4.0"><part-list>{names}</part-list>{parts}</score-partwise>'


# -- harmonize ---------------------------------------------------------------------------------------------


def test_it_finds_the_server_and_everything_is_reached_by_the_keyboard(
    dialog: Plugin, server: StandIn
) -> None:
    opened(dialog, server, ALONE)
    assert "Connected" in dialog.status
    reached = set()
    for _ in range(25):
        reached.update(dialog.do("focused"))
        dialog.do("key", "Tab")
    wanted = {"taskBox", "melodyBox", "voiceBox", "modelBox", "temperatureField", "versionsBox", "seedField"}
    wanted |= {"keyBox", "styleBox", "phrasesField", "ensembleBox"}
    wanted |= {"choiceBox0", "choiceBox1", "choiceBox2", "lyricsBox", "markBox", "startButton", "serverField"}
    assert wanted - reached == set()


def test_its_fields_have_the_bounds_and_words_of_the_servers_table(dialog: Plugin, server: StandIn) -> None:
    opened(dialog, server, ALONE)
    dialog.wait("Boolean(table.seed)")
    bounds = "[barsBox.from, barsBox.to, barsBox.value, versionsBox.from, versionsBox.to, versionsBox.value]"
    assert dialog.evaluate(bounds) == [1, 512, 4, 1, 16, 3]
    assert dialog.evaluate("temperatureField.placeholderText") == "0.3 to harmonize, else 0.5"
    assert dialog.evaluate("seedField.placeholderText") == "a new one"
    dialog.do("set", "temperatureField", "text", "2.5")
    dialog.click("startButton")
    fault = 'Temperature "2.5" is impossible; give a number from 0 to 2, or nothing.'
    assert dialog.finish() == fault


def told(_task: str, body: Json) -> Json:
    """A reply that tells the key and the phrases."""
    found = {"key": body.get("key", "F major"), "phrases": [{"measure": "1", "beat": 3.0}]}
    return {**drones(_task, body), **found}


def test_key_phrases_and_style_are_as_found_until_they_are_set(dialog: Plugin, server: StandIn) -> None:
    server.reply = told
    opened(dialog, server, ALONE)
    dialog.wait("Boolean(table.style)")
    choices = "[keyBox.count, keyBox.currentText, styleBox.count, styleBox.currentText]"
    assert dialog.evaluate(choices) == [31, "as found", 3, "as found"]
    at_first = "at the fermatas; without them found from the notes"
    assert dialog.evaluate("phrasesField.placeholderText") == at_first
    dialog.click("startButton")
    assert {"key", "phrases", "style"} & set(server.next_task().body) == set()
    dialog.finish()
    assert dialog.evaluate("keyBox.currentText") == "F major (found)"
    assert dialog.evaluate("phrasesField.placeholderText") == "1.3 (found)"

    dialog.evaluate("keyBox.currentIndex = 17")
    dialog.evaluate("styleBox.currentIndex = 1")
    dialog.do("set", "phrasesField", "text", "2")
    dialog.click("startButton")
    body = server.next_task().body
    assert (body["key"], body["phrases"], body["style"]) == ("E minor", "2", "chorale")
    dialog.finish()
    assert dialog.evaluate("[keyBox.currentText, keyBox.textAt(0)]") == ["E minor", "F major (found)"]
    assert dialog.evaluate("phrasesField.placeholderText") == "1.3 (found)"


def test_another_score_has_a_key_and_phrases_of_its_own(dialog: Plugin, server: StandIn) -> None:
    opened(dialog, server, ALONE)
    dialog.evaluate("keyBox.currentIndex = 17")
    dialog.do("set", "phrasesField", "text", "2")
    dialog.evaluate("scoreName = 'another'")
    dialog.evaluate("refresh()")
    assert dialog.evaluate("[keyBox.currentIndex, phrasesField.text]") == [0, ""]


def test_three_voices_come_on_new_staves_in_one_undo_step(dialog: Plugin, server: StandIn) -> None:
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    assert dialog.finish().startswith(f"Version 1 of 3, seed {SEED}.")
    assert dialog.names() == ["Soprano", "Alto", "Tenor", "Bass"]
    assert dialog.staves() == [MELODY, drone("F4"), drone("A3"), drone("C3")]
    assert dialog.commands == ["done"]
    dialog.undo()
    assert dialog.staves() == [MELODY]


def test_the_melody_is_sent_as_it_is_written(dialog: Plugin, server: StandIn) -> None:
    """Its pickup, key, triplet, tie, fermata, spelling and lyrics."""
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    task = server.next_task()
    assert task.path == "/v1/harmonize"
    assert [(m["tick"], m["ticks"], m["meter"], m["fifths"]) for m in task.body["measures"]] == [
        (0, 480, "3/4", -1),
        (480, 1440, "3/4", -1),
        (1920, 1440, "3/4", -1),
        (3360, 1440, "3/4", -1),
    ]
    (line,) = task.body["voices"]
    assert line["voice"] == "soprano"
    assert [(e["tick"], e["ticks"], e["spelling"], e["tie"], e["fermata"]) for e in line["events"]] == [
        (0, 480, "C5", False, False),
        (480, 480, "D5", False, False),
        (960, 160, "E5", False, False),
        (1120, 160, "F5", False, False),
        (1280, 160, "G5", False, False),
        (1440, 480, "Bb4", True, False),
        (1920, 960, "Bb4", False, False),
        (2880, 480, "C5", False, True),
        (3360, 1440, "C5", False, False),
    ]
    words = [(e["lyric"], e["syllabic"]) for e in line["events"] if "lyric" in e]
    assert words == [("Glo", "begin"), ("ri", "middle"), ("a", "end"), ("in", "single"), ("you", "single")]
    assert (task.body["ties"], task.body["ticks_per_quarter"]) == ("barlines", 480)
    dialog.finish()


def varied(_task: str, body: Json) -> Json:
    """A reply with a triplet, ties over barlines, a rest, sharps and flats of one pitch, and lyrics."""
    alto = [
        event(body, 0, QUARTER, 66, spelling="F#4", lyric="Glo", syllabic="begin"),
        event(body, 480, EIGHTH, 66, spelling="Gb4", tuplet="3/2", lyric="ri", syllabic="middle"),
        event(body, 640, EIGHTH, None, tuplet="3/2"),
        event(body, 800, EIGHTH, 65, tuplet="3/2", lyric="a", syllabic="end"),
        event(body, 960, HALF, 67, tie=True),
        event(body, 1920, QUARTER, 67),
        event(body, 2400, HALF, 68, spelling="G#4"),
        event(body, 3360, HALF, None),
        event(body, 4320, QUARTER, 64, lyric="in", syllabic="single"),
    ]
    rest = drones(_task, body)["alternatives"][0]["voices"]
    return reply_with(body, [{"alto": alto, **{line["voice"]: line["events"] for line in rest[1:]}}])


def test_tuplets_ties_rests_spellings_and_lyrics_are_written_as_in_the_reply(
    dialog: Plugin, server: StandIn
) -> None:
    server.reply = varied
    opened(dialog, server, SATB)
    dialog.click("startButton")
    assert dialog.finish().startswith("Version 1 of 1")
    assert dialog.staff(1) == (
        'F#4:1/4="Glo-" | {3/2:1/4 Gb4:1/8="ri-" r:1/8 F4:1/8="a" } G4:1/2~ | G4:1/4 G#4:1/2'
        ' | r:1/2 E4:1/4="in"'
    )
    assert dialog.staves()[2:] == [drone("A3"), drone("C3")]
    assert dialog.staff(0) == MELODY
    assert dialog.commands == ["done"]


def too_long(_task: str, body: Json) -> Json:
    """Notes of five quarters, which are no single note value, so that no plugin can have them tied."""
    alto = [
        event(body, 0, QUARTER, 65),
        event(body, 480, Fraction(3, 4), 65, tie=True),
        event(body, 1920, HALF, 65),
        event(body, 2880, QUARTER, 67),
        event(body, 3360, Fraction(3, 4), 65),
    ]
    rest = drones(_task, body)["alternatives"][0]["voices"]
    return reply_with(body, [{"alto": alto, **{line["voice"]: line["events"] for line in rest[1:]}}])


def test_a_note_that_no_plugin_can_tie_is_struck_again_at_the_barline_and_reported(
    dialog: Plugin, server: StandIn
) -> None:
    server.reply = too_long
    opened(dialog, server, SATB)
    dialog.click("startButton")
    assert "struck again at a barline" in dialog.finish()
    assert dialog.staff(1) == "F4:1/4 | F4:3/4 | F4:1/2 G4:1/4 | F4:3/4"


def test_everything_stays_in_the_window_however_long_the_texts_are(dialog: Plugin, server: StandIn) -> None:
    def talkative(task: str, body: Json) -> Json:
        made = drones(task, body)
        made["remarks"] = [
            f"alternative {number}: {count} words are not under the {voice}, which has fewer notes"
            for number in (1, 2, 3)
            for count, voice in enumerate(CHOIR * 3)
        ]
        made["alternatives"][0]["faults"] = [fault(measure) for measure in range(1, 40)]
        return made

    server.reply = talkative
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    said = dialog.finish()
    assert "words are not under the bass" in said
    assert "lternative" not in said  # remarks on other versions are shown with those versions
    width, height = dialog.evaluate("[width, height]")
    for name in ("startButton", "cancelButton", "previousButton", "nextButton", "faultsArea", "serverField"):
        left, top, right, bottom = dialog.do("place", name)
        assert (left >= 0, top >= 0, right <= width) == (True, True, True), name
        assert bottom <= height or name == "faultsArea", name  # which scrolls
    dialog.click("nextButton")
    assert dialog.finish().startswith("Version 2 of 3")


def fault(measure: int) -> Json:
    return {
        "rule": "spacing",
        "severity": "warning",
        "measure": str(measure),
        "beat": 1,
        "tick": 0,
        "voices": ["alto"],
        "sentence": "The alto is more than an octave below the soprano",
    }


def test_next_and_previous_swap_the_versions_each_in_one_step(dialog: Plugin, server: StandIn) -> None:
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    dialog.finish()
    seen = []
    for button in ("nextButton", "nextButton", "nextButton", "previousButton"):
        dialog.click(button)
        seen.append(dialog.finish().split(",")[0])
        assert dialog.names() == ["Soprano", "Alto", "Tenor", "Bass"]
        assert dialog.staff(0) == MELODY
    assert seen == ["Version 2 of 3", "Version 3 of 3", "Version 1 of 3", "Version 3 of 3"]
    assert dialog.staff(1) == drone("G4")
    assert dialog.commands == ["done"] * 5
    for _ in range(5):
        dialog.undo()
    assert dialog.staves() == [MELODY]


def test_next_leaves_what_the_musician_changed(dialog: Plugin, server: StandIn) -> None:
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    dialog.finish()
    dialog.edit(1, 480, 69, 3, 4)
    changed = dialog.staves()
    dialog.click("nextButton")
    assert "Alto, measure 1" in dialog.finish()
    assert dialog.staves() == changed


def test_notes_of_another_voice_are_kept(dialog: Plugin, server: StandIn) -> None:
    bass = "C3:1/4 | G3:3/4 | C3:1/2 E3:1/4 | C3:3/4"
    opened(dialog, server, {**WALTZ, "parts": [*ALONE["parts"], {"name": "Bass", "voices": [bass]}]})
    dialog.click("startButton")
    task = server.next_task()
    assert task.body["given"] == ["soprano", "bass"]
    dialog.finish()
    assert dialog.names() == ["Soprano", "Bass", "Alto", "Tenor"]
    assert dialog.staves() == [MELODY, bass, drone("F4"), drone("A3")]


def test_the_notes_of_the_real_server_are_written_one_by_one(dialog: Plugin, tmp_path: Path) -> None:
    with ripieno_serving(tmp_path) as address:
        dialog.open(HYMN, int(address.rpartition(":")[2]))
        dialog.wait("connected")
        dialog.do("set", "seedField", "text", "7")
        dialog.click("startButton")
        assert dialog.finish().startswith("Version 1 of 3, seed 7.")
        body = {**dialog.evaluate("session.lastBody"), "id": "the-same-again"}
        reply = httpx.post(f"{address}/v1/harmonize", json=body, timeout=60).json()
        versions = [dialog.staves()]
        dialog.click("nextButton")
        dialog.finish()
        versions.append(dialog.staves())
    for staves, alternative in zip(versions, reply["alternatives"], strict=False):
        assert staves[0] == HYMN["parts"][0]["voices"][0]
        written = [as_text(line["events"], reply["measures"]) for line in alternative["voices"]]
        assert [line.replace("~", "") for line in staves[1:]] == written


def test_chord_symbols_are_written_followed_and_undone_with_their_version(
    dialog: Plugin, tmp_path: Path
) -> None:
    with ripieno_serving(tmp_path) as address:
        dialog.open(HYMN, int(address.rpartition(":")[2]))
        dialog.wait("connected")
        assert dialog.do("get", "followBox", "enabled") is False
        dialog.do("set", "seedField", "text", "7")
        dialog.do("set", "chordsBox", "currentIndex", 1)
        dialog.click("startButton")
        assert dialog.finish().startswith("Version 1 of 3, seed 7.")
        body = {**dialog.evaluate("session.lastBody"), "id": "the-same-again"}
        assert "harmony" not in body
        reply = httpx.post(f"{address}/v1/harmonize", json=body, timeout=60).json()
        told = [{c["tick"]: c["symbol"] for c in found["chords"]} for found in reply["alternatives"]]
        assert symbols_in(dialog) == told[0]
        dialog.click("nextButton")
        dialog.finish()
        assert symbols_in(dialog) == told[1] != told[0]
        dialog.undo()
        assert symbols_in(dialog) == told[0]
        assert dialog.do("get", "followBox", "enabled") is True
        dialog.undo()
        assert symbols_in(dialog) == {}


@pytest.mark.parametrize("followed", [True, False])
def test_chord_symbols_of_the_score_are_sent_where_they_are_followed(
    dialog: Plugin, server: StandIn, followed: bool
) -> None:
    opened(dialog, server, SATB)
    for tick, symbol in ((480, "Ebmaj7"), (1440, "G7/B")):
        mark = f"{{kind: 'HARMONY', tick: {tick}, track: 0, text: '{symbol}'}}"
        dialog.evaluate(f"model.state.annotations.push({mark})")
    dialog.do("set", "followBox", "checked", followed)
    dialog.click("startButton")
    assert server.next_task().body.get("harmony") == (
        [{"tick": 480, "ticks": 960, "symbol": "Ebmaj7"}, {"tick": 1440, "ticks": 3360, "symbol": "G7/B"}]
        if followed
        else None
    )
    dialog.finish()


# -- ensembles ---------------------------------------------------------------------------------------------

NAMES = "[0, 1, 2, 3, 4].map(function (i) { return ensembleBox.textAt(i); })"
ROWS = (
    "offer.rows.map(function (row) { return row.voice + ': ' + row.choices[row.index].text; })"
    ".concat(['choiceBox' + (rows.count - 1)])"
)


def chosen(dialog: Plugin, name: str) -> None:
    """Choose an ensemble in the dialog, as a musician does with the keys."""
    place = dialog.evaluate(f"1 + ensembles.map(function (e) {{ return e.name; }}).indexOf('{name}')")
    dialog.evaluate("ensembleBox.forceActiveFocus()")
    for _ in range(place):
        dialog.do("key", "Down")
    dialog.wait(f"offer.score.ensemble.name === '{name}' && question === null")


def test_the_ensembles_are_those_of_the_server_and_the_rows_their_voices(
    dialog: Plugin, server: StandIn
) -> None:
    opened(dialog, server, ALONE)
    dialog.wait("ensembles.length > 0")
    assert dialog.evaluate(NAMES)[:2] == ["as the score says", "Barbershop quartet"]
    assert dialog.evaluate("ensembleBox.count") == 1 + len(ensemble_names())
    for name, boxes in [("sa", 1), ("sab", 2), ("satbb", 4)]:
        chosen(dialog, name)
        voices = ensemble_named(name).names
        *rows, last = dialog.evaluate(ROWS)
        assert [row.partition(":")[0] for row in rows] == list(voices[1:])
        assert last == f"choiceBox{boxes - 1}"
        assert dialog.evaluate("voiceBox.model") == list(voices)
        dialog.evaluate("[ensembleBox.currentIndex = 0, ensembleBox.activated(0)]")
        dialog.wait("question === null")
    assert [row.partition(":")[0] for row in dialog.evaluate(ROWS)[:-1]] == ["alto", "tenor", "bass"]
    width, height = dialog.evaluate("[width, height]")
    chosen(dialog, "satbb")
    for box in ("ensembleBox", "startButton", "serverField"):
        left, top, right, bottom = dialog.do("place", box)
        assert (left >= 0, top >= 0, right <= width, bottom <= height) == (True, True, True, True), box


def test_a_choice_of_ensemble_is_sent_and_stays_when_the_score_is_read_again(
    dialog: Plugin, server: StandIn
) -> None:
    opened(dialog, server, ALONE)
    dialog.wait("ensembles.length > 0")
    chosen(dialog, "sab")
    dialog.evaluate("refresh()")
    dialog.wait("question === null")
    assert dialog.evaluate("ensembleBox.currentText") == ensemble_named("sab").title
    dialog.click("startButton")
    body = server.next_task().body
    assert (body["ensemble"], body["given"]) == ("sab", ["soprano"])
    assert dialog.finish().startswith("Version 1 of 3")
    assert dialog.names() == ["Soprano", "Alto", "Baritone"]
    assert dialog.staff(0) == MELODY
    dialog.undo()
    assert dialog.names() == ["Soprano"]


def test_a_choice_that_is_made_again_at_once_is_the_one_that_counts(dialog: Plugin, server: StandIn) -> None:
    opened(dialog, server, ALONE)
    dialog.wait("ensembles.length > 0")
    dialog.evaluate("[ensemble = 'ttbb', askForVoices(true), ensemble = 'sab', askForVoices(true)]")
    dialog.evaluate("setOffer(Choices.withVoice(offer, 'alto'))")  # the answer comes later, and still counts
    dialog.wait("question === null")
    assert dialog.evaluate("offer.score.ensemble.name") == "sab"
    dialog.click("startButton")
    assert server.next_task().body["ensemble"] == "sab"
    dialog.finish()


QUARTET = ("Violin I", "Violin II", "Viola", "Violoncello")


def test_parts_that_are_named_as_an_ensemble_are_its_voices(dialog: Plugin, server: StandIn) -> None:
    parts: list[Json] = [{"name": name, "voices": []} for name in QUARTET]
    parts[1]["voices"] = [MELODY]
    opened(dialog, server, {**WALTZ, "parts": parts})
    dialog.wait("offer.score.ensemble.name === 'string-quartet'")
    assert dialog.evaluate("ensembleBox.textAt(0)") == "String quartet (found)"
    assert dialog.evaluate("[ensembleBox.currentIndex, voiceBox.currentText]") == [0, "violin 2"]
    dialog.click("startButton")
    body = server.next_task().body
    assert (body["ensemble"], body["given"]) == ("string-quartet", ["violin 2"])
    assert dialog.finish().startswith("Version 1 of 3")
    assert dialog.staff(1) == MELODY
    assert all(dialog.staff(number).startswith(("F", "B", "C", "D", "E", "G", "A")) for number in (0, 2, 3))
    assert dialog.names() == list(QUARTET)
    assert dialog.commands == ["done"]


# -- the other tasks ---------------------------------------------------------------------------------------


def longer(_task: str, body: Json) -> Json:
    """Two more measures, all voices."""
    measures, last = list(body["measures"]), body["measures"][-1]
    for number in range(1, body["bars"] + 1):
        measures.append({**last, "number": 3 + number, "tick": last["tick"] + number * last["ticks"]})
    new = [measure["tick"] for measure in measures[len(body["measures"]) :]]
    voices = {"soprano": [event(body, tick, Fraction(3, 4), 72) for tick in new]}
    return {**reply_with(body, [voices]), "measures": measures}


def test_continue_adds_measures_and_notes_in_one_step(dialog: Plugin, server: StandIn) -> None:
    server.reply = longer
    opened(dialog, server, ALONE)
    dialog.do("set", "taskBox", "currentIndex", 1)
    dialog.evaluate("refresh()")
    dialog.do("set", "barsBox", "value", 2)
    dialog.click("startButton")
    assert dialog.finish().startswith("Version 1 of 1")
    assert dialog.staves() == [f"{MELODY} | C5:3/4 | C5:3/4"]
    assert dialog.commands == ["done"]
    dialog.undo()
    assert dialog.staves() == [MELODY]


def test_only_the_selected_measures_of_the_selected_voices_are_regenerated(
    dialog: Plugin, server: StandIn
) -> None:
    server.reply = second_measure
    alto = "F4:1/4 | F4:3/4 | F4:3/4 | F4:3/4"
    opened(dialog, server, {**WALTZ, "parts": [*ALONE["parts"], {"name": "Alto", "voices": [alto]}]})
    dialog.evaluate("curScore.selection.selectRange(480, 1920, 1, 2)")
    dialog.do("set", "taskBox", "currentIndex", 2)
    dialog.evaluate("refresh()")
    dialog.click("startButton")
    task = server.next_task()
    assert (task.path, task.body["selection"], task.body["anew"]) == ("/v1/infill", [480, 1920], ["alto"])
    dialog.finish()
    assert dialog.staves() == [MELODY, "F4:1/4 | A4:3/4 | F4:3/4 | F4:3/4"]
    assert dialog.commands == ["done"]


def second_measure(_task: str, body: Json) -> Json:
    return reply_with(body, [{"alto": [event(body, 480, Fraction(3, 4), 69)]}])


# -- what goes wrong ---------------------------------------------------------------------------------------


def test_a_cancelled_request_is_stopped_and_writes_nothing(dialog: Plugin, server: StandIn) -> None:
    server.hold()
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    task = server.next_task()
    dialog.wait("statusText.indexOf('50 %') >= 0")  # the progress that the server reported
    dialog.click("cancelButton")
    assert server.next_cancel().path == f"/v1/requests/{task.body['id']}"
    assert dialog.finish().startswith("Cancelled")
    server.release()
    assert (dialog.staves(), dialog.commands) == ([MELODY], [])
    dialog.click("startButton")
    assert dialog.finish().startswith("Version 1 of 3")


def test_a_reply_that_comes_after_the_cancel_is_not_written(dialog: Plugin, server: StandIn) -> None:
    server.ignores_cancel = True
    server.hold()
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    server.next_task()
    dialog.click("cancelButton")
    server.next_cancel()
    server.release()
    dialog.click("startButton")
    assert dialog.finish().startswith("Version 1 of 3")
    assert dialog.commands == ["done"]


@pytest.mark.parametrize("what", ["a note", "a new staff"])
def test_a_score_that_was_edited_meanwhile_stays_as_it_is(dialog: Plugin, server: StandIn, what: str) -> None:
    server.hold()
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    server.next_task()
    if what == "a note":
        dialog.edit(0, 1920, 71, 1, 2)
    else:
        dialog.evaluate("[model.startCommand(), model.addPart('voice.alto'), model.endCommand(false)]")
    edited = dialog.staves()
    server.release()
    assert dialog.finish().startswith("The score was changed meanwhile")
    assert (dialog.staves(), dialog.commands) == (edited, ["done"])  # the musician's edit


@pytest.mark.parametrize("changes", [0, 3, 11])
def test_an_error_in_the_middle_takes_everything_back(dialog: Plugin, server: StandIn, changes: int) -> None:
    opened(dialog, server, ALONE)
    dialog.evaluate(f"model.fails = {changes}")
    dialog.click("startButton")
    assert "host failed" in dialog.finish()
    assert (dialog.staves(), dialog.commands) == ([MELODY], ["rolled back"])
    dialog.click("startButton")  # and the next time it goes well
    assert dialog.finish().startswith("Version 1 of 3")


def with_event(**wrong: Any) -> Callable[[str, Json], Json]:
    """The usual reply, with one wrong event."""

    def reply(task: str, body: Json) -> Json:
        made = drones(task, body)
        made["alternatives"][0]["voices"][0]["events"][1].update(wrong)
        return made

    return reply


def over_a_given_note(_task: str, body: Json) -> Json:
    return reply_with(body, [{"soprano": [event(body, 0, QUARTER, 60)]}])


@pytest.mark.parametrize(
    "reply",
    [
        with_event(pitch=999),
        with_event(pitch="F4"),
        with_event(tick=0),
        with_event(ticks=7),
        with_event(duration="5/0"),
        with_event(spelling="Gb4"),
        with_event(tuplet="3/2"),
        lambda task, body: {**drones(task, body), "alternatives": []},
        lambda task, body: {**drones(task, body), "measures": "four"},
        lambda task, body: {"alternatives": 3},
        over_a_given_note,
    ],
)
def test_a_reply_that_makes_no_sense_writes_nothing_and_says_so(
    dialog: Plugin, server: StandIn, reply: Callable[[str, Json], Json]
) -> None:
    server.reply = reply
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    said = dialog.finish()
    assert "makes no sense" in said or "nothing to add" in said, said
    assert (dialog.staves(), [end for end in dialog.commands if end != "rolled back"]) == ([MELODY], [])


def test_an_error_of_the_server_is_shown_in_its_words(dialog: Plugin, server: StandIn) -> None:
    server.error = 422, error_of("bad_score", "the soprano sings G6", "write it an octave lower")
    opened(dialog, server, ALONE)
    dialog.click("startButton")
    assert dialog.finish() == "The soprano sings G6; write it an octave lower."
    server.error = None
    server.raw = b"<html>"
    dialog.click("startButton")
    assert "makes no sense" in dialog.finish()
    server.raw = None
    server.hangs_up = True
    dialog.click("startButton")
    assert "stopped answering" in dialog.finish()
    assert (dialog.staves(), dialog.commands) == ([MELODY], [])


def test_without_a_server_it_says_how_to_start_one(dialog: Plugin) -> None:
    with stand_in() as gone:
        port = gone.port
    dialog.open(ALONE, port)
    dialog.wait("statusText.indexOf('ripieno serve') >= 0")
    dialog.click("startButton")
    assert "ripieno serve" in dialog.finish()
    assert (dialog.staves(), dialog.commands) == ([MELODY], [])


def test_without_a_score_it_says_so(dialog: Plugin, server: StandIn) -> None:
    dialog.open(None, server.port)
    dialog.wait("connected")
    dialog.click("startButton")
    assert "no score" in dialog.finish()


def test_a_call_that_musescore_4_lacks_raises_in_the_model(program: Plugin, server: StandIn) -> None:
    program.open(ALONE, server.port)
    for call in (
        "writeScore(curScore, 'x', 'musicxml')",
        "curScore.newCursor().rewindToFraction(1)",
        "curScore.newCursor().addNote.call()",
        "curScore.appendPartByMusicXmlId('voice.alto')",  # outside startCmd
        "(curScore.newCursor().place = 1)",
    ):
        with pytest.raises(HostError):
            program.evaluate(call)


def test_the_barlines_of_the_model_are_where_the_meters_put_them(program: Plugin, server: StandIn) -> None:
    program.open(ALONE, server.port)
    ticks = program.evaluate(
        "(function () { var found = [];"
        " for (var m = curScore.firstMeasure; m; m = m.nextMeasure) found.push(m.firstSegment.tick);"
        " return found.concat([curScore.lastSegment.tick]); })()"
    )
    assert ticks == [0, 480, 1920, 3360, 4800]
    assert [after - before for before, after in pairwise(ticks)] == [480, 1440, 1440, 1440]
