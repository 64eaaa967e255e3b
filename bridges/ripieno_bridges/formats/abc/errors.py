"""The place of a fault in an ABC file: its line and column, both from 1, as editors count them."""

from __future__ import annotations

from typing import NoReturn

from ripieno.errors import FileError, printable


class AbcError(FileError):
    """A fault at a place of an ABC file. line, column: from 1."""

    def __init__(self, file: str, line: int, column: int, fault: str) -> None:
        self.line, self.column = line, column
        super().__init__(file, f"line {line}, column {column}: {fault}")


class LineError(Exception):
    """A fault in a line, before its file is known. column: from 1."""

    def __init__(self, column: int, text: str) -> None:
        self.column, self.text = column, text
        super().__init__(text)


def refuse(column: int, fault: str) -> NoReturn:
    """Raise the LineError: what is wrong and, after a semicolon, the way out."""
    raise LineError(column, fault)


def quoted(text: str) -> str:
    """What stands in the file, for a message: in quotes, 24 letters at most."""
    plain = printable(" ".join(text.split()))
    return f'"{plain}"' if len(plain) <= 24 else f'"{plain[:24]}..."'
