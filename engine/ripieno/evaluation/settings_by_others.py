"""How a model harmonizes melodies that other people have harmonized, too: beat by beat, and by its habits."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ripieno.evaluation.setting import MAJOR, MINOR, Home, MelodySetting, read_setting
from ripieno.evaluation.share import Share
from ripieno.grid import HOLD, Grid
from ripieno.score import Note
from ripieno.theory.chords import Chord
from ripieno.theory.closes import AUTHENTIC, AUTHENTIC_INVERTED, CLOSES, PLAGAL, last_two_chords
from ripieno.theory.dissonances import PEDAL
from ripieno.theory.false_relations import false_relations
from ripieno.theory.ranges import parallels

TONIC_OR_DOMINANT = (0, 7)  # semitones above the key note
CADENCES = (AUTHENTIC, AUTHENTIC_INVERTED, PLAGAL)
PER_100 = "_per_100_"  # in the name of a figure that is no share


Shares = Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class HarmonyFigures:
    """Figures of some pieces by name; None where there is nothing to count.

    agreement: shares of beats or pieces on which the chords have the same root as in the human settings.
    made, people: of the settings themselves. people, agreement: None without human settings.
    """

    pieces: int
    agreement: dict[str, float | None] | None
    made: dict[str, float | None]
    people: dict[str, float | None] | None


@dataclass(frozen=True, slots=True)
class HarmonyReport:
    """Figures of all pieces, and of those in major and in minor; None where there are none."""

    all: HarmonyFigures
    major: HarmonyFigures | None
    minor: HarmonyFigures | None


def compare_settings(
    made: Sequence[Grid], people: Sequence[Grid | None], homes: Sequence[Home | None]
) -> HarmonyReport:
    """Compare settings of some melodies with those by people.

    people: None where there is none. homes: the key of each piece; None finds it by the last chord of the
    human setting, which must then be there.
    """
    originals: list[MelodySetting | None] = []
    settings: list[MelodySetting] = []
    for grid, original, home in zip(made, people, homes, strict=True):
        assert original is not None or home is not None
        by_people = None if original is None else read_setting(original, home)
        settings.append(read_setting(grid, home if by_people is None else by_people.home))
        originals.append(by_people)
    pairs = list(zip(settings, originals, strict=True))
    by_mode = {mode: [pair for pair in pairs if pair[0].home.mode == mode] for mode in (MAJOR, MINOR)}
    major, minor = (harmony_figures(some) if some else None for some in by_mode.values())
    return HarmonyReport(harmony_figures(pairs), major, minor)


def harmony_figures(pairs: Sequence[tuple[MelodySetting, MelodySetting | None]]) -> HarmonyFigures:
    """The figures of some settings beside those by people."""
    known = [(made, people) for made, people in pairs if people is not None]
    return HarmonyFigures(
        len(pairs),
        rates(agreement(made, people) for made, people in known) if known else None,
        rates(habits(made) for made, _ in pairs),
        rates(habits(people) for _, people in known) if known else None,
    )


def rates(shares: Iterable[Shares]) -> dict[str, float | None]:
    """The sums of shares by name, as rates."""
    sums: defaultdict[str, Share] = defaultdict(Share)
    for some in shares:
        for name, share in some.items():
            sums[name] += share
    return {
        name: round((100 if PER_100 in name else 1) * share.count / share.of, 4) if share.of else None
        for name, share in sums.items()
    }


# -- beside people -----------------------------------------------------------------------------------------


def agreement(made: MelodySetting, people: MelodySetting) -> Shares:
    """On how many beats, and in how many places, a chord has the root that it has in the human setting."""
    beats = [beat for beat, chord in enumerate(people.chords) if chord is not None]

    def same(some: Iterable[int]) -> Share:
        hits = [same_root(made.chords[beat], people.chords[beat]) for beat in some]
        return Share(sum(hits), len(hits))

    before, last = (
        Share(int(same_root(mine, theirs)), int(theirs is not None))
        for mine, theirs in zip(last_two_chords(made.chords), last_two_chords(people.chords), strict=True)
    )
    return {
        "root": same(beats),
        "root_on_strong_beats": same(beat for beat in beats if people.strong[beat]),
        "first_chord": same(beats[:1]),
        "chord_before_the_last": before,
        "last_chord": last,
        "root_at_phrase_ends": same(b for b in people.phrase_ends if people.chords[b] is not None),
    }


def same_root(one: Chord | None, other: Chord | None) -> bool:
    """Whether two chords have the same root; not where one is missing."""
    return one is not None and other is not None and one.root == other.root


# -- habits ------------------------------------------------------------------------------------------------


def habits(setting: MelodySetting) -> Shares:
    """What can be counted in a setting alone."""
    chords = [chord for chord in setting.chords if chord is not None]
    first = [(chord.root - setting.home.tonic) % 12 in TONIC_OR_DOMINANT for chord in chords[:1]]
    changes = [
        not same_root(one, other)
        for one, other in zip(setting.chords, setting.chords[1:], strict=False)
        if one is not None and other is not None
    ]
    dissonant = [bool(beat) for beat in setting.foreign]
    prepared = [any(d.prepared and d.kind != PEDAL for d in beat) for beat in setting.foreign]
    return {
        "first_chord_is_i_or_v": Share(sum(first), len(first)),
        "close_authentic_or_plagal": Share(int(setting.close in CADENCES), 1),
        **{f"close_{name}": Share(int(setting.close == name), 1) for name in CLOSES},
        "phrase_ends_on_i_or_v": phrase_ends(setting),
        "false_relations_per_100_chords": Share(len(list(false_relations(setting.texture))), len(chords)),
        "parallels_per_100_notes": Share(parallels(setting.grid.cells), note_count(setting.grid)),
        "beats_on_a_dissonance": Share(sum(dissonant), len(chords)),
        "beats_with_a_prepared_dissonance": Share(sum(prepared), len(chords)),
        "beats_with_other_foreign_notes": Share(beats_with_others(setting), len(chords)),
        "inversions": Share(sum(chord.bass != chord.root for chord in chords), len(chords)),
        "chord_changes_a_beat": Share(sum(changes), len(changes)),
    }


def phrase_ends(setting: MelodySetting) -> Share:
    """How many phrase ends but the last rest on the tonic or the dominant."""
    found = [chord for beat in setting.phrase_ends if (chord := setting.chords[beat]) is not None]
    rest = [(chord.root - setting.home.tonic) % 12 in TONIC_OR_DOMINANT for chord in found]
    return Share(sum(rest), len(rest))


def beats_with_others(setting: MelodySetting) -> int:
    """How many beats have a note that their chord does not hold, and that is no prepared dissonance."""
    count = 0
    for (start, end), chord, foreign in zip(setting.spans, setting.chords, setting.foreign, strict=True):
        if chord is None:
            continue
        count += any(not d.prepared or d.kind == PEDAL for d in foreign) or any(
            note.pitch % 12 not in chord.pitch_classes
            for line in setting.texture.lines
            for note in notes_between(line, start, end)
        )
    return count


def notes_between(line: Sequence[Note], start: Fraction, end: Fraction) -> Sequence[Note]:
    """The notes that begin after ``start`` and before ``end``."""
    first = bisect_right(line, start, key=lambda note: note.onset)
    return line[first : bisect_left(line, end, key=lambda note: note.onset)]


def note_count(grid: Grid) -> int:
    """The notes of all voices."""
    return int((grid.cells < HOLD).sum())
