"""What a load did, by file: counts, and each refused row or warning with file, line, column, value and reason."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

LISTED = 100  # of a file's refusals or warnings; the rest is counted
SHOWN = 80  # characters of a value


class Note(NamedTuple):
    line: int
    column: str
    value: str
    reason: str


@dataclass
class Notes:
    """The first of them, in the order of lines, and how many there are."""

    listed: list[Note] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, value, reason: str) -> None:
        self.count += 1
        if len(self.listed) < LISTED:
            self.listed.append(Note(line, column, shown(value), reason))

    def lines(self, file: str) -> list[str]:
        texts = [
            f'{file}, line {note.line}, column {note.column}, value "{note.value}": {note.reason}'
            if note.column
            else f"{file}, line {note.line}: {note.reason}"
            for note in sorted(self.listed)
        ]
        if self.count > len(self.listed):
            texts.append(f"{file}: and {self.count - len(self.listed):,} more")
        return texts


@dataclass
class FileReport:
    file: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: Notes = field(default_factory=Notes)
    warnings: Notes = field(default_factory=Notes)

    def counts(self) -> str:
        words = ("read", "created", "updated", "unchanged", "refused")
        return f"{self.file:<24}" + ", ".join(f"{getattr(self, word)} {word}" for word in words)


@dataclass
class Report:
    """A FileReport for each file that was there, and what else there is to say."""

    files: dict[str, FileReport] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return sum(report.refused or bool(report.refusals.count) for report in self.files.values())

    def lines(self) -> list[str]:
        texts = [*self.remarks, *(report.counts() for report in self.files.values())]
        for title, name in (("Refused:", "refusals"), ("Warnings:", "warnings")):
            found = [line for r in self.files.values() for line in getattr(r, name).lines(r.file)]
            if found:
                texts += ["", title, *found]
        return texts


class Progress:
    """Says what is under way, at most every two seconds. say: called with a line of text."""

    def __init__(self, say: Callable[[str], object] | None = None):
        self.say, self.last = say or (lambda text: print(text, file=sys.stderr, flush=True)), time.monotonic()

    def tick(self, text: str) -> None:
        if time.monotonic() - self.last >= 2:
            self.last = time.monotonic()
            self.say(text)


def shown(value) -> str:
    """A value on one line: broken bytes and control characters escaped, the end of a long one cut off."""
    text = str(value)[: SHOWN + 1].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
