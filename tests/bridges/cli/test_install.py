"""The plugin goes where MuseScore looks, whole, and leaves again; nothing else in the folder is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from common import ROOT, find_musescore, host_or_skip
from ripieno.errors import FileError
from ripieno_bridges.cli.install import PROGRAMS
from ripieno_bridges.cli.main import main
from ripieno_bridges.plugins import install
from ripieno_bridges.plugins.host_folders import (
    DEVICES,
    ardour_folders,
    live_folders,
    puredata_folders,
    reaper_folders,
)
from ripieno_bridges.plugins.install import LIST, install_files, remove_files
from ripieno_bridges.plugins.musescore_folders import (
    FLATPAK,
    FLATPAK_SETTINGS,
    PLUGINS,
    TRANSLATED,
    Machine,
    PluginFolder,
    documents,
    extension_folders,
    plugin_folders,
    preferred,
)

TWINKLE = ROOT / "scores" / "twinkle.musicxml"
FILES = {"ripieno.qml": b"MuseScore {}", "words.js": b"var a", "pictures/logo.png": b"\x89PNG"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which MuseScore 3 and 4 have run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for version in (3, 4):
        (tmp_path / "Documents" / f"MuseScore{version}" / PLUGINS).mkdir(parents=True)
    return tmp_path


def plugin_of(home: Path, version: int) -> Path:
    return home / "Documents" / f"MuseScore{version}" / PLUGINS / "ripieno"


def extension_of(home: Path) -> Path:
    return home / ".local" / "share" / "MuseScore" / "MuseScore4" / "extensions" / "ripieno"


def run(*arguments: object, exit_code: int = 0) -> Result:
    words = ["install-plugin", "musescore", *map(str, arguments)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == exit_code, result.output
    return result


def inside(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def plugin_files(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in inside(folder).items() if name != LIST}


# -- the command -------------------------------------------------------------------------------------------


def test_both_versions_get_the_plugin_and_are_told_what_to_click(home):
    said = run().stdout
    source = inside(ROOT / "plugin" / "musescore")
    assert "ripieno.qml" in source
    for version in (3, 4):
        assert plugin_files(plugin_of(home, version)) == source
        assert f"MuseScore {version}: {len(source)} files in {plugin_of(home, version)}\n" in said
    assert "MuseScore 3: Plugins > Plugin Manager, tick ripieno, OK" in said
    assert "MuseScore 4: Home > Plugins, click ripieno, Enable" in said
    assert "`ripieno serve`" in said


def test_only_the_version_that_has_run_here_gets_it(home):
    (home / "Documents" / "MuseScore3" / PLUGINS).rmdir()
    (home / "Documents" / "MuseScore3").rmdir()
    assert "MuseScore 3" not in run().stdout
    assert not (home / "Documents" / "MuseScore3").exists()


def test_where_nothing_has_run_one_says_which_version(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    said = run(exit_code=1).stderr
    assert said.startswith(
        f"ripieno: no MuseScore has run here yet (looked for {tmp_path}/Documents/MuseScore3"
    )
    assert said.count("\n") == 1
    assert inside(tmp_path) == {}
    run("--version", 4)
    assert (plugin_of(tmp_path, 4) / "ripieno.qml").is_file()


def test_where_only_tells(home):
    before = inside(home)
    assert run("--where").stdout.splitlines() == [
        *(f"MuseScore {version}: {plugin_of(home, version)} (not installed)" for version in (3, 4)),
        f"MuseScore 4, extension: {extension_of(home)} (this version has not run here yet)",
    ]
    assert inside(home) == before
    run("--version", 4)
    assert run("--where").stdout.splitlines()[1] == f"MuseScore 4: {plugin_of(home, 4)} (installed)"


def test_remove_leaves_the_home_as_it_was(home):
    plugin_of(home, 3).mkdir()
    (plugin_of(home, 3) / "notes.txt").write_text("my own")
    before = inside(home)
    run()
    assert inside(home) != before
    said = run("--remove").stdout
    assert f"files removed from {plugin_of(home, 4)}\n" in said
    assert inside(home) == before
    assert not plugin_of(home, 4).exists()
    assert run("--remove").stdout.startswith("nothing to remove: the plugin is not in ")


def test_where_musescore_4_has_run_the_extension_is_installed_beside_the_plugin_and_leaves_with_it(home):
    run()
    assert not extension_of(home).exists()
    extension_of(home).parents[1].mkdir(parents=True)  # by MuseScore 4
    before = set(home.rglob("*")) - set(plugin_of(home, 3).parent.rglob("*"))
    said = run("--version", 4).stdout
    source = inside(ROOT / "plugin" / "musescore")
    assert plugin_files(extension_of(home)) == plugin_files(plugin_of(home, 4)) == source
    assert f"MuseScore 4, extension: {len(source)} files in {extension_of(home)}\n" in said
    assert "enable ripieno (extension) instead" in said
    said = run("--version", 4, "--remove").stdout
    assert f"MuseScore 4, extension: {len(source)} files removed from {extension_of(home)}\n" in said
    assert not extension_of(home).exists()
    assert extension_of(home).parents[1] in before  # what is MuseScore's own stays


def test_a_named_folder_gets_the_plugin(home, tmp_path):
    folder = tmp_path / "my plugins"
    assert run("--folder", folder, exit_code=1).stderr == (
        f"ripieno: {folder}: there is no such folder; make it first\n"
    )
    folder.mkdir()
    assert (
        f"MuseScore: {len(inside(ROOT / 'plugin' / 'musescore'))} files in {folder}/ripieno\n"
        in run("--folder", folder).stdout
    )
    run("--folder", folder, "--remove")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--where", "--remove"), "--where only says where the plugin belongs"),
        (("--folder", ".", "--version", "4"), "--folder and --version name a place each"),
    ],
)
def test_what_contradicts_itself_is_said(home, words, said):
    assert run(*words, exit_code=1).stderr.startswith(f"ripieno: {said}")


def test_a_changed_file_is_replaced_only_by_force(home):
    run("--version", 4)
    mine = plugin_of(home, 4) / "ripieno.qml"
    mine.write_text("my own version")
    said = run("--version", 4, exit_code=1).stderr
    assert said == f"ripieno: {mine}: {install.FOREIGN_FILE}\n"
    assert mine.read_text() == "my own version"
    run("--version", 4, "--force")
    assert mine.read_bytes() == (PROGRAMS["musescore"].source / "ripieno.qml").read_bytes()


def test_a_file_in_the_way_is_told_in_one_line(home):
    plugin_of(home, 4).write_text("not a folder")
    said = run("--version", 4, exit_code=1).stderr
    assert said == f"ripieno: {plugin_of(home, 4)}: is no folder; move it away\n"


def test_extensions_have_a_folder_for_each_system_which_no_preference_moves(tmp_path):
    places = {"LOCALAPPDATA": str(tmp_path / "Local"), "XDG_DATA_HOME": str(tmp_path / "data")}
    parents = {"win32": "Local", "darwin": "Library/Application Support", "linux": "data"}
    for system, parent in parents.items():
        (found,) = extension_folders(Machine(system, tmp_path, None, places))
        assert found.path == tmp_path / parent / "MuseScore" / "MuseScore4" / "extensions"
        assert (found.version, found.has_run, found.is_for_extensions) == (4, False, True)
    machine = Machine("linux", tmp_path)
    usual = tmp_path / ".local" / "share" / "MuseScore" / "MuseScore4"
    flatpak = tmp_path / FLATPAK / "data" / "MuseScore" / "MuseScore4"
    assert [found.path.parent for found in extension_folders(machine)] == [usual]
    flatpak.mkdir(parents=True)
    assert [found.path.parent for found in extension_folders(machine)] == [flatpak]
    usual.mkdir(parents=True)
    assert [found.path.parent for found in extension_folders(machine)] == [usual, flatpak]


# -- Live and Pure Data ------------------------------------------------------------------------------------


def run_for(program: str, *arguments: object, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["install-plugin", program, *map(str, arguments)])
    assert result.exit_code == exit_code, result.output
    return result


def without_scripts(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in inside(folder).items() if not name.endswith((".py", ".pyc"))}


def test_the_object_for_pure_data_goes_where_pd_looks_and_leaves_again(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    folder = tmp_path / ".local" / "lib" / "pd" / "extra" / "ripieno"
    assert run_for("puredata", "--where").stdout == f"Pure Data: {folder} (not installed)\n"
    said = run_for("puredata").stdout
    assert plugin_files(folder) == without_scripts(ROOT / "plugin" / "puredata")
    assert "Pure Data: put an object, type ripieno, right-click on it, Help" in said
    mine = folder / "ripieno.pd"
    mine.write_text("my own")
    assert run_for("puredata", exit_code=1).stderr == f"ripieno: {mine}: {install.FOREIGN_FILE}\n"
    run_for("puredata", "--force")
    run_for("puredata", "--remove")
    assert inside(tmp_path) == {}
    assert run_for("puredata", "--remove").stdout == f"nothing to remove: the object is not in {folder}\n"


@pytest.mark.host
def test_pd_finds_the_installed_object_in_any_patch(tmp_path, monkeypatch):
    pd = host_or_skip(shutil.which("pd"), "Pure Data")
    monkeypatch.setenv("HOME", str(tmp_path))
    patch = tmp_path / "mine.pd"
    lines = ["N canvas 0 0 450 300 12", "X obj 9 9 ripieno", "X obj 9 50 ripieno/ripieno-play 90"]
    lines += ["X obj 9 90 loadbang", "X msg 9 120 \\; pd quit", "X connect 2 0 3 0"]
    patch.write_text("".join(f"#{line};\n" for line in lines))
    command = [pd, "-nogui", "-noaudio", "-nomidi", "-stderr", "-open", str(patch)]
    for install_first, missing in ((False, 2), (True, 0)):
        if install_first:
            run_for("puredata")
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.stderr.count("couldn't create") == missing, done.stderr


def test_the_device_goes_into_the_user_library_of_a_mac(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "darwin")
    library = tmp_path / "Music" / "Ableton" / "User Library"
    said = run_for("maxforlive", exit_code=1).stderr
    assert said == (
        f"ripieno: no Live has run here yet (looked for {library}/Presets/MIDI Effects); start it once, or "
        "name the folder of its devices with --folder\n"
    )
    library.mkdir(parents=True)
    assert "drag ripieno onto a MIDI track" in run_for("maxforlive").stdout
    folder = library / "Presets" / "MIDI Effects" / "Max MIDI Effect" / "ripieno"
    assert plugin_files(folder) == without_scripts(ROOT / "plugin" / "maxforlive")
    assert "ripieno.amxd" in plugin_files(folder)
    run_for("maxforlive", "--remove")
    assert not folder.exists()


def test_where_there_is_no_live_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    assert run_for("maxforlive", exit_code=1).stderr == (
        "ripieno: Live runs on macOS and Windows only; for a copy elsewhere name the folder of its devices "
        "with --folder\n"
    )
    said = run_for("maxforlive", "--folder", tmp_path).stdout
    assert f"in {tmp_path}/ripieno\n" in said
    assert run_for("puredata", "--version", 4, exit_code=1).stderr == (
        "ripieno: --version is for MuseScore; leave it out\n"
    )


LIBRARY_CFG = (
    '<Ableton><ContentLibrary><UserLibrary><LibraryProject><ProjectPath Value="{}" />'
    '<ProjectName Value="User Library" /></LibraryProject></UserLibrary></ContentLibrary></Ableton>'
)


@pytest.mark.parametrize("name", ["Sound & Music", "Musik"])
@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_a_user_library_that_was_moved_is_found_in_lives_preferences(tmp_path, system, name):
    machine = Machine(system, tmp_path, tmp_path / "Documents", {"APPDATA": str(tmp_path / "Roaming")})
    settings = tmp_path / "Library/Preferences/Ableton/Live 12.1.5"
    if system == "win32":
        settings = tmp_path / "Roaming/Ableton/Live 12.1.5/Preferences"
    settings.mkdir(parents=True)
    chosen = tmp_path / name
    (settings / "Library.cfg").write_text(LIBRARY_CFG.format(str(chosen).replace("&", "&amp;")))
    (usual,) = live_folders(machine)  # what the preferences name is gone
    assert usual.path.is_relative_to(tmp_path / ("Music" if system == "darwin" else "Documents") / "Ableton")
    assert not usual.has_run
    (chosen / "User Library").mkdir(parents=True)
    assert live_folders(machine) == [PluginFolder(0, chosen / "User Library" / DEVICES, has_run=True)]


def test_pd_has_a_folder_for_each_system(tmp_path):
    roaming = {"APPDATA": str(tmp_path / "Roaming")}
    folders = [puredata_folders(Machine(s, tmp_path, None, roaming))[0].path for s in ("darwin", "win32")]
    assert folders == [tmp_path / "Library" / "Pd", tmp_path / "Roaming" / "Pd"]


def test_the_functions_for_sonic_pi_go_where_the_guide_reads_them(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    said = run_for("sonicpi").stdout
    assert plugin_files(tmp_path / ".sonic-pi" / "ripieno") == without_scripts(ROOT / "plugin" / "sonicpi")
    (line,) = [line for line in said.splitlines() if "eval_file" in line]
    assert line.split("begin your code with ")[1] in (ROOT / "docs" / "sonicpi.md").read_text("utf-8")


def test_the_action_for_ardour_knows_where_ripieno_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert "name its folder of scripts with --folder" in run_for("ardour", exit_code=1).stderr
    scripts = tmp_path / ".config" / "ardour7" / "scripts"
    scripts.parent.mkdir(parents=True)
    bin_folder = tmp_path / "a venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "ripieno").touch()
    monkeypatch.setattr("sys.executable", str(bin_folder / "python"))
    run_for("ardour")
    source = (ROOT / "plugin" / "ardour" / "ripieno.lua").read_bytes()
    changed = source.replace(b'"ripieno osc"', f'[["{bin_folder}/ripieno" osc]]'.encode())
    assert changed != source
    assert plugin_files(scripts) == {"ripieno.lua": changed}
    run_for("ardour", "--remove")
    assert not scripts.exists()


def test_ardour_has_a_folder_for_each_system_and_version(tmp_path):
    local = {"LOCALAPPDATA": str(tmp_path / "Local")}
    folders = [
        folder.path
        for s in ("darwin", "win32")
        for folder in ardour_folders(Machine(s, tmp_path, None, local))
    ]
    preferences = tmp_path / "Library" / "Preferences"
    assert folders == [
        *(preferences / f"Ardour{version}" / "scripts" for version in (7, 8)),
        *(tmp_path / "Local" / f"ardour{version}" / "scripts" for version in (7, 8)),
    ]


def test_the_action_for_reaper_knows_where_ripieno_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert "no REAPER has run here yet" in run_for("reaper", exit_code=1).stderr
    (tmp_path / ".config" / "REAPER").mkdir(parents=True)
    bin_folder = tmp_path / "a venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "ripieno").touch()
    monkeypatch.setattr("sys.executable", str(bin_folder / "python"))
    assert "Load ReaScript" in run_for("reaper").stdout
    (line,) = [
        line
        for line in (tmp_path / ".config/REAPER/Scripts/ripieno/ripieno.lua").read_text("utf-8").splitlines()
        if line.startswith("local COMMAND = ")
    ]
    assert line.startswith(f'local COMMAND = [["{bin_folder}/ripieno" osc]]')
    run_for("reaper", "--remove")
    assert inside(tmp_path / ".config") == {}


def test_reaper_has_a_folder_for_each_system(tmp_path):
    roaming = {"APPDATA": str(tmp_path / "Roaming")}
    folders = [reaper_folders(Machine(s, tmp_path, None, roaming))[0].path for s in ("darwin", "win32")]
    assert folders == [
        tmp_path / "Library" / "Application Support" / "REAPER" / "Scripts",
        tmp_path / "Roaming" / "REAPER" / "Scripts",
    ]


# -- the files ---------------------------------------------------------------------------------------------


def test_an_update_takes_away_what_the_plugin_no_longer_has(tmp_path):
    folder = tmp_path / "ripieno"
    install_files(FILES, folder)
    install_files({"ripieno.qml": b"MuseScore { }", "new/words.js": b"var b"}, folder)
    assert plugin_files(folder) == {"ripieno.qml": b"MuseScore { }", "new/words.js": b"var b"}
    assert not (folder / "pictures").exists()


def test_files_beside_ours_stay_as_they_are(tmp_path):
    folder = tmp_path / "ripieno"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "mine.png").write_bytes(b"mine")
    install_files(FILES, folder)
    install_files({"ripieno.qml": b"2"}, folder)
    assert plugin_files(folder) == {"ripieno.qml": b"2", "pictures/mine.png": b"mine"}
    assert remove_files(folder) == (1, [])
    assert inside(folder) == {"pictures/mine.png": b"mine"}


def test_a_file_of_the_same_name_that_is_not_ours_is_not_replaced(tmp_path):
    (tmp_path / "words.js").write_bytes(b"somebody's")
    with pytest.raises(FileError, match="was not written by ripieno"):
        install_files(FILES, tmp_path)
    assert inside(tmp_path) == {"words.js": b"somebody's"}


def test_a_changed_file_stays_when_the_plugin_goes(tmp_path):
    install_files(FILES, tmp_path / "ripieno")
    (tmp_path / "ripieno" / "words.js").write_bytes(b"changed")
    assert remove_files(tmp_path / "ripieno") == (2, ["words.js"])
    assert inside(tmp_path / "ripieno") == {"words.js": b"changed"}


@pytest.mark.parametrize("updated", [True, False])
@pytest.mark.parametrize("number", range(len(FILES) + 1))
def test_a_full_disk_leaves_the_old_plugin_or_nothing(tmp_path, monkeypatch, number, updated):
    folder = tmp_path / "ripieno"
    before: dict[str, bytes] = {}
    if updated:
        install_files(FILES, folder)
        before = inside(folder)
    flushed: list[int] = []

    def full(handle: int) -> None:
        flushed.append(handle)
        if len(flushed) > number:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="the disk is full"):
        install_files(dict.fromkeys(FILES, b"new"), folder)
    assert inside(folder) == before
    assert folder.exists() == updated


def test_a_link_to_the_source_is_never_written_through(tmp_path):
    source, link = tmp_path / "source", tmp_path / "ripieno"
    source.mkdir()
    link.symlink_to(source)
    for act in (lambda: install_files(FILES, link), lambda: remove_files(link)):
        with pytest.raises(FileError, match="is a link to another folder"):
            act()
    assert inside(source) == {}


def test_a_list_that_leads_outside_removes_nothing_there(tmp_path):
    outside = tmp_path / "precious"
    outside.write_bytes(b"x")
    folder = tmp_path / "ripieno"
    install_files(FILES, folder)
    known = install.digest(b"x")
    (folder / LIST).write_text(f'{{"../precious": "{known}", "{outside.as_posix()}": "{known}"}}')
    assert remove_files(folder) == (0, [])
    assert outside.exists()


@pytest.mark.parametrize("damaged", ["", "[]", "{", "\xff"])
def test_a_damaged_list_is_no_list(tmp_path, damaged):
    install_files(FILES, tmp_path)
    (tmp_path / LIST).write_bytes(damaged.encode("latin-1"))
    install_files(FILES, tmp_path)
    assert plugin_files(tmp_path) == FILES
    assert remove_files(tmp_path) == (3, [])


# -- the folders -------------------------------------------------------------------------------------------


def linux(home: Path, **environment: str) -> Machine:
    return Machine("linux", home, None, environment)


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ('XDG_DOCUMENTS_DIR="$HOME/Dokumente"\n', "Dokumente"),
        ('# XDG_DOCUMENTS_DIR="$HOME/no"\nXDG_DOCUMENTS_DIR="$HOME/Mes documents"\n', "Mes documents"),
        ('XDG_MUSIC_DIR="$HOME/Musik"\n', "Documents"),
        (None, "Documents"),
    ],
)
def test_documents_are_where_qt_says(tmp_path, monkeypatch, text, folder):
    from PySide6.QtCore import QStandardPaths

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    if text is not None:
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config" / "user-dirs.dirs").write_text(text)
    assert documents(linux(tmp_path)) == tmp_path / folder
    assert Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)) == (
        tmp_path / folder
    )


def test_documents_of_windows_may_lie_in_onedrive(tmp_path):
    machine = Machine("win32", tmp_path, tmp_path / "OneDrive" / "Documents", {})
    assert plugin_folders(4, machine) == [
        PluginFolder(4, tmp_path / "OneDrive" / "Documents" / "MuseScore4" / PLUGINS, has_run=False)
    ]


def test_documents_of_a_mac_are_in_the_home(tmp_path):
    (tmp_path / "Documents" / "MuseScore4").mkdir(parents=True)
    assert plugin_folders(4, Machine("darwin", tmp_path)) == [
        PluginFolder(4, tmp_path / "Documents" / "MuseScore4" / PLUGINS, has_run=True)
    ]


@pytest.mark.parametrize("name", TRANSLATED)
def test_musescore_3_speaks_the_users_language_and_4_does_not(tmp_path, name):
    for version in (3, 4):
        (tmp_path / "Documents" / f"MuseScore{version}" / name).mkdir(parents=True)
    assert [place.path.name for place in plugin_folders(3, linux(tmp_path))] == [name]
    assert [place.path.name for place in plugin_folders(4, linux(tmp_path))] == [PLUGINS]


def write_settings(home: Path, version: int, folder: str, under: Path = Path(".config")) -> None:
    """The preferences with this folder of plugins, as Qt writes them."""
    from PySide6.QtCore import QSettings

    path = home / under / "MuseScore" / f"MuseScore{version}.ini"
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    settings.setValue("application/startup/firstStart", False)
    settings.setValue("application/paths/myPlugins", folder)
    settings.setValue("ui/application/language", "de")
    settings.setValue("zz/paths/myPlugins", "/not/this")
    settings.sync()


@pytest.mark.parametrize("under", [Path(".config"), FLATPAK_SETTINGS])
def test_the_folder_of_the_preferences_comes_first(tmp_path, under):
    (tmp_path / "Documents" / "MuseScore3" / PLUGINS).mkdir(parents=True)
    write_settings(tmp_path, 3, str(tmp_path / "mine"), under)
    assert plugin_folders(3, linux(tmp_path)) == [PluginFolder(3, tmp_path / "mine", has_run=True)]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="@"), min_size=1))
def test_a_folder_of_any_name_is_read_from_the_preferences(tmp_path_factory, name):
    home = tmp_path_factory.mktemp("home")
    write_settings(home, 4, f"/music/{name}/Plugins")
    assert preferred(4, linux(home)) == Path(f"/music/{name}/Plugins")


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        (r"C:/Users/J\xfcrgen/Plug-Ins", "C:/Users/Jürgen/Plug-Ins"),
        (r'"/music/a, b/\x4f5c\x66f2"', "/music/a, b/作曲"),
        (r"/music/\xd83c\xdfb5", "/music/🎵"),
        ("plugins", "plugins"),
    ],
)
def test_the_preferences_of_musescore_3_are_in_qt_5s_letters(tmp_path, written, folder):
    path = tmp_path / ".config" / "MuseScore" / "MuseScore3.ini"
    path.parent.mkdir(parents=True)
    path.write_text(f"[application]\nstartup\\firstStart=false\npaths\\myPlugins={written}\n\n[ui]\na=b\n")
    assert preferred(3, linux(tmp_path)) == tmp_path / folder


@pytest.mark.host
def test_a_german_musescore_3_looks_where_the_plugin_is_put(tmp_path, monkeypatch):
    program = host_or_skip(find_musescore(), "MuseScore 3")
    settings = tmp_path / ".config" / "MuseScore" / "MuseScore3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[application]\nstartup\\firstStart=false\n[ui]\napplication\\language=de\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    out = tmp_path / "out.mid"
    subprocess.run(
        [program, "-o", out, TWINKLE], env=environment, check=True, capture_output=True, timeout=60
    )
    folder = tmp_path / "Documents" / "MuseScore3" / "Plug-Ins"
    assert folder.is_dir(), "MuseScore made its folders"
    assert f"MuseScore 3: {folder / 'ripieno'} (not installed)\n" in run("--where").stdout
    run()
    assert (folder / "ripieno" / "ripieno.qml").is_file()
