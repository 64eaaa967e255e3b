"""A document's notation -> a LilyPond file."""

from __future__ import annotations

from collections.abc import Iterator

from ripieno import __version__
from ripieno.score import spelling_at
from ripieno_bridges.formats.lilypond.frames import global_text
from ripieno_bridges.formats.lilypond.harmonies import chord_of, figures_of, harmony_measures
from ripieno_bridges.formats.lilypond.names import NamedLine, named_lines
from ripieno_bridges.formats.lilypond.score_block import score_lines, stem_words
from ripieno_bridges.formats.lilypond.sections import INDENT, music_lines
from ripieno_bridges.formats.lilypond.values import (
    key_text,
    length_text,
    number_word,
    octave_text,
    pitch_text,
    quoted,
    variable_name,
)
from ripieno_bridges.formats.lilypond.voice import VoiceWriter
from ripieno_bridges.formats.lilypond.words import verse_lines, verse_tokens
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.notation.from_document import notation_of
from ripieno_bridges.formats.notation.repeats import sections_of

VERSION = "2.24.0"
SWITCH = "variablesOnly"
MAX_TITLE_WORDS = 4
MIDDLE_OCTAVE = 4
ABOUT = f"""\
% Written by ripieno {__version__}. The voices and words are variables; \\NAMEMusic is all of it together.
% A book of yours takes them without the score at the end if it says  {SWITCH} = ##t  before its \\include;
% then it says, say,  \\score {{ \\NAMEMusic \\header {{ piece = TITLE }} }}
"""


def write_lilypond(document: Document) -> tuple[bytes, list[str]]:
    """(the LilyPond file of a document, remarks on what is not in it)."""
    writer = LilyPondWriter(document)
    return writer.text().encode(), list(writer.notation.remarks)


class LilyPondWriter:
    """Writes a file: a variable for what all voices share, for each voice and verse, then the score."""

    def __init__(self, document: Document) -> None:
        self.notation = notation_of(document)
        self.harmony = document_harmony(document)
        self.sections = sections_of(self.notation.frames)
        self.numbers = [frame.measure.number for frame in self.notation.frames]
        self.lines = list(named_lines(self.notation))
        words = variable_name(" ".join(self.notation.title.split()[:MAX_TITLE_WORDS]))
        self.name = words or "piece"
        keys = {line.staff.keys[0] for line in self.lines}
        self.key = next(iter(keys)) if len(keys) == 1 else None
        self.octaves = {line.variable: usual_octave(line) for line in self.lines}

    def text(self) -> str:
        """The file."""
        title = quoted(self.notation.title or self.name)
        yields = [
            f'\\version "{VERSION}"\n\\language "nederlands"\n',
            ABOUT.replace("NAME", self.name).replace("TITLE", title),
            f"global = {{ {global_text(self.notation.frames, self.key)} }}\n",
            *self.voices(),
        ]
        verses = self.verses()
        yields += [f"{name} = {text}\n" for name, text in verses[1].items()]
        yields += self.harmonies()
        score = score_lines(
            self.notation,
            self.lines,
            verses[0],
            {line.variable for line in self.lines if self.shares_always(line)},
            harmonies=bool(self.harmony.symbols),
            figures=bool(self.harmony.figures),
        )
        yields.append(f"{self.name}Music = " + "\n".join(score) + "\n")
        yields.append("\n".join(self.book()))
        return "\n".join(yields) + "\n"

    # -- the voices ----------------------------------------------------------------------------------------

    def voices(self) -> Iterator[str]:
        """The variable of each voice."""
        spacers = self.spacers()
        for number, line in enumerate(self.lines):
            writer = VoiceWriter(
                self.notation,
                line.staff,
                line.place,
                octave=self.octaves[line.variable],
                leads=number == 0,
                sings=line.part.sings,
                switches={} if self.shares_always(line) else self.switches(line),
                spacers=spacers,
            )
            rows = [f"{line.variable} = \\fixed {octave_text(self.octaves[line.variable])} {{"]
            if line.staff.semitones:
                sounding = spelling_at(line.staff.fifths, 60 + line.staff.semitones)
                rows = [
                    f"{line.variable} = {{ \\transposition {pitch_text(sounding, 3)}"
                    f" \\fixed {octave_text(self.octaves[line.variable])} {{"
                ]
            rows.append(f"{INDENT}\\global")
            if self.key is None:
                rows.append(f"{INDENT}{key_text(line.staff.keys[0])}")
            if line.part.sings and has_dynamics(line):
                rows.append(f"{INDENT}\\dynamicUp")
            rows += music_lines(writer.measures(), self.numbers, self.sections)
            rows.append("} }" if line.staff.semitones else "}")
            yield "\n".join(rows) + "\n"

    def shares_always(self, line: NamedLine) -> bool:
        """Whether all lines of a staff have notes or rests in every measure, and there are several."""
        lines = line.staff.lines
        return len(lines) > 1 and all(
            all(any(not event.hidden for event in events) for events in other.measures) for other in lines
        )

    def switches(self, line: NamedLine) -> dict[int, str]:
        """The measures in which a line gets other stems, since its neighbours begin or end."""
        lines = line.staff.lines
        found: dict[int, str] = {}
        before = "\\oneVoice"
        for index in range(len(self.notation.frames)):
            active = [any(not e.hidden for e in other.measures[index]) for other in lines]
            if not active[line.place] or len(lines) == 1:
                continue
            alone = sum(active) == 1
            word = "\\oneVoice" if alone else stem_words(len(lines), line.place)
            if word != before:
                found[index] = before = word
        return found

    def spacers(self) -> dict[int, str]:
        """Skips as long as the grace notes at the beginning of a measure, for the voices without any."""
        found: dict[int, str] = {}
        for line in self.lines:
            for index, events in enumerate(line.line.measures):
                if events and events[0].graces:
                    skips = " ".join(f"s{length_text(grace.value)}" for grace in events[0].graces)
                    found[index] = max(found.get(index, ""), f"\\grace {{ {skips} }}", key=len)
        return found

    # -- words, chords, the score --------------------------------------------------------------------------

    def verses(self) -> tuple[dict[str, list[str]], dict[str, str]]:
        """(the verses of each voice, by their variables, the text of each variable)."""
        of_voice: dict[str, list[str]] = {}
        texts: dict[str, str] = {}
        for line in self.lines:
            numbers = line.line.verses
            for verse in numbers:
                words = verse_tokens(line.line, verse)
                text = "\n".join(verse_lines(words, verse if len(numbers) > 1 else None))
                name = next((name for name, other in texts.items() if other == text), "")
                if not name:
                    name = f"verse{number_word(verse)}"
                    if name in texts:
                        name = f"{line.variable}Verse{number_word(verse)}"
                    texts[name] = text
                of_voice.setdefault(line.variable, []).append(name)
        return of_voice, texts

    def harmonies(self) -> Iterator[str]:
        """The variables of chord symbols and of figured bass."""
        for name, mode, harmonies, text_of in (
            ("harmonies", "chordmode", self.harmony.symbols, chord_of),
            ("bassFigures", "figuremode", self.harmony.figures, figures_of),
        ):
            if harmonies:
                texts = harmony_measures(self.notation, harmonies, text_of)
                rows = [f"{name} = \\{mode} {{", f"{INDENT}\\global"]
                rows += music_lines(texts, self.numbers, self.sections)
                yield "\n".join([*rows, "}"]) + "\n"

    def book(self) -> Iterator[str]:
        """The score, which a book can leave out."""
        music = f"\\{self.name}Music"
        yield f"{self.name}Pages = \\bookpart {{"
        yield f"{INDENT}\\header {{"
        for field, text in {"title": self.notation.title, **self.notation.credits}.items():
            if text:
                yield f"{INDENT * 2}{field} = {quoted(text)}"
        yield f"{INDENT}}}"
        yield f"{INDENT}\\score {{"
        yield f"{INDENT * 2}{music}"
        yield f"{INDENT * 2}\\layout {{"
        if any(event.value.ratio != (1, 1) for line in self.lines for m in line.line.measures for event in m):
            yield f"{INDENT * 3}% inside a slur a tuplet's number can make LilyPond 2.24 stumble"
            yield f"{INDENT * 3}\\context {{ \\Score \\override TupletNumber.avoid-slur = #'outside }}"
        yield f"{INDENT * 2}}}"
        yield f"{INDENT}}}"
        yield f"{INDENT}\\score {{"
        unfold = "\\unfoldRepeats " if any(section.times > 1 for section in self.sections) else ""
        yield f"{INDENT * 2}{unfold}{music}"
        yield f"{INDENT * 2}\\midi {{"
        if self.harmony.symbols:
            yield f"{INDENT * 3}% chord symbols are not played"
            yield f'{INDENT * 3}\\context {{ \\ChordNames \\remove "Note_performer" }}'
        if any(line.place for line in self.lines):
            yield f"{INDENT * 3}% a channel for each voice, so that unisons on a staff stay two notes"
            yield f'{INDENT * 3}\\context {{ \\Staff \\remove "Staff_performer" }}'
            yield f'{INDENT * 3}\\context {{ \\Voice \\consists "Staff_performer" }}'
        yield f"{INDENT * 2}}}"
        yield f"{INDENT}}}"
        yield "}"
        yield f"#(if (not (eq? #t (ly:parser-lookup '{SWITCH})))"
        yield f"     (toplevel-bookpart-handler {self.name}Pages))"


def has_dynamics(line: NamedLine) -> bool:
    """Whether dynamics stand at a voice."""
    marks = (mark for of_measure in line.staff.marks for mark in of_measure)
    return line.place == 0 and any(mark.kind in ("dynamic", "wedge") for mark in marks)


def usual_octave(line: NamedLine) -> int:
    """The octave of a voice's pitches without a mark: that in which most of its notes lie."""
    octaves = [head.spelling.octave for events in line.line.measures for e in events for head in e.heads]
    return max(sorted(set(octaves)), key=octaves.count, default=MIDDLE_OCTAVE)
