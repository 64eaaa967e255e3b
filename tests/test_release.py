"""A release: the tag, the version and the changelog are one, and the workflow runs what is there."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys

import pytest

from common import ROOT
from ripieno import __version__

CHECK = ROOT / ".ci" / "check_release.py"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
release_text = runpy.run_path(str(CHECK))["release_text"]

CODE = '__version__ = "1.2.0"\n'
CHANGELOG = """# Changelog

## 1.2.0 (2026-11-29)

### Added
- A thing.

## 1.1.0 (2026-01-02)

### Fixed
- Another.
"""


def test_the_text_of_a_release_is_its_section_of_the_changelog():
    assert release_text("v1.2.0", CHANGELOG, CODE) == "### Added\n- A thing."


@pytest.mark.parametrize(
    ("tag", "changelog", "code", "fault"),
    [
        ("1.2.0", CHANGELOG, CODE, "the tag 1.2.0 is not of the form v1.2.3"),
        ("v1.2.0rc1", CHANGELOG, CODE, "the tag v1.2.0rc1 is not of the form v1.2.3"),
        (
            *("v1.3.0", CHANGELOG, CODE),
            "engine/ripieno/__init__.py says 1.2.0, the tag v1.3.0; change one of them",
        ),
        (
            *("v1.3.0", CHANGELOG, CODE.replace("2", "3")),
            "the first section of CHANGELOG.md is 1.2.0, not 1.3.0",
        ),
        (
            *("v1.2.0", CHANGELOG.replace("2026-11-29", "unreleased"), CODE),
            "CHANGELOG.md says (unreleased) of 1.2.0; write the day of the release, ## 1.2.0 (2026-01-31)",
        ),
        (
            *("v1.2.0", CHANGELOG.replace("- A thing.\n", ""), CODE),
            "CHANGELOG.md says nothing of 1.2.0; add what users will notice",
        ),
    ],
)
def test_a_tag_that_is_not_ready_is_told_why(tag, changelog, code, fault):
    with pytest.raises(ValueError, match=f"^{re.escape(fault)}$"):
        release_text(tag, changelog, code)


def test_our_own_changelog_can_be_read():
    done = subprocess.run(
        [sys.executable, str(CHECK), f"v{__version__}"], capture_output=True, text=True, check=False
    )
    unreleased = f"CHANGELOG.md says (unreleased) of {__version__}"
    assert done.stderr.startswith(unreleased) or done.stdout.startswith("### ")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_scripts_that_are_there(workflow):
    scripts = re.findall(r"\.ci/[\w.]+", workflow.read_text("utf-8"))
    assert scripts
    assert [script for script in scripts if not (ROOT / script).is_file()] == []
