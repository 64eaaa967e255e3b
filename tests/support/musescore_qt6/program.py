"""A stand-in for MuseScore 4: reads commands as lines of JSON, and writes their results.

``python program.py PLUGIN.qml``, or ``python program.py manifest.json`` for an extension. A command is a
list: a method of Host and its arguments. A result is ``{"ok": value}`` or ``{"error": text}``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

# They lie beside this script.
from extension import ExtensionHost  # type: ignore[import-not-found]
from host import Host  # type: ignore[import-not-found]
from names import register  # type: ignore[import-not-found]
from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QGuiApplication


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    register()
    path = Path(sys.argv[1])
    host = ExtensionHost(path) if path.suffix == ".json" else Host(path)
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def command() -> None:
        line = sys.stdin.readline()
        if not line:
            notifier.setEnabled(False)
            application.quit()
            return
        notifier.setEnabled(False)  # a command that waits runs events, but must not read the next command
        name, *arguments = json.loads(line)
        try:
            result = {"ok": getattr(host, name)(*arguments)}
        except Exception as error:  # the test reports it
            result = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
        notifier.setEnabled(True)

    notifier.activated.connect(command)
    application.exec()
    host.close()


if __name__ == "__main__":
    main()
