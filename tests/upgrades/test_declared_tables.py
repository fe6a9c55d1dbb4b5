"""The tables that read models declare are those that the migrations create.

PostgreSQL makes the declared table in a schema of its own, and both are compared by its catalog: columns with type,
nullability and default, keys, indexes with their definition, storage parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from desk.eventstore.schema import migrate, sqlalchemy_url
from desk.eventstore.table_writer import View
from desk.service.definition import Definition, tables_of
from desk_deploy.services import SERVICES
from desk_intake.psa.receive.stale_reads import RECORD_READS
from desk_intake.psa.write_back.would_write import WouldWriteView

DECLARED = "declared"
CATALOG = {
    "columns": (
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute"
        " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname"
    ),
    "indexes": "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass ORDER BY 1",
    "constraints": (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass ORDER BY conname"
    ),
    "storage": "SELECT reloptions FROM pg_class WHERE oid = %s::regclass",
}


def views_of(owner: str) -> tuple[View, ...]:
    return tables_of(SERVICES[owner]()).views


def declared(owner: str) -> list[sa.Table]:
    views = [*views_of(owner), *((WouldWriteView,) if owner == "intake" else ())]
    own = [table for view in views for table in tables_declared(view)]
    return [*own, RECORD_READS] if owner == "intake" else own


def tables_declared(view: View | type[View]) -> tuple[sa.Table, ...]:
    """The tables of a view: it declares `table`, or `tables` when it has several."""
    return (view.table,) if hasattr(view, "table") else tuple(getattr(view, "tables", ()))


def catalog(connection: psycopg.Connection[Any], schema: str, table: str) -> dict[str, Any]:
    """Everything that the catalog says about a table, without the name of its schema."""
    found = {}
    for subject, query in CATALOG.items():
        rows = connection.execute(query.encode(), (f"{schema}.{table}",)).fetchall()
        found[subject] = [tuple(_bare(value, schema) for value in row) for row in rows]
    return found


def _bare(value: Any, schema: str) -> Any:
    return value.replace(f"{schema}.", "") if isinstance(value, str) else value


def make(url: str, tables: list[sa.Table]) -> None:
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {DECLARED}"))
        connection.execute(sa.text(f"SET search_path TO {DECLARED}"))
        for table in tables:
            table.create(connection)
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("owner", SERVICES)
def test_the_declared_tables_are_those_of_the_migrations(database: str, owner: str) -> None:
    definition: Definition = SERVICES[owner]()
    migrate(database, owner, definition.migrations)
    tables = declared(owner)
    make(database, tables)
    assert tables
    with psycopg.connect(database) as connection:
        for table in tables:
            assert catalog(connection, DECLARED, table.name) == catalog(connection, owner, table.name)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("drift", "subject"),
    [
        (lambda table: table.append_column(sa.Column("added", sa.Text)), "columns"),
        (lambda table: setattr(table.c.cycle, "type", sa.BigInteger()), "columns"),
        (lambda table: setattr(table.c.client, "nullable", True), "columns"),
        (lambda table: sa.Index("one_more_idx", table.c.queue), "indexes"),
        (lambda table: table.indexes.clear(), "indexes"),
        (lambda table: table.append_constraint(sa.UniqueConstraint("source_record")), "constraints"),
        (lambda table: table.dialect_options["postgresql"].update({"with": {"fillfactor": 80}}), "storage"),
    ],
)
def test_a_drift_of_each_sort_is_found(database: str, drift: Callable[[sa.Table], object], subject: str) -> None:
    migrate(database, "docs")
    (tickets,) = declared("docs")
    changed = tickets.to_metadata(sa.MetaData())
    drift(changed)
    make(database, [changed])
    with psycopg.connect(database) as connection:
        assert catalog(connection, DECLARED, "tickets")[subject] != catalog(connection, "docs", "tickets")[subject]


def test_every_read_model_declares_its_tables() -> None:
    views = [view for owner in SERVICES for view in views_of(owner)]
    assert [view.name for view in views if not tables_declared(view)] == []
