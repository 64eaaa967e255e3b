"""A score's lines as the voices of a choir or another ensemble; the other lines stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import RequestError, ScoreError
from ripieno.score import Note, Score, Voice
from ripieno_bridges.api.checks import check_voice
from ripieno_bridges.formats.ensemble_lines import assign_ensemble, recognized_ensemble
from ripieno_bridges.formats.line_remarks import passed_over, why_left
from ripieno_bridges.formats.line_roles import SOPRANO, chosen_by_user, match_lines
from ripieno_bridges.formats.part_names import voices_of_part
from ripieno_bridges.formats.score_lines import ScoreLine, check_line, lines_of_score, titled


@dataclass(frozen=True, slots=True)
class Choir:
    """A score as the voices of an ensemble, highest first, empty ones where the score has none.

    ensemble: a mixed choir, unless another one is named or recognized. lines: for each voice, its index among
    the lines of the score that was read; ``None`` where it has none. read: those lines. left: why each of the
    other lines is left as it is, by index. remarks: on what was guessed and on notes that were passed over, a
    sentence each. is_guess: its melody is one of several lines alike.
    """

    score: Score
    lines: dict[str, int | None]
    read: tuple[ScoreLine, ...]
    left: dict[int, str]
    remarks: tuple[str, ...] = ()
    is_guess: bool = False
    ensemble: Ensemble = MIXED_CHOIR

    @property
    def present(self) -> tuple[str, ...]:
        """The voices that the score has."""
        return tuple(name for name, line in self.lines.items() if line is not None)

    @property
    def others(self) -> tuple[Note, ...]:
        """All notes of the lines that are not the choir's."""
        return tuple(note for i in self.left for note in self.read[i].every_note)

    def moved(self, score: Score, lines: Sequence[ScoreLine]) -> Choir:
        """The same voices of a transposed score. lines: its lines."""
        return replace(self, score=choir_score(score, lines, self.lines), read=tuple(lines))


def assign_voices(
    score: Score,
    given: Sequence[str] | None = None,
    *,
    melody: str | None = None,
    lines: Sequence[ScoreLine] | None = None,
    ensemble: Ensemble | None = None,
) -> Choir:
    """Assign the score's lines to the voices of the choir, or of another ensemble.

    given: the voices that the user named; a score with as many lines takes them in order. melody: the line
    that is the melody, as ``score_lines.line_named`` reads it. lines: of the score's voices, one each;
    ``None``: their names are all that is known. ensemble: None is the one that all parts are named after,
    else a mixed choir. Raises RequestError for what is not there, and the fault of a line that is taken.
    """
    lines = lines_of_score(score) if lines is None else lines
    recognized = None if ensemble is not None else recognized_ensemble(lines)
    if recognized is not None and not set(given or ()) <= set(recognized.names):
        recognized = None
    ensemble = ensemble or recognized or MIXED_CHOIR
    names = ensemble.names
    for name in given or ():
        check_voice(name, names)
    if not ensemble.is_choir:
        found = assign_ensemble(score, lines, ensemble, given, melody)
    else:
        found = chosen_by_user(lines, given, melody) if melody else match_lines(score, lines, given)
    if given and len(given) == len(found.roles) == 1:
        found = replace(found, roles={given[0]: next(iter(found.roles.values()))})
    roles: dict[str, int | None] = dict.fromkeys(names)
    roles.update(found.roles)
    missing = [name for name in given or () if roles[name] is None]
    if missing:
        there = ", ".join(n for n in names if roles[n] is not None)
        raise RequestError(f"the score has no {missing[0]}; it has {there or 'no line with notes'}")
    for line in found.roles.values():
        check_line(lines[line])
    left = {i: why_left(lines, i, found) for i in range(len(lines)) if i not in found.roles.values()}
    remarks = (*found.guesses, *passed_over(score, lines, found.roles))
    if recognized is not None:
        remarks = (
            f"the parts are an ensemble of their own: {recognized.title.lower()} (ensemble chooses another)",
            *remarks,
        )
    choir = choir_score(score, lines, roles)
    return Choir(choir, roles, tuple(lines), left, remarks, found.is_guess, ensemble)


def choir_score(score: Score, lines: Sequence[ScoreLine], roles: dict[str, int | None]) -> Score:
    """The score of the voices, in the key of the highest that has notes.

    Of chords it has the highest note, in the lowest voice the lowest.
    """
    voices = []
    bass = list(roles)[-1]
    for name, line in roles.items():
        notes = () if line is None else lines[line].lowest if name == bass else score.voices[line].notes
        voices.append(Voice(name, notes))
    keys = next((lines[i].keys for i in roles.values() if i is not None and lines[i].notes), ())
    measures = score.measures
    if keys:
        measures = tuple(replace(m, key=key) for m, key in zip(measures, keys, strict=True))
    return replace(score, voices=tuple(voices), measures=measures)


def sung_voices(score: Score, lines: Sequence[ScoreLine] | None = None) -> tuple[Score, list[str]]:
    """(the score's voices of a choir, remarks on what else is in it).

    Where the lines cannot be assigned to voices, they are taken as they are.
    """
    lines = lines_of_score(score) if lines is None else lines
    singing = [i for i, line in enumerate(lines) if line.sings and line.fault is None]
    if len(singing) == 1 and not voices_of_part(lines[singing[0]].part):
        remarks = passed_over(score, lines, {SOPRANO: singing[0]})
        return replace(score, voices=(score.voices[singing[0]],)), remarks
    try:
        choir = assign_voices(score, lines=lines)
    except (RequestError, ScoreError):
        choir = None
    if choir is None or choir.is_guess:
        said = f"{len(singing)} lines that are not named as voices: ranges and spacing were not looked at"
        return replace(score, voices=tuple(score.voices[i] for i in singing)), [said]
    left = [titled(lines, i).replace('"', "") for i in choir.left if lines[i].sings or lines[i].unpitched]
    return choir.score, [*choir.remarks, *([f"not looked at: {', '.join(left)}"] if left else [])]
