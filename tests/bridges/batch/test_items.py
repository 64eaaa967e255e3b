"""Which items there are, and that their seeds and names depend on nothing but themselves."""

from __future__ import annotations

import pytest

from ripieno.errors import FileError, RequestError
from ripieno.limits import SEEDS
from ripieno_bridges.batch.items import ItemReader, find_items, new_pieces, passed_over, seed_of
from ripieno_bridges.batch.writers import file_name

BOOK = "X:1\nT:One\nK:C\nCDEF|\n\nX:2\nT:Two\nK:G\nGABc|\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("b.mid", "a.musicxml", "sub/a.musicxml", ".hidden.mid", "notes.pdf", "old.mscz"):
        (tmp_path / "in" / name).write_bytes(b"")
    (tmp_path / "in" / "book.abc").write_text(BOOK)
    return tmp_path


def keys(place, *sources, output="out"):
    return [item.key for item in find_items([place / source for source in sources], place / output)]


def test_a_folder_gives_its_scores_and_each_tune_of_a_book(place):
    found = ["a.musicxml", "b.mid", "book.abc#1", "book.abc#2", "old.mscz", "sub/a.musicxml"]
    assert keys(place, "in") == found


def test_results_inside_of_the_folder_are_no_scores(place):
    assert "sub/a.musicxml" not in keys(place, "in", output="in/sub")


def test_a_list_names_files_from_its_own_folder_on(place):
    (place / "in" / "list.txt").write_text("# mine\na.musicxml\n\nsub/a.musicxml\nlost.mid\n")
    assert keys(place, "in/list.txt") == ["a.musicxml", "lost.mid", "sub/a.musicxml"]


def test_a_pattern_and_its_files_give_the_same_items(place):
    files = sorted(path.relative_to(place) for path in (place / "in").glob("*.m*"))
    assert keys(place, "in/*.m*") == keys(place, *files) == [".hidden.mid", "a.musicxml", "b.mid", "old.mscz"]


def test_two_files_of_one_name_are_not_mixed_up(place):
    other = place / "other"
    other.mkdir()
    (other / "a.musicxml").write_bytes(b"")
    with pytest.raises(RequestError, match=r"would be saved under one name; give the folder that has both$"):
        keys(place, "in", "other")


def test_without_a_score_there_is_a_sentence(place):
    (place / "empty").mkdir()
    with pytest.raises(FileError, match="there is no score; name a folder, a list or files of MusicXML"):
        keys(place, "empty")


def test_results_do_not_go_into_the_folder_of_the_scores(place):
    with pytest.raises(FileError, match="in: the results would lie among the scores; name another folder"):
        keys(place, "in", output="in")


def test_pdfs_and_recordings_are_told_unless_their_score_is_beside_them(place):
    for name in ("a.pdf", "hymn.PDF", "sub/song.mp3", "notes.txt", "out/b.pdf"):
        (place / "in" / name).parent.mkdir(exist_ok=True)
        (place / "in" / name).write_bytes(b"%PDF")
    items = find_items([place / "in"], place / "in" / "out")
    assert passed_over([place / "in"], items, place / "in" / "out") == [
        "hymn.PDF",
        "notes.pdf",
        "sub/song.mp3",
    ]


def test_a_tune_is_read_without_the_others(place):
    items = find_items([place / "in"], place / "out")
    reader = ItemReader()
    texts = [reader.read(item).data.decode() for item in items if item.tune is not None]
    assert ["One" in text for text in texts] == [True, False]
    assert ["Two" in text for text in texts] == [False, True]


def test_a_seed_depends_on_the_batch_and_the_key_alone():
    seeds = {seed_of(seed, item.key) for seed in (0, 1) for item in new_pieces(500)}
    assert len(seeds) == 1000
    assert all(0 <= seed < SEEDS for seed in seeds)
    assert [item.key for item in new_pieces(3)] == [item.key for item in new_pieces(9)][:3]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("sub/a.mid", "sub/a.musicxml"),
        ("book.abc#07", "book-07.musicxml"),
        ("000001", "000001.musicxml"),
        ("op. 1.mxl", "op. 1.musicxml"),
    ],
)
def test_results_are_called_as_their_items(key, name):
    assert file_name(key, ".musicxml") == name
