"""Writes exports as csv, jsonl and parquet."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from desk_deploy.cli.history.columns import Kind

PAGE = 5000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
Row = Mapping[str, Any]  # Any: the type of a value is that of its column


def jsonl(lines: Iterable[bytes], columns: Mapping[str, Kind]) -> Iterator[bytes]:
    """One JSON object per row, with exactly these columns in this order."""
    for row in decoded(lines):
        yield msgspec.json.encode({name: row[name] for name in columns}) + b"\n"


def csv_text(lines: Iterable[bytes], columns: Mapping[str, Kind]) -> Iterator[bytes]:
    """A header, then one line per row; None is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in decoded(lines):
        writer.writerow([cell(row[name], kind) for name, kind in columns.items()])
        if buffer.tell() > 65_536:
            yield _taken(buffer)
    yield _taken(buffer)


def cell(value: Any, kind: Kind) -> object:  # Any: the type of the column, which `kind` names
    """A value as a cell. Text that a spreadsheet would run as a formula gets an apostrophe first; numbers do not."""
    if value is None:
        return ""
    if kind == "text" and value.startswith(FORMULA) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def write_parquet(lines: Iterable[bytes], columns: Mapping[str, Kind], file: BinaryIO) -> None:
    """Write typed columns; times are UTC with microseconds."""
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    types = {"text": pa.string(), "id": pa.string(), "number": pa.int64(), "time": pa.timestamp("us", tz="UTC")}
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    rows = decoded(lines)
    with pq.ParquetWriter(file, schema) as writer:
        while page := list(islice(rows, PAGE)):
            values = {name: [_typed(row[name], kind) for row in page] for name, kind in columns.items()}
            writer.write_table(pa.table(values, schema=schema))


def decoded(lines: Iterable[bytes]) -> Iterator[Row]:
    """Decode lines of JSON."""
    return (msgspec.json.decode(line, type=dict[str, Any]) for line in lines)  # Any: see Row


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that is written under another name and renamed when complete, so that nobody reads half of it. A symbolic
    link stays, and its target is replaced."""
    final = Path(os.path.realpath(path))
    part = final.with_name(f".{final.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)


def _typed(value: Any, kind: Kind) -> object:  # Any: the type of the column, which `kind` names
    return datetime.fromisoformat(value) if kind == "time" and value is not None else value


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
