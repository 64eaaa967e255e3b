"""A line is chosen by its part's name or number."""

import pytest

from ripieno.errors import RequestError
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.score_lines import line_named, lines_of_score

LINES = lines_of_score(
    parse_score(
        '"Violin 1": C5:1\n"Violin 2": C5:1\n"Men, voice 1": C4:1\n"Men, voice 2": C3:1\n"2": C3:1\n"": C3:1'
    )
)


@pytest.mark.parametrize(
    ("selector", "index"),
    [
        ("violin 2", 1),
        ("Men", 2),
        ("3:2", 3),
        (" 3 : 2 ", 3),
        ("3", 2),
        ("1:1", 0),
        ("2", 1),
        ("en", 2),
    ],
)
def test_a_line_is_known_by_name_or_number(selector: str, index: int) -> None:
    assert line_named(LINES, selector) == index


@pytest.mark.parametrize("selector", ["", "Viola", "0", "7", "3:3", "1:x", ":", "²", "-1", "9" * 5000])
def test_what_is_no_line_is_told(selector: str) -> None:
    with pytest.raises(
        RequestError, match='choose one by its number: 1 "Violin 1", 2 "Violin 2", 3 "Men", voice 1, '
    ):
        line_named(LINES, selector)


def test_a_name_that_fits_several_is_told() -> None:
    with pytest.raises(RequestError, match=r'^"violin" names several; choose one by its number: '):
        line_named(LINES, "violin")


def test_each_line_has_the_selector_that_means_it() -> None:
    assert [line_named(LINES, line.selector) for line in LINES] == list(range(len(LINES)))
    assert [line.selector for line in LINES] == ["1", "2", "3", "3:2", "4", "5"]
    assert LINES[-1].title == '"part 5"'
