"""Do the words of a hymn stand under every new voice, and does MuseScore 3 read the same ones?

    python benchmarks/hymn_words.py FOLDER [--limit 20] [--voices soprano,alto,bass] [--model NAME]

FOLDER holds hymns in any format that is read (the corpus of hymns, ABC files in closed score). Of each that
has words, the melody alone is written as MusicXML with all its verses, and goes the way of
``ripieno harmonize FILE --seed 1``. Then each new voice must have every word of every verse, whole and in
order, and MuseScore's own MusicXML of the result must have the same syllables, hyphens and lines. Prints what
differs, and how many syllables stand alone under a note, joined with others, and held. Exits with 1 where a
word is missing or MuseScore reads something else.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))  # the checks are those of the tests

from lxml import etree  # noqa: E402

from common import MuseScore, find_musescore, part_names, schema_faults  # noqa: E402
from ripieno.errors import RipienoError  # noqa: E402
from ripieno.models.catalog import DEFAULT_MODEL  # noqa: E402
from ripieno.score import ELISION, Note, Score  # noqa: E402
from ripieno_bridges.api.requests import DocumentRequest, File, Request  # noqa: E402
from ripieno_bridges.formats.files import read_source  # noqa: E402
from ripieno_bridges.formats.musicxml.reader import read_musicxml  # noqa: E402
from ripieno_bridges.formats.musicxml.writer import write_musicxml  # noqa: E402
from ripieno_bridges.service.documents import reply_with_documents  # noqa: E402
from ripieno_bridges.service.model_runner import ModelRunner  # noqa: E402

SEED = 1
Line = tuple[str, str, bool]  # a syllable as it is printed: its text, the hyphens around it, a line behind it


@dataclass
class SungHymn:
    """A hymn's melody with words, its setting, and what is wrong with that."""

    name: str
    melody: bytes
    setting: bytes
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def melody_of(path: Path) -> Score | None:
    """The highest line of a file as a score of its own; None where it has no words."""
    score = read_source(path, path.read_bytes()).score
    top = score.voices[0]
    if not any(note.lyrics for note in top.notes):
        return None
    return replace(score, voices=(replace(top, name="Soprano"),))


def harmonized(name: str, melody: Score, runner: ModelRunner, model: str, voices: Sequence[str]) -> SungHymn:
    """The setting of a melody. Raises RipienoError where there is none."""
    data = write_musicxml(melody)
    request = Request(task="harmonize", model=model, seed=SEED, voices=tuple(voices) or None, compare=False)
    document = DocumentRequest(file=File(f"{name}.musicxml", data), request=request)
    reply = reply_with_documents(runner, document, progress=lambda _: None)
    hymn = SungHymn(name, data, reply.documents[0])
    check(hymn)
    return hymn


def check(hymn: SungHymn) -> None:
    """Every voice has the words of the melody, whole and in order; the document is valid."""
    hymn.faults += schema_faults(hymn.setting)
    score = read_musicxml(hymn.setting, hymn.name).score
    verses = sorted({lyric.verse for note in score.voices[0].notes for lyric in note.lyrics})
    for voice in score.voices[1:]:
        for verse in verses:
            wanted, there = words_of(score.voices[0].notes, verse), words_of(voice.notes, verse)
            if wanted != there:
                hymn.faults.append(
                    f"{voice.name}, verse {verse}: {' '.join(there)} is not {' '.join(wanted)}"
                )
            hymn.counts["syllables of the melody"] += syllables(score.voices[0].notes, verse)
            hymn.counts["syllables under new voices"] += syllables(voice.notes, verse)


def words_of(notes: Sequence[Note], verse: int) -> list[str]:
    """The words of a verse, whole; a hyphen before the beginning of another word joins nothing."""
    words: list[str] = []
    goes_on = False
    for lyric in (lyric for note in notes for lyric in note.lyrics if lyric.verse == verse):
        first, *others = lyric.text.split(ELISION)
        joins = goes_on and (bool(others) or lyric.syllabic in ("middle", "end"))
        words = [*words[:-1], words[-1] + first] if joins and words else [*words, first]
        words += others
        goes_on = lyric.syllabic in ("begin", "middle")
    return words


def syllables(notes: Sequence[Note], verse: int) -> int:
    """How many notes have a syllable of a verse."""
    return sum(lyric.verse == verse for note in notes for lyric in note.lyrics)


def printed(data: bytes) -> dict[str, dict[str, list[Line]]]:
    """(part -> verse -> its syllables as they are printed) of a document, whoever wrote it."""
    root = etree.fromstring(data)
    found: dict[str, dict[str, list[Line]]] = {}
    for name, part in zip(part_names(root), root.findall("part"), strict=True):
        verses: dict[str, list[Line]] = {}
        for lyric in part.iter("lyric"):
            if lyric.find("text") is not None:
                verses.setdefault(lyric.get("number", "1"), []).append(printed_syllable(lyric))
        found[name] = verses
    return found


def printed_syllable(lyric: etree._Element) -> Line:
    """A syllable's text, whether a word goes on behind it, and whether a line does.

    MuseScore keeps the last <syllabic> of several words under a note, and the elision as a sign.
    """
    text = "".join(e.text or "" for e in lyric if e.tag in ("text", "elision"))
    last = [e.text or "" for e in lyric.findall("syllabic")][-1]
    return text, "-" if last in ("begin", "middle") else "", lyric.find("extend") is not None


def compare_with_musescore(hymns: Sequence[SungHymn], musescore: MuseScore, folder: Path) -> None:
    """Add a fault for each part whose words MuseScore reads otherwise."""
    jobs = []
    for i, hymn in enumerate(hymns):
        ours, theirs = folder / f"{i}.musicxml", folder / f"{i}-read.musicxml"
        ours.write_bytes(hymn.setting)
        jobs.append((ours, theirs))
    musescore.convert(jobs, timeout_seconds=20 * len(jobs) + 60)
    for hymn, (_, theirs) in zip(hymns, jobs, strict=True):
        wanted, there = printed(hymn.setting), printed(theirs.read_bytes())
        hymn.faults += [
            f"{part}: MuseScore reads {difference(own, there.get(part, {}))}"
            for part, own in wanted.items()
            if own != there.get(part, {})
        ]


def difference(wanted: dict[str, list[Line]], there: dict[str, list[Line]]) -> str:
    """The first syllable that differs."""
    for verse in wanted:
        for i, line in enumerate(wanted[verse]):
            found = there.get(verse, [])[i : i + 1]
            if found != [line]:
                return f"{found} where verse {verse} has {line}"
    return "more verses"


def settings(
    paths: Sequence[Path], runner: ModelRunner, model: str, voices: Sequence[str]
) -> Iterator[SungHymn]:
    """The settings of all hymns with words; those that are refused are told."""
    for path in paths:
        try:
            melody = melody_of(path)
            if melody is not None:
                yield harmonized(path.stem, melody, runner, model, voices)
        except RipienoError as exc:
            print(f"{path.stem}: refused: {exc}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--voices", default="")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    program = find_musescore()
    if program is None:
        raise SystemExit("MuseScore 3 is not installed")
    paths = sorted(p for p in options.folder.iterdir() if p.is_file())[: options.limit]
    voices = [name for name in options.voices.split(",") if name]
    hymns = list(settings(paths, ModelRunner(), options.model, voices))
    with tempfile.TemporaryDirectory() as name:
        compare_with_musescore(hymns, MuseScore(program, Path(name) / "home"), Path(name))
    counts = Counter[str]()
    for hymn in hymns:
        counts += hymn.counts
        for fault in hymn.faults:
            print(f"{hymn.name}: {fault[:300]}")
    wrong = sum(bool(hymn.faults) for hymn in hymns)
    print(f"{len(hymns)} hymns with words, {wrong} with a fault")
    print(", ".join(f"{what}: {count}" for what, count in counts.items()))
    return 1 if wrong or not hymns else 0


if __name__ == "__main__":
    raise SystemExit(main())
