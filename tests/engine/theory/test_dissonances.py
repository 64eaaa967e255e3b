"""Non-chord tones at the beat: each kind, as a harmony class names it."""

import pytest

from chord_names import chord
from ripieno.text.notation import parse_score
from ripieno.theory.beat_chords import beat_spans
from ripieno.theory.dissonances import dissonances
from ripieno.theory.texture import score_texture


def found(upper: str, bass: str, chords: str) -> list[str]:
    """Each dissonance, as "3 C5 suspension, prepared, resolved". chords: by beat, "-" for none."""
    score = parse_score(f"soprano: [key 0] {upper}\nbass: {bass}")
    texture, spans = score_texture(score), beat_spans(score.measures)
    names = [None if name == "-" else chord(name) for name in chords.split()]
    names += [None] * (len(spans) - len(names))
    return [
        ", ".join(
            [f"{score.place(d.onset)[1]} {d.note.name} {d.kind}"]
            + ["prepared"] * d.prepared
            + ["resolved"] * d.resolved
        )
        for beat in dissonances(texture, spans, names)
        for d in beat
    ]


@pytest.mark.parametrize(
    ("upper", "bass", "chords", "expected"),
    [
        ("C5:4 C5 B4 C5", "C3:4 G3 G3 C3", "C G G C", ["2 C5 suspension, prepared, resolved"]),
        ("C5:4~ C5:8 B4 B4:4 C5", "C3:4 G3 G3 C3", "C G G C", ["2 C5 suspension, prepared, resolved"]),
        ("D5:4 B4:2 C5:4", "G3:4 G3 C3 C3", "G G C C", ["3 B4 retardation, prepared, resolved"]),
        ("E5:4 D5 C5 B4", "C3:4 C3 C3 G3", "C C C G", ["2 D5 passing note, resolved"]),
        ("E5:4 F5 E5 D5", "C3:4 C3 C3 G3", "C C C G", ["2 F5 neighbour, resolved"]),
        ("C5:4 F5 E5 D5", "C3:4 C3 C3 G3", "C C C G", ["2 F5 appoggiatura, resolved"]),
        ("E5:4 F5 C5 B4", "C3:4 C3 C3 G3", "C C C G", ["2 F5 escape note"]),
        ("D5:4 C5 C5 C5", "G3:4 G3 C3 C3", "G G C C", ["2 C5 anticipation, resolved"]),
        ("E5:4 F5 D5 E5", "C3:4 C3 C3 C3", "C F G C", ["3 C3 pedal note, prepared, resolved"]),
        ("C5:4 C5 G4 G4", "C3:4 G3 C3 C3", "C G C C", ["2 C5 free dissonance, prepared"]),
        ("C5:4 F#5 C5 C5", "C3:4 C3 C3 C3", "C C C C", ["2 F#5 free dissonance"]),
        ("C5:4 r F5 E5", "C3:4 C3 C3 C3", "C C C C", ["3 F5 appoggiatura, resolved"]),
        ("E5:8 D5 C5:4 E5:8 D5 C5:4", "C3:4 C3 C3 C3", "C C C C", []),  # after the beat
        ("C5:4 C5 B4 C5", "C3:4 G3 G3 C3", "- - - -", []),
    ],
)
def test_dissonances_by_kind(upper, bass, chords, expected):
    assert found(upper, bass, chords) == expected
