"""Run a script of this folder that drives Chromium."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "tests" / "support"))
from node_support import MODULES, why_not_installed  # noqa: E402


def in_chromium(script: str, *arguments: str) -> Any:
    """What the script writes, as JSON. Ends this program where the script fails or cannot run."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    missing = "Chromium and Node are needed" if not (chromium and node) else why_not_installed()
    if missing:
        sys.exit(missing)
    command = [str(node), HERE / script, str(chromium), *arguments]
    done = subprocess.run(  # noqa: S603
        command, env=os.environ | {"NODE_PATH": str(MODULES)}, stdout=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{script} ended with {done.returncode}")
    return json.loads(done.stdout)
