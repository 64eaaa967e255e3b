"""The worker itself: what it tells where something unexpected happens, and where it can be interrupted."""

import importlib
import io
import sys

import pytest

from ripieno_bridges.api.replies import OUR_FAULT, Failed, Place
from ripieno_bridges.api.requests import DocumentRequest, File, ReadRequest, Request
from ripieno_bridges.service import documents
from ripieno_bridges.service.worker import StoppedError, Work, Worker, is_importing

FILE = File("my\x07song.mid", b"MThd")
DOCUMENT = DocumentRequest(file=FILE, request=Request(task="harmonize"))


def ended(request, monkeypatch, *, after):
    """The end of a request in whose work a bug shows, after so much progress."""

    def break_down(_runner, _request, *, progress, heard):
        progress(after)
        raise IndexError("a bug")

    monkeypatch.setattr(documents, "reply_to", break_down)
    return Worker(io.BytesIO(), io.BytesIO())._run(Work(1, request), None)


@pytest.mark.parametrize("request_", [ReadRequest(FILE), DOCUMENT])
def test_a_document_that_nobody_understood_is_no_fault_of_the_server(request_, monkeypatch, capsys):
    final = ended(request_, monkeypatch, after=0.0)
    assert final.text == (
        "my?song.mid: something in it is not understood, and the terminal where ripieno runs says more; "
        "export it once more, as MusicXML"
    )
    assert (final.code, final.place) == ("bad_file", Place("my?song.mid"))
    assert "IndexError: a bug" in capsys.readouterr().err


@pytest.mark.parametrize(("request_", "after"), [(DOCUMENT, 0.5), (Request(task="compose"), 0.0)])
def test_a_bug_of_ours_is_told_as_ours(request_, after, monkeypatch, capsys):
    assert ended(request_, monkeypatch, after=after) == Failed("failed", OUR_FAULT)
    assert "IndexError: a bug" in capsys.readouterr().err


def test_it_is_interrupted_only_where_this_work_is_to_be_stopped_and_only_once():
    worker = Worker(io.BytesIO(), io.BytesIO())
    here = sys._getframe()
    worker.interrupt(2, here)  # Ctrl-C in the terminal, with nothing in work
    worker._working, worker._stopped = 2, 1
    worker.interrupt(2, here)
    worker._stopped = 2
    with pytest.raises(StoppedError):
        worker.interrupt(2, here)
    worker.interrupt(2, here)


def test_an_import_is_not_interrupted(tmp_path, monkeypatch):
    """Half of a module would stay, and the next request would find it."""
    (tmp_path / "looks_at_its_import.py").write_text(
        "import sys\nfrom ripieno_bridges.service.worker import is_importing\n"
        "DURING = is_importing(sys._getframe())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.import_module("looks_at_its_import").DURING
    assert not is_importing(sys._getframe())
