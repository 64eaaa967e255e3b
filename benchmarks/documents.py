"""Which real documents are read? Harmonize 150 files as their editors exported them, and check the results.

    python benchmarks/documents.py [--musescore 30] [--json FILE] [--model NAME] [--only TEXT]

The files are those that music21 brings along: songs, madrigals, quartets, chorales, and demonstrations, from
many programs, corrected optical recognition among them. Each goes the way of ``ripieno harmonize FILE
--seed 1``, which is also that of the servers. For each file it prints what the line was understood as, the
remarks, or why it was refused. Exits with 1 where a result is not what the document asks for: a given part
that is not byte for byte what it was, an invalid document, a new voice that does not fill its measures, a
crash, another reading in MuseScore 3.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))  # the checks are those of the tests

from lxml import etree  # noqa: E402

from common import MuseScore, find_musescore, is_inserted, schema_faults, voice_lengths  # noqa: E402
from ripieno.errors import RipienoError  # noqa: E402
from ripieno.models.catalog import DEFAULT_MODEL  # noqa: E402
from ripieno_bridges.api.requests import DocumentRequest, File, Request  # noqa: E402
from ripieno_bridges.formats.musicxml.measure_time import cursor_step  # noqa: E402
from ripieno_bridges.formats.musicxml.safe_xml import as_utf8  # noqa: E402
from ripieno_bridges.formats.musicxml.validate import check_document  # noqa: E402
from ripieno_bridges.service.documents import reply_with_documents  # noqa: E402
from ripieno_bridges.service.model_runner import ModelRunner  # noqa: E402

SEED = 1
# How many files of each folder of music21's corpus; those with few give all.
FOLDERS = {
    "bach": 22,
    "beethoven": 15,
    "mozart": 14,
    "monteverdi": 20,
    "trecento": 25,
    "demos": 13,
    "haydn": 9,
    "schumann_robert": 7,
    "schumann_clara": 5,
    "theoryExercises": 2,
    "schoenberg": 2,
    "leadSheet": 2,
}
MUSICXML = (".mxl", ".xml", ".musicxml")


@dataclass
class FileOutcome:
    """One file and what became of it. faults: of the result, a sentence each."""

    name: str
    outcome: str = ""
    refusal: str = ""
    remarks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def chosen_files() -> list[Path]:
    """The files, the same ones every time."""
    from music21 import __file__ as music21_file

    corpus = Path(music21_file).parent / "corpus"
    found: list[Path] = []
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        paths = sorted(path for path in folder.rglob("*") if path.suffix in MUSICXML)
        random.Random(SEED).shuffle(paths)
        found += sorted(paths[: FOLDERS.get(folder.name, len(paths))])
    return found


def run_case(path: Path, case: FileOutcome, runner: ModelRunner, model: str) -> bytes | None:
    """Harmonize one file; returns the result, None where it was refused."""
    data = path.read_bytes()
    request = DocumentRequest(
        file=File(path.name, data), request=Request(task="harmonize", model=model, seed=SEED)
    )
    start = time.perf_counter()
    try:
        reply = reply_with_documents(runner, request, progress=lambda _: None)
    except RipienoError as exc:
        case.outcome, case.refusal = "refused", str(exc)
        return None
    except Exception:  # a crash is a finding; the other files go on
        case.outcome = "crashed"
        case.faults.append(traceback.format_exc(limit=-2))
        return None
    finally:
        case.seconds = time.perf_counter() - start
    case.remarks = list(reply.remarks)
    case.outcome = "with remarks" if case.remarks else "harmonized"
    result = reply.documents[0]
    xml = check_document(data, path.name)
    case.faults += faults_of(as_utf8(xml.data, xml.encoding), result)
    return result


# -- checks ------------------------------------------------------------------------------------------------


def faults_of(given: bytes, result: bytes) -> list[str]:
    """What is wrong with a result. Both are UTF-8."""
    old, new = (etree.fromstring(data) for data in (given, result))
    parts = {part.get("id"): part for part in new.findall("part")}
    faults = [] if is_inserted(given, result) else changed_notes(old, new)
    known = {part.get("id") for part in old.findall("part")}
    length = measure_lengths(old)
    for part_id, part in parts.items():
        if part_id in known:
            continue
        for number, voices in enumerate(voice_lengths(part)):
            if set(voices.values()) != {length[number]}:
                faults.append(f"new part {part_id}, measure {number + 1} (from 1): not full")
    before = set(schema_faults(given))
    faults += [fault for fault in schema_faults(result) if not before]
    return faults


def measure_lengths(root: etree._Element) -> list[Fraction]:
    """How far the time cursor gets in each measure, in quarters, in the part that gets farthest."""
    columns = []
    for part in root.findall("part"):
        divisions, column = Fraction(1), []
        for measure in part.findall("measure"):
            at, end = Fraction(0), Fraction(0)
            for element in measure:
                if element.tag == "attributes":
                    divisions = Fraction(element.findtext("divisions") or divisions)
                at = max(at + cursor_step(element, divisions), Fraction(0))
                end = max(end, at)
            column.append(end)
        columns.append(column)
    return [max(row) for row in zip(*columns, strict=True)]


def changed_notes(old: etree._Element, new: etree._Element) -> list[str]:
    """For a document whose rests were filled: which of its notes are not as they were."""
    parts = {part.get("id"): part for part in new.findall("part")}
    faults = []
    for part in old.findall("part"):
        again = parts.get(part.get("id"))
        if again is None:
            faults.append(f"the given part {part.get('id')} is gone")
        elif missing := written_notes(part) - written_notes(again):
            faults.append(f"the given part {part.get('id')} has lost {sorted(missing)[:3]}")
    return faults


def written_notes(part: etree._Element) -> Counter[tuple[int, str, str]]:
    """Every pitched note of a part: (index of its measure, its time there, its pitch and length)."""
    found: Counter[tuple[int, str, str]] = Counter()
    divisions = Fraction(1)
    for index, measure in enumerate(part.findall("measure")):
        at = onset = Fraction(0)
        for element in measure:
            if element.tag == "attributes":
                divisions = Fraction(element.findtext("divisions") or divisions)
            if element.find("chord") is None:
                onset = at
            at = max(at + cursor_step(element, divisions), Fraction(0))
            pitch = element.find("pitch")
            if element.tag == "note" and pitch is not None:
                length = Fraction(element.findtext("duration") or 0) / divisions
                words = "".join(text.strip() for text in pitch.itertext())
                found[index, str(onset), f"{words} {length}"] += 1
    return found


def check_with_musescore(cases: dict[Path, FileOutcome], results: dict[Path, bytes], count: int) -> None:
    """MuseScore 3 opens a sample and finds as many measures, and the new parts' notes."""
    program = find_musescore()
    if program is None:
        raise SystemExit("MuseScore 3 is not installed")
    paths = sorted(results)
    random.Random(SEED).shuffle(paths)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        musescore = MuseScore(program, folder / "home")
        for i, path in enumerate(paths[:count]):
            ours, theirs = folder / f"{i}.musicxml", folder / f"{i}-again.musicxml"
            ours.write_bytes(results[path])
            musescore.convert([(ours, theirs)], timeout_seconds=60)
            before, after = (etree.parse(file).getroot() for file in (ours, theirs))
            counts = [[len(p.findall("measure")) for p in root.findall("part")] for root in (before, after)]
            if counts[0] != counts[1]:
                cases[path].faults.append(f"MuseScore reads measures {counts[1]}, not {counts[0]}")


# -- the whole ---------------------------------------------------------------------------------------------


def print_table(cases: list[FileOutcome]) -> None:
    """Each file, then the sums."""
    for case in cases:
        print(f"{case.name:45} {case.seconds:6.1f} s  {case.outcome}")
        for line in (case.refusal, *case.remarks):
            if line:
                print(f"    {line}")
        for fault in case.faults:
            print(f"    WRONG: {fault}")
    sums = Counter(case.outcome for case in cases)
    print(f"{len(cases)} files: " + ", ".join(f"{many} {outcome}" for outcome, many in sums.items()))
    print(f"results with faults: {sum(bool(case.faults) for case in cases)}")
    print(f"slowest: {max(case.seconds for case in cases):.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--musescore", type=int, default=0, help="how many results MuseScore 3 opens")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--only", default="", help="only files in whose path this text stands")
    parser.add_argument("--json", type=Path, help="write every case there")
    options = parser.parse_args()
    runner = ModelRunner()
    cases: dict[Path, FileOutcome] = {}
    results: dict[Path, bytes] = {}
    for path in chosen_files():
        if options.only not in str(path):
            continue
        case = cases[path] = FileOutcome(f"{path.parent.name}/{path.name}")
        result = run_case(path, case, runner, options.model)
        if result is not None:
            results[path] = result
        print(case.name, case.outcome, file=sys.stderr, flush=True)
    if options.musescore:
        check_with_musescore(cases, results, options.musescore)
    print_table(list(cases.values()))
    if options.json:
        options.json.write_text(json.dumps([asdict(case) for case in cases.values()], indent=1))
    return 1 if any(case.faults for case in cases.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
