"""A chord symbol over an ABC tune becomes MusicXML's <harmony>; other words stay words."""

import pytest

from ripieno_bridges.formats.abc.chord_symbols import harmony_element


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("F#m7/C#", ("F", "1", "minor-seventh", "m7", "C", [])),
        ("B♭", ("B", "-1", "major", "", None, [])),
        ("G-7b5", ("G", None, "half-diminished", "-7b5", None, [])),
        ("C/e", ("C", None, "major", "", "E", [])),
        ("C7b9", ("C", None, "dominant", None, None, [("9", "-1", "add")])),
        ("D7sus4", ("D", None, "suspended-fourth", None, None, [("7", "0", "add")])),
        (
            "A13(#11,no5)",
            ("A", None, "dominant-13th", None, None, [("11", "1", "alter"), ("5", "0", "subtract")]),
        ),
    ],
)
def test_a_symbol_is_a_harmony(text, found):
    element = harmony_element(text)
    kind = element.find("kind")
    degrees = [tuple(child.text for child in degree) for degree in element.iter("degree")]
    assert found == (
        element.findtext("root/root-step"),
        element.findtext("root/root-alter"),
        kind.text,
        kind.get("text"),
        element.findtext("bass/bass-step"),
        degrees,
    )


@pytest.mark.parametrize(
    "text", ["", "Fine", "D.C.", "^slow", "Coda", "Chorus", "2.", "H7", "Gently, sweetly"]
)
def test_other_words_are_no_symbols(text):
    assert harmony_element(text) is None
