"""A shell that knows ripieno's commands completes models, voices, keys and meters, too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ripieno.models.catalog import model_names
from ripieno_bridges.api.music_text import key_named
from ripieno_bridges.cli.completion import complete_key

PROGRAM = "from ripieno_bridges.cli.main import main; main(prog_name='ripieno')"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with the program ripieno in it."""
    script = tmp_path / "ripieno"
    script.write_text(f"#!{sys.executable}\n{PROGRAM}\n")
    script.chmod(0o755)
    return tmp_path


def completed(program: Path, line: str) -> list[str]:
    """What bash offers at the end of a line, with the script that ripieno gives it."""
    words = [word if word else "''" for word in line.split(" ")]
    code = f"""
        PATH={program}:$PATH
        eval "$(_RIPIENO_COMPLETE=bash_source ripieno)"
        COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}
        _ripieno_completion ripieno
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes_commands_models_voices_keys_and_layouts(program):
    assert completed(program, "ripieno har") == ["harmonize"]
    assert completed(program, "ripieno harmonize --model ") == list(model_names())
    assert completed(program, "ripieno harmonise --model rbm") == ["rbm-blues", "rbm-chorales"]
    assert completed(program, "ripieno infill --voices alto,t") == ["alto,tenor"]
    assert completed(program, "ripieno compose --layout ") == ["open", "closed"]
    assert completed(program, "ripieno compose --meter 6") == ["6/8"]
    assert completed(program, "ripieno compose --key E") == ["Eb", "E"]
    assert completed(program, "ripieno install-plugin m") == ["maxforlive", "musescore"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(program, shell):
    environment = {"_RIPIENO_COMPLETE": f"{shell}_source", "PATH": f"{program}:/usr/bin:/bin"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert f"_RIPIENO_COMPLETE={shell}_complete" in done.stdout


def test_every_key_that_is_offered_is_a_key():
    offered = [item.value for item in complete_key(None, None, "")]
    keys = {str(key_named(word)) for word in offered}
    assert len(offered) == len(keys) == 30
