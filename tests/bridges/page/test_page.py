"""The browser page: its modules in Node, and the whole page in a real Chromium with the real server.

The browser is started once. ``browser.mjs`` uses the page as a musician does and records what is seen; the
tests here say what must have been seen.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from closed_hymn import HYMN, LONG_COMPOSER, LONG_TITLE, VOICE_NAMES, braced, long_hymn, sounding_at
from closed_hymn import places as places_in
from common import DATA, SCORES, assert_valid, bare, host_or_skip, musescore_or_skip, sounding
from node_support import tools
from osc_hosts.running import Program
from rehearsal_piece import VOICES, rehearsal_piece
from repeat_documents import PLANS, orders_in_musescore, repeat_document
from ripieno.ensembles.read import ensemble_named, ensemble_names
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges import page
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.midi import read_midi
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml

HERE = Path(__file__).parent
# what has controls of its own in index.html; every other setting of HTTP is one of "More settings"
FIELDS_OF_THE_PAGE = {
    *(
        "model",
        "melody",
        "tune",
        "bars",
        "meter",
        "pickup",
        "given",
        "given_notes",
        "voices",
        "selection",
        "amount",
        "temperature",
    ),
    *("alternatives", "seed", "layout", "transpose", "ensemble"),
}
TWINKLE = next(path for path in SCORES if path.stem == "twinkle")
RIPIENO = (sys.executable, "-c", "from ripieno_bridges.cli.main import main; main()")
PATIENCE_SECONDS = 120.0
MIN_CONTRAST = 4.5  # what WCAG asks of text
SCRIPTS = sorted(page.FOLDER.glob("*.js"))
FIFTHS = """soprano: C5:4 D5 E5:2
alto: E4:4 F4 G4:2
tenor: G3:4 G3 G3:2
bass: F3:4 G3 C3:2"""
OF_ENSEMBLES = {
    "ssatb": """soprano 1: C5:4 D5 E5:2
soprano 2: G4:4 B4 C5:2
alto: E4:4 G4 G4:2
tenor: G3:4 D4 C4:2
bass: C3:4 G2 C3:2""",
    "sab": """soprano: C5:4 D5 E5:2
alto: G4:4 B4 C5:2
baritone: E3:4 G3 C3:2""",
    "ttbb": """tenor 1: C4:4 D4 E4:2
tenor 2: G3:4 B3 C4:2
bass 1: E3:4 G3 G3:2
bass 2: C3:4 G2 C3:2""",
}
TUNE = "melody: G3:4 A3 B3 C4 | D4 C4 B3 A3 | G3 B3 D4 B3 | A3 B3 G3:2"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<score-partwise version="4.0"><part-list/><work><work-title>&b;</work-title></work></score-partwise>"""
EVIL = "</text><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


# -- the files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*SCRIPTS, page.FOLDER / "index.html"], ids=lambda path: path.name)
def test_the_page_asks_nobody_but_the_server_that_brought_it(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"(?:https?:)?//(?=[\w-]+\.[\w.]+)[^\s\"']*", text) == []


def test_the_page_has_no_script_or_style_inside_its_html() -> None:
    html = (page.FOLDER / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", html) == []


def test_no_name_of_a_class_is_one_that_the_engraver_has_too() -> None:
    ours = set(re.findall(r"^\.([\w-]+)", (page.FOLDER / "score.css").read_text("utf-8"), re.MULTILINE))
    assert ours & {"score", "layer", "flag", "staff", "measure", "note", "label", "dots", "system"} == set()


def test_the_logic_does_what_its_tests_in_node_say() -> None:
    node = host_or_skip(shutil.which("node"), "Node")
    done = subprocess.run(
        [node, "--test", HERE / "logic.test.mjs"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout


# -- the browser -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What ``browser.mjs`` recorded, and the folder with its downloads."""

    values: dict[str, Any]
    folder: Path

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def data(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def score(self, name: str) -> Score:
        return read_musicxml(self.data(name), name).score


def lay_out_files(folder: Path) -> None:
    """Write the files that the browser will open in the page."""
    title = EVIL.replace("&", "&amp;").replace("<", "&lt;")
    twinkle = TWINKLE.read_text("utf-8")
    files = {
        "fifths.musicxml": write_musicxml(parse_score(FIFTHS)),
        "song.musicxml": (DATA / "cases" / "03-song-with-piano.musicxml").read_bytes(),
        "rehearsal.musicxml": rehearsal_piece(),
        "hymn.musicxml": write_musicxml(parse_score(HYMN), layout="closed"),
        "long-open.musicxml": long_hymn("open"),
        "long-closed.musicxml": long_hymn("closed"),
        "long-braced.musicxml": braced(long_hymn("closed")),
        "bomb.musicxml": BOMB,
        "nonsense.mid": b"MThd\0\0\0\6\0\1\0\2\0\xf0MTrk\xff\xff\xff\xff",
        "long.musicxml": twinkle.replace("<duration>1<", "<duration>1000000000<", 1).encode(),
        "high.musicxml": twinkle.replace("<octave>4<", "<octave>6<").encode(),
        "script.musicxml": twinkle.replace("Twinkle, Twinkle, Little Star", title, 1).encode(),
    }
    files |= {
        f"{name}.musicxml": write_musicxml(parse_score(text), ensemble=ensemble_named(name))
        for name, text in OF_ENSEMBLES.items()
    }
    files["tune.musicxml"] = write_musicxml(parse_score(TUNE))
    files |= {f"repeats-{name}.musicxml": repeat_document(plan).encode() for name, plan in PLANS.items()}
    for name, data in files.items():
        (folder / name).write_bytes(data)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run browser.mjs once."""
    program = host_or_skip(shutil.which("chromium") or shutil.which("google-chrome"), "Chromium")
    if page.missing():
        pytest.skip(f"the page's libraries are not there; {page.HOW_TO_GET_THEM}")
    folder = tmp_path_factory.mktemp("page")
    lay_out_files(folder)
    serve = (*RIPIENO, "serve", "--port", "0", "--http-port", "0")
    with Program(serve, folder=folder) as server:
        found = re.search(r"open (\S+) in", server.line(r"open \S+ in", seconds=PATIENCE_SECONDS))
        assert found is not None
        run_browser(program, found[1], folder, server)
    return Seen(json.loads((folder / "seen.json").read_bytes()), folder)


def run_browser(program: str, address: str, folder: Path, server: Program) -> None:
    """Run browser.mjs, and stop the server when it says so."""
    script: list[str | Path] = ["node", HERE / "browser.mjs", program, address, folder]
    environment = os.environ | {"NODE_PATH": str(tools())}
    browser = subprocess.Popen(
        script,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert browser.stdout is not None
    assert browser.stdin is not None
    try:
        line = browser.stdout.readline()
        if line:
            server.__exit__()
        _, faults = browser.communicate("it is stopped\n" if line else None, timeout=PATIENCE_SECONDS)
    finally:
        browser.kill()
        browser.wait()
    assert browser.returncode == 0, faults


host = pytest.mark.host


@host
def test_nothing_leaves_this_machine_and_the_browser_complains_of_nothing(seen: Seen) -> None:
    hosts = {re.sub(r"^(\w+:(?://[^/:]+)?).*", r"\1", url) for url in seen["requests"]}
    assert hosts <= {"http://127.0.0.1", "blob:", "data:"}
    assert seen["errors"] == []


@host
def test_every_tune_is_there_and_a_melody_gets_three_voices(seen: Seen) -> None:
    assert len(seen["examples"]) == len(SCORES)
    assert seen["offer"] == "Write alto, tenor, bass"
    assert seen["working"] == "Writing alto, tenor, bass"
    assert_valid(seen.data("harmonized.musicxml"))
    assert [bool(voice.notes) for voice in seen.score("harmonized.musicxml").voices] == [True] * 4


@host
def test_what_is_new_is_shown_as_new_and_what_was_given_is_not(seen: Seen) -> None:
    assert seen["notesBefore"] == {"0": [42, 0]}
    (given, fresh), *others = seen["notesAfter"].values()
    assert (given, fresh) == (42, 0)
    assert len(others) == 3
    assert all(notes == written > 0 for notes, written in others)


@host
@pytest.mark.parametrize(
    "name", ["harmonized.musicxml", "second.musicxml", "rewritten.musicxml", "after.musicxml"]
)
def test_the_given_voice_stays_exactly_whatever_is_pressed(seen: Seen, name: str) -> None:
    given = read_musicxml(TWINKLE.read_bytes(), "twinkle.musicxml").score
    assert sounding(seen.score(name).voices[0]) == sounding(given.voices[0])


@host
def test_three_versions_are_shown_and_another_one_can_be_taken(seen: Seen) -> None:
    assert len(seen["versions"]) == 3
    assert [re.match(r"No. \d\d+ %", row) is not None for row in seen["figures"]] == [True] * 3
    assert seen["otherVersion"]
    assert bare(seen.score("second.musicxml")) != bare(seen.score("harmonized.musicxml"))


@host
def test_the_cards_show_the_first_measures_that_differ_with_the_given_voice_in_black(seen: Seen) -> None:
    found = re.fullmatch(r"Here: measures (\d+)\u2013(\d+), the first that differ", plain(seen["pictured"]))
    assert found is not None
    start = 4 * int(found[1]) - 4  # Twinkle has no upbeat, and 4 quarters a measure

    def notes(version: list[dict[str, Any]], end: float) -> set[tuple[str, float, float, int]]:
        return {
            (line["voice"], note["onset"], note["duration"], note["pitch"])
            for line in version
            for note in line["notes"]
            if note["onset"] < end
        }

    first, *others = seen["replyVersions"]
    assert all(notes(first, start) == notes(other, start) for other in others)
    assert any(notes(first, start + 4) != notes(other, start + 4) for other in others)
    for card in seen["versions"]:
        assert [staff for staff, *_ in card["notesByStaff"]] == [1, 2, 3, 4] * 2
        assert all(new == (0 if staff == 1 else every) for staff, every, new in card["notesByStaff"])


@host
def test_each_other_card_says_how_it_differs(seen: Seen) -> None:
    mine, *others = [card["facts"] for card in seen["versions"]]
    assert mine[1:] == [fact for fact in mine if fact.endswith("position")]
    differences = [version["difference"] for version in seen["replyHarmonies"]]
    assert [facts[-1] for facts in others] == [f"Unlike No. 1: {said}" for said in differences[1:]]
    assert all(re.search(r"\bin measures? \d", said) for said in differences[1:])


@host
def test_roman_numerals_stand_under_the_score_where_they_are_switched_on(seen: Seen) -> None:
    off, on, other = seen["numerals"]
    chords = seen["replyHarmonies"][0]["chords"]
    assert off == {"shown": [], "bar": "measure\u00a01", "below": True}
    assert len(on["shown"]) == len(chords)
    assert on["shown"][0] == f"C: {chords[0]['figure']}"
    first = [chord["figure"] for chord in chords if chord["measure"] == "1"]
    assert on["bar"] == f"measure\u00a01: {', '.join(['C major', *first])}"
    assert on["below"]
    assert len(other["shown"]) == len(seen["replyHarmonies"][1]["chords"])


def printed(symbol: str) -> str:
    """A chord symbol as the page prints it."""
    return re.sub(r"(?<=[A-G])b|b(?=\d)", "♭", symbol).replace("#", "♯")


def pitches_at(score: Score, time: float) -> list[int]:
    """What sounds at a time, in quarters."""
    return [n.pitch for voice in score.voices for n in voice.notes if n.onset <= time < n.end]


@host
def test_the_chords_of_the_version_stand_over_its_systems_and_can_be_hidden(seen: Seen) -> None:
    chords = seen["chords"]
    assert chords["before"] == [False, 0]
    assert chords["written"]["shown"] == [printed(chord["symbol"]) for chord in chords["reply"]]
    assert chords["off"]["shown"] == []
    for boxes in (chords["boxes"], chords["boxesOnTelephone"]):
        for _, _, top, bottom in boxes["labels"]:
            assert not any(bottom > system[0] and top < system[1] for system in boxes["systems"])
        for a, b in itertools.combinations(boxes["labels"], 2):
            assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]


@host
def test_with_the_keys_another_chord_is_chosen_and_only_the_measures_around_it_change(seen: Seen) -> None:
    chords = seen["chords"]
    third = chords["reply"][2]
    assert chords["third"]["focus"].startswith(f"{printed(third['symbol'])}, ")
    others = [chord for chord in chords["fitting"] if chord["symbol"] != third["symbol"]]
    assert chords["menu"] == [printed(chord["symbol"]) for chord in others]
    assert chords["inMenu"]["focus"] == chords["menu"][0]
    taken, symbol = others[1], printed(others[1]["symbol"])
    assert chords["settled"]["kept"] == [chords["settled"]["focus"]]
    assert chords["settled"]["focus"].startswith(f"{symbol}, ")
    start, end = chords["chosen"]["selection"]
    before, after = seen.score("chords-before.musicxml"), seen.score("chords-chosen.musicxml")
    assert {pitch % 12 for pitch in pitches_at(after, third["onset"])} == {p % 12 for p in taken["pitches"]}
    outside = [
        [(v.name, n.onset, n.pitch) for v in score.voices for n in v.notes if not start <= n.onset < end]
        for score in (before, after)
    ]
    assert outside[0] == outside[1]
    assert f"--chords '{chords['chosen']['chords']}'" in chords["recipe"]


@host
def test_a_chosen_chord_is_one_step_of_undo(seen: Seen) -> None:
    chords = seen["chords"]
    assert (chords["undone"]["isBack"], chords["undone"]["kept"]) == (True, [])
    assert chords["redone"]["kept"] == chords["settled"]["kept"]


@host
def test_a_typed_chord_is_taken_or_what_is_wrong_is_said_beside_it(seen: Seen) -> None:
    chords = seen["chords"]
    fault, focus = chords["fault"]
    assert fault.startswith('"Cfoo": "foo" is no kind of chord; write one such as F, Fm')
    assert focus == "Another chord"
    assert chords["typed"]["chords"].startswith("Cmaj7/E ")
    assert chords["taken"]["kept"][0].startswith("Cmaj7/E, ")
    assert len(chords["taken"]["kept"]) == 2


@host
def test_keeping_and_freeing_a_chord_writes_nothing_and_the_next_writing_obeys(seen: Seen) -> None:
    chords = seen["chords"]
    assert len(chords["keptToo"]["kept"]) == 3
    assert re.fullmatch(r"\S+ in measure 12, beat \d stays from now on\.", chords["keptToo"]["said"])
    assert (chords["freed"]["kept"], chords["freed"]["isSame"]) == (chords["taken"]["kept"], True)
    assert chords["closed"][0] == 0
    assert chords["closed"][1].startswith("Cmaj7/E, ")
    assert chords["menuIsClosed"]
    assert chords["whole"]["chords"].count("|") == 11
    anew = seen.score("chords-anew.musicxml")
    assert {pitch % 12 for pitch in pitches_at(anew, 0)} == {0, 4, 7, 11}
    assert min(pitches_at(anew, 0)) % 12 == 4


@host
def test_the_menu_of_a_chord_stays_inside_of_a_telephone(seen: Seen) -> None:
    left, right = seen["chords"]["onTelephone"]
    assert 0 <= left < right <= 400


@host
def test_the_least_original_measures_are_bracketed_and_explained(seen: Seen) -> None:
    assert "% of the notes of measures" in seen["originality"]
    assert seen["brackets"] >= 1


@host
def test_the_recipe_makes_the_same_notes_in_the_terminal(
    seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = next(line for line in seen["recipe"].splitlines() if line.startswith("ripieno harmonize"))
    options = "--model lstm-chorales --alternatives 3 --seed 3 -o twinkle-1.musicxml"
    assert line == f"ripieno harmonize twinkle.musicxml {options}"
    shutil.copy(TWINKLE, tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, line.split()[1:])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "twinkle-1.musicxml").read_bytes() == seen.data("harmonized.musicxml")


@host
def test_every_field_has_the_bounds_and_help_of_its_setting_or_says_that_it_is_narrower(seen: Seen) -> None:
    settings = {setting["key"]: setting for setting in seen["settings"]}
    ids = [id_ for id_, *_ in seen["fields"]]
    assert ids == ["compose-bars", "continue-bars", "amount", "temperature", "alternatives", "seed"]
    for id_, data, least, most, value, title in seen["fields"]:
        setting = settings[data["setting"]]
        assert least == data.get("min", str(setting["minimum"])), id_
        assert most == data.get("max", str(setting["maximum"])), id_
        default = (setting["defaults"] or {}).get(data.get("task"), setting["default"])
        assert value == data.get("start", "" if default is None else str(default)), id_
        assert title == setting["help"], id_
    narrower = {id_: data for id_, data, *_ in seen["fields"] if {"min", "max", "start"} & set(data)}
    assert {id_: {k: v for k, v in data.items() if k != "setting"} for id_, data in narrower.items()} == {
        "temperature": {"max": "1.2", "step": "0.05", "start": "0.3"},
        "alternatives": {"max": "8", "start": "3"},
        "continue-bars": {"task": "continue", "max": "64"},
        "amount": {"min": "0.05", "step": "0.05"},
    }


@host
def test_a_row_that_is_added_to_the_table_is_a_field_under_more_settings(seen: Seen) -> None:
    others = [s for s in settings_of("http").values() if s.name not in FIELDS_OF_THE_PAGE]
    known = [s for s in others if not s.families or "lstm" in s.families]
    labels = [f"{s.label}, in milliseconds" if s.kind.name == "milliseconds" else s.label for s in known]
    assert seen["moreSettings"] == [*labels, "Boldness"]
    assert seen["addedField"] == ["0", "5", "shy"]
    assert seen["addedHelp"] == "How bold the bass is."
    assert (seen["namelessInMore"], seen["missedInMore"]) == ([], [])
    assert seen["narrowMore"] <= 400


@host
def test_threshold_is_offered_for_an_rbm_and_neither_shown_nor_sent_for_the_lstm(seen: Seen) -> None:
    assert set(seen["moreOfRbm"]) - set(seen["moreSettings"]) == {"Threshold"}
    assert "beam" in seen["sentOfMore"]
    assert not {"threshold", "boldness", "top_p"} & set(seen["sentOfMore"])


@host
def test_more_settings_are_checked_and_stand_in_the_recipe(seen: Seen) -> None:
    assert seen["beamFault"] == 'Beam "99" is impossible; give a whole number from 1 to 16, or nothing.'
    assert "beam: 2\n" in seen["recipeOfMore"]
    assert " --beam 2 -o twinkle-1.musicxml" in seen["recipeOfMore"]


@host
def test_play_sounds_and_the_cursor_moves(seen: Seen) -> None:
    assert seen["loudness"] > 0.01
    (before, first), (after, second) = seen["cursor"]
    assert after > before + 1
    assert first != second
    assert seen["lit"] == 4
    assert seen["stopped"] == [False, True]


@host
def test_muted_voices_are_silent_and_play_begins_at_the_selected_bar(seen: Seen) -> None:
    assert seen["mutedLoudness"] < 1e-3
    assert 16 <= seen["startedAt"] < 20


def plain(text: str) -> str:
    """The text with plain spaces where the page's break no line."""
    return text.replace("\xa0", " ")


def places(score: Score, voice: int, measure: int, *, inside: bool) -> list[tuple[object, ...]]:
    """The notes of a voice that begin in a measure, or those that do not."""
    at = score.measures[measure]
    notes = sounding(score.voices[voice])
    return [n for n in notes if (at.onset <= n[0] < at.onset + at.duration) == inside]


@host
def test_only_the_selected_bar_of_the_voices_that_may_be_written_changes(seen: Seen) -> None:
    assert seen["selected"] == 1
    assert seen["dragged"].replace("\xa0", " ") == "Write alto, tenor, bass in measures 2\u20135"
    assert seen["extended"].replace("\xa0", " ") == "Write alto, tenor, bass in measures 3\u20134"
    assert seen["offerForABar"].replace("\xa0", " ") == "Write alto, tenor in measure 3"
    assert_valid(seen.data("rewritten.musicxml"))
    before, after = seen.score("harmonized.musicxml"), seen.score("rewritten.musicxml")
    for voice in (0, 3):
        assert sounding(after.voices[voice]) == sounding(before.voices[voice])
    for voice in (1, 2):
        assert places(after, voice, 2, inside=False) == places(before, voice, 2, inside=False)
        assert places(after, voice, 2, inside=True) != []
    assert seen["notesRewritten"]["0"][1] == 0


@host
def test_undo_and_redo_give_every_state_back(seen: Seen) -> None:
    assert seen["undone"]
    assert seen["redone"]


@host
def test_the_midi_file_has_the_same_notes_and_the_svg_is_one_with_the_title(seen: Seen) -> None:
    assert (seen["midiName"], seen["svgName"]) == ("twinkle-harmonized.mid", "twinkle-harmonized.svg")
    assert seen["lilypondName"] == "twinkle-harmonized.ly"
    assert b"soprano = " in seen.data("rewritten.ly")
    assert seen["midiDragged"] == {"type": "audio/midi", "name": "twinkle-harmonized.mid"}
    assert seen.data("dragged.mid") == seen.data("rewritten.mid")
    midi = read_midi(seen.data("rewritten.mid"), "rewritten.mid").score
    assert sorted(map(str, bare(midi))) == sorted(map(str, bare(seen.score("rewritten.musicxml"))))
    svg = etree.fromstring(seen.data("rewritten.svg"))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Twinkle, Twinkle, Little Star" in " ".join("".join(svg.itertext()).split())


@host
def test_continue_and_vary_leave_a_valid_score_and_given_voices_as_they_are(seen: Seen) -> None:
    assert seen["grown"] == 2
    assert_valid(seen.data("varied.musicxml"))
    grown, varied = seen.score("grown.musicxml"), seen.score("varied.musicxml")
    assert seen["givenToVary"] == ["soprano"]
    assert varied.voices[0] == grown.voices[0]
    assert varied.voices[1:] != grown.voices[1:]


@host
def test_cancel_says_so_and_changes_nothing_and_the_next_piece_comes(seen: Seen) -> None:
    assert seen["cancelled"] == "Cancelled; nothing was changed."
    assert seen["keptByCancel"]
    assert [duration for _, duration in seen["composed"]] == [1, 3, 3, 3, 3]


@host
def test_a_fault_is_marked_at_its_notes_with_its_sentence(seen: Seen) -> None:
    assert any("parallel fifths" in fault for fault in seen["faults"])
    assert seen["tip"]
    assert seen["faults"][0].startswith(seen["tip"])
    assert seen["markedHeads"]
    assert all(len(near) == 1 for near in seen["markedHeads"])


@host
@pytest.mark.parametrize("name", ["bomb.musicxml", "nonsense.mid", "long.musicxml"])
def test_a_bad_file_gets_a_sentence_and_the_score_stays(seen: Seen, name: str) -> None:
    assert len(seen["refusals"][name]) > 20
    assert "Traceback" not in seen["refusals"][name]
    assert seen["keptByRefusal"] == "high.musicxml"


@host
def test_what_the_engine_refuses_is_marked_at_its_place_and_transposing_is_a_way_out(seen: Seen) -> None:
    assert "measure 1" in seen["complaint"]
    assert [bar.replace("\xa0", " ") for bar in seen["errorPlace"]] == ["measure 1"]
    assert seen["mending"] == "Move the piece into the range"
    assert seen["messageAfterMending"] == ""
    assert " --strict-range -o high-1.musicxml" in seen["recipeOfStrict"]
    assert seen["tickOfMending"]
    assert seen["moved"].lower().count("the piece was moved by \u2212") == 1


@host
def test_a_title_is_only_text(seen: Seen) -> None:
    assert seen["message"] == ""
    assert seen["title"] == EVIL
    assert seen["hacked"] is None


@host
def test_every_control_has_a_name_and_tab_reaches_all(seen: Seen) -> None:
    assert (seen["namelessAtFirst"], seen["nameless"]) == ([], [])
    assert (seen["missedAtFirst"], seen["missed"]) == ([], [])
    assert (seen["namelessInMixer"], seen["missedInMixer"]) == ([], [])


@host
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_readable_in_light_and_dark(seen: Seen, scheme: str) -> None:
    assert {pair: ratio for pair, ratio in seen["contrast"][scheme].items() if ratio < MIN_CONTRAST} == {}


@host
def test_it_fits_a_phone_with_the_great_button_in_view(seen: Seen) -> None:
    width, score = seen["narrow"]
    assert width <= 400
    assert 0 < score <= 400
    assert seen["narrowWrite"]


@host
def test_on_paper_stands_the_score_with_its_title_and_nothing_else(seen: Seen) -> None:
    assert seen["printed"] == ["sheets"]
    assert "window.hacked" in seen["printedTitle"]


@host
def test_the_page_leads_to_the_listening_test_and_back(seen: Seen) -> None:
    assert seen["listeningTest"] == ["Which one is by Bach?", "Question 1 of 10"]
    assert seen["backFromTest"] == "Bring a melody"


@host
def test_where_the_server_is_gone_it_says_how_to_start_it_and_nothing_is_lost(seen: Seen) -> None:
    assert "ripieno serve" in seen["gone"]
    assert seen["keptByLoss"]


# -- a closed score ----------------------------------------------------------------------------------------


@host
def test_a_full_closed_score_offers_its_inner_voices(seen: Seen) -> None:
    why = "Nothing is missing. Soprano and bass stay; alto and tenor become ripieno\u2019s."
    assert seen["fullOffer"] == ["Regenerate alto, tenor", why]


@host
@pytest.mark.parametrize("voice", VOICE_NAMES)
def test_in_a_closed_score_only_the_voice_that_was_written_is_coloured_and_shaded(
    seen: Seen, voice: str
) -> None:
    looked, there = seen["closed"][voice], places_in(seen.data(f"hymn-{voice}.musicxml"))
    assert looked["offer"] == f"Regenerate {voice}"
    assert in_order(looked["all"]) == in_order(note for notes in there.values() for note in notes)
    assert in_order(looked["coloured"]) == in_order(there[voice])
    assert set(in_order(looked["shaded"])) == set(there[voice])


@host
@pytest.mark.parametrize("voice", VOICE_NAMES)
def test_in_a_closed_score_a_mute_button_has_the_notes_of_its_voice_and_no_other(
    seen: Seen, voice: str
) -> None:
    looked, there = seen["closed"][voice], places_in(seen.data(f"hymn-{voice}.musicxml"))
    assert {name: in_order(notes) for name, notes in looked["muted"].items()} == there


@host
def test_in_a_closed_score_the_tenor_sounds_where_the_others_are_muted_and_nothing_where_all_are(
    seen: Seen,
) -> None:
    alone, silent = seen["tenorAlone"]
    assert alone > 0.01
    assert silent < 1e-3


@host
def test_in_a_closed_score_the_rings_are_on_the_notes_of_the_voices_that_the_fault_names(seen: Seen) -> None:
    faults = [(voice, fault) for voice in VOICE_NAMES for fault in seen["closed"][voice]["faults"]]
    assert {name for _, fault in faults for name in fault["voices"]} >= {"soprano", "alto"}
    for voice, fault in faults:
        data = seen.data(f"hymn-{voice}.musicxml")
        meant = [place for name in fault["voices"] for place in sounding_at(data, name, fault["onset"])]
        assert set(in_order(fault["ringed"])) == set(meant), fault["sentence"]


def in_order(notes: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Places of notes as a sorted list of tuples."""
    return sorted(tuple(note) for note in notes)


# -- paper -------------------------------------------------------------------------------------------------


@host
@pytest.mark.parametrize("way", ["printed", "saved"])
@pytest.mark.parametrize("kind", ["open", "closed", "braced"])
def test_on_paper_nothing_is_cut_off_and_no_word_or_title_is_struck_through(
    seen: Seen, kind: str, way: str
) -> None:
    found = seen["paper"][kind][way]
    assert found["labels"] > 4
    assert found["words"] > 100
    assert found["pages"] == 1 if way == "saved" else found["pages"] > 1
    assert (found["cut"], found["struck"], found["covered"]) == ([], [], [])


@host
@pytest.mark.parametrize("way", ["printed", "saved"])
def test_on_paper_title_poet_and_composer_stand_in_full_however_long_they_are(seen: Seen, way: str) -> None:
    heading = " ".join(seen["paper"]["closed"][way]["heading"])
    assert all(text in heading for text in (LONG_TITLE, LONG_COMPOSER, "Somebody Else"))


# -- work that must not be lost ----------------------------------------------------------------------------


@host
def test_a_reload_gives_everything_back_with_versions_undo_and_settings(seen: Seen) -> None:
    assert re.fullmatch(r"Go on with “Old Hundredth” from \d\d:\d\d\?", seen["offeredWork"])
    assert seen["sameAfterReload"]
    assert seen["seedAfterReload"] == "5"
    assert seen["undoneAfterReload"] == "Write alto, tenor, bass"
    assert seen["redoneAfterReload"] == "Regenerate alto, tenor, bass"


@host
def test_leaving_asks_only_where_something_is_not_saved(seen: Seen) -> None:
    assert seen["asked"] == [["beforeunload", "written"]]


@host
def test_work_that_another_page_has_is_not_offered_and_forgotten_work_is_gone(seen: Seen) -> None:
    assert not seen["offeredElsewhere"]
    assert not seen["offeredAgain"]


@host
def test_without_the_tick_nothing_is_kept(seen: Seen) -> None:
    assert not seen["offeredThoughForbidden"]
    assert not seen["tickAfterForbidding"]


@host
def test_a_browser_without_a_database_works_and_says_nothing(seen: Seen) -> None:
    assert seen["withoutDatabase"] == ["", False, False]


# -- what is heard -----------------------------------------------------------------------------------------


@host
def test_repeats_endings_and_jumps_are_played_as_musescore_plays_them(seen: Seen, tmp_path: Path) -> None:
    theirs = orders_in_musescore(musescore_or_skip(tmp_path / "home"), tmp_path)
    assert {f"repeats-{name}.musicxml": order for name, order in theirs.items()} == seen["orders"]


@host
def test_another_version_goes_on_where_the_first_one_was(seen: Seen) -> None:
    assert seen["otherVersionPlays"] == [True, True, "130"]
    assert seen["soundsAfterSwitch"]
    places = seen["placesPlayed"]
    (back,) = (i for i in range(1, len(places)) if places[i] < places[i - 1])  # one repeat, no new beginning
    assert places[back] < 2.1
    assert not [place for place in places[back:] if 2.1 < place < 3.9]  # the first ending is not played again
    assert places[-1] > 7.5


# -- a rehearsal -------------------------------------------------------------------------------------------


@pytest.fixture
def rehearsal(seen: Seen) -> dict[str, Any]:
    """What rehearsal.mjs recorded."""
    recorded: dict[str, Any] = seen["rehearsal"]
    return recorded


@pytest.fixture
def heard(rehearsal: dict[str, Any]) -> dict[str, float]:
    """The loudness of moments of the rehearsal, as root mean squares; rehearsal.mjs says which."""
    return dict(rehearsal["heard"])


@host
def test_the_mixer_has_a_row_for_each_of_five_voices_with_the_names_of_the_score(
    rehearsal: dict[str, Any],
) -> None:
    assert rehearsal["names"] == list(VOICES)
    assert rehearsal["labels"] == ["Mute the Soprano 1", "Solo: Soprano 1", "Volume of Soprano 1"]


@host
def test_a_voice_that_is_alone_sounds_on_and_silences_the_others(
    rehearsal: dict[str, Any], heard: dict[str, float]
) -> None:
    assert rehearsal["silent"] == list(VOICES)[1:]
    assert heard["bassWithAll"] > 0.005
    assert heard["bassWhileAlone"] < 0.01 * heard["bassWithAll"]
    assert heard["topAlone"] > 0.01


@host
def test_half_the_volume_is_12_db_softer_as_the_fader_says(
    rehearsal: dict[str, Any], heard: dict[str, float]
) -> None:
    assert rehearsal["half"] == "\u221212 dB"
    assert heard["half"] == pytest.approx(heard["full"] / 4, rel=0.1)


@host
def test_at_half_the_tempo_a_measure_is_twice_as_long_with_the_same_pitch_and_it_changes_while_it_plays(
    rehearsal: dict[str, Any], heard: dict[str, float]
) -> None:
    assert rehearsal["tempo"] == "50 percent, 60 quarters a minute"
    sounding = {name for name in ("slowBefore", "slowBegun", "slowHeld", "fasterOver") if heard[name] > 0.01}
    assert sounding == {"slowBegun", "slowHeld"}
    assert heard["fasterNext"] > 0.01


@host
def test_a_loop_has_the_selected_measure_over_and_over_and_a_picture_in_the_score(
    rehearsal: dict[str, Any], heard: dict[str, float]
) -> None:
    rounds = [heard[f"loopE{index}"] for index in range(3)]
    assert rounds == [pytest.approx(rounds[0], rel=0.05)] * 3
    assert rounds[0] > 0.01
    assert max(heard[f"loopG{index}"] for index in range(3)) < 0.1 * rounds[0]
    assert 4 <= rehearsal["loopPosition"] < 8
    assert rehearsal["picture"] == [{"kinds": "loop-span opens closes", "isThere": True}]
    assert plain(rehearsal["said"]) == "Measure 2: over and over."


@host
def test_a_count_in_clicks_for_a_measure_before_the_first_note(
    rehearsal: dict[str, Any], heard: dict[str, float]
) -> None:
    assert min(heard["click"], heard["lastClick"]) > 0.02
    assert max(heard["afterClick"], heard["bassBefore"]) < 1e-4
    assert rehearsal["positionWhileCounting"] == 0
    assert rehearsal["endedBySelf"]


@host
def test_a_note_that_is_sung_again_is_heard_as_two(heard: dict[str, float]) -> None:
    assert heard["between"] < 0.5 * min(heard["struck"], heard["struckAgain"])


@host
def test_the_mixer_is_kept_from_version_to_version(seen: Seen) -> None:
    before, after = seen["mixed"]
    assert sum(before) == 2
    assert after == before


@host
def test_escape_closes_the_mixer_and_the_focus_stays_there(seen: Seen) -> None:
    assert seen["focusAfterMixer"] == ["mixer", False]


# -- where one is, and what one is told --------------------------------------------------------------------


@host
def test_the_focus_goes_to_the_result_but_leaves_nobody_who_fills_in_a_field(seen: Seen) -> None:
    assert seen["focusAfterOpening"] == "score"
    assert seen["focusAfterWriting"] == "score"
    assert seen["focusWhileTyping"] == "seed"


@host
def test_a_network_of_one_meter_says_so_before_it_plays_in_another(seen: Seen) -> None:
    rag = "dbn-ragtime learned music in 2/4 only. In 6/8 its accents will fall on other beats."
    chorale = "rbm-chorales learned music in 4/4 only. In 6/8 its accents will fall on other beats."
    assert seen["meterNotes"] == ["", rag, chorale]


@host
def test_write_continue_and_vary_are_in_view_on_a_small_laptop(seen: Seen) -> None:
    assert seen["below"] == []


@host
@pytest.mark.parametrize("when", ["full", "working", "written", "remarks"])
def test_on_a_telephone_the_bars_leave_the_score_more_than_half_of_the_height(seen: Seen, when: str) -> None:
    assert seen["left"][when] > 0.6


# -- a note moved by hand ----------------------------------------------------------------------------------


@host
def test_a_note_is_picked_and_moved_with_mouse_and_keys_and_the_screen_reader_hears_it(seen: Seen) -> None:
    edit = {name: text.replace("\xa0", " ") for name, text in seen["edit"].items() if isinstance(text, str)}
    assert edit["picked"] == "Tenor, measure 1: D4. Up and down move it; P ends a phrase."
    assert edit["moved"] == "Tenor, measure 1: D4 is E4 now, and given."
    assert edit["movedBack"] == "Tenor, measure 1: E4 is D\u266f4 now, and given."
    assert edit["byKeys"] == "Soprano, measure 1: A4. Up and down move it; P ends a phrase."
    assert edit["movedByKeys"] == "Soprano, measure 1: A4 is G4 now, and given."
    assert seen["edit"]["released"] is None


@host
def test_a_moved_note_is_given_and_nothing_else_in_the_document_changed(seen: Seen) -> None:
    assert seen["edit"]["black"] == [True]
    notes = [re.split(rb"(?=<note>)", seen.data(f"edit-{when}.musicxml")) for when in ("before", "after")]
    ((_, after),) = [(a, b) for a, b in zip(*notes, strict=True) if a != b]
    assert (b"<step>F</step>" in after, b"<alter>1</alter>" in after) == (True, True)


@host
def test_a_moved_note_stays_when_its_voice_is_regenerated(seen: Seen) -> None:
    before, after, kept = (
        places_in(seen.data(f"edit-{when}.musicxml")) for when in ("before", "after", "kept")
    )
    (moved,) = set(after["tenor"]) - set(before["tenor"])
    assert moved in kept["tenor"]
    assert kept["tenor"] != after["tenor"]
    assert {name: kept[name] for name in ("soprano", "alto", "bass")} == {
        name: before[name] for name in ("soprano", "alto", "bass")
    }


@host
def test_what_was_moved_by_hand_stands_in_the_recipe_and_is_undone_step_by_step(seen: Seen) -> None:
    lines = seen["edit"]["recipe"].replace("\xa0", " ").splitlines()
    assert "Tenor, measure 1: D4 1 step up" in lines
    assert lines[-1].startswith("# by hand: Tenor, measure 1: D4 1 step up; ")
    assert lines[-1].endswith(". Save the MusicXML of then as hymn-2.musicxml")
    assert seen["edit"]["undone"]


# -- phrases and key set by hand ---------------------------------------------------------------------------

AS_FOUND = ["measure 2, beat 3: B4", "measure 4, beat 3: A4", "measure 6, beat 3: G4"]


@host
def test_the_phrases_and_the_key_of_a_tune_are_shown_as_soon_as_it_is_open(seen: Seen) -> None:
    found = seen["phrases"]["found"]
    assert (found["marks"], found["line"]) == (AS_FOUND, "4 phrases, as found")
    assert found["key"] == "G major, as found"
    assert seen["phrases"]["placeholder"] == "2.3, 4.3, 6.3, 8.3 (found)"
    assert seen["phrases"]["named"] == 3  # the last phrase ends with the tune


@host
@pytest.mark.parametrize(
    ("way", "setting", "focus"),
    [
        ("dragged", "2.2, 4.3, 6.3, 8.3", "measure 2, beat 2: A4"),
        ("later", "2.2, 4.4, 6.3, 8.3", "phrase-later"),
        ("keyed", "2.2, 4.2, 6.3, 8.3", "measure 4, beat 2: B4"),
        ("removed", "2.2, 6.3, 8.3", "measure 6, beat 3: G4"),
        ("undone", "2.2, 4.2, 6.3, 8.3", "measure 6, beat 3: G4"),
        ("redone", "2.2, 6.3, 8.3", "measure 6, beat 3: G4"),
        ("added", "2.2, 5.2, 6.3, 8.3", "score"),
        ("addedAndRemoved", "2.2, 6.3, 8.3", "score"),
        ("byButton", "2.2, 5.2, 6.3, 8.3", "measure 5, beat 2: B4"),
        ("touched", "2.1, 5.2, 6.3, 8.3", "measure 2, beat 1: G4"),
    ],
)
def test_the_end_of_a_phrase_is_moved_with_mouse_keys_and_finger_and_the_focus_goes_along(
    seen: Seen, way: str, setting: str, focus: str
) -> None:
    looked = seen["phrases"][way]
    assert (looked["setting"], looked["focus"]) == (setting, focus)
    ends = [re.match(r"measure (\d+), beat (\d+)", mark) for mark in looked["marks"]]
    assert [f"{end[1]}.{end[2]}" for end in ends if end] == setting.split(", ")[:-1]


@host
def test_a_click_on_the_end_of_a_phrase_opens_a_menu_and_a_click_elsewhere_closes_it(seen: Seen) -> None:
    menu = ["\u2190 Earlier", "Later \u2192", "No end here", "All as found"]
    assert (seen["phrases"]["menu"], seen["phrases"]["menuIsClosed"]) == (menu, True)


@host
def test_what_is_set_by_hand_generates_nothing_and_outlives_a_reload(seen: Seen) -> None:
    set_, reloaded = seen["phrases"]["keySet"], seen["phrases"]["reloaded"]
    assert seen["phrases"]["unchanged"]
    assert (set_["key"], seen["phrases"]["keyField"]) == ("E minor", "E minor")
    assert set_["said"] == "The key is E minor from now on."
    assert [reloaded[name] for name in ("setting", "marks", "key")] == [
        set_[name] for name in ("setting", "marks", "key")
    ]


@host
def test_the_next_harmonization_has_the_phrases_and_the_key_and_so_has_the_recipe(
    seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, after = seen["phrases"]["sent"], seen["phrases"]["afterWriting"]
    assert (sent["key"], sent["phrases"]) == ("E minor", "2.1, 5.2, 6.3, 8.3")
    ends = [("2", 1), ("5", 2), ("6", 3), ("8", 3)]
    assert sent["told"] == ["E minor", [{"measure": measure, "beat": beat} for measure, beat in ends]]
    assert (after["setting"], after["key"]) == (sent["phrases"], "E minor")
    line = seen["phrases"]["recipe"].splitlines()[-1]
    assert " --key 'E minor' --phrases '2.1, 5.2, 6.3, 8.3' -o old-hundredth-1.musicxml" in line
    shutil.copy(TWINKLE.with_stem("old-hundredth"), tmp_path)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "old-hundredth-1.musicxml").read_bytes() == seen.data("phrases.musicxml")


@host
def test_places_that_do_not_exist_are_refused_at_once_and_all_can_be_as_found_again(seen: Seen) -> None:
    refused = "Phrases: there is no measure 99; the piece has measures 0 to 8"
    assert seen["phrases"]["refused"] == refused
    assert (seen["phrases"]["none"]["marks"], seen["phrases"]["none"]["setting"]) == ([], "none")
    reset, sent = seen["phrases"]["reset"], seen["phrases"]["sentAsFound"]
    assert (reset["marks"], reset["key"], reset["setting"]) == (AS_FOUND, "G major, as found", "")
    assert (sent["key"], sent["phrases"]) == (None, None)


@host
def test_for_a_pianist_neither_key_nor_phrases_are_shown_or_sent(seen: Seen) -> None:
    assert seen["phrases"]["ofPianist"] == [0, False]
    sent = seen["phrases"]["sentToPianist"]
    assert "model" in sent
    assert not {"key", "phrases"} & set(sent)


# -- other ensembles ---------------------------------------------------------------------------------------


@host
@pytest.mark.parametrize("name", OF_ENSEMBLES)
def test_a_file_for_an_ensemble_is_read_with_its_voices(seen: Seen, name: str) -> None:
    read = seen["ensembles"]["read"][name]
    voices = [line.partition(":")[0].capitalize() for line in OF_ENSEMBLES[name].splitlines()]
    assert read["voices"] == [[voice, "given: stays as it is"] for voice in voices]
    assert read["fault"] == ""


@host
def test_the_ensembles_are_those_that_the_server_has(seen: Seen) -> None:
    assert seen["ensembles"]["choices"] == ["", *ensemble_names()]
    assert seen["ensembles"]["moreSettings"] is None


@host
def test_a_melody_gets_the_other_voices_of_the_ensemble_that_is_chosen(seen: Seen) -> None:
    found = seen["ensembles"]
    assert found["tune"]["offer"] == "Write alto, tenor, bass"
    assert found["tuneForMen"]["ensemble"] == "Men's choir in four parts"
    assert found["tuneForMen"]["offer"] == "Write tenor 2, bass 1, bass 2"
    assert [voice for voice, _ in found["written"]["voices"]] == ["Tenor 1", "Tenor 2", "Bass 1", "Bass 2"]
    new_voices = {name: counts for name, counts in found["newNotes"].items() if name != "tenor 1"}
    assert set(new_voices) == {"tenor 2", "bass 1", "bass 2"}
    assert all(all_notes == new > 0 for all_notes, new in new_voices.values())
    assert "ripieno harmonize tune.musicxml --ensemble ttbb " in found["recipe"]


@host
def test_another_ensemble_keeps_whose_each_voice_is(seen: Seen) -> None:
    found = seen["ensembles"]
    assert found["withoutTenor"]["offer"] == "Regenerate tenor 1"
    voices = dict(found["asMixedChoir"]["voices"])
    assert (voices["Tenor"], voices["Bass"]) == ("to be regenerated", "given: stays as it is")
    assert found["undone"] == found["withoutTenor"]


@host
def test_a_voice_of_the_ensemble_that_was_made_given_stays(seen: Seen) -> None:
    found = seen["ensembles"]
    again = found["writtenAgain"]
    assert again["tenor 1"] == found["newNotes"]["tenor 1"] == [15, 0]
    assert again["bass 1"] == found["newNotes"]["bass 1"]
    assert set(again) == {"tenor 1", "tenor 2", "bass 1", "bass 2"}


# -- another melody ----------------------------------------------------------------------------------------


@host
def test_a_click_on_a_staff_or_in_the_list_chooses_the_melody(seen: Seen) -> None:
    piano = {"soprano": "Piano", "alto": "Alto", "tenor": "Tenor", "bass": "Bass"}
    assert seen["melodies"] == [{"soprano": "Voice"}, {"soprano": "Piano"}, piano, {"soprano": "Voice"}]
    assert seen["melodyStatus"] == "Piano is the melody now."
    assert "ripieno harmonize song.musicxml --melody 2 " in seen["melodyRecipe"]
