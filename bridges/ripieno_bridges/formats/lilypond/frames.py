"""What stands between the notes of every voice: keys, meters, pickups, odd measures, barlines."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ripieno.score import Key, Meter
from ripieno_bridges.formats.lilypond.values import key_text, length_text, moment_text
from ripieno_bridges.formats.notation.events import one_value
from ripieno_bridges.formats.notation.notation import NotatedMeasure
from ripieno_bridges.formats.notation.repeats import sections_of

BARLINES = {
    **{"light-light": "||", "light-heavy": "|.", "heavy": ".", "heavy-light": ".|", "heavy-heavy": ".."},
    **{"dashed": "!", "dotted": ";", "none": "", "tick": "'", "short": ","},
}
MAX_DIGITS = 6  # of a measure's number that LilyPond is told
USUAL_C = (Meter(4, 4), Meter(2, 2))  # that LilyPond prints as C unless told otherwise


def global_text(frames: Sequence[NotatedMeasure], key: Key | None) -> str:
    """The music that every voice begins with: key, meter, pickup. key: ``None`` where staves differ in it."""
    first = frames[0]
    words = [] if key is None else [key_text(key)]
    words += time_words(first, None)
    if first.measure.duration < first.measure.meter.length:
        words.append(partial_text(first.measure.duration))
    return " ".join(words)


def time_words(frame: NotatedMeasure, before: NotatedMeasure | None) -> list[str]:
    """A change of meter; before: the measure before, ``None`` at the beginning."""
    meter = frame.measure.meter
    if before is not None and meter == before.measure.meter and frame.symbol in ("", before.symbol):
        return []
    words = []
    if meter in USUAL_C:
        words.append(
            "\\defaultTimeSignature" if frame.symbol in ("common", "cut") else "\\numericTimeSignature"
        )
    return [*words, f"\\time {meter}"]


def partial_text(length: Fraction) -> str:
    """A measure that is shorter than its meter."""
    return f"\\partial {length_text(one_value(length))}"


def measure_words(frames: Sequence[NotatedMeasure], keys: Sequence[Key], index: int) -> list[str]:
    """What changes with a measure, before its first note. keys: of the staff, one for each measure."""
    if not index:
        # A pickup that is played again is one then, too.
        again = (
            frames[0].measure.duration < frames[0].measure.meter.length and sections_of(frames)[0].times > 1
        )
        return [partial_text(frames[0].measure.duration)] if again else long_measure_words(frames, 0)
    words = [key_text(keys[index])] if keys[index] != keys[index - 1] else []
    words += time_words(frames[index], frames[index - 1])
    measure = frames[index].measure
    if measure.duration < measure.meter.length and index + 1 < len(frames):
        words.append(partial_text(measure.duration))
    return words + long_measure_words(frames, index)


def long_measure_words(frames: Sequence[NotatedMeasure], index: int) -> list[str]:
    """The length of a measure that is longer than its meter, and of the one after it."""
    measure = frames[index].measure
    before = frames[index - 1].measure if index else None
    was_long = before is not None and before.duration > before.meter.length
    if measure.duration > measure.meter.length:
        length = measure.duration
    elif was_long:
        length = measure.meter.length
    else:
        return []
    return [f"\\set Timing.measureLength = #(ly:make-moment {moment_text(length)})"]


def number_words(frames: Sequence[NotatedMeasure]) -> dict[int, str]:
    """The measures, by index, at which LilyPond's count of them must be put right."""
    words: dict[int, str] = {}
    expected = 1
    for index, frame in enumerate(frames):
        measure = frame.measure
        pickup = not index and measure.duration < measure.meter.length
        number = measure.number
        if not pickup and number.isdecimal() and len(number) <= MAX_DIGITS and int(number) != expected:
            words[index] = f"\\set Score.currentBarNumber = #{int(number)}"
            expected = int(number)
        expected += not pickup
    return words


def barline_text(frames: Sequence[NotatedMeasure], index: int) -> str:
    """The barline at the end of a measure where it is more than a usual one, and no repeat's."""
    frame = frames[index]
    following = index + 1 < len(frames) and frames[index + 1].forward
    if frame.backward or following:
        return ""
    style = frame.style if frame.style in BARLINES else ""
    return f'\\bar "{BARLINES[style]}"' if style else ""
