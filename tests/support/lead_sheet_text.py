"""Lead sheets in MusicXML, from words."""

from __future__ import annotations

DIVISIONS = 12  # of a quarter
VALUES = {"1": 48, "2": 24, "4": 12, "8": 6, "16": 3, "8.": 9, "12": 4, "6": 8}  # 12: a triplet eighth


def sheet(*measures: str) -> bytes:
    """MusicXML from words: "C4:4" and "r:2" are notes, "[C dominant]" and "[C major/E]" chord symbols."""
    bodies = "".join(f'<measure number="{i}">{head(i)}{body(m)}</measure>' for i, m in enumerate(measures, 1))
    parts = '<part-list><score-part id="P1"><part-name>Song</part-name></score-part></part-list>'
    return f'<score-partwise version="4.0">{parts}<part id="P1">{bodies}</part></score-partwise>'.encode()


def head(number: int) -> str:
    if number > 1:
        return ""
    time = "<time><beats>4</beats><beat-type>4</beat-type></time>"
    return f"<attributes><divisions>{DIVISIONS}</divisions>{time}</attributes>"


def body(measure: str) -> str:
    words = measure.replace("[", "\n[").replace("]", "]\n").split("\n")
    return "".join(
        symbol(word) if word.startswith("[") else "".join(note(n) for n in word.split()) for word in words
    )


def symbol(word: str) -> str:
    chord, _, bass = word.strip("[]").partition("/")
    root, kind = chord.split()
    over = f"<root><root-step>{root}</root-step></root><kind>{kind}</kind>"
    under = f"<bass><bass-step>{bass}</bass-step></bass>" if bass else ""
    return f"<harmony>{over}{under}</harmony>"


def note(word: str) -> str:
    name, value = word.split(":")
    what = "<rest/>" if name == "r" else f"<pitch><step>{name[0]}</step><octave>{name[1]}</octave></pitch>"
    return f"<note>{what}<duration>{VALUES[value]}</duration><voice>1</voice></note>"
