"""Runs a plugin in Qt 6, in a window that is never shown: commands as lines of JSON in, answers out.

``python host.py PLUGIN.qml``. A command is a list, its first word one of the methods of Host; an answer is
``{"ok": value}`` or ``{"error": text}``. Beside it lies the module ``MuseScore``, a model of the program.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from names import register
from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QPointF,
    QSocketNotifier,
    Qt,
    QtMsgType,
    QUrl,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlEngine, QQmlExpression
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

FOLDER = Path(__file__).parent
LOOK_MILLISECONDS = 5


class Host:
    """The program around a plugin."""

    def __init__(self, plugin: Path) -> None:
        self.plugin = plugin
        self.complaints: list[str] = []
        qInstallMessageHandler(self._message)
        self.engine: QQmlEngine | None = None
        self.component: QQmlComponent | None = None
        self.root: QQuickItem | None = None
        self.window: QQuickWindow | None = None

    def _message(self, kind: QtMsgType, _context: object, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and kind != QtMsgType.QtInfoMsg:
            self.complaints.append(text)

    def open(self, score: dict[str, Any] | None, properties: dict[str, Any]) -> list[float]:
        """A score, and the plugin started on it: the dialog's width and height."""
        self.close()
        self.engine = QQmlEngine()
        self.engine.addImportPath(str(FOLDER))
        self.component = QQmlComponent(self.engine, QUrl.fromLocalFile(str(self.plugin)))  # it owns the root
        made = self.component.create()
        if not isinstance(made, QQuickItem):
            raise RuntimeError(self.component.errorString())
        self.root = made
        for name, value in properties.items():
            made.setProperty(name, value)
        if score is not None:
            self.evaluate(f"open({json.dumps(json.dumps(score))})")
        self.window = QQuickWindow()
        self.window.resize(int(made.width()), int(made.height()))
        made.setParentItem(self.window.contentItem())
        self.window.show()
        self.window.requestActivate()
        self.evaluate("run()")
        return [made.width(), made.height()]

    def close(self) -> None:
        """The dialog's end; what is left of the last plugin goes with its engine."""
        if self.window is not None and self.root is not None:
            self.window.hide()
            self.root.setParentItem(None)
            self.window.deleteLater()
        if self.component is not None:
            self.component.deleteLater()
        if self.engine is not None:
            self.engine.deleteLater()
        QGuiApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.component = self.engine = self.root = self.window = None

    def evaluate(self, expression: str) -> Any:
        """The value of an expression within the plugin, as JSON has it."""
        assert self.engine is not None
        code = QQmlExpression(
            self.engine.contextForObject(self.root), self.root, f"JSON.stringify({expression})"
        )
        value = code.evaluate()
        if code.hasError():
            raise RuntimeError(code.error().toString())
        text = value[0] if isinstance(value, tuple) else value
        return None if text is None else json.loads(text)

    def wait(self, expression: str, seconds: float) -> bool:
        """Whether the expression becomes true in time."""
        for _ in range(int(seconds * 1000 / LOOK_MILLISECONDS)):
            if self.evaluate(f"!!({expression})"):
                return True
            QTest.qWait(LOOK_MILLISECONDS)
        return False

    def click(self, name: str) -> None:
        """A mouse click in the middle of the item with that objectName."""
        item = self._item(name)
        if not item.isVisible() or not item.isEnabled():
            raise RuntimeError(
                f"{name} cannot be clicked: visible {item.isVisible()}, enabled {item.isEnabled()}"
            )
        QTest.mouseClick(
            self.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._middle(item)
        )

    def place(self, name: str) -> list[float]:
        """Where an item is in the window: left, top, right, bottom."""
        item = self._item(name)
        corner = item.mapToScene(QPointF(0, 0))
        return [corner.x(), corner.y(), corner.x() + item.width(), corner.y() + item.height()]

    def key(self, name: str) -> None:
        QTest.keyClick(self.window, getattr(Qt.Key, f"Key_{name}"))

    def set(self, name: str, property_name: str, value: Any) -> None:
        """A property of the item with that objectName."""
        if not self._item(name).setProperty(property_name, value):
            raise RuntimeError(f"{name} has no {property_name}")

    def get(self, name: str, property_name: str) -> Any:
        return self._item(name).property(property_name)

    def focused(self) -> list[str]:
        """The objectName of what has the keyboard, and of what it lies in."""
        assert self.window is not None
        names, item = [], self.window.activeFocusItem()
        while item is not None:
            names.append(item.objectName())
            item = item.parentItem()
        return [name for name in names if name]

    def picture(self, path: str) -> None:
        assert self.window is not None
        self.window.grabWindow().save(path)

    def complained(self) -> list[str]:
        """What Qt complained of since it was asked last."""
        said, self.complaints = self.complaints, []
        return said

    def _item(self, name: str) -> QQuickItem:
        assert self.root is not None
        item = self.root.findChild(QObject, name)
        if not isinstance(item, QQuickItem):
            raise RuntimeError(f"the plugin has no {name}")
        return item

    def _middle(self, item: QQuickItem) -> QPoint:
        return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication(sys.argv[:1])
    register()
    host = Host(Path(sys.argv[1]))
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def command() -> None:
        line = sys.stdin.readline()
        if not line:
            notifier.setEnabled(False)
            application.quit()
            return
        notifier.setEnabled(False)  # a command that waits lets events run, but not the next command
        name, *arguments = json.loads(line)
        try:
            answer = {"ok": getattr(host, name)(*arguments)}
        except Exception as error:  # whatever it is, the test reads it
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        notifier.setEnabled(True)

    notifier.activated.connect(command)
    application.exec()
    host.close()


if __name__ == "__main__":
    main()
