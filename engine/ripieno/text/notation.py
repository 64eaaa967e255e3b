r"""Short text <-> Score, for tests, examples and error messages.

One voice a line, highest first; the first voice also holds the barlines, meters, keys and tempos:

    [title Old Hundredth]
    soprano: [key 1] [3/4] G4:4"All" | G4 F#4:8 r E4:4"peo-" | D4:2"-ple"~ D4:4^
    bass: G3:4 | G3 D3:2 | G2:2.

Without ``name:`` the voices are soprano, alto, tenor, bass, voice 5 ... A word is

    F#4:8     pitch and value, a fraction of a whole note: 4 a quarter, 4. dotted, 4.. double dotted, 12
              a triplet eighth, 5/16 five sixteenths. Left out, it is the value of the word before.
    r:4       a rest. A line that ends early is silent from there on.
    66:4      a pitch by its MIDI number: its spelling is not known.
    C4:4~     a tie to the next word, which has the same pitch: together they are one note.
    C4:4^     a fermata.
    C4:4"a/b" syllables, a slash between the verses; "Twin-" goes on and "-kle" comes from before. Inside
              the quotes, \" \/ \- \\ are those signs, \n a new line, and \0 a syllable without a letter.

Where the first voice has barlines they are the measures, of any length, and a note of another voice
crosses them only by a tie. A first measure shorter than its meter is the pickup, number 0. Where the
first voice has no barlines, measures are laid by the meters. Marks stand in brackets: ``[3/4]``,
``[key -3 minor]``, ``[tempo 96]``; above the voices, ``[title ...]`` and ``[composer ...]``.

The text does not keep measure numbers other than 0 (the pickup), 1, 2 ..., nor the place of a key inside a
measure, which holds from the next barline on.
"""

from ripieno.text.reading import parse_score
from ripieno.text.writing import format_score, format_value

__all__ = ["format_score", "format_value", "parse_score"]
