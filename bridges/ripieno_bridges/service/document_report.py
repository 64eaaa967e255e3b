"""The report on a document: what became of each of its lines, and the task in one line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from lxml.etree import _Element
from msgspec import structs

from ripieno.errors import count_text
from ripieno.piano.hands import hand_of
from ripieno.results import Result
from ripieno_bridges.api.replies import DocumentLine
from ripieno_bridges.formats.changed_measures import changed_measures
from ripieno_bridges.formats.line_remarks import measures_of
from ripieno_bridges.formats.musicxml.read_harmony import HarmonyRead
from ripieno_bridges.formats.score_lines import ScoreLine, titled
from ripieno_bridges.formats.voice_assignment import Choir
from ripieno_bridges.service.document_job import empty_measures, sounding_measures


def document_lines(choir: Choir) -> tuple[DocumentLine, ...]:
    """Every line of the document, with the voice that it is, or why it is left as it is."""
    voice_of = {line: name for name, line in choir.lines.items() if line is not None}
    lines = []
    for i, line in enumerate(choir.read):
        voice = voice_of.get(i)
        new = document_line(line, voice, choir.left.get(i, ""))
        if sum(other.staff == line.staff for other in choir.read) > 1:
            new = structs.replace(new, number=line.voice)
        if voice is not None:
            empty = empty_measures(choir.score, choir.score.voice(voice))
            new = structs.replace(new, empty=len(empty))
        lines.append(new)
    return tuple(lines)


def document_line(line: ScoreLine, voice: str | None, left: str) -> DocumentLine:
    """A line as replies have it."""
    return DocumentLine(voice, line.part, line.staff, len(line.notes), line.selector, line.place, left)


def task_in_one_line(
    choir: Choir, results: Sequence[Result], replaced: Collection[str] = (), also: Sequence[str] = ()
) -> str:
    """The task as understood, ``melody: "Fiddle"; key: G major; 12 measures; written: alto, tenor, bass``.

    replaced: the voices of which nothing is kept. also: what is written beside notes.
    """
    score = results[0].score
    kept = {
        name: titled(choir.read, line)
        for name, line in choir.lines.items()
        if line is not None and choir.read[line].notes and name not in replaced
    }
    top = choir.ensemble.melody
    if len(kept) == 1:
        (name, title) = next(iter(kept.items()))
        words = [f"melody: {title}{'' if name == top else f' (the {name})'}"]
    else:
        words = [f"{'melody' if name == top else name}: {title}" for name, title in kept.items()]
    measures = len(score.measures)
    words += [f"key: {results[0].key}", count_text(measures, "measure")]
    return "; ".join([*words, f"written: {', '.join([*also, *written_names(results)]) or 'nothing'}"])


def written_names(results: Iterable[Result]) -> list[str]:
    """The voices or hands for which there are new notes, each once."""
    voices = (voice for result in results for voice in result.new if voice.notes)
    return list(dict.fromkeys(hand_of(voice.name) or voice.name for voice in voices))


def passed_over_remarks(root: _Element) -> list[str]:
    """A remark where chord symbols or figures stand in a document and are not obeyed."""
    found = [*root.iter("harmony", "figured-bass")]
    if not found:
        return []
    measure = next(found[0].iterancestors("measure"), None)
    where = "" if measure is None else f", the first in measure {measure.get('number', '')}"
    return [f"{harmony_count(found)} passed over{where}: the harmony comes from the notes"]


def obeyed_remarks(root: _Element, read: HarmonyRead) -> list[str]:
    """Remarks on the harmony of a document that is obeyed, and what of it cannot be."""
    if not read.harmonies:
        return list(read.remarks)
    found = [*root.iter("harmony", "figured-bass")]
    return [f"{harmony_count(found)} obeyed; document-chords ignored passes them over", *read.remarks]


def harmony_count(elements: Sequence[_Element]) -> str:
    """As "3 chord symbols are" or "1 chord symbol and 4 figures are"."""
    symbols = sum(element.tag == "harmony" for element in elements)
    figures = len(elements) - symbols
    counts = [count_text(n, word) for n, word in ((symbols, "chord symbol"), (figures, "figure")) if n]
    return f"{' and '.join(counts)} {'is' if len(elements) == 1 else 'are'}"


def filled_remarks(choir: Choir, results: Sequence[Result], replaced: Collection[str]) -> list[str]:
    """Remarks on empty measures of the document's own voices in which something was written."""
    remarks = []
    for voice in choir.score.voices:
        if not voice.notes or voice.name in replaced:
            continue
        new = [sounding_measures(choir.score, result.score.voice(voice.name)) for result in results]
        filled = [i for i in empty_measures(choir.score, voice) if any(i in there for there in new)]
        if filled:
            where = measures_of(choir.score, filled)
            verb = "is" if len(filled) == 1 else "are"
            remarks.append(
                f"{where} of the {voice.name}, which rested, {verb} filled; voices names those to write in"
            )
    return remarks


def replaced_chord_remarks(choir: Choir, result: Result) -> list[str]:
    """Remarks on chords of the document that were replaced by the notes of one voice."""
    remarks = []
    for name, index in choir.lines.items():
        if index is None or not choir.read[index].chords:
            continue
        old, new = (score.voice(name).notes for score in (choir.score, result.score))
        different = changed_measures(choir.score, old, new)
        changed = [i for i in dict.fromkeys(choir.read[index].chords) if i in different]
        if changed:
            where = measures_of(choir.score, changed)
            remarks.append(f"{titled(choir.read, index)}, {where}: regenerated as one voice, without chords")
    return remarks
