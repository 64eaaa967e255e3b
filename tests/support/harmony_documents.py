"""Small MusicXML documents with chord symbols and figured bass, and random chords."""

from __future__ import annotations

from hypothesis import strategies as st

from ripieno.harmony.chord_symbol import ChordDegree, ChordSymbol, Tone
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.kinds import KINDS
from ripieno_bridges.formats.musicxml.read_harmony import HarmonyRead, document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml

ATTRIBUTES = (
    "<attributes><divisions>{divisions}</divisions>{key}<time><beats>4</beats><beat-type>4</beat-type></time>"
    "{transpose}</attributes>"
)
C_MAJOR = "<key><fifths>0</fifths></key>"
C_MINOR = "<key><fifths>-3</fifths><mode>minor</mode></key>"

ALTERED = (
    (ChordDegree(9, 1), ChordDegree(13, -1)),
    (ChordDegree(5, -1, "alter"),),
    (ChordDegree(3, 0, "subtract"),),
    (ChordDegree(11, 1), ChordDegree(5, 1, "alter")),
)
EVERY_CHORD = (  # every kind, with and without another bass, and degrees of every sort
    *(ChordSymbol(Tone("E", -1), kind) for kind in (*KINDS, "other")),
    *(ChordSymbol(Tone("F", 1), kind, Tone("A")) for kind in KINDS),
    *(ChordSymbol(Tone("G"), kind, None, degrees) for kind in ("dominant", "minor") for degrees in ALTERED),
)


def document(*parts: str, divisions: int = 2, key: str = C_MAJOR, transpose: str = "") -> bytes:
    """A document of parts Song, Part 2 ...; of each its measures' contents, with "|" between them."""
    names = ["Song", *(f"Part {i}" for i in range(2, len(parts) + 1))]
    listed = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>' for i, name in enumerate(names, 1)
    )
    attributes = ATTRIBUTES.format(divisions=divisions, key=key, transpose=transpose)
    written = "".join(
        f'<part id="P{i}">'
        + "".join(
            f'<measure number="{m}">{attributes if m == 1 else ""}{content}</measure>'
            for m, content in enumerate(part.split("|"), 1)
        )
        + "</part>"
        for i, part in enumerate(parts, 1)
    )
    body = f'<score-partwise version="4.0"><part-list>{listed}</part-list>{written}</score-partwise>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def note(duration: int, pitch: str = "C5", more: str = "") -> str:
    """A <note>. pitch: as C5 or B-4. more: what stands behind its duration."""
    alter = "<alter>-1</alter>" if "-" in pitch else "<alter>1</alter>" if "#" in pitch else ""
    spelled = f"<step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave>"
    return f"<note><pitch>{spelled}</pitch><duration>{duration}</duration>{more}<voice>1</voice></note>"


def symbol(root: str, kind: str = "major", more: str = "", attributes: str = "") -> str:
    """A <harmony>. root: as C, F#, Bb; or the elements themselves. more: what stands behind its kind."""
    if not root.startswith("<"):
        alter = {"#": 1, "b": -1}.get(root[1:])
        said = f"<root-step>{root[0]}</root-step>" + (f"<root-alter>{alter}</root-alter>" if alter else "")
        root = f"<root>{said}</root>"
    return f"<harmony{attributes}>{root}<kind>{kind}</kind>{more}</harmony>"


def column(*figures: str, duration: int | None = None) -> str:
    """A <figured-bass>. figures: as "6", "#6" (a prefix), "6#" (a suffix), "6\\", "#" or "_" (a line)."""
    length = f"<duration>{duration}</duration>" if duration else ""
    return f"<figured-bass>{''.join(map(figure, figures))}{length}</figured-bass>"


def figure(text: str) -> str:
    """A <figure> of such a text."""
    signs = {"#": "sharp", "b": "flat", "n": "natural", "+": "plus", "\\": "back-slash", "/": "slash"}
    signs |= {"|": "vertical", "x": "double-sharp"}
    if text == "_":
        return '<figure><extend type="stop"/></figure>'
    prefix = f"<prefix>{signs[text[0]]}</prefix>" if text[0] in signs else ""
    suffix = f"<suffix>{signs[text[-1]]}</suffix>" if text[-1] in signs and len(text) > 1 else ""
    number = "".join(letter for letter in text if letter.isdigit())
    written = f"<figure-number>{number}</figure-number>" if number else ""
    return f"<figure>{prefix}{written}{suffix}</figure>"


def harmony_of(data: bytes) -> HarmonyRead:
    """What a document asks for."""
    return document_harmony(read_musicxml(data, "song.musicxml"))


def spelled(harmony: Harmony) -> str:
    """A harmony in short: its time, root, kind, bass and degrees, its numeral, or its figures."""
    time = f"{harmony.onset}-{harmony.end}"
    if harmony.figures is not None:
        return f"{time} {' '.join(map(figure_text, harmony.figures))}"
    if harmony.numeral is not None:
        return f"{time} {harmony.numeral} in {harmony.key}"
    chord = harmony.chord
    if chord is None:
        return f"{time} none"
    degrees = "".join(f" {d.action} {d.value}{d.alter:+}" for d in chord.degrees)
    bass = f"/{chord.bass}" if chord.bass else ""
    return f"{time} {chord.root} {chord.kind}{bass}{degrees}"


def figure_text(figure: Figure) -> str:
    """A figure in short."""
    if figure.held:
        return "_"
    sign = {None: "", 1: "#", -1: "b", 0: "n", 2: "x", -2: "bb"}[figure.alter]
    return f"{sign}{figure.number or ''}{'+' if figure.raised else ''}"


tones = st.builds(Tone, st.sampled_from("CDEFGAB"), st.sampled_from((-2, -1, 0, 0, 0, 1, 2)))


@st.composite
def chords(draw: st.DrawFn) -> ChordSymbol:
    """A chord of any kind, with a foreign bass now and then, and up to three degrees."""
    root, kind = draw(tones), draw(st.sampled_from((*KINDS, "other")))
    bass = draw(st.none() | tones.filter(lambda tone: tone != root))
    values = draw(st.lists(st.integers(1, 13), max_size=3, unique=True))
    degrees = tuple(
        ChordDegree(value, draw(st.integers(-2, 2)), draw(st.sampled_from(("add", "alter", "subtract"))))
        for value in values
    )
    return ChordSymbol(root, kind, bass, degrees)
