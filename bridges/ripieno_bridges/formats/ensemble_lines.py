"""Finding the lines of a score that are the voices of an ensemble other than a mixed choir.

Parts are known by their names, as "Tenor II" or "Altsaxophon"; where names say nothing, by their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import ensemble_named, ensemble_names
from ripieno.score import Score
from ripieno_bridges.formats.line_roles import BASS, SOPRANO, Assignment, Roles, find_melody
from ripieno_bridges.formats.part_kinds import PartKind, kind_of_part, kinds_in_part
from ripieno_bridges.formats.part_names import is_instrument
from ripieno_bridges.formats.score_lines import ScoreLine, line_named

AMBIGUOUS = ("sa", "tb")  # these may be a mixed choir some of whose parts are missing
MAY_LACK_A_PART = ("sab",)  # known by its outer parts: no other choir has a baritone under sopranos
# What a part may be called instead, in an ensemble that has no voice of that name.
ALSO: dict[str, tuple[str, ...]] = {
    "bass": ("baritone",),
    "baritone": ("bass",),
    "tenor": ("lead",),
}


def assign_ensemble(
    score: Score,
    lines: Sequence[ScoreLine],
    ensemble: Ensemble,
    given: Sequence[str] | None,
    melody: str | None,
) -> Assignment:
    """Which lines are the voices of an ensemble. given, melody: as in ``assign_voices``."""
    named = named_lines(lines, ensemble)
    if melody is not None:
        index = line_named(lines, melody)
        known = next((name for name, i in named.items() if i == index), None)
        voice = given[0] if given else known or ensemble.melody
        others = {} if given else {n: i for n, i in named.items() if n != voice and i != index}
        roles = in_order({**others, voice: index}, ensemble)
        return Assignment(roles, f"{lines[index].title} was chosen as the melody")
    singing = [i for i, line in enumerate(lines) if line.sings]
    if given and len(given) == len(singing):
        order = [name for name in ensemble.names if name in given]
        empty = {n: i for n, i in named.items() if n not in order and i not in singing}
        roles = in_order({**dict(zip(order, singing, strict=True)), **empty}, ensemble)
        return Assignment(roles, "the voices that are given were taken in order")
    if any(lines[i].sings for i in named.values()):
        return Assignment(in_order({**named, **unnamed_melody(lines, named, ensemble)}, ensemble))
    pitched = [i for i, line in enumerate(lines) if not line.unpitched and line.harmony is None]
    if len(pitched) == len(ensemble.names) and not any(lines[i].is_chordal for i in pitched):
        roles = dict(zip(ensemble.names, pitched, strict=True))
        return Assignment(roles, f"the {len(pitched)} lines are the {ensemble.title.lower()}, in order")
    found = find_melody(score, lines)
    place = {SOPRANO: ensemble.melody, BASS: ensemble.names[-1]}
    roles = {place[role]: i for role, i in found.roles.items()}
    empty = {name: i for name, i in named.items() if name not in roles}
    return Assignment(in_order({**empty, **roles}, ensemble), found.why, found.guesses, found.is_guess)


def named_lines(lines: Sequence[ScoreLine], ensemble: Ensemble) -> Roles:
    """(voice -> line) by the names of the parts: "Tenor 2" by its number, else one after the other."""
    roles: Roles = {}
    kinds = voices_by_kind(ensemble)
    parts = [kind_in_ensemble(kind_of_line(line, lines), kinds) for line in lines]
    for kind, voices in kinds.items():
        own = [(i, found) for i, found in enumerate(parts) if found.kind == kind]
        for number, name in enumerate(voices, 1):
            exact = [i for i, found in own if found.number == number and i not in roles.values()]
            loose = [i for i, found in own if not found.number and i not in roles.values()]
            if exact or loose:
                roles[name] = (exact or loose)[0]
    return in_order(roles, ensemble)


def unnamed_melody(lines: Sequence[ScoreLine], named: Roles, ensemble: Ensemble) -> Roles:
    """The melody's line beside named voices: the only other one, of a part such as "Melody" or "Voice"."""
    others = [i for i, line in enumerate(lines) if line.sings and i not in named.values()]
    if ensemble.melody in named or len(others) != 1:
        return {}
    line = lines[others[0]]
    fits = not (line.is_chordal or line.unpitched) and kind_of_part(line.part).kind in ("", "lead")
    return {ensemble.melody: others[0]} if fits else {}


def kind_of_line(line: ScoreLine, lines: Sequence[ScoreLine]) -> PartKind:
    """What a line is by the name of its part, which may list a voice for each of the part's lines."""
    if line.unpitched or line.harmony is not None:
        return PartKind("", 0)
    together = sum(other.part_number == line.part_number for other in lines)
    if together > 1:
        listed = kinds_in_part(line.part)
        if len(listed) == together:
            return listed[line.number - 1]
    return kind_of_part(line.part)


def kind_in_ensemble(found: PartKind, kinds: Collection[str]) -> PartKind:
    """A kind as an ensemble names it. kinds: of its voices."""
    if found.kind in kinds:
        return found
    other = next((kind for kind in ALSO.get(found.kind, ()) if kind in kinds), found.kind)
    return PartKind(other, found.number if other != "lead" else 0)


def voices_by_kind(ensemble: Ensemble) -> dict[str, list[str]]:
    """An ensemble's voices by what they are, highest first: {"tenor": ["tenor 1", "tenor 2"]}."""
    found: dict[str, list[str]] = {}
    for voice in ensemble.voices:
        found.setdefault(kind_of_part(voice.part).kind, []).append(voice.name)
    return found


def recognized_ensemble(lines: Sequence[ScoreLine]) -> Ensemble | None:
    """The ensemble that the parts of a document are, by their names; None for a mixed choir, or none.

    Instruments beside voices, as a piano, do not count.
    """
    pitched = [line for line in lines if not line.unpitched and line.harmony is None]
    kinds = [kind_of_line(line, lines).kind for line in pitched]
    everybody = Counter(kinds)
    of_voices = Counter(
        kind for kind, line in zip(kinds, pitched, strict=True) if not is_instrument(line.part)
    )
    for name in ensemble_names():
        ensemble = ensemble_named(name)
        if ensemble.is_choir or name in AMBIGUOUS:
            continue
        parts = [voice.part for voice in ensemble.voices]
        wanted = Counter(kind_of_part(part).kind for part in parts)
        there = everybody if any(map(is_instrument, parts)) else of_voices
        outer = {kind_of_part(part).kind for part in (parts[0], parts[-1])}
        if there == wanted or (name in MAY_LACK_A_PART and outer <= there.keys() and there <= wanted):
            return ensemble
    return None


def in_order(roles: Roles, ensemble: Ensemble) -> Roles:
    """The roles, highest voice first."""
    return {name: roles[name] for name in ensemble.names if name in roles}
