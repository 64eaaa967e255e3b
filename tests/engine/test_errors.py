"""Messages are for musicians, and so are the numbers in them."""

from __future__ import annotations

import pytest

from ripieno.errors import number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2147483647.0, "2147483647"),
        (2**31 - 1, "2147483647"),
        (10_000.0, "10000"),
        (0.5, "0.5"),
        (-3.0, "-3"),
        (1 / 3, "0.333333"),
        (2.00000001, "2.00000001"),
        (1234567.5, "1234567.500"),
        (0.0000001, "0.0000001"),
        (1e30, "1e+30"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_a_whole_number_has_all_its_digits(value: float, text: str) -> None:
    assert number_text(value) == text
