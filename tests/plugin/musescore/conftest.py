"""What the tests of the plugin share: MuseScore 3 without a window."""

from __future__ import annotations

import pytest

from common import find_musescore, host_or_skip
from musescore_support import HeadlessMuseScore


@pytest.fixture(scope="module")
def musescore(tmp_path_factory: pytest.TempPathFactory) -> HeadlessMuseScore:
    """MuseScore 3 with a home of its own for each file of tests."""
    program = host_or_skip(find_musescore(), "MuseScore 3")
    return HeadlessMuseScore(program, tmp_path_factory.mktemp("musescore"))
