"""The chords of a song sheet, laid on the measures or on the words of a melody.

Grids that are as long as the piece are laid on its measures. Else the words of the sheet are compared with
those of the melody, and a chord sounds where its syllable is sung; chords behind the words of a line share
the time until the next syllable. Without words there is one chord a measure, if there are as many.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor

from ripieno.errors import RequestError, count_text, short
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.progression_text import HarmonyWord, Progression, has_pickup, laid_out
from ripieno.score import Lyric, Measure, Note, Score
from ripieno_bridges.formats.chordpro.sheet import ChordSheet, SheetChord, letters_of

WAY_OUT = (
    "write them in a grid ({start_of_grid} | C . G . | F . C . | {end_of_grid}), or measure by measure: "
    '--chords "C G | F C"'
)
MIN_SHARE = 0.5  # of the letters, that a melody and a sheet with its words have in common
MAX_RATIO = 1.5  # of the lengths of words that are taken for each other
MIN_RATIO = 0.6  # of the letters of two spellings, in common
CLOSES_WORD = ("single", "end")
Placed = tuple[Fraction, HarmonyWord]  # from when on a chord sounds, in quarters


@dataclass(frozen=True, slots=True)
class SungWords:
    """The words of a melody. words: their letters. starts: how many letters stand before each syllable.

    onsets: when each syllable is sung, in quarters.
    """

    words: tuple[str, ...]
    starts: tuple[int, ...]
    onsets: tuple[Fraction, ...]

    @property
    def text(self) -> str:
        return "".join(self.words)


def lay_on_melody(sheet: ChordSheet, score: Score, shift: int = 0) -> tuple[tuple[Harmony, ...], list[str]]:
    """(the chords of a sheet on a piece, remarks). Raises RequestError where they cannot be laid.

    shift: places on the line of fifths by which the piece was moved since.
    """
    harmony, remarks = laid_as_written(sheet, score)
    moved = (h if h.chord is None else replace(h, chord=h.chord.moved(shift)) for h in harmony)
    return tuple(moved), [*sheet.remarks, *remarks]


def laid_as_written(sheet: ChordSheet, score: Score) -> tuple[tuple[Harmony, ...], list[str]]:
    """As ``lay_on_melody``, for a piece that was not moved, without the sheet's own remarks."""
    there = len(score.measures) - has_pickup(score.measures)
    if sheet.grid and (len(sheet.grid) in (there, len(score.measures)) or not sheet.chords):
        return laid_out(grid_progression(sheet), score.measures), []
    sung = sung_words(score)
    if sung.text:
        return laid_on_words(sheet, sung, score)
    if len(sheet.chords) != there:
        raise RequestError(
            f"{sheet.file}: its {count_text(len(sheet.chords), 'chord')} stand over words, but the melody "
            f"has no words, and {count_text(there, 'measure')}; {WAY_OUT}"
        )
    one_a_measure = Progression("chords", tuple((chord.word,) for chord in sheet.chords))
    remark = f"{sheet.file}: the melody has no words; its chords are laid one on each measure"
    return laid_out(one_a_measure, score.measures), [remark]


def grid_progression(sheet: ChordSheet) -> Progression:
    """The grids of a sheet as a text of chords."""
    return Progression("chords", sheet.grid)


# -- words -------------------------------------------------------------------------------------------------


def sung_words(score: Score) -> SungWords:
    """The words of the highest voice that has some; of each note the first verse that it has."""
    for voice in score.voices:
        syllables = [(note, first_verse(note)) for note in voice.notes if note.lyrics]
        spelled = [(note.onset, letters_of(lyric.text), lyric.syllabic) for note, lyric in syllables]
        sung = [syllable for syllable in spelled if syllable[1]]
        if sung:
            words = [""]
            for _, letters, syllabic in sung:
                words[-1] += letters
                if syllabic in CLOSES_WORD:
                    words.append("")
            starts = accumulate((len(letters) for _, letters, _ in sung[:-1]), initial=0)
            return SungWords(tuple(filter(None, words)), tuple(starts), tuple(onset for onset, *_ in sung))
    return SungWords((), (), ())


def first_verse(note: Note) -> Lyric:
    return min(note.lyrics, key=lambda lyric: lyric.verse)


def laid_on_words(sheet: ChordSheet, sung: SungWords, score: Score) -> tuple[tuple[Harmony, ...], list[str]]:
    """(the chords of a sheet at the syllables over which they stand, remarks). Raises RequestError."""
    matched = matched_words(sheet.words, sung.words)
    if matched.share < MIN_SHARE:
        raise RequestError(
            f'{sheet.file}: its words ("{short(" ".join(sheet.words[:5]))} ...") are not those of the '
            f'melody ("{short(" ".join(sung.words[:5]))} ..."), which would tell where the chords sound; '
            f"{WAY_OUT}"
        )
    placed, passed_over = place_chords(sheet, sung, matched, score)
    remarks = []
    if passed_over:
        chords = "1 chord stands" if passed_over == 1 else f"{passed_over} chords stand"
        remarks.append(f"{sheet.file}: {chords} at words that the melody has not; passed over")
    if sheet.grid:
        remarks.append(f"{sheet.file}: its grid is passed over; the chords over the words are laid")
    return tuple(harmonies(placed, score.duration)), remarks


@dataclass(frozen=True, slots=True)
class MatchedWords:
    """Which letters of a sheet are which of the melody. spans: (start, end) of a sheet's, of the melody's.

    share: of the letters of the one with fewer that are the same in the other.
    """

    spans: tuple[tuple[int, int, int, int], ...]
    share: float

    def place(self, letter: int) -> int | None:
        """The melody's letter that a letter of the sheet is; None where the melody has not its word."""
        for start, end, sung, sung_end in self.spans:
            if start <= letter < end:
                return sung + (letter - start) * (sung_end - sung) // (end - start)
        return None


def matched_words(written: Sequence[str], sung: Sequence[str]) -> MatchedWords:
    """Compare the words of a sheet with those of a melody; where they differ, spellings may."""
    at, sung_at = ([0, *accumulate(map(len, words))] for words in (written, sung))
    spans, same = [], 0
    for _, a, b, c, d in SequenceMatcher(None, written, sung, autojunk=False).get_opcodes():
        here, there = "".join(written[a:b]), "".join(sung[c:d])
        if not here or not there or max(map(len, (here, there))) > MAX_RATIO * min(map(len, (here, there))):
            continue
        letters = SequenceMatcher(None, here, there, autojunk=False)
        for kind, e, f, g, h in letters.get_opcodes():
            spans.append((at[a] + e, at[a] + f, sung_at[c] + g, sung_at[c] + h))
            same += (h - g) * (kind == "equal" and letters.ratio() >= MIN_RATIO)
    return MatchedWords(tuple(spans), same / max(1, min(at[-1], sung_at[-1])))


# -- places ------------------------------------------------------------------------------------------------


def place_chords(
    sheet: ChordSheet, sung: SungWords, matched: MatchedWords, score: Score
) -> tuple[list[Placed], int]:
    """(the chords with their onsets, in order; how many stand at words that the melody has not)."""
    at_syllable: dict[int, list[SheetChord]] = {}  # -1: before the first
    passed_over = 0
    for chord in sheet.chords:
        syllable = syllable_of(chord, sung, matched)
        if syllable is None or (syllable < 0 and sung.onsets[0] == 0):
            passed_over += 1
        else:
            at_syllable.setdefault(syllable, []).append(chord)
    placed: list[Placed] = []
    for syllable, chords in sorted(at_syllable.items()):
        first = chords[0].on_word and syllable >= 0
        if first:
            placed.append((sung.onsets[syllable], chords[0].word))
        start = sung.onsets[syllable] if syllable >= 0 else Fraction(-1)
        end = sung.onsets[syllable + 1] if syllable + 1 < len(sung.onsets) else score.duration
        placed += shared(chords[first:], start, end, sheet, score)
    return placed, passed_over


def syllable_of(chord: SheetChord, sung: SungWords, matched: MatchedWords) -> int | None:
    """The syllable at which a chord begins, or after which it stands; None where the melody has not its word.

    A chord inside of a syllable begins at the nearer of its two ends.
    """
    if not chord.on_word:
        if chord.letter == 0:
            return -1
        before = matched.place(chord.letter - 1)
        return None if before is None else bisect_right(sung.starts, before) - 1
    letter = matched.place(chord.letter)
    if letter is None:
        return None
    after = bisect_left(sung.starts, letter)
    if after == len(sung.starts):
        return after - 1
    near = after == 0 or sung.starts[after] - letter < letter - sung.starts[after - 1]
    return after if near else after - 1


def shared(
    chords: Sequence[SheetChord], start: Fraction, end: Fraction, sheet: ChordSheet, score: Score
) -> Iterator[Placed]:
    """Chords that share the time between two syllables: on its barlines, one each, else on beats.

    Raises RequestError where there are more than beats.
    """
    if not chords:
        return
    barlines = [m.onset for m in score.measures if start < m.onset < end]
    places = barlines
    if len(barlines) < len(chords):
        within = [beat for beat in beats(score) if start < beat < end]
        share = Fraction(len(within) + 1, len(chords) + 1)
        places = [within[floor((i + 1) * share) - 1] for i in range(len(chords)) if share >= 1]
    if len(places) < len(chords):
        names = " ".join(chord.word.text for chord in chords)
        raise RequestError(
            f"{sheet.file}: line {chords[0].line}: {names} must sound before the next syllable, but the "
            f"melody has {count_text(len(within), 'beat')} for that; {WAY_OUT}"
        )
    for place, chord in zip(places, chords, strict=False):  # barlines may be left over
        yield place, chord.word


def beats(score: Score) -> Iterator[Fraction]:
    """The onsets of all beats."""
    for measure in score.measures:
        yield from beats_of(measure)


def beats_of(measure: Measure) -> Iterator[Fraction]:
    time = measure.onset
    while time < measure.end:
        yield time
        time += measure.meter.beat


def harmonies(placed: Sequence[Placed], end: Fraction) -> Iterator[Harmony]:
    """Each chord until the next, equal ones in a row as one."""
    changes = [placed[i] for i in range(len(placed)) if not i or placed[i][1].chord != placed[i - 1][1].chord]
    for (onset, word), (until, _) in pairwise([*changes, (end, HarmonyWord(""))]):
        yield Harmony(onset, until, word.chord)
