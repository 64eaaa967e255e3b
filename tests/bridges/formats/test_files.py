"""A file is saved whole or not at all, never over another unasked; one that is no score is refused."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from common import ROOT
from ripieno.errors import FileError
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats import files
from ripieno_bridges.formats.exports import check_target
from ripieno_bridges.formats.files import alternative_path, load, save, save_all
from ripieno_bridges.formats.size_limit import MAX_DOCUMENT_BYTES

KINDS = (
    "MusicXML (.musicxml, .xml, .mxl), MIDI (.mid), LilyPond (.ly), PDF (.pdf), ABC (.abc) or "
    "DAWproject (.dawproject)"
)
THERE = "is there already; choose another name, or add --force to replace it"


def fault_of(work: Callable[[], object]) -> str:
    with pytest.raises(FileError) as caught:
        work()
    return str(caught.value)


def names_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


# -- saving ------------------------------------------------------------------------------------------------


def test_a_new_file_has_the_bytes_and_the_rights_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        save(tmp_path / "a.mid", b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "a.mid").read_bytes() == b"new"
    assert (tmp_path / "a.mid").stat().st_mode & 0o777 == 0o640
    assert names_in(tmp_path) == ["a.mid"]


def test_a_file_is_replaced_only_by_force_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"old")
    path.chmod(0o600)
    assert fault_of(lambda: save(path, b"new")) == f"{path}: {THERE}"
    assert path.read_bytes() == b"old"
    save(path, b"new", force=True)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path) == ["a.mid"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    path, link = tmp_path / "a.mid", os.link

    def late(source: Path, target: Path) -> None:
        path.write_bytes(b"theirs")
        if not links:
            raise PermissionError(1, "no hard links here")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    assert fault_of(lambda: save(path, b"ours")) == f"{path}: {THERE}"
    assert path.read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["a.mid"]


def test_a_disk_without_hard_links_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    save(tmp_path / "a.mid", b"new")
    assert (tmp_path / "a.mid").read_bytes() == b"new"
    assert names_in(tmp_path) == ["a.mid"]


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("step", ["fsync", "replace", "link"])
def test_a_full_disk_at_any_step_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, force: bool
) -> None:
    path = tmp_path / "a.mid"
    if force:
        path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in {"link", "replace"} if step == "link" else {step}:
        monkeypatch.setattr(os, name, full)
    if step == "replace" and not force:
        monkeypatch.setattr(os, "link", full)
    if step == "link" and force:
        pytest.skip("no link is made by force")
    assert fault_of(lambda: save(path, b"new", force=force)) == (
        f"{path}: the disk is full; make room and save once more"
    )
    assert names_in(tmp_path) == (["a.mid"] if force else [])
    assert not force or path.read_bytes() == b"old"


def in_child(work: Callable[[], None]) -> int:
    """The exit status of a process of its own that does this; 9 where it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def test_a_file_beyond_the_disks_limit_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"old")

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        fault = fault_of(lambda: save(path, bytes(5000), force=True))
        os._exit(7 if fault == f"{path}: the disk takes no file of this size; choose another folder" else 1)

    assert os.waitstatus_to_exitcode(in_child(work)) == 7
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.mid"]


@pytest.mark.parametrize("step", ["fsync", "replace", "before"])
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new(tmp_path: Path, step: str) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"old")

    def work() -> None:
        if step != "before":
            setattr(os, step, lambda *_: os.kill(os.getpid(), 9))
        else:
            files.os.path.realpath = lambda *_: os.kill(os.getpid(), 9)  # type: ignore
        save(path, b"new", force=True)

    assert in_child(work) == 9
    assert path.read_bytes() == b"old"


def test_a_link_stays_a_link_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.mid").write_bytes(b"old")
    link = tmp_path / "link.mid"
    link.symlink_to("real.mid")
    assert fault_of(lambda: save(link, b"new")) == f"{link}: {THERE}"
    save(link, b"new", force=True)
    assert link.is_symlink()
    assert (tmp_path / "real.mid").read_bytes() == b"new"


def test_a_name_may_be_in_any_script_and_as_long_as_the_disk_allows(tmp_path: Path) -> None:
    for name in ("Chorał № 1 合唱.musicxml", "a" * 246 + ".musicxml"[:9]):
        save(tmp_path / name, b"new")
        assert (tmp_path / name).read_bytes() == b"new"


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run as a user without rights; root may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_one_may_not_write_to_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    tmp_path.chmod(0o500)
    real = os.access
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda p, mode: mode != os.W_OK and real(p, mode))
        assert fault_of(lambda: save(path, b"x")) == (
            f"{path}: you may not write there; choose another folder"
        )
    tmp_path.chmod(0o700)


def test_a_file_that_one_may_not_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"x")
    path.chmod(0)
    with unprivileged():
        assert fault_of(lambda: load(path)) == f"{path}: you may not read it; ask whom it belongs to"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a.txt", "a.txt: ripieno writes " + KINDS + "; end the name with one of these"),
        ("a", "a: ripieno writes " + KINDS + "; end the name with one of these"),
        ("there.mid", "{}/there.mid: " + THERE),
        ("folder.mid", "{}/folder.mid: a folder; name the file to write"),
        ("none/a.mid", "{0}/none/a.mid: there is no folder {0}/none; make it first"),
        ("b" * 300 + ".mid", "{}/" + "b" * 300 + ".mid: its name is too long; choose a shorter one"),
    ],
    ids=lambda text: text[:12],
)
def test_a_target_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, name: str, fault: str
) -> None:
    (tmp_path / "there.mid").write_bytes(b"x")
    (tmp_path / "folder.mid").mkdir()
    assert fault_of(lambda: check_target(tmp_path / name, force=False)) == fault.format(tmp_path)


@pytest.mark.parametrize(
    ("path", "number", "expected"),
    [
        ("out.musicxml", 1, "out.musicxml"),
        ("out.musicxml", 2, "out-2.musicxml"),
        ("a/b.c.mid", 12, "a/b.c-12.mid"),
    ],
)
def test_alternatives_are_numbered(path: str, number: int, expected: str) -> None:
    assert alternative_path(Path(path), number) == Path(expected)


# -- loading -----------------------------------------------------------------------------------------------


def test_a_path_that_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe, folder, large = (tmp_path / f"{name}.musicxml" for name in ("pipe", "folder", "large"))
    os.mkfifo(pipe)
    folder.mkdir()
    with large.open("wb") as file:
        file.truncate(33 << 20)
    missing = tmp_path / "missing.mid"
    assert fault_of(lambda: load(pipe)) == f"{pipe}: not a file but a device; save the score as a file first"
    assert fault_of(lambda: load(folder)) == f"{folder}: a folder; name a score in it"
    assert fault_of(lambda: load(large)) == (
        "large.musicxml: larger than 32 MB; give ripieno one movement at a time"
    )
    no_file = "there is no such file; check the name and the folder"
    assert fault_of(lambda: load(missing)) == f"{missing}: {no_file}"
    assert fault_of(lambda: load(Path("a\0.mid"))) == f"a?.mid: {no_file}"


def test_the_page_takes_files_of_the_same_size() -> None:
    scripts = (ROOT / "bridges" / "ripieno_bridges" / "page").glob("*.js")
    sizes = [
        size for path in scripts for size in re.findall(r"(\d+) \* 1024 \* 1024", path.read_text("utf-8"))
    ]
    assert sizes == [str(MAX_DOCUMENT_BYTES >> 20)]


# -- forbidden calls ---------------------------------------------------------------------------------------

FORBIDDEN = re.compile(r"converter\.parse\(|torch\.load\(|(^|[^_\w])import pickle|pickle\.load|shell=True")


def test_no_code_here_runs_what_a_file_says() -> None:
    sources = [*ROOT.glob("engine/**/*.py"), *ROOT.glob("bridges/**/*.py")]
    assert len(sources) > 20
    assert [str(p) for p in sources if FORBIDDEN.search(p.read_text("utf-8"))] == []


def test_several_files_get_their_names_together_or_not_at_all(tmp_path: Path) -> None:
    def made() -> Iterator[tuple[Path, bytes]]:
        yield tmp_path / "one.wav", b"1"
        assert not (tmp_path / "one.wav").exists()
        yield tmp_path / "two.wav", b"2"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_all(made())
    assert list(tmp_path.iterdir()) == []
    save_all([(tmp_path / "one.wav", b"1"), (tmp_path / "two.wav", b"2")])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"one.wav": b"1", "two.wav": b"2"}


def test_at_the_command_line_too_the_reader_says_what_is_wrong_with_a_score(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"x")
    real = os.access
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda p, mode, **more: mode != os.R_OK and real(p, mode, **more))
        said = CliRunner().invoke(main, ["check", str(path)]).output
    assert said.startswith("ripieno: a.mid: not a MIDI file")
