"""One migrated database that tests use one after the other, because a copy costs a quarter of a second of a core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from desk_deploy.postgres.instance import EmbeddedPostgres

PATIENCE = 10.0
_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_TABLES = f"""
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND {_OURS} ORDER BY 1, 2"""  # noqa: S608  our own text
_DEFINITIONS = f"""
WITH ours AS (SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace n WHERE {_OURS})
SELECT (SELECT string_agg(ours::text, ';' ORDER BY oid) FROM ours),
 (SELECT string_agg((c.oid, relname, relkind, relowner, relacl, reloptions, relnatts)::text, ';' ORDER BY c.oid)
  FROM pg_class c JOIN ours ON ours.oid = c.relnamespace),
 (SELECT string_agg((attrelid, attname, attnum, atttypid, attnotnull)::text, ';' ORDER BY attrelid, attnum)
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN ours ON ours.oid = c.relnamespace),
 (SELECT string_agg((oid, adbin)::text, ';' ORDER BY oid) FROM pg_attrdef),
 (SELECT string_agg((oid, convalidated)::text, ';' ORDER BY oid) FROM pg_constraint WHERE connamespace >= 16384),
 (SELECT string_agg((oid, tgenabled)::text, ';' ORDER BY oid) FROM pg_trigger),
 (SELECT string_agg((p.oid, md5(prosrc))::text, ';' ORDER BY p.oid)
  FROM pg_proc p JOIN ours ON ours.oid = pronamespace),
 (SELECT string_agg((setrole, setconfig)::text, ';') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase
  WHERE datname = current_database()),
 (SELECT (datallowconn, datconnlimit)::text FROM pg_database WHERE datname = current_database())
"""  # noqa: S608  our own text
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
_SEQUENCES = "SELECT schemaname, sequencename FROM pg_sequences WHERE last_value IS NOT NULL"

Session = psycopg.Connection[Any]


class ReusedDatabase:
    """A database like `template`, for one test at a time.

    After a test it gets the template's rows and sequences back. It is dropped when its definitions differ from the
    template's, or when it cannot be reached: the next test gets a new one.
    """

    def __init__(self, server: EmbeddedPostgres, template: str) -> None:
        self._server, self._template = server, template
        self._name = ""
        self._definitions: tuple[Any, ...] | None = None
        self._first: dict[tuple[str, str], str | None] = {}
        self._contents = sql.Composed([])

    @contextmanager
    def of_a_test(self) -> Iterator[str]:
        """URL of the database, in the template's state."""
        if not self._name:
            self._make()
        yield self._server.url_of(self._name)
        if not self._restored():
            with psycopg.connect(self._server.url, autocommit=True) as session:
                drop_database(session, self._name)
            self._name = ""

    def _make(self) -> None:
        self._name = f"test_{uuid4().hex}"
        names = sql.Identifier(self._name), sql.Identifier(self._template)
        with psycopg.connect(self._server.url, autocommit=True) as session:
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        with psycopg.connect(self._server.url_of(self._name), autocommit=True) as session:
            self._definitions = session.execute(_DEFINITIONS.encode()).fetchone()
            tables = session.execute(_TABLES).fetchall()
            self._first = _contents(session, sql.SQL(" UNION ALL ").join(_rows(*table) for table in tables))
            parts = [_rows(*table) if table in self._first else _filled(*table) for table in tables]
            self._contents = sql.SQL(" UNION ALL ").join(parts)

    def _restored(self) -> bool:
        try:
            with psycopg.connect(self._server.url_of(self._name), autocommit=True) as session:
                _end_other_sessions(session)
                if session.execute(_DEFINITIONS.encode()).fetchone() != self._definitions:
                    return False
                self._restore_rows(session)
                for schema, name in session.execute(_SEQUENCES).fetchall():
                    session.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(schema, name)))
        except (psycopg.Error, TimeoutError):
            return False
        return True

    def _restore_rows(self, session: Session) -> None:
        now = _contents(session, self._contents)
        changed = sorted(table for table in now.keys() | self._first if now.get(table) != self._first.get(table, ...))
        if changed:
            tables = sql.SQL(", ").join(sql.Identifier(*table) for table in changed)
            session.execute(sql.SQL("TRUNCATE {}").format(tables))
        for table in changed:
            if table in self._first:
                insert = sql.SQL("INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, %s)")
                session.execute(insert.format(sql.Identifier(*table)), (self._first[table],))


@contextmanager
def new_database(postgres: EmbeddedPostgres, prefix: str = "test") -> Iterator[str]:
    """URL of an empty database, which is dropped afterwards, even with open sessions."""
    name = f"{prefix}_{uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield postgres.url_of(name)
    finally:
        with psycopg.connect(postgres.url, autocommit=True) as session:
            drop_database(session, name)


def drop_database(session: Session, name: str) -> None:
    """Drop a database; retry while an autovacuum worker, which our role may not terminate, is connected."""
    statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    for _ in range(50):
        try:
            session.execute(statement)
            return
        except psycopg.errors.InsufficientPrivilege:
            time.sleep(0.2)
    session.execute(statement)


def _end_other_sessions(session: Session) -> None:
    deadline = time.monotonic() + PATIENCE
    while session.execute(_END_OTHERS).fetchall():
        if time.monotonic() > deadline:
            raise TimeoutError("a session of the test does not end")
        time.sleep(0.01)


def _filled(schema: str, name: str) -> sql.Composed:
    """The table's name when it has rows."""
    return sql.SQL("SELECT {}, {}, NULL WHERE EXISTS (SELECT FROM {})").format(
        schema, name, sql.Identifier(schema, name)
    )


def _rows(schema: str, name: str) -> sql.Composed:
    """The table's name and its rows when it has rows."""
    return sql.SQL("SELECT {}, {}, json_agg(t)::text FROM {} t HAVING count(*) > 0").format(
        schema, name, sql.Identifier(schema, name)
    )


def _contents(session: Session, query: sql.Composed) -> dict[tuple[str, str], str | None]:
    return {(schema, name): rows for schema, name, rows in session.execute(query)}
