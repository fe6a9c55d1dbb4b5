"""Opens a log file, plain or gzip, and refuses the whole file if it cannot be read."""

from __future__ import annotations

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import NamedTuple, TextIO

from desk_intake.imports.lines import UNDECODED, Broken, Lines, split_rows
from desk_intake.imports.parts import FileFormat
from desk_intake.imports.rows import FileRefused, shortened

GZIP = b"\x1f\x8b"
SAMPLE_LINES = 5000
MIN_SAMPLE = 10
MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
NO_COLUMN = (
    "correct columns in the mapping, export these columns, or set file.skip to the number of lines before the header"
)
DELIMITERS = ",;\t|"
SEP_LINE = re.compile(r'\ufeff?"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)
"""The line that Excel reads as the delimiter of the file and that PowerShell and report generators write for it."""


class Header(NamedTuple):
    """Column names as written, the line they end on, and the stored bytes per line of a sample."""

    columns: list[str]
    last_line: int
    bytes_per_line: float


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[tuple[TextIO, io.FileIO]]:
    """The decoded text, with undecodable bytes as surrogates, and the stored file (its position is the progress)."""
    name = "utf-8-sig" if _plain_name(encoding) == "utf-8" else encoding
    with io.FileIO(path) as raw, _unpacked(path, raw) as content, _decoded(content, name) as text:
        yield text, raw


def _unpacked(path: Path, raw: io.FileIO) -> io.BufferedReader:
    return io.BufferedReader(GzipFile(fileobj=raw) if path.suffix == ".gz" else raw)


def _decoded(content: io.BufferedReader, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(content, encoding=encoding, errors="surrogateescape", newline="")


def _plain_name(encoding: str) -> str:
    return codecs.lookup(encoding).name


def inspect_file(path: Path, file: FileFormat) -> Header:
    """Read the header. FileRefused if the file is of another kind, empty, not gzip, or of another encoding."""
    _check_kind(path)
    try:
        _check_mark(path, file)
        with open_text(path, file.encoding) as (text, raw):
            lines = Lines(text)
            skip_preamble(lines, file)
            first = next(split_rows(lines, file.delimiter, None), None)
            if first is None:
                raise _empty()
            if isinstance(first, Broken):
                field = "header" if first.field == "row" else first.field
                raise FileRefused(field, f"line {first.line}: {first.reason}", first.remedy)
            last_line, sample = lines.number, _sample(lines)
            _check_sample(sample, file)
            return Header(
                [cell.strip("\ufeff \t") for cell in first.cells], last_line, raw.tell() / (last_line + len(sample))
            )
    except (EOFError, OSError, zlib.error) as error:
        raise FileRefused("file", f"it cannot be read ({error})", "fetch or export it again") from error


def skip_preamble(lines: Lines, file: FileFormat) -> None:
    """Take the lines before the header: Excel's `sep=`, and as many as the mapping skips.

    FileRefused if `sep=` names another delimiter than the mapping.
    """
    first = lines.take()
    if first is None:
        return
    if (named := SEP_LINE.fullmatch(first)) is None:
        lines.put_back([first])
    elif named[1] != file.delimiter:
        reason = f"line 1 names {named[1]!r} as the delimiter, the mapping {file.delimiter!r}"
        raise FileRefused("header", reason, f"set file.delimiter to {named[1]!r}")
    for _ in range(file.skip):
        lines.take()


def _check_kind(path: Path) -> None:
    if not path.name.endswith((".csv", ".csv.gz")):
        raise FileRefused("file", f"{path.name} is neither .csv nor .csv.gz", "export the log as CSV")
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise FileRefused("file", f"{path} cannot be opened ({error.strerror})", "correct the path") from error
    if not start:
        raise _empty()
    if path.suffix == ".gz" and start[:2] != GZIP:
        raise FileRefused("file", "it is not gzip, as .gz says", "rename it to .csv, or compress it")
    if path.suffix == ".csv" and start[:2] == GZIP:
        raise FileRefused("file", "it is gzip, not plain text", "rename it to .csv.gz")


def _empty() -> FileRefused:
    return FileRefused("file", "it is empty", "export it with its header line")


def _sample(lines: Lines) -> list[str]:
    sample: list[str] = []
    with suppress(EOFError, BadGzipFile, zlib.error, UnicodeDecodeError):
        while len(sample) < SAMPLE_LINES and (line := lines.take()) is not None:
            sample.append(line)
    return sample


def _check_mark(path: Path, file: FileFormat) -> None:
    with io.FileIO(path) as raw, _unpacked(path, raw) as content:
        start = content.read(3)
    for mark, encoding in MARKS.items():
        if start.startswith(mark) and not _plain_name(file.encoding).startswith(encoding):
            reason = f"the file marks itself as {encoding}, the mapping says {file.encoding}"
            raise FileRefused("encoding", reason, f"set file.encoding to {encoding}")


def _check_sample(sample: list[str], file: FileFormat) -> None:
    undecoded = sum(1 for line in sample if not line.isascii() and UNDECODED.search(line))
    if len(sample) >= MIN_SAMPLE and undecoded * 2 > len(sample):
        reason = f"{undecoded} of the first {len(sample)} lines are not {file.encoding}"
        raise FileRefused("encoding", reason, "correct file.encoding in the mapping")


def check_header(header: list[str], needed: list[str], delimiter: str) -> dict[str, int]:
    """Column reference -> position, for every column of the header.

    A reference is the name, or `name#n` for the n-th column of that name. FileRefused if one of `needed` is missing or
    ambiguous.
    """
    positions = {name: header.index(name) for name in header if header.count(name) == 1}
    for name in dict.fromkeys(header):
        places = [place for place, other in enumerate(header) if other == name]
        positions |= {f"{name}#{n}": place for n, place in enumerate(places, 1) if len(places) > 1}
    missing = [name for name in dict.fromkeys(needed) if name not in positions]
    doubled = [name for name in missing if name in header]
    if doubled:
        reason = f"column {shortened(doubled[0])} occurs {header.count(doubled[0])} times"
        raise FileRefused("header", reason, f"write {doubled[0]}#1 or {doubled[0]}#2 in the mapping")
    if missing:
        raise _missing(header, missing, delimiter)
    return positions


def _missing(header: list[str], missing: list[str], delimiter: str) -> FileRefused:
    reason = f"no column {', '.join(shortened(name) for name in missing)}; there are {shortened(', '.join(header))}"
    other = next((d for d in DELIMITERS if d != delimiter and len(header) == 1 and header[0].count(d) > 1), None)
    remedy = f"set file.delimiter to {other!r}" if other else NO_COLUMN
    return FileRefused("header", reason, remedy)
