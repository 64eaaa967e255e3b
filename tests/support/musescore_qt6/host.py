"""Runs a plugin in Qt 6, in an offscreen window, as MuseScore 4 does.

The QML module ``MuseScore`` beside this file is a model of the program.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QtMsgType, QUrl, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlContext, QQmlEngine, QQmlExpression
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

FOLDER = Path(__file__).parent
POLL_MILLISECONDS = 5
FORM = "ripienoWindow"  # the objectName of our window, which a plugin for a test need not have
INSIDE = "taskBox"  # an item that is declared in its file


class Host:
    """The program around a plugin."""

    def __init__(self, plugin: Path) -> None:
        self.plugin = plugin
        self.complaints: list[str] = []
        qInstallMessageHandler(self._message)
        self.engine: QQmlEngine | None = None
        self.component: QQmlComponent | None = None
        self.root: QQuickItem | None = None
        self.form: QQuickItem | None = None  # our window in it, else the root
        self.window: QQuickWindow | None = None

    def _message(self, kind: QtMsgType, _context: object, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and kind != QtMsgType.QtInfoMsg:
            self.complaints.append(text)

    def open(self, score: dict[str, Any] | None, properties: dict[str, Any]) -> list[float]:
        """Open a score and start the plugin on it. Returns the dialog's width and height."""
        self.close()
        self.engine = QQmlEngine()
        self.engine.addImportPath(str(FOLDER))
        self.component = QQmlComponent(self.engine, QUrl.fromLocalFile(str(self.plugin)))  # owns the root
        made = self.component.create()
        if not isinstance(made, QQuickItem):
            raise RuntimeError(self.component.errorString())
        self._take(made)
        assert self.form is not None
        for name, value in properties.items():
            self.form.setProperty(name, value)
        if score is not None:
            self.evaluate(f"open({json.dumps(json.dumps(score))})")
        self.window = QQuickWindow()
        self.window.resize(int(made.width()), int(made.height()))
        made.setParentItem(self.window.contentItem())
        self.window.show()
        self.window.requestActivate()
        self.evaluate("run()")
        return [made.width(), made.height()]

    def _take(self, made: QQuickItem) -> None:
        form = made.findChild(QObject, FORM)
        self.root = made
        self.form = form if isinstance(form, QQuickItem) else made

    def _context(self) -> QQmlContext:
        """Where the names of the window's file are known, and those of the plugin's around it."""
        assert self.root is not None
        return QQmlEngine.contextForObject(self.root.findChild(QObject, INSIDE) or self.root)

    def close(self) -> None:
        """Close the dialog, and delete the engine with all that the plugin left."""
        if self.window is not None and self.root is not None:
            self.window.hide()
            self.root.setParentItem(None)
            self.window.deleteLater()
        if self.component is not None:
            self.component.deleteLater()
        if self.engine is not None:
            self.engine.deleteLater()
        QGuiApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.component = self.engine = self.root = self.form = self.window = None

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the plugin's scope, by way of JSON."""
        code = QQmlExpression(self._context(), self.form, f"JSON.stringify({expression})")
        value = code.evaluate()
        if code.hasError():
            raise RuntimeError(code.error().toString())
        text = value[0] if isinstance(value, tuple) else value
        return None if text is None else json.loads(text)

    def wait(self, expression: str, seconds: float) -> bool:
        """Whether the expression becomes true in time."""
        for _ in range(int(seconds * 1000 / POLL_MILLISECONDS)):
            if self.evaluate(f"!!({expression})"):
                return True
            QTest.qWait(POLL_MILLISECONDS)
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
        """An item's box in the window: left, top, right, bottom."""
        item = self._item(name)
        corner = item.mapToScene(QPointF(0, 0))
        return [corner.x(), corner.y(), corner.x() + item.width(), corner.y() + item.height()]

    def key(self, name: str) -> None:
        QTest.keyClick(self.window, getattr(Qt.Key, f"Key_{name}"))

    def set(self, name: str, property_name: str, value: Any) -> None:
        """Set a property of the item with that objectName."""
        if not self._item(name).setProperty(property_name, value):
            raise RuntimeError(f"{name} has no {property_name}")

    def get(self, name: str, property_name: str) -> Any:
        return self._item(name).property(property_name)

    def focused(self) -> list[str]:
        """The objectNames of the item with the keyboard focus and of those around it."""
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
        """Qt's warnings and errors since the last call."""
        found, self.complaints = self.complaints, []
        return found

    def _item(self, name: str) -> QQuickItem:
        assert self.root is not None
        item = self.root.findChild(QObject, name)
        if not isinstance(item, QQuickItem):
            raise RuntimeError(f"the plugin has no {name}")
        return item

    def _middle(self, item: QQuickItem) -> QPoint:
        return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()
