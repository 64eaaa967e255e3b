"""What the name of a part means, word by word."""

import pytest

from ripieno_bridges.formats.part_names import (
    is_baritone,
    is_instrument,
    is_melody,
    voice_of_part,
    voices_of_part,
)


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("Soprano", "soprano"),
        ("SOPRAN 1", "soprano"),
        ("S.", "soprano"),
        ("S", "soprano"),
        ("s1", "soprano"),
        ("Cantus", "soprano"),
        ("Discantus", "soprano"),
        ("Dessus", "soprano"),
        ("Superius", "soprano"),
        ("Treble", "soprano"),
        ("Alto", "alto"),
        ("Altus", "alto"),
        ("Alt", "alto"),
        ("Contralto", "alto"),
        ("Haute-contre", "alto"),
        ("A. 1", "alto"),
        ("Tenor", "tenor"),
        ("Ténor", "tenor"),
        ("Taille", "tenor"),
        ("T.", "tenor"),
        ("Bass", "bass"),
        ("Baß", "bass"),
        ("Basso", "bass"),
        ("Bassus", "bass"),
        ("Basse", "bass"),
        ("Bajo", "bass"),
        ("B", "bass"),
        ("Melody", None),
        ("Violin", None),
        ("Piano", None),
        ("Trumpet", None),
        ("Trombone", None),
        ("Bassoon", None),
        ("Alto Saxophone", None),
        ("Altsaxophon", None),
        ("Basset Horn", None),
        ("Basso continuo", "bass"),
        ("Bass Clarinet", None),
        ("Tenor Saxophone", None),
        ("Basson", None),
        ("Tenor Banjo", None),
        ("Alto Sax", None),
        ("Alto Recorder", None),
        ("Bass Guitar", None),
        ("Double Bass", None),
        ("Basketball", None),
        ("Tenderly", None),
        ("Voice A", None),
        ("Soprano 2", "soprano"),
        ("1. Sopran", "soprano"),
        ("Mezzo-soprano", "soprano"),
        ("II. Alt", "alto"),
        ("First Tenor", "tenor"),
        ("Choir Bass", "bass"),
        ("Bass (A. Miller)", "bass"),
        ("part 1", None),
        ("", None),
    ],
)
def test_a_parts_name_says_its_voice(name: str, voice: str | None) -> None:
    assert voice_of_part(name) == voice


@pytest.mark.parametrize(
    ("name", "voices"),
    [
        ("Soprano\nAlto", ["soprano", "alto"]),
        ("Soprano / Alto", ["soprano", "alto"]),
        ("Tenor und Bass", ["tenor", "bass"]),
        ("S. A.", ["soprano", "alto"]),
        ("TB", ["tenor", "bass"]),
        ("SATB", ["soprano", "alto", "tenor", "bass"]),
        ("Bass, conducted by an alto", ["bass"]),
    ],
)
def test_a_part_may_have_several_voices(name: str, voices: list[str]) -> None:
    assert list(voices_of_part(name)) == voices


@pytest.mark.parametrize(
    "name",
    [
        "Melody",
        "Lead",
        "Solo",
        "Voice",
        "Singstimme",
        "Chant",
        "Voz",
        "Canto",
        "Zang",
        "Voix 1",
        "Lead Vocals",
    ],
)
def test_a_melody_is_known_in_six_languages(name: str) -> None:
    assert is_melody(name)


@pytest.mark.parametrize("name", ["Lead Guitar", "Solo Violin", "Invoice", "Piano", "Leader", "Alto", ""])
def test_a_word_is_a_whole_word_and_an_instrument_is_no_singer(name: str) -> None:
    assert not is_melody(name)


def test_a_baritone_is_no_baritone_saxophone() -> None:
    assert is_baritone("Baritone")
    assert is_baritone("Baryton")
    assert not is_baritone("Baritone Sax")
    assert is_instrument("Baritone Sax")
    assert not is_instrument("Bass")
