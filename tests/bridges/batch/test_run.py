"""A batch that is stopped anywhere goes on without a loss or a double; what is wrong is a sentence."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from batch_support import HerePool, write_tunes
from ripieno.errors import STOPPED, FileError
from ripieno.text.notation import parse_score
from ripieno_bridges.api.exports import EXPORTS
from ripieno_bridges.batch.manifest import MANIFEST, open_manifest, read_manifest
from ripieno_bridges.batch.run import BatchRun
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from tiny_network import random_weights

NAMES = ["0.musicxml", "1.musicxml", "2.musicxml"]
GONE = "the folder has vanished; bring it back and give the same command, which goes on where it stopped"
Hook = Callable[[str, int], bool]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return random_weights(tmp_path_factory.mktemp("model"))


@pytest.fixture
def hooks(monkeypatch) -> list[Hook]:
    """Called before each item, and may end the worker; real workers, but no processes, which take seconds."""
    found: list[Hook] = []

    def pool(run: BatchRun, _left: int) -> HerePool:
        return HerePool(run.plan(), dies=lambda key, number: any(hook(key, number) for hook in found))

    monkeypatch.setattr(BatchRun, "_pool", pool)
    return found


@pytest.fixture
def place(tmp_path, hooks) -> Path:
    write_tunes(tmp_path / "in")
    return tmp_path


def batch(place: Path, model: Path, *more: object, exit_code: int = 0):
    arguments = ["batch", place / "in", "-o", place / "out", "--model", model, "--beam", 1, *more]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == exit_code, result.output
    return result


def report(place: Path, model: Path, *more: object, exit_code: int = 0) -> dict:
    return json.loads(batch(place, model, *more, "--json", exit_code=exit_code).stdout)


def results(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (place / "out").glob("*.musicxml")}


def test_each_file_is_what_harmonize_writes_with_its_seed(place, model):
    batch(place, model, "--seed", 7)
    _, done = read_manifest(place / "out" / MANIFEST)
    assert sorted(done) == sorted(results(place)) == NAMES
    for name, entry in done.items():
        again = place / name
        arguments = ["harmonize", place / "in" / name, "--model", model, "--seed", entry.seed, "-o", again]
        arguments += ["--beam", 1]
        assert CliRunner().invoke(main, [str(argument) for argument in arguments]).exit_code == 0
        assert again.read_bytes() == results(place)[name]


def test_what_is_done_is_not_done_again_unless_it_has_changed_or_is_gone(place, model, hooks):
    assert report(place, model)["done"] == 3
    seen: list[str] = []

    def see(key: str, _number: int) -> bool:
        seen.append(key)
        return False

    hooks.append(see)
    seed = report(place, model)["seed"]
    assert seen == []
    before = results(place)
    (place / "in" / "1.musicxml").write_bytes(write_musicxml(parse_score("C5:4 C5 G5 G5")))
    (place / "out" / "2.musicxml").unlink()
    again = report(place, model)
    assert (again["done"], again["unchanged"], again["seed"]) == (2, 1, seed)
    assert seen == ["1.musicxml", "2.musicxml"]
    assert results(place)["2.musicxml"] == before["2.musicxml"]
    assert results(place)["1.musicxml"] != before["1.musicxml"]


def test_another_option_is_told_in_a_sentence(place, model):
    batch(place, model, "--seed", 7)
    before = results(place)
    said = batch(place, model, "--seed", 8, "--temperature", 0.5, exit_code=1).stderr
    assert said == (
        f"ripieno: {place / 'out'} was begun with --temperature left out, and now 0.5; with seed 7, and now "
        "8; name a new folder, give the same options, or add --force to do all again\n"
    )
    assert results(place) == before
    batch(place, model, "--seed", 8, "--force")
    assert results(place) != before


@pytest.mark.parametrize(("kind", "keep"), [("musicxml", 0.55), ("parquet", 0.999), ("parquet", 0.0)])
def test_a_manifest_that_was_cut_off_anywhere_costs_neither_a_loss_nor_a_double(place, model, keep, kind):
    options = ("--seed", 7, "--format", kind)
    batch(place, model, *options)
    manifest = place / "out" / MANIFEST
    data, before = manifest.read_bytes(), results(place)
    header = data.index(b"\n") + 1
    manifest.write_bytes(data[: header + int(keep * (len(data) - header))])
    batch(place, model, *options)
    assert sorted(read_manifest(manifest)[1]) == NAMES
    assert results(place) == before
    if kind == "parquet":
        assert ids(place) == NAMES


def test_no_alternative_takes_the_name_of_another_piece(place, model):
    (place / "in" / "0-2.musicxml").write_bytes(write_musicxml(parse_score("C5:4 C5 G5 G5")))
    said = batch(place, model, "--alternatives", 2, exit_code=1).stdout
    assert "would be written to the same file as 0-2.musicxml" in said
    made = ["0-2-2.musicxml", "0-2.musicxml", "1-2.musicxml", "1.musicxml", "2-2.musicxml", "2.musicxml"]
    assert sorted(results(place)) == made
    _, done = read_manifest(place / "out" / MANIFEST)
    assert sorted(name for entry in done.values() for name in entry.files) == made


def test_what_cannot_be_done_is_in_a_table_and_ends_nothing(place, model):
    (place / "in" / "bad.musicxml").write_text("no score")
    (place / "in" / "full.mscz").write_bytes(b"")
    (place / "in" / "0.xml").write_bytes((place / "in" / "0.musicxml").read_bytes())
    said = batch(place, model, "--format", "musicxml", exit_code=1).stdout
    assert f"3 errors: {place / 'out' / 'errors.csv'}" in said
    with (place / "out" / "errors.csv").open() as file:
        rows = {row.pop("file"): row for row in csv.DictReader(file)}
    assert rows["0.xml"]["fault"] == "would be written to the same file as 0.musicxml"
    assert rows["bad.musicxml"]["way out"] == "export it from your notation program once more, as MusicXML"
    assert rows["full.mscz"]["fault"] == "a MuseScore file"
    assert sorted(results(place)) == NAMES
    for name in rows:
        (place / "in" / name).unlink()
    batch(place, model, "--format", "musicxml")
    assert not (place / "out" / "errors.csv").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is a text")
def test_a_name_that_is_no_text_ends_nothing(place, model):
    (place / "in" / "1.musicxml").rename(place / "in" / os.fsdecode(b"caf\xe9.musicxml"))
    done = report(place, model, exit_code=1)
    assert sorted(results(place)) == ["0.musicxml", "2.musicxml"]
    (row,) = csv.DictReader((place / "out" / "errors.csv").read_text("utf-8").splitlines())
    assert row == {
        "file": "caf?.musicxml",
        "place": "",
        "fault": "its name is not in UTF-8",
        "way out": "rename it",
    }
    assert done


@pytest.mark.parametrize("name", ["../precious.txt", "{place}/precious.txt"])
def test_force_removes_nothing_outside_the_folder(place, model, name):
    (place / "precious.txt").write_text("mine")
    (place / "out").mkdir()
    entry = {"item": "a", "seed": 1, "source": "", "files": [name.format(place=place)], "remarks": []}
    lines = ({"request": {"seed": 1}}, {"done": entry})
    (place / "out" / MANIFEST).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    batch(place, model, "--force")
    assert (place / "precious.txt").read_text() == "mine"


def test_a_fault_in_a_measure_has_its_place(place, model):
    low = write_musicxml(parse_score("C5:4 D5 E5 C5 | C2:4 C2 C2 C2"))
    (place / "in" / "low.musicxml").write_bytes(low)
    error = report(place, model, "--strict-range", exit_code=1)["errors"][0]
    assert error["file"] == "low.musicxml"
    assert "measure 2" in error["place"]


def test_a_full_disk_stops_it_with_a_sentence(place, model):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        said = batch(place, model, "--seed", 7, exit_code=1).stderr
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said == (
        f"ripieno: {place / 'out' / '0.musicxml'}: the disk takes no file of this size; choose another "
        "folder\nripieno: stopped; the same command goes on where it stopped\n"
    )
    batch(place, model, "--seed", 7)
    assert sorted(results(place)) == NAMES


@pytest.fixture
def many(place) -> list[str]:
    """More files than workers take at once."""
    for number in (3, 4, 5):
        (place / "in" / f"{number}.musicxml").write_bytes((place / "in" / "0.musicxml").read_bytes())
    return sorted(path.name for path in (place / "in").iterdir())


@pytest.mark.parametrize("folder", ["in", "out"])
def test_a_folder_that_vanishes_stops_it_and_nothing_is_lost(place, model, hooks, many, folder):
    def take_away(key: str, _number: int) -> bool:
        if key == many[2]:
            (place / folder).rename(place / "away")
        return False

    hooks.append(take_away)
    said = batch(place, model, "--seed", 7, exit_code=1).stderr
    hooks.clear()
    where = place / folder
    assert said == f"ripieno: {where}: {GONE}\nripieno: stopped; the same command goes on where it stopped\n"
    assert not where.exists()
    (place / "away").rename(where)
    assert 1 <= report(place, model, "--seed", 7)["unchanged"] < len(many)
    assert sorted(results(place)) == many


def test_ctrl_c_stops_it_and_the_same_command_goes_on(place, model, hooks, many):
    def press(key: str, _number: int) -> bool:
        if key == many[2]:
            os.kill(os.getpid(), signal.SIGINT)
        return False

    hooks.append(press)
    said = batch(place, model, "--seed", 7, exit_code=STOPPED).stderr
    hooks.clear()
    assert said == "ripieno: stopped; the same command goes on where it stopped\n"
    before = len(results(place))
    assert 1 <= before < len(many)
    assert report(place, model)["unchanged"] == before
    assert sorted(results(place)) == many


def test_only_one_batch_may_write_to_a_folder(tmp_path):
    header = {"seed": 1}
    first = open_manifest(tmp_path / "out", header, force=False)
    with pytest.raises(FileError, match="another batch writes there; wait for it, or name a new folder"):
        open_manifest(tmp_path / "out", header, force=True)
    first.close()
    open_manifest(tmp_path / "out", header, force=False).close()


def test_a_folder_with_other_files_is_left_alone(place, model):
    (place / "out").mkdir()
    (place / "out" / "0.musicxml").write_text("mine")
    said = batch(place, model, exit_code=1).stderr
    assert "has files that no batch wrote; name a new folder, or add --force" in said
    assert (place / "out" / "0.musicxml").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["in", "--amount", "0.5"], "--amount is not for harmonize; leave it out"),
        (["in", "--task", "check", "--bars", "4"], "--bars is not for check; leave it out"),
        (["in", "--task", "infill"], "which measures are to be regenerated? Say --measures 5-8"),
        (["in", "--task", "compose"], "to compose needs no files; leave them out, or say --task harmonize"),
        (["in", "-n", "3"], "-n is for --task compose; leave it out"),
        (["in", "--format", "json"], "--format json is not for harmonize; leave it out"),
        (["--task", "vary"], "there is nothing to vary; name a folder, a list or files"),
        (["in", "--license", "mit"], "--license is for a data set; leave it out, or say --format parquet"),
    ],
)
def test_options_that_make_no_sense_are_told_before_anything_is_read(tmp_path, arguments, text):
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["batch", *arguments, "-o", str(out)])
    assert (result.exit_code, result.stderr) == (1, f"ripieno: {text}\n")
    assert not out.exists()


def test_files_of_a_kind_whose_program_is_missing_are_told_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["batch", "in", "--format", "pdf", "-o", str(out)])
    assert result.stderr == (
        "ripieno: PDF files are made by lilypond, which is not installed; install it, or take LilyPond's own "
        "files (.ly), to engrave them elsewhere\n"
    )
    assert not out.exists()


@pytest.mark.parametrize(
    "kind", [kind for kind in EXPORTS if kind.program is None], ids=lambda kind: kind.name
)
def test_every_kind_of_file_can_be_made_of_a_folder(place, model, kind):
    batch(place, model, "--format", kind.name)
    made = {path.name: path.stat().st_size for path in (place / "out").glob(f"*{kind.endings[0]}")}
    assert sorted(made) == [name.replace(".musicxml", kind.endings[0]) for name in NAMES]
    assert min(made.values()) > 100


@pytest.mark.parametrize("task", ["continue", "infill", "vary", "check", "analyze"])
def test_every_task_on_a_document_makes_its_files(place, model, task):
    more = {"infill": ("--measures", "1-2"), "continue": ("--bars", 1)}.get(task, ())
    arguments = ["batch", place / "in", "-o", place / "out", "--task", task, *more]
    arguments += [] if task in ("check", "analyze") else ["--model", model]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    if task in ("check", "analyze"):
        found = json.loads((place / "out" / "0.json").read_text())
        assert found["notes"] == 6
        assert ("analysis" in found) == (task == "analyze")
    else:
        assert sorted(results(place)) == NAMES


# -- the data set ------------------------------------------------------------------------------------------


def rows(place: Path) -> list[dict]:
    from pyarrow import parquet

    return parquet.read_table(place / "out" / "data").to_pylist()


def ids(place: Path) -> list[str]:
    return sorted(row["id"] for row in rows(place))


def test_a_row_has_the_notes_their_harmony_and_what_made_them(place, model):
    batch(place, model, "--format", "parquet", "--seed", 7, "--alternatives", 2)
    found = rows(place)
    assert [(row["id"], row["alternative"]) for row in found] == [(n, a) for n in NAMES for a in (1, 2)]
    row = found[0]
    assert (row["source"], row["task"], row["model"]) == ("0.musicxml", "harmonize", "random")
    given = [(n["spelling"], n["onset"], n["duration"]) for n in row["notes"] if not n["new"]]
    times = [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (6, 2)]
    assert given == [
        (name, *at) for name, at in zip(("C5", "D5", "E5", "C5", "D5", "C5"), times, strict=True)
    ]
    assert {n["voice"] for n in row["notes"] if n["new"]} <= {"alto", "tenor", "bass"}
    assert row["chords"][0].keys() == {"onset", "measure", "beat", "key", "numeral", "symbol"}
    assert isinstance(row["faults"], list)
    assert len(row["weights_sha256"]) == 64


def test_the_card_is_read_as_data_hubs_read_it(place, model):
    import yaml

    batch(place, model, "--format", "parquet", "--license", "cc0-1.0")
    _, front, text = (place / "out" / "README.md").read_text().split("---\n", 2)
    card = yaml.safe_load(front)
    assert (card["license"], card["size_categories"]) == ("cc0-1.0", ["n<1K"])
    pattern = card["configs"][0]["data_files"][0]["path"]
    assert sorted((place / "out").glob(pattern)) == [place / "out" / "data" / "part-00001.parquet"]
    assert [name for name in rows(place)[0] if f"`{name}`" not in text] == []


def test_a_file_that_has_changed_takes_the_place_of_its_row(place, model):
    batch(place, model, "--format", "parquet", "--seed", 7)
    before = {row["id"]: row for row in rows(place)}
    (place / "in" / "1.musicxml").write_bytes(write_musicxml(parse_score("C5:4 C5 G5 G5")))
    batch(place, model, "--format", "parquet", "--seed", 7)
    assert ids(place) == NAMES
    assert [row["id"] for row in rows(place) if row != before[row["id"]]] == ["1.musicxml"]


def test_more_pieces_later_are_added_to_the_first_ones(tmp_path, model, hooks):
    def compose(count: int) -> list[dict]:
        arguments = ["batch", "--task", "compose", "-n", count, "--bars", 1, "--model", model, "--seed", 3]
        arguments += ["--format", "parquet", "-o", tmp_path / "out"]
        assert CliRunner().invoke(main, [str(argument) for argument in arguments]).exit_code == 0
        return rows(tmp_path)

    first = compose(2)
    assert compose(5)[:2] == first
    assert ids(tmp_path) == [f"00000{number}" for number in range(1, 6)]
