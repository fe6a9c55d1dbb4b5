"""Bulk writes: one array for each column, in the order of the rows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from desk.projections.statements import BulkWrite, delete_rows, given, insert_new, upsert

TABLE = sa.Table(
    "t",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer),
    sa.Column("at", sa.TIMESTAMP(timezone=True)),
)
t = TABLE.columns


def words(write: BulkWrite) -> str:
    return " ".join(write.text.decode().split())


def test_an_upsert_replaces_the_columns_outside_the_key() -> None:
    assert words(upsert(TABLE)) == (
        "INSERT INTO t (id, n, at) SELECT given.id, given.n, given.at FROM unnest(CAST(%b AS TEXT[]),"
        " CAST(%b AS INTEGER[]), CAST(%b AS TIMESTAMP WITH TIME ZONE[])) AS given(id, n, at)"
        " ON CONFLICT (id) DO UPDATE SET n = excluded.n, at = excluded.at"
    )


def test_a_row_that_exists_stays_as_it_is() -> None:
    assert words(insert_new(TABLE, [t.id, t.n])) == (
        "INSERT INTO t (id, n) SELECT given.id, given.n FROM unnest(CAST(%b AS TEXT[]), CAST(%b AS INTEGER[]))"
        " AS given(id, n) ON CONFLICT (id) DO NOTHING"
    )


def test_rows_are_deleted_by_the_values_of_all_the_fields() -> None:
    assert words(delete_rows(TABLE, (t.id, t.n))) == (
        "DELETE FROM t USING unnest(CAST(%b AS TEXT[]), CAST(%b AS INTEGER[])) AS given(id, n)"
        " WHERE t.id = given.id AND t.n = given.n"
    )


def test_parameters_in_another_order_than_the_rows_are_refused() -> None:
    rows, others = given(t.id, t.n), given(t.n, t.id)
    statement = sa.update(TABLE).values(n=rows.c.n).where(t.id == rows.c.id)
    with pytest.raises(ValueError, match=r"it must take each of \['n', 'id'\] once"):
        BulkWrite(statement, others)


def test_a_parameter_besides_the_rows_is_refused() -> None:
    rows = given(t.id)
    with pytest.raises(ValueError, match="once, in this order"):
        BulkWrite(sa.update(TABLE).values(n=5).where(t.id == rows.c.id), rows)
