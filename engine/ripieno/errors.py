"""The errors a musician may see: the place, the fault and a way out, in one line."""

STOPPED = 130  # the exit status after Ctrl-C, as shells have it: 128 and the signal's number


class RipienoError(Exception):
    """A fault in what the user asked or gave, not in ripieno; its text is shown as it is.

    code: the kind of fault, for programs; see docs/protocol.md.
    """

    code = "bad_request"


class ScoreError(RipienoError):
    """Something in a score is wrong or cannot be used.

    file, part, measure, beat: the place, as much of it as is known; ``None`` is left out.
    fault: what is wrong there and, after a semicolon, the way out.
    """

    code = "bad_score"

    def __init__(
        self,
        file: str | None,
        part: str | None,
        measure: str | int | None,
        fault: str,
        *,
        beat: str | None = None,
    ) -> None:
        self.file, self.part, self.measure, self.beat, self.fault = file, part, measure, beat, fault
        inside = [part] if part else []
        if measure is not None:
            inside.append(f"measure {measure}")
        if beat is not None:
            inside.append(f"beat {beat}")
        place = [p for p in (file, ", ".join(inside)) if p]
        super().__init__(": ".join([*place, fault]))

    def in_file(self, file: str) -> "ScoreError":
        """The same error with the file's name in front, where the raiser could not know it."""
        if self.file is not None:
            return self
        return type(self)(file, self.part, self.measure, self.fault, beat=self.beat)


class RangeError(ScoreError):
    """A given note outside its voice's range; each interface adds its own words on how to transpose."""


class FileError(RipienoError):
    """A file cannot be read or written at all: damaged, too large, of another kind, in the way."""

    code = "bad_file"

    def __init__(self, file: str, fault: str) -> None:
        self.file, self.fault = file, fault
        super().__init__(f"{file}: {fault}")


class RequestError(RipienoError):
    """An invalid request, such as an unknown voice or measures that the score does not have."""


class LateError(RequestError):
    """The deadline passed before any result was ready."""

    code = "late"


class WeightsError(RipienoError):
    """A weights file is damaged, or belongs to another network or version."""

    code = "bad_model"


def printable(name: str) -> str:
    """A file's name for a message of one line: a question mark for each character that is not printable."""
    return "".join(c if c.isprintable() else "?" for c in name)


def number_text(value: float) -> str:
    """A number as people write it: 2147483647, and not 2.14748e+09."""
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    text = f"{value:g}"
    return f"{value:.6f}".rstrip("0") if "e+" in text and abs(value) < 1e15 else text


def count_text(number: int, word: str) -> str:
    """As "1 measure" or "3 measures"."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def short(name: str) -> str:
    """A printable name of 60 letters at most; of a longer one the beginning and the end."""
    plain = printable(name)
    return plain if len(plain) <= 60 else f"{plain[:30]}...{plain[-20:]}"
