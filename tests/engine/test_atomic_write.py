"""A file is replaced as a whole or stays as it was, and no temporary file is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ripieno.atomic_write import replace_file, temporary_file


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("old", [None, b"old and longer"])
def test_a_file_has_the_new_bytes_and_nothing_lies_beside_it(tmp_path: Path, old: bytes | None) -> None:
    path = tmp_path / "a.bin"
    if old is not None:
        path.write_bytes(old)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_error_at_any_step_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left on device"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("name", ["a\0b", "missing/a.bin"])
def test_an_impossible_target_is_an_error_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises((OSError, ValueError)):
        replace_file(tmp_path / name, b"new")
    assert names_in(tmp_path) == []


def test_a_temporary_file_that_was_not_renamed_goes(tmp_path: Path) -> None:
    with temporary_file(tmp_path / "a.bin", b"new") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.read_bytes() == b"new"
    assert names_in(tmp_path) == []
