"""Statements of read models, built with SQLAlchemy Core from the declared table and compiled once, at import.

psycopg executes their text. A bulk write takes one array for each column, so that it is the same prepared statement for
any number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    ColumnElement,
    FromClause,
    Table,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql.elements import ClauseElement

from desk.eventstore.table_writer import DbCursor, Row, columns

NAMED, POSITIONAL = (PGDialect(paramstyle=style) for style in ("pyformat", "format"))  # type: ignore[no-untyped-call]
GIVEN = "given"
TIME = TIMESTAMP(timezone=True)


def compiled(statement: ClauseElement) -> str:
    """The text of a statement or of a part of one; a parameter is `%(its name)s`."""
    return str(statement.compile(dialect=NAMED))


class BulkWrite:
    """A statement over rows from `given`, which takes the values of each row in the order of their columns."""

    def __init__(self, statement: ClauseElement, rows: FromClause) -> None:
        made = statement.compile(dialect=POSITIONAL)
        expected, order = list(rows.columns.keys()), list(getattr(made, "positiontup", None) or ())
        if order != expected:
            raise ValueError(f"the statement takes {order}; it must take each of {expected} once, in this order")
        self.text = str(made).replace("%s", "%b").encode()

    def __call__(self, cursor: DbCursor, rows: Sequence[Row]) -> None:
        """Write these rows with one statement; without rows do nothing."""
        if rows:
            cursor.execute(self.text, columns(rows), prepare=True)


def given(*fields: ColumnElement[Any]) -> FromClause:
    """The rows passed to a bulk write: one array parameter for each field, named and typed like it."""
    arrays = (cast(bindparam(one.key), ARRAY(one.type)) for one in fields)
    named = (column(str(one.key), one.type) for one in fields)
    return func.unnest(*arrays).table_valued(*named).render_derived(name=GIVEN)


def insert_new(table: Table, fields: Sequence[ColumnElement[Any]] = ()) -> BulkWrite:
    """Insert rows with these columns of the table, or with all; a row whose key exists stays as it is."""
    rows = given(*(fields or table.columns))
    insert = postgresql.insert(table).from_select(rows.columns.keys(), select(*rows.columns))
    return BulkWrite(insert.on_conflict_do_nothing(index_elements=list(table.primary_key.columns)), rows)


def delete_rows(table: Table, fields: Sequence[ColumnElement[Any]]) -> BulkWrite:
    """Delete the rows with these values of `fields`, which are columns of the table."""
    rows = given(*fields)
    return BulkWrite(delete(table).where(and_(*(one == rows.columns[str(one.key)] for one in fields))), rows)


def upsert(table: Table, rows: FromClause | None = None, values: Sequence[ColumnElement[Any]] = ()) -> BulkWrite:
    """Insert rows with all columns of the table, or replace the values outside its key.

    `values` computes the table's columns from `rows` with other columns.
    """
    rows = given(*table.columns) if rows is None else rows
    insert = postgresql.insert(table).from_select(table.columns.keys(), select(*(values or rows.columns)))
    replaced = {one.name: insert.excluded[one.name] for one in table.columns if not one.primary_key}
    key = list(table.primary_key.columns)
    return BulkWrite(insert.on_conflict_do_update(index_elements=key, set_=replaced), rows)
