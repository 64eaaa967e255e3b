"""Random melodies with chords over them, and a count by hand of what sounds where a chord begins.

What a chord consists of stands in a small table here, so that no code of ripieno's is asked about chords.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st
from mido import MetaMessage

from harmony_documents import C_MAJOR, document
from harmony_documents import symbol as harmony_element
from midi_song import TICKS, TimedEvent, line, midi_file
from ripieno.score import Score

NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SIGNS = {"": 0, "#": 1, "b": -1}
ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Of each kind, in semitones above its root: its tones, what says most about it, and MusicXML's name.
KINDS: dict[str, tuple[tuple[int, ...], tuple[int, ...], str]] = {
    "": ((0, 4, 7), (4,), "major"),
    "m": ((0, 3, 7), (3,), "minor"),
    "dim": ((0, 3, 6), (3,), "diminished"),
    "sus4": ((0, 5, 7), (5,), "suspended-fourth"),
    "7": ((0, 4, 7, 10), (4, 10), "dominant"),
    "m7": ((0, 3, 7, 10), (3, 10), "minor-seventh"),
    "maj7": ((0, 4, 7, 11), (4, 11), "major-seventh"),
    "m7b5": ((0, 3, 6, 10), (3, 10), "half-diminished"),
}
MELODY = ("C4", "D4", "E4", "F4", "F#4", "G4", "G#4", "A4", "Bb4", "B4", "C5", "C#5", "D5", "E5", "F5", "G5")
BEATS = 4  # of a measure: every note is a quarter
Sounding = tuple[str, Fraction, Fraction, int]  # voice, onset, end, pitch


@dataclass(frozen=True)
class AskedChord:
    """A chord that is asked for. onset: in quarters. bass: which of its tones is the lowest, 0 the root."""

    onset: int
    root: str
    kind: str
    bass: int = 0

    @property
    def tones(self) -> list[int]:
        """Its pitch classes, the root first."""
        return [(pitch_class(self.root) + above) % 12 for above in KINDS[self.kind][0]]

    @property
    def essential(self) -> set[int]:
        """Those without which it would be another chord."""
        return {(pitch_class(self.root) + above) % 12 for above in KINDS[self.kind][1]}

    @property
    def bass_name(self) -> str:
        return self.root if self.bass == 0 else ROOTS[self.tones[self.bass]]

    def __str__(self) -> str:
        return self.root + self.kind + f"/{self.bass_name}" * (self.bass != 0)


@dataclass(frozen=True)
class AskedSong:
    """A melody in quarters, in 4/4 and C major, with the chords that are asked for under it."""

    melody: tuple[str, ...]
    chords: tuple[AskedChord, ...]

    def at(self, beat: int) -> AskedChord | None:
        """The chord that begins at a beat."""
        return next((chord for chord in self.chords if chord.onset == beat), None)

    def measures(self) -> Iterator[range]:
        for start in range(0, len(self.melody), BEATS):
            yield range(start, start + BEATS)

    def text(self) -> str:
        """The chords in one line: "C . G7/B . | F . . .", a word a beat."""
        return " | ".join(" ".join(str(self.at(b) or ".") for b in beats) for beats in self.measures())

    def notes(self) -> str:
        """The melody as short text."""
        return " | ".join(" ".join(f"{self.melody[b]}:4" for b in beats) for beats in self.measures())

    def musicxml(self) -> bytes:
        """A document of the melody with the chords as <harmony> over it."""
        return document("|".join("".join(map(self.element, beats)) for beats in self.measures()), key=C_MAJOR)

    def element(self, beat: int) -> str:
        """A note of the document, behind its chord."""
        name, chord = self.melody[beat], self.at(beat)
        alter = f"<alter>{SIGNS[name[1:-1]]}</alter>" if name[1:-1] else ""
        spelled = f"<pitch><step>{name[0]}</step>{alter}<octave>{name[-1]}</octave></pitch>"
        written = f"<note>{spelled}<duration>2</duration><voice>1</voice></note>"
        if chord is None:
            return written
        step, sign = chord.bass_name[0], chord.bass_name[1:]
        alter = f"<bass-alter>{SIGNS[sign]}</bass-alter>" if sign else ""
        bass = f"<bass><bass-step>{step}</bass-step>{alter}</bass>" if chord.bass else ""
        return harmony_element(chord.root, KINDS[chord.kind][2], bass) + written

    def abc(self) -> bytes:
        """A tune of the melody with "chords" before its notes."""
        body = "|".join("".join(map(self.abc_note, beats)) for beats in self.measures())
        return f"X:1\nT:Song\nM:4/4\nL:1/4\nK:C\n{body}|\n".encode()

    def abc_note(self, beat: int) -> str:
        """A note with its accidental, which holds to the barline, and its chord."""
        name, chord = self.melody[beat], self.at(beat)
        sign = {"": "=", "#": "^", "b": "_"}[name[1:-1]]
        letter = name[0].lower() if name[-1] == "5" else name[0]
        return (f'"{chord}"' if chord else "") + sign + letter

    def midi(self) -> bytes:
        """A MIDI file of the melody and a track of block chords, each with its bass lowest."""
        tune = [named("Tune"), *line(0, self.pitches)]
        ends = [chord.onset for chord in self.chords[1:]] + [len(self.melody)]
        blocks = [
            event
            for chord, end in zip(self.chords, ends, strict=True)
            for pitch in block(chord)
            for event in later(line(1, [pitch], length=(end - chord.onset) * TICKS), chord.onset * TICKS)
        ]
        return midi_file([], tune, [named("Chords"), *blocks])

    @property
    def pitches(self) -> list[int]:
        """The melody in MIDI's numbers."""
        return [12 * (int(name[-1]) + 1) + NATURAL[name[0]] + SIGNS[name[1:-1]] for name in self.melody]


def named(name: str) -> TimedEvent:
    """The name of a track."""
    return 0, MetaMessage("track_name", name=name)


def later(events: Iterable[TimedEvent], ticks: int) -> Iterator[TimedEvent]:
    for tick, message in events:
        yield tick + ticks, message


def block(chord: AskedChord) -> list[int]:
    """All tones of a chord in close position over its bass, from the octave below middle C."""
    bass = chord.tones[chord.bass]
    return [48 + bass + (tone - bass) % 12 for tone in chord.tones]


def pitch_class(name: str) -> int:
    return (NATURAL[name[0]] + SIGNS[name[1:]]) % 12


@st.composite
def asked_songs(draw: st.DrawFn) -> AskedSong:
    """One or two measures with up to five chords; the first begins with the melody, each is another one.

    A chord that is asked for twice in a row is one chord, whose second onset says nothing.
    """
    measures = draw(st.integers(1, 2))
    melody = draw(st.lists(st.sampled_from(MELODY), min_size=BEATS * measures, max_size=BEATS * measures))
    onsets = sorted({0, *draw(st.sets(st.integers(1, len(melody) - 1), max_size=4))})
    chords: list[AskedChord] = []
    for onset in onsets:
        chord = draw(asked_chords(onset))
        if not chords or str(chords[-1]) != str(chord):
            chords.append(chord)
    return AskedSong(tuple(melody), tuple(chords))


@st.composite
def asked_chords(draw: st.DrawFn, onset: int) -> AskedChord:
    """Any chord of the table, in any inversion but for suspended ones, which are other chords then."""
    kind = draw(st.sampled_from([*KINDS]))
    inversions = 1 if kind == "sus4" else len(KINDS[kind][0])
    return AskedChord(onset, draw(st.sampled_from(ROOTS)), kind, draw(st.integers(0, inversions - 1)))


# -- what sounds -------------------------------------------------------------------------------------------


def sounding_notes(score: Score) -> list[Sounding]:
    """All notes of a score of four voices, the highest voice first."""
    voices = ("soprano", "alto", "tenor", "bass")
    return [
        (name, note.onset, note.end, note.pitch)
        for name, voice in zip(voices, score.voices, strict=True)
        for note in voice.notes
    ]


def check_asked_chords(song: AskedSong, notes: Sequence[Sounding], *, names_known: bool = True) -> None:
    """Where a chord begins, new voices have its tones, the bass its bass, and none that matters is missing.

    notes: those of the new voices; the melody's may be among them, and must then be as given.
    names_known: False where a chord is asked for by its notes, which may have two names: then the third alone
    is sure to matter.
    """
    melody = [note for note in sorted(notes, key=lambda n: n[1]) if note[0] == "soprano"]
    if melody:
        assert [pitch for *_, pitch in melody] == song.pitches
        assert [onset for _, onset, *_ in melody] == [Fraction(i) for i in range(len(song.pitches))]
    for chord in song.chords:
        at = {voice: pitch % 12 for voice, onset, end, pitch in notes if onset <= chord.onset < end}
        where = f"{chord} at {chord.onset} in {song.text()}: {at}"
        assert {"alto", "tenor", "bass"} <= set(at), where
        assert {at["alto"], at["tenor"], at["bass"]} <= set(chord.tones), where
        assert at["bass"] == chord.tones[chord.bass], where
        heard = {song.pitches[chord.onset] % 12, *at.values()}
        third = chord.tones[1]
        assert (chord.essential if names_known else {third}) <= heard, where
