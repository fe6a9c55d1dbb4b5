"""Each test gets the database as the migrations left it."""

import psycopg
import pytest

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing.reused_database import ReusedDatabase, new_database

pytestmark = pytest.mark.postgres
WITHHELD = (
    "INSERT INTO intake.psa_would_write (id, number, ticket_id, instance, client, kind, needs, permits, what, at)"
    " VALUES (gen_random_uuid(), nextval('intake.psa_would_write_number_seq'), 't', 'i', 'c', 'k', 'n', 'p', '{}',"
    " now())"
)


@pytest.fixture
def reused(postgres: EmbeddedPostgres, migrated: str) -> ReusedDatabase:
    return ReusedDatabase(postgres, migrated)


def in_one_test(reused: ReusedDatabase, *statements: str) -> str:
    with reused.of_a_test() as url, psycopg.connect(url, autocommit=True) as session:
        for statement in statements:
            session.execute(statement.encode())
    return url


def value(reused: ReusedDatabase, query: str) -> object:
    with reused.of_a_test() as url, psycopg.connect(url) as session:
        row = session.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_rows_and_sequences_are_as_they_were(reused: ReusedDatabase) -> None:
    in_one_test(reused, WITHHELD, WITHHELD)
    assert value(reused, "SELECT count(*) FROM intake.psa_would_write") == 0
    assert value(reused, "SELECT nextval('intake.psa_would_write_number_seq')") == 1


def test_rows_that_migrations_inserted_come_back(reused: ReusedDatabase) -> None:
    every = "SELECT json_agg(r)::text FROM intake.relay r"
    before = value(reused, every)
    in_one_test(reused, "DELETE FROM intake.relay")
    assert value(reused, every) == before
    assert value(reused, "SELECT count(*) FROM intake.schema_versions") == 1


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX intake.psa_would_write_at_idx",
        "ALTER TABLE intake.psa_would_write ADD COLUMN more text",
        "ALTER TABLE intake.psa_would_write ALTER COLUMN board SET DEFAULT 'b'",
        "ALTER TABLE intake.psa_would_write ALTER COLUMN client DROP NOT NULL",
        "ALTER TABLE intake.psa_would_write ADD CHECK (board <> '')",
        "CREATE SCHEMA another",
        "CREATE FUNCTION intake.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE thing (id int)",
    ],
)
def test_a_database_with_other_definitions_is_replaced(reused: ReusedDatabase, change: str) -> None:
    first = in_one_test(reused)
    assert in_one_test(reused, change) == first
    assert in_one_test(reused) != first


def test_a_setting_of_the_database_is_gone(reused: ReusedDatabase) -> None:
    name = in_one_test(reused).rpartition("/")[2]
    in_one_test(reused, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert value(reused, "SELECT current_setting('default_transaction_read_only')") == "off"


def test_a_session_that_a_test_left_is_ended(reused: ReusedDatabase) -> None:
    with reused.of_a_test() as url:
        left = psycopg.connect(url)
        left.execute("LOCK TABLE intake.psa_would_write")
    assert in_one_test(reused, WITHHELD) == url
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")


def test_an_unchanged_database_is_used_again(reused: ReusedDatabase) -> None:
    assert in_one_test(reused, WITHHELD) == in_one_test(reused, WITHHELD)


def test_a_new_database_is_dropped_with_the_sessions_that_are_open_in_it(postgres: EmbeddedPostgres) -> None:
    with new_database(postgres) as url, psycopg.connect(url) as left_open:
        assert left_open.execute("SELECT 1").fetchone() == (1,)
        name = left_open.info.dbname
        with new_database(postgres) as other:
            assert other != url
    with psycopg.connect(postgres.url) as session:
        assert session.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None
