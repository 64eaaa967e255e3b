"""Find the pickup of MIDI music, whose file counts measures from its start, by the beats of the bass."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ripieno.score import Score, lay_measures

BASS_BELOW = 50  # D3: notes below it are the bass, which stands on the beats
EIGHTH = Fraction(1, 2)
MIN_RATIO = 2  # so many times as many bass notes must stand on the beats of the moved barlines
MIN_BASS_NOTES = 16  # fewer say nothing


def with_detected_pickup(score: Score) -> tuple[Score, Fraction]:
    """(the score with its barlines where its bass has the beats, the pickup in quarters that this makes).

    Only a score in one meter that begins with a full measure is looked at, and it is changed only where the
    bass stands on eighths between the beats; 0 then, and the same score, where nothing is to be changed.
    """
    meters = {measure.meter for measure in score.measures}
    first = score.measures[0]
    if len(meters) > 1 or first.duration != first.meter.length:
        return score, Fraction(0)
    meter = first.meter
    bass = [n.onset for voice in score.voices for n in voice.notes if n.pitch < BASS_BELOW]

    def on_beats(pickup: Fraction) -> int:
        return sum((onset - pickup) % meter.beat == 0 for onset in bass)

    if len(bass) < MIN_BASS_NOTES or on_beats(EIGHTH) <= MIN_RATIO * on_beats(Fraction(0)):
        return score, Fraction(0)
    pickups = [EIGHTH + i * meter.beat for i in range(int(meter.length / meter.beat))]
    pickup = max(pickups, key=lambda p: sum((onset - p) % meter.length == 0 for onset in bass))
    keys = tuple((m.onset, m.key) for m in score.measures)
    measures = lay_measures(score.duration, ((Fraction(0), meter),), keys, pickup)
    return replace(score, measures=measures), pickup
