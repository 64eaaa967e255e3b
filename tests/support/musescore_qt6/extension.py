"""Runs an extension's form in Qt 6, as MuseScore 4.7 does: without the modules of plugins, with ``api``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from host import FOLDER, Host  # type: ignore[import-not-found] # they lie beside this script
from manifests import check_form, read_manifest  # type: ignore[import-not-found]
from names import ELEMENTS, NUMBERS, SEGMENTS  # type: ignore[import-not-found]
from PySide6.QtCore import QUrl
from PySide6.QtQml import QJSValue, QQmlComponent, QQmlEngine
from PySide6.QtQuick import QQuickItem, QQuickWindow

API = FOLDER / "MuseScore" / "extension_api.mjs"
KNOWN = "knownToTests"  # a global function, for the expressions of tests only


class ExtensionHost(Host):  # type: ignore[misc] # mypy does not see host.py
    """The program around an extension."""

    def __init__(self, manifest: Path) -> None:
        self.extension = read_manifest(manifest)
        (action,) = self.extension.actions
        check_form(action.file)
        super().__init__(action.file)

    def open(self, score: dict[str, Any] | None, properties: dict[str, Any]) -> list[float]:
        """Open a score and then the form, which gets nothing but its parent. Returns its width and height."""
        if properties:
            raise ValueError("MuseScore sets no properties of a form")
        self.close()
        self.engine = QQmlEngine()
        module = self.engine.importModule(str(API))
        values = [self.engine.toScriptValue(value) for value in (ELEMENTS, SEGMENTS, NUMBERS)]
        api = called(module.property("makeApi"), *values)
        called(module.property("open"), QJSValue(json.dumps(score)))
        self.engine.globalObject().setProperty("api", api)
        self.engine.globalObject().setProperty(KNOWN, module.property("known"))
        self.window = QQuickWindow()
        self.window.show()
        self.component = QQmlComponent(self.engine, QUrl.fromLocalFile(str(self.plugin)))
        made = self.component.createWithInitialProperties({"parent": self.window.contentItem()})
        if not isinstance(made, QQuickItem):
            raise RuntimeError(self.component.errorString())
        self._take(made)
        self.window.resize(int(made.implicitWidth()), int(made.implicitHeight()))
        self.window.requestActivate()
        return [made.implicitWidth(), made.implicitHeight()]

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, which also knows model, curScore and refused."""
        names = "model = known.model, curScore = known.curScore, refused = known.refused"
        return super().evaluate(f"(function (known) {{ var {names}; return ({expression}); }})({KNOWN}())")

    def is_open(self) -> bool:
        """Whether the form's window is still there."""
        assert self.window is not None
        return bool(self.window.isVisible())


def called(function: QJSValue, *arguments: QJSValue) -> QJSValue:
    """Call a function of JavaScript. Raises RuntimeError."""
    value = function.call(list(arguments))
    if value.isError():
        raise RuntimeError(value.toString())
    return value
