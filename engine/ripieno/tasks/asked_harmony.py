"""From harmony as a user writes it to the chords that are asked for, and where given notes clash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from ripieno.errors import RequestError, ScoreError
from ripieno.harmony.asked_chord import AskedChord, AskedHarmony, asked_symbol
from ripieno.harmony.chord_symbol import ChordSymbol, Tone, tone_in, tone_of
from ripieno.harmony.figure_text import figures_text
from ripieno.harmony.figured_bass import figured_chord
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.numeral_text import numeral_chord
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Key, Note, Score, Spelling, Voice
from ripieno.theory.chords import chord_of
from ripieno.theory.keys import tonic_of

MAX_CLASHES = 6  # that are told one by one
FITTING = 3  # chords that are proposed instead of one that clashes
SCALE_KINDS = {  # of the triads on the degrees of a key, in semitones above its tonic
    "major": {0: "major", 2: "minor", 4: "minor", 5: "major", 7: "major", 9: "minor", 11: "diminished"},
    "minor": {0: "minor", 2: "diminished", 3: "major", 5: "minor", 7: "major", 8: "major", 10: "major"},
}
DOMINANT = 7  # semitones


def asked_harmony(
    harmony: Sequence[Harmony], score: Score, home: Key, *, strict: bool = False
) -> AskedHarmony:
    """The chords that are asked for in a score. home: its home key, of numerals without a key of their own.

    Raises ScoreError for figures where no bass note is given, RequestError for stretches that overlap.
    """
    ordered = sorted(harmony, key=lambda one: one.onset)
    for before, after in pairwise(ordered):
        if before.end > after.onset:
            measure, beat = score.place(after.onset)
            raise RequestError(
                f"measure {measure}, beat {beat}: two chords are asked for at once; leave one of them out"
            )
    return AskedHarmony(tuple(asked_chords(with_plain_triads(ordered, score), score, home)), strict)


def asked_chords(harmony: Iterable[Harmony], score: Score, home: Key) -> Iterator[AskedChord]:
    """See ``asked_harmony``. harmony: in order."""
    before: AskedChord | None = None
    for one in harmony:
        if one.chord is not None:
            before = asked_symbol(one.onset, one.end, chord_text(one.chord), one.chord)
        elif one.numeral is not None:
            before = asked_symbol(
                one.onset, one.end, one.numeral, numeral_chord(one.numeral, one.key or home)
            )
        elif one.figures is not None:
            before = asked_figures(one, score, before)
        else:
            continue
        yield before


def asked_figures(one: Harmony, score: Score, before: AskedChord | None) -> AskedChord:
    """What figures ask for over the given bass note. before: the chord that lines go on from."""
    assert one.figures is not None
    bass = one.bass or given_bass(score, one.onset)
    if bass is None:
        measure, beat = score.place(one.onset)
        fault = "figures stand here, but no bass note; write the bass, or take the figures away"
        raise ScoreError(None, "Bass", measure, fault, beat=beat)
    key = score.measure_at(one.onset).key
    held = before.spelled if before is not None and before.end == one.onset else None
    note = sounding(score.voices[-1], one.onset)
    same_bass = before is not None and note is not None and note.onset <= before.onset
    found = figured_chord(one.figures, bass, key, held, same_bass=same_bass)
    tones = tuple(tone.pitch_class for tone in found.tones)
    chord = chord_of([Spelling(bass.step, bass.alter, 2), *(spelled(tone) for tone in found.tones)])
    name = f"{figures_text(one.figures) or 'a plain triad'} over {bass}"
    root = None if chord is None else chord.root
    essential = max(1, tones.index(bass.pitch_class))
    return AskedChord(one.onset, one.end, name, tones, essential, bass.pitch_class, root, found.tones)


def with_plain_triads(harmony: Sequence[Harmony], score: Score) -> list[Harmony]:
    """The harmony, in order, with a triad over every bass note on a beat that has no figures, if any has.

    (C. P. E. Bach, Versuch II, chapter 2: a bass note without figures carries its triad.) A shorter note
    between beats passes.
    """
    if all(one.figures is None for one in harmony):
        return list(harmony)
    plain = []
    for note in score.voices[-1].notes:
        measure = score.measure_at(note.onset)
        on_beat = (note.onset - measure.end) % measure.meter.beat == 0
        after = next((one for one in harmony if one.end > note.onset), None)
        if on_beat and (after is None or after.onset > note.onset):
            plain.append(Harmony(note.onset, min(note.end, after.onset if after else note.end), figures=()))
    return sorted([*harmony, *plain], key=lambda one: one.onset)


def given_bass(score: Score, time: Fraction) -> Tone | None:
    """What the bass sounds at a time."""
    note = sounding(score.voices[-1], time)
    return None if note is None else tone_of(note, score.measure_at(time).key)


def spelled(tone: Tone) -> Spelling:
    """A tone in a middle octave."""
    return Spelling(tone.step, tone.alter, 4)


def sounding(voice: Voice, time: Fraction) -> Note | None:
    """The note of a voice that sounds at a time."""
    return next((note for note in voice.notes if note.onset <= time < note.end), None)


# -- where given notes clash ------------------------------------------------------------------------------


def clashes(asked: AskedHarmony, score: Score, home: Key) -> list[str]:
    """A sentence for each given note that does not belong to the chord that begins under it.

    score: of the given notes only. It says how the note can be understood, or which chords of the home key
    would hold it.
    """
    found = [
        clash_sentence(chord, voice, note, score, home)
        for chord in asked.chords
        for voice in score.voices
        if (note := sounding(voice, chord.onset)) is not None and note.pitch % 12 not in chord.tones
    ]
    if len(found) > MAX_CLASHES:
        more = len(found) - MAX_CLASHES
        found = [*found[:MAX_CLASHES], f"{more} more given notes do not belong to the chords under them"]
    return found


def clash_sentence(chord: AskedChord, voice: Voice, note: Note, score: Score, home: Key) -> str:
    """One clash in words."""
    measure, beat = score.place(chord.onset)
    name = tone_of(note, score.measure_at(note.onset).key)
    tones = " ".join(str(tone) for tone in chord.spelled)
    place = (
        f"measure {measure}, beat {beat}: the {voice.name}'s {name} does not belong to {chord.name} ({tones})"
    )
    use = non_chord_use(note, voice, chord)
    if use is not None:
        return f"{place}; it is heard as {use}"
    fitting = fitting_chords(note.pitch % 12, chord, home)
    either = " or ".join([", ".join(fitting[:-1]), fitting[-1]] if len(fitting) > 1 else fitting)
    return f"{place}; {either} would hold it"


def non_chord_use(note: Note, voice: Voice, chord: AskedChord) -> str | None:
    """What a note that is foreign to a chord is in its line; None where it is left by a leap into nothing."""
    place = voice.notes.index(note)
    before = voice.notes[place - 1] if place else None
    after = voice.notes[place + 1] if place + 1 < len(voice.notes) else None
    if after is None or after.pitch % 12 not in chord.tones or not 1 <= abs(after.pitch - note.pitch) <= 2:
        return None
    if note.onset < chord.onset or (before is not None and before.pitch == note.pitch):
        return "a suspension"
    if before is not None and 1 <= abs(before.pitch - note.pitch) <= 2:
        passing = (note.pitch - before.pitch) * (after.pitch - note.pitch) > 0
        return "a passing note" if passing else "a neighbouring note"
    return "an appoggiatura"


def fitting_chords(pitch_class: int, chord: AskedChord, home: Key) -> list[str]:
    """Symbols of chords of the home key that hold a pitch class, those most like the asked one first.

    A note outside of the key is held by dominants of its degrees.
    """
    mode = home.mode or "major"
    degrees = SCALE_KINDS[mode]
    kinds = [*degrees.items(), (DOMINANT, "dominant")]
    if not any(pitch_class in on_degree(home, degree, kind).pitch_classes for degree, kind in kinds):
        kinds = [(degree, "dominant") for degree in degrees]
    symbols = [on_degree(home, degree, kind) for degree, kind in kinds]
    holding = [symbol for symbol in symbols if pitch_class in symbol.pitch_classes]
    holding.sort(key=lambda symbol: -len(symbol.pitch_classes & set(chord.tones)))
    return [chord_text(symbol) for symbol in holding[:FITTING]]


def on_degree(home: Key, degree: int, kind: str) -> ChordSymbol:
    """A chord on a degree of a key, in semitones above its tonic."""
    return ChordSymbol(tone_in(home, (tonic_of(home) + degree) % 12), kind)
