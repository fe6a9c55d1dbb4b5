"""Splits a text into rows of cells and recovers after a broken row: an unclosed quote costs one line, not the file."""

from __future__ import annotations

import csv
import re
import zlib
from collections import deque
from collections.abc import Iterator
from gzip import BadGzipFile
from typing import NamedTuple, TextIO

MAX_LINE = 1 << 20
MAX_ROW_LINES = 1000
# Of the whole process; the default, 131,072 characters, is less than a year of work notes.
csv.field_size_limit(MAX_LINE)
UNDECODED = re.compile("[\udc80-\udcff]")
OPEN_QUOTE = "a quote is not closed, or is inside a cell"
LONG_CELL = "a cell is longer than 1 MiB, or its quote is not closed"
SAVE_AGAIN = "export the row again"
CORRECT_ENCODING = "correct file.encoding in the mapping, or export the row again"


class Cells(NamedTuple):
    """One row: the number of its first line, and its cells as written."""

    line: int
    cells: list[str]


class Broken(NamedTuple):
    """A line that is not a row. `field` is `row`, `encoding`, or `file` if nothing after it can be read either."""

    line: int
    reason: str
    remedy: str
    field: str = "row"


class Lines:
    """Physical lines with their numbers; lines can be put back."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._back, self.number = text, deque[str](), 0

    def take(self) -> str | None:
        """The next line with its line end, None at the end of the file. An overlong line is cut to `MAX_LINE`."""
        line = self._back.popleft() if self._back else self._text.readline(MAX_LINE)
        if not line:
            return None
        self.number += 1
        if is_overlong(line):
            self._skip_line()
        return line

    def put_back(self, lines: list[str]) -> None:
        """Return lines in order, as if they had never been taken."""
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def _skip_line(self) -> None:
        while is_overlong(self._text.readline(MAX_LINE)):
            pass


def is_overlong(line: str) -> bool:
    """Whether this is only the beginning of a line longer than `MAX_LINE` characters."""
    return len(line) == MAX_LINE and line[-1] not in "\r\n"


def split_rows(lines: Lines, delimiter: str, columns: int | None) -> Iterator[Cells | Broken]:
    """Rows of exactly `columns` cells (any number if None), and broken lines; blank lines are skipped.

    A text that ends within a compressed block or a character gives a last Broken.
    """
    try:
        while (line := lines.take()) is not None:
            start = lines.number
            if is_overlong(line):
                yield Broken(start, "longer than 1 MiB", SAVE_AGAIN)
                continue
            cells = _quoted(line, lines, delimiter, columns) if '"' in line else _plain(line, delimiter)
            if isinstance(cells, str):
                yield Broken(start, cells, "close or double the quote")
            elif not line.isspace():
                yield _checked(line, start, cells, columns)
    except (EOFError, zlib.error, BadGzipFile, UnicodeDecodeError) as error:
        reason = f"the file is damaged from here on ({type(error).__name__})"
        yield Broken(lines.number + 1, reason, "fetch or export it again", "file")


def _plain(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)


def _quoted(line: str, lines: Lines, delimiter: str, columns: int | None) -> list[str] | str:
    """The cells, or why the line begins no row; then only this line is taken."""
    taken: list[str] = []

    def feed() -> Iterator[str]:
        yield line
        while len(taken) < MAX_ROW_LINES and (more := lines.take()) is not None:
            taken.append(more)
            yield more

    try:
        cells = next(csv.reader(feed(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        lines.put_back(taken)
        return LONG_CELL if "field limit" in str(error) else OPEN_QUOTE
    if taken and len(cells) != (columns or len(cells)):
        lines.put_back(taken)
        return OPEN_QUOTE
    return cells


def _checked(line: str, start: int, cells: list[str], columns: int | None) -> Cells | Broken:
    if columns is not None and len(cells) != columns:
        reason = f"{len(cells)} of {columns} columns"
        if line[-1] not in "\r\n" and len(cells) < columns:
            reason = f"half a row: the file breaks off after {reason}"
        return Broken(start, reason, SAVE_AGAIN)
    text = "".join(cells) if '"' in line else line
    if "\0" in text:
        return Broken(start, "holds a NUL character", CORRECT_ENCODING, "encoding")
    if not text.isascii() and UNDECODED.search(text):
        return Broken(start, "holds bytes that are not of this encoding", CORRECT_ENCODING, "encoding")
    return Cells(start, cells)
