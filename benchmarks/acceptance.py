"""Does it work on real music? Harmonize many melodies as a user would, and check every result.

    python benchmarks/acceptance.py [--essen 100] [--chorales 40] [--musescore] [--json FILE] [--model NAME]

The melodies are those in scores/, folk songs of the Essen collection (as music21 brings it along, any key and
range, moved with ``--transpose auto``), and sopranos of chorales that no model was trained on. Each goes the
way of ``ripieno harmonize``: from a file's bytes to a file's bytes. Exits with 1 if any check fails.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))  # the checks are those of the tests

from lxml import etree  # noqa: E402

from common import (  # noqa: E402
    MuseScore,
    find_musescore,
    is_inserted,
    part_names,
    part_shape,
    schema_faults,
    sounding,
    unfilled_measures,
)
from ripieno.corpus.corpus import chorale_split  # noqa: E402
from ripieno.errors import RipienoError  # noqa: E402
from ripieno.models.generator import Generator  # noqa: E402
from ripieno.score import VOICE_NAMES, Score  # noqa: E402
from ripieno.tasks.choir import harmonize  # noqa: E402
from ripieno_bridges.formats import files  # noqa: E402
from ripieno_bridges.formats.musicxml.reader import read_musicxml  # noqa: E402
from ripieno_bridges.formats.musicxml.writer import write_musicxml  # noqa: E402
from ripieno_bridges.service.document_job import document_job, encode_result  # noqa: E402

MUSESCORE_BATCH = 20
SEED = 1


@dataclass
class Case:
    """One melody and what became of it. again: the result as it reads back from its bytes."""

    group: str
    path: Path
    out: Path
    again: Score | None = None
    measures: int = 0
    moved: int = 0
    seconds: float = 0.0
    parallels: int = 0
    faults: list[str] = field(default_factory=list)


# -- melodies ----------------------------------------------------------------------------------------------


def shipped_scores() -> list[Path]:
    return sorted((ROOT / "scores").glob("*.musicxml"))


def corpus_folder() -> Path:
    from music21 import __file__ as music21_file

    return Path(music21_file).parent / "corpus"


def essen_tunes(folder: Path, count: int) -> tuple[list[Path], int]:
    """(MusicXML files of ``count`` folk songs, how many more could not be read from ABC)"""
    tunes: list[tuple[str, str]] = []
    for path in sorted((corpus_folder() / "essenFolksong").glob("*.abc")):
        text = path.read_bytes().decode("latin-1")
        pieces = re.split(r"(?m)^(?=X: ?\d)", text)
        tunes += [(path.stem, piece) for piece in pieces if piece.startswith("X:")]
    random.Random(SEED).shuffle(tunes)
    made: list[Path] = []
    unread = 0
    for stem, tune in tunes:
        if len(made) == count:
            break
        score = read_abc(tune, stem)
        if score is None:
            unread += 1
            continue
        number = re.search(r"\d+", tune)
        path = folder / f"{stem}-{number[0] if number else len(made)}.musicxml"
        path.write_bytes(write_musicxml(score))
        made.append(path)
    return made, unread


def read_abc(tune: str, name: str) -> Score | None:
    """A tune as a score of one voice, None where music21 or our notation cannot have it."""
    from music21.abcFormat import ABCHandlerException, ABCTokenException
    from music21.converter import parseData
    from music21.exceptions21 import Music21Exception

    from ripieno_bridges.formats.musicxml.music21_reader import stream_to_score

    try:
        stream = parseData(tune, format="abc")
        score, _ = stream_to_score(stream, name)
        write_musicxml(score)
    except (ABCHandlerException, ABCTokenException, Music21Exception, ValueError, RipienoError):
        return None
    return score if len(score.voices) == 1 and score.voices[0].notes else None


def chorale_sopranos(folder: Path, count: int) -> list[Path]:
    """MusicXML files of the sopranos alone, of chorales of the test split that are MusicXML."""
    made: list[Path] = []
    for name in sorted(chorale_split()["test"]):
        path = corpus_folder() / "bach" / f"{name}.mxl"
        if len(made) == count or not path.exists():
            continue
        score = files.load(path).score
        soprano = replace(score.voices[0], name="soprano")
        target = folder / f"{name}.musicxml"
        target.write_bytes(write_musicxml(replace(score, voices=(soprano,))))
        made.append(target)
    return made


# -- checks ------------------------------------------------------------------------------------------------


def run_case(case: Case, model: Generator) -> None:
    """Harmonize one file, save the result, and collect what is wrong with it."""
    path, out = case.path, case.out
    start = time.perf_counter()
    job = document_job(files.load(path), model, transposition="auto")
    result = harmonize(job.choir.score, model)[0]
    data, _ = encode_result(job, result, out)
    files.save(out, data, force=True)
    case.seconds = time.perf_counter() - start
    case.measures, case.moved, case.parallels = len(result.score.measures), job.moved, result.parallels
    assert job.source.document is not None
    given = job.source.document.xml.data
    case.again = read_musicxml(data, "out.musicxml").score
    case.faults += check_document(given, data, result.score, job.choir.present, case.again)
    if not job.moved and given != path.read_bytes():
        case.faults.append("the given document changed before it was harmonized")


def check_document(
    given: bytes, data: bytes, after: Score, present: tuple[str, ...], again: Score
) -> Iterator[str]:
    """What is wrong with a result, a sentence each. again: the score as it reads back from ``data``."""
    if not is_inserted(given, data):
        yield "bytes of the given document are missing"
    old, root = etree.fromstring(given), etree.fromstring(data)
    parts = {e.get("id"): name for e, name in zip(root.iter("score-part"), part_names(root), strict=True)}
    old_ids = [p.get("id") for p in old.findall("part")]
    for part in old.findall("part"):
        same = root.find(f"part[@id='{part.get('id')}']")
        if same is None or etree.tostring(same, with_tail=False) != etree.tostring(part, with_tail=False):
            yield f"the given part {part.get('id')} changed"
    if len(parts) != len(VOICE_NAMES):
        yield f"{len(parts)} parts"
    shape = part_shape(old.findall("part")[0])
    for part in root.findall("part"):
        if part.get("id") in old_ids:
            continue
        if part_shape(part) != shape:
            yield f"{parts[part.get('id')]} shows other numbers, repeats or meters than the given part"
        for number in unfilled_measures(part, after.measures):
            yield f"{parts[part.get('id')]}, measure {number}: not full"
    yield from schema_faults(data)
    if [sounding(v) for v in again.voices] != [sounding(v) for v in after.voices]:
        yield "reads back as other notes"
    for name in set(VOICE_NAMES) - set(present):
        if not after.voice(name).notes:
            yield f"{name} is empty"


def check_with_musescore(cases: list[Case], folder: Path) -> None:
    """MuseScore makes PDFs, and MusicXML with as many measures and notes as ours."""
    program = find_musescore()
    if program is None:
        raise SystemExit("MuseScore 3 is not installed")
    musescore = MuseScore(program, folder / "home")
    done = [case for case in cases if case.again is not None]
    for start in range(0, len(done), MUSESCORE_BATCH):
        batch = done[start : start + MUSESCORE_BATCH]
        jobs = [(c.out, c.out.with_suffix(suffix)) for c in batch for suffix in (".pdf", ".mxl")]
        musescore.convert(jobs, timeout_seconds=20 + 5 * len(jobs))
        for case in batch:
            out = case.out
            ours, theirs = case.again, files.load(out.with_suffix(".mxl")).score
            assert ours is not None
            if [m.duration for m in ours.measures] != [m.duration for m in theirs.measures]:
                case.faults.append("MuseScore has other measures")
            if [sounding(v) for v in ours.voices] != [sounding(v) for v in theirs.voices]:
                case.faults.append("MuseScore has other notes")
            if not out.with_suffix(".pdf").read_bytes().startswith(b"%PDF"):
                case.faults.append("MuseScore made no PDF")


# -- the whole ---------------------------------------------------------------------------------------------


def accept(groups: dict[str, list[Path]], model: Generator, folder: Path) -> list[Case]:
    """Run every melody of every group; a case that crashes has its error as fault."""
    cases: list[Case] = []
    for group, paths in groups.items():
        for path in paths:
            case = Case(group, path, folder / f"{path.stem}-out.musicxml")
            cases.append(case)
            try:
                run_case(case, model)
            except Exception as exc:  # any crash is a finding; the other melodies go on
                case.faults.append(f"{type(exc).__name__}: {exc}")
    return cases


def print_table(cases: list[Case]) -> None:
    print(f"{'melodies':10} {'number':>6} {'moved':>6} {'measures':>8} {'seconds':>8} {'failed':>6}")
    for group in [*dict.fromkeys(c.group for c in cases), "all"]:
        mine = [c for c in cases if group in (c.group, "all")]
        figures = (len(mine), sum(bool(c.moved) for c in mine), sum(c.measures for c in mine))
        seconds, failed = sum(c.seconds for c in mine), sum(bool(c.faults) for c in mine)
        print(f"{group:10} {figures[0]:6} {figures[1]:6} {figures[2]:8} {seconds:8.1f} {failed:6}")
    for case in cases:
        for fault in case.faults:
            print(f"{case.group} {case.path.stem}: {fault}")


def random_model() -> Generator:
    """A network with random weights; the checks must hold for it too."""
    import torch

    from ripieno.models.lstm.generator import ChoraleGenerator
    from ripieno.models.lstm.network import ChoraleLSTM, LSTMConfig

    torch.manual_seed(SEED)
    return ChoraleGenerator(ChoraleLSTM(LSTMConfig()), name="random", sha256="0" * 64)


def main() -> int:
    from ripieno.models import loading
    from ripieno.models.catalog import DEFAULT_MODEL

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--essen", type=int, default=100, help="how many folk songs")
    parser.add_argument("--chorales", type=int, default=40, help="how many chorale sopranos")
    parser.add_argument("--musescore", action="store_true", help="convert every result with MuseScore 3")
    parser.add_argument("--model", default=DEFAULT_MODEL, help='a model\'s name, or "random"')
    parser.add_argument("--json", type=Path, help="write every case there")
    options = parser.parse_args()
    model = random_model() if options.model == "random" else loading.load(options.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        essen, unread = essen_tunes(folder, options.essen)
        groups = {
            "scores": shipped_scores(),
            "essen": essen,
            "chorales": chorale_sopranos(folder, options.chorales),
        }
        cases = accept(groups, model, folder)
        if options.musescore:
            check_with_musescore(cases, folder)
    print_table(cases)
    print(f"folk songs that could not be read from ABC: {unread}")
    if options.json:
        shown = [{k: v for k, v in vars(c).items() if k != "again"} for c in cases]
        rows = [{**c, "path": c["path"].name, "out": c["out"].name} for c in shown]
        options.json.write_text(json.dumps(rows, indent=1))
    return 1 if any(c.faults for c in cases) else 0


if __name__ == "__main__":
    raise SystemExit(main())
