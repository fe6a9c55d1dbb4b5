"""Order of a record's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk_intake.imports import FileRefused, RowRefused

from .import_examples import mapping, read_lines, row


def test_a_log_with_its_newest_row_first_is_turned_round(tmp_path: Path) -> None:
    rows, _ = read_lines(tmp_path, row(state="Done"), row(), using=mapping(("{by: file}", "{by: file-reversed}")))
    assert [r.line for r in rows] == [3, 2]


@pytest.mark.parametrize(("column", "read_as"), [("updated", "time"), ("owner", "number")])
def test_a_column_orders_the_rows_of_each_record(tmp_path: Path, column: str, read_as: str) -> None:
    using = mapping(("{by: file}", f"{{by: column, column: {column}, read_as: {read_as}}}"))
    rows, _ = read_lines(
        tmp_path,
        row(updated="2024-05-01 10:00", owner="10"),
        row("B2", updated="2024-05-01 07:00", owner="1"),
        row(updated="2024-05-01 09:00", owner="9"),
        using=using,
    )
    assert [(r.record, r.line) for r in rows] == [("A1", 4), ("A1", 2), ("B2", 3)]


def test_rows_without_a_place_in_the_order_are_refused_and_a_file_of_them_too(tmp_path: Path) -> None:
    using = mapping(("{by: file}", "{by: column, column: owner, read_as: number}"))
    rows, refused = read_lines(tmp_path, row(owner="2"), row(owner="two"), using=using)
    assert [r.line for r in rows] == [2]
    assert refused == [RowRefused(3, "owner", "'two' is no whole number to order by", "give the row its number")]
    with pytest.raises(FileRefused, match=r"order: no row has a value in 'owner' that orders it"):
        read_lines(tmp_path, row(), row("B2"), using=using)
