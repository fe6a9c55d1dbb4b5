"""Puts the rows of a log in source order. A log in file order is streamed; others are held in memory."""

from __future__ import annotations

from collections.abc import Iterator

from desk_intake.imports.fields import RowFields
from desk_intake.imports.lines import Broken, Cells
from desk_intake.imports.mapping import Mapping
from desk_intake.imports.rows import FileRefused, RowProblem, RowRefused, shortened

Item = Cells | Broken | RowRefused
Keyed = tuple[int, float, Cells]


def in_order(rows: Iterator[Cells | Broken], mapping: Mapping, fields: RowFields, at: dict[str, int]) -> Iterator[Item]:
    """The rows in the mapping's `order`; broken ones keep their place, or come first if rows are sorted.

    Ordering by column sorts records by their first appearance in the file, and the rows of each record by the column's
    value; equal values keep file order. FileRefused if no row has a value to order by.
    """
    if mapping.order.by == "file":
        return iter(rows)
    if mapping.order.by == "file-reversed":
        return reversed(list(rows))
    return _by_column(rows, mapping, fields, at)


def _by_column(
    rows: Iterator[Cells | Broken], mapping: Mapping, fields: RowFields, at: dict[str, int]
) -> Iterator[Item]:
    column = mapping.order.column
    assert column is not None
    keyed: list[Keyed] = []
    refused: list[Item] = []
    records: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Broken):
            refused.append(row)
            continue
        try:
            rank = records.setdefault(fields.number(row.cells), len(records))
            keyed.append((rank, _value(row, column, mapping, fields, at), row))
        except RowProblem as problem:
            refused.append(RowRefused(row.line, problem.field, problem.reason, problem.remedy))
    if refused and not keyed:
        raise FileRefused("order", f"no row has a value in {shortened(column)} that orders it", "correct order.column")
    keyed.sort(key=lambda item: item[:2])
    yield from refused
    yield from (row for _, _, row in keyed)


def _value(row: Cells, column: str, mapping: Mapping, fields: RowFields, at: dict[str, int]) -> float:
    if mapping.order.read_as == "time":
        time = fields.time_at(at[column], row.cells)
        if time is None:
            raise RowProblem(column, "no time to order it by", "give the row its time")
        return time.timestamp()
    text = row.cells[at[column]].strip()
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 15):
        raise RowProblem(column, f"{shortened(text)} is no whole number to order by", "give the row its number")
    return float(text)
