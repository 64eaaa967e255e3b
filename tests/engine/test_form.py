"""The form of a piece, as letters."""

import pytest

from ripieno.errors import RequestError
from ripieno.form import Section, check_form, form_named


@pytest.mark.parametrize(
    ("text", "varied"),
    [
        ("A", ""),
        ("AB", ""),
        ("AABB", ""),  # repeated as they are
        ("AABA", "3"),  # it comes back changed
        ("A A' B A", "13"),
        ("AA\N{RIGHT SINGLE QUOTATION MARK}A", "1"),  # the third time as the first
        ("A'B'", ""),  # what was not there yet cannot be changed
    ],
)
def test_what_comes_back_is_changed_and_what_follows_itself_is_repeated(text: str, varied: str):
    sections = form_named(text)
    assert "".join(s.letter for s in sections) == "".join(c for c in text if c.isalpha())
    assert "".join(str(i) for i, s in enumerate(sections) if s.is_varied) == varied


@pytest.mark.parametrize("text", ["", "aaba", "A1", "A''", "'A", "A-B", "A" * 25])
def test_what_is_no_form_is_refused_with_what_one_is(text: str):
    with pytest.raises(RequestError) as raised:
        form_named(text)
    assert str(raised.value) == (
        f'"{text}" is no form; write up to 24 letters, one for each section, as AABA, with \' after '
        "those that come back changed: AA'BA"
    )


def test_a_form_with_too_many_measures_says_how_many_it_has():
    with pytest.raises(RequestError, match=r"^24 sections of 32 measures are 768 in all; ask for"):
        check_form([Section("A")] * 24, 32)
