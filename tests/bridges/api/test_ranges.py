"""Ranges of voices, as a director writes them."""

import pytest

from ripieno.errors import RequestError
from ripieno_bridges.api.music_text import ranges_named


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("alto=A3-C5", {"alto": (57, 72)}),
        ("alto=A3-C5, tenor=c3-e4", {"alto": (57, 72), "tenor": (48, 64)}),
        ("Bass=Eb2-C#4 soprano=C4-G5", {"bass": (39, 61), "soprano": (60, 79)}),
        ("tenor=B♭2-F♯4", {"tenor": (46, 66)}),
        ("alto=A4-A4", {"alto": (69, 69)}),
    ],
)
def test_ranges_are_read(text, ranges):
    assert ranges_named(text) == ranges


NO_RANGE = (
    '"{}" is no range of a voice; write a voice with its lowest and highest note, such as alto=A3-C5"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no range is named; write one such as alto=A3-C5"),
        ("alto", NO_RANGE.format("alto")),
        ("alto=C4", NO_RANGE.format("alto=C4")),
        ("alto=H3-C5", NO_RANGE.format("alto=H3-C5")),
        ("alto=C5-A3", '"alto=C5-A3" begins above its end; write the lowest note first'),
    ],
)
def test_what_is_no_range_is_refused(text, message):
    with pytest.raises(RequestError) as told:
        ranges_named(text)
    assert str(told.value) == message
