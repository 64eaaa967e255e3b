"""Parts for transposing instruments: between the pitch that is written and the one that sounds.

<transpose> says what is added to a written pitch. An octave clef adds nothing: a <pitch> under the tenor's
treble clef is the one that sounds, as MuseScore reads it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree
from lxml.etree import SubElement, _Element

from ripieno.score import Key, Note, Score, Voice, fifths_shift, key_shift, transpose_note
from ripieno_bridges.formats.musicxml.measure_time import number_in

OCTAVE = 12  # semitones


@dataclass(frozen=True, slots=True)
class PartTransposition:
    """What is added to the pitch that a part's player reads: (-1, -2) for a clarinet in B flat.

    diatonic, chromatic: steps and semitones, the octaves of ``octave_change`` not among them.
    """

    diatonic: int = 0
    chromatic: int = 0
    octave_change: int = 0

    @property
    def semitones(self) -> int:
        """All semitones."""
        return self.chromatic + OCTAVE * self.octave_change

    @property
    def fifths(self) -> int:
        """The same in places on the line of fifths."""
        return 7 * self.chromatic - OCTAVE * self.diatonic

    def written_key(self, key: Key) -> Key:
        """The key signature of a part where a key sounds, with seven accidentals at the most."""
        return replace(key, fifths=key.fifths + key_shift(key, -self.fifths))

    def written_note(self, note: Note, shift: int | None = None) -> Note:
        """The note that is read where one sounds. shift: of its spelling, on the line of fifths."""
        return transpose_note(note, -self.semitones, -self.fifths if shift is None else shift)


CONCERT_PITCH = PartTransposition()


def read_transposition(transpose: _Element) -> PartTransposition:
    """A <transpose>; where it tells no steps, those of the plainest interval."""
    chromatic, octaves = (
        int(number_in(transpose.findtext(tag))) if transpose.find(tag) is not None else 0
        for tag in ("chromatic", "octave-change")
    )
    steps = transpose.find("diatonic")
    diatonic = plain_steps(chromatic) if steps is None else int(number_in(steps.text))
    return PartTransposition(diatonic, chromatic, octaves)


def by_semitones(semitones: int) -> PartTransposition:
    """The plainest transposition by so many semitones; -14 is an octave and a whole tone."""
    octaves = int(semitones / OCTAVE)  # to zero
    chromatic = semitones - OCTAVE * octaves
    return PartTransposition(plain_steps(chromatic), chromatic, octaves)


def plain_steps(chromatic: int) -> int:
    """The steps of the plainest interval of so many semitones."""
    return (7 * chromatic - fifths_shift(chromatic, (0,))) // OCTAVE


def transpose_element(transposition: PartTransposition) -> _Element:
    """A <transpose>."""
    element = etree.Element("transpose")
    SubElement(element, "diatonic").text = str(transposition.diatonic)
    SubElement(element, "chromatic").text = str(transposition.chromatic)
    if transposition.octave_change:
        SubElement(element, "octave-change").text = str(transposition.octave_change)
    return element


def as_written(score: Score, transposition: PartTransposition) -> Score:
    """A sounding score as the player of a new part reads it: pitches, spellings and keys."""
    if transposition == CONCERT_PITCH:
        return score
    keys = [transposition.written_key(measure.key) for measure in score.measures]
    return in_part_pitch(score, [transposition] * len(keys), keys)


def as_written_in(score: Score, part: _Element, staff: str | None) -> Score:
    """A sounding score as it is written on a staff of a document's part; the same where nothing transposes.

    Measures after the part's end are as its last one.
    """
    transpositions, keys = pitch_of_part(part, staff)
    if all(transposition == CONCERT_PITCH for transposition in transpositions):
        return score
    more = len(score.measures) - len(keys)
    return in_part_pitch(score, [*transpositions, *transpositions[-1:] * more], [*keys, *keys[-1:] * more])


def pitch_of_part(part: _Element, staff: str | None) -> tuple[list[PartTransposition], list[Key]]:
    """(the transposition, the written key) of each measure of a staff; a key inside one is the next one's."""
    transpositions: list[PartTransposition] = []
    keys: list[Key] = []
    transposition, later = CONCERT_PITCH, Key()
    for measure in part.findall("measure"):
        key, begun = later, False
        for child in measure:
            if child.tag == "attributes":
                for element in of_staff(child.iterfind("key"), staff):
                    if element.find("fifths") is not None:
                        mode = (element.findtext("mode") or "").strip() or None
                        later = Key(int(number_in(element.findtext("fifths"))), mode)
                        key = key if begun else later
                for element in of_staff(child.iterfind("transpose"), staff):
                    transposition = read_transposition(element)
            begun = begun or child.tag in ("note", "forward")
        transpositions.append(transposition)
        keys.append(key)
    return transpositions, keys


def of_staff(elements: Iterable[_Element], staff: str | None) -> Iterator[_Element]:
    """Those that hold for a staff: its own, and those without a number."""
    return (e for e in elements if staff is None or e.get("number") in (None, staff))


def in_part_pitch(score: Score, transpositions: list[PartTransposition], keys: list[Key]) -> Score:
    """The score with the keys of a part, and its notes as they are read there.

    A note is spelled as far from its sounding spelling as the keys are apart, where these differ by the
    interval; a horn that is written without a signature reads the plain interval.
    """
    measures = tuple(replace(m, key=key) for m, key in zip(score.measures, keys, strict=False))
    at = {measure: i for i, measure in enumerate(score.measures)}

    def written(note: Note) -> Note:
        measure = score.measure_at(note.onset)
        transposition = transpositions[at[measure]]
        shift = keys[at[measure]].fifths - measure.key.fifths
        fits = (shift + transposition.fifths) % OCTAVE == 0
        return transposition.written_note(note, shift if fits else None)

    voices = tuple(Voice(v.name, tuple(written(note) for note in v.notes)) for v in score.voices)
    return replace(score, voices=voices, measures=measures)
