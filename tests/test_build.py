"""The build: the page's libraries are fetched once and checked, and a wheel has all that users need."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from common import ROOT, host_or_skip
from ripieno_bridges import page

sys.path.insert(0, str(ROOT))

import hatch_build
from hatch_build import LIST, LOCK, PACKAGE_FILES, STAMP, BuildHook, fetch

VENDOR = ROOT / hatch_build.VENDOR
LIBRARIES = {"verovio": "6.3.0"}


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """The folder of the page's libraries as it is in a fresh clone."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    for name in (LIST, LOCK):
        shutil.copy(VENDOR / name, folder)
    return folder


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def fill(vendor: Path, versions: dict[str, str] = LIBRARIES) -> None:
    """Stand-ins for the libraries, in these versions."""
    for name in PACKAGE_FILES.values():
        (vendor / name).write_text(name)
    (vendor / STAMP).write_text(json.dumps(versions))


# -- the libraries -----------------------------------------------------------------------------------------


def test_libraries_that_are_there_are_not_fetched_again(vendor, no_npm):
    fill(vendor)
    assert fetch(vendor) is None


@pytest.mark.parametrize("name", [*PACKAGE_FILES.values(), STAMP])
def test_a_library_that_is_missing_is_fetched(vendor, no_npm, name):
    fill(vendor)
    (vendor / name).unlink()
    assert fetch(vendor) == (
        "npm, which fetches Verovio, is not installed; install Node.js, then ripieno again"
    )


@pytest.mark.parametrize(
    "versions", [{"verovio": "6.2.0"}, {"verovio": "6.3.0", "tone": "15.5.44"}, {}, None]
)
def test_libraries_of_another_version_are_fetched(vendor, no_npm, versions):
    fill(vendor, versions)
    assert fetch(vendor) is not None


@pytest.mark.host
def test_without_network_the_fault_is_told_and_nothing_is_written(vendor, monkeypatch, tmp_path):
    host_or_skip(shutil.which("npm"), "npm")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{closed.getsockname()[1]}/")
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
        fault = fetch(vendor)
    assert fault is not None
    assert re.fullmatch(r"npm could not fetch Verovio \(.*\); install ripieno again .*", fault)
    assert {path.name for path in vendor.iterdir()} == {LIST, LOCK}


@pytest.mark.host
def test_npm_fetches_them_whole(vendor):
    host_or_skip(shutil.which("npm"), "npm")
    fault = fetch(vendor)
    if fault and "could not fetch" in fault and os.environ.get("RIPIENO_HOSTS") != "required":
        pytest.skip(fault)
    assert fault is None
    assert json.loads((vendor / STAMP).read_bytes()) == LIBRARIES
    assert {path.name for path in vendor.iterdir()} == {LIST, LOCK, STAMP, *PACKAGE_FILES.values()}
    assert (vendor / "verovio-toolkit-wasm.js").stat().st_size > 5_000_000


@pytest.mark.parametrize("lock", [VENDOR / LOCK, ROOT / "tests" / "support" / "node" / LOCK])
def test_packages_of_npm_have_exact_versions_and_checksums(lock):
    listed = json.loads(lock.with_name(LIST).read_bytes())
    packages = json.loads(lock.read_bytes())["packages"]
    wanted = listed.get("dependencies", {}) | listed.get("devDependencies", {})
    assert all(packages[f"node_modules/{name}"]["version"] == version for name, version in wanted.items())
    fetched = [package for name, package in packages.items() if name]
    assert all(package["integrity"].startswith("sha512-") for package in fetched)
    assert not any("resolved" in package for package in fetched), "an address of one's own registry"


def test_the_page_says_which_libraries_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "FOLDER", tmp_path)
    assert page.missing() == page.FILES
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "verovio-toolkit-wasm.js").touch()
    assert page.missing() == ()
    assert {Path(file).name for file in page.FILES} <= set(PACKAGE_FILES.values())


# -- the wheel ---------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small ripieno: our own build files, and a file or two in each folder."""
    root = tmp_path / "project"
    names = ("musescore", "maxforlive", "puredata", "sonicpi", "ardour", "reaper")
    plugins = [f"plugin/{name}" for name in names]
    for folder in ("engine/ripieno", "bridges/ripieno_bridges", "scores", *plugins):
        (root / folder).mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, root)
    for name in ("engine/ripieno/__init__.py", "bridges/ripieno_bridges/__init__.py"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(VENDOR, root / hatch_build.VENDOR)
    (root / hatch_build.VENDOR.parent / "index.html").touch()
    files = ("ripieno.qml", "ripieno.amxd", "ripieno.pd", "ripieno.rb", "ripieno.lua", "ripieno.lua")
    for name in (*(f"{p}/{f}" for p, f in zip(plugins, files, strict=True)), "plugin/maxforlive/build.py"):
        (root / name).touch()
    for name in ("scores/tune.musicxml", "scores/README.md"):
        (root / name).touch()
    return root


def built(project: Path) -> set[str]:
    """Build a wheel; the names of its files, without those about the distribution."""
    wheel = next(WheelBuilder(str(project)).build(directory=str(project / "dist"), versions=["standard"]))
    with ZipFile(wheel) as file:
        return {name for name in file.namelist() if ".dist-info/" not in name}


def test_a_wheel_brings_page_libraries_melodies_and_plugins(project, no_npm):
    fill(project / hatch_build.VENDOR)
    names = built(project)
    assert names >= {
        "ripieno/__init__.py",
        "ripieno_bridges/page/index.html",
        "ripieno_bridges/page/examples/tune.musicxml",
        "ripieno_bridges/plugins/musescore/ripieno.qml",
        "ripieno_bridges/plugins/maxforlive/ripieno.amxd",
        "ripieno_bridges/plugins/puredata/ripieno.pd",
        "ripieno_bridges/plugins/sonicpi/ripieno.rb",
        "ripieno_bridges/plugins/ardour/ripieno.lua",
        "ripieno_bridges/plugins/reaper/ripieno.lua",
        "ripieno_bridges/page/vendor/LGPL-3.0.txt",
        *(f"ripieno_bridges/page/vendor/{name}" for name in PACKAGE_FILES.values()),
    }
    assert "ripieno_bridges/page/examples/README.md" not in names
    assert "ripieno_bridges/plugins/maxforlive/build.py" not in names


def test_without_npm_the_build_warns_and_goes_on(project, no_npm, capfd):
    for name in PACKAGE_FILES.values():
        (project / hatch_build.VENDOR / name).unlink(missing_ok=True)
    names = built(project)
    assert "ripieno_bridges/page/index.html" in names
    assert "ripieno_bridges/page/vendor/verovio-toolkit-wasm.js" not in names
    warning = "ripieno is built without its browser page: npm, which fetches Verovio, is not installed"
    assert warning in "".join(capfd.readouterr())


def test_an_editable_installation_reads_the_repository(project, no_npm):
    fill(project / hatch_build.VENDOR)
    for version, copies in (("editable", 0), ("standard", 7)):
        build_data: dict[str, dict[str, str]] = {"force_include": {}}
        BuildHook(str(project), {}, None, None, str(project / "dist"), "wheel").initialize(
            version, build_data
        )
        assert len(build_data["force_include"]) == copies


# -- versions ----------------------------------------------------------------------------------------------


def test_every_requirement_has_a_tested_version():
    def plain(requirement: str) -> str:
        return re.split(r"[<>=\[]", requirement)[0].lower().replace("_", "-")

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {plain(r) for r in project["dependencies"]}
    wanted |= {plain(r) for extra in project["optional-dependencies"].values() for r in extra}
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    tested = {plain(line) for line in lines if "==" in line}
    assert wanted <= tested
