"""The MuseScore plugin: its scripts in Node, and the whole of it in MuseScore 3 with the real server."""

from __future__ import annotations

import functools
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from common import DATA, ROOT, SCORES, assert_valid, host_or_skip
from hymn_words import printed, words_of
from musescore_stand_in import stand_in
from musescore_support import (
    PLUGIN,
    HeadlessMuseScore,
    Run,
    Written,
    notes_of_reply,
    parts,
    ripieno_serving,
    send_again,
    untied,
    voices_of,
    with_staves,
    without_layout,
    written,
)
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.transposition import PartTransposition, transpose_element
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from tiny_network import random_weights

NODE_TESTS = sorted(Path(__file__).parent.glob("*.test.js"))
CHOIR = ("Soprano", "Alto", "Tenor", "Bass")
MEASURE = 1920
SAXOPHONE = PartTransposition(-5, -9)
NO_PICKUP = "twinkle"


def tune(name: str) -> bytes:
    return (ROOT / "scores" / f"{name}.musicxml").read_bytes()


@pytest.mark.host
def test_the_scripts_pass_their_tests_in_node() -> None:
    """Runs every test in Node; the output has the names of those that fail."""
    done = subprocess.run(
        [host_or_skip(shutil.which("node"), "Node"), "--test", *map(str, NODE_TESTS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert len(NODE_TESTS) == 13
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


# -- with the real MuseScore and the real server -----------------------------------------------------------


@pytest.fixture(scope="module")
def server(musescore: HeadlessMuseScore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ripieno")
    with ripieno_serving(folder, model=str(random_weights(folder))) as address:
        yield address


@pytest.fixture(scope="module")
def choir(musescore: HeadlessMuseScore, server: str) -> Run:
    """Twinkle for a choir, harmonized with the plugin."""
    settings = {"seed": 7, "alternatives": 1}
    return musescore.run(with_staves(tune(NO_PICKUP)), server=server, settings=settings)


# On the staves of ``with_staves``, which are for these voices: chosen by hand, as where no server says so.
WRITE = {voice: ["write", staff] for staff, voice in enumerate(("alto", "tenor", "bass"), 1)}


def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@functools.cache
def untouched(musescore: HeadlessMuseScore, score: bytes) -> bytes:
    """The score as MuseScore saves it when the plugin does nothing."""
    return musescore.run(score, press=[]).score


def assert_same_parts(before: bytes, after: bytes, names: tuple[str, ...]) -> None:
    old, new = parts(before), parts(after)
    for name in names:
        assert without_layout(old[name]) == without_layout(new[name]), name


@pytest.mark.host
@pytest.mark.parametrize("path", SCORES, ids=lambda path: path.stem)
def test_what_is_sent_is_what_the_score_has(musescore: HeadlessMuseScore, path: Path) -> None:
    """Pickups, triplets, ties, rests, fermatas, lyrics, meters and keys, as our own reader finds them."""
    run = musescore.run(
        path.read_bytes(), server=nobody(), rows={v: ["out", None] for v in ("alto", "tenor")}
    )
    assert "Add them first" in run.status  # MuseScore 3.2 can add no staves
    run = musescore.run(with_staves(path.read_bytes()), server=nobody(), rows=WRITE)
    assert run.status == "ripieno is not running. Open a terminal and type: ripieno serve"
    score = read_musicxml(path.read_bytes(), path.name).score
    assert [(m["tick"], m["ticks"], m["meter"], m["fifths"]) for m in run.body["measures"]] == [
        (m.onset * 480, m.duration * 480, str(m.meter), m.key.fifths) for m in score.measures
    ]
    assert [str(m["number"]) for m in run.body["measures"]] == [m.number for m in score.measures]
    (soprano,) = run.body["voices"]
    sung: list[list[object]] = []
    for event in soprano["events"]:
        if "pitch" not in event:
            continue
        if sung and sung[-1][-1]:  # tied to this one
            sung[-1][1] += event["ticks"]
            sung[-1][3] |= event["fermata"]
            sung[-1][-1] = event["tie"]
        else:
            word = [event.get("lyric"), event.get("syllabic")]
            sung.append(
                [event["tick"], event["ticks"], event["spelling"], event["fermata"], *word, event["tie"]]
            )
    assert [note[:-1] for note in sung] == [
        [
            n.onset * 480,
            n.duration * 480,
            n.name,
            n.fermata,
            n.lyrics[0].text if n.lyrics else None,
            n.lyrics[0].syllabic if n.lyrics else None,
        ]
        for n in score.voices[0].notes
    ]


@pytest.mark.host
@pytest.mark.parametrize("name", ["old-hundredth", "amazing-grace", "silent-night", "twelve-days"])
def test_a_melody_gets_the_three_voices_that_the_server_wrote(
    musescore: HeadlessMuseScore, server: str, name: str
) -> None:
    """A pickup and fermatas; 3/4 and ties; 6/8; flats and changes of meter: note by note, with lyrics."""
    given = with_staves(tune(name))
    run = musescore.run(
        given,
        server=server,
        settings={"seed": 7, "alternatives": 2, "mark": True},
        press=["start", "next"],
    )
    assert run.status.startswith("Version 2 of 2, seed 7.")
    reply = send_again(server, "harmonize", run.body)
    voices = voices_of(reply["alternatives"][1])
    new = parts(run.score)
    assert set(voices) == {"alto", "tenor", "bass"}
    lost = 0
    for voice, events in voices.items():
        wanted, there = notes_of_reply(events), written(new[voice.capitalize()])
        assert untied(there) == untied(wanted), voice
        lost += sum(n.tie for n in wanted) - sum(n.tie for n in there)
    remark = re.search(r"(\d+) long notes? (?:is|are) struck again", run.status)
    assert lost == (int(remark[1]) if remark else 0)
    assert marked(new) == sorted(
        f"{fault['rule']}: {', '.join(fault['voices'])}"
        for fault in reply["alternatives"][1]["faults"]
        if fault["severity"] != "remark" and set(fault["voices"]) & set(voices)
    )  # those of version 1 are gone
    assert_valid(run.score)
    assert_same_parts(untouched(musescore, given), run.score, ("Soprano",))


def marked(there: dict[str, etree._Element]) -> list[str]:
    """The texts above the staves that were written."""
    names = ("Alto", "Tenor", "Bass")
    return sorted(words.text or "" for name in names for words in there[name].iter("words"))


@pytest.mark.host
@pytest.mark.parametrize(
    ("case", "voices"),
    [
        ("03-song-with-piano", {"soprano"}),
        ("09-sab-with-baritone", {"soprano", "baritone"}),
        ("10-melody-alto-bass", {"soprano", "alto", "bass"}),
    ],
)
def test_ripieno_says_which_lines_are_which_voices(
    musescore: HeadlessMuseScore, server: str, case: str, voices: set[str]
) -> None:
    data = (DATA / "cases" / f"{case}.musicxml").read_bytes()
    out = {voice: ["out", None] for voice in ("alto", "tenor", "bass") if voice not in voices}
    run = musescore.run(data, server=server, task="check", rows=out)
    assert {line["voice"] for line in run.body["voices"]} == voices


@pytest.mark.host
def test_only_the_selection_is_harmonized(musescore: HeadlessMuseScore, server: str) -> None:
    given = with_staves(tune(NO_PICKUP))
    selection = {"start": 2 * MEASURE + 480, "end": 4 * MEASURE, "firstStaff": 0, "lastStaff": 3}
    run = musescore.run(given, server=server, selection=selection, settings={"seed": 7, "alternatives": 1})
    assert [m["number"] for m in run.body["measures"]] == [3, 4]
    voices = voices_of(send_again(server, "harmonize", run.body)["alternatives"][0])
    for voice, events in voices.items():
        new = written(parts(run.score)[voice.capitalize()])
        assert new == notes_of_reply(events, start=2 * MEASURE)
        assert new[0].tick >= 2 * MEASURE


@pytest.mark.host
def test_a_given_bass_stays(musescore: HeadlessMuseScore, server: str, choir: Run) -> None:
    """The bass is the melody, the soprano is kept, the alto is regenerated, the tenor is left out."""
    rows = {"soprano": ["keep", 0], "alto": ["anew", 1], "tenor": ["out", None]}
    settings = {"seed": 9, "alternatives": 1, "lyrics": False}
    run = musescore.run(
        choir.score, server=server, melody=3, melodyVoice="bass", rows=rows, settings=settings
    )
    assert run.status.startswith("Version 1 of 1, seed 9.")
    assert run.body["given"] == ["soprano", "bass"]
    voices = voices_of(send_again(server, "harmonize", run.body)["alternatives"][0])
    new = parts(run.score)
    assert written(new["Alto"]) == notes_of_reply(voices["alto"])
    assert_same_parts(choir.score, run.score, ("Soprano", "Tenor", "Bass"))


@pytest.mark.host
def test_only_what_was_selected_is_regenerated(musescore: HeadlessMuseScore, server: str, choir: Run) -> None:
    selection = {"start": 4 * MEASURE, "end": 6 * MEASURE, "firstStaff": 1, "lastStaff": 2}
    settings = {"seed": 3, "alternatives": 1, "temperature": "1.2"}
    run = musescore.run(choir.score, server=server, task="infill", selection=selection, settings=settings)
    assert run.status.startswith("Version 1 of 1, seed 3.")
    voices = voices_of(send_again(server, "infill", run.body)["alternatives"][0])
    assert_same_parts(choir.score, run.score, ("Soprano", "Bass"))
    changed = 0
    for name in ("Alto", "Tenor"):
        before, after = written(parts(choir.score)[name]), written(parts(run.score)[name])
        inside = [n for n in after if 4 * MEASURE <= n.tick < 6 * MEASURE]
        assert inside == notes_of_reply(voices[name.lower()])
        assert outside(after) == outside(before)
        changed += after != before
    assert changed


@pytest.mark.host
def test_of_a_selection_inside_a_measure_the_rest_of_the_measure_stays(
    musescore: HeadlessMuseScore, server: str, choir: Run
) -> None:
    """From the third beat of measure 5 to the second of measure 6."""
    start, end = 4 * MEASURE + 960, 5 * MEASURE + 960
    selection = {"start": start, "end": end, "firstStaff": 1, "lastStaff": 1}
    settings = {"seed": 4, "alternatives": 3, "temperature": "1.2"}
    run = musescore.run(choir.score, server=server, task="infill", selection=selection, settings=settings)
    assert run.status.startswith("Version 1 of 3, seed 4.")
    assert run.body["selection"] == [start, end]
    assert_same_parts(choir.score, run.score, ("Soprano", "Tenor", "Bass"))
    before, after = written(parts(choir.score)["Alto"]), written(parts(run.score)["Alto"])
    assert after != before
    assert outside(after, start, end) == outside(before, start, end)


def outside(notes: list[Written], start: int = 4 * MEASURE, end: int = 6 * MEASURE) -> list[Written]:
    return [n for n in notes if not start <= n.tick < end]


@pytest.mark.host
def test_the_music_goes_on_after_its_end(musescore: HeadlessMuseScore, server: str, choir: Run) -> None:
    run = musescore.run(
        choir.score, server=server, task="continue", settings={"seed": 3, "alternatives": 1, "bars": 2}
    )
    voices = voices_of(send_again(server, "continue", run.body)["alternatives"][0])
    before, after = parts(choir.score), parts(run.score)
    assert set(voices) == {"soprano", "alto", "tenor", "bass"}
    for name in CHOIR:
        old, new = written(before[name]), written(after[name])
        assert len(after[name].findall("measure")) == len(before[name].findall("measure")) + 2
        assert new[: len(old)] == old
        assert new[len(old) :] == notes_of_reply(voices[name.lower()])
    assert_valid(run.score)


@pytest.mark.host
def test_a_half_written_voice_is_filled_and_its_notes_stay(
    musescore: HeadlessMuseScore, server: str, choir: Run
) -> None:
    """The alto has lost measures 3 and 4: they are written, and nothing else of it."""
    given = silenced(choir.score, "Alto", ("3", "4"))
    run = musescore.run(given, server=server, settings={"seed": 5, "alternatives": 1})
    assert "given" not in run.body
    before, after = written(parts(given)["Alto"]), written(parts(run.score)["Alto"])
    new = [n for n in after if 2 * MEASURE <= n.tick < 4 * MEASURE]
    assert new
    assert [n for n in after if n not in new] == before
    assert_same_parts(choir.score, run.score, ("Soprano", "Tenor", "Bass"))


def silenced(data: bytes, name: str, numbers: tuple[str, ...]) -> bytes:
    """A document whose part is silent in these measures."""
    part = parts(data)[name]
    for measure in part.findall("measure"):
        if measure.get("number") in numbers:
            notes = measure.findall("note")
            total = sum(int(n.findtext("duration", "0")) for n in notes)
            for note in notes[1:]:
                measure.remove(note)
            for child in list(notes[0]):
                if child.tag not in ("duration", "voice"):
                    notes[0].remove(child)
            notes[0].insert(0, notes[0].makeelement("rest", {"measure": "yes"}))
            notes[0].find("duration").text = str(total)
    return document(part)


def document(part: etree._Element) -> bytes:
    return etree.tostring(part.getroottree(), xml_declaration=True, encoding="utf-8")


@pytest.mark.host
def test_faults_are_listed_and_marked(musescore: HeadlessMuseScore, server: str, choir: Run) -> None:
    """The bass sings octaves with the soprano all the way."""
    given = doubled(choir.score)
    run = musescore.run(given, server=server, task="check", settings={"mark": True})
    assert re.match(r"[1-9]\d* faults?\.", run.status)
    assert re.search(r"^Measure 1, beat \d.*octave", run.said["faults"], re.MULTILINE)
    new = parts(run.score)
    red = [n for n in new["Bass"].iter("note") if n.find("notehead[@color]") is not None or n.get("color")]
    assert red
    assert "parallel octaves" in "".join(w.text or "" for p in new.values() for w in p.iter("words"))
    for name in CHOIR:
        assert written(new[name]) == written(parts(given)[name])


def doubled(data: bytes) -> bytes:
    """The bass has the soprano's line, two octaves lower."""
    all_parts = parts(data)
    soprano, bass = all_parts["Soprano"], all_parts["Bass"]
    for high, low in zip(soprano.findall("measure"), bass.findall("measure"), strict=True):
        for note in low.findall("note"):
            low.remove(note)
        for note in high.findall("note"):
            copy = deepcopy(note)
            octave = copy.find("pitch/octave")
            if octave is not None:
                octave.text = str(int(octave.text or "0") - 2)
            low.append(copy)
    return document(bass)


@pytest.mark.host
def test_a_transposing_melody_is_sent_as_it_sounds(musescore: HeadlessMuseScore) -> None:
    """A clarinet in B flat reads D major where C major sounds."""
    given = with_staves(tune(NO_PICKUP)).replace(b"<fifths>0</fifths>", b"<fifths>2</fifths>")
    transpose = b"<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    head, _, tail = given.partition(b"</attributes>")
    run = musescore.run(head + transpose + tail, server=nobody(), melody=0, melodyVoice="soprano", rows=WRITE)
    notes = [e for e in run.body["voices"][0]["events"] if "pitch" in e]
    plain = read_musicxml(tune(NO_PICKUP), "x").score.voices[0].notes
    assert [(e["pitch"], e["spelling"]) for e in notes[:3]] == [(58, "Bb3"), (58, "Bb3"), (65, "F4")]
    assert plain[0].pitch == 60
    assert {m["fifths"] for m in run.body["measures"]} == {0}


@pytest.mark.host
def test_a_staff_for_an_alto_saxophone_is_written_as_its_player_reads_it(
    musescore: HeadlessMuseScore, server: str
) -> None:
    """MuseScore takes sounding pitches and spellings, and shows A major where C major sounds."""
    root = etree.fromstring(with_staves(tune(NO_PICKUP)))
    alto = next(part for part in root.findall("part") if part.get("id") == "Alto")
    attributes = alto.find("measure/attributes")
    assert attributes is not None
    attributes.find("key/fifths").text = "3"
    attributes.append(transpose_element(SAXOPHONE))
    run = musescore.run(
        etree.tostring(root), server=server, settings={"seed": 7, "alternatives": 1}, rows=WRITE
    )
    reply = send_again(server, "harmonize", run.body)
    wanted = notes_of_reply(voices_of(reply["alternatives"][0])["alto"])
    read = read_musicxml(run.score, "x").score
    sounding = next(voice for voice in read.voices if voice.name == "Alto")
    starts = [note for i, note in enumerate(wanted) if not (i and wanted[i - 1].tie)]
    assert [note.name for note in sounding.notes] == [note.spelling for note in starts]
    read_as = [SAXOPHONE.written_note(note).name for note in sounding.notes]
    there = written(parts(run.score)["Alto"])
    assert [n.spelling for i, n in enumerate(there) if not (i and there[i - 1].tie)] == read_as
    assert {measure.key.fifths for measure in read.measures} == {0}


@pytest.mark.host
def test_every_verse_stands_under_the_new_voices(musescore: HeadlessMuseScore, server: str) -> None:
    """Two verses, and a melisma of the melody."""
    first, second = 'C5:4"Glo-/Praise" D5 E5"-ry/him" F5"now/here"', 'G5:4"A-/high" F5 E5:2"-men/God"'
    melody = parse_score(f"soprano: {first} | {second}")
    given = with_staves(write_musicxml(melody))
    run = musescore.run(given, server=server, settings={"seed": 7, "alternatives": 1}, rows=WRITE)
    (soprano,) = run.body["voices"]
    assert soprano["events"][0]["verses"] == [{"verse": 2, "lyric": "Praise", "syllabic": "single"}]
    reply = send_again(server, "harmonize", run.body)
    score = read_musicxml(run.score, "x").score
    lines, held_anywhere = printed(run.score), []
    for name, events in voices_of(reply["alternatives"][0]).items():
        (voice,) = (voice for voice in score.voices if voice.name == name.capitalize())
        assert words_of(voice.notes, 1) == ["Glory", "now", "Amen"]
        assert words_of(voice.notes, 2) == ["Praise", "him", "here", "high", "God"]
        held = [e["verses"][0]["lyric"] for e in events if e.get("verses") and "extend" in e["verses"][0]]
        assert [text for text, _, line in lines[voice.name]["2"] if line] == held
        held_anywhere += held
    assert held_anywhere


@pytest.mark.host
def test_notes_that_nobody_sings_are_harmonized_and_told(musescore: HeadlessMuseScore, server: str) -> None:
    high = with_staves(tune(NO_PICKUP)).replace(b"<octave>4</octave>", b"<octave>7</octave>", 2)
    run = musescore.run(high, server=server)
    assert "C7 in measure 1, beat 1 lies above the soprano's range" in run.status
    assert run.score != untouched(musescore, high)


# -- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.host
def test_whatever_goes_wrong_the_score_stays_and_the_reason_is_shown(
    musescore: HeadlessMuseScore, server: str
) -> None:
    given = with_staves(tune(NO_PICKUP))
    plain = untouched(musescore, given)
    with stand_in() as other:
        address = f"http://127.0.0.1:{other.port}"

        def shows(pattern: str, score: bytes = given, **ask: Any) -> None:
            run = musescore.run(score, **ask)
            assert re.search(pattern, run.status), run.status
            assert run.score == (plain if score is given else untouched(musescore, score))

        shows(
            "^ripieno is not running. Open a terminal and type: ripieno serve$", server=nobody(), rows=WRITE
        )
        shows("not on this machine; give one like http://127.0.0.1:7411", server="http://example.com:80")
        shows("^There is no model", server=server, settings={"model": "nobody"})
        shows("^Seed .x. is impossible", server=server, settings={"seed": "x"})
        shows(
            "^Temperature .9. is impossible; give a number from 0 to 2",
            server=address,
            settings={"temperature": "9"},
        )
        other.raw = b"<html>not ripieno</html>"
        shows("^The answer makes no sense .*nothing was written.*ripieno doctor", server=address)
        other.raw = b'{"alternatives": [{"voices": [{"voice": "alto", "events": [{"tick": -1}]}]}]}'
        shows("^The answer makes no sense", server=address)


@pytest.mark.host
def test_a_note_that_ripieno_must_not_touch_is_never_touched(
    musescore: HeadlessMuseScore, choir: Run
) -> None:
    """A reply that would replace kept notes is refused as a whole, and the score stays byte for byte."""
    with stand_in() as other:
        address = f"http://127.0.0.1:{other.port}"
        given = silenced(choir.score, "Alto", ("3",))
        plain = untouched(musescore, given)
        reply = other.reply
        other.reply = lambda task, body: reply(task, {**body, "given": ["soprano"]})
        run = musescore.run(given, server=address)
        assert "would change a note that you keep, in measure 1" in run.status
        assert run.score == plain


def test_the_folder_has_what_the_plugin_needs_and_nothing_else() -> None:
    code = "".join(path.read_text("utf-8") for path in PLUGIN.iterdir())
    imported = set(re.findall(r'^\.?import "(\w+\.js)" as', code, re.MULTILINE))
    shells = {"ripieno.qml", "extension.qml", "manifest.json", "RipienoWindow.qml"}
    assert {path.name for path in PLUGIN.iterdir()} == shells | {"README.md"} | imported
