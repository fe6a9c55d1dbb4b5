"""Streams a log: one `RowRead` per observation, one `RowRefused` per unreadable row, which stops no other row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec.structs import replace

from desk_intake.imports.fields import RowFields
from desk_intake.imports.lines import Broken, Cells, Lines, split_rows
from desk_intake.imports.mapping import Mapping
from desk_intake.imports.ordering import in_order
from desk_intake.imports.parts import used_columns
from desk_intake.imports.rows import RowProblem, RowRead, RowRefused, is_before_opening, problem_of
from desk_intake.imports.source_file import Header, check_header, inspect_file, open_text, skip_preamble


class Counts(msgspec.Struct):
    """Row counts of one pass so far: read, refused, skipped as duplicates, earlier than their record's previous row,
    without a class for their state, and with a priority that contradicts the matrix. `before_opening`: the lines of
    rows that say that their ticket was changed, resolved or closed before it was opened.
    """

    read: int = 0
    refused: int = 0
    duplicates: int = 0
    backwards: int = 0
    unmapped: int = 0
    priority_differs: int = 0
    before_opening: list[int] = []

    @property
    def total(self) -> int:
        """Rows of the file processed so far."""
        return self.read + self.refused + self.duplicates


class LogFile:
    """A readable log. Each call of `rows` starts a new pass; no file is held open between passes."""

    def __init__(self, path: Path, mapping: Mapping, header: Header, positions: dict[str, int]) -> None:
        self.path, self.mapping, self.columns = path, mapping, header.columns
        self.counts = Counts()
        self.bytes_total, self.bytes_read = path.stat().st_size, 0
        self._header, self._positions = header, positions

    @property
    def fraction(self) -> float:
        """The share of the stored file that has been read, 0.0 to 1.0."""
        return min(1.0, self.bytes_read / self.bytes_total)

    @property
    def total_rows_estimate(self) -> int:
        """Number of rows in the file: exact at its end, before that an estimate from the bytes per row so far."""
        if self.bytes_read and self.counts.total:
            return max(self.counts.total, round(self.counts.total / self.fraction))
        return max(0, round(self.bytes_total / self._header.bytes_per_line) - self._header.last_line)

    def rows(self) -> Iterator[RowRead | RowRefused]:
        """Every row in source order. FileRefused, before any row, if the order column orders nothing."""
        self.counts, self.bytes_read = Counts(), 0
        fields = RowFields(self.mapping, self._positions)
        with open_text(self.path, self.mapping.file.encoding) as (text, raw):
            ordered = in_order(self._split(text), self.mapping, fields, self._positions)
            one_pass = _Pass(fields, self.mapping, self.counts)
            for item in ordered:
                row = one_pass.observe(item)
                if self.counts.total % 256 == 1:
                    self.bytes_read = raw.tell()
                if row is not None:
                    yield row
            self.bytes_read = self.bytes_total

    def _split(self, text: TextIO) -> Iterator[Cells | Broken]:
        lines, delimiter = Lines(text), self.mapping.file.delimiter
        skip_preamble(lines, self.mapping.file)
        next(split_rows(lines, delimiter, None))
        return split_rows(lines, delimiter, len(self.columns))


class _Pass:
    """State of one pass: the rows seen, and each record's last time."""

    def __init__(self, fields: RowFields, mapping: Mapping, counts: Counts) -> None:
        self._fields, self._mapping, self._counts = fields, mapping, counts
        self._seen: dict[bytes, int] = {}
        self._last: dict[str, datetime] = {}
        self._newest: dict[str, datetime] = {}

    def observe(self, item: Cells | Broken | RowRefused) -> RowRead | RowRefused | None:
        """The row's observation, its refusal, or None for a duplicate that is not an event."""
        if isinstance(item, Cells):
            try:
                return self._row(item)
            except RowProblem as problem:
                item = RowRefused(item.line, problem.field, problem.reason, problem.remedy)
        self._counts.refused += 1
        return RowRefused(item.line, item.field, item.reason, item.remedy)

    def _row(self, item: Cells) -> RowRead | None:
        number = self._fields.number(item.cells)
        row_hash = self._fields.row_hash(item.cells)
        key = bytes.fromhex(row_hash)
        k = self._seen.get(key, 0)
        if k and self._mapping.duplicates == "no-events":
            self._counts.duplicates += 1
            return None
        row = self._fields.read(item.line, number, row_hash, k, item.cells)
        if (problem := problem_of(row)) is not None:
            name = {str(field): column for field, column in self._mapping.columns.items()}.get(problem.field)
            raise RowProblem(name or problem.field, problem.reason, problem.remedy)
        newest = self._newest.get(number)
        if newest is not None:
            row = replace(row, newest_before=newest)
        self._seen[key] = k + 1
        self._count(row)
        return row

    def _count(self, row: RowRead) -> None:
        at, counts = row.observed_at, self._counts
        counts.read += 1
        counts.backwards += at < self._last.get(row.record, at)
        counts.unmapped += row.status_class == "unmapped"
        if is_before_opening(row):
            counts.before_opening.append(row.line)
        computed = self._mapping.priority_of(row.snapshot.get("impact"), row.snapshot.get("urgency"))
        counts.priority_differs += row.priority_seen not in (None, computed)
        self._last[row.record] = at
        self._newest[row.record] = max(at, row.newest_before or at)


def open_log(path: Path | str, mapping: Mapping) -> LogFile:
    """Open the log at `path` and check its header against the mapping. FileRefused names field and remedy."""
    path = Path(path)
    header = inspect_file(path, mapping.file)
    ahead = [rule for rule in mapping.look_ahead if rule.field]
    needed = chain(used_columns(mapping), (rule.column for rule in ahead), (r.not_before for r in ahead))
    positions = check_header(header.columns, [name for name in needed if name], mapping.file.delimiter)
    return LogFile(path, mapping, header, positions)
