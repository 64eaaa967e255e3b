"""Part names: which voices of a choir, or which other line of a song, the name of a part means.

A name is read word by word, in English, German, French, Italian, Spanish, Dutch, and the Latin of old prints.
"""

from __future__ import annotations

import re

from ripieno.score import VOICE_NAMES

SOPRANO, ALTO, TENOR, BASS = VOICE_NAMES
# A letter stands for its voice: "S.", "A. 1".
VOICE_WORDS = {
    SOPRANO: "s sop sopr soprano sopranos soprani sopran soprane soprana sopraan sopranen mezzo mezzosoprano "
    "mezzosopran cantus discant discantus diskant dessus superius treble trebles tiple",
    ALTO: "a alt alto altos alti alte altus altstimme contralto contraltos contralti haute",
    TENOR: "t ten tenor tenors tenore tenori tenores tenoren tenöre tén ténor ténors taille tenorstimme",
    BASS: "b bas bass basses bassi basso bassus basse bassen bässe baß bajo bajos bassstimme baßstimme",
}
BARITONE_WORDS = "bar bari baritone baritones bariton baritono baritoni barítono baryton barytons"
MELODY_WORDS = (
    "melody melodie mélodie melodia melodía tune air voice voices vocal vocals lead solo soloist singer "
    "singers song singstimme stimme gesang solist sänger chant chanteur chanteuse voix canto cantante voce "
    "voz cantor zang zangstem stem zanger"
)
# What may stand before the voice: "1. Sopran", "Choir Alto", "First Tenor".
BEFORE_VOICES = (
    "i ii iii iv st nd rd th first second third choir chorus choeur chœur chor coro koor choral solo voice "
    "voices voix voz voce vocal vocals high low"
)
BETWEEN_VOICES = ("and", "und", "et", "e", "y", "en")
# Several voices on the staves of one part.
CHOIR_WORDS = {"sa": (SOPRANO, ALTO), "tb": (TENOR, BASS), "satb": VOICE_NAMES, "sab": (SOPRANO, ALTO, BASS)}
# An alto saxophone is not an alto: it may play the melody.
INSTRUMENTS = re.compile(
    "sax|clarin|klarin|flut|flöt|flaut|flût|horn|tromb|posaun|trump|trompet|tromp|kornet|cornet|euphon|guit|gitar|"
    "chitarr|banjo|ukule|mandol|lute|laut|viol|cello|celli|string|streich|gamb|harp|harf|arpa|oboe|haut-?bois|drum|"
    "trommel|timpani|pauk|tuba|bassoon|fagot|basset|recorder|piano|klavier|keyboard|synth|organ|orgel|orgue|órgano|"
    "cembalo|accord|akkord|fisarm|glocken|xylo|marimb|vibraph|celest|double bass|contrabass|kontrabass"
)
WORD = re.compile(r"[^\W\d_]+")

_VOICE_OF = {word: voice for voice, words in VOICE_WORDS.items() for word in words.split()}
_BEFORE = set(BEFORE_VOICES.split())
_BARITONES = set(BARITONE_WORDS.split())
_MELODIES = set(MELODY_WORDS.split())


def is_instrument(name: str) -> bool:
    """Whether a part's name means an instrument."""
    return INSTRUMENTS.search(name.lower()) is not None


def voices_of_part(name: str) -> tuple[str, ...]:
    """The voices that a part's name means, in its order: two for "Soprano Alto", none for an instrument."""
    words = words_of(name)
    letters = bool(words) and len(words[0]) == 1 and words[0] in _VOICE_OF  # "S. A.", but not "Voice A"
    while not letters and len(words) > 1 and words[0] in _BEFORE:
        words = words[1:]
    if not words or is_instrument(name):
        return ()
    if words[0] in CHOIR_WORDS:
        return CHOIR_WORDS[words[0]]
    found: dict[str, None] = {}
    for word in words:
        if word in _VOICE_OF and (letters or len(word) > 1):
            found[_VOICE_OF[word]] = None
        elif word not in BETWEEN_VOICES:
            break
    return tuple(found)


def voice_of_part(name: str) -> str | None:
    """The voice that a part's name means, the first of several; ``None`` where it means none."""
    return next(iter(voices_of_part(name)), None)


def is_baritone(name: str) -> bool:
    """Whether a part's name means a baritone: the bass of a choir that has no other."""
    return not is_instrument(name) and any(word in _BARITONES for word in words_of(name)[:2])


def is_melody(name: str) -> bool:
    """Whether a part's name means the line that is sung, or the tune."""
    return not is_instrument(name) and any(word in _MELODIES for word in words_of(name))


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, without digits."""
    return WORD.findall(name.lower())
