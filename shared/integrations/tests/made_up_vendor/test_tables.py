"""The tables of an integration in any service are those that intake's migrations have made for the PSA."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from desk_integrations.rows import create_tables
from desk_integrations.table_prefix import TablePrefix

from .docs_with_pulse import make_tables

TABLES = ("receipts", "hooks", "cursors", "turns", "feeds", "revisits")
COLUMNS = (
    "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute"
    " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass ORDER BY 1"
STORAGE = "SELECT reloptions FROM pg_class WHERE oid = %s::regclass"


@pytest.mark.postgres
def test_the_tables_of_the_psa_are_those_that_any_service_creates(database: str) -> None:
    make_tables(database, "docs", "psa")
    with psycopg.connect(database) as session:
        for table in (f"psa_{name}" for name in TABLES):
            mine, intakes = (_catalog(session, schema, table) for schema in ("docs", "intake"))
            assert mine == intakes, table


def _catalog(session: psycopg.Connection[Any], schema: str, table: str) -> list[Any]:
    session.execute(f"SET search_path TO {schema}".encode())
    found = [row for query in (COLUMNS, INDEXES, STORAGE) for row in session.execute(query.encode(), (table,))]
    bare = [tuple(str(value).replace(f"{schema}.", "") for value in row) for row in found]
    # the ids of the PSA's subscriptions are numbers in intake's table, which serves as well as a column of texts
    return [row for row in bare if row[0] != "hook"]


@pytest.mark.parametrize("prefix", ["", "Psa", "1psa", "psa;drop", "a" * 21])
def test_a_prefix_that_is_no_name_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix: "):
        TablePrefix(prefix)


def test_every_statement_names_the_prefix() -> None:
    statements = create_tables("survey")
    assert len(statements) == 9
    assert all("survey_" in statement and "{" not in statement for statement in statements)
