"""Small documents with repeats, endings and jumps, and the order in which MuseScore plays their measures."""

from __future__ import annotations

import re
from pathlib import Path

import mido

from common import MuseScore

PITCHES = [("C", 60), ("D", 62), ("E", 64), ("F", 65), ("G", 67), ("A", 69), ("B", 71)]  # of the measures
# Measures with "/" between them. "|:" and ":|3": repeat signs, and how often; "[1,2": an ending; else SIGNS.
PLANS = {
    "plain": "/",
    "section": "/|:/:|/",
    "song": "|:/[1 :|/[2/",
    "three-endings": "|:/[1,2 :|3/[3/",
    "thrice": "/:|3/",
    "da-capo": "/fine/DC",
    "dal-segno": "/segno/fine/DS",
    "da-capo-with-endings": "|:/[1 :|/[2 fine//DC",
    "coda": "/to/DCC/coda/",
}
SIGNS = {
    "DC": ("<words>D.C. al Fine</words>", 'dacapo="yes"'),
    "DCC": ("<words>D.C. al Coda</words>", 'dacapo="yes"'),
    "DS": ("<words>D.S. al Fine</words>", 'dalsegno="1"'),
    "fine": ("<words>Fine</words>", 'fine="yes"'),
    "to": ("<words>To Coda</words>", 'tocoda="1"'),
    "segno": ("<segno/>", 'segno="1"'),
    "coda": ("<coda/>", 'coda="1"'),
}
HEAD = (
    '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Soprano</part-name></score-part>'
    '</part-list><part id="P1">'
)
ATTRIBUTES = (
    "<attributes><divisions>1</divisions><time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
)


def repeat_document(plan: str) -> str:
    """The document of a plan: measures of 2/4, each with a half note of its own pitch."""
    measures = "".join(measure(index, text) for index, text in enumerate(plan.split("/")))
    return f"{HEAD}{measures}</part></score-partwise>"


def measure(index: int, text: str) -> str:
    """A measure of a plan."""
    ending = re.search(r"\[([\d,]+)", text)
    back = re.search(r":\|(\d?)", text)
    left = f'<ending number="{ending[1]}" type="start"/>' if ending else ""
    left += '<repeat direction="forward"/>' if "|:" in text else ""
    right = f'<ending number="{ending[1]}" type="stop"/>' if ending else ""
    if back:
        right += f'<repeat direction="backward" times="{back[1] or 2}"/>'
    signs = {
        name: f"<direction><direction-type>{what}</direction-type><sound {sound}/></direction>"
        for name, (what, sound) in SIGNS.items()
        if name in re.findall(r"[A-Za-z]+", text)
    }
    before = "".join(sign for name, sign in signs.items() if name in {"segno", "coda"})
    after = "".join(sign for name, sign in signs.items() if name not in {"segno", "coda"})
    pitch = f"<pitch><step>{PITCHES[index][0]}</step><octave>4</octave></pitch>"
    return (
        f'<measure number="{index + 1}"><barline location="left">{left}</barline>'
        f"{ATTRIBUTES if index == 0 else ''}{before}<note>{pitch}<duration>2</duration></note>{after}"
        f'<barline location="right">{right}</barline></measure>'
    )


def orders_in_musescore(musescore: MuseScore, folder: Path) -> dict[str, list[int]]:
    """The indices of the measures of each plan, in the order in which MuseScore plays them."""
    jobs = []
    for name, plan in PLANS.items():
        path = folder / f"{name}.musicxml"
        path.write_text(repeat_document(plan))
        jobs.append((path, path.with_suffix(".mid")))
    musescore.convert(jobs)
    index_of = {pitch: index for index, (_, pitch) in enumerate(PITCHES)}
    return {
        path.stem: [index_of[m.note] for m in mido.MidiFile(midi) if m.type == "note_on" and m.velocity]
        for path, midi in jobs
    }
