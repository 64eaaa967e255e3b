"""The rules on harmony: how a piece opens and closes, what its phrases rest on, its chords and dissonances.

Each takes a hearing and yields a ``Hit`` for each place that breaks it, with a sentence in the words of a
harmony class. None judges where fewer voices sound than make a chord sure, see ``HeardHarmony``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction

from ripieno.grid import REST
from ripieno.score import Key, Note
from ripieno.theory.beat_sounds import STEP, is_dissonant, notes_at, steps_around
from ripieno.theory.chord_scores import SCALES
from ripieno.theory.chords import (
    AUGMENTED_SIXTHS,
    DIMINISHED,
    DIMINISHED_SEVENTH,
    DOMINANT_SEVENTH,
    HALF_DIMINISHED,
    LOW_SIXTH,
    MAJOR,
    MINOR,
    Chord,
    symbol,
)
from ripieno.theory.closes import leads_home
from ripieno.theory.dissonances import Dissonance
from ripieno.theory.false_relations import false_relations
from ripieno.theory.hearing import HeardHarmony, voices_at
from ripieno.theory.home_key import HomeKey
from ripieno.theory.keys import key_near, tonic_of
from ripieno.theory.texture import Hit, Texture, capitalize_first

FOURTH, FIFTH, LEADING_NOTE = 5, 7, 11  # semitones above the key note
WHOLE = 8  # beats of a piece whose opening and close are judged; a shorter one is a fragment
TRIAD = 3  # notes of a chord that must sound before it is called foreign
KEYBOARD_C = 60  # a C, to name pitch classes
SUBMEDIANT = {"major": 9, "minor": 8}

# -- the piece in its key ----------------------------------------------------------------------------------


def first_chord_outside(hearing: HeardHarmony) -> Iterator[Hit]:
    """The piece begins with another chord than the key note's, its dominant or its subdominant."""
    home, texture = hearing.home, hearing.texture
    beat = hearing.beat_at(texture.onsets[0]) if hearing.spans else -1
    chord = hearing.chords[beat] if beat >= 0 else None
    if home is None or chord is None or len(hearing.spans) < WHOLE:
        return
    degree = (chord.root - home.tonic) % 12
    leads = degree == LEADING_NOTE and chord.kind in (DIMINISHED, HALF_DIMINISHED, DIMINISHED_SEVENTH)
    if degree in (0, FOURTH, FIFTH) or leads:
        return
    yield hit_at(
        texture,
        texture.onsets[0],
        f"The piece is in {home.key} and begins with {chord_name(hearing, beat)}; it should begin with "
        f"the key note's chord ({triad(home, 0)}), or with the dominant ({triad(home, FIFTH)}) or the "
        f"subdominant ({triad(home, FOURTH)}) that leads to it",
    )


def close_without_cadence(hearing: HeardHarmony) -> Iterator[Hit]:
    """The piece closes on the key note's chord, but neither from the dominant nor from the subdominant.

    An excerpt that stops on another chord is not judged.
    """
    home = hearing.home
    beats = closing_beats(hearing)
    if home is None or beats is None:
        return
    start, last = hearing.spans[beats.start][0], hearing.spans[beats.stop][0]
    for row in hearing.rows(start, last):
        sounding = [p for p in hearing.texture.pitches[row].tolist() if p != REST]
        if sounding and leads_home(sounding, home.tonic, home.mode):
            return
    before, closing = chord_name(hearing, beats.start), chord_name(hearing, beats.stop)
    yield hit_at(
        hearing.texture,
        last,
        f"The piece closes {before} - {closing}; a close goes from the dominant "
        f"({triad(home, FIFTH)}) or the subdominant ({triad(home, FOURTH)}) to the key note's chord",
    )


def closing_beats(hearing: HeardHarmony) -> range | None:
    """The beats from the last chord that is not the key note's up to the last one; None where it is no close.

    All must have chords, and the last one be the key note's. A suspension over the key note belongs to it.
    """
    if hearing.home is None or len(hearing.spans) < WHOLE:
        return None
    last = hearing.beat_at(max(line[-1].onset for line in hearing.texture.lines))
    for beat in range(last, -1, -1):
        chord = hearing.chords[beat]
        if chord is None or (beat == last and chord.root != hearing.home.tonic):
            return None
        if chord.root != hearing.home.tonic and bass_at(hearing, beat) != hearing.home.tonic:
            return range(beat, last)
    return None


def bass_at(hearing: HeardHarmony, beat: int) -> int:
    """The pitch class of the lowest note at a beat's onset."""
    return min(note.pitch for note in notes_at(hearing.texture, hearing.spans[beat][0])) % 12


def phrase_on_submediant(hearing: HeardHarmony) -> Iterator[Hit]:
    """A phrase rests on vi (in minor VI) under the key note; a cadence in the key of vi is left alone."""
    home, texture = hearing.home, hearing.texture
    if home is None:
        return
    root = (home.tonic + SUBMEDIANT[home.mode]) % 12
    for index in hearing.phrase_lasts:
        note = texture.lines[0][index]
        if note.pitch % 12 != home.tonic:
            continue
        first = hearing.beat_at(note.onset)
        stop = bisect_left(hearing.spans, note.end, key=lambda span: span[0])
        resting = hearing.chords[max(first, 0) : stop]
        if not resting or any(chord is None or chord.root != root for chord in resting):
            continue
        before = next((c for c in reversed(hearing.chords[:first]) if c is None or c.root != root), None)
        if before is None or is_dominant_of(before, root):
            continue
        yield hit_at(
            texture,
            note.onset,
            f"The phrase rests on {chord_name(hearing, stop - 1)} under the key note {note.name} of the "
            f"{texture.names[0]}; the key note's chord ({triad(home, 0)}) would let it close",
        )


def is_dominant_of(chord: Chord, tonic: int) -> bool:
    """Whether a chord is a major dominant, or stands on the leading note, of a tonic."""
    up = (chord.root - tonic) % 12
    if up == LEADING_NOTE:
        return chord.kind in (DIMINISHED, HALF_DIMINISHED, DIMINISHED_SEVENTH)
    return up == FIFTH and chord.kind[0] == MAJOR[0]


def foreign_chord(hearing: HeardHarmony) -> Iterator[Hit]:
    """A chord belongs to no key near the home key, and is no augmented sixth; told where it begins."""
    home = hearing.home
    if home is None:
        return
    scales = near_scales(home)
    before: Chord | None = None
    for beat, ((start, _), chord) in enumerate(zip(hearing.spans, hearing.chords, strict=True)):
        if chord is not None and (before is None or before.root != chord.root):
            sounding = pitch_classes_in(hearing, beat) & chord.pitch_classes
            near = any(sounding <= scale for scale in scales) or is_augmented_sixth(chord, home)
            if len(sounding) >= TRIAD and not near:
                sentence = f"{chord_name(hearing, beat)} belongs neither to {home.key} nor to a key near it"
                yield hit_at(hearing.texture, start, sentence)
        before = chord


def pitch_classes_in(hearing: HeardHarmony, beat: int) -> frozenset[int]:
    """The pitch classes that sound in a beat."""
    rows = hearing.texture.pitches[list(hearing.rows(*hearing.spans[beat]))]
    return frozenset(p % 12 for p in rows.ravel().tolist() if p != REST)


def near_scales(home: HomeKey) -> list[frozenset[int]]:
    """The scales of a home key, of its parallel, and of the keys with one accidental more or fewer."""
    signature = home.key.fifths
    keys = [Key(fifths, mode) for fifths in range(signature - 1, signature + 2) for mode in SCALES]
    keys.append(key_near(home.tonic, "major" if home.mode == "minor" else "minor", signature))
    return [
        frozenset((tonic_of(key) + up) % 12 for up in scale)
        for key in keys
        for scale in SCALES[key.mode or "major"]
    ]


def is_augmented_sixth(chord: Chord, home: HomeKey) -> bool:
    """Whether a chord is an augmented sixth of the home key, as far as its sound tells."""
    german = chord.kind == DOMINANT_SEVENTH and (chord.root - home.tonic) % 12 == LOW_SIXTH
    return german or chord.kind in AUGMENTED_SIXTHS


def triad(home: HomeKey, degree: int) -> str:
    """The symbol of the triad on a degree of the home key, in semitones; the dominant is major."""
    kind = MINOR if home.mode == "minor" and degree != FIFTH else MAJOR
    root = (home.tonic + degree) % 12
    return symbol(Chord(root, kind, root), home.key.spell(KEYBOARD_C + root))


# -- single notes ------------------------------------------------------------------------------------------


def false_relation(hearing: HeardHarmony) -> Iterator[Hit]:
    """A note in one voice, and right after it the same letter altered in another."""
    texture = hearing.texture
    for row, first, second in false_relations(texture):
        earlier, later = texture.note(row - 1, first).name, texture.note(row, second).name
        pair = tuple(sorted((first, second)))
        yield Hit(
            texture.onsets[row],
            pair,
            f"{capitalize_first(texture.names[second])} has {later} right after the {texture.names[first]}'s "
            f"{earlier}: a false relation; one voice should sing both notes",
        )


def unprepared_dissonance(hearing: HeardHarmony) -> Iterator[Hit]:
    """A voice leaps into a dissonance at a beat."""
    for found in clear_dissonances(hearing):
        comes, _ = steps_around(*place_in_line(hearing.texture, found))
        if not found.prepared and comes is not None and abs(comes) > STEP:
            name = capitalize_first(hearing.texture.names[found.voice])
            sentence = f"{name} leaps to {foreign_note(hearing, found)}; a dissonance on the beat should be"
            yield Hit(found.onset, (found.voice,), f"{sentence} held over or reached by step")


def unresolved_dissonance(hearing: HeardHarmony) -> Iterator[Hit]:
    """A voice leaves a dissonance by leap, and does not resolve it after one note either."""
    for found in clear_dissonances(hearing):
        if found.resolved:
            continue
        line, index = place_in_line(hearing.texture, found)
        while index + 1 < len(line) and line[index + 1].pitch == found.note.pitch:
            index += 1
        _, goes = steps_around(line, index)
        later = line[index + 2 : index + 3]
        decorated = later and 0 < abs(later[0].pitch - found.note.pitch) <= STEP
        if goes is None or line[index].fermata or decorated:
            continue
        name = capitalize_first(hearing.texture.names[found.voice])
        sentence = f"{name} has {foreign_note(hearing, found)}, and goes to {line[index + 1].name} instead of"
        yield Hit(found.onset, (found.voice,), f"{sentence} resolving by step")


def clear_dissonances(hearing: HeardHarmony) -> Iterator[Dissonance]:
    """The notes foreign to their chord that also form a dissonance with another voice.

    A note of the home key's dominant is left out where that chord sounds: it may pass under the name of the
    tonic in a cadential six-four, or of the subdominant.
    """
    for beat in hearing.foreign:
        for found in beat:
            sounding = notes_at(hearing.texture, found.onset)
            others = [note for note in sounding if note is not found.note]
            if is_dissonant(found.note, others) and not is_of_dominant(hearing.home, found.note, sounding):
                yield found


def is_of_dominant(home: HomeKey | None, note: Note, sounding: Sequence[Note]) -> bool:
    """Whether a note is the root or third of the dominant, and what sounds leads home."""
    if home is None or (note.pitch - home.tonic) % 12 not in (FIFTH, LEADING_NOTE):
        return False
    return leads_home([other.pitch for other in sounding], home.tonic, home.mode)


def foreign_note(hearing: HeardHarmony, found: Dissonance) -> str:
    """A dissonance with its chord, in words."""
    return f"{found.note.name}, which is foreign to {chord_name(hearing, hearing.beat_at(found.onset))}"


def place_in_line(texture: Texture, found: Dissonance) -> tuple[Sequence[Note], int]:
    """(the line of a dissonance, its index there)"""
    line = texture.lines[found.voice]
    return line, bisect_left(line, found.note.onset, key=lambda note: note.onset)


def chord_name(hearing: HeardHarmony, beat: int) -> str:
    """The symbol of a beat's chord, its root as it is written there, or as it would be in the home key."""
    chord = hearing.chords[beat]
    assert chord is not None, "the rules ask for chords that sound"
    start, end = hearing.spans[beat]
    for row in hearing.rows(start, end):
        for voice, pitch in enumerate(hearing.texture.pitches[row].tolist()):
            if pitch != REST and pitch % 12 == chord.root:
                written = hearing.texture.note(row, voice).spelling
                assert written is not None, "a texture's notes are spelled"
                return symbol(chord, written)
    key = hearing.home.key if hearing.home else Key()
    return symbol(chord, key.spell(KEYBOARD_C + chord.root))


def hit_at(texture: Texture, time: Fraction, sentence: str) -> Hit:
    """A hit on all voices that sound at a time."""
    return Hit(time, voices_at(texture, time), sentence)
