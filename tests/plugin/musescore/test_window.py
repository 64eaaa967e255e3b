"""The plugin in MuseScore 3, in a real window, used by keys, with the real server and with a misbehaving one.

The texts of the window cannot be read from outside: its picture shows that there is a new one, and the texts
themselves are checked in Qt 6 (test_qt6.py). The notes of the score are read from the file that is saved.
"""

from __future__ import annotations

import json
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from common import ROOT, MuseScore, bare, sounding
from musescore_stand_in import StandIn, drones, error_of, stand_in
from musescore_window_support import (
    PATIENCE_SECONDS,
    PLUGIN,
    POLL_SECONDS,
    Window,
    notes_as_saved,
    opened,
    window_programs_or_skip,
    with_empty_staves,
)
from osc_hosts.running import Program
from ripieno.ensembles.read import ensemble_names
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Score
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml

pytestmark = pytest.mark.host
DIALOG = "^ripieno$"
START, NEXT = ("ctrl+Return",), ("shift+Tab", "shift+Tab", "Return")  # from where the keyboard is at first
TO_THE_KEY, TO_THE_PHRASES, TO_THE_SEED = ("Tab",) * 7, ("Tab",) * 2, ("Tab",) * 4  # each from the one before
E_MINOR = ("Down",) * 17  # from "as found" on: fifteen keys in major, then A minor
WRITE_SYMBOLS = ("Tab", "Down")  # from the seed
NEXT_FROM_THE_CHORDS = (*("Tab",) * 6, "Return")
BESIDE = (1190, 0)  # the score stays in sight
TICKS = 480  # a quarter
HYMN = (ROOT / "scores" / "amazing-grace.musicxml").read_bytes()


@pytest.fixture(scope="module")
def musescore() -> str:
    return window_programs_or_skip()


def saved_score(window: Window, name: str) -> Score:
    """The score that MuseScore saved, converted to MusicXML by MuseScore itself."""
    copy, exported = window.folder / f"{name}.mscx", window.folder / f"{name}.musicxml"
    copy.write_bytes(window.score.read_bytes())
    MuseScore(window.program, window.folder / "converting").convert([(copy, exported)])
    return read_musicxml(exported.read_bytes(), exported.name).score


# -- the list of plugins -----------------------------------------------------------------------------------


def test_the_folder_is_one_plugin_in_the_plugin_manager(musescore: str, tmp_path: Path) -> None:
    """The window and the extension, which are files of QML, too, are not listed."""
    with opened(musescore, tmp_path, HYMN, free_port()) as window:
        own = window.folder / "home" / "Documents" / "MuseScore3" / "Plugins" / "ripieno"
        shutil.copytree(PLUGIN, own)
        window.focus(window.main)
        window.press("alt+p", "Return")
        window.focus(window.find("^Plugin Manager$"))
        window.press("Return")  # OK, which writes the list
        listed = window.folder / "settings" / "plugins.xml"
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while str(own) not in (text := listed.read_text("utf-8")) or "</museScore>" not in text:
            assert time.perf_counter() < deadline, text
            time.sleep(POLL_SECONDS)
    paths = [Path(element.text) for element in etree.fromstring(text.encode()).iter("path")]
    assert [path.name for path in paths if path.parent == own] == ["ripieno.qml"]


# -- the real server ---------------------------------------------------------------------------------------


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def request_alternatives(port: int, score: Score, **settings: Any) -> list[dict[str, Any]]:
    """The alternatives that a plain client gets for the same melody."""
    events = [
        {
            "tick": int(note.onset * TICKS),
            "ticks": int(note.duration * TICKS),
            "pitch": note.pitch,
            "fermata": note.fermata,
            **({"lyric": note.lyrics[0].text, "syllabic": note.lyrics[0].syllabic} if note.lyrics else {}),
        }
        for note in score.voices[0].notes
    ]
    measures = [
        {
            "number": measure.number,
            "tick": int(measure.onset * TICKS),
            "ticks": int(measure.duration * TICKS),
            "meter": "3/4",
            "fifths": 1,
            "mode": None,
        }
        for measure in score.measures
    ]
    body = {
        "ticks_per_quarter": TICKS,
        "measures": measures,
        "voices": [{"voice": "soprano", "events": events}],
        "given": ["soprano"],
        "ties": "barlines",
        "lyrics": True,
        **settings,
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/harmonize",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return list(json.load(response)["alternatives"])


def struck(events: list[dict[str, Any]]) -> list[tuple[float, int]]:
    """(onset in quarters, pitch) of every note of a reply that is struck, not tied to the one before it."""
    tied = [False, *(event["tie"] for event in events)]
    return [
        (event["tick"] / TICKS, event["pitch"])
        for event, held in zip(events, tied, strict=False)
        if event["pitch"] is not None and not held
    ]


def sounds(
    notes: Iterable[tuple[float | Fraction, float | Fraction, int]], barlines: list[float]
) -> list[tuple[float | Fraction, float | Fraction, int]]:
    """(onset, end, pitch) of the notes between barlines, whether they are tied over them or struck again."""
    return [
        (max(onset, start), min(onset + duration, end), pitch)
        for onset, duration, pitch in notes
        for start, end in pairwise(barlines)
        if onset < end and start < onset + duration
    ]


def test_three_voices_and_their_chords_come_from_the_real_server_and_go_with_one_undo(
    musescore: str, tmp_path: Path
) -> None:
    """The window is opened before the server runs: it says so, and connects when the server is there."""
    port = free_port()
    ripieno = [str(Path(sys.executable).with_name("ripieno")), "serve", "--port", "0"]
    ripieno += ["--http-port", str(port)]
    given = with_empty_staves(HYMN)
    melody = read_musicxml(given, "given.musicxml").score
    with opened(musescore, tmp_path, given, port) as window:
        before = window.score.read_bytes()
        dialog = window.open_dialog(DIALOG)
        window.place(dialog, *BESIDE)
        waiting = window.wait_still(dialog)
        window.picture("1-not-running")
        with Program(ripieno, folder=tmp_path) as server:
            server.line("is loaded")
            window.wait_still(dialog, other_than=waiting)  # the plugin looks for it repeatedly
            window.focus(dialog)
            window.press(*TO_THE_KEY, *E_MINOR, *TO_THE_PHRASES)
            window.write("4, 12.3")
            window.press(*TO_THE_SEED)
            window.write("7")
            window.press(*WRITE_SYMBOLS, *START)
            window.wait_changed()
            window.wait_still(dialog)
            window.picture("2-harmonized")
            set_ = {"key": "E minor", "phrases": "4, 12.3"}
            expected = request_alternatives(port, melody, seed=7, alternatives=3, **set_)
            first = window.save()
            assert_has(saved_score(window, "first"), melody, expected[0])
            assert symbols_in(window, "first") == told(expected[0])

            window.focus(dialog)
            window.press(*NEXT_FROM_THE_CHORDS)
            window.wait_changed()
            window.wait_still(dialog)
            window.picture("3-next")
            window.save()
            assert_has(saved_score(window, "second"), melody, expected[1])
            assert symbols_in(window, "second") == told(expected[1])

            window.undo()
            window.wait_changed()
            assert notes_as_saved(window.save()) == notes_as_saved(first)
            window.undo()
            window.wait_changed()
            assert notes_as_saved(window.save()) == notes_as_saved(before)


def assert_has(score: Score, melody: Score, alternative: dict[str, Any]) -> None:
    """The melody is as it was given, and the other voices are as in the alternative.

    A plugin cannot make ties, and MuseScore itself ties single note values only: a longer note is struck once
    more, at a barline.
    """
    assert bare(score)[0] == bare(melody)[0]
    assert [note.lyrics for note in score.voices[0].notes] == [note.lyrics for note in melody.voices[0].notes]
    barlines = [float(measure.onset) for measure in melody.measures] + [float(melody.measures[-1].end)]
    for line, voice in zip(alternative["voices"], score.voices[1:], strict=True):
        notes = sounding(voice)
        words = {event["tick"] / TICKS: event["lyric"] for event in line["events"] if event["lyric"]}
        assert {float(note.onset): note.lyrics[0].text for note in voice.notes if note.lyrics} == words
        new_notes = [
            (event["tick"] / TICKS, event["ticks"] / TICKS, event["pitch"])
            for event in line["events"]
            if event["pitch"] is not None
        ]
        assert sounds(notes, barlines) == sounds(new_notes, barlines), line["voice"]
        onsets = {(float(onset), pitch) for onset, _, pitch in notes}
        assert onsets >= set(struck(line["events"])), line["voice"]
        assert {onset for onset, _ in onsets - set(struck(line["events"]))} <= set(barlines), line["voice"]


def symbols_in(window: Window, name: str) -> dict[int, str]:
    """The chord symbols by their ticks in what MuseScore exported of a saved score."""
    document = read_musicxml((window.folder / f"{name}.musicxml").read_bytes(), name)
    symbols = document_harmony(document).symbols
    return {int(s.onset * TICKS): chord_text(s.chord) for s in symbols if s.chord is not None}


def told(alternative: dict[str, Any]) -> dict[int, str]:
    return {chord["tick"]: chord["symbol"] for chord in alternative["chords"]}


def test_an_ensemble_that_is_chosen_by_keys_gets_its_voices_and_goes_with_one_undo(
    musescore: str, tmp_path: Path
) -> None:
    """Sopranos, altos and men: the men are on the staff of the bass, and the tenor's stays empty."""
    port = free_port()
    ripieno = [str(Path(sys.executable).with_name("ripieno")), "serve", "--port", "0"]
    given = with_empty_staves(HYMN)
    melody = read_musicxml(given, "given.musicxml").score
    with Program([*ripieno, "--http-port", str(port)], folder=tmp_path) as server:
        server.line("is loaded")
        with opened(musescore, tmp_path, given, port) as window:
            before = window.score.read_bytes()
            dialog = window.open_dialog(DIALOG)
            window.place(dialog, *BESIDE)
            at_first = window.wait_still(dialog)
            window.focus(dialog)
            window.press("Tab", *("Down",) * (1 + ensemble_names().index("sab")))
            window.wait_still(dialog, other_than=at_first)
            window.picture("1-chosen")
            window.press(*("Tab",) * (len(TO_THE_KEY) - 2))  # one row less than a mixed choir's
            window.press(*TO_THE_PHRASES, *TO_THE_SEED)
            window.write("7")
            window.press(*START)
            window.wait_changed()
            window.wait_still(dialog)
            window.picture("2-harmonized")
            expected = request_alternatives(port, melody, seed=7, alternatives=3, ensemble="sab")
            window.save()
            score = saved_score(window, "sab")
            assert [voice["voice"] for voice in expected[0]["voices"]] == ["alto", "baritone"]
            assert not score.voices[2].notes
            assert_has(replace(score, voices=(*score.voices[:2], score.voices[3])), melody, expected[0])
            window.undo()
            window.wait_changed()
            assert notes_as_saved(window.save()) == notes_as_saved(before)


# -- a server that is slow, or wrong -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with stand_in() as running:
        yield running


@pytest.fixture(scope="module")
def opened_window(
    musescore: str, server: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Window, str]]:
    folder = tmp_path_factory.mktemp("window")
    with opened(musescore, folder, with_empty_staves(HYMN, measures=5), server.port) as window:
        dialog = window.open_dialog(DIALOG)
        window.place(dialog, *BESIDE)
        yield window, dialog


@pytest.fixture
def window(opened_window: tuple[Window, str], server: StandIn) -> Iterator[Window]:
    """The window with the score as it was saved, and a server that behaves."""
    with ExitStack() as after:
        after.callback(opened_window[0].undo_all)
        after.callback(server.reset)
        yield opened_window[0]


@pytest.fixture
def dialog(opened_window: tuple[Window, str]) -> str:
    return opened_window[1]


def start(window: Window, dialog: str) -> bytes:
    """Press the start button. Returns the dialog's picture before that."""
    before = window.wait_still(dialog)
    window.focus(dialog)
    window.press(*START)
    return before


def assert_refused(window: Window, dialog: str, before: bytes, name: str) -> None:
    """The dialog shows another message, and the score stays."""
    window.wait_still(dialog, other_than=before)
    window.picture(name)
    assert not window.changed()


def test_a_slow_request_is_cancelled_by_a_key_and_changes_nothing(
    window: Window, dialog: str, server: StandIn
) -> None:
    server.hold()
    before = start(window, dialog)
    task = server.next_task()
    working = window.wait_still(dialog, other_than=before)
    window.picture("working")
    window.press("Escape")
    assert server.next_cancel().path == f"/v1/requests/{task.body['id']}"
    assert_refused(window, dialog, working, "cancelled")
    server.release()
    start(window, dialog)  # and it can be started again
    window.wait_changed()


def test_a_score_that_was_edited_meanwhile_stays_as_the_musician_left_it(
    window: Window, dialog: str, server: StandIn
) -> None:
    server.hold()
    before = start(window, dialog)
    server.next_task()
    working = window.wait_still(dialog, other_than=before)
    window.focus(window.main)
    window.press("ctrl+Home", *("Right",) * 6, "Up")  # a half step up
    window.wait_changed()
    server.release()
    window.wait_still(dialog, other_than=working)
    window.picture("edited-meanwhile")
    window.undo()  # what the musician did is the only step there is
    window.wait_unchanged()


@pytest.mark.parametrize("wrong", ["rubbish", "hung-up", "error", "notes-after-the-end"])
def test_a_wrong_reply_changes_nothing(window: Window, dialog: str, server: StandIn, wrong: str) -> None:
    if wrong == "rubbish":
        server.raw = b'{"alternatives": [{"voices": "la la la"'
    elif wrong == "hung-up":
        server.hangs_up = True
    elif wrong == "error":
        server.error = (
            422,
            error_of("bad_score", "the soprano sings G6 in measure 2", "write it an octave lower"),
        )
    else:
        server.reply = after_the_end
    before = start(window, dialog)
    server.next_task()
    assert_refused(window, dialog, before, wrong)


def after_the_end(task: str, body: dict[str, Any]) -> dict[str, Any]:
    """A reply whose last alto note is too long for the score."""
    reply = drones(task, body)
    reply["alternatives"][0]["voices"][0]["events"][-1]["ticks"] *= 2
    return reply


def test_next_refuses_to_write_over_what_the_musician_changed(
    window: Window, dialog: str, server: StandIn
) -> None:
    start(window, dialog)
    window.wait_changed()
    window.save()
    before = window.wait_still(dialog)
    window.undo()
    window.wait_changed()
    window.focus(dialog)
    window.press(*NEXT)
    window.wait_still(dialog, other_than=before)
    window.picture("touched")
    window.focus(window.main)
    window.press("ctrl+shift+z")  # redo works, so nothing was written since
    window.wait_unchanged()
    window.undo()
    window.wait_changed()
    window.save()
