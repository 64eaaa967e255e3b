"""The words of errors."""

import pytest

from ripieno.errors import number_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (0.3, "0.3"),
        (2**31 - 1, "2147483647"),
        (2147483648.0, "2147483648"),
        (-12345678.0, "-12345678"),
        (1234567.5, "1234567.5"),
        (4 + 1 / 3, "4.33333"),
        (1e-9, "1e-09"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers_are_written_as_people_write_them(number, text):
    assert number_text(number) == text
