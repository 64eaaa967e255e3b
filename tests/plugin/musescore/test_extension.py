"""The extension in Qt 6, as MuseScore 4.7 runs it, over a model of its scores (tests/support/musescore_qt6).

MuseScore 4 itself cannot be run here. What a manifest must say, and what a form may use, is from the
program's source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from common import ROOT
from musescore_qt6.driver import HostError, Plugin, qt6_or_skip, running
from musescore_qt6.manifests import MANIFEST, ManifestError, check_form, extensions, plugins
from musescore_qt6.scores import ALONE, HYMN, MELODY, as_text, drone, symbols_in
from musescore_stand_in import SEED, Json, StandIn, drones, stand_in
from musescore_support import ripieno_serving
from musescore_window_support import SERVER
from ripieno_bridges.cli.main import main

SOURCE = ROOT / "plugin" / "musescore"
TOLD = json.loads((SOURCE / MANIFEST).read_text("utf-8"))


def installed(folder: Path, address: str) -> Path:
    """Install the extension, which asks a server at that address: its manifest."""
    folder.mkdir()
    result = CliRunner().invoke(main, ["install-plugin", "musescore", "--folder", str(folder)])
    assert result.exit_code == 0, result.output
    window = folder / "ripieno" / "RipienoWindow.qml"
    text = window.read_text("utf-8")
    assert text.count(SERVER) == 1
    window.write_text(text.replace(SERVER, address), "utf-8")
    return folder / "ripieno" / MANIFEST


@pytest.fixture(scope="module")
def one_server() -> Iterator[StandIn]:
    with stand_in() as running_server:
        yield running_server


@pytest.fixture(scope="module")
def program(one_server: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    qt6_or_skip()
    folder = tmp_path_factory.mktemp("extensions") / "extensions"
    with running(installed(folder, f"http://127.0.0.1:{one_server.port}")) as host:
        yield host


@pytest.fixture
def server(one_server: StandIn) -> StandIn:
    one_server.reset()
    one_server.forget()
    return one_server


@pytest.fixture
def form(program: Plugin, server: StandIn) -> Iterator[Plugin]:
    """The form. Qt must not have complained, and it must not have called what 4 refuses."""
    yield program
    assert program.do("complained") == []
    assert program.evaluate("refused") == []


def opened(form: Plugin, score: Json) -> None:
    form.open_extension(score)
    form.wait("connected")


# -- the files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["path", "main"])
def test_one_extension_of_the_present_interface_is_found_by_newer_and_older_versions(entry: str) -> None:
    (found,) = extensions(SOURCE, entry=entry)
    (action,) = found.actions
    assert (found.uri, found.apiversion) == ("musescore://extensions/ripieno", 2)
    assert (action.kind, action.file) == ("form", SOURCE / "extension.qml")
    check_form(action.file)
    check_form(SOURCE / "RipienoWindow.qml")


def test_it_tells_itself_apart_from_the_plugin_which_alone_is_listed_as_one() -> None:
    assert plugins(SOURCE) == ["ripieno.qml"]
    code = (SOURCE / "ripieno.qml").read_text("utf-8")
    plugin = dict(re.findall(r'^ {4}(?://4\.4 )?(\w+): "(.*)"$', code, re.MULTILINE))
    (found,) = extensions(SOURCE)
    assert (plugin["title"], found.title) == ("ripieno", "ripieno (extension)")
    told = found.description, found.category, found.version
    assert told == (plugin["description"], plugin["categoryCode"], plugin["version"])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"uri": ""}, "uri is required"),
        ({"uri": "musescore://extensions/dev/ripieno"}, "is not shown"),
        ({"type": "dialog"}, "dialog is no type"),
        ({"actions": []}, "actions is required"),
        ({"actions": [{"code": "main", "main": "extension.qml"}]}, "an action without path"),
        ({"actions": [{"path": "extension.qml"}]}, "an action without code"),
    ],
)
def test_a_manifest_that_musescore_would_leave_out_is_refused(
    tmp_path: Path, change: Json, fault: str
) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({**TOLD, **change}))
    with pytest.raises(ManifestError, match=fault):
        extensions(tmp_path)


def test_a_form_that_imports_the_programs_own_modules_is_refused(tmp_path: Path) -> None:
    form = tmp_path / "form.qml"
    form.write_text("import QtQuick\n  import Muse.UiComponents\nItem {}\n")
    with pytest.raises(ManifestError, match=r"Muse\.UiComponents is forbidden"):
        check_form(form)


@pytest.mark.host
@pytest.mark.parametrize("module", ["MuseScore 3.0", "FileIO 3.0"])
def test_the_modules_of_plugins_are_not_there(tmp_path: Path, module: str) -> None:
    qt6_or_skip()
    (tmp_path / MANIFEST).write_text(json.dumps(TOLD))
    (tmp_path / "extension.qml").write_text(f"import QtQuick\nimport {module}\nItem {{}}\n")
    with running(tmp_path / MANIFEST) as host, pytest.raises(HostError, match="is not installed"):
        host.open_extension(ALONE)


@pytest.mark.host
def test_what_only_plugins_have_is_not_there(program: Plugin, server: StandIn) -> None:
    opened(program, ALONE)
    assert (
        program.evaluate("[typeof mscoreMajorVersion, typeof newElement, typeof quit]") == ["undefined"] * 3
    )
    assert program.evaluate("api.engraving.Element.HARMONY") == "HARMONY"
    assert program.evaluate("[api.engraving.newElement('HARMONY'), api.engraving.newElement(52)]") == [
        None,
        None,
    ]
    assert program.evaluate("api.engraving.newElement(65).type") == "HARMONY"


# -- the form ----------------------------------------------------------------------------------------------


@pytest.mark.host
def test_it_harmonizes_in_one_undo_step_and_closes_its_window(form: Plugin, server: StandIn) -> None:
    opened(form, ALONE)
    form.click("startButton")
    assert form.finish().startswith(f"Version 1 of 3, seed {SEED}.")
    assert form.names() == ["Soprano", "Alto", "Tenor", "Bass"]
    assert form.staves() == [MELODY, drone("F4"), drone("A3"), drone("C3")]
    assert form.commands == ["done"]
    form.undo()
    assert form.staves() == [MELODY]
    form.click("cancelButton")
    assert form.do("is_open") is False


def with_fault_and_numerals(task: str, body: Json) -> Json:
    made = drones(task, body)
    for alternative in made["alternatives"]:
        alternative["chords"] = [{"tick": 480, "figure": "I", "symbol": "F"}]
        alternative["faults"] = [
            {
                "rule": "parallel fifths",
                "severity": "error",
                "measure": "1",
                "beat": 1,
                "tick": 480,
                "voices": ["alto"],
                "sentence": "The alto and the bass move in parallel fifths",
            }
        ]
    return made


@pytest.mark.host
def test_numerals_and_marks_of_faults_are_texts_in_the_score_and_go_with_their_version(
    form: Plugin, server: StandIn
) -> None:
    server.reply = with_fault_and_numerals
    opened(form, ALONE)
    form.do("set", "chordsBox", "currentIndex", 2)
    form.do("set", "markBox", "checked", True)
    texts = (
        "model.state.annotations.filter(function (a) { return a.kind !== 'FERMATA'; })"
        ".map(function (a) { return [a.kind, a.track / 4, a.placement || 0]; }).sort()"
    )
    form.click("startButton")
    assert form.finish().startswith("Version 1 of 3")
    expected = [["STAFF_TEXT", 1, 0], ["STAFF_TEXT", 3, 1]]  # above the alto, below the bass
    assert form.evaluate(texts) == expected
    form.click("nextButton")
    assert form.finish().startswith("Version 2 of 3")
    assert form.evaluate(texts) == expected
    assert form.commands == ["done", "done"]


@pytest.mark.host
def test_without_a_score_it_says_so(form: Plugin) -> None:
    form.open_extension(None)
    form.wait("connected")
    form.click("startButton")
    assert "no score" in form.finish()


@pytest.mark.host
def test_the_real_server_gives_it_what_it_gives_to_any_client(tmp_path: Path) -> None:
    """Notes, words and chord symbols, of two versions, each one undo step."""
    qt6_or_skip()
    with ripieno_serving(tmp_path) as address, running(installed(tmp_path / "plugins", address)) as form:
        opened(form, HYMN)
        form.do("set", "seedField", "text", "7")
        form.do("set", "chordsBox", "currentIndex", 1)
        form.click("startButton")
        assert form.finish().startswith("Version 1 of 3, seed 7.")
        body = {**form.evaluate("session.lastBody"), "id": "the-same-again"}
        reply = httpx.post(f"{address}/v1/harmonize", json=body, timeout=60).json()
        versions = [(form.staves(), symbols_in(form))]
        form.click("nextButton")
        form.finish()
        versions.append((form.staves(), symbols_in(form)))
        for (staves, symbols), alternative in zip(versions, reply["alternatives"], strict=False):
            assert staves[0] == HYMN["parts"][0]["voices"][0]
            written = [as_text(line["events"], reply["measures"]) for line in alternative["voices"]]
            assert [line.replace("~", "") for line in staves[1:]] == written
            assert symbols == {chord["tick"]: chord["symbol"] for chord in alternative["chords"]}
        assert versions[0] != versions[1]
        assert form.commands == ["done", "done"]
        form.undo()
        assert (form.staves(), symbols_in(form)) == versions[0]
        form.undo()
        assert (form.staves(), symbols_in(form)) == ([versions[0][0][0]], {})
        assert form.do("complained") == []
